/* List files: header lines, an empty line, entries (redact/lists/README.md). */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/dictionary.h"

static const char *const dictionary_flag_names[FLAG_COUNT] = {
    [FLAG_SURNAME] = "surname", [FLAG_GIVEN] = "given", [FLAG_NICKNAME] = "nickname", [FLAG_PARTICLE] = "particle",
    [FLAG_CITY] = "city", [FLAG_COUNTY] = "county", [FLAG_STATE] = "state", [FLAG_STATE_CODE] = "state_code",
    [FLAG_COUNTRY] = "country", [FLAG_STREET_SUFFIX] = "street_suffix", [FLAG_FACILITY] = "facility",
    [FLAG_FACILITY_HEAD] = "facility_head", [FLAG_FACILITY_WORD] = "facility_word", [FLAG_ORG] = "org",
    [FLAG_ORG_SUFFIX] = "org_suffix", [FLAG_EPONYM] = "eponym", [FLAG_EPONYM_HEAD] = "eponym_head", [FLAG_DRUG] = "drug",
    [FLAG_UNIT] = "unit", [FLAG_ANATOMY] = "anatomy", [FLAG_CLINICAL] = "clinical", [FLAG_PROTECT] = "protect",
    [FLAG_COMMON] = "common", [FLAG_STOP] = "stop", [FLAG_DEMONYM] = "demonym", [FLAG_HEADER] = "header",
    [FLAG_TITLE] = "title", [FLAG_CREDENTIAL] = "credential", [FLAG_RELATION] = "relation", [FLAG_ROLE] = "role",
    [FLAG_VERB_PERSON] = "verb_person", [FLAG_MONTH] = "month", [FLAG_WEEKDAY] = "weekday", [FLAG_HOLIDAY] = "holiday",
    [FLAG_SEASON] = "season", [FLAG_GIVEN_MALE] = "given_male", [FLAG_GIVEN_FEMALE] = "given_female",
};

bool dictionary_flag_from_name(struct bytes name, enum dictionary_flag *out) {
    for (unsigned i = 0; i < FLAG_COUNT; i++) {
        if (!bytes_equal(name, bytes_from_string(dictionary_flag_names[i]))) continue;
        *out = (enum dictionary_flag) i;
        return true;
    }
    return false;
}

struct list {
    struct dictionary *dictionary;
    uint64_t flags;
    uint32_t weight; /* of entries that carry none */
    bool has_source, has_licence;
    bool in_entries;
};

static struct bytes list_trim(struct bytes b) {
    while (b.len > 0 && text_is_space(b.ptr[0])) b = bytes_make(b.ptr + 1, b.len - 1);
    while (b.len > 0 && text_is_space(b.ptr[b.len - 1])) b.len--;
    return b;
}

static int list_flags(struct bytes value, uint64_t *out) {
    uint64_t flags = 0;
    for (size_t i = 0; i < value.len;) {
        size_t begin = i;
        while (i < value.len && !text_is_space(value.ptr[i]) && value.ptr[i] != ',') i++;
        if (i > begin) {
            enum dictionary_flag flag;
            if (!dictionary_flag_from_name(bytes_make(value.ptr + begin, i - begin), &flag)) return -EINVAL;
            flags |= FLAG_BIT(flag);
            if (flag == FLAG_GIVEN_MALE || flag == FLAG_GIVEN_FEMALE) flags |= FLAG_BIT(FLAG_GIVEN);
        }
        i++;
    }
    *out = flags;
    return flags ? 0 : -EINVAL;
}

static int list_weight(struct bytes value, uint32_t *out) {
    uint64_t weight;
    if (!text_parse_u64(value, &weight) || weight > 31) return -EINVAL;
    *out = (uint32_t) weight;
    return 0;
}

static int list_header(struct list *l, struct bytes line) {
    const uint8_t *colon = memchr(line.ptr, ':', line.len);
    if (!colon) return -EINVAL;
    struct bytes key = list_trim(bytes_make(line.ptr, (size_t) (colon - line.ptr)));
    struct bytes value = list_trim(bytes_make(colon + 1, line.len - (size_t) (colon - line.ptr) - 1));
    if (value.len == 0) return -EINVAL;
    if (bytes_equal(key, BYTES("source"))) return l->has_source = true, 0;
    if (bytes_equal(key, BYTES("licence"))) return l->has_licence = true, 0;
    if (bytes_equal(key, BYTES("flags"))) return list_flags(value, &l->flags);
    if (bytes_equal(key, BYTES("weight"))) return list_weight(value, &l->weight);
    return -EINVAL;
}

static int list_entry(const struct list *l, struct bytes line) {
    uint32_t weight = l->weight, weights = 0;
    const uint8_t *tab = memchr(line.ptr, '\t', line.len);
    struct bytes text = line;
    if (tab) {
        text.len = (size_t) (tab - line.ptr);
        int r = list_weight(list_trim(bytes_make(tab + 1, line.len - text.len - 1)), &weight);
        if (r < 0) return r;
    }
    if (l->flags & FLAG_BIT(FLAG_SURNAME)) weights |= weight << 16;
    if (l->flags & (FLAG_BIT(FLAG_GIVEN) | FLAG_BIT(FLAG_NICKNAME))) weights |= weight << 21;
    if (l->flags & (FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_STOP))) weights |= weight << 26;
    return dictionary_add(l->dictionary, text, l->flags, weights);
}

static int list_line(struct list *l, struct bytes line) {
    bool empty = list_trim(line).len == 0;
    if (!empty && line.ptr[0] == '#') return 0;
    if (l->in_entries) return empty ? 0 : list_entry(l, line);
    if (!empty) return list_header(l, list_trim(line));
    if (l->flags == 0 && !l->has_source) return 0; /* an empty line among the first comments */
    if (l->flags == 0 || !l->has_source || !l->has_licence) return -ENOKEY;
    l->in_entries = true;
    return 0;
}

int dictionary_add_list(struct dictionary *d, struct bytes text, const char *path, struct problem *p) {
    struct list l = { .dictionary = d };
    size_t number = 1;
    for (; text.len > 0; number++) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        struct bytes line = bytes_make(text.ptr, end ? (size_t) (end - text.ptr) : text.len), taken;
        ignore(bytes_take(&text, line.len + (end != NULL), &taken)); /* it is there: memchr saw it */
        int r = list_line(&l, line);
        if (r == -ENOKEY) return problem_set(p, -EINVAL, "%s:%zu: a list needs source:, licence: and flags: before its first entry", path, number);
        if (r == -E2BIG) return problem_set(p, r, "%s:%zu: too many entries for the dictionary's table", path, number);
        if (r < 0) return problem_set(p, r, "%s:%zu: not a header line, flag, weight or entry of 1 to 6 words", path, number);
    }
    if (!l.in_entries) return problem_set(p, -EINVAL, "%s: no entries; an empty line ends the header", path);
    return 0;
}
