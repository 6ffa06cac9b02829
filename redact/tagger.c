#include "redact/tagger.h"

#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "conf/base/size.h"
#include "redact/feature_lanes.h"

/* Emissions are taken relative to OUTSIDE and held within ±6000; path scores likewise within -8000..10000, legal transitions within ±2000, illegal ones
 * are -12000: no sum of one step leaves int16. */
enum { EMISSION_MAX = 6000, SCORE_MIN = -8000, TRANSITION_MAX = 2000, TRANSITION_ILLEGAL = -12000 };
enum { CACHE_BITS = 14, CACHE_COUNT = 1 << CACHE_BITS };
enum { KEPT = 8 }; /* at least FEATURE_OFFSETS, a power of two */

/* Everything that touches lanes is inlined into tagger_decode_avx2 and tagger_decode_plain: one source, two instruction sets. */
#define _lanes_ __attribute__((always_inline)) static inline

typedef int16_t tagger_lanes __attribute__((vector_size(32)));

struct tagger {
    const uint8_t *rows;
    uint32_t row_bits;
    float nats;                                  /* of one unit */
    tagger_lanes transitions[TAGGER_LANES];      /* [from]: over to */
    tagger_lanes transitions_back[TAGGER_LANES]; /* [to]: over from */
    tagger_lanes bias;
    uint8_t digest[TAGGER_DIGEST_LEN];
};

/* All that the model says of a word type, summed once for each place beside the word to be tagged. */
struct tagger_type {
    tagger_lanes sum[FEATURE_OFFSETS];
    struct feature_sketch sketch;
    uint64_t key; /* 0: empty */
};

/* A type that the cache lacks: its rows are asked for some words before they are summed. */
struct tagger_asked {
    uint64_t key; /* 0: none */
    struct feature_sketch sketch;
    uint32_t rows[FEATURE_OFFSETS][FEATURE_LANES];
};

struct tagger_scratch {
    const struct tagger *tagger;
    const struct dictionary *dictionary;
    const struct scan *scan;
    struct tagger_type types[CACHE_COUNT];
    struct tagger_type spare[KEPT];       /* for a type whose slot a neighbour's holds */
    struct tagger_asked asked[KEPT];      /* by word index modulo their number */
    struct tagger_type none;              /* of what lies outside the scan */
    const struct tagger_type *kept[KEPT]; /* of the words around, by word index modulo their number */
    uint8_t kept_gap[KEPT];               /* before each of them */
    uint32_t label, label_at;             /* the line's label for the word last looked at, and where it stands; see tagger_label() */
    uint32_t rows[TAGGER_WINDOW_WORDS_MAX][FEATURE_LANES]; /* of the context's features, as distances in bytes */
    tagger_lanes emissions[TAGGER_WINDOW_WORDS_MAX];
    tagger_lanes scores[TAGGER_WINDOW_WORDS_MAX];
    int32_t carried[TAGGER_WINDOW_WORDS_MAX]; /* what was taken off scores so far */
    int32_t outside[TAGGER_WINDOW_WORDS_MAX]; /* the best path's score through OUTSIDE here */
    uint8_t labels[TAGGER_WINDOW_WORDS_MAX];
    uint8_t *marks; /* of each word of the scan */
    size_t mark_count;
    struct finding *findings;
    size_t finding_count, finding_capacity;
};

enum { MARK_CASE = 3, MARK_TAG = 4 };
enum { TYPE_ASKED = FEATURE_REACH + 3, TYPE_AHEAD = TYPE_ASKED + 4 }; /* words before their turn: rows of a new type, the place in the cache */
enum { LOOK_AHEAD = 4 }; /* words between a row's prefetch and its use */
enum { COMMON_MIN = 20, SURNAME_MIN = 18 };
enum { CORE_MARGIN = 64 }; /* words decoded to either side of the core: what begins in it is seen whole */

struct tagger_stretch {
    uint32_t first, end;
};
typedef uint32_t tagger_decoder(struct tagger_scratch *ts, struct tagger_stretch at, bool *out_found);

enum entity tagger_kind_entity(unsigned kind) {
    static const enum entity entities[TAGGER_KINDS] = { ENTITY_PERSON, ENTITY_PROVIDER, ENTITY_FACILITY,
                                                        ENTITY_CITY,   ENTITY_EMPLOYER, ENTITY_STREET };
    must(kind < TAGGER_KINDS);
    return entities[kind];
}

bool tagger_label_follows(unsigned from, unsigned to) {
    if (to >= TAGGER_LABELS || from >= TAGGER_LABELS) return false;
    if (to == TAGGER_OUTSIDE || to % 2 == 1) return true;
    return from != TAGGER_OUTSIDE && tagger_label_kind(from) == tagger_label_kind(to);
}

static inline uint32_t tagger_load32(const uint8_t *p) {
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static int tagger_check(struct bytes image, uint32_t *out_bits, uint8_t digest[TAGGER_DIGEST_LEN]) {
    if (image.len < TAGGER_HEAD_LEN + TAGGER_DIGEST_LEN || memcmp(image.ptr, "DFTAGR01", 8) != 0) return -EBADMSG;
    uint32_t bits = tagger_load32(image.ptr + 8);
    if (bits < TAGGER_ROW_BITS_MIN || bits > TAGGER_ROW_BITS_MAX || tagger_load32(image.ptr + 12) != TAGGER_LABELS) return -EBADMSG;
    size_t body = TAGGER_HEAD_LEN + ((size_t) TAGGER_LANES << bits);
    if (image.len != body + TAGGER_DIGEST_LEN || tagger_load32(image.ptr + 16) == 0) return -EBADMSG;
    unsigned digest_len = 0;
    if (EVP_Digest(image.ptr, body, digest, &digest_len, EVP_sha256(), NULL) != 1 || digest_len != TAGGER_DIGEST_LEN) return -EIO;
    if (memcmp(digest, image.ptr + body, TAGGER_DIGEST_LEN) != 0) return -EBADMSG;
    *out_bits = bits;
    return 0;
}

static int16_t tagger_transition(const uint8_t *p, unsigned from, unsigned to) {
    if (!tagger_label_follows(from, to)) return TRANSITION_ILLEGAL;
    int16_t v = (int16_t) (uint16_t) (p[0] | p[1] << 8);
    return v > TRANSITION_MAX ? TRANSITION_MAX : v < -TRANSITION_MAX ? -TRANSITION_MAX : v;
}

int tagger_load(struct bytes image, struct tagger **out_tagger) {
    uint32_t bits = 0;
    uint8_t digest[TAGGER_DIGEST_LEN];
    int r = tagger_check(image, &bits, digest);
    if (r < 0) return r;
    _cleanup_(tagger_freep) struct tagger *t = aligned_alloc(32, (sizeof(*t) + 31) / 32 * 32);
    if (t == NULL) return -ENOMEM;
    memset(t, 0, sizeof(*t));
    memcpy(t->digest, digest, sizeof(digest));
    t->rows = image.ptr + TAGGER_HEAD_LEN;
    t->row_bits = bits;
    t->nats = 256.0f / (float) tagger_load32(image.ptr + 16);
    int32_t bias = (int32_t) tagger_load32(image.ptr + 20);
    if (bias > TRANSITION_MAX || bias < -TRANSITION_MAX) return -EBADMSG;
    for (unsigned from = 0; from < TAGGER_LANES; from++) {
        for (unsigned to = 0; to < TAGGER_LANES; to++) {
            int16_t v = tagger_transition(image.ptr + 32 + (from * TAGGER_LANES + to) * 2, from, to);
            t->transitions[from][to] = v;
            t->transitions_back[to][from] = v;
        }
        t->bias[from] = (int16_t) (from == TAGGER_OUTSIDE ? 0 : bias);
    }
    *out_tagger = take_ptr(t);
    return 0;
}

void tagger_free(struct tagger *t) {
    free(t);
}

const uint8_t *tagger_digest(const struct tagger *t) {
    return t->digest;
}

int tagger_scratch_new(const struct tagger *t, const struct dictionary *d, struct tagger_scratch **out_scratch) {
    struct tagger_scratch *ts = aligned_alloc(64, (sizeof(*ts) + 63) / 64 * 64);
    if (ts == NULL) return -ENOMEM;
    memset(ts, 0, sizeof(*ts));
    ts->tagger = t;
    ts->dictionary = d;
    *out_scratch = ts;
    return 0;
}

void tagger_scratch_free(struct tagger_scratch *ts) {
    if (ts == NULL) return;
    if (ts->findings != NULL) sodium_memzero(ts->findings, ts->finding_capacity * sizeof(*ts->findings));
    free(ts->findings);
    free(ts->marks);
    sodium_memzero(ts, sizeof(*ts));
    free(ts);
}

/* From features to their rows' distances from the first, in bytes. */
_lanes_ void tagger_rows_of(const struct tagger *t, feature_lanes features, uint32_t out[FEATURE_LANES]) {
    feature_lanes rows = (features * TAGGER_ROW_FACTOR) >> (32 - t->row_bits) << TAGGER_LANE_BITS;
    memcpy(out, &rows, sizeof(rows));
}

_lanes_ tagger_lanes tagger_row_lanes(const struct tagger *t, uint32_t row) {
    const int8_t *from = (const int8_t *) (t->rows + row);
    tagger_lanes out;
    for (unsigned k = 0; k < TAGGER_LANES; k++) out[k] = from[k]; /* one instruction */
    return out;
}

static uint64_t tagger_type_key(const struct tagger_scratch *ts, uint32_t i) {
    const struct word *w = &ts->scan->words[i];
    uint64_t shape = w->shape & (WORD_DIGITS | WORD_CAPITAL | WORD_UPPER), line_case = ts->marks[i] & MARK_CASE;
    uint64_t key = w->hash ^ (shape << 2 | line_case) << 56;
    /* "McDonald" and "Mcdonald" share hash and shape; an inner capital is their difference. */
    if (shape == WORD_CAPITAL && w->len > 3) {
        struct bytes text = scan_word(ts->scan, i);
        uint64_t inner = 0;
        for (size_t k = 1; k < size_min(5, text.len); k++) inner |= (text.ptr[k] & 0x20) == 0 && text.ptr[k] < 0x80;
        key ^= inner << 48;
    }
    return key | 1;
}

static struct tagger_type *tagger_type_slot(struct tagger_scratch *ts, uint64_t key) {
    return &ts->types[(key * 0x9E3779B97F4A7C15u) >> (64 - CACHE_BITS)];
}

/* Rows are far apart in memory: all are asked for long before the first is used. */
_lanes_ void tagger_type_prepare(struct tagger_scratch *ts, uint32_t i, uint64_t key) {
    const struct scan *s = ts->scan;
    struct tagger_asked *asked = &ts->asked[i % KEPT];
    struct feature_terms terms;
    feature_sketch(&s->words[i], scan_word(s, i), scan_flags(s, ts->dictionary, i), (enum feature_case)(ts->marks[i] & MARK_CASE),
                   &asked->sketch);
    feature_terms_of_word(&asked->sketch, &terms);
    for (unsigned offset = 0; offset < FEATURE_OFFSETS; offset++) {
        tagger_rows_of(ts->tagger, feature_hash_of_word(&terms, offset), asked->rows[offset]);
        for (unsigned k = 0; k < feature_word_count(offset); k++) __builtin_prefetch(ts->tagger->rows + asked->rows[offset][k]);
    }
    asked->key = key;
}

/* Word i will be near soon. */
_lanes_ void tagger_type_ask(struct tagger_scratch *ts, uint32_t i) {
    uint64_t key = tagger_type_key(ts, i);
    if (tagger_type_slot(ts, key)->key != key && ts->asked[i % KEPT].key != key) tagger_type_prepare(ts, i, key);
}

_lanes_ void tagger_type_fill(struct tagger_scratch *ts, uint32_t i, uint64_t key, struct tagger_type *type) {
    const struct tagger_asked *asked = &ts->asked[i % KEPT];
    if (asked->key != key) tagger_type_prepare(ts, i, key);
    for (unsigned offset = 0; offset < FEATURE_OFFSETS; offset++) {
        tagger_lanes sum = { 0 };
        for (unsigned k = 0; k < feature_word_count(offset); k++) sum += tagger_row_lanes(ts->tagger, asked->rows[offset][k]);
        type->sum[offset] = sum;
    }
    type->sketch = asked->sketch;
    type->key = key;
}

/* The type of word i, from the cache or made. */
_lanes_ const struct tagger_type *tagger_type_of(struct tagger_scratch *ts, uint32_t i) {
    uint64_t key = tagger_type_key(ts, i);
    struct tagger_type *type = tagger_type_slot(ts, key);
    if (type->key == key) return type;
    for (unsigned k = 0; k < KEPT; k++) {
        if (ts->kept[k] == type) type = &ts->spare[i % KEPT];
    }
    tagger_type_fill(ts, i, key, type);
    return type;
}

/* Keeps the type of a word that comes near; i counts from FEATURE_REACH before the first word. */
_lanes_ void tagger_type_keep(struct tagger_scratch *ts, uint32_t i) {
    bool outside = i < FEATURE_REACH || i - FEATURE_REACH >= ts->scan->word_count;
    ts->kept[i % KEPT] = &ts->none;
    ts->kept_gap[i % KEPT] = GAP_BREAK;
    if (outside) return;
    ts->kept[i % KEPT] = tagger_type_of(ts, i - FEATURE_REACH);
    ts->kept_gap[i % KEPT] = feature_gap(ts->scan, i - FEATURE_REACH);
}

/* mask: all ones where a is wanted. C has no ?: over vectors. */
_lanes_ tagger_lanes tagger_select(tagger_lanes mask, tagger_lanes a, tagger_lanes b) {
    return (mask & a) | (~mask & b);
}

_lanes_ tagger_lanes tagger_clamp(tagger_lanes v, int16_t min, int16_t max) {
    tagger_lanes low = (tagger_lanes){ 0 } + min, high = (tagger_lanes){ 0 } + max;
    return tagger_select(v > high, high, tagger_select(v < low, low, v));
}

/* feature_label(), where that of the word before is known. */
static uint32_t tagger_label(struct tagger_scratch *ts, uint32_t i) {
    const struct scan *s = ts->scan;
    if (feature_ends_line(s, i)) ts->label = 0;
    else if (s->words[i].gap == GAP_COLON) {
        ts->label = feature_label(s, i);
        ts->label_at = i;
    } else if (i - ts->label_at >= FEATURE_LABEL_REACH) ts->label = 0;
    return ts->label;
}

/* The words before a stretch, which the first one to be looked at is near to. */
_lanes_ void tagger_look_begin(struct tagger_scratch *ts, uint32_t first) {
    for (unsigned k = 0; k < KEPT; k++) ts->kept[k] = NULL;
    for (uint32_t i = first > FEATURE_REACH ? first - FEATURE_REACH : 0; i < first + TYPE_ASKED && i < ts->scan->word_count; i++) tagger_type_ask(ts, i);
    for (uint32_t k = 0; k < FEATURE_OFFSETS - 1; k++) tagger_type_keep(ts, first + k);
    ts->label = 0;
    ts->label_at = 0;
    for (uint32_t i = first > FEATURE_LABEL_REACH ? first - FEATURE_LABEL_REACH : 0; i < first; i++) ignore(tagger_label(ts, i));
}

/* What the words around say, and which rows their combinations will be read from. */
_lanes_ void tagger_look(struct tagger_scratch *ts, uint32_t i, uint32_t at) {
    const struct tagger *t = ts->tagger;
    const struct scan *s = ts->scan;
    if (i + TYPE_AHEAD < s->word_count) {
        const struct tagger_type *soon = tagger_type_slot(ts, tagger_type_key(ts, i + TYPE_AHEAD));
        __builtin_prefetch(soon);
        __builtin_prefetch((const uint8_t *) soon + 64);
        __builtin_prefetch((const uint8_t *) soon + 128);
    }
    if (i + TYPE_ASKED < s->word_count && (ts->marks[i + TYPE_ASKED - FEATURE_REACH] & MARK_TAG)) tagger_type_ask(ts, i + TYPE_ASKED);
    struct feature_place place = { .label = tagger_label(ts, i) };
    struct feature_terms terms;
    tagger_lanes sum = t->bias;
    tagger_type_keep(ts, i + FEATURE_OFFSETS - 1);
    for (unsigned offset = 0; offset < FEATURE_OFFSETS; offset++) {
        const struct tagger_type *type = ts->kept[(i + offset) % KEPT];
        place.near[offset] = &type->sketch;
        place.gap[offset] = ts->kept_gap[(i + offset) % KEPT];
        sum += type->sum[offset];
    }
    place.gap[FEATURE_OFFSETS] = GAP_BREAK;
    feature_terms_of_place(&place, &terms);
    tagger_rows_of(t, feature_hash_of_place(&terms), ts->rows[at]);
    for (unsigned k = 0; k < FEATURE_CONTEXT_COUNT; k++) __builtin_prefetch(t->rows + ts->rows[at][k]);
    ts->emissions[at] = sum;
}

_lanes_ void tagger_emit_scores(struct tagger_scratch *ts, uint32_t at) {
    const struct tagger *t = ts->tagger;
    tagger_lanes sum = ts->emissions[at];
    for (unsigned k = 0; k < FEATURE_CONTEXT_COUNT; k++) sum += tagger_row_lanes(t, ts->rows[at][k]);
    ts->emissions[at] = tagger_clamp(sum - sum[TAGGER_OUTSIDE], -EMISSION_MAX, EMISSION_MAX);
}

_lanes_ tagger_lanes tagger_max(tagger_lanes a, tagger_lanes b) {
    for (unsigned k = 0; k < TAGGER_LANES; k++) a[k] = a[k] > b[k] ? a[k] : b[k]; /* one instruction */
    return a;
}

/* Best score of each label at one place over all labels at the place before. */
_lanes_ tagger_lanes tagger_step(const tagger_lanes transitions[TAGGER_LANES], const tagger_lanes *before) {
    int16_t from_scores[TAGGER_LANES];
    memcpy(from_scores, before, sizeof(from_scores));
    tagger_lanes best = transitions[0] + from_scores[0];
    for (unsigned from = 1; from < TAGGER_LABELS; from++) best = tagger_max(best, transitions[from] + from_scores[from]);
    return best;
}

/* The label before, on the best path that has the label `to` here: the first of the best. */
_lanes_ unsigned tagger_origin(const struct tagger *t, const tagger_lanes *before, unsigned to) {
    tagger_lanes score = t->transitions_back[to] + *before;
    unsigned best = 0;
    for (unsigned from = 1; from < TAGGER_LABELS; from++) {
        if (score[from] > score[best]) best = from;
    }
    return best;
}

/* False: the best path is OUTSIDE all along. */
_lanes_ bool tagger_forward(struct tagger_scratch *ts, uint32_t count) {
    const struct tagger *t = ts->tagger;
    tagger_lanes score = (tagger_lanes){ 0 } + SCORE_MIN;
    score[TAGGER_OUTSIDE] = 0;
    int32_t carried = 0;
    bool leaves = false;
    for (uint32_t i = 0; i < count; i++) {
        int stays = t->transitions[TAGGER_OUTSIDE][TAGGER_OUTSIDE] + score[TAGGER_OUTSIDE];
        score = tagger_step(t->transitions, &score);
        leaves |= score[TAGGER_OUTSIDE] != stays;
        score += ts->emissions[i];
        int16_t off = score[TAGGER_OUTSIDE];
        carried += off;
        score = tagger_clamp(score - off, SCORE_MIN, INT16_MAX);
        ts->scores[i] = score;
        ts->carried[i] = carried;
    }
    for (unsigned k = 1; k < TAGGER_LABELS; k++) leaves |= score[k] > score[TAGGER_OUTSIDE];
    return leaves;
}

/* True when any label but OUTSIDE is on the path. */
_lanes_ bool tagger_trace(struct tagger_scratch *ts, uint32_t count) {
    unsigned label = 0;
    for (unsigned k = 1; k < TAGGER_LABELS; k++) {
        if (ts->scores[count - 1][k] > ts->scores[count - 1][label]) label = k;
    }
    unsigned any = 0;
    for (uint32_t i = count; i-- > 0;) {
        ts->labels[i] = (uint8_t) label;
        any |= label;
        if (i > 0) label = tagger_origin(ts->tagger, &ts->scores[i - 1], label);
    }
    return any != 0;
}

/* The best path's score minus the best score of a path that is OUTSIDE here. */
_lanes_ void tagger_backward(struct tagger_scratch *ts, uint32_t count) {
    const struct tagger *t = ts->tagger;
    tagger_lanes after = { 0 };
    int32_t carried = 0;
    int32_t best = ts->carried[count - 1] + ts->scores[count - 1][ts->labels[count - 1]];
    for (uint32_t i = count; i-- > 0;) {
        ts->outside[i] = best - (ts->carried[i] + carried + after[TAGGER_OUTSIDE]);
        after += ts->emissions[i];
        after = tagger_step(t->transitions_back, &after);
        int16_t off = after[TAGGER_OUTSIDE];
        carried += off;
        after = tagger_clamp(after - off, SCORE_MIN, INT16_MAX / 2);
    }
}

static int tagger_emit(struct tagger_scratch *ts, struct finding f) {
    if (ts->finding_count == ts->finding_capacity) {
        size_t capacity = ts->finding_capacity == 0 ? 256 : ts->finding_capacity * 2;
        struct finding *grown = reallocarray(ts->findings, capacity, sizeof(*grown));
        if (grown == NULL) return -ENOMEM;
        ts->findings = grown;
        ts->finding_capacity = capacity;
    }
    ts->findings[ts->finding_count++] = f;
    return 0;
}

static uint16_t tagger_score(const struct tagger *t, int32_t margin) {
    return (uint16_t) (1000.0f / (1.0f + expf(-t->nats * (float) margin)));
}

static int tagger_collect(struct tagger_scratch *ts, uint32_t first, uint32_t count, uint16_t recognizer) {
    const struct scan *s = ts->scan;
    for (uint32_t i = 0; i < count;) {
        unsigned label = ts->labels[i];
        if (label == TAGGER_OUTSIDE) {
            i++;
            continue;
        }
        unsigned kind = tagger_label_kind(label);
        uint32_t begin = i;
        int32_t margin = 0;
        do {
            if (ts->outside[i] > margin) margin = ts->outside[i];
            i++;
        } while (i < count && ts->labels[i] == tagger_label_inside(kind));
        uint32_t word = first + begin;
        if (word < s->core_first || word >= s->core_end) continue;
        struct finding f = {
            .span = { .begin = scan_span(s, word).begin, .end = scan_span(s, first + i - 1).end },
            .entity = tagger_kind_entity(kind),
            .score = tagger_score(ts->tagger, margin),
            .recognizer = recognizer,
            .source = FINDING_TAGGER,
        };
        int r = tagger_emit(ts, f);
        if (r < 0) return r;
    }
    return 0;
}

/* Names are capitalised, or listed and no ordinary word. A capital tells nothing of a function word, and little of an ordinary or clinical word
 * that hardly anyone is called: those are decoded only beside others. */
#define NEVER_SMALL_FLAGS (FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_DRUG))
#define MARKING_FLAGS \
    (FLAG_BIT(FLAG_CITY) | FLAG_BIT(FLAG_FACILITY_HEAD) | FLAG_BIT(FLAG_FACILITY_WORD) | FLAG_BIT(FLAG_ORG_SUFFIX) | \
     FLAG_BIT(FLAG_STREET_SUFFIX))
static bool tagger_is_candidate(const struct scan *s, const struct dictionary *d, uint32_t i) {
    const struct word *w = &s->words[i];
    if (!word_is_letters(w)) return false;
    uint64_t flags = scan_flags(s, d, i);
    uint32_t common = dictionary_weight_common(w->payload), surname = dictionary_weight_surname(w->payload),
             given = dictionary_weight_given(w->payload);
    if (!word_is_capital(w)) return common == 0 && surname + given > 0 && (flags & NEVER_SMALL_FLAGS) == 0;
    if (w->len == 1) return true;
    if (flags & FLAG_BIT(FLAG_STOP)) return false;
    bool ordinary =
        common >= COMMON_MIN || (flags & (FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_ANATOMY)));
    return !ordinary || surname >= SURNAME_MIN || given > 0 || (flags & MARKING_FLAGS);
}

/* Case of each word's line, and which words are decoded: candidates and FEATURE_REACH words to either side. In a line of one case every word is a
 * candidate, which reaches short lines beside it that are too short to tell their case. */
static void tagger_mark(struct tagger_scratch *ts, bool every_word) {
    const struct scan *s = ts->scan;
    uint32_t end = 0;
    for (uint32_t begin = 0; begin < s->word_count; begin = end) {
        end = feature_line_end(s, begin);
        unsigned line_case = feature_line_case(s, begin, end);
        memset(ts->marks + begin, (int) (line_case | (every_word ? MARK_TAG : 0u)), end - begin);
    }
    if (every_word) return;
    for (uint32_t i = 0; i < s->word_count; i++) {
        if ((ts->marks[i] & MARK_CASE) == FEATURE_MIXED && !tagger_is_candidate(s, ts->dictionary, i)) continue;
        uint32_t from = i >= FEATURE_REACH ? i - FEATURE_REACH : 0, to = (uint32_t) size_min(s->word_count, (size_t) i + FEATURE_REACH + 1);
        for (uint32_t k = from; k < to; k++) ts->marks[k] |= MARK_TAG;
    }
}

static int tagger_marks_reserve(struct tagger_scratch *ts, size_t count) {
    if (count <= ts->mark_count) return 0;
    uint8_t *grown = realloc(ts->marks, count);
    if (grown == NULL) return -ENOMEM;
    ts->marks = grown;
    ts->mark_count = count;
    return 0;
}

/* Decodes the marked words from first on, up to end; returns how many. *out_found: there is an entity among them, labels and outside are set. */
_lanes_ uint32_t tagger_decode(struct tagger_scratch *ts, struct tagger_stretch at, bool *out_found) {
    uint32_t count = 0;
    tagger_look_begin(ts, at.first);
    while (at.first + count < at.end && count < TAGGER_WINDOW_WORDS_MAX && (ts->marks[at.first + count] & MARK_TAG)) {
        tagger_look(ts, at.first + count, count);
        if (count >= LOOK_AHEAD) tagger_emit_scores(ts, count - LOOK_AHEAD);
        count++;
    }
    for (uint32_t i = count > LOOK_AHEAD ? count - LOOK_AHEAD : 0; i < count; i++) tagger_emit_scores(ts, i);
    *out_found = tagger_forward(ts, count) && tagger_trace(ts, count);
    if (*out_found) tagger_backward(ts, count);
    return count;
}

static uint32_t tagger_decode_plain(struct tagger_scratch *ts, struct tagger_stretch at, bool *out_found) {
    return tagger_decode(ts, at, out_found);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static uint32_t tagger_decode_avx2(struct tagger_scratch *ts, struct tagger_stretch at, bool *out_found) {
    return tagger_decode(ts, at, out_found);
}
#endif

static tagger_decoder *tagger_decoder_here(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return tagger_decode_avx2;
#endif
    return tagger_decode_plain;
}

int tagger_run(struct tagger_scratch *ts, const struct scan *s, const struct tagger_options *options, const struct finding **out_findings,
               size_t *out_count) {
    tagger_decoder *decode = tagger_decoder_here();
    int r = tagger_marks_reserve(ts, s->word_count);
    if (r < 0) return r;
    ts->scan = s;
    ts->finding_count = 0;
    tagger_mark(ts, options->every_word);
    uint32_t end = (uint32_t) size_min(s->word_count, (size_t) s->core_end + CORE_MARGIN);
    for (uint32_t i = s->core_first >= CORE_MARGIN ? s->core_first - CORE_MARGIN : 0; i < end;) {
        if (!(ts->marks[i] & MARK_TAG)) {
            i++;
            continue;
        }
        bool found = false;
        uint32_t count = decode(ts, (struct tagger_stretch){ .first = i, .end = end }, &found);
        if (found) r = tagger_collect(ts, i, count, options->recognizer);
        if (r < 0) return r;
        i += count;
    }
    *out_findings = ts->findings;
    *out_count = ts->finding_count;
    return 0;
}
