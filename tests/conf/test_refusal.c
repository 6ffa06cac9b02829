#include "conf/refusal.h"

#include <string.h>

#include "tests/harness.h"

TEST(refusal, every_reason_has_a_word_of_its_own_and_a_sentence) {
    for (unsigned i = 0; i < REFUSAL_COUNT; i++) {
        const char *name = refusal_name((enum refusal) i), *help = refusal_help((enum refusal) i);
        CHECK(name && name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz-") == strlen(name));
        CHECK(help && help[0] != '\0' && help[strlen(help) - 1] == '.');
        for (unsigned j = 0; j < i; j++) CHECK(strcmp(name, refusal_name((enum refusal) j)) != 0);
    }
}
