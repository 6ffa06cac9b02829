/* Archives of a log: one zip file for each tile of level 2, that is for 16,777,216 records, for the shelf and for the day when the records are pruned.
 *   000.zip, 001.zip, …   each holds its level-2 tile and all full tiles and bundles below it, and beside them everything that any zip's reader needs:
 *                         checkpoint, keys, finals of epochs, anchors, the tiles above level 2, the partial tiles of the right edge
 * This is the form that torchwood's TileArchiveFS reads; unpacked together they are a log that deidfs-journal verifies. The last zip grows with the
 * log and is written anew; a full one never changes.
 * By libzip: a zip of 131,000 files needs the 64-bit form, which is nothing to write again.
 * Threads: one. Sources: github.com/FiloSottile/torchwood (TileArchiveFS), github.com/geomys/ct-archive (the form). */
#pragma once

#include "audit/note.h"
#include "conf/base/problem.h"

enum { ARCHIVE_SPAN_BITS = 24 };

/* The zip that holds a file of the log, path below log/. -1: every zip does. */
int64_t archive_zip_of(const char *path);

struct archive_options {
    const char *dir;          /* the journal's folder or its log/ */
    const char *to;           /* folder for the zips; there already */
    struct note_key stable;
    void (*on_progress)(void *context, uint64_t done, uint64_t total); /* records, of all that is not pruned; never backwards */
    void *context;
};

struct archive_result {
    uint64_t zips, files;     /* written now; zips that are full and there already are left alone */
    uint64_t size;            /* of the log */
};

/* The log is verified by the caller; here only its checkpoint's signature is. A zip that is already there and full is checked for its size's sake
 * no more; every other is replaced by rename. -EBADMSG: no checkpoint of that key. */
_must_use_ int archive_write(const struct archive_options *o, struct archive_result *out, struct problem *p);
