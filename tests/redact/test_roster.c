#include "redact/roster.h"

#include <errno.h>
#include <stdio.h>

#include "redact/word.h"
#include "tests/harness.h"

struct reading {
    struct roster *roster;
    struct roster_report report;
    struct problem problem;
    int result;
};

static void reading_release(struct reading *r) {
    roster_free(r->roster);
}

static void read_bytes(struct reading *r, struct bytes text) {
    *r = (struct reading) { .result = 0 };
    REQUIRE(roster_new(&r->roster) == 0);
    r->result = roster_add(r->roster, text, "/etc/deidfs/patients", &r->report, &r->problem);
}

static void read_text(struct reading *r, const char *text) {
    read_bytes(r, bytes_from_string(text));
}

/* All values of a person, "field:value " each. */
static const char *values(const struct reading *r, uint32_t person) {
    static struct buf out;
    size_t count = 0;
    buf_release(&out);
    buf_init(&out, 1 << 16);
    REQUIRE(person < roster_person_count(r->roster));
    const struct roster_fact *f = roster_facts(r->roster, person, &count);
    for (size_t i = 0; i < count; i++) {
        struct bytes v = roster_value(r->roster, &f[i]);
        ignore(buf_append_printf(&out, "%u:", f[i].field)); /* sticky: checked below */
        ignore(buf_append(&out, v));
        ignore(buf_append_byte(&out, ' '));
    }
    REQUIRE(buf_append_byte(&out, 0) == 0);
    return (const char *) out.ptr;
}

static bool holds(const struct reading *r, uint32_t person, enum roster_field field, const char *value) {
    char wanted[300];
    snprintf(wanted, sizeof(wanted), "%u:%s ", field, value);
    return strstr(values(r, person), wanted) != NULL;
}

TEST(roster, columns_of_a_csv_export_are_known_by_their_usual_names) {
    _cleanup_(reading_release) struct reading r;
    read_text(&r, "Patient ID,First Name,LAST_NAME,Maiden Name,DOB,Home Phone,Street Address,City,State,Zip Code,Favourite Colour,SSN,E-mail\r\n"
                  "00482913,Zorin,\"Quillan, Jr\",O'Brien,3/5/1947,(555) 201-3344,\"12 Elm St, Apt 4\",Dayton,OH,45402,blue,123-45-6789,z@q.example\r\n");
    REQUIRE(r.result == 0);
    CHECK_INT(r.report.person_count, 1);
    CHECK_INT(r.report.columns_ignored, 1);
    CHECK(holds(&r, 0, ROSTER_MRN, "00482913") && holds(&r, 0, ROSTER_GIVEN, "Zorin") && holds(&r, 0, ROSTER_FAMILY, "Quillan, Jr"));
    CHECK(holds(&r, 0, ROSTER_FAMILY, "O'Brien") && holds(&r, 0, ROSTER_BIRTH_DATE, "19470305") && holds(&r, 0, ROSTER_PHONE, "(555) 201-3344"));
    CHECK(holds(&r, 0, ROSTER_STREET, "12 Elm St, Apt 4") && holds(&r, 0, ROSTER_ZIP, "45402") && holds(&r, 0, ROSTER_SSN, "123-45-6789"));
    CHECK(!strstr(values(&r, 0), "blue") && !strstr(values(&r, 0), "OH"));
}

TEST(roster, tabs_semicolons_bars_and_doubled_quotes_are_read) {
    static const char *const texts[] = { "last\tfirst\nA b\tC \"D\" e\n", "last;first\nA b;\"C \"\"D\"\" e\"\n", "\xEF\xBB\xBFlast|first\n\nA b|C \"D\" e" };
    for (size_t i = 0; i < array_count(texts); i++) {
        _cleanup_(reading_release) struct reading r;
        read_text(&r, texts[i]);
        REQUIRE(r.result == 0);
        CHECK_STRING(values(&r, 0), "1:A b 0:C \"D\" e ");
    }
}

TEST(roster, what_cannot_be_used_is_counted_by_line_and_never_quoted) {
    _cleanup_(reading_release) struct reading r;
    read_text(&r, "mrn,name,dob,phone\n00482913,Zorin Quillan,47,5552013344\nxx,4711,,secret\n\"a\nb12345\",Mira Voss,1950-13-01,555\n");
    REQUIRE(r.result == 0);
    CHECK_INT(r.report.person_count, 2);
    CHECK_INT(r.report.rows_refused, 1);
    CHECK_INT(r.report.values_refused, 6);
    REQUIRE(r.report.reason_count == 7);
    CHECK_INT(r.report.reasons[0].line, 2);
    CHECK_INT(r.report.reasons[5].line, 4);
    for (size_t i = 0; i < r.report.reason_count; i++) {
        CHECK_STRING(r.report.reasons[i].path, "patients");
        CHECK(!strstr(r.report.reasons[i].why, "secret") && !strstr(r.report.reasons[i].why, "4711"));
    }
}

TEST(roster, what_is_no_export_is_refused_whole_with_a_line_and_no_value) {
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "", "empty" },
        { "colour,size\nred,secret\n", "no known column" },
        { "mrn,name\n1234,\"secret\n", "quote without its end" },
        { "mrn,name\n1234,\"a\"secret\n", "behind a closing quote" },
        { "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"secret\"}", "no JSON" },
        { "{\"resourceType\":\"Patient\",\"id\":\"a\",\"id\":\"secret\"}", "a key twice" },
        { "{\"name\":\"secret\"}", "resourceType" },
        { "{\"resourceType\":\"Observation\"}", "no Patient" },
        { "MSH", "MSH without" },
        { "MSH|^~\\&|A\rOBX|1|secret\r", "no PID" },
        { "MSHA^~\\&A\rPID", "separators that are none" },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        _cleanup_(reading_release) struct reading r;
        read_text(&r, cases[i].text);
        CHECK_INT(r.result, -EBADMSG);
        if (!strstr(r.problem.text, cases[i].why)) harness_fail(__FILE__, __LINE__, "case %zu: %s", i, r.problem.text);
        CHECK(strstr(r.problem.text, "patients:") && !strstr(r.problem.text, "secret"));
    }
    _cleanup_(reading_release) struct reading r;
    read_bytes(&r, BYTES("mrn,name\n12\0004,b\n"));
    CHECK_INT(r.result, -EBADMSG);
}

static const char fhir[] = "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"Quillan\",\"given\":[\"Zorin\",\"M\"]},{\"use\":\"nickname\",\"given\":[\"Zo\"]}],"
                           "\"birthDate\":\"1947-03-05\",\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"value\":\"00482913\"},"
                           "{\"system\":\"http://hl7.org/fhir/sid/us-ssn\",\"value\":\"123-45-6789\"},{\"value\":\"Z99887\"}],"
                           "\"telecom\":[{\"system\":\"phone\",\"value\":\"555-201-3344\"},{\"system\":\"email\",\"value\":\"z@q.example\"}],"
                           "\"address\":[{\"line\":[\"12 Elm St\"],\"city\":\"Dayton\",\"postalCode\":\"45402\"}],"
                           "\"contact\":[{\"name\":{\"family\":\"Voss\",\"given\":[\"Mira\"]}}]}";

TEST(roster, fhir_patients_come_alone_in_bundles_in_lists_and_by_line) {
    static const char *const shapes[][2] = { { "", "" }, { "[", "]" }, { "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Group\"}},{\"resource\":", "}]}" },
                                             { "{\"resourceType\":\"Group\"}\n", "\n" } };
    for (size_t i = 0; i < array_count(shapes); i++) {
        char text[4096];
        _cleanup_(reading_release) struct reading r;
        snprintf(text, sizeof(text), "%s%s%s", shapes[i][0], fhir, shapes[i][1]);
        read_text(&r, text);
        REQUIRE(r.result == 0 && roster_person_count(r.roster) == 1);
        CHECK(holds(&r, 0, ROSTER_FAMILY, "Quillan") && holds(&r, 0, ROSTER_GIVEN, "Zorin") && holds(&r, 0, ROSTER_GIVEN, "Zo"));
        CHECK(holds(&r, 0, ROSTER_BIRTH_DATE, "19470305") && holds(&r, 0, ROSTER_MRN, "00482913") && holds(&r, 0, ROSTER_SSN, "123-45-6789"));
        CHECK(holds(&r, 0, ROSTER_OTHER_ID, "Z99887") && holds(&r, 0, ROSTER_PHONE, "555-201-3344") && holds(&r, 0, ROSTER_EMAIL, "z@q.example"));
        CHECK(holds(&r, 0, ROSTER_STREET, "12 Elm St") && holds(&r, 0, ROSTER_CITY, "Dayton") && holds(&r, 0, ROSTER_RELATIVE, "Mira Voss"));
    }
}

TEST(roster, hl7_messages_are_read_with_their_own_separators) {
    static const char usual[] = "MSH|^~\\&|A|B\rPID|1||00482913^^^H^MR~123456789^^^US^SS||Quillan^Zorin^M~O\\T\\Brien^Zo||19470305|M|||12 Elm St^^Dayton^OH^45402||"
                                "(555)201-3344^PRN^PH^z@q.example\rNK1|1|Voss^Mira|SPO|14 Oak Ave^^Xenia^OH^45385\rIN1|1" "|||||||||||||||||||||||||||||||||||PLAN77441\r";
    static const char odd[] = "\x0BMSH#*+!%#A#B\r\nPID#1##00482913***H*MR+123456789***US*SS##Quillan*Zorin*M+O!T!Brien*Zo##19470305#M###12 Elm St**Dayton*OH*45402##"
                              "(555)201-3344*PRN*PH*z@q.example\r\nNK1#1#Voss*Mira#SPO#14 Oak Ave**Xenia*OH*45385\r\nIN1#1" "###################################PLAN77441\r\n\x1C\r\n";
    static const char *const texts[] = { usual, odd };
    for (size_t i = 0; i < array_count(texts); i++) {
        _cleanup_(reading_release) struct reading r;
        read_text(&r, texts[i]);
        REQUIRE(r.result == 0 && roster_person_count(r.roster) == 1);
        CHECK(holds(&r, 0, ROSTER_MRN, "00482913") && holds(&r, 0, ROSTER_SSN, "123456789") && holds(&r, 0, ROSTER_FAMILY, "Quillan"));
        CHECK(holds(&r, 0, ROSTER_FAMILY, i == 0 ? "O&Brien" : "O%Brien") && holds(&r, 0, ROSTER_BIRTH_DATE, "19470305"));
        CHECK(holds(&r, 0, ROSTER_STREET, "12 Elm St") && holds(&r, 0, ROSTER_STREET, "14 Oak Ave") && holds(&r, 0, ROSTER_RELATIVE, "Mira Voss"));
        if (!holds(&r, 0, ROSTER_PHONE, "(555)201-3344") || !holds(&r, 0, ROSTER_EMAIL, "z@q.example") || !holds(&r, 0, ROSTER_HEALTH_PLAN, "PLAN77441")) harness_fail(__FILE__, __LINE__, "%s", values(&r, 0));
    }
}

TEST(roster, numbers_are_one_however_they_are_grouped) {
    static const char *const same[] = { "(555) 201-3344", "1-555-201-3344", "555.201.3344", "+1 555 201 3344" };
    for (size_t i = 0; i < array_count(same); i++) {
        uint8_t form[ROSTER_NUMBER_LEN_MAX];
        size_t len = roster_normal_number(bytes_from_string(same[i]), form);
        CHECK_BYTES(bytes_make(form, len), BYTES("5552013344"));
    }
    uint8_t form[ROSTER_NUMBER_LEN_MAX];
    CHECK_INT(roster_normal_number(BYTES("000-ab"), form), 0); /* no digit left */
    CHECK_INT(roster_normal_number(BYTES("1234567890123456789012345"), form), 0);
    CHECK_BYTES(bytes_make(form, roster_normal_number(BYTES("mrn 0048"), form)), BYTES("MRN0048"));
}

static uint64_t hash(const char *word) {
    uint8_t shape;
    return word_hash((const uint8_t *) word, strlen(word), strlen(word), &shape);
}

TEST(roster, the_index_finds_names_in_either_order_and_tells_who_shares_them) {
    _cleanup_(reading_release) struct reading r;
    read_text(&r, "first,last,mrn,folder\nZorin,Quillan,00482913,ward/a\nMira,Quillan,00482914,ward/a\nMira,Voss,00482915,ward/b/\n");
    REQUIRE(r.result == 0 && roster_seal(r.roster, &r.problem) == 0);
    const struct roster_entry *e = roster_find(r.roster, ROSTER_KIND_PAIR, roster_pair(hash("quillan"), hash("zorin")));
    REQUIRE(e != NULL);
    CHECK(e->person == 0 && !e->shared && e->entity == ENTITY_PATIENT);
    e = roster_find(r.roster, ROSTER_KIND_PART, hash("mira"));
    CHECK(e && e->shared);
    CHECK(!roster_find(r.roster, ROSTER_KIND_PAIR, roster_pair(hash("zorin"), hash("voss"))));
    CHECK(roster_find(r.roster, ROSTER_KIND_NUMBER, hash("482915"))->person == 2);
    uint32_t persons[4];
    CHECK_INT(roster_of_folder(r.roster, BYTES("ward/a/note.txt"), persons, 4), 2);
    CHECK_INT(roster_of_folder(r.roster, BYTES("ward/ab/note.txt"), persons, 4), 0);
    REQUIRE(roster_of_folder(r.roster, BYTES("ward/b/x/note.txt"), persons, 4) == 1);
    CHECK_INT(persons[0], 2);
}

TEST(roster, a_hundred_thousand_patients_take_bounded_memory) {
    enum { PATIENTS = 100000 };
    _cleanup_(reading_release) struct reading r;
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, 64 << 20);
    ignore(buf_append_string(&text, "mrn,first,last,dob,phone\n"));
    for (int i = 0; i < PATIENTS; i++) {
        ignore(buf_append_printf(&text, "%08d,Fa%c%c%cn,Ku%c%c%cov,19%02d-03-05,555%07d\n", i + 1000000, 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26,
                                 'a' + i % 26, 'a' + i / 17 % 26, 'a' + i / 391 % 26, 20 + i % 80, i)); /* sticky: checked below */
    }
    REQUIRE(buf_error(&text) == 0);
    read_bytes(&r, buf_bytes(&text));
    REQUIRE(r.result == 0 && roster_seal(r.roster, &r.problem) == 0);
    CHECK_INT(roster_person_count(r.roster), PATIENTS);
    CHECK_INT(r.report.values_refused + r.report.rows_refused, 0);
    CHECK(roster_len(r.roster) < (size_t) 1000 * PATIENTS);
}
