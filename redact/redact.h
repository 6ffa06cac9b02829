/* redact: document bytes in, redacted bytes out. Knows no files, no users, no journal.
 *
 *   struct engine *e;  engine_new(&options, &e, &problem);      once; immutable, shared by all threads
 *   struct scratch *s; scratch_new(e, &s);                      one a thread
 *   redact_document(e, s, vault, &document, &redaction);        the view, or a refusal: never the source's bytes
 *
 * Errors: a negative errno always comes with redaction.refusal set; the view is empty then. Hostile documents cost bounded time and memory.
 * Threads: engine shared and immutable; scratch and redaction belong to one thread. */
#pragma once

#include "conf/base/buf.h"
#include "conf/profile.h"
#include "conf/refusal.h"
#include "redact/about.h"
#include "redact/finding.h"
#include "redact/roster.h"
#include "redact/vault.h"

struct engine;
struct scratch;

/* A file's text, and its path for problems. */
struct engine_text {
    struct bytes text;
    const char *path;
};

/* What was loaded of the site's own: for deidfs-check. Counts, lines and reasons: no value of a roster. */
struct engine_report {
    struct roster_report roster;
    size_t roster_len;       /* bytes of memory */
    size_t rule_count, site_rule_count;
    size_t list_entry_count; /* of the site's lists */
};

struct engine_options {
    const struct profile *profile; /* copied */
    struct bytes site_rules;       /* text of the site's rule file; empty: none */
    const char *site_rules_path;   /* for problems */
    const struct engine_text *lists; /* the site's, of the form of redact/lists */
    size_t list_count;
    const struct engine_text *rosters; /* known patients (roster.h) */
    size_t roster_count;
    bool require_roster;           /* documents that no known patient covers are refused */
    size_t document_len_max;
    uint32_t timeout_ms;           /* of CPU time a document */
    const char *destination;       /* code space of the vault that views are made with: decides views, so it is in the digest; NULL "" */
    bool sidecars;                 /* callers give documents their patients: in the digest too */
    struct engine_report *report;  /* filled as far as loading gets; may be NULL */
};

/* Compiles rules, maps lists and model. Everything that can be wrong with rules is found here, with file and line in the problem. */
_must_use_ int engine_new(const struct engine_options *options, struct engine **out_engine, struct problem *p);
void engine_free(struct engine *e);
static inline void engine_freep(struct engine **e) {
    engine_free(*e);
    *e = NULL;
}
/* SHA-256 over whatever decides a view but the document, its sidecars and the vault: engine version, rules, lists, nicknames, model, profile, rosters,
 * destination. What a record's "pol" and the size index name. 32 bytes. Limits are not in it: they refuse a view, they never change one. */
const uint8_t *engine_digest(const struct engine *e);
const char *engine_recognizer_name(const struct engine *e, uint16_t recognizer);

_must_use_ int scratch_new(const struct engine *e, struct scratch **out_scratch);
/* Wipes. */
void scratch_free(struct scratch *s);
static inline void scratch_freep(struct scratch **s) {
    scratch_free(*s);
    *s = NULL;
}

struct document {
    struct bytes content;
    struct bytes path; /* below the source root, as it is on disk; context for format and names, may be empty */
    const struct roster *patients; /* whose document it is, by a sidecar in its folder; sealed; NULL: nobody said */
    bool is_self_test;             /* of the engine's own making, about nobody: needs no roster */
};

struct redaction {
    struct buf view;              /* owned; empty after a refusal */
    enum refusal refusal;
    const char *format;           /* "text", "csv", … static; NULL unknown */
    const struct finding *findings; /* disjoint, ascending, spans in the document's own bytes; live until the scratch's next use */
    size_t finding_count;
    uint32_t counts[ENTITY_COUNT];
    struct about about;
};
void redaction_init(struct redaction *r, size_t view_len_max);
void redaction_release(struct redaction *r);

/* Cheap: is this content one that we can show at all? Reads only the head (up to 64 KiB) and the name. REFUSAL_NONE or REFUSAL_FORMAT. For listing.
 * redact_document decides again over the whole. */
enum refusal redact_probe(const struct engine *e, struct bytes head, struct bytes path);
_must_use_ int redact_document(const struct engine *e, struct scratch *s, struct vault *v, const struct document *d, struct redaction *out);
/* Findings only: for deidfs-eval and --explain. out->view stays empty. */
_must_use_ int redact_find(const struct engine *e, struct scratch *s, const struct document *d, struct redaction *out);
/* One path component. out receives the name shown; *out_changed tells whether it differs (the caller then adds its suffix). folder is the raw path
 * above it, for context. */
_must_use_ int redact_name(const struct engine *e, struct scratch *s, struct vault *v, struct bytes folder, struct bytes name, bool is_folder,
                           struct buf *out, bool *out_changed);
