#include "redact/leak_set.h"

#include <errno.h>

#include "conf/base/size.h"
#include "conf/base/text.h"
#include "redact/engine.h"
#include "redact/identity.h"
#include "redact/normalize.h"

enum { SET_BATCH = 1024, SET_CACHE_COUNT = 4096, SET_PROOF_LEN = 16, SET_COMMONEST = 28 };
#define SET_TEXT_LEN_MAX ((size_t) 64 << 20)
#define SET_ENTRIES_MAX ((size_t) 1 << 28)

struct leak_entry {
    uint64_t hash; /* 0: free */
    uint32_t form;
    uint8_t space;
    bool weak;
    char code[TOKEN_CODE_LEN];
};

/* What a confirmed entry's value was, as a keyed hash: a log that repeats it is not opened again each time. */
struct leak_proof {
    size_t entry;
    uint8_t of[SET_PROOF_LEN];
};

struct leak_secrets {
    struct leak_filter filter;
    uint8_t proof[crypto_shorthash_siphashx24_KEYBYTES];
};

/* One value between being opened and being looked up. */
struct leak_wait {
    struct vault_value value; /* normal: offset into texts until they are complete */
    struct leak_entry entry;
    size_t normal_at;
};

struct leak_set {
    struct vault_reader *reader;
    struct keeper *keeper;
    struct leak_secrets *secrets; /* guarded */
    struct dictionary *dictionary;
    struct leak_entry *entries;
    size_t capacity; /* a power of two */
    struct leak_set_counts counts;
    struct leak_proof *cache;
    struct arena arena;
    struct leak_text text;
    /* while it is built */
    struct leak_wait *waiting;
    size_t wait_count;
    struct buf normals;
};

/* ---- fingerprints ------------------------------------------------------------------------------------------------------------------ */

const struct leak_filter *leak_set_filter(const struct leak_set *s) {
    return &s->secrets->filter;
}

static void leak_set_note_length(struct leak_set *s, const uint8_t *letters, size_t len) {
    struct leak_filter *f = &s->secrets->filter;
    if (len < LEAK_ANCHOR_LEN) {
        f->short_lengths[leak_filter_anchor(f, letters, LEAK_LEN_MIN, LEAK_SHORT_BITS)] |= (uint8_t) (1 << len);
        return;
    }
    size_t bit = leak_filter_anchor(f, letters, LEAK_ANCHOR_LEN, LEAK_SIEVE_BITS);
    f->sieve[bit / 64] |= UINT64_C(1) << bit % 64;
    f->lengths[leak_filter_anchor(f, letters, LEAK_ANCHOR_LEN, LEAK_ANCHOR_BITS)] |= UINT64_C(1) << size_min(len, LEAK_LEN_LONG);
}

static size_t leak_set_slot(const struct leak_set *s, uint64_t hash) {
    return (size_t) (hash ^ hash >> 32) & (s->capacity - 1);
}

bool leak_set_has(const struct leak_set *s, uint64_t hash) {
    for (size_t i = leak_set_slot(s, hash); s->entries[i].hash != 0; i = (i + 1) & (s->capacity - 1)) {
        if (s->entries[i].hash == hash) return true;
    }
    return false;
}

static int leak_set_grow(struct leak_set *s) {
    struct leak_entry *old = s->entries;
    size_t count = s->capacity, capacity = count ? 2 * count : 4096;
    if (capacity > SET_ENTRIES_MAX) return -E2BIG;
    struct leak_entry *entries = calloc(capacity, sizeof(*entries));
    if (!entries) return -ENOMEM;
    s->entries = entries;
    s->capacity = capacity;
    for (size_t i = 0; i < count; i++) {
        if (old[i].hash == 0) continue;
        size_t at = leak_set_slot(s, old[i].hash);
        while (entries[at].hash != 0) at = (at + 1) & (capacity - 1);
        entries[at] = old[i];
    }
    free(old);
    return 0;
}

static int leak_set_put(struct leak_set *s, const uint8_t *letters, size_t len, const struct leak_entry *value) {
    struct leak_entry e = *value;
    const struct leak_filter *f = &s->secrets->filter;
    e.hash = f->first;
    for (size_t i = 0; i < size_min(len, LEAK_LEN_LONG); i++) e.hash = leak_filter_add(f, e.hash, letters[i]);
    if (e.hash == 0) return -EAGAIN; /* one in 2^64: the free mark */
    if (s->counts.searched * 2 >= s->capacity) {
        int r = leak_set_grow(s);
        if (r < 0) return r;
    }
    size_t at = leak_set_slot(s, e.hash);
    for (; s->entries[at].hash != 0; at = (at + 1) & (s->capacity - 1)) {
        const struct leak_entry *other = &s->entries[at];
        if (other->hash == e.hash && memcmp(other->code, e.code, sizeof(e.code)) == 0) return 0; /* another form of the same letters */
    }
    s->entries[at] = e;
    s->counts.searched++;
    s->counts.weak += e.weak;
    leak_set_note_length(s, letters, len);
    return 0;
}

/* ---- which values are strong ------------------------------------------------------------------------------------------------------- */

/* A word that names people less often than other things, or one of the commonest of all. */
static bool leak_set_is_ordinary(const struct leak_set *s, struct bytes word) {
    uint64_t hash[1];
    if (dictionary_split(word, hash, 1) != 1) return false;
    uint32_t payload = dictionary_find(s->dictionary, hash[0]);
    uint32_t name = dictionary_weight_given(payload) > dictionary_weight_surname(payload) ? dictionary_weight_given(payload)
                                                                                         : dictionary_weight_surname(payload);
    return (dictionary_flags(s->dictionary, payload) & FLAG_BIT(FLAG_COMMON)) &&
           (dictionary_weight_common(payload) >= SET_COMMONEST || dictionary_weight_common(payload) > name);
}

/* Words of two letters and more; how many, and whether one of them is no ordinary word. */
static size_t leak_set_count_words(const struct leak_set *s, struct bytes normal, bool *out_special) {
    size_t words = 0;
    *out_special = false;
    for (size_t i = 0; i < normal.len;) {
        size_t begin = i;
        while (i < normal.len && normal.ptr[i] != ' ') i++;
        struct bytes word = bytes_make(normal.ptr + begin, i - begin);
        if (word.len >= 2) {
            words++;
            *out_special = *out_special || !leak_set_is_ordinary(s, word);
        }
        i++;
    }
    return words;
}

static size_t leak_set_count_digits(struct bytes b) {
    size_t n = 0;
    for (size_t i = 0; i < b.len; i++) n += text_is_digit(b.ptr[i]);
    return n;
}

static bool leak_set_is_strong(const struct leak_set *s, enum entity space, struct bytes normal, size_t letters) {
    bool special = false;
    size_t words = leak_set_count_words(s, normal, &special);
    switch (space) {
    case ENTITY_PATIENT: case ENTITY_PERSON: case ENTITY_PROVIDER: return words >= 2 && special && letters >= 7;
    case ENTITY_EMPLOYER: case ENTITY_FACILITY: return words >= 2 && special && letters >= 10;
    case ENTITY_STREET: return words >= 2 && letters >= 7 && leak_set_count_digits(normal) > 0;
    case ENTITY_EMAIL: case ENTITY_URL: case ENTITY_GEOCODE: return letters >= 8;
    case ENTITY_PHONE: case ENTITY_FAX: return leak_set_count_digits(normal) >= 10;
    case ENTITY_SSN: case ENTITY_MRN: case ENTITY_HEALTH_PLAN: case ENTITY_ACCOUNT: case ENTITY_LICENSE: case ENTITY_PROVIDER_ID:
    case ENTITY_VEHICLE: case ENTITY_DEVICE: case ENTITY_ENCOUNTER: case ENTITY_ACCESSION: case ENTITY_ORDER: case ENTITY_SPECIMEN:
    case ENTITY_UID: case ENTITY_OTHER_ID: return letters >= 7 && leak_set_count_digits(normal) >= 4;
    case ENTITY_IP: return letters >= 8 && !bytes_starts_with(normal, BYTES("10.")) && !bytes_starts_with(normal, BYTES("192.168."));
    case ENTITY_CITY: case ENTITY_COUNTY: case ENTITY_ZIP: case ENTITY_STATE: case ENTITY_DATE: case ENTITY_BIRTH_DATE: case ENTITY_AGE:
    case ENTITY_HOLIDAY: case ENTITY_BIOMETRIC: case ENTITY_PHOTO: return false;
    }
    return false;
}

/* ---- building ---------------------------------------------------------------------------------------------------------------------- */

/* The normal form that the value has of its own, outside of any document. */
static int leak_set_normal(struct leak_set *s, enum entity space, struct bytes surface, struct bytes *out) {
    if (!entity_is_person(space)) return normalize_value(space, surface, &s->arena, out);
    struct identity_name name = { .entity = space, .surface = surface };
    int r = identity_resolve(&name, 1, &s->arena);
    if (r == 0) *out = name.normal;
    return r;
}

/* "john q smith" also as "smithjohnq", as lists and forms have it. */
static int leak_set_put_turned(struct leak_set *s, struct bytes normal, const struct leak_entry *e) {
    size_t last = normal.len;
    while (last > 0 && normal.ptr[last - 1] != ' ') last--;
    if (last == 0 || normal.len > s->text.capacity) return 0;
    uint8_t *turned = arena_alloc_dirty(&s->arena, normal.len + 1, 1);
    if (!turned) return -ENOMEM;
    size_t family = normal.len - last;
    memcpy(turned, normal.ptr + last, family);
    memcpy(turned + family, normal.ptr, last);
    leak_text_read(&s->text, bytes_make(turned, normal.len), false, true);
    return s->text.count < LEAK_LEN_MIN ? 0 : leak_set_put(s, s->text.letters, s->text.count, e);
}

static int leak_set_put_value(struct leak_set *s, const struct leak_wait *w) {
    if (w->value.normal.len > s->text.capacity) {
        s->counts.skipped++;
        return 0;
    }
    leak_text_read(&s->text, w->value.normal, false, true);
    if (s->text.count < LEAK_LEN_MIN) {
        s->counts.skipped++;
        return 0;
    }
    struct leak_entry e = w->entry;
    e.weak = !leak_set_is_strong(s, w->value.space, w->value.normal, s->text.count);
    int r = leak_set_put(s, s->text.letters, s->text.count, &e);
    if (r == 0 && entity_is_person(w->value.space)) r = leak_set_put_turned(s, w->value.normal, &e);
    return r;
}

/* A whole name stands for its person wherever it is met, also where its code belongs to a patient's record and another of that name has the
 * name's own. */
static bool leak_set_is_whole_name(const struct leak_set *s, enum entity space, struct bytes normal) {
    bool special;
    return entity_is_person(space) && leak_set_count_words(s, normal, &special) >= 2;
}

/* Whole names, and those that the blind index leads to under their own normal form; the rest are a document's short forms. */
static int leak_set_flush(struct leak_set *s) {
    struct vault_value values[SET_BATCH];
    char codes[SET_BATCH][TOKEN_CODE_LEN + 1];
    for (size_t i = 0; i < s->wait_count; i++) {
        struct leak_wait *w = &s->waiting[i];
        w->value.normal.ptr = s->normals.ptr + w->normal_at;
        values[i] = w->value;
    }
    int r = s->wait_count > 0 ? vault_reader_look_up(s->reader, s->keeper, values, s->wait_count, codes) : 0;
    for (size_t i = 0; i < s->wait_count && r == 0; i++) {
        bool leads_here = memcmp(codes[i], s->waiting[i].entry.code, TOKEN_CODE_LEN) == 0;
        if (leads_here || leak_set_is_whole_name(s, values[i].space, values[i].normal)) r = leak_set_put_value(s, &s->waiting[i]);
        else s->counts.skipped++;
        arena_reset(&s->arena);
    }
    s->wait_count = 0;
    buf_reset(&s->normals);
    return r;
}

static int leak_set_take(void *context, const struct vault_surface *v) {
    struct leak_set *s = context;
    struct bytes normal;
    s->counts.values++;
    int r = leak_set_normal(s, v->space, v->text, &normal);
    if (r < 0) return r;
    struct leak_wait *w = &s->waiting[s->wait_count++];
    *w = (struct leak_wait) { .value = { .space = v->space, .normal = { NULL, normal.len } }, .normal_at = s->normals.len,
                              .entry = { .form = v->form, .space = (uint8_t) v->space } };
    memcpy(w->entry.code, v->code, TOKEN_CODE_LEN);
    r = buf_append(&s->normals, normal);
    arena_reset(&s->arena);
    bool full = s->wait_count == SET_BATCH || s->normals.len > SET_TEXT_LEN_MAX / 2;
    return r == 0 && full ? leak_set_flush(s) : r;
}

static int leak_set_prepare(struct leak_set *s) {
    struct bytes image = bytes_make(embedded_dictionary[0].begin, (size_t) (embedded_dictionary[0].end - embedded_dictionary[0].begin));
    int r = dictionary_load(image, 0, &s->dictionary);
    if (r == 0) r = leak_text_init(&s->text, 4096);
    if (r < 0) return r;
    s->secrets = secret_new(sizeof(*s->secrets));
    if (s->secrets) memset(s->secrets, 0, sizeof(*s->secrets));
    s->cache = calloc(SET_CACHE_COUNT, sizeof(*s->cache));
    s->waiting = calloc(SET_BATCH, sizeof(*s->waiting));
    if (!s->secrets || !s->cache || !s->waiting) return -ENOMEM;
    for (size_t i = 0; i < SET_CACHE_COUNT; i++) s->cache[i].entry = SIZE_MAX;
    randombytes_buf(s->secrets, sizeof(*s->secrets));
    struct leak_filter *f = &s->secrets->filter;
    f->multiplier |= 1;
    f->anchor |= 1;
    f->lengths = calloc((size_t) 1 << LEAK_ANCHOR_BITS, sizeof(*f->lengths));
    f->short_lengths = calloc((size_t) 1 << LEAK_SHORT_BITS, sizeof(*f->short_lengths));
    f->sieve = calloc((size_t) 1 << (LEAK_SIEVE_BITS - 3), 1);
    return f->lengths && f->short_lengths && f->sieve ? leak_set_grow(s) : -ENOMEM;
}

int leak_set_new(struct vault_reader *reader, struct keeper *keeper, struct leak_set **out_set, struct problem *p) {
    struct leak_set *s = calloc(1, sizeof(*s));
    if (!s) return -ENOMEM;
    s->reader = reader;
    s->keeper = keeper;
    arena_init(&s->arena, SET_TEXT_LEN_MAX);
    buf_init(&s->normals, SET_TEXT_LEN_MAX);
    int r = leak_set_prepare(s);
    if (r == 0) r = vault_reader_each(reader, leak_set_take, s);
    if (r == 0) r = leak_set_flush(s);
    if (r < 0) {
        leak_set_free(s);
        if (r == -EKEYREJECTED) return problem_set(p, r, "the key is not the one that the vault's values are sealed to; give --key");
        return problem_set(p, r, "the vault's values cannot be read: %s", strerrordesc_np(-r));
    }
    *out_set = s;
    return 0;
}

void leak_set_free(struct leak_set *s) {
    if (!s) return;
    if (s->secrets) {
        free(s->secrets->filter.lengths);
        free(s->secrets->filter.short_lengths);
        free(s->secrets->filter.sieve);
    }
    secret_free(s->secrets);
    dictionary_free(s->dictionary);
    leak_text_release(&s->text);
    arena_release(&s->arena);
    buf_release(&s->normals);
    free(s->entries);
    free(s->cache);
    free(s->waiting);
    free(s);
}

void leak_set_counts(const struct leak_set *s, struct leak_set_counts *out) {
    *out = s->counts;
}

/* ---- confirming -------------------------------------------------------------------------------------------------------------------- */

enum leak_kind { LEAK_WORDS, LEAK_NUMBER, LEAK_DIALLED, LEAK_MARKED };

static enum leak_kind leak_set_kind(enum entity space) {
    switch (space) {
    case ENTITY_PHONE: case ENTITY_FAX: return LEAK_DIALLED;
    case ENTITY_EMAIL: case ENTITY_URL: case ENTITY_IP: case ENTITY_DEVICE: case ENTITY_UID: case ENTITY_OTHER_ID: return LEAK_MARKED;
    case ENTITY_ZIP: case ENTITY_SSN: case ENTITY_MRN: case ENTITY_HEALTH_PLAN: case ENTITY_ACCOUNT: case ENTITY_LICENSE:
    case ENTITY_PROVIDER_ID: case ENTITY_VEHICLE: case ENTITY_ENCOUNTER: case ENTITY_ACCESSION: case ENTITY_ORDER: case ENTITY_SPECIMEN:
        return LEAK_NUMBER;
    case ENTITY_PATIENT: case ENTITY_PERSON: case ENTITY_PROVIDER: case ENTITY_EMPLOYER: case ENTITY_STREET: case ENTITY_CITY:
    case ENTITY_COUNTY: case ENTITY_GEOCODE: case ENTITY_FACILITY: case ENTITY_STATE: case ENTITY_DATE: case ENTITY_BIRTH_DATE:
    case ENTITY_AGE: case ENTITY_HOLIDAY: case ENTITY_BIOMETRIC: case ENTITY_PHOTO: return LEAK_WORDS;
    }
    must(false); /* every entity has a kind */
    return LEAK_WORDS;
}

/* Do the gaps and what stands around it leave the candidate a value of this kind? Columns of a table and halves of a decimal are none. */
static bool leak_set_is_shaped(enum leak_kind kind, const struct leak_candidate *c) {
    switch (kind) {
    case LEAK_WORDS: return c->gap <= LEAK_GAP_TEXT;
    case LEAK_NUMBER: return c->gap <= LEAK_GAP_ONE && !c->fraction;
    case LEAK_DIALLED: return c->gap <= LEAK_GAP_FEW && !(c->fraction && c->gap == LEAK_GAP_NONE);
    case LEAK_MARKED: return !memchr(c->plain.ptr, ' ', c->plain.len) && !(c->fraction && c->gap == LEAK_GAP_NONE);
    }
    return false;
}

static void leak_set_prove(const struct leak_set *s, const struct leak_candidate *c, enum leak_kind kind, uint8_t out[SET_PROOF_LEN]) {
    struct bytes of = kind == LEAK_MARKED ? c->plain : c->letters;
    (void) crypto_shorthash_siphashx24(out, of.ptr, of.len, s->secrets->proof);
}

static bool leak_set_letters_begin(struct leak_set *s, struct bytes value, struct bytes letters) {
    if (value.len > s->text.capacity) return false;
    leak_text_read(&s->text, value, false, true);
    bool fits = letters.len == LEAK_LEN_LONG ? s->text.count >= letters.len : s->text.count == letters.len;
    return fits && memcmp(s->text.letters, letters.ptr, letters.len) == 0;
}

static bool leak_set_letters_turned(struct leak_set *s, struct bytes normal, struct bytes letters) {
    size_t last = normal.len;
    while (last > 0 && normal.ptr[last - 1] != ' ') last--;
    uint8_t *turned = last > 0 ? arena_alloc_dirty(&s->arena, normal.len, 1) : NULL;
    if (!turned) return false;
    memcpy(turned, normal.ptr + last, normal.len - last);
    memcpy(turned + normal.len - last, normal.ptr, last);
    return leak_set_letters_begin(s, bytes_make(turned, normal.len), letters);
}

/* The value itself against the candidate. Words by their letters; numbers and addresses by the normal form that minting gives them. */
static int leak_set_compare(struct leak_set *s, const struct leak_entry *e, const struct leak_candidate *c, struct bytes normal, bool *out_same) {
    enum entity space = (enum entity) e->space;
    bool same = leak_set_letters_begin(s, normal, c->letters);
    if (!same && entity_is_person(space)) same = leak_set_letters_turned(s, normal, c->letters);
    if (same && leak_set_kind(space) == LEAK_MARKED && c->letters.len < LEAK_LEN_LONG) {
        struct bytes theirs;
        int r = normalize_value(space, c->plain, &s->arena, &theirs);
        if (r < 0) return r;
        same = bytes_equal(theirs, normal);
    }
    *out_same = same;
    return 0;
}

static int leak_set_try(struct leak_set *s, const struct leak_entry *e, const struct leak_candidate *c) {
    _cleanup_(buf_release) struct buf surface;
    struct bytes normal;
    bool same = false;
    char code[1][TOKEN_CODE_LEN + 1];
    buf_init(&surface, 2 * VAULT_READER_SURFACE_LEN_MAX);
    int r = vault_reader_reveal(s->reader, e->code, e->form, &surface);
    if (r != VAULT_REVEALED) return r < 0 ? r : LEAK_FALSE;
    r = leak_set_normal(s, (enum entity) e->space, buf_bytes(&surface), &normal);
    if (r == 0) r = leak_set_compare(s, e, c, normal, &same);
    if (r < 0 || !same) return r < 0 ? r : LEAK_FALSE;
    struct vault_value value = { .space = (enum entity) e->space, .normal = normal };
    r = vault_reader_look_up(s->reader, s->keeper, &value, 1, code);
    if (r < 0) return r;
    bool leads_here = memcmp(code[0], e->code, TOKEN_CODE_LEN) == 0;
    return leads_here || leak_set_is_whole_name(s, value.space, normal) ? LEAK_TRUE : LEAK_FALSE;
}

static int leak_set_confirm_entry(struct leak_set *s, size_t at, const struct leak_candidate *c) {
    const struct leak_entry *e = &s->entries[at];
    enum leak_kind kind = leak_set_kind((enum entity) e->space);
    struct leak_proof *known = &s->cache[at % SET_CACHE_COUNT];
    uint8_t proof[SET_PROOF_LEN];
    if (!leak_set_is_shaped(kind, c)) return LEAK_FALSE;
    leak_set_prove(s, c, kind, proof);
    if (known->entry == at && memcmp(known->of, proof, sizeof(proof)) == 0) return LEAK_TRUE;
    int r = leak_set_try(s, e, c);
    arena_reset(&s->arena);
    if (r != LEAK_TRUE) return r;
    known->entry = at;
    memcpy(known->of, proof, sizeof(proof));
    return LEAK_TRUE;
}

int leak_set_confirm(struct leak_set *s, uint64_t hash, const struct leak_candidate *c, struct leak_match *out) {
    for (size_t i = leak_set_slot(s, hash); s->entries[i].hash != 0; i = (i + 1) & (s->capacity - 1)) {
        const struct leak_entry *e = &s->entries[i];
        int r = e->hash == hash ? leak_set_confirm_entry(s, i, c) : LEAK_FALSE;
        if (r < 0) return r;
        if (r == LEAK_FALSE) continue;
        *out = (struct leak_match) { .token.entity = (enum entity) e->space, .weak = e->weak };
        memcpy(out->token.code, e->code, TOKEN_CODE_LEN);
        return LEAK_TRUE;
    }
    return LEAK_FALSE;
}
