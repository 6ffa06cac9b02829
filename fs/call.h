/* struct call: one request of the kernel that may have to wait for a worker. A handler makes it, does what needs no waiting, then either
 * replies and ends it, or defers: the worker's outcome comes back to `resume`, in another thread.
 * Threads: one at a time. Ownership: whoever replies calls call_end() (call_fail does both). */
#pragma once

#include "fs/guard.h"
#include "fs/kernel.h"

struct call {
    struct waiter waiter; /* first: the worker hands it back */
    struct guard *guard;
    fuse_req_t req;
    struct inode *node;   /* reference: the node asked about; the parent for LOOKUP */
    struct policy *policy;  /* reference: the policy this call is answered under */
    void (*resume)(struct call *c, const struct outcome *o);
    unsigned deferrals;
    uint32_t tid, uid, gid;
    struct fuse_file_info fi;
    size_t size;
    int xattr;
    bool opens; /* an OPEN, where one way serves GETATTR too */
    char name[LIMIT_FILE_NAME_LEN + 1]; /* "" none */
};

enum { CALL_DEFERRALS_MAX = 4 };

/* NULL: the request was answered with an error (ESTALE for an id we do not know). name may be NULL. */
struct call *call_new(fuse_req_t req, fuse_ino_t id, const char *name);
void call_end(struct call *c);
void call_fail(struct call *c, int error);
/* Path of the node (name NULL) or of a raw name beneath it; false: answered. */
bool call_path(struct call *c, const char *raw, char out[WORK_PATH_LEN_MAX]);
/* The call belongs to the worker from here on. */
void call_defer(struct call *c, enum work_kind kind, const char *path, void (*resume)(struct call *c, const struct outcome *o));
