/* Everything that would change something: EROFS, whatever the mount's flags became (remount,rw behind our back). */
#include <errno.h>

#include "fs/ops.h"

static void deny_setattr(fuse_req_t req, fuse_ino_t id, struct stat *attr, int to_set, struct fuse_file_info *fi) {
    (void) id, (void) attr, (void) to_set, (void) fi;
    fuse_reply_err(req, EROFS);
}

static void deny_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev) {
    (void) parent, (void) name, (void) mode, (void) rdev;
    fuse_reply_err(req, EROFS);
}

static void deny_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode) {
    (void) parent, (void) name, (void) mode;
    fuse_reply_err(req, EROFS);
}

static void deny_remove(fuse_req_t req, fuse_ino_t parent, const char *name) {
    (void) parent, (void) name;
    fuse_reply_err(req, EROFS);
}

static void deny_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name) {
    (void) link, (void) parent, (void) name;
    fuse_reply_err(req, EROFS);
}

static void deny_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to, const char *to_name, unsigned flags) {
    (void) parent, (void) name, (void) to, (void) to_name, (void) flags;
    fuse_reply_err(req, EROFS);
}

static void deny_link(fuse_req_t req, fuse_ino_t id, fuse_ino_t parent, const char *name) {
    (void) id, (void) parent, (void) name;
    fuse_reply_err(req, EROFS);
}

static void deny_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi) {
    (void) parent, (void) name, (void) mode, (void) fi;
    fuse_reply_err(req, EROFS);
}

static void deny_write(fuse_req_t req, fuse_ino_t id, const char *data, size_t size, off_t off, struct fuse_file_info *fi) {
    (void) id, (void) data, (void) size, (void) off, (void) fi;
    fuse_reply_err(req, EROFS);
}

static void deny_setxattr(fuse_req_t req, fuse_ino_t id, const char *name, const char *value, size_t size, int flags) {
    (void) id, (void) name, (void) value, (void) size, (void) flags;
    fuse_reply_err(req, EROFS);
}

static void deny_removexattr(fuse_req_t req, fuse_ino_t id, const char *name) {
    (void) id, (void) name;
    fuse_reply_err(req, EROFS);
}

static void deny_fallocate(fuse_req_t req, fuse_ino_t id, int mode, off_t off, off_t len, struct fuse_file_info *fi) {
    (void) id, (void) mode, (void) off, (void) len, (void) fi;
    fuse_reply_err(req, EROFS);
}

void ops_deny_fill(struct fuse_lowlevel_ops *table) {
    table->setattr = deny_setattr;
    table->mknod = deny_mknod;
    table->mkdir = deny_mkdir;
    table->unlink = deny_remove;
    table->rmdir = deny_remove;
    table->symlink = deny_symlink;
    table->rename = deny_rename;
    table->link = deny_link;
    table->create = deny_create;
    table->write = deny_write;
    table->setxattr = deny_setxattr;
    table->removexattr = deny_removexattr;
    table->fallocate = deny_fallocate;
}
