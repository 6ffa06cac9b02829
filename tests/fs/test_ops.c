/* The requests, asked by a kernel of our own: what no reader could be made to do. */
#include "fs/ops.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/fs/instance.h"
#include "tests/fs/kernel.h"
#include "tests/harness.h"

static struct instance at;
static struct kernel *k;

static void begin(void) {
    instance_make(&at, NULL);
    instance_write(&at, "note.txt", "MRN 12345678 fine\n");
    instance_write(&at, "ward/a.txt", "one\n");
    instance_write(&at, "ward/image", "x");
    (void) usleep(30000); /* past the racy time, so that versions are kept */
    instance_start(&at);
    k = kernel_start(at.guard);
}

static void end(void) {
    kernel_stop(k);
    instance_stop(&at);
}

TEST(ops, a_file_is_provisional_then_stale_then_exact_and_served) {
    begin();
    struct fuse_entry_out e, exact;
    uint64_t fh = 0;
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    CHECK(e.attr.size == 0 && e.entry_valid == 0 && e.attr_valid == 0);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDONLY, &fh), -ESTALE);
    REQUIRE(kernel_lookup(k, 1, "note.txt", &exact) == 0);
    CHECK(exact.nodeid != e.nodeid && exact.attr.size == 18 && exact.attr.ino == e.attr.ino);
    long flags = kernel_open(k, exact.nodeid, O_RDONLY, &fh);
    CHECK(flags >= 0 && (flags & FOPEN_KEEP_CACHE) && (flags & FOPEN_NOFLUSH) && !(flags & FOPEN_DIRECT_IO));
    uint8_t text[64];
    CHECK_INT(kernel_read(k, exact.nodeid, fh, 0, bytes_make(text, sizeof(text))), 18);
    CHECK_BYTES(bytes_make(text, 18), BYTES("MRN xxxxxxxx fine\n"));
    CHECK_INT(kernel_read(k, exact.nodeid, fh, 18, bytes_make(text, sizeof(text))), 0);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDONLY, &fh), -ESTALE); /* a provisional node never opens */
    end();
}

TEST(ops, getattr_of_a_provisional_file_is_exact) {
    begin();
    struct fuse_entry_out e;
    struct fuse_attr_out a;
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    REQUIRE(kernel_getattr(k, e.nodeid, &a) == 0);
    CHECK(a.attr.size == 18 && a.attr_valid == 0 && a.attr.mode == (S_IFREG | 0444) && a.attr.nlink == 1);
    end();
}

TEST(ops, a_ticket_serves_the_promised_version_although_the_source_moved_on) {
    begin();
    struct fuse_entry_out e;
    uint64_t fh = 0;
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDONLY, &fh), -ESTALE);
    instance_write(&at, "note.txt", "a newer and longer text\n");
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    CHECK_INT(e.attr.size, 18);
    CHECK(kernel_open(k, e.nodeid, O_RDONLY, &fh) >= 0);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDONLY, &fh), -ESTALE); /* the next open is another one */
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    CHECK_INT(e.attr.size, 24);
    end();
}

TEST(ops, every_mutator_is_erofs) {
    begin();
    static const uint32_t codes[] = { FUSE_SETATTR, FUSE_MKNOD, FUSE_MKDIR, FUSE_UNLINK, FUSE_RMDIR, FUSE_SYMLINK, FUSE_RENAME, FUSE_RENAME2, FUSE_LINK,
                                      FUSE_CREATE, FUSE_WRITE, FUSE_SETXATTR, FUSE_REMOVEXATTR, FUSE_FALLOCATE };
    uint8_t body[256] = { 0 };
    memcpy(body + 64, "name\0other\0value", 17);
    for (size_t i = 0; i < array_count(codes); i++) {
        struct bytes in = bytes_make(body, sizeof(body));
        if (codes[i] == FUSE_UNLINK || codes[i] == FUSE_RMDIR || codes[i] == FUSE_SYMLINK || codes[i] == FUSE_REMOVEXATTR) in = BYTES("name\0other\0");
        long r = kernel_ask(k, codes[i], 1, in, NULL, 0);
        if (r != -EROFS) harness_fail(__FILE__, __LINE__, "opcode %u: %ld", codes[i], r);
    }
    struct fuse_entry_out e;
    uint64_t fh;
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    CHECK_INT(kernel_open(k, e.nodeid, O_WRONLY, &fh), -EROFS);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDWR, &fh), -EROFS);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDONLY | O_TRUNC, &fh), -EROFS);
    end();
}

TEST(ops, odd_names_and_unknown_nodes_are_errors) {
    begin();
    struct fuse_entry_out e;
    char longest[400];
    memset(longest, 'a', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    static const char *const names[] = { "..", ".", "../etc", "ward/a.txt", "/etc/passwd", "none", "\xff\xfe", "note.txt/" };
    for (size_t i = 0; i < array_count(names); i++) CHECK_INT(kernel_lookup(k, 1, names[i], &e), -ENOENT);
    CHECK_INT(kernel_lookup(k, 1, longest, &e), -ENAMETOOLONG);
    CHECK_INT(kernel_lookup(k, 4711, "note.txt", &e), -ESTALE);
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    CHECK_INT(kernel_lookup(k, e.nodeid, "x", &e), -ENOTDIR);
    uint64_t fh;
    struct fuse_attr_out a;
    CHECK_INT(kernel_open(k, 4711, O_RDONLY, &fh), -ESTALE);
    CHECK_INT(kernel_getattr(k, 4711, &a), -ESTALE);
    end();
}

TEST(ops, what_is_forgotten_is_freed) {
    begin();
    struct fuse_entry_out ward, e;
    REQUIRE(kernel_lookup(k, 1, "ward", &ward) == 0);
    REQUIRE(kernel_lookup(k, ward.nodeid, "a.txt", &e) == 0);
    REQUIRE(kernel_lookup(k, ward.nodeid, "a.txt", &e) == 0);
    kernel_settle(k, 3);
    CHECK_INT(inodes_count(at.guard->inodes), 3);
    kernel_forget(k, e.nodeid, 2);
    kernel_forget(k, ward.nodeid, 1);
    kernel_forget(k, 4711, 1);
    struct fuse_attr_out a;
    REQUIRE(kernel_getattr(k, 1, &a) == 0); /* in order: the forgets are done */
    kernel_settle(k, 1);
    CHECK_INT(inodes_count(at.guard->inodes), 1);
    end();
}

TEST(ops, a_folder_lists_what_lookup_finds) {
    begin();
    const struct fuse_open_in open_in = { 0 };
    struct fuse_open_out opened;
    uint8_t page[4096];
    REQUIRE(kernel_ask(k, FUSE_OPENDIR, 1, bytes_make(&open_in, sizeof(open_in)), &opened, sizeof(opened)) > 0);
    const struct fuse_read_in read_in = { .fh = opened.fh, .size = sizeof(page) };
    long len = kernel_ask(k, FUSE_READDIR, 1, bytes_make(&read_in, sizeof(read_in)), page, sizeof(page));
    REQUIRE(len > 0);
    static const char *const expected[] = { ".", "..", "note.txt", "ward" };
    size_t n = 0;
    for (long i = 0; i < len; n++) {
        struct fuse_dirent d;
        memcpy(&d, page + i, offsetof(struct fuse_dirent, name));
        REQUIRE(n < array_count(expected));
        CHECK_BYTES(bytes_make(page + i + offsetof(struct fuse_dirent, name), d.namelen), bytes_from_string(expected[n]));
        i += (long) FUSE_DIRENT_ALIGN(offsetof(struct fuse_dirent, name) + d.namelen);
    }
    CHECK_INT(n, 4);
    const struct fuse_read_in past = { .fh = opened.fh, .size = sizeof(page), .offset = 4 };
    CHECK_INT(kernel_ask(k, FUSE_READDIR, 1, bytes_make(&past, sizeof(past)), page, sizeof(page)), 0);
    const struct fuse_release_in release = { .fh = opened.fh };
    CHECK(kernel_ask(k, FUSE_RELEASEDIR, 1, bytes_make(&release, sizeof(release)), NULL, 0) >= 0);
    end();
}

TEST(ops, readdirplus_gives_no_attributes_of_unknown_sizes) {
    begin();
    const struct fuse_open_in open_in = { 0 };
    struct fuse_open_out opened;
    uint8_t page[4096];
    REQUIRE(kernel_ask(k, FUSE_OPENDIR, 1, bytes_make(&open_in, sizeof(open_in)), &opened, sizeof(opened)) > 0);
    const struct fuse_read_in read_in = { .fh = opened.fh, .size = sizeof(page) };
    const struct fuse_release_in release = { .fh = opened.fh };
    for (int turn = 0; turn < 2; turn++) {
        long len = kernel_ask(k, FUSE_READDIRPLUS, 1, bytes_make(&read_in, sizeof(read_in)), page, sizeof(page));
        for (long i = 0; i < len;) {
            struct fuse_direntplus d;
            memcpy(&d, page + i, FUSE_NAME_OFFSET_DIRENTPLUS);
            struct bytes name = bytes_make(page + i + FUSE_NAME_OFFSET_DIRENTPLUS, d.dirent.namelen);
            if (bytes_equal(name, BYTES("note.txt"))) CHECK(turn == 0 ? d.entry_out.nodeid == 0 : d.entry_out.nodeid > 1 && d.entry_out.attr.size == 18);
            if (bytes_equal(name, BYTES("ward"))) CHECK(d.entry_out.nodeid > 1 && d.dirent.type == 4);
            i += (long) FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + d.dirent.namelen);
        }
        struct fuse_entry_out e;
        struct fuse_attr_out a;
        REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
        REQUIRE(kernel_getattr(k, e.nodeid, &a) == 0); /* now the length is known */
    }
    CHECK(kernel_ask(k, FUSE_RELEASEDIR, 1, bytes_make(&release, sizeof(release)), NULL, 0) >= 0);
    end();
}

static long getxattr(uint64_t node, const char *name, char *out, uint32_t size) {
    uint8_t body[128];
    const struct fuse_getxattr_in in = { .size = size };
    memcpy(body, &in, sizeof(in));
    memcpy(body + sizeof(in), name, strlen(name) + 1);
    return kernel_ask(k, FUSE_GETXATTR, node, bytes_make(body, sizeof(in) + strlen(name) + 1), out, size);
}

TEST(ops, attributes_of_ours_answer_by_name_and_others_are_not_supported) {
    begin();
    struct fuse_entry_out e;
    char out[256] = "";
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    CHECK_INT(getxattr(e.nodeid, "user.deidfs.status", out, sizeof(out)), 2);
    CHECK(memcmp(out, "ok", 2) == 0);
    CHECK_INT(getxattr(e.nodeid, "user.deidfs.status", out, 1), -ERANGE);
    CHECK_INT(getxattr(e.nodeid, "user.deidfs.view_sha256", out, sizeof(out)), 64);
    CHECK_INT(getxattr(e.nodeid, "user.deidfs.none", out, sizeof(out)), -ENODATA);
    CHECK_INT(getxattr(e.nodeid, "security.capability", out, sizeof(out)), -EOPNOTSUPP);
    CHECK_INT(getxattr(e.nodeid, "system.posix_acl_access", out, sizeof(out)), -EOPNOTSUPP);
    CHECK_INT(getxattr(1, "user.deidfs.view_sha256", out, sizeof(out)), -ENODATA);
    end();
}

TEST(ops, a_vanished_file_or_folder_is_stale) {
    begin();
    struct fuse_entry_out e, ward;
    struct fuse_attr_out a;
    uint64_t fh;
    char path[PATH_MAX];
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0);
    REQUIRE(kernel_lookup(k, 1, "ward", &ward) == 0);
    (void) snprintf(path, sizeof(path), "%s/note.txt", at.source);
    REQUIRE(unlink(path) == 0);
    char moved[PATH_MAX], from[PATH_MAX];
    (void) snprintf(from, sizeof(from), "%s/ward", at.source);
    (void) snprintf(moved, sizeof(moved), "%s/moved", at.root);
    REQUIRE(rename(from, moved) == 0);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDONLY, &fh), -ESTALE);
    CHECK_INT(kernel_getattr(k, e.nodeid, &a), -ESTALE);
    CHECK_INT(kernel_getattr(k, ward.nodeid, &a), -ESTALE);
    CHECK_INT(kernel_lookup(k, 1, "note.txt", &e), -ENOENT);
    end();
}
