#include "audit/epoch.h"

#include "tests/audit/fixture.h"

TEST(epoch, a_final_is_signed_by_three_and_then_the_old_key_is_gone) {
    struct fixture f;
    fixture_init(&f);
    struct epoch e, later;
    REQUIRE(epoch_load(f.keeper, FIXTURE_ORIGIN, &e) == 0);
    CHECK_INT(e.number, 0);
    CHECK_STRING(e.current.name, FIXTURE_ORIGIN "/epoch/0");
    struct note_key first = e.current;
    struct checkpoint c = { .origin = FIXTURE_ORIGIN, .size = 5 };
    struct buf raw;
    buf_init(&raw, NOTE_LEN_MAX);
    CHECK_INT(epoch_prepare(&e, f.keeper, FIXTURE_ORIGIN), 0);
    struct note_key next = e.next;
    CHECK_INT(epoch_prepare(&e, f.keeper, FIXTURE_ORIGIN), 0); /* the same again */
    CHECK(memcmp(&next, &e.next, sizeof(next)) == 0);
    CHECK_INT(epoch_sign(&e, f.keeper, &c, true, &raw), 0);
    struct note n;
    REQUIRE(note_parse(buf_bytes(&raw), &n) == 0);
    CHECK_INT(n.count, 3);
    CHECK_INT(note_verify(&n, &first, NULL), NOTE_SIGNED);
    CHECK_INT(note_verify(&n, &next, NULL), NOTE_SIGNED);
    CHECK_INT(epoch_advance(&e, f.keeper), 0);
    CHECK_INT(epoch_load(f.keeper, FIXTURE_ORIGIN, &later), 0);
    CHECK_INT(later.number, 1);
    CHECK(memcmp(&later.current, &next, sizeof(next)) == 0);
    buf_reset(&raw);
    CHECK_INT(epoch_sign(&later, f.keeper, &c, false, &raw), 0);
    REQUIRE(note_parse(buf_bytes(&raw), &n) == 0);
    CHECK_INT(n.count, 2);
    CHECK_INT(note_verify(&n, &first, NULL), NOTE_NOT_SIGNED);
    buf_release(&raw);
    fixture_release(&f);
}

TEST(epoch, files_lie_under_their_number) {
    char path[EPOCH_PATH_LEN];
    epoch_path(path, 12, "final");
    CHECK_STRING(path, "epoch/12/final");
}
