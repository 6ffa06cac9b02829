#include "redact/transform.h"

#include <signal.h>
#include <stdio.h>

#include "tests/redact/workbench.h"

/* The result is compared after its codes are replaced by letters in order of appearance: [MRN_A], [PATIENT_B]. */
struct bench {
    struct workbench w;
    struct buf view;
};

static void bench_open(struct bench *b, const char *profile) {
    workbench_open(&b->w, profile, "rag");
    buf_init(&b->view, 1 << 20);
}

static void bench_close(struct bench *b) {
    workbench_close(&b->w);
    buf_release(&b->view);
}

static void letter_codes(struct bytes view, char *out) {
    char seen[26][TOKEN_CODE_LEN];
    size_t known = 0, len = 0;
    for (size_t i = 0; i < view.len;) {
        bool is_code = i > 0 && view.ptr[i - 1] == '_' && view.len - i >= TOKEN_CODE_LEN && token_check((const char *) view.ptr + i);
        if (!is_code) {
            out[len++] = (char) view.ptr[i++];
            continue;
        }
        size_t k = 0;
        while (k < known && memcmp(seen[k], view.ptr + i, TOKEN_CODE_LEN) != 0) k++;
        if (k == known) memcpy(seen[known++], view.ptr + i, TOKEN_CODE_LEN);
        out[len++] = (char) ('A' + k);
        i += TOKEN_CODE_LEN;
    }
    out[len] = 0;
}

static void run(struct bench *b, const char *text, const struct finding *findings, size_t count) {
    workbench_view(&b->w, bytes_from_string(text), findings, count, &b->view);
}

static void check(struct bench *b, const char *marked, const char *expected) {
    char text[2048], got[4096];
    struct finding findings[32];
    size_t n = workbench_parse(marked, text, findings);
    run(b, text, findings, n);
    letter_codes(buf_bytes(&b->view), got);
    CHECK_STRING(got, expected);
}

TEST(transform, safe_harbor_codes_and_keeps_who_is_who) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check(&b, "Patient: {PATIENT:John Q. Smith}, MRN {MRN:00482913}.", "Patient: [PATIENT_A], MRN [MRN_B].");
    check(&b, "{PATIENT:SMITH, JOHN Q.} saw {PROVIDER:Jane Roe}; Mr. {PERSON:Smith} left.", "[PATIENT_A] saw [PROVIDER_B]; Mr. [PATIENT_A] left.");
    check(&b, "SSN {SSN:123-45-6789}, again {SSN:123 45 6789}, {SSN:987-65-4321}", "SSN [SSN-1], again [SSN-1], [SSN-2]");
    bench_close(&b);
}

/* Patient and encounter as they are told, the codes as letters in order of appearance in "patient code|encounter code". */
static void check_about(struct bench *b, const char *marked, const char *patient, const char *encounter, const char *codes) {
    char text[2048], told[256], got[512];
    struct finding findings[32];
    size_t n = workbench_parse(marked, text, findings);
    const struct transform t = { .profile = &b->w.profile, .vault = b->w.vault, .arena = &b->w.arena };
    struct edits e;
    REQUIRE(transform_apply(&t, bytes_from_string(text), findings, n, &e, NULL) == 0);
    CHECK_BYTES(e.about.patient, bytes_from_string(patient));
    CHECK_BYTES(e.about.encounter, bytes_from_string(encounter));
    int len = snprintf(told, sizeof(told), "%s|%s", e.about.patient_code, e.about.encounter_code);
    letter_codes(bytes_make(told, (size_t) len), got);
    CHECK_STRING(got, codes);
}

TEST(transform, tells_the_one_patient_and_the_one_encounter) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check_about(&b, "{PATIENT:John Smith}, MRN {MRN:00-482913}, visit {ENCOUNTER:E 77}; again {MRN:00482913}", "00482913", "E77", "MRN_A|ENCOUNTER_B");
    check_about(&b, "{PATIENT:John Smith} and {PATIENT:Smith}", "john smith", "", "PATIENT_A|");
    check_about(&b, "{PATIENT:John Smith}, MRN {MRN:1111111} or {MRN:2222222}", "", "", "|");
    check_about(&b, "{PATIENT:John Smith}, {PATIENT:Ann Roe}; {ENCOUNTER:E77}, {ENCOUNTER:E78}", "", "", "|");
    check_about(&b, "nobody", "", "", "|");
    bench_close(&b);
}

TEST(transform, a_labelled_patient_is_told_without_a_code) {
    struct bench b = { 0 };
    bench_open(&b, "strict");
    check_about(&b, "{PATIENT:John Smith}, visit {ENCOUNTER:E77}", "john smith", "E77", "|");
    bench_close(&b);
}

TEST(transform, the_patients_dates_move_as_far_in_a_document_without_dates) {
    struct bench b = { 0 };
    bench_open(&b, "dates-shifted");
    char text[256];
    struct finding findings[4];
    int32_t days[2];
    static const char *const marked[] = { "MRN {MRN:00482913} on {DATE:3/5/2019}", "MRN {MRN:00482913}" };
    const struct transform t = { .profile = &b.w.profile, .vault = b.w.vault, .arena = &b.w.arena };
    for (int i = 0; i < 2; i++) {
        struct edits e;
        size_t n = workbench_parse(marked[i], text, findings);
        REQUIRE(transform_apply(&t, bytes_from_string(text), findings, n, &e, NULL) == 0);
        days[i] = e.about.shift_days;
    }
    CHECK(days[0] != 0 && days[0] == days[1]);
    bench_close(&b);
}

TEST(transform, a_possessive_stays_outside) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check(&b, "{PATIENT:Smith's} wife", "[PATIENT_A]'s wife");
    check(&b, "{PATIENT:Smith\xe2\x80\x99s} wife, {PATIENT:Smith}", "[PATIENT_A]\xe2\x80\x99s wife, [PATIENT_A]");
    bench_close(&b);
}

TEST(transform, of_dates_the_year_stays) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check(&b, "on {DATE:March 5th, 2019}", "on 2019");
    check(&b, "on {DATE:3/5}, {DATE:Mar 6}, {DATE:3/5}", "on [DATE-1], [DATE-2], [DATE-1]");
    check(&b, "born {BIRTH_DATE:1958-07-04}", "born 1958");
    check(&b, "from {DATE:12/30/2018 - 1/2/2019}", "from 2018-2019");
    bench_close(&b);
}

TEST(transform, no_birth_year_at_ninety) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check(&b, "born {BIRTH_DATE:1936-07-04}", "born [BIRTH_DATE-1]");
    check(&b, "born {BIRTH_DATE:7/4/20}", "born [BIRTH_DATE-1]"); /* 1920 or 2020: doubt */
    check(&b, "{AGE:93}-year-old, born {BIRTH_DATE:1950}", "90+-year-old, born [BIRTH_DATE-1]");
    check(&b, "since {DATE:1921}", "since [DATE-1]");
    bench_close(&b);
}

TEST(transform, ages_over_89_are_capped) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check(&b, "a {AGE:47}-year-old", "a 47-year-old");
    check(&b, "a {AGE:89 year old}", "a 89 year old");
    check(&b, "a {AGE:90-year-old}, {AGE:102 y/o}, {AGE:ninety-two}", "a 90+-year-old, 90+ y/o, 90+");
    check(&b, "{AGE:94 years 3 months}", "90+");
    check(&b, "{AGE:nonagenarian}", "90+");
    check(&b, "{AGE:elderly}", "[AGE-1]");
    bench_close(&b);
}

TEST(transform, zip_codes_keep_three_digits_where_many_live) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check(&b, "{ZIP:02139} {ZIP:02139-4307} {ZIP:03601} {ZIP:00000} {ZIP:2139}", "021 021 000 000 000");
    bench_close(&b);
}

TEST(transform, strict_drops_and_labels) {
    struct bench b = { 0 };
    bench_open(&b, "strict");
    check(&b, "{PATIENT:John Smith} at {STREET:12 Main St}, {DATE:2019-01-01}; {PATIENT:Smith}", "[PATIENT-1] at , ; [PATIENT-1]");
    bench_close(&b);
}

TEST(transform, a_limited_data_set_keeps_what_it_may) {
    struct bench b = { 0 };
    bench_open(&b, "limited-data-set");
    check(&b, "{PATIENT:John Smith} of {CITY:Boston}, {DATE:2019-01-01}, {STREET:12 Main St}, {AGE:93}",
          "[PATIENT_A] of Boston, 2019-01-01, [STREET-1], 93");
    bench_close(&b);
}

TEST(transform, dates_shift_by_one_offset_a_patient_and_keep_their_intervals) {
    struct bench b = { 0 };
    char first[256], text[1024];
    struct finding findings[8];
    unsigned y1, m1, d1, y2, m2, d2;
    bench_open(&b, "dates-shifted");
    size_t n = workbench_parse("MRN {MRN:0042}: {DATE:2019-03-10} to {DATE:2019-03-12}, born {BIRTH_DATE:1931-01-01}", text, findings);
    run(&b, text, findings, n);
    const char *dates = memmem(b.view.ptr, b.view.len, ": ", 2);
    REQUIRE(dates != NULL && b.view.len < sizeof(first));
    memcpy(first, b.view.ptr, b.view.len);
    first[b.view.len] = 0;
    REQUIRE(sscanf(strstr(first, ": "), ": %4u-%2u-%2u to %4u-%2u-%2u", &y1, &m1, &d1, &y2, &m2, &d2) == 6);
    CHECK(y1 != 2019 || m1 != 3 || d1 != 10);
    CHECK(d2 == d1 + 2 || (m2 != m1 && d2 <= 2));
    CHECK(strstr(first, "born [BIRTH_DATE-1]") != NULL); /* 95 years old */
    n = workbench_parse("later: {DATE:2019-03-10} of MRN {MRN:0042}", text, findings);
    run(&b, text, findings, n);
    char expected[64];
    snprintf(expected, sizeof(expected), "later: %04u-%02u-%02u of", y1, m1, d1);
    CHECK(memmem(b.view.ptr, b.view.len, expected, strlen(expected)) != NULL);
    bench_close(&b);
}

TEST(transform, surrogates_stay_the_same_and_wear_the_same_dress) {
    struct bench b = { 0 };
    char text[1024], given[64], family[64], upper[64];
    struct finding findings[8];
    bench_open(&b, "surrogates");
    size_t n = workbench_parse("{PATIENT:John Smith}|{PATIENT:SMITH, JOHN}|{PERSON:Smith}'s|{SSN:123-45-6789}|{PHONE:617-555-9999}", text, findings);
    run(&b, text, findings, n);
    REQUIRE(buf_append_byte(&b.view, 0) == 0);
    const char *view = (const char *) b.view.ptr;
    /* The whole name, not its parts: a stand-in may be drawn that is called John or Johnson. */
    CHECK(strstr(view, "John Smith") == NULL && strstr(view, "SMITH, JOHN") == NULL);
    REQUIRE(sscanf(view, "%63s %63[^|]|%63[^|]", given, family, upper) == 3);
    char expected[256];
    snprintf(expected, sizeof(expected), "|%s's|[SSN-1]|", family);
    CHECK(strstr(view, expected) != NULL);
    CHECK(strncasecmp(upper, family, strlen(family)) == 0);
    CHECK(strstr(view, "-555-01") != NULL);
    bench_close(&b);
}

TEST(transform, planted_tokens_and_labels_are_never_passed_through) {
    struct bench b = { 0 };
    char planted[128];
    bench_open(&b, "safe-harbor");
    struct token t;
    token_random(ENTITY_PATIENT, &t);
    snprintf(planted, sizeof(planted), "see [PATIENT_%s] and patient_%s, [PHONE-1]", t.code, t.code);
    run(&b, planted, NULL, 0);
    CHECK(memmem(b.view.ptr, b.view.len, t.code, TOKEN_CODE_LEN) == NULL);
    CHECK(memmem(b.view.ptr, b.view.len, "PHONE", 5) == NULL);
    char got[1024];
    letter_codes(buf_bytes(&b.view), got);
    CHECK_STRING(got, "see [OTHER_ID_A] and [OTHER_ID_B], [OTHER_ID_C]");
    bench_close(&b);
}

TEST(transform, a_token_that_only_an_edit_would_complete_is_escaped) {
    struct bench b = { 0 };
    char text[128];
    bench_open(&b, "safe-harbor");
    struct token t;
    token_random(ENTITY_PATIENT, &t);
    int n = snprintf(text, sizeof(text), "see PATIENT_%sSmith", t.code); /* no token: letters follow the code, until they are one */
    struct finding smith = { .span = { (size_t) n - 5, (size_t) n }, .entity = ENTITY_PERSON };
    run(&b, text, &smith, 1);
    CHECK(memmem(b.view.ptr, b.view.len, t.code, TOKEN_CODE_LEN) == NULL);
    bench_close(&b);
}

TEST(transform, a_document_full_of_such_traps_shows_none) {
    enum { TRAPS = 6000, LEN = 20 };
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    static char text[TRAPS * LEN + 1];
    static struct finding findings[TRAPS];
    struct token t;
    token_random(ENTITY_PATIENT, &t);
    for (size_t i = 0; i < TRAPS; i++) {
        snprintf(text + i * LEN, LEN + 1, "PATIENT_%sAbcd ", t.code);
        findings[i] = (struct finding) { .span = { i * LEN + 15, i * LEN + 19 }, .entity = ENTITY_PERSON };
    }
    run(&b, text, findings, TRAPS);
    CHECK(memmem(b.view.ptr, b.view.len, t.code, TOKEN_CODE_LEN) == NULL);
    bench_close(&b);
}

TEST(transform, a_planted_token_is_escaped_in_every_profile) {
    for (size_t i = 0; profile_name_at(i); i++) {
        struct bench b = { 0 };
        struct problem p;
        struct profile probe;
        char planted[128];
        if (profile_find(profile_name_at(i), &probe, &p) < 0) continue;
        bench_open(&b, profile_name_at(i));
        struct token t;
        token_random(ENTITY_PATIENT, &t);
        int n = snprintf(planted, sizeof(planted), "see [PATIENT_%s] there", t.code);
        struct finding inside = { .span = { 6, (size_t) n - 8 }, .entity = ENTITY_STATE };
        run(&b, planted, &inside, 1);
        CHECK(memmem(b.view.ptr, b.view.len, t.code, TOKEN_CODE_LEN) == NULL);
        bench_close(&b);
    }
}

TEST(transform, file_names_show_tokens_without_brackets) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    char text[256], got[512];
    struct finding findings[8];
    size_t n = workbench_parse("{PATIENT:Smith_John}_{DATE:2019-03-05}_{SSN:123456789}.txt", text, findings);
    struct transform t = { .profile = &b.w.profile, .vault = b.w.vault, .arena = &b.w.arena, .year_now = 2026 };
    enum refusal why = REFUSAL_NONE;
    bool changed = false;
    REQUIRE(transform_name(&t, bytes_from_string(text), findings, n, &b.view, &changed, &why) == 0);
    letter_codes(buf_bytes(&b.view), got);
    CHECK_STRING(got, "PATIENT_A_2019_SSN-1.txt");
    CHECK(changed);
    buf_reset(&b.view);
    REQUIRE(transform_name(&t, BYTES("readme.txt"), NULL, 0, &b.view, &changed, &why) == 0);
    CHECK(!changed);
    bench_close(&b);
}

TEST(transform, a_lost_keeper_refuses_the_view) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    kill(keeper_pid(b.w.keeper), SIGKILL);
    struct transform t = { .profile = &b.w.profile, .vault = b.w.vault, .arena = &b.w.arena };
    struct finding f = { .span = { 0, 4 }, .entity = ENTITY_MRN };
    struct edits e = { .count = 77 };
    enum refusal why = REFUSAL_NONE;
    CHECK(transform_apply(&t, BYTES("1234"), &f, 1, &e, &why) < 0);
    CHECK_INT(e.count, 77);
    CHECK_INT(why, REFUSAL_KEEPER);
    bench_close(&b);
}

TEST(transform, parameters_of_the_profile_are_obeyed) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    check(&b, "on {DATE:2019-03-05 12:30}, {DATE:3/5/2019}", "on 2019, 2019");
    b.w.profile.keeps_time = true;
    check(&b, "on {DATE:2019-03-05 12:30}, {DATE:3/5/2019 9:05 pm}, {DATE:201903051230}", "on 2019 12:30, 2019 9:05 pm, 2019");
    check(&b, "born {BIRTH_DATE:1980-03-05 04:15}", "born 1980");
    b.w.profile.keeps_year = false;
    check(&b, "on {DATE:2019-03-05 12:30}, {BIRTH_DATE:1980-03-05}, {DATE:March 2019}", "on [DATE-1], [BIRTH_DATE-1], [DATE-2]");
    b.w.profile.label_style = LABEL_PLAIN;
    check(&b, "{SSN:123-45-6789} {SSN:987-65-4321} on {DATE:2019-03-05}", "[SSN] [SSN] on [DATE]");
    b.w.profile.zip3_mode = ZIP3_CURRENT;
    check(&b, "{ZIP:06312} {ZIP:20412} {ZIP:89312}", "063 000 000");
    b.w.profile.zip3_vintage = ZIP3_2000;
    check(&b, "{ZIP:06312} {ZIP:20512} {ZIP:89312}", "000 205 000");
    b.w.profile.action[ENTITY_PROVIDER] = ACTION_KEEP;
    check(&b, "Dr. {PROVIDER:Jane Roe} saw {PATIENT:Jane Roe} and {PERSON:Ann Lee}", "Dr. Jane Roe saw [PATIENT_A] and [PERSON_B]");
    bench_close(&b);
}

/* Several documents of one vault, parted by " | "; their codes are lettered together. A document may begin with the record number that its folder
 * names: "#00482913#". */
static void check_documents(struct bench *b, const char *const *marked, size_t count, const char *expected) {
    char text[2048], got[8192];
    struct finding findings[32];
    struct buf all;
    buf_init(&all, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        const char *body = marked[i], *end = body[0] == '#' ? strchr(body + 1, '#') : NULL;
        b->w.record = end ? bytes_make(body + 1, (size_t) (end - body - 1)) : bytes_make(NULL, 0);
        size_t n = workbench_parse(end ? end + 1 : body, text, findings);
        run(b, text, findings, n);
        REQUIRE(buf_append_string(&all, i ? " | " : "") == 0 && buf_append(&all, buf_bytes(&b->view)) == 0);
    }
    b->w.record = bytes_make(NULL, 0);
    letter_codes(buf_bytes(&all), got);
    CHECK_STRING(got, expected);
    buf_release(&all);
}
#define DOCUMENTS(b, expected, ...) check_documents(b, (const char *const[]) { __VA_ARGS__ }, array_count(((const char *const[]) { __VA_ARGS__ })), expected)

TEST(transform, one_patient_is_one_person_in_all_documents_of_his_record) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    DOCUMENTS(&b, "MRN [MRN_A] [PATIENT_B] came | [PATIENT_B], MRN [MRN_A] | Mr. [PATIENT_B] of [MRN_A] | [PATIENT_B] went | [PATIENT_B] of the list",
              "MRN {MRN:00482913} {PATIENT:John Q. Smith} came", "{PATIENT:SMITH, JOHN}, MRN {MRN:0048-2913}", "Mr. {PATIENT:Smith} of {MRN:00482913}",
              "#00482913#{PATIENT:Johnny} went", "{PATIENT:John Q. Smith} of the list");
    bench_close(&b);
}

TEST(transform, father_and_son_of_one_name_stay_two) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    DOCUMENTS(&b, "[MRN_A] [PATIENT_B] | [MRN_C] [PATIENT_D] | [PATIENT_B] | [PATIENT_D]", "{MRN:10000001} {PATIENT:John Smith}",
              "{MRN:10000002} {PATIENT:John Smith}", "#10000001#{PATIENT:Smith}", "#10000002#{PATIENT:Mr. Smith}");
    DOCUMENTS(&b, "[PATIENT_A] and his father [PERSON_B]; Mr. [PERSON_C] of [MRN_D]",
              "{PATIENT:Karl Orr Jr.} and his father {PERSON:Karl Orr Sr.}; Mr. {PERSON:Orr} of {MRN:10000003}");
    bench_close(&b);
}

TEST(transform, twins_and_mothers_stay_apart) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    /* Two patients in one record's note: neither is the record's one patient, each is somebody of it. */
    DOCUMENTS(&b, "[MRN_A]: [PATIENT_B] and [PATIENT_C] | [MRN_D]: [PATIENT_E] and [PATIENT_F]", "{MRN:20000001}: {PATIENT:Ava Lund} and {PATIENT:Mia Lund}",
              "{MRN:20000002}: {PATIENT:Ava Berg} and {PATIENT:Mia Berg}");
    /* "Mary" of two records is nobody's name alone. */
    DOCUMENTS(&b, "his wife [PERSON_A] | his wife [PERSON_B] | [PERSON_A]", "#30000001#his wife {PERSON:Mary}", "#30000002#his wife {PERSON:Mary}",
              "#30000001#{PERSON:Mary}");
    bench_close(&b);
}

TEST(transform, who_treats_is_the_same_for_all_patients) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    DOCUMENTS(&b, "[PROVIDER_A] for [PATIENT_B] | [PROVIDER_A] for [PATIENT_C]", "#40000001#{PROVIDER:Ann Smith} for {PATIENT:Bob Smith}",
              "#40000002#{PROVIDER:Ann Smith} for {PATIENT:Ann Smith}");
    bench_close(&b);
}

TEST(transform, without_a_record_a_name_is_one_value) {
    struct bench b = { 0 };
    bench_open(&b, "safe-harbor");
    DOCUMENTS(&b, "[PATIENT_A] | [PATIENT_A] | [PATIENT_A] and [PATIENT_B]: [MRN_C], [MRN_D]", "{PATIENT:Eve Ray}", "{PATIENT:RAY, EVE}",
              "{PATIENT:Eve Ray} and {PATIENT:Al Fox}: {MRN:50000001}, {MRN:50000002}");
    bench_close(&b);
}

TEST(transform, one_records_dates_move_together_and_another_ones_apart) {
    struct bench b = { 0 };
    bench_open(&b, "dates-shifted");
    static const char *const documents[] = { "{MRN:60000001} on {DATE:2019-03-05}", "#60000001#on {DATE:2019-03-05}" };
    char first[64] = "";
    for (size_t i = 0; i < 2; i++) {
        char text[128];
        struct finding findings[4];
        b.w.record = i == 1 ? BYTES("60000001") : bytes_make(NULL, 0);
        size_t n = workbench_parse(i == 1 ? documents[1] + 10 : documents[0], text, findings);
        run(&b, text, findings, n);
        const char *date = memmem(b.view.ptr, b.view.len, "on ", 3);
        REQUIRE(date != NULL && b.view.len - (size_t) (date - (const char *) b.view.ptr) >= 13);
        if (i == 0) memcpy(first, date + 3, 10);
        else CHECK(memcmp(first, date + 3, 10) == 0 && memcmp(first, "2019-03-05", 10) != 0);
    }
    b.w.record = bytes_make(NULL, 0);
    bench_close(&b);
}

TEST(transform, surrogates_tell_namesakes_apart) {
    struct bench b = { 0 };
    bench_open(&b, "surrogates");
    char views[3][256];
    static const char *const records[] = { "70000001", "70000002", "70000001" };
    for (size_t i = 0; i < 3; i++) {
        char text[128];
        struct finding findings[4];
        b.w.record = bytes_from_string(records[i]);
        size_t n = workbench_parse("{PATIENT:John Quincy Smith} of {STREET:12 Elm Street}", text, findings);
        run(&b, text, findings, n);
        REQUIRE(b.view.len < sizeof(views[i]));
        memcpy(views[i], b.view.ptr, b.view.len);
        views[i][b.view.len] = 0;
    }
    CHECK_STRING(views[0], views[2]);
    b.w.record = bytes_make(NULL, 0);
    bench_close(&b);
}
