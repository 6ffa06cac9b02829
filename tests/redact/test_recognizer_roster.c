#include "redact/recognizer.h"

#include "tests/redact/known.h"

static const char roster[] = "mrn,first,middle,last,dob,phone,address,city,folder\n"
                             "00482913,Zorin,Mavik,Quillan,1947-03-05,(555) 201-3344,12 Elmbrook Street,Xenia,\n"
                             "00482914,May,,Brown,1950-01-02,,,,wards/7\n"
                             "00482915,Will,,Long,1960-01-02,,,,\n"
                             "00482916,Mira,,Vossberg,1961-02-03,,,,\n"
                             "00482917,Mira,,Vossberg,1971-02-03,,,,\n";

static const char *view(const char *text, const char *path) {
    _cleanup_(engine_freep) struct engine *e = known_engine(roster, false, NULL);
    return known_view(e, (struct known_document) { .text = text, .path = path });
}

TEST(recognizer_roster, whole_names_are_found_in_any_order_and_case) {
    CHECK_STRING(view("zorin quillan came in", NULL), "[PATIENT] came in");
    CHECK_STRING(view("we saw QUILLAN, ZORIN M. at noon", NULL), "we saw [PATIENT] at noon");
    CHECK_STRING(view("seen: Zorin Mavik Quillan", NULL), "seen: [PATIENT]");
}

TEST(recognizer_roster, words_that_mean_something_else_stay_without_a_name_around_them) {
    CHECK_STRING(view("brown stool; it may be long; she will long for it", NULL), "brown stool; it may be long; she will long for it");
    CHECK_STRING(view("Brown stool. May be due to iron.", NULL), "Brown stool. May be due to iron.");
    CHECK(strstr(view("given to May Brown today", NULL), "given to [PATIENT] today") != NULL);
}

TEST(recognizer_roster, numbers_are_found_with_and_without_separators) {
    CHECK_STRING(view("we have 00482913 and 482913 and 00-482-913 here", NULL), "we have [MRN] and [MRN] and [MRN] here");
    CHECK_STRING(view("we have 5552013344 here", NULL), "we have [PHONE] here");
}

TEST(recognizer_roster, who_is_met_by_number_is_searched_in_every_form) {
    CHECK_STRING(view("We have 00482913 here. It was M. Quillan and then Quilan, of the 5th of March 1947, at 12 Elmbrook St in Xenia.", NULL),
                 "We have [MRN] here. It was [PATIENT] and then [PATIENT], of the [BIRTH_DATE], at [STREET] in [CITY].");
}

TEST(recognizer_roster, who_owns_the_folder_needs_no_context) {
    CHECK_STRING(view("Then Brown was discharged; May agreed.", "wards/7/note.txt"), "Then [PATIENT] was discharged; [PATIENT] agreed.");
    CHECK_STRING(view("Then brown was the colour.", "wards/7/note.txt"), "Then brown was the colour.");
}

TEST(recognizer_roster, a_number_or_whole_name_in_the_path_says_whose_document_it_is) {
    CHECK_STRING(view("Will agreed, and Long is content.", "x/Long_Will_1/note.txt"), "[PATIENT] agreed, and [PATIENT] is content.");
    CHECK_STRING(view("We asked Will about it.", "x/00482915.txt"), "We asked [PATIENT] about it.");
}

TEST(recognizer_roster, required_rosters_refuse_documents_of_nobody_known) {
    _cleanup_(engine_freep) struct engine *e = known_engine(roster, true, NULL);
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Stable." }), "refused: roster");
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Zorin Quillan is stable." }), "refused: roster"); /* a name is not a proof */
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Zorin Quillan, 3/5/47, stable." }), "[PATIENT], [BIRTH_DATE], stable.");
    CHECK_STRING(known_view(e, (struct known_document) { .text = "482913 stable." }), "[MRN] stable.");
    CHECK_STRING(known_view(e, (struct known_document) { .text = "555-201-3344 stable." }), "refused: roster"); /* a telephone is a family's */
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Stable.", .path = "wards/7/a.txt" }), "Stable.");
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Mira Vossberg 2/3/61", .path = "a" }), "refused: roster"); /* two of one name: who? */
}

TEST(recognizer_roster, a_sidecar_covers_and_its_patient_is_found) {
    _cleanup_(engine_freep) struct engine *e = known_engine(NULL, true, NULL);
    _cleanup_(roster_freep) struct roster *patients = known_roster("first,last,dob\nHope,Young,1947-03-05\n");
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Hope was seen on 19470305; a young man without hope.", .patients = patients }),
                 "[PATIENT] was seen on [BIRTH_DATE]; a young man without hope.");
    CHECK_STRING(known_view(e, (struct known_document) { .text = "Stable." }), "refused: roster");
}

TEST(recognizer_roster, file_names_lose_patients_of_the_roster) {
    _cleanup_(engine_freep) struct engine *e = known_engine("first,last,folder\nMay,Brown,wards/7\n", false, NULL);
    struct scratch *s = NULL;
    struct buf out;
    bool changed = false;
    buf_init(&out, 1024);
    REQUIRE(scratch_new(e, &s) == 0);
    /* Labels alone: no vault is needed for what stays. */
    CHECK_INT(redact_name(e, s, NULL, BYTES("wards"), BYTES("brown stool.txt"), false, &out, &changed), 0);
    CHECK(!changed);
    CHECK_BYTES(buf_bytes(&out), BYTES("brown stool.txt"));
    buf_release(&out);
    scratch_free(s);
}

TEST(recognizer_roster, the_digest_tells_rosters_apart) {
    _cleanup_(engine_freep) struct engine *a = known_engine(roster, false, NULL), *b = known_engine("mrn\n00482913\n", false, NULL);
    _cleanup_(engine_freep) struct engine *c = known_engine(roster, true, NULL), *none = known_engine(NULL, false, NULL);
    const struct engine *all[] = { a, b, c, none };
    for (size_t i = 0; i < array_count(all); i++)
        for (size_t k = 0; k < i; k++) CHECK(memcmp(engine_digest(all[i]), engine_digest(all[k]), 32) != 0);
}
