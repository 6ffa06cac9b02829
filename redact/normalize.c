#include "redact/normalize.h"

#include <errno.h>
#include <utf8proc.h>

#include "conf/base/text.h"

static bool normalize_is_ascii(struct bytes b) {
    for (size_t i = 0; i < b.len; i++) {
        if (b.ptr[i] >= 0x80) return false;
    }
    return true;
}

static int normalize_fold_ascii(struct bytes surface, struct arena *arena, struct bytes *out) {
    uint8_t *to = arena_alloc_dirty(arena, surface.len + 1, 1);
    if (!to) return -ENOMEM;
    for (size_t i = 0; i < surface.len; i++) to[i] = text_to_lower(surface.ptr[i]);
    *out = bytes_make(to, surface.len);
    return 0;
}

int normalize_fold(struct bytes surface, struct arena *arena, struct bytes *out) {
    if (normalize_is_ascii(surface)) return normalize_fold_ascii(surface, arena, out);
    utf8proc_uint8_t *folded = NULL;
    /* LUMP brings the many dashes, quotes and spaces to one; IGNORE drops zero-width characters. */
    const unsigned options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_LUMP;
    utf8proc_ssize_t len = utf8proc_map(surface.ptr, (utf8proc_ssize_t) surface.len, &folded, (utf8proc_option_t) options);
    if (len == UTF8PROC_ERROR_NOMEM) return -ENOMEM;
    if (len < 0) return normalize_fold_ascii(surface, arena, out);
    struct bytes copy = arena_copy(arena, bytes_make(folded, (size_t) len));
    explicit_bzero(folded, (size_t) len);
    free(folded);
    if (!copy.ptr && len > 0) return -ENOMEM;
    *out = copy;
    return 0;
}

static bool normalize_is_word(uint8_t c) {
    return text_is_alnum(c) || c >= 0x80;
}

/* Spellings that letters of the same address use in turn. Source: USPS Publication 28, appendix C (the common ones). */
static const struct {
    const char *spelt;
    const char *to;
} normalize_words[] = {
    { "street", "st" },    { "saint", "st" },      { "avenue", "ave" },  { "av", "ave" },       { "boulevard", "blvd" }, { "drive", "dr" },
    { "road", "rd" },      { "lane", "ln" },       { "court", "ct" },    { "place", "pl" },     { "square", "sq" },      { "terrace", "ter" },
    { "parkway", "pkwy" }, { "highway", "hwy" },   { "circle", "cir" },  { "trail", "trl" },    { "apartment", "apt" },  { "suite", "ste" },
    { "floor", "fl" },     { "north", "n" },       { "south", "s" },     { "east", "e" },       { "west", "w" },         { "mount", "mt" },
    { "fort", "ft" },      { "northeast", "ne" },  { "northwest", "nw" }, { "southeast", "se" }, { "southwest", "sw" },  { "center", "ctr" },
    { "centre", "ctr" },   { "hospital", "hosp" },
};

static struct bytes normalize_word(struct bytes word, bool is_place) {
    for (size_t i = 0; is_place && i < array_count(normalize_words); i++) {
        if (bytes_equal(word, bytes_from_string(normalize_words[i].spelt))) return bytes_from_string(normalize_words[i].to);
    }
    return word;
}

/* Words with one space between; an apostrophe joins ("O'Brien" is "obrien"). No replacement is longer than what it replaces. */
static struct bytes normalize_to_words(struct bytes folded, uint8_t *to, bool is_place) {
    size_t len = 0;
    for (size_t i = 0; i < folded.len;) {
        uint8_t word[64];
        size_t word_len = 0, begin = i;
        while (i < folded.len && (normalize_is_word(folded.ptr[i]) || (folded.ptr[i] == '\'' && i > begin))) {
            if (folded.ptr[i] != '\'' && word_len < sizeof(word)) word[word_len++] = folded.ptr[i];
            i++;
        }
        if (i == begin) {
            i++;
            continue;
        }
        struct bytes chosen = normalize_word(bytes_make(word, word_len), is_place);
        /* A word longer than any name is taken as it stands. */
        if (i - begin > sizeof(word)) chosen = bytes_make(folded.ptr + begin, i - begin);
        if (len > 0) to[len++] = ' ';
        memcpy(to + len, chosen.ptr, chosen.len);
        len += chosen.len;
    }
    return bytes_make(to, len);
}

static struct bytes normalize_to_id(struct bytes folded, uint8_t *to, bool keep_marks) {
    size_t len = 0;
    for (size_t i = 0; i < folded.len; i++) {
        bool kept = normalize_is_word(folded.ptr[i]) || (keep_marks && !text_is_space(folded.ptr[i]));
        if (kept) to[len++] = text_to_upper(folded.ptr[i]);
    }
    return bytes_make(to, len);
}

/* "five", "oh": dictated numbers. Returns the digit and its length, or -1. */
static int normalize_spoken_digit(struct bytes text, size_t begin, size_t *out_len) {
    static const char *const spoken[] = { "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh" };
    if (begin > 0 && text_is_alpha(text.ptr[begin - 1])) return -1;
    struct bytes at = bytes_make(text.ptr + begin, text.len - begin);
    for (size_t i = 0; i < array_count(spoken); i++) {
        struct bytes word = bytes_from_string(spoken[i]);
        if (!bytes_starts_with(at, word) || (at.len > word.len && text_is_alpha(at.ptr[word.len]))) continue;
        *out_len = word.len;
        return i == 10 ? 0 : (int) i;
    }
    return -1;
}

static struct bytes normalize_to_phone(struct bytes folded, uint8_t *to) {
    size_t len = 0, main_len = 0;
    bool extended = false;
    for (size_t i = 0; i < folded.len;) {
        size_t word_len = 1;
        int digit = text_is_digit(folded.ptr[i]) ? folded.ptr[i] - '0' : normalize_spoken_digit(folded, i, &word_len);
        bool starts_extension = digit < 0 && folded.ptr[i] == 'x' && len >= 7 && !extended;
        if (digit >= 0) to[len++] = (uint8_t) ('0' + digit);
        if (starts_extension) {
            main_len = len;
            to[len++] = 'x';
            extended = true;
        }
        i += word_len;
    }
    if (!extended) main_len = len;
    if (main_len == 11 && to[0] == '1') return bytes_make(to + 1, len - 1);
    return bytes_make(to, len);
}

static struct bytes normalize_strip_scheme(struct bytes b) {
    static const char *const schemes[] = { "mailto:", "tel:", "fax:" };
    for (size_t i = 0; i < array_count(schemes); i++) {
        struct bytes scheme = bytes_from_string(schemes[i]);
        if (bytes_starts_with(b, scheme)) return bytes_make(b.ptr + scheme.len, b.len - scheme.len);
    }
    return b;
}

static struct bytes normalize_to_address(struct bytes folded) {
    struct bytes b = normalize_strip_scheme(folded);
    while (b.len > 0 && strchr(" \t\r\n.,;:>)]\"'/", b.ptr[b.len - 1])) b.len--;
    while (b.len > 0 && strchr(" \t\r\n<(\"'", b.ptr[0])) {
        b.ptr++;
        b.len--;
    }
    return b;
}

enum normalize_kind { NORMALIZE_WORDS, NORMALIZE_PLACE, NORMALIZE_ID, NORMALIZE_MARKED_ID, NORMALIZE_PHONE, NORMALIZE_ADDRESS };

static enum normalize_kind normalize_kind_of(enum entity e) {
    switch (e) {
    case ENTITY_PATIENT: case ENTITY_PERSON: case ENTITY_PROVIDER: case ENTITY_DATE: case ENTITY_BIRTH_DATE: case ENTITY_AGE:
    case ENTITY_HOLIDAY: case ENTITY_BIOMETRIC: case ENTITY_PHOTO: case ENTITY_STATE: case ENTITY_GEOCODE:
        return NORMALIZE_WORDS;
    case ENTITY_EMPLOYER: case ENTITY_STREET: case ENTITY_CITY: case ENTITY_COUNTY: case ENTITY_FACILITY:
        return NORMALIZE_PLACE;
    case ENTITY_PHONE: case ENTITY_FAX:
        return NORMALIZE_PHONE;
    case ENTITY_EMAIL: case ENTITY_URL: case ENTITY_IP:
        return NORMALIZE_ADDRESS;
    case ENTITY_ZIP: case ENTITY_SSN: case ENTITY_MRN: case ENTITY_HEALTH_PLAN: case ENTITY_ACCOUNT: case ENTITY_LICENSE:
    case ENTITY_PROVIDER_ID: case ENTITY_VEHICLE: case ENTITY_ENCOUNTER: case ENTITY_ACCESSION: case ENTITY_ORDER: case ENTITY_SPECIMEN:
        return NORMALIZE_ID;
    case ENTITY_DEVICE: case ENTITY_UID: case ENTITY_OTHER_ID:
        return NORMALIZE_MARKED_ID; /* 1.23 and 12.3 are two object identifiers */
    }
    must(false); /* every entity has a kind */
    return NORMALIZE_WORDS;
}

int normalize_value(enum entity entity, struct bytes surface, struct arena *arena, struct bytes *out) {
    struct bytes folded;
    int r = normalize_fold(surface, arena, &folded);
    if (r < 0) return r;
    uint8_t *to = arena_alloc_dirty(arena, folded.len + 1, 1);
    if (!to) return -ENOMEM;
    struct bytes made = bytes_make(NULL, 0);
    switch (normalize_kind_of(entity)) {
    case NORMALIZE_WORDS: made = normalize_to_words(folded, to, false); break;
    case NORMALIZE_PLACE: made = normalize_to_words(folded, to, true); break;
    case NORMALIZE_ID: made = normalize_to_id(folded, to, false); break;
    case NORMALIZE_MARKED_ID: made = normalize_to_id(folded, to, true); break;
    case NORMALIZE_PHONE: made = normalize_to_phone(folded, to); break;
    case NORMALIZE_ADDRESS: made = normalize_to_address(folded); break;
    }
    /* Nothing left (punctuation alone, a phone without digits): the bytes stand for themselves, so that two such values stay two. */
    *out = made.len > 0 ? made : folded;
    return 0;
}
