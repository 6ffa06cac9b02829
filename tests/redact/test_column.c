#include "redact/column.h"

#include "tests/redact/bare_engine.h"

static const char rules[] =
    "column PATIENT = name, patient name, last name, first name, last\ncolumn PROVIDER = provider name\ncolumn MRN = mrn\ncolumn UID = id\n"
    "column PHONE = phone, phone number\ncolumn DATE = date, order date\ncolumn FACILITY = site, hospital\ncolumn STREET = address\n";

static void check(const char *header, enum column_match match, enum entity entity, int line) {
    _cleanup_(bare_engine_release) struct bare_engine b;
    enum entity got = (enum entity) ENTITY_COUNT;
    bare_engine_init(&b, rules, NULL, 0);
    enum column_match found = column_find(b.engine.ruleset, bytes_from_string(header), &got);
    if (found != match || (match != COLUMN_UNKNOWN && got != entity)) harness_fail(__FILE__, line, "\"%s\": match %d, entity %d", header, (int) found, (int) got);
}

#define IS(header, entity) check(header, COLUMN_WHOLE, entity, __LINE__)
#define IS_PART(header, entity) check(header, COLUMN_PART, entity, __LINE__)
#define IS_UNKNOWN(header) check(header, COLUMN_UNKNOWN, ENTITY_UID, __LINE__)

TEST(column, spellings_of_a_known_header_are_that_header) {
    IS("Patient Name", ENTITY_PATIENT);
    IS("PAT_NM", ENTITY_PATIENT);
    IS("patientName", ENTITY_PATIENT);
    IS("PATName", ENTITY_PATIENT);
    IS("prov-name", ENTITY_PROVIDER);
    IS("PhoneNum", ENTITY_PHONE);
}

TEST(column, known_words_among_others_name_the_column) {
    IS_PART("PAT_LAST_NAME", ENTITY_PATIENT);
    IS_PART("PatientFirstName", ENTITY_PATIENT);
    IS_PART("NAME_LAST", ENTITY_PATIENT);
    IS_PART("PAT_MRN_ID", ENTITY_UID);
    IS_PART("mrn_nbr", ENTITY_MRN);
    IS_PART("HOME_PHONE_NUM", ENTITY_PHONE);
    IS_PART("mailing_addr", ENTITY_STREET);
    IS_PART("hadm_id", ENTITY_UID);
}

TEST(column, clinical_columns_stay) {
    IS_UNKNOWN("drug_name");
    IS_UNKNOWN("TestName");
    IS_UNKNOWN("order_type");
    IS_UNKNOWN("specimen_site");
    IS_UNKNOWN("hospital_day");
    IS_UNKNOWN("result_date");
    IS_UNKNOWN("note_text");
    IS_UNKNOWN("");
    IS_UNKNOWN("___");
}

TEST(column, a_long_header_is_unknown) {
    char header[RULESET_HEADER_LEN_MAX + 8];
    memset(header, 'x', sizeof(header));
    memcpy(header + sizeof(header) - 6, " name", 6);
    IS_UNKNOWN(header);
    check("a b c d e f g h i j k l m n name", COLUMN_UNKNOWN, ENTITY_PATIENT, __LINE__);
}
