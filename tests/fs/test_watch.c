#include "fs/watch.h"

#include <errno.h>
#include <sys/socket.h>

#include "tests/fs/instance.h"
#include "tests/fs/kernel.h"
#include "tests/harness.h"

static struct instance at;
static struct buf told;

static int tell(void *context, uint64_t node, const char *name) {
    (void) context;
    return name ? buf_append_printf(&told, "%d:%s ", (int) node, name) : 0;
}

static void check_told(struct watch *w, const struct watch_message *m, const char *expected) {
    buf_reset(&told);
    watch_take(w, m);
    CHECK_BYTES(buf_bytes(&told), bytes_from_string(expected));
}

TEST(watch, a_change_drops_the_name_as_the_view_has_it_and_a_loss_drops_all) {
    int pair[2];
    struct stat st;
    struct watch *w = NULL;
    struct fuse_entry_out e;
    char path[PATH_MAX], expected[300];
    buf_init(&told, 4096);
    instance_make(&at, NULL);
    instance_write(&at, "ward/MRN 12345678.txt", "text\n");
    instance_start(&at);
    struct kernel *k = kernel_start(at.guard);
    REQUIRE(kernel_lookup(k, 1, "ward", &e) == 0);
    uint64_t ward = e.nodeid;
    CHECK_INT(kernel_lookup(k, ward, "none", &e), -ENOENT); /* the names of the folder are known from here on */
    kernel_settle(k, 2);
    (void) snprintf(path, sizeof(path), "%s/ward", at.source);
    REQUIRE(stat(path, &st) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    REQUIRE(watch_new(at.guard, pair[1], tell, NULL, &w) == 0);
    struct names *names = folders_get(at.guard->folders, "ward");
    REQUIRE(names != NULL && names->count == 1);
    (void) snprintf(expected, sizeof(expected), "%d:%s ", (int) ward, names->entries[0].shown);
    struct watch_message m = { .device = st.st_dev, .inode = st.st_ino, .name = "MRN 12345678.txt" };
    check_told(w, &m, expected);
    m.name[0] = 'x'; /* not in the map: by its own name */
    (void) snprintf(expected, sizeof(expected), "%d:xRN 12345678.txt ", (int) ward);
    check_told(w, &m, expected);
    m.inode = 4711;
    check_told(w, &m, "");
    names_unref(names);
    REQUIRE(kernel_lookup(k, ward, "none", &e) != 0);
    kernel_settle(k, 2);
    check_told(w, &(struct watch_message) { .device = 0 }, "1:ward ");
    while (!watch_stop(w)) (void) usleep(1000);
    watch_free(w);
    close_fd(&pair[0]), close_fd(&pair[1]);
    kernel_stop(k);
    instance_stop(&at);
    buf_release(&told);
}

TEST(watch, a_folder_that_is_not_there_is_a_negative_errno) {
    int fd = -1;
    CHECK(watch_listen("/nonexistent", &fd) < 0 && fd == -1);
}
