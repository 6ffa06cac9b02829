/* deidfs-journal's commands, and what they share. Each command reads its own argv and returns the exit code.
 * Threads: main thread. */
#pragma once

#include "audit/anchor.h"
#include "audit/query.h"
#include "audit/verify.h"
#include "conf/conf.h"
#include "conf/base/secret.h"
#include "tools/spool.h"
#include "tools/tool.h"

enum { JOURNAL_USAGE = 3 };

/* A vkey or a file that holds one; wrong usage otherwise. */
void journal_read_key(const struct tool *t, const char *option, const char *given, struct note_key *out);
/* A file of witnesses' vkeys; how many. Wrong usage otherwise. */
size_t journal_read_witnesses(const struct tool *t, const char *path, struct note_key out[ANCHOR_WITNESSES_MAX]);
const char *journal_verdict_name(enum verify_verdict v);
/* For on_progress of struct verify_options and struct archive_options, with a struct tool_progress first in the context. */
void journal_show_progress(void *context, uint64_t done, uint64_t total);

/* A reading of the journal by query, export, report, show or prove. On the host of the mount it is itself a record, written before any output; a
 * copy of log/ elsewhere has no journal to write to, and that is said. */
struct journal_reading {
    const char *key, *config; /* options */
    bool copy;
    const char *dir;          /* what is read */
    struct conf *conf;        /* where it is recorded; NULL: nowhere */
    struct spool spool;       /* output is written here */
    struct note_key stable;
    struct event_range range; /* kind is set by the command; the rest by journal_reading_end() unless set */
    bool export;
    char about[EVENT_TOKEN_LEN_MAX];
};
enum { JOURNAL_READING_OPTIONS = 3 };
/* The options that fill r. */
void journal_reading_options(struct journal_reading *r, struct tool_option out[JOURNAL_READING_OPTIONS]);
/* What is read (operand NULL: the configuration's journal) and where that is recorded; wrong usage otherwise. Opens the spool. 0, or the exit code of
 * a failure that was told. */
int journal_reading_begin(const struct tool *t, struct journal_reading *r, const char *operand);
/* Records the reading, then gives the output. size: of the verified log. The exit code, which is verdict when all went well. */
int journal_reading_end(const struct tool *t, struct journal_reading *r, uint64_t size, uint64_t count, int verdict);

/* A journal's folder has a lock, a published or copied log/ has none. 1: somebody writes to it now; 0: nobody; -ENOENT: no lock. */
int journal_lock_state(const char *dir);
struct journal_range {
    enum event_type type;
    const struct event_range *range;
    const char *about;        /* a token; NULL absent */
};
/* Records it in the instance's journal: through the running mount, or directly when none runs. Durable when this returns. */
_must_use_ int journal_record_range(const struct conf *c, const struct journal_range *r, uint64_t *out_index, struct problem *p);
/* What somebody attests about a log and where that becomes a record. Call journal_anchor_check() before anything is stored: wrong usage when DIR is a
 * mount's journal and config is NULL. */
struct journal_anchor {
    const char *config; /* option; NULL: DIR is a copy */
    bool copy;          /* option */
    const char *dir, *kind;
    uint64_t size;      /* of the checkpoint */
    struct bytes file;  /* as it was stored */
};
void journal_anchor_check(const struct tool *t, const struct journal_anchor *a);
/* The anchor record, which bounds the time of what follows it. The exit code; what is wrong is told. */
int journal_anchor_record(const struct tool *t, const struct journal_anchor *a);
/* The privacy officer's key of the subject tokens, as deidfs-setup writes STATE/officer/subject-0.key: "<first month> <month of the key> <hex>\n".
 * Months count from year 0; out_month of the key counts from the first. Wrong usage otherwise. */
struct journal_subject_key {
    struct key key;
    uint32_t first, month;
};
void journal_read_subject_key(const struct tool *t, const char *path, struct journal_subject_key *out);

/* The conditions that query and export share, as given on the command line. */
struct journal_filter {
    const char *user, *uid, *exe, *file, *container, *policy, *result, *type, *from, *to, *token, *subject_key;
    bool patient, encounter, path;
    uint32_t months; /* from the key's month to the present one: which of the tokens is today's */
};
enum { JOURNAL_FILTER_OPTIONS = 15 };
/* The options that fill f. */
void journal_filter_options(struct journal_filter *f, struct tool_option out[JOURNAL_FILTER_OPTIONS]);
/* A moment as --from takes it: a day, or a day and a time, UTC. Wrong usage otherwise. */
uint64_t journal_read_time(const struct tool *t, const char *option, const char *text);
/* Turns them into a query; reads an id on standard input for --patient, --encounter and --path. tokens has room for QUERY_TOKENS_MAX. */
void journal_filter_read(const struct tool *t, struct journal_filter *f, char (*tokens)[EVENT_TOKEN_LEN_MAX], struct query *out);

/* The token that the query's own record names: of the patient, encounter or file in the present month; "" none. */
void journal_filter_about(const struct journal_filter *f, const struct query *q, char out[EVENT_TOKEN_LEN_MAX]);

int journal_archive(int argc, char **argv);
int journal_retain(int argc, char **argv);
int journal_hold(int argc, char **argv);
int journal_forget(int argc, char **argv);
int journal_query(int argc, char **argv);
int journal_export(int argc, char **argv);
int journal_report(int argc, char **argv);
int journal_show(int argc, char **argv);
int journal_index(int argc, char **argv);
int journal_infer(int argc, char **argv);
int journal_orphans(int argc, char **argv);
int journal_breach(int argc, char **argv);
int journal_replay(int argc, char **argv);
int journal_prove(int argc, char **argv);
int journal_check_proof(int argc, char **argv);
int journal_witness_request(int argc, char **argv);
int journal_witness_add(int argc, char **argv);
int journal_timestamp_request(int argc, char **argv);
int journal_timestamp_add(int argc, char **argv);
