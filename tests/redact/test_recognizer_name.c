#include "redact/recognizer.h"

#include "tests/redact/bare_engine.h"

static const struct bare_word words[] = {
    { "zorin", FLAG_BIT(FLAG_GIVEN) }, { "quillan", FLAG_BIT(FLAG_SURNAME) }, { "van", FLAG_BIT(FLAG_PARTICLE) }, { "md", FLAG_BIT(FLAG_CREDENTIAL) },
    { "age", FLAG_BIT(FLAG_HEADER) }, { "dr", FLAG_BIT(FLAG_TITLE) }, { "the", FLAG_BIT(FLAG_STOP) },
};

static void check(const char *text, enum rule_parse mode, const char *expected, int line) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    struct span span = { 0, 0 };
    bare_engine_init(&b, "", words, array_count(words));
    struct scratch *s = bare_engine_scan(&b, bytes_from_string(text));
    bool found = recognizer_name_parse(&s->scan, b.engine.dictionary, 0, mode, &span);
    struct bytes got = found ? bytes_slice(bytes_from_string(text), span) : bytes_make(NULL, 0);
    if (!bytes_equal(got, bytes_from_string(expected))) harness_fail(__FILE__, line, "\"%s\" gives \"%.*s\"", text, (int) got.len, (const char *) got.ptr);
}

#define NAME_CASE(text, mode, expected) check(text, mode, expected, __LINE__)

TEST(recognizer_name, a_name_is_read_to_its_end) {
    NAME_CASE(": Zorin Quillan", PARSE_PERSON, "Zorin Quillan");
    NAME_CASE(" QUILLAN, ZORIN A. ", PARSE_PERSON, "QUILLAN, ZORIN A.");
    NAME_CASE(" Zorin van Quillan-Quillan seen", PARSE_PERSON, "Zorin van Quillan-Quillan");
    NAME_CASE(": Zorin Quillan, MD", PARSE_PERSON, "Zorin Quillan");
    NAME_CASE(": Zorin Quillan's wife", PARSE_PERSON, "Zorin Quillan");
    NAME_CASE(": Dr. Quillan", PARSE_PERSON, "Quillan");
}

TEST(recognizer_name, the_next_label_is_no_part_of_it) {
    NAME_CASE(": Zorin Quillan Age: 76", PARSE_PERSON, "Zorin Quillan");
    NAME_CASE(": Zorin Quillan    Sex: M", PARSE_PERSON, "Zorin Quillan");
}

TEST(recognizer_name, nothing_is_read_across_a_break) {
    NAME_CASE(":\n\nZorin", PARSE_PERSON, "");
    NAME_CASE(": 123 Zorin", PARSE_PERSON, "");
    NAME_CASE(" Zorin\n\nQuillan", PARSE_PERSON, "Zorin");
}

TEST(recognizer_name, single_reads_one_part) {
    NAME_CASE(" Zorin Quillan", PARSE_PERSON_SINGLE, "Zorin");
}

TEST(recognizer_name, a_name_before_a_credential_needs_no_list) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    static const char text[] = "Reviewed with Adaeze K. Xylor, MD today.";
    bare_engine_init(&b, "", words, array_count(words));
    struct scratch *s = bare_engine_scan(&b, bytes_from_string(text));
    REQUIRE(recognizer_name_run(s) == 0);
    REQUIRE(s->findings.count == 1);
    CHECK_BYTES(bytes_slice(bytes_from_string(text), s->findings.items[0].span), BYTES("Adaeze K. Xylor"));
    CHECK_INT(s->findings.items[0].entity, ENTITY_PROVIDER);
}
