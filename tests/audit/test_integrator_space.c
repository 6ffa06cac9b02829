/* Room on the disk, as the integrator watches it; how much is free is this test's to say. */
#include <errno.h>
#include <sys/statvfs.h>

#include "tests/audit/fixture.h"

enum { MIB = 1 << 20, OPEN_ROOM = 1024 };

static uint64_t free_bytes;
int __real_fstatvfs64(int fd, struct statvfs *out);
int __wrap_fstatvfs64(int fd, struct statvfs *out);
int __wrap_fstatvfs64(int fd, struct statvfs *out) {
    int r = __real_fstatvfs64(fd, out);
    if (r == 0) out->f_bavail = free_bytes / out->f_frsize;
    return r;
}

static int append(struct journal *j, enum event_type type, uint64_t *opened_at) {
    struct event ev = fixture_event(type);
    ev.opened_at = *opened_at;
    return journal_append_wait(j, &ev, type == EVENT_OPEN ? opened_at : NULL);
}

/* With 16 MiB free a segment has its least length, 1 MiB: two of them, and 1 KiB for each handle whose close is to come, must stay free. */
TEST(integrator_space, room_is_kept_for_the_close_of_every_admitted_open) {
    enum { HANDLES = 200 };
    struct fixture f;
    uint64_t opened_at[HANDLES];
    struct journal_status s;
    free_bytes = 16 * MIB;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    free_bytes = 2 * MIB + HANDLES * OPEN_ROOM;
    for (size_t i = 0; i < HANDLES; i++) {
        opened_at[i] = 0;
        CHECK_INT(append(j, EVENT_OPEN, &opened_at[i]), 0);
    }
    CHECK_INT(journal_checkpoint(j), 0);
    journal_status(j, &s);
    CHECK(!s.low_space); /* exactly enough */
    uint64_t one_more = 0;
    CHECK_INT(append(j, EVENT_OPEN, &one_more), 0);
    CHECK_INT(journal_checkpoint(j), 0);
    journal_status(j, &s);
    CHECK(s.low_space && !s.halted);
    uint64_t denied = 0;
    CHECK_INT(append(j, EVENT_OPEN, &denied), -ENOSPC);
    CHECK_INT(append(j, EVENT_LIST, &denied), -ENOSPC);
    CHECK_INT(append(j, EVENT_DENY, &denied), 0); /* a denial is a record, too */
    for (size_t i = 0; i < HANDLES; i++) CHECK_INT(append(j, EVENT_CLOSE, &opened_at[i]), 0);
    CHECK_INT(journal_checkpoint(j), 0);
    journal_status(j, &s);
    CHECK(!s.low_space); /* the closes gave their room back */
    CHECK_INT(append(j, EVENT_OPEN, &denied), 0);
    CHECK_INT(journal_close(j), 0);
    fixture_release(&f);
}
