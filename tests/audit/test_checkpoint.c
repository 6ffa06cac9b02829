#include "audit/checkpoint.h"

#include <errno.h>

#include "tests/harness.h"

TEST(checkpoint, is_read_back_to_the_byte) {
    struct checkpoint c = { .origin = "example.org/log", .size = 20852163 }, again;
    memset(c.root.raw, 0xab, sizeof(c.root.raw));
    struct buf text;
    buf_init(&text, CHECKPOINT_TEXT_LEN_MAX);
    CHECK_INT(checkpoint_format(&c, &text), 0);
    CHECK_BYTES(buf_bytes(&text), BYTES("example.org/log\n20852163\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n"));
    CHECK_INT(checkpoint_parse(buf_bytes(&text), &again), 0);
    CHECK_STRING(again.origin, c.origin);
    CHECK_INT(again.size, c.size);
    CHECK(merkle_equal(&again.root, &c.root));
    buf_release(&text);
}

TEST(checkpoint, other_forms_are_refused) {
    static const char *const bad[] = {
        "", "o\n1\n", "o\n01\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n", "o\n-1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n",
        "\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n", "o\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=", "o\n1\nq6urq6s=\n",
        "o\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\nextension\n", "o\n1\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6t=\n",
        "o\n18446744073709551616\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n",
    };
    for (size_t i = 0; i < array_count(bad); i++) {
        struct checkpoint c;
        if (checkpoint_parse(bytes_from_string(bad[i]), &c) != -EBADMSG) harness_fail(__FILE__, __LINE__, "taken: %zu", i);
    }
}
