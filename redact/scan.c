#include "redact/scan.h"

#include <errno.h>
#include <sodium.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "conf/base/size.h"
#include "conf/base/text.h"

enum { SCAN_LOOKAHEAD = 8, SCAN_WORD_PIECE_LEN = 32 * 1024 };

/* Which of 64 bytes are letters, digits, trigger characters: bit i for byte i. */
struct scan_block {
    uint64_t letters, digits, chars;
};

/* Trigger characters as two tables of nibbles: byte c is one when by_low[c & 15] holds the bit 1 << (c >> 4). All are below 0x80. */
struct scan_charset {
    uint8_t by_low[16];
    uint8_t class[256]; /* 1 letter, 2 digit, 4 trigger */
    uint8_t chars[256]; /* what it was made of */
};

typedef void scan_classify(const struct scan_charset *set, const uint8_t *p, struct scan_block *out);

static void scan_classify_plain(const struct scan_charset *set, const uint8_t *p, struct scan_block *out) {
    uint64_t letters = 0, digits = 0, chars = 0;
    for (unsigned i = 0; i < 64; i++) {
        uint64_t c = set->class[p[i]];
        letters |= (c & 1) << i;
        digits |= (c >> 1 & 1) << i;
        chars |= (c >> 2) << i;
    }
    *out = (struct scan_block) { .letters = letters, .digits = digits, .chars = chars };
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void scan_classify_avx2(const struct scan_charset *set, const uint8_t *p, struct scan_block *out) {
    const __m256i by_low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *) (const void *) set->by_low));
    const __m256i by_high = _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i nibble = _mm256_set1_epi8(15);
    uint64_t letters = 0, digits = 0, chars = 0;
    for (unsigned half = 0; half < 2; half++) {
        __m256i v = _mm256_loadu_si256((const __m256i *) (const void *) (p + 32 * half));
        __m256i lower = _mm256_or_si256(v, _mm256_set1_epi8(0x20));
        __m256i alpha = _mm256_and_si256(_mm256_cmpgt_epi8(lower, _mm256_set1_epi8('a' - 1)), _mm256_cmpgt_epi8(_mm256_set1_epi8('z' + 1), lower));
        __m256i digit = _mm256_and_si256(_mm256_cmpgt_epi8(v, _mm256_set1_epi8('0' - 1)), _mm256_cmpgt_epi8(_mm256_set1_epi8('9' + 1), v));
        __m256i low = _mm256_shuffle_epi8(by_low, _mm256_and_si256(v, nibble));
        __m256i high = _mm256_shuffle_epi8(by_high, _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));
        __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(low, high), _mm256_setzero_si256());
        /* A byte >= 0x80 is negative: it is a letter by its sign, and no range above takes it. */
        letters |= (uint64_t) (uint32_t) _mm256_movemask_epi8(_mm256_or_si256(alpha, v)) << (32 * half);
        digits |= (uint64_t) (uint32_t) _mm256_movemask_epi8(digit) << (32 * half);
        chars |= (uint64_t) (uint32_t) ~_mm256_movemask_epi8(none) << (32 * half);
    }
    *out = (struct scan_block) { .letters = letters, .digits = digits, .chars = chars };
}
#endif

static scan_classify *scan_classifier(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return scan_classify_avx2;
#endif
    return scan_classify_plain;
}

void scan_init(struct scan *s) {
    *s = (struct scan) { 0 };
}

void scan_release(struct scan *s) {
    if (s->words) sodium_memzero(s->words, (size_t) s->word_capacity * sizeof(*s->words));
    free(s->words);
    free(s->edges);
    free(s->chars);
    free(s->phrases);
    free(s->charset);
    scan_init(s);
}

/* Room for a window of len bytes: at worst every byte is a word, a phrase begins at every word (of each length), or is a trigger. */
static int scan_reserve(struct scan *s, size_t len) {
    size_t need = len + 2 + len / SCAN_WORD_PIECE_LEN;
    if (need <= s->word_capacity) return 0;
    size_t capacity = 4096;
    while (capacity < need) capacity *= 2;
    scan_release(s);
    s->words = malloc(capacity * sizeof(*s->words));
    s->edges = malloc(2 * capacity * sizeof(*s->edges));
    s->chars = malloc(capacity * sizeof(*s->chars));
    s->phrases = malloc(capacity * sizeof(*s->phrases));
    s->charset = calloc(1, sizeof(*s->charset));
    if (!s->words || !s->edges || !s->chars || !s->phrases || !s->charset) {
        scan_release(s);
        return -ENOMEM;
    }
    s->word_capacity = (uint32_t) capacity;
    s->phrase_capacity = (uint32_t) capacity;
    return 0;
}

static void scan_charset_fill(struct scan_charset *set, const uint8_t chars[256]) {
    if (set->class['a'] && memcmp(set->chars, chars, sizeof(set->chars)) == 0) return;
    *set = (struct scan_charset) { 0 };
    memcpy(set->chars, chars, sizeof(set->chars));
    for (unsigned c = 0; c < 256; c++) {
        if (c >= 0x80 || text_is_alpha((uint8_t) c)) set->class[c] |= 1;
        if (c < 0x80 && text_is_digit((uint8_t) c)) set->class[c] |= 2;
        if (c >= 0x80 || !chars[c]) continue;
        set->class[c] |= 4;
        set->by_low[c & 15] = (uint8_t) (set->by_low[c & 15] | 1u << (c >> 4));
    }
}

static inline uint32_t *scan_put_bits(uint32_t *to, uint64_t bits, uint32_t at) {
    for (; bits; bits &= bits - 1) *to++ = at + (uint32_t) __builtin_ctzll(bits);
    return to;
}

/* Begins and ends of all runs of letters and of digits, in order: the n-th end belongs to the n-th begin. Returns their number. */
static _hot_ uint32_t scan_edges(struct scan *s, const uint8_t chars[256]) {
    scan_charset_fill(s->charset, chars);
    scan_classify *classify = scan_classifier();
    const uint8_t *p = s->text.ptr + s->window.begin;
    size_t len = span_len(s->window);
    uint32_t *begins = s->edges, *ends = s->edges + s->word_capacity, *marks = s->chars;
    uint64_t letter_before = 0, digit_before = 0;
    for (size_t at = 0; at < len; at += 64) {
        struct scan_block b;
        uint8_t last[64];
        const uint8_t *from = p + at;
        if (len - at < 64) { /* the last, partial block: blanks follow it */
            memset(last, ' ', sizeof(last));
            memcpy(last, from, len - at);
            from = last;
        }
        classify(s->charset, from, &b);
        uint64_t letters = b.letters << 1 | letter_before, digits = b.digits << 1 | digit_before;
        begins = scan_put_bits(begins, (b.letters & ~letters) | (b.digits & ~digits), (uint32_t) at);
        ends = scan_put_bits(ends, (~b.letters & letters) | (~b.digits & digits), (uint32_t) at);
        marks = scan_put_bits(marks, b.chars, (uint32_t) at);
        letter_before = b.letters >> 63;
        digit_before = b.digits >> 63;
    }
    if (letter_before | digit_before) *ends++ = (uint32_t) len;
    s->char_count = (uint32_t) (marks - s->chars);
    return (uint32_t) (begins - s->edges);
}


static inline struct word scan_make_word(const struct scan *s, uint32_t begin, uint32_t end, uint32_t before) {
    const uint8_t *p = s->text.ptr + s->base;
    size_t readable = s->text.len - s->base - begin, len = end - begin;
    struct word w = { .begin = begin, .len = (uint16_t) len };
    w.hash = len <= 8 && readable >= 8 ? word_hash_short(p + begin, len, &w.shape) : word_hash(p + begin, len, readable, &w.shape);
    w.gap = (uint8_t) word_gap_of(bytes_make(p + before, begin - before));
    return w;
}

/* A run too long for 16 bits of length comes in pieces; all but the last are made here. Returns where the last one begins. */
static uint32_t scan_cut(struct scan *s, uint32_t begin, uint32_t end, uint32_t *count, uint32_t before) {
    for (; end - begin > SCAN_WORD_PIECE_LEN; begin = before) {
        s->words[(*count)++] = scan_make_word(s, begin, begin + SCAN_WORD_PIECE_LEN, before);
        before = begin + SCAN_WORD_PIECE_LEN;
    }
    return begin;
}

static _hot_ void scan_words(struct scan *s, uint32_t run_count) {
    const uint32_t *begins = s->edges, *ends = s->edges + s->word_capacity;
    uint32_t count = 0, before = 0;
    for (uint32_t i = 0; i < run_count; i++) {
        uint32_t begin = begins[i], end = ends[i];
        if (__builtin_expect(end - begin > SCAN_WORD_PIECE_LEN, 0)) {
            begin = scan_cut(s, begin, end, &count, before);
            before = begin == begins[i] ? before : begin;
        }
        s->words[count++] = scan_make_word(s, begin, end, before);
        before = end;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (s->words[i].gap != GAP_NONE) continue;
        s->words[i].shape |= WORD_TOUCHES_LEFT;
        if (i > 0) s->words[i - 1].shape |= WORD_TOUCHES_RIGHT;
    }
    if (count > 0) {
        s->words[0].gap = GAP_BREAK;
        s->words[0].shape &= (uint8_t) ~WORD_TOUCHES_LEFT;
    }
    s->word_count = count;
}

/* May a phrase go on across this gap? */
static inline bool scan_gap_joins(uint8_t gap) {
    const unsigned joins = 1u << GAP_NONE | 1u << GAP_SPACE | 1u << GAP_HYPHEN | 1u << GAP_APOSTROPHE | 1u << GAP_PERIOD | 1u << GAP_PERIOD_SPACE
        | 1u << GAP_SLASH | 1u << GAP_UNDERSCORE | 1u << GAP_LINE;
    return joins >> gap & 1;
}

static int scan_phrases_at(struct scan *s, const struct dictionary *d, uint32_t first) {
    uint64_t hash = s->words[first].hash;
    for (uint32_t n = 2; n <= DICTIONARY_PHRASE_WORDS_MAX && first + n <= s->word_count; n++) {
        const struct word *next = &s->words[first + n - 1];
        if (!scan_gap_joins(next->gap)) return 0;
        hash = word_hash_join(hash, next->hash);
        uint32_t payload = dictionary_find(d, hash);
        if (payload == 0) return 0;
        uint64_t flags = dictionary_flags(d, payload);
        if ((flags & ~FLAG_BIT(FLAG_PREFIX)) != 0 || d->class_is_own[dictionary_class(payload)]) {
            if (s->phrase_count == s->phrase_capacity) return -E2BIG; /* a text made of nothing but phrases within phrases */
            s->phrases[s->phrase_count] = (struct scan_phrase) {
                .word = first, .payload = payload, .shorter = s->words[first].phrase, .word_count = (uint8_t) n };
            s->words[first].phrase = ++s->phrase_count;
        }
        if ((flags & FLAG_BIT(FLAG_PREFIX)) == 0) return 0;
    }
    return 0;
}

/* May a phrase of two words begin here? Then its place in the dictionary is asked for, which is a miss of the cache more often than not. */
static inline bool scan_phrase_ahead(const struct scan *s, const struct dictionary *d, uint32_t i) {
    if (!(scan_flags(s, d, i) & FLAG_BIT(FLAG_PREFIX)) || i + 1 == s->word_count || !scan_gap_joins(s->words[i + 1].gap)) return false;
    dictionary_prefetch(d, word_hash_join(s->words[i].hash, s->words[i + 1].hash));
    return true;
}

/* What the dictionary says of every word, and of the phrases that begin there. Words are looked up some places after they were asked for, phrases
 * some places after their first word. */
static _hot_ int scan_look_up(struct scan *s, const struct dictionary *d) {
    uint32_t count = s->word_count, first = 0, last = 0;
    uint32_t waiting[SCAN_LOOKAHEAD]; /* words that phrases may begin at */
    s->phrase_count = 0;
    for (uint32_t i = 0; i < SCAN_LOOKAHEAD && i < count; i++) dictionary_prefetch(d, s->words[i].hash);
    for (uint32_t i = 0; i < count; i++) {
        if (i + SCAN_LOOKAHEAD < count) dictionary_prefetch(d, s->words[i + SCAN_LOOKAHEAD].hash);
        s->words[i].payload = dictionary_find(d, s->words[i].hash);
        if (!scan_phrase_ahead(s, d, i)) continue;
        if (last - first == SCAN_LOOKAHEAD) {
            int r = scan_phrases_at(s, d, waiting[first++ % SCAN_LOOKAHEAD]);
            if (r < 0) return r;
        }
        waiting[last++ % SCAN_LOOKAHEAD] = i;
    }
    while (first < last) {
        int r = scan_phrases_at(s, d, waiting[first++ % SCAN_LOOKAHEAD]);
        if (r < 0) return r;
    }
    return 0;
}

static bool scan_is_word_byte(uint8_t c) {
    return c >= 0x80 || text_is_alnum(c);
}

/* The window begins and ends between words, where that can be had within the context's length. */
static void scan_choose_window(struct scan *s, struct bytes text, struct span core) {
    size_t begin = core.begin > SCAN_LEFT_LEN ? core.begin - SCAN_LEFT_LEN : 0;
    while (begin > 0 && begin < core.begin && scan_is_word_byte(text.ptr[begin]) && scan_is_word_byte(text.ptr[begin - 1])) begin++;
    size_t end = text.len - core.end > SCAN_RIGHT_LEN ? core.end + SCAN_RIGHT_LEN : text.len;
    size_t end_max = text.len - end > WORD_LEN_MAX ? end + WORD_LEN_MAX : text.len;
    while (end < end_max && scan_is_word_byte(text.ptr[end]) && scan_is_word_byte(text.ptr[end - 1])) end++;
    s->text = text;
    s->core = core;
    s->window = (struct span) { .begin = begin, .end = end };
    s->base = begin;
}

uint32_t scan_word_at(const struct scan *s, size_t at) {
    uint32_t low = 0, high = s->word_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->base + s->words[middle].begin < at) low = middle + 1;
        else high = middle;
    }
    return low;
}

int scan_run(struct scan *s, const struct dictionary *d, const uint8_t chars[256], struct bytes text, struct span core) {
    must(core.begin <= core.end && core.end <= text.len && span_len(core) <= SCAN_CHUNK_LEN);
    scan_choose_window(s, text, core);
    int r = scan_reserve(s, span_len(s->window));
    if (r < 0) return r;
    scan_choose_window(s, text, core); /* scan_reserve empties the record when it grows */
    s->word_count = s->char_count = s->phrase_count = 0;
    if (span_len(s->window) > 0) {
        uint32_t runs = scan_edges(s, chars);
        scan_words(s, runs);
        r = scan_look_up(s, d);
        if (r < 0) return r;
    }
    s->core_first = scan_word_at(s, core.begin);
    s->core_end = core.end == text.len ? s->word_count : scan_word_at(s, core.end);
    return 0;
}
