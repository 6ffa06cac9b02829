/* struct names: what a folder's entries are called in the mount, and which source name each stands for. One scan of the folder, kept while the
 * folder does not change.
 *   recognised identifiers become tokens without brackets (redact_name); every changed name gets "-" and six letters keyed by (folder, raw
 *   name) before its extension, so that a new sibling never renames another and two patients' files never collide; control and non-UTF-8
 *   bytes become %XX; at most 255 bytes, cut on a UTF-8 boundary.
 * A name that cannot be shown safely is left out: the file is hidden. Symlinks and specials are left out too, ".deidfs" at the root is ours.
 * Threads: struct names is immutable, shared by reference. */
#pragma once

#include "conf/base/secret.h"
#include "conf/paths.h"
#include "fs/source.h"
#include "redact/redact.h"

struct name_entry {
    const char *shown;
    const char *raw;
    unsigned char type; /* DT_REG or DT_DIR */
    bool changed;
};

struct names {
    struct source_version version; /* of the folder, read before the scan */
    uint64_t generation;
    bool racy;                     /* changed while or shortly before we read: good for one use */
    size_t count;
    struct name_entry *entries;    /* ascending by shown */
    size_t *by_raw;                /* indices, ascending by raw */
    size_t hidden_count;           /* names that could not be shown */
    char **chunks;                 /* the text */
    size_t chunk_count, chunk_used;
    unsigned refs;
};

/* What naming needs of the engine; a NULL engine shows names as they are, escaped ([policy] tokenize_names = no). */
struct naming {
    const struct engine *engine;
    struct scratch *scratch;
    struct vault *vault;
    const struct key *key;
    const struct source *source;
    const char *folder; /* path of the folder */
    const struct paths *paths; /* what is there at all; NULL: everything */
    uint64_t generation;
};

/* old (may be NULL) saves redacting names that were there before, if it is of the same policy. */
_must_use_ int names_build(const struct naming *how, const struct names *old, struct names **out_names);
struct names *names_ref(struct names *n);
void names_unref(struct names *n);
static inline void names_unrefp(struct names **n) {
    names_unref(*n);
    *n = NULL;
}
const struct name_entry *names_find_shown(const struct names *n, const char *shown);
const struct name_entry *names_find_raw(const struct names *n, const char *raw);

/* What names_finish makes a shown name of. */
struct name_form {
    const struct key *key;
    const char *folder, *raw;
    struct bytes redacted; /* what redaction made of raw */
    bool changed;          /* redaction changed it */
    bool is_folder;
    bool long_suffix;      /* the short one met another's */
};
/* Escapes, adds the suffix, cuts. out has room for LIMIT_FILE_NAME_LEN + 1. Pure. */
void names_finish(const struct name_form *form, char *out, bool *out_changed);
