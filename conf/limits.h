/* Every maximum of the product, together, so that one page tells what bounds memory, time and disk. Bytes unless the name says otherwise.
 * Threads: constants. */
#pragma once

enum {
    LIMIT_CONF_LINE_LEN = 197,           /* inih 55 splits longer lines silently (coverage.md) */
    LIMIT_CONF_FILE_LEN = 1 << 20,
    LIMIT_INSTANCE_NAME_LEN = 64,
    LIMIT_ENTRY_LEN = 4096,              /* one journal entry */
    LIMIT_FILE_NAME_LEN = 255,           /* NAME_MAX */
    LIMIT_PATH_LEN = 4096,
    LIMIT_CSV_COLUMNS = 4096,
    LIMIT_FINDING_SCORE = 1000,          /* scores are per mille */
    LIMIT_SOURCE_READS = 3,              /* stable read of a changing source */
    LIMIT_REDACT_TIMEOUT_S = 30,         /* default of redact_timeout */
};

/* Default of max_document; scratch is at most LIMIT_SCRATCH_FACTOR times the document plus LIMIT_SCRATCH_FIXED. */
#define LIMIT_DOCUMENT_LEN_DEFAULT ((size_t) 256 << 20)
#define LIMIT_DOCUMENT_LEN ((size_t) 2 << 30)
#define LIMIT_SCRATCH_FIXED ((size_t) 16 << 20)
#define LIMIT_SCRATCH_FACTOR 24
