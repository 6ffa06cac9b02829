#include "fs/quota.h"

#include "tests/harness.h"

static bool take(struct quota *q, const struct conf *limits, struct quota_claim claim) {
    return quota_take(q, limits, &claim);
}

TEST(quota, a_user_gets_so_much_an_hour_and_then_no_more_until_the_next) {
    static struct conf limits;
    struct quota *q = NULL;
    REQUIRE(quota_new(&q) == 0);
    limits = (struct conf) { .opens_per_hour = 2, .bytes_per_hour = 100, .folders_per_hour = 1 };
    CHECK(take(q, &limits, (struct quota_claim) { .hour = 7, .uid = 5, .opens = 1, .bytes = 60 }));
    CHECK(!take(q, &limits, (struct quota_claim) { .hour = 7, .uid = 5, .opens = 1, .bytes = 41 }));
    CHECK(take(q, &limits, (struct quota_claim) { .hour = 7, .uid = 5, .opens = 1, .bytes = 40 })); /* what was refused was not taken */
    CHECK(!take(q, &limits, (struct quota_claim) { .hour = 7, .uid = 5, .opens = 1 }));
    CHECK(take(q, &limits, (struct quota_claim) { .hour = 7, .uid = 5, .folders = 1 }));
    CHECK(!take(q, &limits, (struct quota_claim) { .hour = 7, .uid = 5, .folders = 1 }));
    CHECK(take(q, &limits, (struct quota_claim) { .hour = 7, .uid = 6, .opens = 1, .bytes = 100 }));
    CHECK(take(q, &limits, (struct quota_claim) { .hour = 8, .uid = 5, .opens = 1, .bytes = 100 }));
    CHECK(!take(q, &limits, (struct quota_claim) { .hour = 8, .uid = 5, .opens = 1, .bytes = UINT64_MAX }));
    limits.bytes_per_hour = 10; /* a reload that tightens holds for this hour, too */
    CHECK(!take(q, &limits, (struct quota_claim) { .hour = 8, .uid = 5, .opens = 1, .bytes = 1 }));
    limits = (struct conf) { .opens_per_hour = 0 };
    CHECK(take(q, &limits, (struct quota_claim) { .hour = 8, .uid = 5, .opens = 1, .bytes = UINT64_MAX }));
    quota_free(q);
}
