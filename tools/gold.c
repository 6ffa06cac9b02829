#include "tools/gold.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "conf/base/size.h"

struct reader {
    const char *path;
    size_t line;
    bool needs_text;
    struct problem *problem;
};

static int bad(const struct reader *r, const char *what) {
    return problem_set(r->problem, -EBADMSG, "%s:%zu: %s", r->path, r->line, what);
}

uint16_t gold_name_intern(struct gold_set *set, const char *name) {
    for (size_t i = 0; i < set->name_count; i++) {
        if (strncmp(set->names[i], name, GOLD_NAME_LEN_MAX) == 0) return (uint16_t) i;
    }
    if (set->name_count == GOLD_NAME_COUNT_MAX) return GOLD_NAME_COUNT_MAX - 1;
    char *slot = set->names[set->name_count];
    ignore(snprintf(slot, GOLD_NAME_LEN_MAX + 1, "%s", name)); /* longer names are cut, for the report only */
    return (uint16_t) set->name_count++;
}

static int take_label(const struct reader *r, struct gold_set *set, const json_t *item, size_t text_len, struct gold_label *out) {
    const json_t *begin = json_object_get(item, "start"), *end = json_object_get(item, "end");
    const char *name = json_string_value(json_object_get(item, "type"));
    if (!name) name = json_string_value(json_object_get(item, "kind"));
    if (!json_is_integer(begin) || !json_is_integer(end)) return bad(r, "a span needs start and end");
    json_int_t b = json_integer_value(begin), e = json_integer_value(end);
    if (b < 0 || e < b || (r->needs_text && (uint64_t) e > text_len)) return bad(r, "a span lies outside the text");
    *out = (struct gold_label) { { (size_t) b, (size_t) e }, gold_name_intern(set, name ? name : "?") };
    return 0;
}

static int take_labels(const struct reader *r, struct gold_set *set, const json_t *list, size_t text_len, struct gold_labels *out) {
    size_t count = json_array_size(list);
    if (list && !json_is_array(list)) return bad(r, "spans, optional and protect are lists");
    if (count == 0) return 0;
    out->items = calloc(count, sizeof(*out->items));
    if (!out->items) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int e = take_label(r, set, json_array_get(list, i), text_len, &out->items[i]);
        if (e < 0) return e;
        out->count++;
    }
    return 0;
}

static void gold_release(struct gold *g) {
    free(g->id);
    free(g->text);
    free(g->spans.items);
    free(g->optional.items);
    free(g->protect.items);
    *g = (struct gold) { 0 };
}

static int take_object(const struct reader *r, struct gold_set *set, const json_t *object, struct gold *g) {
    const char *id = json_string_value(json_object_get(object, "id"));
    const json_t *text = json_object_get(object, "text");
    if (!id) return bad(r, "no id");
    if (r->needs_text && !json_is_string(text)) return bad(r, "no text");
    g->id = strdup(id);
    if (!g->id) return -ENOMEM;
    if (json_is_string(text)) {
        g->text_len = json_string_length(text);
        g->text = malloc(g->text_len + 1);
        if (!g->text) return -ENOMEM;
        memcpy(g->text, json_string_value(text), g->text_len + 1);
    }
    int e = take_labels(r, set, json_object_get(object, "spans"), g->text_len, &g->spans);
    if (e == 0) e = take_labels(r, set, json_object_get(object, "optional"), g->text_len, &g->optional);
    if (e == 0) e = take_labels(r, set, json_object_get(object, "protect"), g->text_len, &g->protect);
    return e;
}

static int grow(struct gold_set *set) {
    if (set->count < set->capacity) return 0;
    size_t capacity = set->capacity ? 2 * set->capacity : 256;
    struct gold *items = reallocarray(set->items, capacity, sizeof(*items));
    if (!items) return -ENOMEM;
    set->items = items;
    set->capacity = capacity;
    return 0;
}

static int take_line(const struct reader *r, struct gold_set *set, const char *line, size_t len) {
    json_error_t error;
    json_t *object = json_loadb(line, len, JSON_ALLOW_NUL, &error);
    if (!object) return problem_set(r->problem, -EBADMSG, "%s:%zu: not JSON: %s", r->path, r->line, error.text);
    struct gold g = { 0 };
    int e = json_is_object(object) ? take_object(r, set, object, &g) : bad(r, "not an object");
    json_decref(object);
    if (e == 0) e = grow(set);
    if (e == 0) set->items[set->count++] = g;
    else gold_release(&g);
    return e;
}

static int read_lines(struct reader *r, struct gold_set *set) {
    FILE *f = fopen(r->path, "re");
    if (!f) return problem_set(r->problem, -errno, "%s: %s", r->path, strerror(errno));
    char *line = NULL;
    size_t capacity = 0;
    int e = 0;
    for (ssize_t len; e == 0 && (len = getline(&line, &capacity, f)) >= 0;) {
        r->line++;
        if (len > GOLD_LINE_LEN_MAX) e = bad(r, "the line is longer than 64 MiB");
        else if (strspn(line, " \t\r\n") < (size_t) len) e = take_line(r, set, line, (size_t) len);
    }
    if (e == 0 && ferror(f)) e = problem_set(r->problem, -EIO, "%s: reading failed", r->path);
    free(line);
    ignore(fclose(f)); /* read only */
    return e;
}

int gold_read(const char *path, struct gold_set *set, struct problem *p) {
    struct reader r = { path, 0, true, p };
    return read_lines(&r, set);
}

static int by_id(const void *a, const void *b) {
    const struct gold *x = a, *y = b;
    return strcmp(x->id, y->id);
}

int gold_read_predictions(const char *path, struct gold_set *set, struct problem *p) {
    struct reader r = { path, 0, false, p };
    int e = read_lines(&r, set);
    if (e == 0 && set->count > 0) qsort(set->items, set->count, sizeof(*set->items), by_id);
    return e;
}

const struct gold *gold_find(const struct gold_set *set, const char *id) {
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(set->items[middle].id, id);
        if (order == 0) return &set->items[middle];
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

void gold_set_release(struct gold_set *set) {
    for (size_t i = 0; i < set->count; i++) gold_release(&set->items[i]);
    free(set->items);
    *set = (struct gold_set) { 0 };
}
