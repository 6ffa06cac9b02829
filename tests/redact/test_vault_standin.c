#include <signal.h>

#include "tests/redact/workbench.h"

static struct vault_standin item(const char *normal, const char *text) {
    struct vault_standin s = { .entity = ENTITY_PATIENT, .normal = bytes_from_string(normal), .text_len = strlen(text) };
    memcpy(s.text, text, s.text_len);
    return s;
}

TEST(vault_standin, the_first_that_was_kept_stands) {
    struct workbench b = { 0 };
    workbench_open(&b, "safe-harbor", "rag");
    struct vault_standin first[] = { item("john smith", "Karen Lopez"), item("jane roe", "Amy Reed") };
    REQUIRE(vault_stand_in(b.vault, first, 2) == 0);
    CHECK_BYTES(bytes_make(first[0].text, first[0].text_len), BYTES("Karen Lopez"));
    struct vault_standin again[] = { item("jane roe", "Somebody Else"), item("new one", "Paul Kim") };
    again[0].entity = ENTITY_PROVIDER; /* a person's stand-in is the same in every role */
    REQUIRE(vault_stand_in(b.vault, again, 2) == 0);
    CHECK_BYTES(bytes_make(again[0].text, again[0].text_len), BYTES("Amy Reed"));
    CHECK_BYTES(bytes_make(again[1].text, again[1].text_len), BYTES("Paul Kim"));
    workbench_close(&b);
    workbench_open(&b, "safe-harbor", "rag");
    struct vault_standin later = item("john smith", "X Y");
    REQUIRE(vault_stand_in(b.vault, &later, 1) == 0);
    CHECK_BYTES(bytes_make(later.text, later.text_len), BYTES("Karen Lopez"));
    workbench_close(&b);
}

TEST(vault_standin, a_lost_keeper_gives_none) {
    struct workbench b = { 0 };
    workbench_open(&b, "safe-harbor", "rag");
    kill(keeper_pid(b.keeper), SIGKILL);
    struct vault_standin one = item("john smith", "Karen Lopez");
    CHECK(vault_stand_in(b.vault, &one, 1) < 0);
    workbench_close(&b);
}
