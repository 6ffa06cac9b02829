/* struct census: which files the view has, on disk, as the last walk over the source found them. A walk that finds a difference makes a new edition;
 * of every path it is kept in which edition it appeared, last changed or vanished. So whoever remembers an edition can be told what is new since,
 * across remounts too: what indexers ask instead of inotify. Holds names of the view, which are redacted; no text.
 *   header   0 8 magic "DCENSUS\1"   8 8 id: random, another one for a census that had to begin anew
 *   entry    0 2 length of the path   2 1 1: gone   3 1 zero   4 8 edition it appeared in   12 8 edition of its last change   20 16 key   36 path
 *   trailer  0 8 edition   8 8 floor: what vanished up to this edition is forgotten   16 8 files   24 8 gone   32 32 BLAKE2b-256 of all before it
 * Numbers are big endian, entries ascending by walk_compare(). Replaced by rename.
 * Threads: safe; one draft at a time. Ownership: census_free(). */
#pragma once

#include "conf/base/secret.h"
#include "conf/base/bytes.h"

enum { CENSUS_KEY_LEN = 16, CENSUS_PATH_LEN_MAX = 4095, CENSUS_GONE_MAX = 65536 };

struct census;
struct census_draft;

struct census_cursor {
    uint64_t id, edition;
};
enum { CENSUS_CURSOR_LEN_MAX = 16 + 1 + 20 };

struct census_entry {
    const char *path;
    uint64_t added, changed; /* editions */
    bool gone;
    uint8_t key[CENSUS_KEY_LEN]; /* what the caller compares by: another key, another version; all zero: compares with nothing */
};

/* What a reading found. */
struct census_head {
    struct census_cursor now;
    uint64_t floor, files, gone;
};

/* Reads what an earlier mount left; what does not authenticate is not believed and the census begins anew. state_fd is borrowed for its life. */
_must_use_ int census_open(int state_fd, const struct key *key, struct census **out_census);
void census_free(struct census *c);
void census_head(struct census *c, struct census_head *out);

typedef int (*census_visit)(void *context, const struct census_entry *entry);
/* Every entry of one edition in order, however many are made meanwhile. begin (may be NULL) is told which edition it is, first. Ends with the first
 * nonzero answer and returns it. */
struct census_reading {
    int (*begin)(void *context, const struct census_head *head);
    census_visit visit;
    void *context;
};
_must_use_ int census_read(struct census *c, const struct census_reading *reading);

_must_use_ int census_draft_new(struct census *c, struct census_draft **out_draft);
/* Ascending, each path once; -EINVAL otherwise. */
_must_use_ int census_draft_add(struct census_draft *d, const char *path, const uint8_t key[CENSUS_KEY_LEN]);
/* What was not added is gone. Makes a new edition if anything differs. */
_must_use_ int census_draft_publish(struct census_draft *d);
/* Also what was not published. */
void census_draft_free(struct census_draft *d);

/* "1f3a…-12"; out has room for CENSUS_CURSOR_LEN_MAX + 1. */
void census_cursor_format(const struct census_cursor *cursor, char *out);
_must_use_ bool census_cursor_parse(struct bytes text, struct census_cursor *out);
/* Can be told what is new since then. */
bool census_cursor_holds(const struct census_cursor *cursor, const struct census_head *head);
