#include "redact/extract.h"

#include <errno.h>

#include "tests/redact/bare_engine.h"

static const char rules[] = "column MRN = mrn\ncolumn PATIENT = name, patient last name\n";

static void check_fields(struct bytes csv, const char *expected, int line) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    _cleanup_(buf_release) struct buf got;
    struct extraction x;
    bare_engine_init(&b, rules, NULL, 0);
    buf_init(&got, 4096);
    REQUIRE(extract_csv(b.scratch, csv, &x) == 0);
    for (size_t i = 0; i < x.field_count; i++) {
        ignore(buf_append(&got, bytes_slice(x.text, x.fields[i].span))); /* sticky */
        ignore(buf_append_byte(&got, ';'));
    }
    if (!bytes_equal(buf_bytes(&got), bytes_from_string(expected))) harness_fail(__FILE__, line, "fields %.*s", (int) got.len, (const char *) got.ptr);
    CHECK_INT(x.runs[0].text.len, csv.len);
}

#define CSV_CASE(csv, expected) check_fields(BYTES(csv), expected, __LINE__)

TEST(extract_csv, columns_with_a_known_header_are_fields) {
    CSV_CASE("mrn,x,name\n1,2,Ann\n3,4,Bob\n", "1;Ann;3;Bob;");
    CSV_CASE("MRN\tPATIENT_LAST_NAME\n 1 \tLee\n", "1;Lee;");
    CSV_CASE("x;\"MRN\"\r\n1;\"2\"\r\n3;4\r\n", "2;4;");
}

TEST(extract_csv, quotes_hold_delimiters_and_line_ends) {
    CSV_CASE("mrn,name\n1,\"Lee, Ann\"\n2,\"Roe \"\"Jo\"\" X\"\n3,\"a\nb\"\n", "1;Lee, Ann;2;Roe \"\"Jo\"\" X;3;a\nb;");
}

TEST(extract_csv, rows_of_other_lengths_do_no_harm) {
    CSV_CASE("mrn,name\n1,Ann\n2,Bob\n3\n4,Cy,5,6\n,\n", "1;Ann;2;Bob;3;4;Cy;");
    CSV_CASE("mrn,name\n1,\"open\n2,x\n", "1;open\n2,x\n;");
}

TEST(extract_csv, recognizers_see_cells_apart) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    struct extraction x;
    bare_engine_init(&b, rules, NULL, 0);
    REQUIRE(extract_csv(b.scratch, BYTES("a,b\n\"x \"\"y\"\"\",z\n"), &x) == 0);
    CHECK_BYTES(x.runs[0].text, BYTES("a\fb\f\fx \" y\" \f\fz\f"));
}

TEST(extract_csv, the_delimiter_is_the_one_the_rows_agree_on) {
    CHECK_INT(extract_csv_delimiter(BYTES("a,b;c\nd,e;f\n")), ',');
    CHECK_INT(extract_csv_delimiter(BYTES("a;b;c\nd,1;e;f\n")), ';');
    CHECK_INT(extract_csv_delimiter(BYTES("a\tb\n1\t2\n")), '\t');
    CHECK_INT(extract_csv_delimiter(BYTES("Dear Ann,\nthank you, and, well\n")), 0);
    CHECK_INT(extract_csv_delimiter(BYTES("one line, only\n")), 0);
    CHECK_INT(extract_csv_delimiter(BYTES("")), 0);
}
