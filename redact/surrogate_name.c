#include <errno.h>

#include "conf/base/text.h"
#include "redact/normalize.h"
#include "redact/surrogate.h"

enum name_case { CASE_TITLE, CASE_UPPER, CASE_LOWER };

static enum name_case case_of(struct bytes s) {
    size_t upper = 0, lower = 0;
    for (size_t i = 0; i < s.len; i++) {
        upper += text_is_upper(s.ptr[i]);
        lower += text_is_lower(s.ptr[i]);
    }
    if (upper > 1 && lower == 0) return CASE_UPPER;
    return upper == 0 ? CASE_LOWER : CASE_TITLE;
}

static size_t put_cased(uint8_t *to, struct bytes word, enum name_case c) {
    for (size_t i = 0; i < word.len; i++) {
        to[i] = c == CASE_UPPER ? text_to_upper(word.ptr[i]) : c == CASE_LOWER ? text_to_lower(word.ptr[i]) : word.ptr[i];
    }
    return word.len;
}

static size_t word_count(struct bytes s) {
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) n += text_is_alpha(s.ptr[i]) && (i == 0 || !text_is_alpha(s.ptr[i - 1]));
    return n;
}

/* Is a lone word the given name? It is the first of the identity's words, and the identity has more. */
static bool is_given(struct bytes surface, struct bytes normal, struct arena *arena) {
    struct bytes folded;
    const uint8_t *blank = memchr(normal.ptr, ' ', normal.len);
    if (!blank || normalize_fold(surface, arena, &folded) < 0) return false;
    return bytes_equal(folded, bytes_make(normal.ptr, (size_t) (blank - normal.ptr)));
}

int surrogate_name_dress(struct bytes stand_in, struct bytes surface, struct bytes normal, struct arena *arena, struct bytes *out) {
    const uint8_t *blank = memchr(stand_in.ptr, ' ', stand_in.len);
    if (!blank) return -EUCLEAN;
    struct bytes given = bytes_make(stand_in.ptr, (size_t) (blank - stand_in.ptr));
    struct bytes family = bytes_make(blank + 1, stand_in.len - given.len - 1);
    enum name_case c = case_of(surface);
    uint8_t *to = arena_alloc_dirty(arena, stand_in.len + 4, 1);
    if (!to) return -ENOMEM;
    size_t len = 0;
    if (word_count(surface) <= 1) {
        len += put_cased(to, is_given(surface, normal, arena) ? given : family, c);
    } else if (memchr(surface.ptr, ',', surface.len)) {
        len += put_cased(to, family, c);
        to[len++] = ',';
        to[len++] = ' ';
        len += put_cased(to + len, given, c);
    } else {
        len += put_cased(to, given, c);
        to[len++] = ' ';
        len += put_cased(to + len, family, c);
    }
    *out = bytes_make(to, len);
    return 0;
}
