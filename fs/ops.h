/* The handlers: what each request of the kernel becomes. ops.c: table, INIT, attributes; ops_dir.c: lookup and folders; ops_file.c: open, read,
 * release; ops_xattr.c; ops_deny.c: everything that would change something.
 * Threads: handlers run in libfuse's threads, their second halves in workers. */
#pragma once

#include "fs/call.h"

/* Told once, from INIT: the kernel has accepted us. */
struct ops_ready {
    void (*tell)(void *context);
    void *context;
};
struct ops_session {
    struct guard *guard; /* first: fuse_req_userdata() */
    struct ops_ready ready;
};

const struct fuse_lowlevel_ops *ops_table(void);

/* ops.c */
void ops_init(void *userdata, struct fuse_conn_info *conn);
void ops_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi);
void ops_statfs(fuse_req_t req, fuse_ino_t id);
void ops_access(fuse_req_t req, fuse_ino_t id, int mask);
/* As the mount shows the node. A folder is asked again at its source: -ESTALE when it is gone. */
_must_use_ int ops_attr(struct guard *g, struct inode *node, struct stat *out);
/* From the node's facts alone. */
void ops_fill(const struct guard *g, const struct inode *node, struct stat *out);
/* How long the kernel may keep a node's attributes: an exact node's never change, a provisional one has none. */
double ops_attr_ttl(const struct guard *g, const struct inode *node);
/* Facts of the exact node that an outcome stands for. */
struct inode_facts ops_facts_of(struct guard *g, const char *path, const struct outcome *o);

/* ops_dir.c */
void ops_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void ops_forget(fuse_req_t req, fuse_ino_t id, uint64_t count);
void ops_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);
void ops_opendir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi);
void ops_readdir(fuse_req_t req, fuse_ino_t id, size_t size, off_t off, struct fuse_file_info *fi);
void ops_readdirplus(fuse_req_t req, fuse_ino_t id, size_t size, off_t off, struct fuse_file_info *fi);
void ops_releasedir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi);
/* What LOOKUP answers: the node with a reference and its attributes (provisional: length 0). */
struct ops_found {
    struct inode *node;
    struct stat attr;
};
/* For a name of the call's folder; known: what it is at the source, if the caller has asked already. -ENOENT: hidden or gone. */
_must_use_ int ops_entry(struct call *c, const struct inode_place *place, const struct stat *known, struct ops_found *out);

/* ops_file.c */
void ops_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi);
void ops_read(fuse_req_t req, fuse_ino_t id, size_t size, off_t off, struct fuse_file_info *fi);
void ops_release(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *fi);

/* The name has a newer exact node: the kernel is sent to fetch it, with a ticket for the view. Ends the call. */
void ops_open_replace(struct call *c, const struct inode_facts *f, struct view *view);
/* Recorded, and answered as the policy wants it. Ends the call. */
void ops_open_refuse(struct call *c, enum refusal why);
/* At the end of a mount: what the kernel did not release any more gets its close record all the same. No handler may run. */
void ops_close_all(struct guard *g);

/* ops_xattr.c */
void ops_getxattr(fuse_req_t req, fuse_ino_t id, const char *name, size_t size);

/* ops_deny.c: fills the table's mutators. */
void ops_deny_fill(struct fuse_lowlevel_ops *table);
