/* A survey: the engine run over every document below a folder, as the mount would, but for finding only: nothing is minted, written or shown.
 * Counts what would be redacted, what would be refused or hidden and why, and what is slow. Paths are kept for the caller, who decides whether to
 * print them: they may hold identifiers.
 * Threads: one. Ownership: survey_release(). */
#pragma once

#include "conf/conf.h"
#include "conf/refusal.h"
#include "redact/redact.h"

enum { SURVEY_SLOWEST_COUNT = 10, SURVEY_REFUSED_COUNT_MAX = 1000, SURVEY_FORMAT_COUNT_MAX = 32 };

struct survey_file {
    char *path;     /* below the folder */
    uint64_t len;
    uint64_t time_us;
    enum refusal refusal;
};

struct survey_format {
    const char *name; /* static */
    uint64_t count;
};

struct survey {
    uint64_t file_count, byte_count;      /* regular files met, and their bytes */
    uint64_t shown_count, refused_count, hidden_count;
    uint64_t excluded_count;              /* by [access] include and exclude: not there for any reader, and not read here */
    uint64_t link_count, special_count, unreadable_count; /* never shown */
    uint64_t time_us;                     /* in the engine */
    uint64_t entities[ENTITY_COUNT];
    uint64_t refusals[REFUSAL_COUNT];
    struct survey_format formats[SURVEY_FORMAT_COUNT_MAX];
    size_t format_count;
    struct survey_file slowest[SURVEY_SLOWEST_COUNT]; /* slowest first */
    size_t slowest_count;
    struct survey_file *refused;          /* the first SURVEY_REFUSED_COUNT_MAX, in the order met */
    size_t refused_kept;
};

/* Told after each file how far it is; for a progress bar. */
struct survey_watch {
    void (*step)(void *context, uint64_t files_done, uint64_t bytes_done);
    void *context;
};

/* Counts the regular files below folder and their bytes: the progress bar's total. Links are not followed. */
_must_use_ int survey_measure(const char *folder, bool cross_devices, uint64_t *out_files, uint64_t *out_bytes);
/* Surveys the folder with the engine; a document the engine refuses is an outcome, not a failure. -ENOMEM, or why the folder cannot be read. watch may be NULL. */
_must_use_ int survey_run(const struct conf *c, const struct engine *e, const char *folder, const struct survey_watch *watch,
                          struct survey *out);
void survey_release(struct survey *s);
