#include "redact/normalize.h"

#include "tests/harness.h"

static struct arena arena;

static struct bytes normal(enum entity e, const char *surface) {
    struct bytes out = { NULL, 0 };
    REQUIRE(normalize_value(e, bytes_from_string(surface), &arena, &out) == 0);
    return out;
}

static void same(enum entity e, const char *a, const char *b) {
    arena_init(&arena, 1 << 20);
    CHECK_BYTES(normal(e, a), normal(e, b));
    arena_release(&arena);
}

static void differ(enum entity e, const char *a, const char *b) {
    arena_init(&arena, 1 << 20);
    if (bytes_equal(normal(e, a), normal(e, b))) harness_fail(__FILE__, __LINE__, "\"%s\" and \"%s\" became one value", a, b);
    arena_release(&arena);
}

TEST(normalize, a_phone_in_many_spellings_is_one_phone) {
    same(ENTITY_PHONE, "(617) 555-0123", "617.555.0123");
    same(ENTITY_PHONE, "+1 617 555 0123", "6175550123");
    same(ENTITY_PHONE, "six one seven five five five oh one two three", "617-555-0123");
    same(ENTITY_PHONE, "617-555-0123 ext. 45", "(617)555-0123 x45");
    differ(ENTITY_PHONE, "617-555-0123 x45", "617-555-0123");
    differ(ENTITY_PHONE, "617-555-0123", "617-555-0124");
}

TEST(normalize, case_spacing_and_punctuation_make_no_other_value) {
    same(ENTITY_STREET, "12 Main Street, Apt. 4", "12 MAIN ST APT 4");
    same(ENTITY_CITY, "St. Louis", "Saint  Louis");
    same(ENTITY_FACILITY, "Mercy Hospital", "MERCY HOSPITAL");
    same(ENTITY_EMAIL, "Jane.Doe@Example.org", "mailto:jane.doe@example.org");
    same(ENTITY_MRN, "AB-00 482913", "ab00482913");
    differ(ENTITY_MRN, "00482913", "482913");
    differ(ENTITY_UID, "1.23.4", "12.3.4");
    differ(ENTITY_STREET, "12 Main St", "13 Main St");
}

TEST(normalize, unicode_composition_and_width_make_no_other_value) {
    same(ENTITY_CITY, "Jos\xc3\xa9", "Jose\xcc\x81");
    same(ENTITY_CITY, "\xef\xbc\xac\xef\xbc\xa1", "LA");
    differ(ENTITY_CITY, "Jos\xc3\xa9", "Jose");
}

TEST(normalize, bytes_that_are_no_text_stand_for_themselves) {
    same(ENTITY_CITY, "\xff\xfe", "\xff\xfe");
    differ(ENTITY_CITY, "\xff\xfe", "\xff\xfd");
    differ(ENTITY_PHONE, "---", "...");
    differ(ENTITY_MRN, "", "-");
}

TEST(normalize, a_full_arena_is_an_error_and_no_crash) {
    struct bytes out;
    arena_init(&arena, 16);
    CHECK(normalize_value(ENTITY_CITY, BYTES("Boston"), &arena, &out) < 0);
    arena_release(&arena);
}
