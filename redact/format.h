/* format: what kind of document the bytes are, by content; the name only helps where content leaves a choice (formats.md).
 * Threads: pure. */
#pragma once

#include "redact/extract.h"

enum format { FORMAT_UNKNOWN, FORMAT_TEXT, FORMAT_CSV };

/* head: the first bytes, up to 64 KiB. FORMAT_UNKNOWN: nobody here reads it, so it is not shown. */
enum format format_of(struct bytes head, struct bytes path);
/* "text", "csv"; NULL unknown. A static string. */
const char *format_name(enum format f);
_must_use_ int format_extract(enum format f, struct scratch *s, struct bytes content, struct extraction *out);
