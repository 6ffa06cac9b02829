/* deidfs-journal's commands, and what they share. Each command reads its own argv and returns the exit code.
 * Threads: main thread. */
#pragma once

#include "audit/anchor.h"
#include "audit/query.h"
#include "audit/verify.h"
#include "tools/tool.h"

enum { JOURNAL_USAGE = 3 };

/* A vkey or a file that holds one; wrong usage otherwise. */
void journal_read_key(const struct tool *t, const char *option, const char *given, struct note_key *out);
/* A file of witnesses' vkeys; how many. Wrong usage otherwise. */
size_t journal_read_witnesses(const struct tool *t, const char *path, struct note_key out[ANCHOR_WITNESSES_MAX]);
const char *journal_verdict_name(enum verify_verdict v);
/* For struct verify_options.on_progress with a struct tool_progress first in the context. */
void journal_show_progress(void *context, uint64_t done, uint64_t total);

/* The conditions that query and export share, as given on the command line. */
struct journal_filter {
    const char *user, *uid, *exe, *file, *container, *policy, *result, *type, *from, *to, *token, *subject_key;
    bool patient, encounter, path;
};
enum { JOURNAL_FILTER_OPTIONS = 15 };
/* The options that fill f. */
void journal_filter_options(struct journal_filter *f, struct tool_option out[JOURNAL_FILTER_OPTIONS]);
/* Turns them into a query; reads an id on standard input for --patient, --encounter and --path. tokens has room for QUERY_TOKENS_MAX. */
void journal_filter_read(const struct tool *t, const struct journal_filter *f, char (*tokens)[EVENT_TOKEN_LEN_MAX], struct query *out);

int journal_archive(int argc, char **argv);
int journal_query(int argc, char **argv);
int journal_export(int argc, char **argv);
int journal_report(int argc, char **argv);
int journal_prove(int argc, char **argv);
int journal_check_proof(int argc, char **argv);
int journal_witness_request(int argc, char **argv);
int journal_witness_add(int argc, char **argv);
int journal_timestamp_request(int argc, char **argv);
int journal_timestamp_add(int argc, char **argv);
