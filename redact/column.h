/* column: what a table's column holds, by its header as data exports write them: PAT_LAST_NM, PatientLastName, home-phone-num. The headers
 * themselves are data (rules/tables.rules); here is how far another spelling is the same header.
 * Threads: any. Memory: none kept. */
#pragma once

#include "redact/ruleset.h"

enum column_match {
    COLUMN_UNKNOWN,
    COLUMN_PART,  /* words of the header name an entity, others stand beside them: the cells are findings, the header is read like any text */
    COLUMN_WHOLE, /* the header is a known one: it is no identifier itself */
};

/* *out is set unless COLUMN_UNKNOWN. A header longer than RULESET_HEADER_LEN_MAX bytes is unknown. */
enum column_match column_find(const struct ruleset *r, struct bytes header, enum entity *out);
