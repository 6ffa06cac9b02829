/* extract: a document's bytes become decoded text (UTF-8, with a map back), and runs of it that recognizers read. A format may also know
 * fields: places that are identifiers by the document's structure.
 * Errors: a negative errno with scratch.why set. Threads: one document, one thread. Memory: the scratch's arena. */
#pragma once

#include "redact/fold.h"
#include "redact/scratch.h"

enum encoding { ENCODING_UTF8, ENCODING_MIXED, ENCODING_UTF16LE, ENCODING_UTF16BE };

/* A stretch of decoded text, read as one: nothing reaches across its edges. */
struct run {
    struct bytes text; /* folded; '\f' stands for structure that nothing reaches across */
    struct map map;    /* folded -> decoded */
};

struct extraction {
    enum encoding encoding;
    struct bytes text; /* decoded */
    struct map map;    /* decoded -> source */
    struct run *runs;
    size_t run_count;
    struct finding *fields; /* spans in decoded text */
    size_t field_count;
    struct finding *headers; /* known headers of columns: what they say is no identifier; spans in decoded text */
    size_t header_count;
    uint8_t delimiter;      /* csv: never inside a replacement; 0: none */
};

/* UTF-8 (with byte order mark or not; stray bytes are read as CP1252), UTF-16 by mark or by its zero bytes. -EILSEQ cut UTF-16, -ENOTSUP no text. */
_must_use_ int extract_decode(struct scratch *s, struct bytes content, struct extraction *out);
/* The whole text as one run. */
_must_use_ int extract_text(struct scratch *s, struct bytes content, struct extraction *out);
/* Cells as paragraphs of one run; columns whose header is known are fields. -EBADMSG where the text is no regular table after all. */
_must_use_ int extract_csv(struct scratch *s, struct bytes content, struct extraction *out);
/* Is it text at all? Looks at the first 64 KiB. */
bool extract_is_text(struct bytes head);
/* The delimiter with which the first lines make a table of at least two columns, or 0. */
uint8_t extract_csv_delimiter(struct bytes head);
/* A replacement in the document's own encoding and structure. Returns out's sticky error. */
int extract_put(const struct extraction *x, struct bytes replacement, struct buf *out);
