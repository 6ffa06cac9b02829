#include "audit/export.h"

#include "tests/audit/fixture.h"

static const struct entry_stamp stamp = { .time_us = UINT64_C(1795297445123456), .mono_us = 5, .boot = "6f1c2a9be07d" };
static uint8_t raw[ENTRY_LEN_MAX];

static const char *bound_user; /* NULL: no session */

static struct entry entry_of(enum event_type type) {
    struct event ev = fixture_event(type);
    struct actor who = fixture_actor;
    if (bound_user) {
        must(snprintf(who.bound, sizeof(who.bound), "%s", bound_user) > 0);
        ev.who = &who;
        ev.purpose = "HOPERAT";
        ev.ticket = "t0_ticket";
    }
    struct entry e;
    size_t len = 0;
    must(entry_encode(&ev, &stamp, raw, &len) == 0 && entry_read(bytes_make(raw, len), &e) == 0);
    return e;
}

/* The record in the form, or "" when it is left out. */
static const char *export_as(const char *form, enum event_type type) {
    static char text[EXPORT_RECORD_LEN_MAX];
    const struct export_context c = { .origin = "example.org/log", .index = 7 };
    struct entry e = entry_of(type);
    struct buf out;
    buf_init(&out, sizeof(text) - 1);
    int r = export_format_find(form)->record(&c, &e, &out);
    must(r >= 0);
    memcpy(text, out.ptr ? (const char *) out.ptr : "", r == 0 ? out.len : 0);
    text[r == 0 ? out.len : 0] = '\0';
    buf_release(&out);
    return text;
}

TEST(export, every_form_writes_an_open_on_one_line_with_its_user_and_patient) {
    for (size_t i = 0; export_format_at(i); i++) {
        const char *text = export_as(export_format_at(i)->name, EVENT_OPEN);
        CHECK(strstr(text, "svc-indexer") != NULL);
        CHECK(strstr(text, "p1_abcdefghijklmnopqrstuvwx") != NULL);
        const char *end = strchr(text, '\n');
        CHECK(end != NULL && end[1] == '\0');
    }
    CHECK(export_format_find("xls") == NULL);
}

TEST(export, a_denial_is_a_failure_in_each_system_s_words) {
    CHECK(strstr(export_as("fhir", EVENT_DENY), "\"outcome\":\"8\"") != NULL);
    CHECK(strstr(export_as("dicom", EVENT_DENY), "EventOutcomeIndicator=\"8\"") != NULL);
    CHECK(strstr(export_as("ocsf", EVENT_DENY), "\"status_id\":2") != NULL);
    CHECK(strstr(export_as("cef", EVENT_DENY), "|6|") != NULL);
    CHECK(strstr(export_as("csv", EVENT_DENY), ",deny,deny,") != NULL);
    CHECK_STRING(export_as("disclosures", EVENT_DENY), "");
}

TEST(export, the_codes_are_those_of_the_design) {
    CHECK(strstr(export_as("fhir", EVENT_OPEN), "\"code\":\"110110\"") != NULL);
    CHECK(strstr(export_as("fhir", EVENT_OPEN), "\"code\":\"7\",\"display\":\"De-identification\"") != NULL);
    CHECK(strstr(export_as("fhir", EVENT_REID), "\"code\":\"110106\"") != NULL);
    CHECK(strstr(export_as("dicom", EVENT_OPEN), "ParticipantObjectDataLifeCycle=\"7\"") != NULL);
    CHECK(strstr(export_as("ocsf", EVENT_OPEN), "\"activity_id\":14") != NULL);
    CHECK(strstr(export_as("ocsf", EVENT_OPEN), "\"raw_data\":\"{\\\"boot\\\"") != NULL);
}

TEST(export, disclosures_name_whether_the_patient_was_identified) {
    CHECK(strstr(export_as("disclosures", EVENT_OPEN), "de-identified view") != NULL);
    CHECK_STRING(export_as("disclosures", EVENT_CLOSE), "");
}

TEST(export, whom_a_session_named_stands_before_the_account) {
    bound_user = "alice";
    const char *fhir = export_as("fhir", EVENT_OPEN), *person = strstr(fhir, "\"value\":\"alice\"}},\"requestor\":true"),
               *account = strstr(fhir, "\"value\":\"svc-indexer\"}},\"requestor\":false");
    CHECK(person != NULL && account != NULL && strstr(fhir, "\"text\":\"HOPERAT\"") != NULL);
    CHECK(strstr(export_as("dicom", EVENT_OPEN), "UserID=\"alice\" AlternativeUserID=\"svc-indexer\"") != NULL);
    CHECK(strstr(export_as("csv", EVENT_OPEN), ",alice,HOPERAT,t0_ticket\r\n") != NULL);
    CHECK(strstr(export_as("disclosures", EVENT_OPEN), ",alice,") != NULL);
    bound_user = NULL;
    CHECK(strstr(export_as("dicom", EVENT_OPEN), "AlternativeUserID") == NULL);
}
