#include "audit/report.h"

#include "conf/base/io.h"
#include "tests/audit/fixture.h"

static uint8_t raw[ENTRY_LEN_MAX];

static void add(struct report *r, struct event *ev, uint64_t index, uint64_t time_us) {
    const struct entry_stamp stamp = { .time_us = time_us, .mono_us = 5, .boot = "6f1c2a9be07d" };
    struct entry e;
    size_t len = 0;
    must(entry_encode(ev, &stamp, raw, &len) == 0 && entry_read(bytes_make(raw, len), &e) == 0);
    report_add(r, index, &e);
}

/* 2026-11-24, a Tuesday, 10:00 UTC. */
#define TUESDAY UINT64_C(1795514400000000)

TEST(report, users_patients_redactions_and_denials_are_counted) {
    _cleanup_(report_freep) struct report *r = NULL;
    REQUIRE(report_new(&r) == 0);
    uint32_t counts[ENTITY_COUNT] = { [ENTITY_DATE] = 3, [ENTITY_PATIENT] = 2 };
    struct event open = fixture_event(EVENT_OPEN), deny = fixture_event(EVENT_DENY);
    open.counts = counts;
    for (uint64_t i = 0; i < 200; i++) {
        must(snprintf(open.object.subject, sizeof(open.object.subject), "p1_%llu", (unsigned long long) (i % 60)) > 0);
        add(r, &open, i, TUESDAY + i * 1000000);
    }
    add(r, &deny, 200, TUESDAY + 86400 * UINT64_C(1000000));
    struct report_view v;
    report_view(r, &v);
    REQUIRE(v.user_count == 1);
    CHECK_INT(v.users[0].opens, 200);
    CHECK_INT(v.users[0].patients, 60);
    CHECK_INT(v.users[0].patients_hour_max, 60);
    CHECK_INT(v.users[0].denials, 1);
    CHECK_INT(v.users[0].off_hours, 0);
    CHECK_INT(v.redactions[ENTITY_DATE], 600);
    CHECK_INT(v.redactions[ENTITY_PATIENT], 400);
    CHECK_INT(v.refusals[REFUSAL_POLICY], 1);
    uint64_t opens = 0;
    for (size_t i = 0; i < REPORT_BUCKETS; i++) opens += v.opens[i];
    CHECK_INT(opens, 200); /* buckets were joined until a day fits */
}

TEST(report, night_and_weekend_are_off_hours) {
    _cleanup_(report_freep) struct report *r = NULL;
    REQUIRE(report_new(&r) == 0);
    struct event open = fixture_event(EVENT_OPEN);
    add(r, &open, 0, TUESDAY - 5 * UINT64_C(3600000000));       /* 05:00 */
    add(r, &open, 1, TUESDAY + 10 * UINT64_C(3600000000));      /* 20:00 */
    add(r, &open, 2, TUESDAY + 4 * 24 * UINT64_C(3600000000));  /* Saturday */
    add(r, &open, 3, TUESDAY + 3 * 24 * UINT64_C(3600000000));  /* Friday */
    struct report_view v;
    report_view(r, &v);
    CHECK_INT(v.users[0].off_hours, 3);
}

TEST(report, inferences_sessions_and_readings_are_told_by_kind) {
    _cleanup_(report_freep) struct report *r = NULL;
    REQUIRE(report_new(&r) == 0);
    struct actor bound = fixture_actor;
    memcpy(bound.bound, "alice", 6);
    struct event_infer infer = { .service = "rag", .model = "m", .version = "1", .destination = "cloud", .override = "edited" };
    struct event call = { .type = EVENT_INFER, .who = &bound, .infer = &infer };
    struct event begun = { .type = EVENT_SESSION, .who = &bound, .handle = 1, .purpose = "HRESCH", .ticket = "t0_x" }, ended = begun;
    struct event_range range = { .kind = "patient", .to = 9 };
    struct event reading = { .type = EVENT_QUERY, .who = &fixture_actor, .range = &range };
    ended.stop = true;
    add(r, &begun, 0, TUESDAY);
    for (uint64_t i = 1; i < 4; i++) add(r, &call, i, TUESDAY);
    add(r, &ended, 4, TUESDAY);
    add(r, &reading, 5, TUESDAY);
    add(r, &reading, 6, TUESDAY);
    struct report_view v;
    report_view(r, &v);
    CHECK_INT(v.inferences, 3);
    REQUIRE(v.calls->count == 1 && v.sessions->count == 1 && v.readings->count == 1 && v.user_count == 2);
    CHECK_STRING(v.calls->items[0].name, "rag, m@1 to cloud, override edited");
    CHECK_INT(v.calls->items[0].count, 3);
    CHECK_STRING(v.sessions->items[0].name, "alice (as svc-indexer), HRESCH");
    CHECK_INT(v.sessions->items[0].count, 1);
    CHECK_STRING(v.readings->items[0].name, "svc-indexer, query patient");
    CHECK_INT(v.readings->items[0].count, 2);
    CHECK_STRING(v.users[0].name, "alice (as svc-indexer)");
    for (uint64_t i = 0; i < REPORT_TALLIES_MAX + 5; i++) {
        char kind[16];
        must(snprintf(kind, sizeof(kind), "k%llu", (unsigned long long) i) > 0);
        range.kind = kind;
        add(r, &reading, 7 + i, TUESDAY);
    }
    report_view(r, &v);
    CHECK_INT(v.readings->count, REPORT_TALLIES_MAX);
    CHECK_INT(v.readings->others, 6);
}

TEST(report, the_page_fetches_nothing_and_names_the_verdict) {
    _cleanup_(report_freep) struct report *r = NULL;
    REQUIRE(report_new(&r) == 0);
    struct event open = fixture_event(EVENT_OPEN);
    add(r, &open, 0, TUESDAY);
    static struct verify_report v = { .verdict = VERIFY_TAMPERED, .finding_count = 1, .found = { 1 }, .finding = { { VERIFY_BAD, "<script>x</script>" } }, .origin = "o", .size = 1 };
    struct buf out;
    buf_init(&out, 1 << 20);
    CHECK_INT(report_write(r, &v, &out), 0);
    CHECK_INT(buf_append_byte(&out, 0), 0);
    const char *page = (const char *) out.ptr;
    CHECK(strstr(page, "Tampered or damaged") != NULL);
    CHECK(strstr(page, "<script") == NULL);
    CHECK(strstr(page, "http://") == NULL && strstr(page, "https://") == NULL && strstr(page, "src=") == NULL);
    CHECK(strstr(page, "svc-indexer") != NULL);
    buf_release(&out);
}
