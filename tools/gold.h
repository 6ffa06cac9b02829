/* struct gold: one labelled document of an evaluation set, and predictions of a system for one.
 * The form is one JSON object a line: id, text, spans, optional, protect; spans are byte offsets into the text's UTF-8, half open.
 *   spans     identifiers that must not stay readable     optional  count neither way     protect  clinical text that must stay ("kind")
 * Threads: values; gold_name_intern's table is filled by one thread. Ownership: gold_set_release(). */
#pragma once

#include "conf/base/bytes.h"
#include "conf/base/problem.h"

enum { GOLD_NAME_COUNT_MAX = 96, GOLD_NAME_LEN_MAX = 31, GOLD_LINE_LEN_MAX = 64 << 20 };

/* A class or kind, by index into the set's names. */
struct gold_label {
    struct span span;
    uint16_t name;
};
struct gold_labels {
    struct gold_label *items;
    size_t count;
};
struct gold {
    char *id;
    char *text;
    size_t text_len;
    struct gold_labels spans, optional, protect;
};
struct gold_set {
    struct gold *items;
    size_t count, capacity;
    char names[GOLD_NAME_COUNT_MAX][GOLD_NAME_LEN_MAX + 1];
    size_t name_count;
};

/* Reads a file of labelled documents; each needs a text, and every span must lie inside it. -EBADMSG names file and line. */
_must_use_ int gold_read(const char *path, struct gold_set *set, struct problem *p);
/* Reads predictions, sorted by id: id and spans alone; the text may be missing, so spans are cut to it by score_add(). */
_must_use_ int gold_read_predictions(const char *path, struct gold_set *set, struct problem *p);
/* One item of predictions with this id, NULL when there is none. Ids are taken to be unique. */
const struct gold *gold_find(const struct gold_set *set, const char *id);
/* Index of a name, added when new; the last slot once the table is full. */
uint16_t gold_name_intern(struct gold_set *set, const char *name);
void gold_set_release(struct gold_set *set);
