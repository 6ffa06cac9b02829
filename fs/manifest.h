/* The manifest: which files the view has, at which version, as one consistent edition of the census (census.h); and what changed since an earlier
 * one. Paths are the view's. A file whose view was never made has no length and digest yet: deidfs-control warm makes them all.
 * Threads: any, but for manifest_take(). */
#pragma once

#include "fs/guard.h"

enum { MANIFEST_LEN_MAX = 64 << 20 };

/* Walks the source and notes what differs: a new edition, if anything does. One at a time: the workers' thread for it. */
_must_use_ int manifest_take(struct guard *g, struct worker *w, struct policy *p);
/* The present edition as JSON lines: {"cursor":…,"files":…,"policy":…,"generation":…}, then for each file {"path":…,"generation":…} with
 * "size" and "sha256", or "refused". -E2BIG past MANIFEST_LEN_MAX. */
_must_use_ int manifest_render(struct guard *g, struct policy *p, struct buf *out);

/* What changed, one line a file: "added PATH", "changed PATH", "removed PATH", at last "cursor CURSOR"; "start-over" first when the cursor is not of
 * this census any more, and then every file as added. cursor empty: every file, too. */
struct manifest_sink {
    int (*put)(void *context, struct bytes data);
    void *context;
};
_must_use_ int manifest_changes(struct guard *g, struct bytes cursor, const struct manifest_sink *sink);
