#include "audit/guard.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/epoch.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

TEST(guard, a_copy_is_read_back_and_a_foreign_one_refused) {
    struct fixture f;
    fixture_init(&f);
    struct epoch e;
    REQUIRE(epoch_load(f.keeper, FIXTURE_ORIGIN, &e) == 0);
    struct checkpoint c = { .origin = FIXTURE_ORIGIN, .size = 12 }, again;
    struct buf note;
    buf_init(&note, NOTE_LEN_MAX);
    CHECK_INT(epoch_sign(&e, f.keeper, &c, false, &note), 0);
    CHECK_INT(guard_read(f.guard, &e.stable, &again), GUARD_NONE);
    CHECK_INT(guard_write(f.guard, buf_bytes(&note)), 0);
    CHECK_INT(guard_read(f.guard, &e.stable, &again), 0);
    CHECK_INT(again.size, 12);
    CHECK_INT(guard_read(f.guard, &e.current, &again), 0); /* signed by that one too */
    e.stable.public[3] ^= 1;
    CHECK_INT(guard_read(f.guard, &e.stable, &again), -EUCLEAN);
    CHECK_INT(guard_write(f.guard, BYTES("no note")), 0);
    CHECK_INT(guard_read(f.guard, &e.current, &again), -EUCLEAN);
    buf_release(&note);
    fixture_release(&f);
}
