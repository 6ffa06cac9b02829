#include "audit/integrator.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/tile.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

static int open_in(const struct fixture *f, const char *name) {
    char path[400];
    must(snprintf(path, sizeof(path), "%s/%s", f->dir, name) > 0);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

static struct integrator_options options_of(const struct fixture *f, int log_fd, int wal_fd) {
    struct integrator_options o = { .log_fd = log_fd, .wal_fd = wal_fd, .origin = FIXTURE_ORIGIN, .keeper = f->keeper };
    struct buf raw;
    buf_init(&raw, NOTE_LEN_MAX);
    struct note n;
    must(io_read_file_at(log_fd, "checkpoint", &raw) == 0 && note_parse(buf_bytes(&raw), &n) == 0 && checkpoint_parse(n.text, &o.head) == 0);
    must(epoch_load(f->keeper, FIXTURE_ORIGIN, &o.epoch) == 0);
    buf_release(&raw);
    return o;
}

TEST(integrator, a_tree_that_is_not_the_heads_is_refused) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    CHECK_INT(journal_close(j), 0);
    _cleanup_(close_fd) int log_fd = open_in(&f, "log"), wal_fd = open_in(&f, "wal");
    struct integrator_options o = options_of(&f, log_fd, wal_fd);
    struct integrator *i = NULL;
    CHECK_INT(integrator_new(&o, &i), 0);
    integrator_free(i);
    o.head.root.raw[0] ^= 1;
    CHECK_INT(integrator_new(&o, &i), -EUCLEAN);
    close_fd(&wal_fd);
    fixture_release(&f);
}

/* One flipped bit on the disk between writing and signing: the second computation reads the file and finds it. */
TEST(integrator, a_bit_flipped_before_signing_is_not_signed) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    CHECK_INT(journal_close(j), 0);
    _cleanup_(close_fd) int log_fd = open_in(&f, "log"), wal_fd = open_in(&f, "wal");
    struct integrator_options o = options_of(&f, log_fd, wal_fd);
    struct commit_options c = { .wal_fd = wal_fd, .origin = FIXTURE_ORIGIN, .size = o.head.size, .strict = true };
    struct event ev = fixture_event(EVENT_OPEN);
    _cleanup_(commit_freep) struct commit *commit = NULL;
    _cleanup_(integrator_freep) struct integrator *i = NULL;
    REQUIRE(commit_new(&c, &commit) == 0 && integrator_new(&o, &i) == 0);
    integrator_attach(i, commit);
    for (uint64_t n = o.head.size; n < 256; n++) CHECK_INT(commit_append(commit, &ev, true, NULL), 0);
    CHECK_INT(integrator_advance(i, 256), 0); /* the full bundle is on disk now */
    int bundle = openat(log_fd, "tile/entries/000", O_RDWR | O_CLOEXEC);
    uint8_t byte;
    REQUIRE(bundle >= 0 && pread(bundle, &byte, 1, 9000) == 1);
    byte ^= 4;
    REQUIRE(pwrite(bundle, &byte, 1, 9000) == 1 && close(bundle) == 0);
    CHECK_INT(integrator_sign(i, false), -EUCLEAN);
    struct integrator_options after = options_of(&f, log_fd, wal_fd);
    CHECK_INT(after.head.size, o.head.size);
    close_fd(&wal_fd);
    fixture_release(&f);
}
