#include "redact/column.h"

#include "conf/base/text.h"

enum { COLUMN_WORDS_MAX = 12, COLUMN_LEN_MAX = 256 };

struct column_words {
    uint8_t text[COLUMN_LEN_MAX]; /* lower case, abbreviations spelt out, one blank between words */
    size_t len;
    struct span words[COLUMN_WORDS_MAX];
    size_t count;
};

/* How exports shorten the words of headers. */
static const char *const column_short[][2] = {
    { "pat", "patient" }, { "pt", "patient" },   { "nm", "name" },    { "prov", "provider" }, { "phys", "physician" }, { "num", "number" },
    { "nbr", "number" },  { "addr", "address" }, { "tel", "phone" },  { "ph", "phone" },      { "mem", "member" },     { "enc", "encounter" },
    { "lic", "license" }, { "emp", "employer" }, { "fac", "facility" }, { "hosp", "hospital" }, { "dr", "doctor" },    { "attn", "attending" },
    { "ref", "referring" }, { "ord", "ordering" }, { "subscr", "subscriber" }, { "mi", "middle name" }, { "fst", "first" }, { "lst", "last" },
};

/* With one of these, a single known word says nothing: a drug name, an order type, a specimen site. */
static const char *const column_other[] = {
    "allergen", "allergy", "amount", "brand", "class", "code", "component", "desc", "description", "diagnosis", "dose", "drug", "dx", "event", "file",
    "flag", "generic", "item", "lab", "measure", "med", "medication", "order", "panel", "procedure", "product", "problem", "reason", "result", "status",
    "table", "test", "type", "unit", "units", "vaccine", "value", "variable",
};

/* Nouns that name an identifier wherever they stand in a header. */
static const char *const column_always[] = {
    "mrn", "ssn", "dob", "npi", "dea", "mbi", "vin", "phone", "telephone", "fax", "email", "zip", "zipcode", "surname", "lastname", "firstname", "fname", "lname",
};

/* Last words that are an identifier's only as a whole header. */
static const char *const column_general[] = {
    "account", "claim", "clinic", "company", "contact", "department", "encounter", "hospital", "link", "location", "organization", "parish", "policy", "site",
    "specimen", "town", "user", "visit", "web",
};

static bool column_is_in(struct bytes word, const char *const list[], size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(word, bytes_from_string(list[i]))) return true;
    }
    return false;
}

static bool column_put(struct column_words *w, struct bytes word) {
    for (size_t i = 0; i < array_count(column_short); i++) {
        if (bytes_equal(word, bytes_from_string(column_short[i][0]))) word = bytes_from_string(column_short[i][1]);
    }
    if (w->count == COLUMN_WORDS_MAX || w->len + 1 + word.len > COLUMN_LEN_MAX) return false;
    if (w->len > 0) w->text[w->len++] = ' ';
    w->words[w->count++] = (struct span) { .begin = w->len, .end = w->len + word.len };
    memcpy(w->text + w->len, word.ptr, word.len);
    w->len += word.len;
    return true;
}

/* patientLastName and PATLastName: a word begins at a capital after a small letter, and at the last of several capitals before one. */
static bool column_begins_word(struct bytes h, size_t i) {
    if (i == 0 || !text_is_upper(h.ptr[i])) return false;
    if (text_is_lower(h.ptr[i - 1])) return true;
    return text_is_upper(h.ptr[i - 1]) && i + 1 < h.len && text_is_lower(h.ptr[i + 1]);
}

static bool column_split(struct bytes header, struct column_words *out) {
    uint8_t word[RULESET_HEADER_LEN_MAX];
    size_t len = 0;
    *out = (struct column_words) { .count = 0 };
    if (header.len > sizeof(word)) return false;
    for (size_t i = 0; i <= header.len; i++) {
        bool inside = i < header.len && (text_is_alnum(header.ptr[i]) || header.ptr[i] >= 0x80);
        if (len > 0 && (!inside || column_begins_word(header, i))) {
            if (!column_put(out, bytes_make(word, len))) return false;
            len = 0;
        }
        if (inside) word[len++] = text_to_lower(header.ptr[i]);
    }
    return out->count > 0;
}

static struct bytes column_words_at(const struct column_words *w, size_t first, size_t count) {
    size_t begin = w->words[first].begin;
    return bytes_make(w->text + begin, w->words[first + count - 1].end - begin);
}

static bool column_has(const struct column_words *w, const char *const list[], size_t count) {
    for (size_t i = 0; i < w->count; i++) {
        if (column_is_in(column_words_at(w, i, 1), list, count)) return true;
    }
    return false;
}

/* One word alone names the column when it is the head of the phrase, its last, or can mean nothing else. Dates are found by their own form. */
static bool column_word_decides(const struct column_words *w, size_t at, enum entity entity) {
    struct bytes word = column_words_at(w, at, 1);
    if (column_is_in(word, column_always, array_count(column_always))) return true;
    if (at + 1 != w->count || entity == ENTITY_DATE || column_is_in(word, column_general, array_count(column_general))) return false;
    return !column_has(w, column_other, array_count(column_other));
}

enum column_match column_find(const struct ruleset *r, struct bytes header, enum entity *out) {
    struct column_words w;
    if (ruleset_column_find(r, header, out)) return COLUMN_WHOLE;
    if (!column_split(header, &w)) return COLUMN_UNKNOWN;
    if (ruleset_column_find(r, column_words_at(&w, 0, w.count), out)) return COLUMN_WHOLE;
    for (size_t count = w.count - 1; count > 0; count--) {
        for (size_t first = w.count - count + 1; first-- > 0;) {
            enum entity entity;
            if (!ruleset_column_find(r, column_words_at(&w, first, count), &entity)) continue;
            if (count == 1 && !column_word_decides(&w, first, entity)) continue;
            *out = entity;
            return COLUMN_PART;
        }
    }
    return COLUMN_UNKNOWN;
}
