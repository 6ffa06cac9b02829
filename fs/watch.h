/* struct watch: changes of the source, told by fanotify(7), so that the kernel may remember names for long and still forgets a changed one at once.
 * Needs root and a file system with file handles, so the monitor listens and says which name in which folder changed; the guard, behind its walls, has
 * the kernel drop it. Whatever is lost (a full queue, a hard link's other name) is seen after attr_ttl: open(2) always looks at the source itself.
 * A drop may wait in the kernel for a folder's lock that a LOOKUP holds which waits for us: hence a thread that holds no lock and answers no request.
 * Threads: the listening half belongs to the monitor; the other half has a thread of its own. Ownership: watch_free(), once watch_stop() is true. */
#pragma once

#include "fs/guard.h"

/* What the monitor says: a name in a folder of the source. */
struct watch_message {
    uint64_t device, inode; /* of the folder; both 0: some were lost, everything may have changed */
    char name[LIMIT_FILE_NAME_LEN + 1];
};

/* Monitor, as root: listens to the file system that holds the source. The negative errno says why not: -EPERM, -EOPNOTSUPP, -ENODEV, -EXDEV, -EINVAL. */
_must_use_ int watch_listen(const char *source, int *out_fd);
/* Monitor: reads what is there and passes it on through the channel, but for what `self` (a process) did. source_fd: any descriptor on that file system. */
void watch_pass_on(int fanotify_fd, int source_fd, uint32_t self, int channel);

/* Tells the kernel to drop a name below a node, or (name NULL) the node's attributes. */
typedef int (*watch_tell)(void *context, uint64_t node, const char *name);

struct watch;

_must_use_ int watch_new(struct guard *g, int channel, watch_tell tell, void *context, struct watch **out_watch);
/* One message; for the thread and for tests. */
void watch_take(struct watch *w, const struct watch_message *m);
/* Asks it to end; true: it has. */
bool watch_stop(struct watch *w);
void watch_free(struct watch *w);
