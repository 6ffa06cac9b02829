#include "redact/patient.h"

#include "tests/redact/bare_engine.h"
#include "tests/redact/known.h"

static const struct bare_word words[] = { { "brown", FLAG_BIT(FLAG_SURNAME) | FLAG_BIT(FLAG_COMMON) }, { "will", FLAG_BIT(FLAG_STOP) }, { "van", FLAG_BIT(FLAG_PARTICLE) } };

static uint64_t hash(const char *word) {
    uint8_t shape;
    return word_hash((const uint8_t *) word, strlen(word), strlen(word), &shape);
}

static int need(const char *word, bool is_known) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    struct patient *p = NULL;
    bare_engine_init(&b, "", words, array_count(words));
    REQUIRE(patient_new(b.scratch, &p) == 0);
    CHECK(patient_is_empty(p));
    REQUIRE(patient_add_word(p, b.scratch, bytes_from_string(word), (struct patient_lesson) { ENTITY_PATIENT, is_known }) == 0);
    const struct patient_entry *e = patient_find(p, PATIENT_KIND_WORD, hash(word));
    return e ? e->need : -1;
}

TEST(patient, what_a_word_needs_depends_on_what_else_it_means_and_whose_it_is) {
    CHECK_INT(need("zorin", false), PATIENT_NEEDS_NOTHING);
    CHECK_INT(need("brown", false), PATIENT_NEEDS_CONTEXT);
    CHECK_INT(need("brown", true), PATIENT_NEEDS_CAPITAL);
    CHECK_INT(need("will", false), -1);
    CHECK_INT(need("will", true), PATIENT_NEEDS_CONTEXT);
    CHECK_INT(need("van", true), -1);
}

TEST(patient, years_and_short_numbers_are_no_numbers_of_a_patient) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    struct patient *p = NULL;
    bare_engine_init(&b, "", words, array_count(words));
    REQUIRE(patient_new(b.scratch, &p) == 0);
    static const char *const none[] = { "1947", "2026", "123", "0012" };
    for (size_t i = 0; i < array_count(none); i++)
        REQUIRE(patient_add_number(p, b.scratch, bytes_from_string(none[i]), (struct patient_lesson) { ENTITY_MRN, true }) == 0);
    CHECK(patient_is_empty(p));
    REQUIRE(patient_add_number(p, b.scratch, BYTES("4711"), (struct patient_lesson) { ENTITY_MRN, true }) == 0);
    CHECK(patient_find(p, PATIENT_KIND_NUMBER, hash("4711")) && !patient_find(p, PATIENT_KIND_WORD, hash("4711")));
}

TEST(patient, more_names_than_a_patient_has_are_left_to_their_fields) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    struct patient *p = NULL;
    bare_engine_init(&b, "", words, array_count(words));
    REQUIRE(patient_new(b.scratch, &p) == 0);
    for (unsigned i = 0; i < PATIENT_ENTRIES_MAX + 100; i++) {
        char word[] = "xaaaa";
        for (unsigned k = 0, n = i; k < 4; k++, n /= 26) word[1 + k] = (char) ('a' + n % 26);
        REQUIRE(patient_add_word(p, b.scratch, bytes_from_string(word), (struct patient_lesson) { ENTITY_PATIENT, false }) == 0);
    }
    CHECK_INT(p->count, PATIENT_ENTRIES_MAX);
}

TEST(patient, a_register_of_persons_stops_at_its_limit) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    _cleanup_(roster_freep) struct roster *r = known_roster("first,last\nZorin,Quillan\n");
    struct patient *p = NULL;
    bare_engine_init(&b, "", words, array_count(words));
    REQUIRE(patient_new(b.scratch, &p) == 0);
    for (uint32_t i = 0; i < PATIENT_PERSONS_MAX; i++) REQUIRE(patient_meet(p, r, i) != NULL);
    CHECK(patient_meet(p, r, 3) == &p->persons[3]);
    CHECK(patient_meet(p, r, PATIENT_PERSONS_MAX) == NULL);
}

TEST(patient, forms_of_a_known_name_follow_from_it) {
    static const struct {
        const char *roster, *text, *view;
    } cases[] = {
        { "first,last\nRobert,Quillan\n", "Bob and Robby know R. Quillan; Quillan's dog", "[PATIENT] and [PATIENT] know [PATIENT]; [PATIENT]'s dog" },
        { "first,last\nZorin,O'Quillan\n", "OQuillan saw o'quillan", "[PATIENT] saw [PATIENT]" },
        { "first,last\nZorin,Tarvik-Quillan\n", "Tarvik Quillan saw Tarvikquillan near TARVIK", "[PATIENT] saw [PATIENT] near [PATIENT]" },
        { "first,last\nZorin,van der Quill\n", "zorin van der quill saw van der Quill", "[PATIENT] saw [PATIENT]" },
        { "first,last\nZorin,Quillan\n", "it is Quillna or Quilan or Quillann here. Zor denies pain; what is a zor?", "it is [PATIENT] or [PATIENT] or [PATIENT] here. [PATIENT] denies pain; what is a zor?" },
        { "mrn\nAB-00482913\n", "we have AB00482913 here and 00482913 there", "we have [MRN] here and [MRN] there" },
        { "last,dob\nQuillan,1947-03-05\n", "a 03/05/1947 a 3-5-47 a 05-MAR-1947 a 1947.03.05 a 19470305", "a [BIRTH_DATE] a [BIRTH_DATE] a [BIRTH_DATE] a [BIRTH_DATE] a [BIRTH_DATE]" },
        { "last,address,city,zip\nQuillan,\"14 Tarvik Grove Lane\",Zorville,45402\n", "14 Tarvik Grove Ln, Zorville 45402; on Tarvik Grove Lane",
          "[STREET], [CITY] [ZIP]; on [STREET]" },
    };
    _cleanup_(engine_freep) struct engine *e = known_engine(NULL, false, NULL);
    for (size_t i = 0; i < array_count(cases); i++) {
        _cleanup_(roster_freep) struct roster *r = known_roster(cases[i].roster);
        CHECK_STRING(known_view(e, (struct known_document) { .text = cases[i].text, .patients = r }), cases[i].view);
    }
}
