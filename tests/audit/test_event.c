#include "audit/event.h"

#include "tests/harness.h"

TEST(event, every_type_has_a_name_that_finds_it) {
    for (unsigned i = 0; i < EVENT_COUNT; i++) {
        enum event_type t = EVENT_GENESIS;
        const char *name = event_name((enum event_type) i);
        CHECK(name != NULL && name[0] != '\0');
        CHECK(event_from_name(bytes_from_string(name), &t));
        CHECK_INT(t, i);
    }
}

TEST(event, other_words_are_no_types) {
    enum event_type t = EVENT_BEAT;
    CHECK(!event_from_name(BYTES("opens"), &t));
    CHECK(!event_from_name(BYTES("ope"), &t));
    CHECK(!event_from_name(BYTES("OPEN"), &t));
    CHECK(!event_from_name(BYTES(""), &t));
    CHECK_INT(t, EVENT_BEAT);
}
