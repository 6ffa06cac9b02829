#include "conf/entity.h"
#include "tests/harness.h"

TEST(entity, every_name_is_found_again) {
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        enum entity back = ENTITY_OTHER_ID;
        const char *name = entity_name((enum entity) i);
        REQUIRE(name != NULL);
        CHECK(strlen(name) <= ENTITY_NAME_LEN_MAX);
        CHECK(entity_from_name(bytes_from_string(name), &back));
        CHECK_INT(back, i);
    }
}

TEST(entity, unknown_and_lower_case_names_are_refused) {
    enum entity e = ENTITY_ZIP;
    CHECK(!entity_from_name(BYTES("patient"), &e));
    CHECK(!entity_from_name(BYTES(""), &e));
    CHECK_INT(e, ENTITY_ZIP);
}

TEST(entity, every_clause_of_the_rule_has_an_entity) {
    for (char clause = 'A'; clause <= 'R'; clause++) {
        bool found = false;
        for (unsigned i = 0; i < ENTITY_COUNT; i++) found |= entity_clause((enum entity) i) == clause;
        CHECK(found);
    }
}
