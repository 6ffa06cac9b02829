#include "audit/entry.h"

#include <errno.h>

#include "tests/audit/fixture.h"

static const struct entry_stamp stamp = { .time_us = UINT64_C(1795297445123456), .mono_us = UINT64_C(864001234567), .boot = "6f1c2a9be07d" };

static int encode(const struct event *ev, char out[ENTRY_LEN_MAX + 1]) {
    size_t len = 0;
    int r = entry_encode(ev, &stamp, (uint8_t *) out, &len);
    if (r == 0) out[len] = '\0';
    return r;
}

TEST(entry, open_is_the_bytes_of_the_design) {
    char text[ENTRY_LEN_MAX + 1];
    struct event ev = { .type = EVENT_OPEN, .who = &fixture_actor, .handle = 181, .has_policy = true };
    struct actor who = fixture_actor;
    memcpy(who.cgroup_token, "c1_xyz", 7);
    ev.who = &who;
    ev.object.format = "note";
    memcpy(ev.object.file, "f1_a", 5);
    memcpy(ev.object.subject, "p1_b", 5);
    memcpy(ev.object.encounter, "e1_c", 5);
    CHECK_INT(encode(&ev, text), 0);
    CHECK_STRING(text, "{\"boot\":\"6f1c2a9be07d\",\"h\":181,\"mono\":864001234567,\"obj\":{\"cls\":\"note\",\"enc\":\"e1_c\",\"file\":\"f1_a\",\"subj\":\"p1_b\"},"
                       "\"op\":\"read\",\"pol\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"res\":\"allow\","
                       "\"time\":\"2026-11-21T21:44:05.123456Z\",\"type\":\"open\",\"v\":1,\"who\":{\"auid\":1001,\"cg\":\"c1_xyz\",\"exe\":\"/usr/bin/python3.11\","
                       "\"gid\":1001,\"pid\":31337,\"pidns\":4026531836,\"ses\":42,\"start\":8640012,\"uid\":1001,\"user\":\"svc-indexer\"}}");
}

TEST(entry, close_names_its_open_and_counts_by_entity) {
    char text[ENTRY_LEN_MAX + 1];
    uint32_t counts[ENTITY_COUNT] = { [ENTITY_DATE] = 19, [ENTITY_MRN] = 3, [ENTITY_PATIENT] = 29, [ENTITY_ACCESSION] = 1, [ENTITY_ZIP] = 2 };
    struct event ev = { .type = EVENT_CLOSE, .handle = 181, .opened_at = 1234567, .bytes_served = 34136, .reads = 3, .counts = counts };
    CHECK_INT(encode(&ev, text), 0);
    CHECK_STRING(text, "{\"boot\":\"6f1c2a9be07d\",\"h\":181,\"mono\":864001234567,\"open\":1234567,\"out\":{\"bytes\":34136,\"reads\":3,\"red\":{\"accession\":1,"
                       "\"date\":19,\"mrn\":3,\"patient\":29,\"zip\":2}},\"res\":\"ok\",\"time\":\"2026-11-21T21:44:05.123456Z\",\"type\":\"close\",\"v\":1}");
}

TEST(entry, unset_login_is_null_and_a_second_uid_is_shown) {
    char text[ENTRY_LEN_MAX + 1];
    struct actor who = fixture_actor;
    who.auid = ACTOR_AUID_UNSET;
    who.process_uid = 7;
    who.exe[0] = '\0';
    memcpy(who.exe_token, "x1_q", 5);
    struct event ev = { .type = EVENT_LIST, .who = &who };
    CHECK_INT(encode(&ev, text), 0);
    CHECK(strstr(text, "\"auid\":null,") != NULL);
    CHECK(strstr(text, "\"puid\":7,") != NULL);
    CHECK(strstr(text, "\"exe\":\"x1_q\"") != NULL);
}

TEST(entry, what_no_entry_may_hold_is_refused) {
    char text[ENTRY_LEN_MAX + 1];
    struct event ev = { .type = EVENT_OPEN, .who = &fixture_actor };
    static const char *const bad[] = { "a\"b", "a\\b", "a\nb", "a\x7f", "\xc3\xa9" };
    for (size_t i = 0; i < array_count(bad); i++) {
        ev.object.format = bad[i];
        CHECK_INT(encode(&ev, text), -EINVAL);
    }
    ev.object.format = "text";
    ev.handle = ENTRY_INTEGER_MAX;
    CHECK_INT(encode(&ev, text), 0);
    ev.handle++;
    CHECK_INT(encode(&ev, text), -EINVAL);
    struct event nobody = { .type = EVENT_OPEN };
    CHECK_INT(encode(&nobody, text), -EINVAL); /* an open by nobody */
}

/* Every type with everything set: the writer leaves out what the type does not have, and the reader takes the rest. */
TEST(entry, every_type_is_read_back) {
    static const uint8_t digest[32] = { 1 };
    static const uint8_t inputs[2][32] = { { 2 }, { 3 } };
    static uint32_t counts[ENTITY_COUNT];
    for (size_t i = 0; i < ENTITY_COUNT; i++) counts[i] = (uint32_t) i + 1;
    struct event_log genesis = { .origin = "o", .stable_vkey = "s", .epoch_vkey = "e", .epoch_s = 60, .predecessor = digest };
    struct event_log key = { .epoch = 1, .epoch_vkey = "e" };
    struct event_digests digests = { digest, digest, digest, digest };
    struct event_range range = { .kind = "patient", .from = 1, .to = 2, .count = 3, .digest = digest };
    static const char encounters[2][EVENT_TOKEN_LEN_MAX] = { "e0_abcdefghijklmnopqrstuvwx", "e12_abcdefghijklmnopqrstuv27" };
    struct event_infer infer = { "svc", "m", "1", "dest", "none", digest, digest, inputs, 2, encounters, 2, "u0_abcdefghijklmnopqrstuvwx" };
    for (unsigned i = 0; i < EVENT_COUNT; i++) {
        struct event ev = {
            .type = (enum event_type) i, .who = &fixture_actor, .refusal = REFUSAL_POLICY, .has_policy = true, .claim = "safe-harbor", .handle = 5, .counts = counts,
            .has_view = true, .purpose = "TREAT", .ticket = "t1", .stop = true, .log = i == EVENT_GENESIS ? &genesis : &key, .digests = &digests, .infer = &infer,
            .range = &range, .object = { .file = "f", .subject = "p", .encounter = "e", .format = "text" }, .number = { 1, 2, 3, 4 },
        };
        char text[ENTRY_LEN_MAX + 1];
        struct entry e;
        CHECK_INT(encode(&ev, text), 0);
        CHECK_INT(entry_read(bytes_from_string(text), &e), 0);
        CHECK_INT(e.type, i);
        CHECK_INT(e.time_us, stamp.time_us);
        CHECK_INT(e.mono_us, stamp.mono_us);
    }
}

TEST(entry, a_step_of_the_clock_is_seen_in_both_directions) {
    struct entry_stamp a = stamp, b = stamp;
    b.mono_us += 5000000;
    b.time_us += 5000000;
    CHECK(!entry_clock_jumps(&a, &b));
    b.time_us += ENTRY_CLOCK_STEP_US;
    CHECK(!entry_clock_jumps(&a, &b));
    b.time_us += 1;
    CHECK(entry_clock_jumps(&a, &b));
    b.time_us -= 2 * ENTRY_CLOCK_STEP_US + 2;
    CHECK(entry_clock_jumps(&a, &b));
    b = a;
    b.mono_us -= 1;
    CHECK(entry_clock_jumps(&a, &b));
    memcpy(b.boot, "000000000000", 13); /* another boot: its BOOTTIME starts anew */
    b.mono_us = 0;
    CHECK(!entry_clock_jumps(&a, &b));
    b.time_us -= ENTRY_CLOCK_STEP_US + 1;
    CHECK(entry_clock_jumps(&a, &b));
}
