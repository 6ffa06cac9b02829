/* The folder .deidfs at the root: what the mount says of itself. `status` (numbers, status.h) and `manifest` (manifest.h), virtual and read-only.
 * Their text is made anew for every open(2), which then serves that snapshot with its exact length, as for any document: LOOKUP gives a provisional
 * node, OPEN answers ESTALE with a ticket. [mount] own_folder says whether the folder is listed, only reached by its name, or not there. A folder
 * of that name in the source is never shown.
 * Threads: any. */
#pragma once

#include "fs/ops.h"

const struct name_entry *own_name(enum own own);
/* As fstat would say of a source file: device 0, a number of its own. */
void own_stat(enum own own, struct stat *out);
bool own_is_listed(const struct policy *p);

/* The entry of that name in the call's folder, with a reference; length 0 for the files. -ENOENT. */
_must_use_ int own_find(struct call *c, struct ops_found *out);
/* Is this name in this folder one of ours, whatever the source holds? */
bool own_claims(const struct inode *folder, const char *name);
/* The call's node is one of ours. */
void own_getattr(struct call *c);
void own_open(struct call *c);
