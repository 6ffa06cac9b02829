/* One verification under way: what verify.c, verify_tree.c, verify_files.c and verify_wal.c share. Not for anybody else.
 * Threads: one. */
#pragma once

#include "audit/verify.h"

enum { VERIFY_ANCHORS_MAX = 4096 };
enum { VERIFY_WIDTH = 256, VERIFY_LEVELS = 8, VERIFY_ENTRIES = -1, VERIFY_PATH_LEN = 96, VERIFY_FILE_LEN_MAX = VERIFY_WIDTH * (2 + ENTRY_LEN_MAX) };

/* What a checkpoint says. */
struct verify_head {
    char origin[NOTE_NAME_LEN_MAX + 1];
    uint64_t size;
    struct merkle_hash root;
};

struct verify {
    const struct verify_options *o;
    struct verify_report *report;
    int dir_fd;                  /* the journal's folder, or -1 when only log/ was given */
    int log_fd;
    struct merkle_hasher *hasher;
    struct verify_head head;     /* of the snapshot */
    struct verify_head since;    /* size 0: none given */
    uint64_t taken;              /* entries so far */
    struct merkle_range range;   /* the full bundles among them */
    struct merkle_hash tile[VERIFY_LEVELS][VERIFY_WIDTH];
    uint8_t *file;               /* VERIFY_FILE_LEN_MAX + 1 bytes: the bundle */
    uint8_t *hashes;             /* the same: the tile */
    struct note_key epoch_key;   /* of the current epoch */
    struct note_key epoch_first_key;
    struct note_key epoch_before; /* of the one before, when the last entry ended it */
    uint64_t epoch;
    bool epoch_known;
    bool epoch_just_ended;       /* the last entry taken is a key record */
    uint64_t beats;              /* in the current epoch */
    uint64_t epoch_s;
    struct entry_stamp last;
    bool begun;                  /* last holds the entry before */
    uint64_t minimum;            /* records below were pruned */
    struct merkle_hash pruned_digest; /* of log/pruned */
    bool pruned_recorded;        /* a record says so, with that digest */
    uint64_t pruned_left;        /* files of pruned records that are still there */
    bool live;                   /* a writer holds the lock: files may be newer than the snapshot */
    uint64_t anchors[VERIFY_ANCHORS_MAX]; /* sizes, sorted */
    uint64_t anchor_time_us[VERIFY_ANCHORS_MAX]; /* the latest checked time over each; 0: none */
    size_t anchor_count, anchor_next;
    uint64_t not_before_us;      /* records from here on were written after that, by an anchor that a record before names */
    bool not_before_told;
    uint64_t witnessed_size;     /* by a quorum */
    uint64_t witnessed_time_s;
    uint64_t stamped_size, stamped_time_us; /* the newest checked timestamp */
    size_t stamps_unchecked;
    uint64_t newer_files;        /* such files: left to the next verification */
    bool stopped;                /* the last beat said: clean stop */
};

/* One file's place in the log. */
struct verify_place {
    int level;
    uint64_t n;
    unsigned width;
};

/* Opens what o->dir names; o and report are set, the rest is zero but dir_fd = log_fd = -1. */
_must_use_ int verify_open(struct verify *v, struct problem *p);
void verify_release(struct verify *v);
/* The signed head into v->head, its bytes into raw. -EBADMSG: said as a finding. */
_must_use_ int verify_load_head(struct verify *v, struct buf *raw);

void verify_find(struct verify *v, enum verify_kind kind, const char *format, ...) _printf_(3, 4);
/* tile/entries/… or tile/L/…; width 256: the full one. The verifier's own reading of tlog-tiles. */
void verify_path(char out[VERIFY_PATH_LEN], int level, uint64_t n, unsigned width);
/* "tile/…" to its place; false for what is not exactly the path of one. */
_must_use_ bool verify_place(const char *path, struct verify_place *out);
/* Reads a regular file beneath log/ into to (VERIFY_FILE_LEN_MAX + 1 bytes). -E2BIG when longer. */
_must_use_ int verify_read(const struct verify *v, const char *path, uint8_t *to, size_t *out_len);
/* A checkpoint's note. -EBADMSG. */
_must_use_ int verify_parse_head(const struct note *n, struct verify_head *out);

/* The file holds exactly this key's vkey. */
void verify_vkey_file(struct verify *v, const char *path, const struct note_key *k);

/* All entries, tiles and epochs up to the head. */
_must_use_ int verify_tree(struct verify *v);
/* The root of the entries taken so far; there must be one. */
void verify_tree_root(const struct verify *v, struct merkle_hash *out);
/* prove.c's proof_source over a log: context is a struct verify with its head loaded. */
_must_use_ int prove_subtree(void *context, unsigned level, uint64_t index, struct merkle_hash *out);
/* A pruned log begins at its minimum index: before the tree, at each retain record, at the end. */
_must_use_ int verify_pruned_load(struct verify *v);
void verify_retain(struct verify *v, uint64_t index, const struct entry *e);
void verify_pruned_end(struct verify *v);
/* Anchors: their sizes; each when the stream reaches its size; what is left at the end. */
_must_use_ int verify_anchors_load(struct verify *v);
_must_use_ int verify_anchors_step(struct verify *v);
void verify_anchors_end(struct verify *v);
/* A record that names an anchor; and every record's time against those named before it. */
void verify_anchor_record(struct verify *v, uint64_t index, const struct entry *e);
void verify_anchor_bound(struct verify *v, uint64_t index, const struct entry *e);
/* Every regular file of the log, path below log/; what is no file or folder, or too deep, is a finding. Errors are visit's or of reading folders. */
struct verify_walk {
    struct verify *v;
    int (*visit)(void *context, const char *path);
    void *context;
};
_must_use_ int verify_walk_log(const struct verify_walk *w);
/* Nothing but the log's files is there, and the partials left over are true prefixes. */
_must_use_ int verify_files(struct verify *v);
/* The write-ahead log, when it is there and readable. */
_must_use_ int verify_wal(struct verify *v);
