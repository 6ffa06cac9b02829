/* struct prune: bounds the nodes that the kernel remembers, and with them our memory. The kernel forgets a node only when it wants memory itself; past
 * the bound it is told to drop the oldest names, and answers with FORGET. Only names that nobody uses go; what is open stays what it is.
 * The kernel carries a notification out under the folder's lock, which a LOOKUP that waits for us may hold: hence a thread of its own that holds no
 * lock and answers no request.
 * Threads: one of its own. Ownership: prune_free(), once prune_stop() said that it is over. */
#pragma once

#include "fs/guard.h"

struct prune;

/* Tells the kernel to drop a name; a negative errno says that it did not have it. */
typedef int (*prune_tell)(void *context, uint64_t parent, const char *name, size_t name_len);

_must_use_ int prune_new(struct guard *g, size_t nodes_max, prune_tell tell, void *context, struct prune **out_prune);
/* Asks it to end; true: it has. Called again until then, by whoever keeps answering requests meanwhile. */
bool prune_stop(struct prune *p);
void prune_free(struct prune *p);
