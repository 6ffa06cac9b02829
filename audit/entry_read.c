#include <assert.h>
#include <errno.h>

#include "audit/entry.h"
#include "conf/base/clock.h"
#include "conf/base/text.h"

enum kind { KIND_OBJECT, KIND_INTEGER, KIND_INTEGER_OR_NULL, KIND_STRING, KIND_HEX64, KIND_BOOT, KIND_TIME, KIND_COUNTS, KIND_DIGESTS, KIND_TOKENS };

struct member;
struct schema {
    const struct member *members; /* in the bytewise order of their names */
    size_t count;
};

struct member {
    const char *name;
    enum kind kind;
    enum entry_field field;
    bool required; /* within a nested object; the top level is decided by type */
    const struct schema *schema; /* KIND_OBJECT */
};

#define SCHEMA(members_) { .members = members_, .count = array_count(members_) }

static const struct member range_members[] = {
    { "count", KIND_INTEGER, ENTRY_NUMBER_A, true, NULL },  { "from", KIND_INTEGER, ENTRY_NUMBER_B, true, NULL },
    { "kind", KIND_STRING, ENTRY_KIND, true, NULL },        { "sha256", KIND_HEX64, ENTRY_DIGEST_A, false, NULL },
    { "to", KIND_INTEGER, ENTRY_NUMBER_C, true, NULL },
};
static const struct member clock_members[] = {
    { "after", KIND_INTEGER, ENTRY_NUMBER_A, true, NULL },
    { "before", KIND_INTEGER, ENTRY_NUMBER_B, true, NULL },
};
static const struct member coverage_members[] = {
    { "b", KIND_INTEGER, ENTRY_NUMBER_A, true, NULL },
    { "d", KIND_INTEGER, ENTRY_NUMBER_B, true, NULL },
    { "w", KIND_INTEGER, ENTRY_NUMBER_C, true, NULL },
};
static const struct member digests_members[] = {
    { "conf", KIND_HEX64, ENTRY_DIGEST_A, false, NULL },
    { "cov", KIND_HEX64, ENTRY_DIGEST_B, false, NULL },
    { "model", KIND_HEX64, ENTRY_DIGEST_C, false, NULL },
    { "rules", KIND_HEX64, ENTRY_DIGEST_D, false, NULL },
};
static const struct member infer_members[] = {
    { "dest", KIND_STRING, ENTRY_WORD_A, false, NULL },  { "enc", KIND_TOKENS, ENTRY_ENCOUNTERS, false, NULL },
    { "in", KIND_DIGESTS, ENTRY_INPUTS, true, NULL },    { "model", KIND_STRING, ENTRY_WORD_B, false, NULL },
    { "out", KIND_HEX64, ENTRY_DIGEST_A, false, NULL },  { "over", KIND_STRING, ENTRY_WORD_C, false, NULL },
    { "svc", KIND_STRING, ENTRY_WORD_D, false, NULL },   { "tmpl", KIND_HEX64, ENTRY_DIGEST_B, false, NULL },
    { "user", KIND_STRING, ENTRY_INFER_USER, false, NULL }, { "ver", KIND_STRING, ENTRY_WORD_E, false, NULL },
};
static const struct member key_members[] = {
    { "epoch", KIND_INTEGER, ENTRY_EPOCH, true, NULL },
    { "prev", KIND_INTEGER, ENTRY_PREVIOUS, true, NULL },
    { "vkey", KIND_STRING, ENTRY_EPOCH_VKEY, true, NULL },
};
static const struct member log_members[] = {
    { "e", KIND_STRING, ENTRY_EPOCH_VKEY, true, NULL },       { "epoch", KIND_INTEGER, ENTRY_EPOCH, true, NULL },
    { "epoch_s", KIND_INTEGER, ENTRY_EPOCH_S, true, NULL },   { "form", KIND_INTEGER, ENTRY_FORM, true, NULL },
    { "origin", KIND_STRING, ENTRY_ORIGIN, true, NULL },      { "pred", KIND_HEX64, ENTRY_PREDECESSOR, false, NULL },
    { "s", KIND_STRING, ENTRY_STABLE_VKEY, true, NULL },
};
static const struct member counters_members[] = {
    { "close", KIND_INTEGER, ENTRY_NUMBER_A, true, NULL },
    { "deny", KIND_INTEGER, ENTRY_NUMBER_B, true, NULL },
    { "open", KIND_INTEGER, ENTRY_NUMBER_C, true, NULL },
    { "refuse", KIND_INTEGER, ENTRY_NUMBER_D, true, NULL },
};
static const struct member object_members[] = {
    { "cls", KIND_STRING, ENTRY_FORMAT, false, NULL },
    { "enc", KIND_STRING, ENTRY_ENCOUNTER, false, NULL },
    { "file", KIND_STRING, ENTRY_FILE, false, NULL },
    { "subj", KIND_STRING, ENTRY_SUBJECT, false, NULL },
};
static const struct member out_members[] = {
    { "bytes", KIND_INTEGER, ENTRY_BYTES, false, NULL },
    { "reads", KIND_INTEGER, ENTRY_READS, false, NULL },
    { "red", KIND_COUNTS, ENTRY_RED, false, NULL },
    { "sha256", KIND_HEX64, ENTRY_VIEW, false, NULL },
};
static const struct member recover_members[] = {
    { "from", KIND_INTEGER, ENTRY_NUMBER_A, true, NULL },
    { "lost", KIND_INTEGER, ENTRY_NUMBER_B, true, NULL },
    { "to", KIND_INTEGER, ENTRY_NUMBER_C, true, NULL },
    { "torn", KIND_INTEGER, ENTRY_NUMBER_D, true, NULL },
};
static const struct member reid_members[] = {
    { "in", KIND_HEX64, ENTRY_DIGEST_A, true, NULL },   { "inf", KIND_INTEGER, ENTRY_NUMBER_C, false, NULL },
    { "left", KIND_INTEGER, ENTRY_NUMBER_A, true, NULL }, { "model", KIND_STRING, ENTRY_WORD_B, false, NULL },
    { "out", KIND_HEX64, ENTRY_DIGEST_B, true, NULL },  { "over", KIND_STRING, ENTRY_WORD_C, false, NULL },
    { "restored", KIND_INTEGER, ENTRY_NUMBER_B, true, NULL }, { "tmpl", KIND_HEX64, ENTRY_DIGEST_C, false, NULL },
};
static const struct member who_members[] = {
    { "auid", KIND_INTEGER_OR_NULL, ENTRY_AUID, true, NULL }, { "bound", KIND_STRING, ENTRY_BOUND, false, NULL },
    { "cg", KIND_STRING, ENTRY_CGROUP, false, NULL },
    { "exe", KIND_STRING, ENTRY_EXE, false, NULL },           { "gid", KIND_INTEGER, ENTRY_GID, true, NULL },
    { "pid", KIND_INTEGER, ENTRY_PID, true, NULL },           { "pidns", KIND_INTEGER, ENTRY_PIDNS, true, NULL },
    { "puid", KIND_INTEGER, ENTRY_PUID, false, NULL },        { "ses", KIND_INTEGER, ENTRY_SESSION, true, NULL },
    { "start", KIND_INTEGER, ENTRY_START, true, NULL },       { "uid", KIND_INTEGER, ENTRY_UID, true, NULL },
    { "user", KIND_STRING, ENTRY_USER, false, NULL },
};
static const struct schema range_schema = SCHEMA(range_members), clock_schema = SCHEMA(clock_members),
                           coverage_schema = SCHEMA(coverage_members), digests_schema = SCHEMA(digests_members),
                           infer_schema = SCHEMA(infer_members), key_schema = SCHEMA(key_members), log_schema = SCHEMA(log_members),
                           counters_schema = SCHEMA(counters_members), object_schema = SCHEMA(object_members),
                           out_schema = SCHEMA(out_members), recover_schema = SCHEMA(recover_members), reid_schema = SCHEMA(reid_members),
                           who_schema = SCHEMA(who_members);

static const struct member top_members[] = {
    { "anc", KIND_OBJECT, ENTRY_ANCHOR, false, &range_schema },
    { "boot", KIND_BOOT, ENTRY_BOOT, false, NULL },
    { "claim", KIND_STRING, ENTRY_CLAIM, false, NULL },
    { "clk", KIND_OBJECT, ENTRY_CLOCK, false, &clock_schema },
    { "cov", KIND_OBJECT, ENTRY_COVERAGE, false, &coverage_schema },
    { "dig", KIND_OBJECT, ENTRY_DIGESTS, false, &digests_schema },
    { "exp", KIND_OBJECT, ENTRY_EXPORT, false, &range_schema },
    { "h", KIND_INTEGER, ENTRY_HANDLE, false, NULL },
    { "inf", KIND_OBJECT, ENTRY_INFER, false, &infer_schema },
    { "key", KIND_OBJECT, ENTRY_KEY, false, &key_schema },
    { "log", KIND_OBJECT, ENTRY_LOG, false, &log_schema },
    { "mono", KIND_INTEGER, ENTRY_MONO, false, NULL },
    { "n", KIND_OBJECT, ENTRY_COUNTERS, false, &counters_schema },
    { "obj", KIND_OBJECT, ENTRY_OBJECT, false, &object_schema },
    { "op", KIND_STRING, ENTRY_OP, false, NULL },
    { "open", KIND_INTEGER, ENTRY_OPEN, false, NULL },
    { "out", KIND_OBJECT, ENTRY_OUT, false, &out_schema },
    { "pol", KIND_HEX64, ENTRY_POLICY, false, NULL },
    { "purp", KIND_STRING, ENTRY_PURPOSE, false, NULL },
    { "qry", KIND_OBJECT, ENTRY_QUERY, false, &range_schema },
    { "rec", KIND_OBJECT, ENTRY_RECOVER, false, &recover_schema },
    { "reid", KIND_OBJECT, ENTRY_REID, false, &reid_schema },
    { "res", KIND_STRING, ENTRY_RESULT, false, NULL },
    { "ret", KIND_OBJECT, ENTRY_RETAIN, false, &range_schema },
    { "stop", KIND_INTEGER, ENTRY_STOP, false, NULL },
    { "tick", KIND_STRING, ENTRY_TICKET, false, NULL },
    { "time", KIND_TIME, ENTRY_TIME, false, NULL },
    { "type", KIND_STRING, ENTRY_TYPE, false, NULL },
    { "v", KIND_INTEGER, ENTRY_VERSION, false, NULL },
    { "who", KIND_OBJECT, ENTRY_WHO, false, &who_schema },
    { "why", KIND_STRING, ENTRY_WHY, false, NULL },
};
static_assert(array_count(top_members) == ENTRY_TOP_COUNT, "the enumeration's first part is the table of top-level members");
static_assert(ENTRY_FIELD_COUNT <= 128, "entry.present has 128 bits");
static const struct schema top_schema = SCHEMA(top_members);

#define BIT(field) (UINT64_C(1) << (field))
#define ALWAYS (BIT(ENTRY_BOOT) | BIT(ENTRY_MONO) | BIT(ENTRY_RESULT) | BIT(ENTRY_TIME) | BIT(ENTRY_TYPE) | BIT(ENTRY_VERSION))
#define ACCESS (BIT(ENTRY_WHO) | BIT(ENTRY_OBJECT) | BIT(ENTRY_POLICY))
#define BOUND (BIT(ENTRY_PURPOSE) | BIT(ENTRY_TICKET))

/* Which members a type demands, and which it may have beside them. */
static const struct {
    uint64_t required, optional;
} type_members[EVENT_COUNT] = {
    [EVENT_GENESIS] = { BIT(ENTRY_LOG), 0 },
    [EVENT_MOUNT] = { 0, BIT(ENTRY_POLICY) | BIT(ENTRY_CLAIM) | BIT(ENTRY_DIGESTS) | BIT(ENTRY_WHO) },
    [EVENT_UMOUNT] = { 0, BIT(ENTRY_POLICY) | BIT(ENTRY_WHO) },
    [EVENT_POLICY] = { BIT(ENTRY_POLICY), BIT(ENTRY_CLAIM) | BIT(ENTRY_DIGESTS) | BIT(ENTRY_WHO) },
    [EVENT_OPEN] = { BIT(ENTRY_WHO) | BIT(ENTRY_OP), ACCESS | BOUND | BIT(ENTRY_HANDLE) | BIT(ENTRY_OUT) },
    [EVENT_CLOSE] = { BIT(ENTRY_OPEN) | BIT(ENTRY_OUT), ACCESS | BIT(ENTRY_HANDLE) },
    [EVENT_LIST] = { BIT(ENTRY_WHO), ACCESS | BOUND },
    [EVENT_DENY] = { BIT(ENTRY_WHO), ACCESS | BOUND | BIT(ENTRY_WHY) | BIT(ENTRY_HANDLE) },
    [EVENT_REFUSE] = { BIT(ENTRY_WHY), ACCESS | BOUND | BIT(ENTRY_HANDLE) },
    [EVENT_REID] = { BIT(ENTRY_WHO) | BIT(ENTRY_REID), ACCESS | BOUND },
    [EVENT_INFER] = { BIT(ENTRY_INFER), ACCESS | BOUND },
    [EVENT_KEY] = { BIT(ENTRY_KEY), 0 },
    [EVENT_BEAT] = { BIT(ENTRY_COUNTERS), BIT(ENTRY_STOP) },
    [EVENT_RECOVER] = { BIT(ENTRY_RECOVER), 0 },
    [EVENT_CLOCK] = { BIT(ENTRY_CLOCK), 0 },
    [EVENT_ANCHOR] = { BIT(ENTRY_ANCHOR), BIT(ENTRY_WHO) },
    [EVENT_RETAIN] = { BIT(ENTRY_RETAIN), BIT(ENTRY_WHO) },
    [EVENT_EXPORT] = { BIT(ENTRY_EXPORT), BIT(ENTRY_WHO) | BOUND | BIT(ENTRY_OBJECT) },
    [EVENT_QUERY] = { BIT(ENTRY_QUERY), BIT(ENTRY_WHO) | BOUND | BIT(ENTRY_OBJECT) },
    [EVENT_COVERAGE] = { BIT(ENTRY_COVERAGE), BIT(ENTRY_POLICY) | BIT(ENTRY_WHO) | BIT(ENTRY_DIGESTS) },
    [EVENT_HALT] = { 0, BIT(ENTRY_WHY) },
    [EVENT_SESSION] = { BIT(ENTRY_WHO) | BIT(ENTRY_HANDLE) | BOUND, BIT(ENTRY_STOP) },
};

/* What is left to read, and where what was read goes. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    struct entry *entry;
    uint64_t number; /* the last integer */
};

static bool reader_take(struct reader *r, char c) {
    if (r->at == r->end || *r->at != (uint8_t) c) return false;
    r->at++;
    return true;
}

/* Eight bytes at once: may each stand in a string, other than the one that ends it? 0x20..0x7e but '"' and '\\'. */
static bool reader_is_plain(const uint8_t at[8]) {
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t w, quote, escape, delete;
    memcpy(&w, at, sizeof(w));
    quote = w ^ ones * '"';
    escape = w ^ ones * '\\';
    delete = w ^ ones * 0x7f;
    /* A byte below n borrows from its top bit in w - n; so does a zero byte in v - 1. */
    uint64_t found = w | (w - ones * 0x20) | (quote - ones) | (escape - ones) | (delete - ones);
    return (found & tops) == 0;
}

static bool reader_string(struct reader *r, struct bytes *out) {
    if (!reader_take(r, '"')) return false;
    const uint8_t *begin = r->at;
    while (r->end - r->at >= 8 && reader_is_plain(r->at)) r->at += 8;
    while (r->at < r->end && *r->at != '"') {
        if (*r->at < 0x20 || *r->at > 0x7e || *r->at == '\\') return false;
        r->at++;
    }
    *out = bytes_make(begin, (size_t) (r->at - begin));
    return reader_take(r, '"');
}

/* A string whose length is known: its content is the caller's to judge. */
static bool reader_fixed(struct reader *r, size_t len, struct bytes *out) {
    if ((size_t) (r->end - r->at) < len + 2 || r->at[0] != '"' || r->at[len + 1] != '"') return false;
    *out = bytes_make(r->at + 1, len);
    r->at += len + 2;
    return true;
}

/* 16 digits at most: 2^53 has 16. */
static bool reader_integer(struct reader *r, struct bytes *out) {
    const uint8_t *begin = r->at, *at = begin, *end = r->end - begin > 17 ? begin + 17 : r->end;
    uint64_t v = 0;
    for (; at < end && text_is_digit(*at); at++) v = v * 10 + (uint64_t) (*at - '0');
    size_t len = (size_t) (at - begin);
    r->at = at;
    r->number = v;
    *out = bytes_make(begin, len);
    return len > 0 && (len == 1 || begin[0] != '0') && v <= ENTRY_INTEGER_MAX;
}

/* Eight bytes at once, since most of an entry is digests: a sum's top bit says whether the byte has reached a bound. */
static bool reader_are_hex(const uint8_t at[8]) {
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t w;
    memcpy(&w, at, sizeof(w));
    if ((w & tops) != 0) return false; /* from here on no sum of a byte reaches its neighbour */
    uint64_t digit = (w + ones * (0x80 - '0')) & ~(w + ones * (0x80 - '9' - 1));
    uint64_t letter = (w + ones * (0x80 - 'a')) & ~(w + ones * (0x80 - 'f' - 1));
    return ((digit | letter) & tops) == tops;
}

static bool reader_is_hex(struct bytes text, size_t len) {
    if (text.len != len) return false;
    size_t i = 0;
    for (; len - i >= 8; i += 8) {
        if (!reader_are_hex(text.ptr + i)) return false;
    }
    for (; i < len; i++) {
        if (!text_is_digit(text.ptr[i]) && !(text.ptr[i] >= 'a' && text.ptr[i] <= 'f')) return false;
    }
    return true;
}

/* "name": at the reader's place, and nothing else; with fold the name is the lower case of the one given. */
static bool reader_take_name(struct reader *r, const char *name, bool fold) {
    const uint8_t *at = r->at;
    if (r->end - at < 4 || *at++ != '"') return false;
    for (; *name; at++, name++) {
        if (at == r->end || *at != (fold ? text_to_lower((uint8_t) *name) : (uint8_t) *name)) return false;
    }
    if (r->end - at < 2 || at[0] != '"' || at[1] != ':') return false;
    r->at = at + 2;
    return true;
}

/* {"date":19,"mrn":3}: entities in lower case, each once, sorted, counts from 1. */
static bool reader_counts(struct reader *r) {
    if (!reader_take(r, '{')) return false;
    if (reader_take(r, '}')) return true;
    size_t next = 0;
    do {
        struct bytes number;
        while (next < ENTITY_COUNT && !reader_take_name(r, entity_name((enum entity) entry_entity_order[next]), true)) next++;
        if (next++ == ENTITY_COUNT || !reader_integer(r, &number) || number.ptr[0] == '0') return false;
    } while (reader_take(r, ','));
    return reader_take(r, '}');
}

/* ["<64 hex>",…], at most EVENT_INPUTS_MAX. */
static bool reader_digests(struct reader *r) {
    if (!reader_take(r, '[')) return false;
    if (reader_take(r, ']')) return true;
    size_t count = 0;
    do {
        struct bytes hex;
        if (++count > EVENT_INPUTS_MAX || !reader_string(r, &hex) || !reader_is_hex(hex, 64)) return false;
    } while (reader_take(r, ','));
    return reader_take(r, ']');
}

/* ["e1_…",…], at most EVENT_ENCOUNTERS_MAX: one letter, the month, '_', base32. */
static bool reader_tokens(struct reader *r) {
    if (!reader_take(r, '[')) return false;
    size_t count = 0;
    do {
        struct bytes token;
        if (++count > EVENT_ENCOUNTERS_MAX || !reader_string(r, &token) || !event_is_token(token)) return false;
    } while (reader_take(r, ','));
    return reader_take(r, ']');
}

static bool reader_object(struct reader *r, const struct schema *schema);

static bool reader_scalar(struct reader *r, enum kind kind, struct bytes *out) {
    switch (kind) {
    case KIND_INTEGER: return reader_integer(r, out);
    case KIND_INTEGER_OR_NULL:
        if (r->end - r->at < 4 || memcmp(r->at, "null", 4) != 0) return reader_integer(r, out);
        *out = bytes_make(r->at, 4);
        r->at += 4;
        return true;
    case KIND_STRING: return reader_string(r, out) && out->len > 0;
    case KIND_HEX64: return reader_fixed(r, 64, out) && reader_is_hex(*out, 64);
    case KIND_BOOT: return reader_fixed(r, ENTRY_BOOT_LEN, out) && reader_is_hex(*out, ENTRY_BOOT_LEN);
    case KIND_TIME: return reader_fixed(r, CLOCK_TEXT_LEN, out) && clock_parse(*out, &r->entry->time_us);
    case KIND_OBJECT:
    case KIND_COUNTS:
    case KIND_DIGESTS:
    case KIND_TOKENS: break;
    }
    return false;
}

static bool reader_value(struct reader *r, const struct member *m) {
    struct bytes value = { .ptr = r->at };
    bool ok;
    if (m->kind == KIND_OBJECT) ok = reader_object(r, m->schema);
    else if (m->kind == KIND_COUNTS) ok = reader_counts(r);
    else if (m->kind == KIND_DIGESTS) ok = reader_digests(r);
    else if (m->kind == KIND_TOKENS) ok = reader_tokens(r);
    else return reader_scalar(r, m->kind, &r->entry->field[m->field]);
    value.len = (size_t) (r->at - value.ptr);
    r->entry->field[m->field] = value;
    return ok;
}

/* Members come in the table's order, so each is searched from where the last was found: sortedness and uniqueness follow. */
static bool reader_object(struct reader *r, const struct schema *schema) {
    if (!reader_take(r, '{')) return false;
    const struct member *next = schema->members, *end = next + schema->count;
    bool more = !reader_take(r, '}');
    while (more) {
        while (next < end && !reader_take_name(r, next->name, false)) {
            if (next->required) return false;
            next++;
        }
        if (next == end || !reader_value(r, next)) return false;
        if (next->field == ENTRY_MONO) r->entry->mono_us = r->number;
        r->entry->present[next->field / 64] |= UINT64_C(1) << (next->field % 64);
        next++;
        more = reader_take(r, ',');
        if (!more && !reader_take(r, '}')) return false;
    }
    for (; next < end; next++) {
        if (next->required) return false;
    }
    return true;
}

struct bytes entry_text(const struct entry *e, enum entry_field f) {
    return entry_has(e, f) ? e->field[f] : bytes_make(NULL, 0);
}

uint64_t entry_number(const struct entry *e, enum entry_field f) {
    uint64_t v = 0;
    struct bytes text = entry_text(e, f);
    for (size_t i = 0; i < text.len; i++) {
        if (!text_is_digit(text.ptr[i])) return 0; /* null */
        v = v * 10 + (uint64_t) (text.ptr[i] - '0');
    }
    return v;
}

bool entry_allows(enum event_type t, enum entry_field top) {
    must(top < ENTRY_TOP_COUNT);
    return ((ALWAYS | type_members[t].required | type_members[t].optional) & BIT(top)) != 0;
}

int entry_read(struct bytes text, struct entry *out) {
    if (text.len > ENTRY_LEN_MAX) return -EBADMSG;
    out->present[0] = out->present[1] = 0;
    out->text = text;
    struct reader r = { .at = text.ptr, .end = text.ptr + text.len, .entry = out };
    if (!reader_object(&r, &top_schema) || r.at != r.end) return -EBADMSG;
    if ((out->present[0] & ALWAYS) != ALWAYS || !event_from_name(out->field[ENTRY_TYPE], &out->type)) return -EBADMSG;
    if (!bytes_equal(out->field[ENTRY_VERSION], BYTES("1"))) return -EBADMSG;
    uint64_t top = out->present[0] & (BIT(ENTRY_TOP_COUNT) - 1);
    uint64_t required = ALWAYS | type_members[out->type].required;
    if ((top & required) != required || (top & ~(required | type_members[out->type].optional)) != 0) return -EBADMSG;
    return 0;
}
