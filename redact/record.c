#include "redact/record.h"

#include <errno.h>

#include "conf/base/text.h"
#include "redact/normalize.h"

enum { RECORD_DIGITS_MIN = 5, RECORD_LEN_MAX = 20 };

static unsigned record_number(struct bytes digits) {
    unsigned n = 0;
    for (size_t i = 0; i < digits.len; i++) n = n * 10 + (unsigned) (digits.ptr[i] - '0');
    return n;
}

/* 20260730, 07302026, 202607: what folders are sorted by. */
static bool record_is_date(struct bytes word) {
    for (size_t i = 0; i < word.len; i++) {
        if (!text_is_digit(word.ptr[i])) return false;
    }
    if (word.len != 8 && word.len != 6) return false;
    unsigned first = record_number(bytes_make(word.ptr, 4)), month = record_number(bytes_make(word.ptr + 4, 2));
    if (first >= 1900 && first <= 2199 && month >= 1 && month <= 12) return true;
    unsigned last = word.len == 8 ? record_number(bytes_make(word.ptr + 4, 4)) : 0;
    return last >= 1900 && last <= 2199 && first / 100 >= 1 && first / 100 <= 12;
}

/* "MRN00482913" is 00482913. */
static struct bytes record_bare(struct bytes word) {
    static const char *const labels[] = { "mrn", "pid", "patient", "pat", "pt" };
    for (size_t i = 0; i < array_count(labels); i++) {
        size_t len = strlen(labels[i]);
        if (word.len > len && strncasecmp((const char *) word.ptr, labels[i], len) == 0 && text_is_digit(word.ptr[len]))
            return bytes_make(word.ptr + len, word.len - len);
    }
    return word;
}

/* The one number of a component: 1 found, 0 none, 2 several. */
static int record_in(struct bytes name, struct bytes *out) {
    int found = 0;
    for (size_t i = 0; i < name.len;) {
        size_t begin = i, digits = 0;
        while (i < name.len && (text_is_alnum(name.ptr[i]) || name.ptr[i] >= 0x80)) digits += text_is_digit(name.ptr[i++]);
        struct bytes word = record_bare(bytes_make(name.ptr + begin, i - begin));
        i += i == begin;
        if (digits < RECORD_DIGITS_MIN || word.len > RECORD_LEN_MAX || record_is_date(word)) continue;
        if (found == 1) return 2;
        *out = word;
        found = 1;
    }
    return found;
}

int record_of_path(struct bytes path, struct arena *arena, struct bytes *out) {
    const uint8_t *slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
    *out = bytes_make(NULL, 0);
    while (slash) {
        struct bytes above = bytes_make(path.ptr, (size_t) (slash - path.ptr)), word;
        slash = above.len > 0 ? memrchr(above.ptr, '/', above.len) : NULL;
        struct bytes name = slash ? bytes_make(slash + 1, above.len - (size_t) (slash + 1 - path.ptr)) : above;
        int found = record_in(name, &word);
        if (found == 1) return normalize_value(ENTITY_MRN, word, arena, out);
        if (found == 2) return 0;
    }
    return 0;
}
