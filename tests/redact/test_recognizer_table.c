#include "redact/recognizer.h"

#include "tests/harness.h"

static const char rules[] = "column MRN = zmrn, z number\ncolumn PATIENT = zlast\ncolumn DATE = zdob\n";

static void check(struct bytes text, const char *expected, int line) {
    _cleanup_(engine_freep) struct engine *engine = NULL;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    _cleanup_(buf_release) struct buf got;
    buf_init(&got, 4096);
    struct engine_options options = { .profile = &profile, .site_rules = bytes_from_string(rules), .site_rules_path = "test", .document_len_max = 1 << 20 };
    if (engine_new(&options, &engine, &p) < 0) harness_fail(__FILE__, line, "%s", p.text);
    REQUIRE(engine != NULL && scratch_new(engine, &s) == 0);
    scratch_begin(s);
    REQUIRE(recognizer_table_run(s, text) == 0);
    for (size_t i = 0; i < s->findings.count; i++) {
        ignore(buf_append_printf(&got, "%s=", entity_name(s->findings.items[i].entity))); /* sticky */
        ignore(buf_append(&got, bytes_slice(text, s->findings.items[i].span)));
        ignore(buf_append_byte(&got, ';'));
    }
    if (!bytes_equal(buf_bytes(&got), bytes_from_string(expected))) harness_fail(__FILE__, line, "got %.*s", (int) got.len, (const char *) got.ptr);
}

#define TABLE_CASE(text, expected) check(BYTES(text), expected, __LINE__)

TEST(recognizer_table, cells_are_what_their_header_names) {
    TABLE_CASE("zMRN        ZLAST     Room\n709314   GOUDREAU     412-B\n709315   O'NEIL   4\n", "MRN=709314;PATIENT=GOUDREAU;MRN=709315;PATIENT=O'NEIL;");
    TABLE_CASE("Weight\tZ Number\n182 lb\t44\n", "MRN=44;");
    TABLE_CASE("| ZLast | Zdob |\n|---|:--|\n| Ann Lee | 3/4 |\n", "PATIENT=Ann Lee;DATE=3/4;");
}

TEST(recognizer_table, a_table_ends_where_its_rows_do) {
    TABLE_CASE("ZMRN  ZLAST\n12  Ann\n\n13  Bob\n", "MRN=12;PATIENT=Ann;");
    TABLE_CASE("ZMRN  ZLAST\n12  Ann\nThe end of it.\n13  Bob\n", "MRN=12;PATIENT=Ann;");
    TABLE_CASE("ZMRN  ZLAST\n12  Ann  more\n", "");
}

TEST(recognizer_table, prose_and_labels_are_no_tables) {
    TABLE_CASE("ZMRN: 12  ZLAST: Ann\n13  Bob\n", "");
    TABLE_CASE("ZMRN\n12\n", "");
    TABLE_CASE("A long sentence that merely speaks of a zmrn in it.  zlast\n12  Ann\n", "");
    TABLE_CASE("ZMRN  ZLAST\n--  ---\n-  99\n", "");
}
