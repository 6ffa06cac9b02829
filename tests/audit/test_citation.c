#include "audit/citation.h"

#include "tests/audit/fixture.h"

static const struct entry_stamp stamp = { .time_us = UINT64_C(1795297445123456), .mono_us = 5, .boot = "6f1c2a9be07d" };
static uint8_t raw[ENTRY_LEN_MAX];

static struct entry read_back(const struct event *ev) {
    struct entry e;
    size_t len = 0;
    must(entry_encode(ev, &stamp, raw, &len) == 0 && entry_read(bytes_make(raw, len), &e) == 0);
    return e;
}

static void view_of(uint32_t n, uint8_t out[32]) {
    memset(out, 0x5a, 32);
    bytes_store_be32(out + 8, n * 2654435761u); /* within the bytes that are compared, apart from where they are put */
    bytes_store_be32(out, n * 40503u);
}

static bool is_orphan(const struct citations *c, uint32_t n, const char *ticket) {
    struct event ev = fixture_event(EVENT_OPEN);
    view_of(n, ev.view_digest);
    ev.ticket = ticket;
    ev.purpose = ticket ? "HOPERAT" : NULL;
    struct entry e = read_back(&ev);
    CHECK(citation_has(c, &e) == (!ticket && !citation_is_orphan(c, &e))); /* a ticket accounts for a view that none cites here */
    return citation_is_orphan(c, &e);
}

TEST(citation, a_view_is_an_orphan_until_an_inference_or_a_ticket_accounts_for_it) {
    struct citations *c = NULL;
    static uint8_t inputs[EVENT_INPUTS_MAX][32];
    REQUIRE(citations_new(&c) == 0);
    CHECK(is_orphan(c, 1, NULL) && !is_orphan(c, 1, "t0_abc"));
    enum { CALLS = 2000 }; /* the table grows several times */
    for (uint32_t call = 0; call < CALLS; call++) {
        for (uint32_t i = 0; i < EVENT_INPUTS_MAX; i++) view_of(1 + call * EVENT_INPUTS_MAX + i, inputs[i]);
        struct event_infer infer = { .service = "s", .model = "m", .override = "none", .inputs = (const uint8_t (*)[32]) inputs, .input_count = EVENT_INPUTS_MAX };
        struct event ev = { .type = EVENT_INFER, .who = &fixture_actor, .infer = &infer };
        struct entry e = read_back(&ev);
        REQUIRE(citation_add(c, &e) == 0 && citation_add(c, &e) == 0);
    }
    CHECK_INT(citation_count(c), CALLS * EVENT_INPUTS_MAX);
    for (uint32_t n = 1; n <= CALLS * EVENT_INPUTS_MAX; n += 7) CHECK(!is_orphan(c, n, NULL));
    CHECK(is_orphan(c, CALLS * EVENT_INPUTS_MAX + 1, NULL));
    citations_free(c);
}

TEST(citation, only_opens_of_views_are_orphans) {
    struct citations *c = NULL;
    REQUIRE(citations_new(&c) == 0);
    struct event ev = fixture_event(EVENT_LIST), none = fixture_event(EVENT_OPEN);
    struct entry e = read_back(&ev);
    CHECK(!citation_is_orphan(c, &e));
    none.has_view = false;
    e = read_back(&none);
    CHECK(!citation_is_orphan(c, &e));
    struct event_infer infer = { .service = "s", .model = "m", .override = "none" };
    struct event empty = { .type = EVENT_INFER, .who = &fixture_actor, .infer = &infer };
    e = read_back(&empty);
    CHECK_INT(citation_add(c, &e), 0);
    CHECK_INT(citation_count(c), 0);
    citations_free(c);
}
