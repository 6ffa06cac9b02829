#include "redact/vault_codes.h"

#include "tests/harness.h"

TEST(vault_codes, a_code_and_its_neighbours_are_near) {
    struct vault_codes c;
    struct token t, far;
    char near[TOKEN_NEIGHBOUR_COUNT_MAX][TOKEN_CODE_LEN];
    REQUIRE(vault_codes_init(&c) == 0);
    token_random(ENTITY_PATIENT, &t);
    CHECK(!vault_codes_is_near(&c, t.code));
    vault_codes_add(&c, t.code);
    vault_codes_add(&c, t.code);
    CHECK_INT(c.count, 1);
    CHECK(vault_codes_is_near(&c, t.code));
    size_t count = token_neighbours(t.code, near);
    for (size_t i = 0; i < count; i++) CHECK(vault_codes_is_near(&c, near[i]));
    bool differs;
    do {
        token_random(ENTITY_PATIENT, &far);
        differs = true; /* in every place, and no letter moved by one */
        for (int i = 0; i < TOKEN_CODE_LEN; i++) differs = differs && strchr(t.code, far.code[i]) == NULL;
    } while (!differs);
    CHECK(!vault_codes_is_near(&c, far.code));
    vault_codes_release(&c);
}
