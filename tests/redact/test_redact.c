#include "redact/redact.h"

#include <errno.h>
#include <stdlib.h>

#include "conf/keyring.h"
#include "tests/harness.h"

/* Rules of the test's own, so that what is proved here does not depend on the shipped ones. */
static const char rules[] =
    "rule t-mrn\n entity MRN\n score 980\n source label\n keyword testmrn\n pattern [ :#]{0,4}\\K[0-9]{4,10}\n"
    "rule t-patient\n entity PATIENT\n score 980\n source label\n keyword testpatient\n parse person-loose\n"
    "rule t-tag\n entity OTHER_ID\n score 900\n source checksum\n number d{3}-d{2}-\n pattern [0-9]{3}-[0-9]{2}-[0-9]{4}\n"
    "column MRN = testmrn\ncolumn PATIENT = test patient\n";

struct bench {
    struct engine *engine;
    struct scratch *scratch;
    struct keeper *keeper;
    struct vault *vault;
    struct redaction out;
};

static void bench_init_with(struct bench *b, const char *parameter, const char *value, const char *site_rules) {
    struct problem p = { 0 };
    struct profile profile;
    uint8_t seal_to[KEY_LEN];
    const char *dir = harness_temp_dir();
    *b = (struct bench) { 0 };
    REQUIRE(profile_find("safe-harbor", &profile, &p) == 0 && profile_set(&profile, parameter, value, &p) == 0);
    struct engine_options options = { .profile = &profile, .site_rules = bytes_from_string(site_rules), .site_rules_path = "test",
                                      .document_len_max = 1 << 24, .timeout_ms = 20000 };
    int r = engine_new(&options, &b->engine, &p);
    if (r == 0) r = scratch_new(b->engine, &b->scratch);
    if (r == 0) r = keyring_create(dir, &p);
    if (r == 0) r = keyring_load_reidentify_public(dir, seal_to, &p);
    if (r == 0) r = keeper_start(dir, &b->keeper, &p);
    if (r == 0) r = vault_open(&(struct vault_place) { .state_dir = dir, .destination = "rag" }, b->keeper, seal_to, &b->vault, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(r == 0);
    redaction_init(&b->out, 1 << 25);
}

static void bench_init(struct bench *b) {
    bench_init_with(b, "entities", "", rules);
}

static void bench_release(struct bench *b) {
    redaction_release(&b->out);
    vault_free(b->vault);
    keeper_free(b->keeper);
    scratch_free(b->scratch);
    engine_free(b->engine);
}

static int redact(struct bench *b, struct bytes content, const char *path) {
    struct document d = { .content = content, .path = bytes_from_string(path) };
    return redact_document(b->engine, b->scratch, b->vault, &d, &b->out);
}

static bool view_has(const struct bench *b, const char *what) {
    return memmem(b->out.view.ptr ? (const char *) b->out.view.ptr : "", b->out.view.len, what, strlen(what)) != NULL;
}

TEST(redact, a_labelled_number_becomes_a_token_and_the_rest_stays) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    REQUIRE(redact(&b, BYTES("BP ok. TESTMRN: 00482913 seen."), "a.txt") == 0);
    CHECK(!view_has(&b, "00482913"));
    CHECK(view_has(&b, "BP ok. TESTMRN: [MRN_"));
    CHECK(view_has(&b, "] seen."));
    CHECK_INT(b.out.counts[ENTITY_MRN], 1);
    CHECK_STRING(b.out.format, "text");
}

TEST(redact, a_name_found_once_is_found_everywhere) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    struct bytes text = BYTES("TestPatient: Zbigniewa Qwertyuiop\nLater zbigniewa slept. Ms. QWERTYUIOP's pain is gone.\n");
    REQUIRE(redact(&b, text, "") == 0);
    CHECK(!view_has(&b, "Zbigniewa") && !view_has(&b, "zbigniewa") && !view_has(&b, "QWERTYUIOP"));
    CHECK(view_has(&b, "'s pain is gone."));
}

TEST(redact, findings_are_spans_of_the_documents_own_bytes) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    struct bytes text = BYTES("caf\xC3\xA9 \xE2\x80\x93 testmrn\xC2\xA0#\xE2\x80\x8B" "4829\xE2\x80\x8B" "13 end");
    struct document d = { .content = text };
    REQUIRE(redact_find(b.engine, b.scratch, &d, &b.out) == 0);
    REQUIRE(b.out.finding_count == 1);
    CHECK_BYTES(bytes_slice(text, b.out.findings[0].span), BYTES("4829\xE2\x80\x8B" "13"));
    CHECK_INT(b.out.view.len, 0);
}

TEST(redact, utf16_stays_utf16) {
    _cleanup_(bench_release) struct bench b;
    static const char plain[] = "testmrn 12345 \xE9\n";
    uint8_t wide[2 + 2 * (sizeof(plain) - 1)] = { 0xFF, 0xFE };
    bench_init(&b);
    for (size_t i = 0; i < sizeof(plain) - 1; i++) wide[2 + 2 * i] = (uint8_t) plain[i];
    REQUIRE(redact(&b, bytes_make(wide, sizeof(wide)), "") == 0);
    CHECK_INT(b.out.view.len % 2, 0);
    CHECK(memcmp(b.out.view.ptr, "\xFF\xFEt\0e\0s\0t\0m\0r\0n\0 \0[\0M\0R\0N\0_\0", 28) == 0);
    CHECK(memcmp(b.out.view.ptr + b.out.view.len - 6, " \0\xE9\0\n\0", 6) == 0);
    wide[sizeof(wide) - 1] = 0;
    CHECK(redact(&b, bytes_make(wide, sizeof(wide) - 1), "") < 0);
    CHECK_INT(b.out.refusal, REFUSAL_MALFORMED);
}

TEST(redact, cp1252_bytes_stay_as_they_were) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    REQUIRE(redact(&b, BYTES("a caf\xE9 \x93ok\x94 testmrn\xA0" "12345 \x96 end"), "") == 0);
    CHECK(view_has(&b, "a caf\xE9 \x93ok\x94 testmrn\xA0[MRN_"));
    CHECK(view_has(&b, "] \x96 end"));
}

TEST(redact, columns_are_known_by_their_header_and_stay_columns) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    struct bytes csv = BYTES("testmrn,test_patient,note\n77,\"Xyz, \"\"Abc\"\"\",\"testmrn 4455\nfine\"\n78,Uvw,ok\n");
    REQUIRE(redact(&b, csv, "table.csv") == 0);
    CHECK_STRING(b.out.format, "csv");
    CHECK(view_has(&b, "testmrn,test_patient,note\n[MRN_"));
    CHECK(!view_has(&b, "77") && !view_has(&b, "78,") && !view_has(&b, "Xyz") && !view_has(&b, "Abc") && !view_has(&b, "Uvw") && !view_has(&b, "4455"));
    CHECK(view_has(&b, "\nfine\"\n"));
    size_t commas = 0;
    for (size_t i = 0; i < b.out.view.len; i++) commas += b.out.view.ptr[i] == ',';
    CHECK_INT(commas, 6);
}

/* The tagger reads "Smith" and "Anne" of two cells as one name, and must not be believed. */
TEST(redact, no_name_crosses_a_cell) {
    static const char *const tables[] = {
        "last,first,born\nSmith,Anne,1970\nGarcia,Maria,1961\n", "patient,provider,born\nSmith,Anne,1970\nGarcia,Maria,1961\n",
        "last\tfirst\tborn\nSmith\tAnne\t1970\nGarcia\tMaria\t1961\n", "last;first;born\n\"Smith\";Anne;1970\nGarcia;\"Maria\";1961\n",
    };
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    for (size_t i = 0; i < array_count(tables); i++) {
        size_t delimiters = 0;
        REQUIRE(redact(&b, bytes_from_string(tables[i]), "table.csv") == 0);
        for (size_t at = 0; at < b.out.view.len; at++) delimiters += b.out.view.ptr[at] == ',' || b.out.view.ptr[at] == '\t' || b.out.view.ptr[at] == ';';
        CHECK_INT(delimiters, 6);
        CHECK(!view_has(&b, "Smith") && !view_has(&b, "Anne") && !view_has(&b, "Garcia") && !view_has(&b, "Maria"));
    }
}

TEST(redact, what_is_no_text_is_refused_and_nothing_is_shown) {
    static const struct {
        struct bytes content;
    } cases[] = {
        { BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR") }, { BYTES("%PDF-1.7\n") }, { BYTES("PK\x03\x04\0\0\0\0") }, { BYTES("{\\rtf1 testmrn 12345}") },
        { BYTES("MSH|^~\\&|A|B\rPID|1||12345") }, { BYTES("{\"resourceType\":\"Patient\"}") }, { BYTES("<?xml version=\"1.0\"?><a/>") },
        { BYTES("ISA*00*          *00*") },
    };
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    for (size_t i = 0; i < array_count(cases); i++) {
        CHECK(redact(&b, cases[i].content, "a.txt") < 0);
        CHECK_INT(b.out.refusal, REFUSAL_FORMAT);
        CHECK_INT(b.out.view.len, 0);
        CHECK_INT(redact_probe(b.engine, cases[i].content, BYTES("a.txt")), REFUSAL_FORMAT);
    }
    CHECK_INT(redact_probe(b.engine, BYTES("[Dictated but not read]"), BYTES("a.txt")), REFUSAL_NONE);
}

TEST(redact, an_empty_document_is_an_empty_view) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    REQUIRE(redact(&b, bytes_make(NULL, 0), "a.txt") == 0);
    CHECK_INT(b.out.view.len, 0);
    CHECK_INT(b.out.refusal, REFUSAL_NONE);
}

TEST(redact, a_planted_token_is_not_passed_through) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    struct token t;
    char text[128];
    token_random(ENTITY_PATIENT, &t);
    int len = snprintf(text, sizeof(text), "see [PATIENT_%s] and [PHONE-1] now", t.code);
    REQUIRE(redact(&b, bytes_make(text, (size_t) len), "") == 0);
    CHECK(!view_has(&b, t.code));
    CHECK(!view_has(&b, "[PHONE-1]"));
}

TEST(redact, findings_at_every_seam_of_a_long_document_are_whole) {
    _cleanup_(bench_release) struct bench b;
    enum { LEN = 400000, STEP = 37 };
    bench_init(&b);
    char *text = malloc(LEN + 1);
    REQUIRE(text != NULL);
    memset(text, 'x', LEN);
    size_t planted = 0;
    for (size_t i = 0; i + STEP < LEN; i += STEP) {
        ignore(snprintf(text + i, STEP + 1, " testmrn: %08zu aaaa bbbb cccc dd ", i));
        text[i + STEP] = 'x';
        planted++;
    }
    struct document d = { .content = bytes_make(text, LEN) };
    REQUIRE(redact_find(b.engine, b.scratch, &d, &b.out) == 0);
    size_t found = 0;
    for (size_t i = 0; i < b.out.finding_count; i++) found += b.out.findings[i].entity == ENTITY_MRN;
    CHECK_INT(found, planted);
    free(text);
}

TEST(redact, a_run_too_long_to_be_text_is_not_shown) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    size_t len = 500000;
    char *text = malloc(len);
    REQUIRE(text != NULL);
    memset(text, '7', len);
    memcpy(text, "digits: ", 8);
    REQUIRE(redact(&b, bytes_make(text, len), "") == 0);
    CHECK(!view_has(&b, "7777777"));
    CHECK(b.out.view.len < 1000);
    free(text);
}

TEST(redact, a_document_over_the_limit_is_refused) {
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    size_t len = (1 << 24) + 1;
    char *text = calloc(1, len);
    REQUIRE(text != NULL);
    memset(text, ' ', len);
    CHECK(redact(&b, bytes_make(text, len), "") < 0);
    CHECK_INT(b.out.refusal, REFUSAL_TOO_LARGE);
    free(text);
}

TEST(redact, file_names_lose_numbers_and_keep_their_extension) {
    _cleanup_(bench_release) struct bench b;
    _cleanup_(buf_release) struct buf name;
    bool changed = false;
    bench_init(&b);
    buf_init(&name, 4096);
    REQUIRE(redact_name(b.engine, b.scratch, b.vault, BYTES(""), BYTES("visit_00482913.txt"), false, &name, &changed) == 0);
    CHECK(changed);
    CHECK(memmem(name.ptr, name.len, "00482913", 8) == NULL);
    CHECK(bytes_starts_with(buf_bytes(&name), BYTES("visit_")) && bytes_ends_with(buf_bytes(&name), BYTES(".txt")));
    buf_reset(&name);
    REQUIRE(redact_name(b.engine, b.scratch, b.vault, BYTES(""), BYTES("labs.txt"), false, &name, &changed) == 0);
    CHECK(!changed);
    CHECK_BYTES(buf_bytes(&name), BYTES("labs.txt"));
}

static const char rules_of_kinds[] = "rule t-cohort\n entity COHORT\n score 980\n source label\n keyword testcohort\n pattern [ :#]{0,4}\\K[0-9]{2,10}\n"
                                     "rule t-badge\n entity BADGE\n score 980\n source label\n keyword testbadge\n pattern [ :#]{0,4}\\K[0-9]{2,10}\n"
                                     "rule t-other\n entity OTHER_ID\n score 980\n source label\n keyword testother\n pattern [ :#]{0,4}\\K[0-9]{2,10}\n";

/* The code behind a word's last "[WORD_" in the view. */
static void code_of(const struct bench *b, const char *opening, char out[TOKEN_CODE_LEN + 1]) {
    const char *at = memmem(b->out.view.ptr, b->out.view.len, opening, strlen(opening));
    REQUIRE(at != NULL);
    memcpy(out, at + strlen(opening), TOKEN_CODE_LEN);
    out[TOKEN_CODE_LEN] = 0;
    CHECK(token_check(out));
}

TEST(redact, a_sites_own_entities_are_handled_and_named_as_it_says) {
    struct bench b;
    char cohort[TOKEN_CODE_LEN + 1], other[TOKEN_CODE_LEN + 1];
    bench_init_with(&b, "entities", "cohort code, badge label", rules_of_kinds);
    REQUIRE(redact(&b, BYTES("testcohort 1717, testbadge 1717, testbadge 1818, testother 1717, [BADGE-1] and again testcohort 1717\n"), "a.txt") == 0);
    code_of(&b, "[COHORT_", cohort);
    code_of(&b, "[OTHER_ID_", other);
    CHECK(strcmp(cohort, other) != 0); /* one number, two meanings */
    CHECK(view_has(&b, "testbadge [BADGE-1], testbadge [BADGE-2]") && !view_has(&b, "1717") && !view_has(&b, " [BADGE-1] and"));
    CHECK_INT(b.out.counts[ENTITY_OTHER_ID], 5);
    char again[64];
    snprintf(again, sizeof(again), "again testcohort [COHORT_%s]", cohort);
    CHECK(view_has(&b, again));
    bench_release(&b);
}

TEST(redact, a_rule_that_finds_an_unknown_entity_is_refused_with_what_to_do) {
    struct problem p = { 0 };
    struct profile profile;
    struct engine *e = NULL;
    REQUIRE(profile_find("safe-harbor", &profile, &p) == 0);
    struct engine_options options = { .profile = &profile, .site_rules = bytes_from_string(rules_of_kinds), .site_rules_path = "test", .document_len_max = 1 << 20 };
    CHECK(engine_new(&options, &e, &p) < 0);
    CHECK(strstr(p.text, "test:2: no such entity") != NULL && strstr(p.text, "entities = ") != NULL);
}

TEST(redact, a_dropped_section_is_gone_with_all_that_was_found_in_it) {
    struct bench b;
    bench_init_with(&b, "sections_drop", "social history", rules);
    REQUIRE(redact(&b, BYTES("HPI: testmrn 00482913 coughs\nSocial History: lives at the harbour, testmrn 555123\nPlan: rest\n"), "a.txt") == 0);
    CHECK(view_has(&b, "Social History: \nPlan: rest\n"));
    CHECK(!view_has(&b, "harbour") && !view_has(&b, "555123") && !view_has(&b, "00482913"));
    CHECK_INT(b.out.counts[ENTITY_MRN], 1);
    CHECK_INT(b.out.counts[ENTITY_OTHER_ID], 0); /* a section is no identifier */
    REQUIRE(redact(&b, BYTES("testmrn,note\n100200,\"Social History: drinks\nPlan: rest\"\n300400,none\n"), "a.csv") == 0);
    CHECK(!view_has(&b, "drinks") && view_has(&b, "Plan: rest\"\n") && view_has(&b, ",none\n"));
    bench_release(&b);
}
