#include "conf/purpose.h"

#include "tests/harness.h"

TEST(purpose, only_the_listed_codes_are_purposes) {
    size_t count = 0;
    for (const char *code; (code = purpose_at(count)) != NULL; count++) {
        char copy[16];
        (void) snprintf(copy, sizeof(copy), "%s", code);
        CHECK(purpose_find(copy) == code);
        CHECK(strstr(PURPOSE_WORDS, code) != NULL);
    }
    CHECK_INT(count, 7);
    CHECK(purpose_find("treat") == NULL && purpose_find("") == NULL && purpose_find("TREAT ") == NULL);
}
