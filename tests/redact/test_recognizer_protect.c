#include "redact/recognizer.h"

#include <stdlib.h>

#include "tests/redact/bare_engine.h"

static const struct bare_word words[] = {
    { "zark", FLAG_BIT(FLAG_EPONYM) }, { "mool", FLAG_BIT(FLAG_EPONYM) }, { "disease", FLAG_BIT(FLAG_EPONYM_HEAD) }, { "blue quib tube", FLAG_BIT(FLAG_PROTECT) },
    { "plim", FLAG_BIT(FLAG_PROTECT) },
};

static void check(const char *text, const char *dropped, int line) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", words, array_count(words));
    struct scratch *s = bare_engine_scan(&b, bytes_from_string(text));
    REQUIRE(recognizer_protect_run(s) == 0);
    struct bytes got = s->drops.count > 0 ? bytes_slice(bytes_from_string(text), s->drops.items[0].span) : bytes_make(NULL, 0);
    if (!bytes_equal(got, bytes_from_string(dropped))) harness_fail(__FILE__, line, "\"%s\" drops \"%.*s\"", text, (int) got.len, (const char *) got.ptr);
}

#define PROTECT_CASE(text, dropped) check(text, dropped, __LINE__)

TEST(recognizer_protect, an_eponym_before_its_head_is_protected) {
    PROTECT_CASE("has Zark disease now", "Zark disease");
    PROTECT_CASE("has Zark's disease", "Zark's disease");
    PROTECT_CASE("Zark-Mool disease", "Zark-Mool disease");
}

TEST(recognizer_protect, an_eponym_alone_is_not) {
    PROTECT_CASE("Dr. Zark came", "");
    PROTECT_CASE("Zark. disease", "");
    PROTECT_CASE("Zark\n\ndisease", "");
    PROTECT_CASE("Zark, disease", "");
}

TEST(recognizer_protect, listed_phrases_and_words_are_protected) {
    PROTECT_CASE("a Blue Quib tube was", "Blue Quib tube");
    PROTECT_CASE("a Plim was", "Plim");
}

TEST(recognizer_protect, a_run_too_long_to_be_text_is_found) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", words, array_count(words));
    uint8_t *text = malloc(5000);
    REQUIRE(text != NULL);
    memset(text, 'q', 5000);
    struct scratch *s = bare_engine_scan(&b, bytes_make(text, 5000));
    REQUIRE(recognizer_protect_run(s) == 0);
    CHECK_INT(s->findings.count, 1);
    s = bare_engine_scan(&b, bytes_make(text, 60));
    REQUIRE(recognizer_protect_run(s) == 0);
    CHECK_INT(s->findings.count, 0);
    free(text);
}
