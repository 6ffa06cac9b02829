#include "audit/query.h"

#include "tests/audit/fixture.h"

static const struct entry_stamp stamp = { .time_us = UINT64_C(1795297445123456), .mono_us = 5, .boot = "6f1c2a9be07d" };
static uint8_t raw[ENTRY_LEN_MAX];

static struct entry entry_of(enum event_type type) {
    struct event ev = fixture_event(type);
    struct entry e;
    size_t len = 0;
    must(entry_encode(&ev, &stamp, raw, &len) == 0 && entry_read(bytes_make(raw, len), &e) == 0);
    return e;
}

TEST(query, no_condition_matches_everything) {
    struct query q = { 0 };
    struct entry e = entry_of(EVENT_CLOSE);
    CHECK(query_matches(&q, &e));
}

TEST(query, each_condition_holds_or_not) {
    static char tokens[2][EVENT_TOKEN_LEN_MAX] = { "p9_none", "p1_abcdefghijklmnopqrstuvwx" };
    const struct {
        struct query q;
        bool matches;
    } cases[] = {
        { { .user = "svc-indexer" }, true },
        { { .user = "svc" }, false },
        { { .uid = "1001" }, true },
        { { .uid = "100" }, false },
        { { .exe = "/usr/bin/python3.11" }, true },
        { { .exe = "/usr/bin/python3" }, false },
        { { .file = "f1_abcdefghijklmnopqrstuvwx" }, true },
        { { .container = "c1_abc" }, true },
        { { .container = "c1_abd" }, false },
        { { .policy = "6f6f6f6f" }, true },
        { { .policy = "6f6f6f60" }, false },
        { { .result = "allow" }, true },
        { { .result = "deny" }, false },
        { { .types = UINT32_C(1) << EVENT_OPEN }, true },
        { { .types = UINT32_C(1) << EVENT_DENY }, false },
        { { .subjects = tokens, .subject_count = 2 }, true },
        { { .subjects = tokens, .subject_count = 1 }, false },
        { { .from_us = UINT64_C(1795297445123456) }, true },
        { { .from_us = UINT64_C(1795297445123457) }, false },
        { { .to_us = UINT64_C(1795297445123457) }, true },
        { { .to_us = UINT64_C(1795297445123456) }, false },
        { { .user = "svc-indexer", .result = "deny" }, false },
    };
    struct entry e = entry_of(EVENT_OPEN);
    for (size_t i = 0; i < array_count(cases); i++) {
        if (query_matches(&cases[i].q, &e) != cases[i].matches) harness_fail(__FILE__, __LINE__, "case %zu", i);
    }
    struct query q = { .user = "svc-indexer" };
    e = entry_of(EVENT_CLOSE); /* it names nobody */
    CHECK(!query_matches(&q, &e));
}
