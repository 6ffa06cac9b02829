#include "audit/breach.h"

#include <errno.h>
#include <sodium.h>

#include "conf/base/clock.h"

enum { BREACH_ROOM_LEAST = 1 << 10 };
#define BREACH_DAY_US (UINT64_C(86400) * 1000000u)

struct breach_token {
    char text[EVENT_TOKEN_LEN_MAX];
};

struct breach_open {
    uint64_t index;
    bool closed;
};

struct breach {
    struct query query;
    bool one_patient;
    struct breach_figures figures;
    crypto_hash_sha256_state indices;
    struct breach_token *tokens; /* distinct once sorted */
    size_t token_count, token_room;
    struct breach_open *opens; /* ascending */
    size_t open_count, open_room;
};

int breach_new(const struct query *q, bool one_patient, struct breach **out_breach) {
    _cleanup_(breach_freep) struct breach *b = calloc(1, sizeof(*b));
    if (!b) return -ENOMEM;
    b->query = *q;
    b->query.types = UINT32_C(1) << EVENT_OPEN | UINT32_C(1) << EVENT_REID;
    b->one_patient = one_patient;
    ignore(crypto_hash_sha256_init(&b->indices)); /* cannot fail */
    *out_breach = take_ptr(b);
    return 0;
}

void breach_free(struct breach *b) {
    if (!b) return;
    free(b->tokens);
    free(b->opens);
    free(b);
}

/* Room for one more element of an array that doubles. */
static int breach_grow(void **array, size_t *room, size_t element_len, size_t count_max) {
    size_t more = *room == 0 ? BREACH_ROOM_LEAST : *room * 2;
    if (more > count_max) return -ENOSPC;
    void *grown = reallocarray(*array, more, element_len);
    if (!grown) return -ENOMEM;
    *array = grown;
    *room = more;
    return 0;
}

static int breach_compare_tokens(const void *a, const void *b) {
    return strcmp(((const struct breach_token *) a)->text, ((const struct breach_token *) b)->text);
}

static void breach_sort_tokens(struct breach *b) {
    size_t kept = 0;
    if (b->token_count == 0) return;
    qsort(b->tokens, b->token_count, sizeof(*b->tokens), breach_compare_tokens);
    for (size_t i = 1; i < b->token_count; i++) {
        if (breach_compare_tokens(&b->tokens[i], &b->tokens[kept]) != 0) b->tokens[++kept] = b->tokens[i];
    }
    b->token_count = kept + 1;
}

/* Sorting whenever it is full, and growing only when half of it is distinct, keeps the memory that of the patients and not of the accesses. */
static int breach_add_token(struct breach *b, struct bytes token) {
    if (token.len == 0) b->figures.unknown++;
    if (token.len == 0) return 0;
    if (token.len >= EVENT_TOKEN_LEN_MAX) return -EBADMSG;
    bool full = b->token_count == b->token_room;
    if (full) breach_sort_tokens(b);
    if (full && b->token_count * 2 >= b->token_room) {
        void *array = b->tokens;
        int r = breach_grow(&array, &b->token_room, sizeof(*b->tokens), BREACH_TOKENS_MAX);
        b->tokens = array;
        if (r < 0) return r;
    }
    struct breach_token *t = &b->tokens[b->token_count++];
    *t = (struct breach_token) { "" };
    memcpy(t->text, token.ptr, token.len);
    return 0;
}

static void breach_tally(struct report_tallies *t, struct bytes name) {
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, REPORT_TALLY_LEN - 1);
    (void) buf_append(&text, name.len > 0 ? name : BYTES("(not recorded)"));
    report_tally(t, &text);
}

static int breach_add_open(struct breach *b, uint64_t index, const struct entry *e) {
    if (b->open_count == b->open_room) {
        void *array = b->opens;
        int r = breach_grow(&array, &b->open_room, sizeof(*b->opens), BREACH_OPENS_MAX);
        b->opens = array;
        if (r < 0) return r;
    }
    b->opens[b->open_count++] = (struct breach_open) { .index = index };
    b->figures.opens++;
    if (entry_has(e, ENTRY_RED)) report_counts(entry_text(e, ENTRY_RED), b->figures.found);
    return breach_add_token(b, entry_text(e, ENTRY_SUBJECT));
}

static int breach_compare_opens(const void *a, const void *b) {
    uint64_t left = ((const struct breach_open *) a)->index, right = ((const struct breach_open *) b)->index;
    return left < right ? -1 : left > right;
}

static void breach_add_close(struct breach *b, const struct entry *e) {
    const struct breach_open key = { .index = entry_number(e, ENTRY_OPEN) };
    struct breach_open *o = b->open_count > 0 ? bsearch(&key, b->opens, b->open_count, sizeof(key), breach_compare_opens) : NULL;
    if (!o || o->closed) return;
    o->closed = true;
    uint64_t bytes = entry_number(e, ENTRY_BYTES);
    b->figures.reads += entry_number(e, ENTRY_READS);
    b->figures.bytes += bytes;
    b->figures.unread += bytes == 0;
}

/* What the evidence names, and what the tables tell, of a record in scope. */
static void breach_note(struct breach *b, uint64_t index, const struct entry *e) {
    char line[24], actor[REPORT_NAME_LEN];
    struct breach_figures *f = &b->figures;
    int len = snprintf(line, sizeof(line), "%llu\n", (unsigned long long) index);
    must(len > 0 && (size_t) len < sizeof(line));
    ignore(crypto_hash_sha256_update(&b->indices, (const uint8_t *) line, (unsigned long long) len)); /* cannot fail */
    if (f->records++ == 0) f->first = index;
    f->last = index;
    if (f->first_us == 0 || e->time_us < f->first_us) f->first_us = e->time_us;
    if (e->time_us > f->last_us) f->last_us = e->time_us;
    breach_tally(&f->users, report_actor(e, actor));
    breach_tally(&f->programs, entry_text(e, ENTRY_EXE));
    breach_tally(&f->policies, entry_text(e, ENTRY_POLICY));
}

int breach_add(struct breach *b, uint64_t index, const struct entry *e) {
    if (e->type == EVENT_CLOSE) breach_add_close(b, e);
    if (!query_matches(&b->query, e)) return 0;
    breach_note(b, index, e);
    if (e->type == EVENT_OPEN) return breach_add_open(b, index, e);
    b->figures.reidentifications++;
    b->figures.restored += entry_number(e, ENTRY_NUMBER_B);
    return 0;
}

/* Tokens of one month lie together: they begin alike, up to the underscore. */
static void breach_count_individuals(struct breach *b) {
    struct breach_figures *f = &b->figures;
    uint64_t of_month = 0;
    breach_sort_tokens(b);
    for (size_t i = 0; i < b->token_count; i++) {
        const char *text = b->tokens[i].text;
        bool same = i > 0 && strncmp(b->tokens[i - 1].text, text, strcspn(text, "_") + 1) == 0;
        of_month = same ? of_month + 1 : 1;
        f->months += !same;
        if (of_month > f->least) f->least = of_month;
    }
    f->most = b->token_count;
    if (b->one_patient && f->most > 0) f->most = f->least = 1;
}

int breach_end(struct breach *b, struct breach_figures *out) {
    struct breach_figures *f = &b->figures;
    breach_count_individuals(b);
    for (size_t i = 0; i < b->open_count; i++) f->unclosed += !b->opens[i].closed;
    f->size = f->least >= BREACH_MANY ? BREACH_IS_MANY : f->most >= BREACH_MANY || f->unknown > 0 ? BREACH_POSSIBLY_MANY : BREACH_FEW;
    if (crypto_hash_sha256_final(&b->indices, f->indices) != 0) return -EIO;
    *out = *f;
    return 0;
}

static uint64_t breach_add_days(uint64_t us, unsigned days) {
    return us - us % BREACH_DAY_US + days * BREACH_DAY_US;
}

uint64_t breach_due(uint64_t discovered_us) {
    return breach_add_days(discovered_us, BREACH_DAYS);
}

uint64_t breach_due_secretary(uint64_t discovered_us, enum breach_size size) {
    if (size != BREACH_FEW) return breach_due(discovered_us);
    char text[CLOCK_TEXT_LEN + 1];
    uint64_t end = 0;
    clock_format(discovered_us, text);
    memcpy(text + 4, "-12-31T00:00:00.000000Z", sizeof("-12-31T00:00:00.000000Z"));
    must(clock_parse(bytes_make(text, CLOCK_TEXT_LEN), &end)); /* its year is one that was formatted */
    return breach_add_days(end, BREACH_DAYS);
}

const char *breach_size_name(enum breach_size size) {
    return size == BREACH_IS_MANY ? "yes" : size == BREACH_POSSIBLY_MANY ? "possibly" : "no";
}
