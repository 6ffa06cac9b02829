/* sample: labelled documents as the tagger's trainer needs them. Reads the evaluation sets' form: one JSON object a line, byte spans.
 * Threads: one. Ownership: sample_list_release(). */
#pragma once

#include "conf/base/arena.h"
#include "redact/fold.h"
#include "redact/tagger.h"

enum { SAMPLE_UNKNOWN = 255 }; /* may be redacted or not: teaches nothing */

struct sample {
    struct feature_sketch *sketches;
    uint8_t *gaps;
    uint8_t *labels; /* enum tagger_label or SAMPLE_UNKNOWN */
    uint32_t *line_labels;
    uint32_t word_count;
};

struct sample_list {
    struct sample *items;
    size_t count, capacity;
    struct arena memory;
};

/* One document's text with what is needed to name places in it again. */
struct sample_text {
    struct arena memory;
    struct bytes text; /* as in the file */
    struct bytes folded;
    struct map map;
    struct scan scan;
};

void sample_list_init(struct sample_list *l);
void sample_list_release(struct sample_list *l);
/* Appends every document of a file (every 1 / one_in of them, chosen by line number). Exits with a message where the file is not readable. */
void sample_list_read(struct sample_list *l, const struct dictionary *d, const char *path, unsigned one_in);

void sample_text_init(struct sample_text *t);
void sample_text_release(struct sample_text *t);
/* Folds and scans at most the first 64 KB. */
void sample_text_scan(struct sample_text *t, const struct dictionary *d, const char *text, size_t len);

/* Every *.list of a folder. Exits with a message where one is wrong. */
struct dictionary *sample_dictionary(const char *folder);
