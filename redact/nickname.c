#include "redact/nickname.h"

#include <errno.h>
#include <stdlib.h>

#include "conf/base/buf.h"
#include "conf/base/text.h"
#include "redact/word.h"

/* Both directions of every line, sorted by name. */
struct nickname {
    uint64_t name, form;
};

struct nicknames {
    uint64_t *names; /* ascending, as often as it has forms */
    uint64_t *forms;
    size_t count;
};

enum { NICKNAME_COUNT_MAX = 65536 };

static bool nickname_word(struct bytes *line, uint64_t *out_hash) {
    size_t len = 0;
    uint8_t shape;
    while (line->len > 0 && line->ptr[0] == ' ') *line = bytes_make(line->ptr + 1, line->len - 1);
    while (len < line->len && line->ptr[len] != ' ') len++;
    if (len == 0) return false;
    *out_hash = word_hash(line->ptr, len, len, &shape);
    *line = bytes_make(line->ptr + len, line->len - len);
    return true;
}

static int nickname_line(struct bytes line, struct buf *out) {
    struct nickname pair[2];
    if (line.len == 0 || line.ptr[0] == '#') return 0;
    if (!nickname_word(&line, &pair[0].name)) return -EBADMSG;
    while (nickname_word(&line, &pair[0].form)) {
        pair[1] = (struct nickname) { .name = pair[0].form, .form = pair[0].name };
        int r = buf_append(out, bytes_make(pair, sizeof(pair)));
        if (r < 0) return r;
    }
    return 0;
}

static int nickname_compare(const void *a, const void *b) {
    const struct nickname *x = a, *y = b;
    return (x->name > y->name) - (x->name < y->name);
}

static int nicknames_build(struct buf *pairs, struct nicknames *n) {
    n->count = pairs->len / sizeof(struct nickname);
    if (n->count == 0) return -EBADMSG;
    struct nickname *items = (struct nickname *) (void *) pairs->ptr;
    qsort(items, n->count, sizeof(*items), nickname_compare);
    n->names = calloc(n->count, sizeof(*n->names));
    n->forms = calloc(n->count, sizeof(*n->forms));
    if (!n->names || !n->forms) return -ENOMEM;
    for (size_t i = 0; i < n->count; i++) {
        n->names[i] = items[i].name;
        n->forms[i] = items[i].form;
    }
    return 0;
}

int nicknames_new(struct bytes text, struct nicknames **out_nicknames) {
    _cleanup_(nicknames_freep) struct nicknames *n = calloc(1, sizeof(*n));
    _cleanup_(buf_release) struct buf pairs;
    int r = 0;
    buf_init(&pairs, NICKNAME_COUNT_MAX * sizeof(struct nickname));
    if (!n) return -ENOMEM;
    while (r == 0 && text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t) (end - text.ptr) : text.len, used = len + (end != NULL);
        r = nickname_line(bytes_make(text.ptr, len), &pairs);
        text = bytes_make(text.ptr + used, text.len - used);
    }
    if (r == 0) r = nicknames_build(&pairs, n);
    if (r < 0) return r;
    *out_nicknames = take_ptr(n);
    return 0;
}

void nicknames_free(struct nicknames *n) {
    if (!n) return;
    free(n->names);
    free(n->forms);
    free(n);
}

size_t nickname_find(const struct nicknames *n, uint64_t hash, const uint64_t **out_forms) {
    size_t low = 0, high = n ? n->count : 0, count = 0;
    *out_forms = NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (n->names[middle] < hash) low = middle + 1;
        else high = middle;
    }
    while (n && low + count < n->count && n->names[low + count] == hash) count++;
    if (count > 0) *out_forms = n->forms + low;
    return count;
}
