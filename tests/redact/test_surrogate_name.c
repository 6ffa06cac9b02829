#include "redact/surrogate.h"
#include "tests/harness.h"

static void check_dress(const char *surface, const char *expected) {
    struct arena arena;
    struct bytes out = { NULL, 0 };
    arena_init(&arena, 1 << 20);
    REQUIRE(surrogate_name_dress(BYTES("Karen Lopez"), bytes_from_string(surface), BYTES("john q smith"), &arena, &out) == 0);
    CHECK_BYTES(out, bytes_from_string(expected));
    arena_release(&arena);
}

TEST(surrogate_name, a_stand_in_wears_the_dress_of_the_name) {
    check_dress("John Q. Smith", "Karen Lopez");
    check_dress("SMITH, JOHN", "LOPEZ, KAREN");
    check_dress("Smith, John Q", "Lopez, Karen");
    check_dress("Smith", "Lopez");
    check_dress("John", "Karen");
    check_dress("JOHN", "KAREN");
    check_dress("john smith", "karen lopez");
}
