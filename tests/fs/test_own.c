/* The mount's own folder, asked by a kernel of our own; and the manifest in it. */
#include "fs/own.h"

#include <errno.h>
#include <fcntl.h>

#include "fs/manifest.h"
#include "tests/fs/instance.h"
#include "tests/fs/kernel.h"
#include "tests/harness.h"

static struct instance at;
static struct kernel *k;

static void begin(const char *extra) {
    instance_make(&at, extra);
    instance_write(&at, "note.txt", "MRN 12345678 fine\n");
    instance_write(&at, "ward/\"odd\".txt", "one\n");
    instance_write(&at, ".deidfs/manifest", "of the source\n");
    (void) usleep(30000); /* past the racy time, so that versions are kept */
    instance_start(&at);
    k = kernel_start(at.guard);
}

static void end(void) {
    kernel_stop(k);
    instance_stop(&at);
}

/* As open(2) and read(2) would: LOOKUP, OPEN, ESTALE, LOOKUP, OPEN, READ. */
static struct bytes read_own(const char *name) {
    static uint8_t text[8192];
    struct fuse_entry_out folder, e, exact;
    uint64_t fh = 0;
    REQUIRE(kernel_lookup(k, 1, ".deidfs", &folder) == 0);
    CHECK(folder.attr.mode == (S_IFDIR | 0555));
    REQUIRE(kernel_lookup(k, folder.nodeid, name, &e) == 0);
    CHECK(e.attr.size == 0 && e.entry_valid == 0 && e.attr_valid == 0);
    CHECK_INT(kernel_open(k, e.nodeid, O_RDONLY, &fh), -ESTALE);
    REQUIRE(kernel_lookup(k, folder.nodeid, name, &exact) == 0);
    CHECK(exact.nodeid != e.nodeid && exact.entry_valid == 0 && exact.attr.ino == e.attr.ino);
    REQUIRE(kernel_open(k, exact.nodeid, O_RDONLY, &fh) >= 0);
    long len = kernel_read(k, exact.nodeid, fh, 0, bytes_make(text, sizeof(text)));
    REQUIRE(len == (long) exact.attr.size);
    return bytes_make(text, (size_t) len);
}

TEST(own, status_and_manifest_are_read_with_their_exact_size) {
    begin(NULL);
    CHECK(bytes_starts_with(read_own("status"), BYTES("instance t\n")));
    struct bytes manifest = read_own("manifest");
    static const char *const expected[] = { "{\"cursor\":\"", ",\"files\":2,\"generation\":1,\"instance\":\"t\",\"policy\":\"5a5a",
                                            "{\"path\":\"note.txt\",\"generation\":1}\n", "{\"path\":\"ward/\\\"odd\\\".txt\",\"generation\":1}\n" };
    for (size_t i = 0; i < array_count(expected); i++) CHECK(memmem(manifest.ptr, manifest.len, expected[i], strlen(expected[i])) != NULL);
    CHECK(memmem(manifest.ptr, manifest.len, ".deidfs", 7) == NULL);
    struct fuse_entry_out e;
    struct fuse_attr_out a;
    REQUIRE(kernel_lookup(k, 1, "note.txt", &e) == 0 && kernel_getattr(k, e.nodeid, &a) == 0); /* its view is known from here on */
    manifest = read_own("manifest");
    CHECK(memmem(manifest.ptr, manifest.len, "{\"path\":\"note.txt\",\"generation\":1,\"size\":18,\"sha256\":\"", 54) != NULL);
    end();
}

TEST(own, stat_tells_the_size_of_that_moment) {
    begin(NULL);
    struct fuse_entry_out folder, e;
    struct fuse_attr_out a;
    REQUIRE(kernel_lookup(k, 1, ".deidfs", &folder) == 0);
    REQUIRE(kernel_getattr(k, folder.nodeid, &a) == 0);
    static const char *const names[] = { "status", "manifest" };
    for (size_t i = 0; i < 2; i++) {
        REQUIRE(kernel_lookup(k, folder.nodeid, names[i], &e) == 0 && kernel_getattr(k, e.nodeid, &a) == 0);
        CHECK(a.attr.size > 50 && a.attr_valid == 0 && a.attr.mode == (S_IFREG | 0444));
    }
    CHECK_INT(kernel_lookup(k, folder.nodeid, "note.txt", &e), -ENOENT);
    CHECK_INT(kernel_lookup(k, folder.nodeid, "..", &e), -ENOENT);
    end();
}

/* How often the root's listing holds the name. */
static size_t listed(const char *name) {
    const struct fuse_open_in open_in = { 0 };
    struct fuse_open_out opened;
    uint8_t page[4096];
    size_t count = 0;
    REQUIRE(kernel_ask(k, FUSE_OPENDIR, 1, bytes_make(&open_in, sizeof(open_in)), &opened, sizeof(opened)) > 0);
    const struct fuse_read_in read_in = { .fh = opened.fh, .size = sizeof(page) };
    long len = kernel_ask(k, FUSE_READDIR, 1, bytes_make(&read_in, sizeof(read_in)), page, sizeof(page));
    for (long i = 0; i < len;) {
        struct fuse_dirent d;
        memcpy(&d, page + i, offsetof(struct fuse_dirent, name));
        count += bytes_equal(bytes_make(page + i + offsetof(struct fuse_dirent, name), d.namelen), bytes_from_string(name));
        i += (long) FUSE_DIRENT_ALIGN(offsetof(struct fuse_dirent, name) + d.namelen);
    }
    const struct fuse_release_in release = { .fh = opened.fh };
    REQUIRE(kernel_ask(k, FUSE_RELEASEDIR, 1, bytes_make(&release, sizeof(release)), NULL, 0) >= 0);
    return count;
}

TEST(own, the_folder_is_reached_by_its_name_and_not_listed) {
    struct fuse_entry_out e;
    begin(NULL);
    CHECK(listed(".deidfs") == 0 && kernel_lookup(k, 1, ".deidfs", &e) == 0);
    end();
}

TEST(own, the_folder_is_listed_where_that_is_wanted) {
    struct fuse_entry_out e;
    begin("[mount]\nown_folder = listed\n");
    CHECK(listed(".deidfs") == 1 && kernel_lookup(k, 1, ".deidfs", &e) == 0);
    end();
}

TEST(own, the_folder_is_not_there_where_none_is_wanted) {
    struct fuse_entry_out e;
    begin("[mount]\nown_folder = none\n");
    CHECK(listed(".deidfs") == 0);
    CHECK_INT(kernel_lookup(k, 1, ".deidfs", &e), -ENOENT); /* the source's own is never shown */
    end();
}

static int put_lines(void *context, struct bytes data) {
    return buf_append(context, data);
}

static void check_changes(const char *cursor, const char *expected, char *next) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 8192);
    const struct manifest_sink sink = { .put = put_lines, .context = &out };
    struct worker w = { .owner = at.guard };
    struct policy *p = guard_policy(at.guard);
    CHECK_INT(manifest_take(at.guard, &w, p), 0);
    guard_end(&w);
    policy_unref(p);
    REQUIRE(manifest_changes(at.guard, bytes_from_string(cursor), &sink) == 0 && buf_append_byte(&out, 0) == 0);
    char *last = strstr((char *) out.ptr, "cursor ");
    REQUIRE(last != NULL && strlen(last) < 64);
    memcpy(next, last + 7, strlen(last + 7));
    next[strlen(last + 7) - 1] = '\0';
    *last = '\0';
    CHECK_STRING((char *) out.ptr, expected);
}

TEST(own, changes_tell_what_was_added_changed_and_removed_since_a_cursor) {
    char first[64], second[64], third[64], path[PATH_MAX];
    begin(NULL);
    check_changes("", "added note.txt\nadded ward/\"odd\".txt\n", first);
    check_changes(first, "", second);
    CHECK_STRING(first, second);
    instance_write(&at, "note.txt", "another text\n");
    instance_write(&at, "new.txt", "new\n");
    (void) snprintf(path, sizeof(path), "%s/ward/\"odd\".txt", at.source);
    REQUIRE(unlink(path) == 0);
    (void) usleep(30000);
    check_changes(first, "added new.txt\nchanged note.txt\nremoved ward/\"odd\".txt\n", second);
    check_changes(second, "", third);
    check_changes("ffffffffffffffff-1", "start-over\nadded new.txt\nadded note.txt\n", third);
    check_changes("nonsense", "start-over\nadded new.txt\nadded note.txt\n", third);
    CHECK_STRING(second, third);
    end();
}
