#include "redact/restore.h"

#include <errno.h>

#include "redact/vault_seal.h"
#include "tests/redact/workbench.h"

struct round {
    struct workbench w;
    char text[4096];
    struct buf view, back;
    struct restore_report report;
};

static void round_open(struct round *t) {
    workbench_open(&t->w, "safe-harbor", "rag");
    buf_init(&t->view, 1 << 20);
    buf_init(&t->back, 1 << 20);
}

static void round_close(struct round *t) {
    workbench_close(&t->w);
    buf_release(&t->view);
    buf_release(&t->back);
}

static void round_view(struct round *t, const char *marked) {
    struct finding findings[64];
    size_t n = workbench_parse(marked, t->text, findings);
    workbench_view(&t->w, bytes_from_string(t->text), findings, n, &t->view);
}

static int round_restore(struct round *t, struct bytes input, struct restore_options options) {
    struct vault_reader *reader = workbench_reader(&t->w, "rag");
    buf_reset(&t->back);
    int r = restore_text(reader, input, &options, &t->back, &t->report);
    vault_reader_free(reader);
    return r;
}

static void check_round(const char *const *marked, size_t count) {
    struct round t = { 0 };
    struct buf views[8];
    char texts[8][4096];
    round_open(&t);
    for (size_t i = 0; i < count; i++) {
        round_view(&t, marked[i]);
        buf_init(&views[i], 1 << 16);
        REQUIRE(buf_append(&views[i], buf_bytes(&t.view)) == 0);
        memcpy(texts[i], t.text, sizeof(texts[i]));
    }
    workbench_close(&t.w);
    for (size_t i = 0; i < count; i++) {
        REQUIRE(round_restore(&t, buf_bytes(&views[i]), (struct restore_options) { .format = RESTORE_TEXT }) == 0);
        CHECK_BYTES(buf_bytes(&t.back), bytes_from_string(texts[i]));
        CHECK(t.report.is_view);
        buf_release(&views[i]);
    }
    round_close(&t);
}

TEST(restore, an_unmodified_view_gives_back_the_original_bytes) {
    const char *const marked[] = {
        "Patient: {PATIENT:SMITH, JOHN}\nMr. {PERSON:Smith} ({PATIENT:John Q. Smith}), MRN {MRN:0048-2913} = {MRN:00482913}; {PERSON:John}'s wife\n",
        "{PATIENT:John Q. Smith} called {PHONE:(617) 555-0123} and {PHONE:617.555.0123}",
        "only {PATIENT:john  q smith} here, at {STREET:12 Main Street} / {STREET:12 MAIN ST}",
        "{EMAIL:A.B@X.ORG} {URL:http://x.org/a} \xc3\xa9 {PATIENT:Jos\xc3\xa9 Nu\xc3\xb1o}",
    };
    check_round(marked, array_count(marked));
}

TEST(restore, planted_tokens_come_back_as_they_were_and_reveal_nothing) {
    struct round t = { 0 };
    char planted[256], token[TOKEN_TEXT_LEN_MAX + 1];
    round_open(&t);
    round_view(&t, "{PATIENT:Zebediah Quartermain}");
    memcpy(token, t.view.ptr, t.view.len);
    token[t.view.len] = 0;
    snprintf(planted, sizeof(planted), "Mr. {PATIENT:Doe} saw %s and **%.15s** and [SSN-1]", token, token + 1);
    round_view(&t, planted);
    CHECK(memmem(t.view.ptr, t.view.len, token, strlen(token)) == NULL);
    workbench_close(&t.w);
    REQUIRE(round_restore(&t, buf_bytes(&t.view), (struct restore_options) { .format = RESTORE_TEXT }) == 0);
    CHECK_BYTES(buf_bytes(&t.back), bytes_from_string(t.text));
    CHECK(memmem(t.back.ptr, t.back.len, "Quartermain", 11) == NULL);
    round_close(&t);
}

TEST(restore, an_answer_gets_the_form_that_reads_best) {
    struct round t = { 0 };
    char answer[256];
    round_open(&t);
    round_view(&t, "{PATIENT:SMITH, JOHN Q.} {PATIENT:John Q. Smith} {PERSON:Smith}");
    workbench_close(&t.w);
    int n = snprintf(answer, sizeof(answer), "We advise %.17s to rest.", (const char *) t.view.ptr);
    REQUIRE(round_restore(&t, bytes_make(answer, (size_t) n), (struct restore_options) { .format = RESTORE_TEXT }) == 0);
    CHECK_BYTES(buf_bytes(&t.back), BYTES("We advise John Q. Smith to rest."));
    round_close(&t);
}

static size_t put_code(struct round *t, const char *marked, char code[8]) {
    round_view(t, marked);
    const uint8_t *underscore = memchr(t->view.ptr, '_', t->view.len);
    memcpy(code, underscore + 1, 7);
    code[7] = 0;
    return t->view.len;
}

TEST(restore, every_token_falls_into_its_class) {
    struct round t = { 0 };
    char code[8], answer[512];
    round_open(&t);
    put_code(&t, "{PATIENT:John Smith}", code);
    workbench_close(&t.w);
    struct token never;
    do token_random(ENTITY_PATIENT, &never);
    while (strcmp(never.code, code) == 0);
    char wrong[8];
    memcpy(wrong, code, sizeof(wrong));
    wrong[2] = wrong[2] == 'B' ? 'C' : 'B';
    int n = snprintf(answer, sizeof(answer), "[PATIENT_%s] patient\\_%s [PATIENT_%s] [PATIENT_%s] [PATIENT] [PHONE-1] [MRN_%s]", code, code, wrong,
                     never.code, code);
    REQUIRE(round_restore(&t, bytes_make(answer, (size_t) n), (struct restore_options) { .format = RESTORE_TEXT }) == 0);
    CHECK_INT(t.report.counts[RESTORE_EXACT], 1);
    CHECK_INT(t.report.counts[RESTORE_NORMALISED], 1);
    CHECK_INT(t.report.counts[RESTORE_BAD_CHECK], 1);
    CHECK_INT(t.report.counts[RESTORE_NEVER_ISSUED], 2); /* the invented one, and a patient's code under another word */
    CHECK_INT(t.report.counts[RESTORE_SUFFIX_LOST], 1);
    CHECK_INT(t.report.counts[RESTORE_LABEL], 1);
    CHECK_INT(restore_report_restored(&t.report), 2);
    CHECK_INT(restore_report_left(&t.report), 4);
    char expected[512];
    n = snprintf(expected, sizeof(expected), "John Smith John Smith [PATIENT_%s] [PATIENT_%s] [PATIENT] [PHONE-1] [MRN_%s]", wrong, never.code, code);
    CHECK_BYTES(buf_bytes(&t.back), bytes_make(expected, (size_t) n));
    round_close(&t);
}

TEST(restore, a_token_of_another_destination_is_left_as_an_incident) {
    struct round t = { 0 };
    round_open(&t);
    round_view(&t, "{PATIENT:John Smith}");
    workbench_close(&t.w);
    struct vault_reader *reader = workbench_reader(&t.w, "research");
    struct restore_options o = { .format = RESTORE_TEXT };
    REQUIRE(restore_text(reader, buf_bytes(&t.view), &o, &t.back, &t.report) == 0);
    CHECK_BYTES(buf_bytes(&t.back), buf_bytes(&t.view));
    CHECK_INT(t.report.counts[RESTORE_NOT_SERVED], 1);
    vault_reader_free(reader);
    round_close(&t);
}

TEST(restore, values_are_escaped_for_what_surrounds_them) {
    struct round t = { 0 };
    char code[8], in[256], want[256];
    round_open(&t);
    put_code(&t, "{PERSON:O\"Hara, \\ <Jo> & Co}", code);
    workbench_close(&t.w);
    static const struct {
        enum restore_format format;
        const char *in, *out;
    } cases[] = {
        { RESTORE_AUTO, "{\"a\":\"[PERSON_%s]\"}", "{\"a\":\"O\\\"Hara, \\\\ <Jo> & Co\"}" },
        { RESTORE_AUTO, "{\"a\":1}\n{\"a\":\"[PERSON_%s]\"}\n", "{\"a\":1}\n{\"a\":\"O\\\"Hara, \\\\ <Jo> & Co\"}\n" },
        { RESTORE_AUTO, "[PERSON_%s] came", "O\"Hara, \\ <Jo> & Co came" },
        { RESTORE_XML, "<p>[PERSON_%s]</p>", "<p>O&quot;Hara, \\ &lt;Jo&gt; &amp; Co</p>" },
        { RESTORE_CSV, "1,[PERSON_%s],x\r\n", "1,\"O\"\"Hara, \\ <Jo> & Co\",x\r\n" },
        { RESTORE_CSV, "1,\"a [PERSON_%s]\"\n2,\"b \"\"q\"\"\"\n", "1,\"a O\"\"Hara, \\ <Jo> & Co\"\n2,\"b \"\"q\"\"\"\n" },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        const char *at = strstr(cases[i].in, "%s");
        size_t head = (size_t) (at - cases[i].in);
        memcpy(in, cases[i].in, head);
        int n = snprintf(in + head, sizeof(in) - head, "%s%s", code, at + 2);
        snprintf(want, sizeof(want), "%s", cases[i].out);
        REQUIRE(round_restore(&t, bytes_make(in, head + (size_t) n), (struct restore_options) { .format = cases[i].format }) == 0);
        CHECK_BYTES(buf_bytes(&t.back), bytes_from_string(want));
    }
    round_close(&t);
}

TEST(restore, too_many_tokens_restore_nothing) {
    struct round t = { 0 };
    round_open(&t);
    round_view(&t, "{PATIENT:John Smith} {MRN:1} {MRN:2}");
    workbench_close(&t.w);
    CHECK_INT(round_restore(&t, buf_bytes(&t.view), (struct restore_options) { .format = RESTORE_TEXT, .token_count_max = 2 }), -E2BIG);
    CHECK_INT(t.back.len, 0);
    CHECK_INT(round_restore(&t, buf_bytes(&t.view), (struct restore_options) { .format = RESTORE_TEXT, .token_count_max = 3 }), 0);
    round_close(&t);
}

TEST(restore, another_secret_opens_nothing) {
    struct round t = { 0 };
    struct problem p = { .text = "" };
    struct key other;
    struct vault_reader *reader = NULL;
    round_open(&t);
    round_view(&t, "{PATIENT:John Smith}");
    workbench_close(&t.w);
    randombytes_buf(other.raw, sizeof(other.raw));
    const struct vault_place place = workbench_place(t.w.dir, "rag");
    REQUIRE(vault_reader_open(&place, &other, &reader, &p) == 0);
    struct restore_options o = { .format = RESTORE_TEXT };
    CHECK_INT(restore_text(reader, buf_bytes(&t.view), &o, &t.back, &t.report), -EKEYREJECTED);
    CHECK_INT(t.back.len, 0);
    vault_reader_free(reader);
    round_close(&t);
}
