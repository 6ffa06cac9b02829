#include "redact/number_run.h"

#include <stdio.h>

#include "tests/redact/bare_engine.h"

/* The normal forms' lengths and last words met from word i on: "4@1 8@2 ". */
static const char *forms(const char *text, uint32_t i, size_t least) {
    static char out[512];
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", NULL, 0);
    struct scratch *s = bare_engine_scan(&b, bytes_from_string(text));
    struct number_run n;
    size_t len = 0;
    out[0] = '\0';
    REQUIRE(number_run_may_begin(&s->scan, i));
    number_run_begin(&n, &s->scan, i);
    while (number_run_next(&n, least)) {
        uint8_t form[ROSTER_NUMBER_LEN_MAX], shape;
        struct bytes whole = bytes_make((const uint8_t *) text + scan_span(&s->scan, i).begin, scan_span(&s->scan, n.last).end - scan_span(&s->scan, i).begin);
        size_t form_len = roster_normal_number(whole, form);
        CHECK_INT(n.len, form_len);
        CHECK(n.hash == word_hash(form, form_len, form_len, &shape)); /* the roster's own normal form */
        len += (size_t) snprintf(out + len, sizeof(out) - len, "%zu@%u ", n.len, n.last);
    }
    return out;
}

TEST(number_run, groups_join_into_the_number_they_are) {
    CHECK_STRING(forms("(555) 201-3344 and", 0, 7), "10@2 ");
    CHECK_STRING(forms("1-555-201-3344.", 0, 10), "10@3 ");
    CHECK_STRING(forms("00482913", 0, 4), "6@0 ");
    CHECK_STRING(forms("AB-0048-2913, 7", 0, 6), "6@1 10@2 ");
}

TEST(number_run, sentences_and_lists_part_numbers) {
    CHECK_STRING(forms("1234, 5678", 0, 4), "4@0 ");
    CHECK_STRING(forms("1234. 5678", 0, 4), "4@0 ");
    CHECK_STRING(forms("1234: 5678", 0, 4), "4@0 ");
    CHECK_STRING(forms("1234 mg 5678", 0, 4), "4@0 ");
}

TEST(number_run, a_run_without_end_stops) {
    CHECK_STRING(forms("1 2 3 4 5 6 7 8 9 0 1 2", 0, 1), "1@0 2@1 3@2 4@3 5@4 6@5 7@6 8@7 ");
    CHECK_STRING(forms("123456789012345678901234567890", 0, 1), "");
}
