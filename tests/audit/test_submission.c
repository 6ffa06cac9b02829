#include "audit/submission.h"

#include <errno.h>

#include "audit/entry.h"
#include "tests/audit/fixture.h"

#define H64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define TOKEN "e0_abcdefghijklmnopqrstuvwx"
#define HEAD "[instance]\nname = notes\nsource = /srv/phi\norigin = example.org/host/notes/abcd2345\n"

static struct submission got;

static const char *refusal(const char *line) {
    static struct problem p;
    p.text[0] = '\0';
    int r = submission_parse(bytes_from_string(line), &got, &p);
    CHECK((r == 0) == (p.text[0] == '\0'));
    CHECK(r == 0 || r == -EBADMSG);
    return p.text;
}

#define CHECK_REFUSED(line, words)                                                                               \
    do {                                                                                                         \
        const char *why_ = refusal(line);                                                                        \
        if (!strstr(why_, words)) harness_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", why_, words); \
    } while (0)

TEST(submission, an_inference_is_read_member_by_member) {
    CHECK_STRING(refusal("{\"do\":\"infer\",\"service\":\"rag\",\"model\":\"m\",\"version\":\"1\",\"destination\":\"d\",\"template\":\"" H64 "\",\"inputs\":[\"" H64 "\",\"" H64 "\"],"
                         "\"output\":\"" H64 "\",\"encounters\":[\"" TOKEN "\"],\"user\":\"Dr. \xc3\x84\",\"override\":\"break-glass\"}"), "");
    CHECK_INT(got.type, EVENT_INFER);
    CHECK_STRING(got.service, "rag");
    CHECK_STRING(got.version, "1");
    CHECK_INT(got.input_count, 2);
    CHECK_INT(got.inputs[1][31], 0xff);
    CHECK_STRING(got.encounters[0], TOKEN);
    CHECK_STRING(got.override, "break-glass");
    CHECK(got.has_template && got.has_output);
}

TEST(submission, what_could_carry_a_text_is_refused_and_never_repeated) {
#define GOOD "{\"do\":\"infer\",\"service\":\"rag\",\"model\":\"m\",\"output\":\"" H64 "\""
    CHECK_STRING(refusal(GOOD "}"), "");
    CHECK_REFUSED(GOOD ",\"note\":\"John Smith\"}", "unknown member");
    CHECK_REFUSED(GOOD ",\"override\":\"John Smith\"}", "override");
    CHECK_REFUSED(GOOD ",\"encounters\":[\"John Smith\"]}", "encounters");
    CHECK_REFUSED(GOOD ",\"encounters\":[\"p0_abcdefghijklmnopqrstuvwx\"]}", "encounters");
    CHECK_REFUSED(GOOD ",\"inputs\":\"" H64 "\"}", "inputs");
    CHECK_REFUSED(GOOD ",\"model\":\"m\"}", "JSON"); /* twice */
    CHECK_REFUSED(GOOD ",\"user\":\"a\\u0000b\"}", "JSON");
    CHECK_REFUSED("{\"do\":\"infer\",\"service\":\"rag\",\"model\":\"m\"}", "output");
    CHECK_REFUSED("{\"do\":\"open\"}", "\"do\"");
    CHECK_REFUSED("[]", "JSON");
    CHECK_REFUSED("", "JSON");
    CHECK_REFUSED("{\"do\":\"query\",\"kind\":\"John Smith\"}", "kind");
    CHECK_REFUSED("{\"do\":\"query\",\"kind\":\"fhir\"}", "kind");
    CHECK_REFUSED("{\"do\":\"query\",\"kind\":\"patient\",\"from\":5,\"to\":4}", "to");
    CHECK_REFUSED("{\"do\":\"query\",\"kind\":\"patient\",\"count\":-1}", "count");
    CHECK_REFUSED("{\"do\":\"query\",\"kind\":\"patient\",\"count\":1.5}", "count");
    CHECK_REFUSED("{\"do\":\"export\",\"kind\":\"fhir\",\"to\":9007199254740992}", "to");
    CHECK_REFUSED("{\"do\":\"session\",\"user\":\"a\",\"purpose\":\"FUN\",\"ticket\":\"t\"}", "purpose");
    CHECK_REFUSED("{\"do\":\"session\",\"user\":\"a\",\"purpose\":\"TREAT\"}", "ticket");
    CHECK(!strstr(refusal(GOOD ",\"John Smith\":1}"), "John"));
}

TEST(submission, names_must_stand_in_the_configuration) {
    struct problem p = { "" };
    _cleanup_(conf_freep) struct conf *c = NULL;
    REQUIRE(conf_parse(BYTES(HEAD "destination = rag-prod\n[records]\nservices = rag, scribe\nmodels = m@1, n\ndestinations = cloud\nrecorders = daemon\nauditors = bin\n"), "f", &c, &p) == 0);
    CHECK_STRING(refusal(GOOD ",\"version\":\"1\"}"), "");
    CHECK_INT(submission_check(&got, c, &p), 0);
    CHECK_STRING(got.destination, "rag-prod");
    static const struct {
        const char *line, *key;
    } bad[] = {
        { GOOD "}", "models" },
        { "{\"do\":\"infer\",\"service\":\"other\",\"model\":\"n\",\"output\":\"" H64 "\"}", "services" },
        { "{\"do\":\"infer\",\"service\":\"rag\",\"model\":\"n\",\"version\":\"2\",\"output\":\"" H64 "\"}", "models" },
        { "{\"do\":\"infer\",\"service\":\"rag\",\"model\":\"n\",\"destination\":\"x\",\"output\":\"" H64 "\"}", "destinations" },
    };
    for (size_t i = 0; i < array_count(bad); i++) {
        CHECK_STRING(refusal(bad[i].line), "");
        CHECK_INT(submission_check(&got, c, &p), -EPERM);
        CHECK(strstr(p.text, bad[i].key) != NULL);
    }
    /* Who may: by type and user. daemon is 1, bin is 2; 7 owns the state. */
    CHECK(submission_admits(EVENT_INFER, c, 7, 1) && !submission_admits(EVENT_QUERY, c, 7, 1) && !submission_admits(EVENT_EXPORT, c, 7, 1));
    CHECK(!submission_admits(EVENT_INFER, c, 7, 2) && submission_admits(EVENT_QUERY, c, 7, 2) && submission_admits(EVENT_EXPORT, c, 7, 2));
    CHECK(submission_admits(EVENT_INFER, c, 7, 0) && submission_admits(EVENT_EXPORT, c, 7, 7) && !submission_admits(EVENT_INFER, c, 7, 3));
}

TEST(submission, what_the_caller_chose_becomes_tokens_in_the_record) {
    struct fixture f;
    struct problem p = { "" };
    struct event ev;
    struct entry_stamp stamp = { .boot = "6f1c2a9be07d" };
    struct entry e;
    uint8_t raw[ENTRY_LEN_MAX];
    size_t len = 0;
    fixture_init(&f);
    CHECK_STRING(refusal(GOOD ",\"user\":\"John Smith\",\"encounters\":[\"" TOKEN "\"],\"inputs\":[\"" H64 "\"]}"), "");
    REQUIRE(submission_event(&got, f.keeper, &ev) == 0);
    REQUIRE(entry_encode(&ev, &stamp, raw, &len) == 0);
    CHECK(memmem(raw, len, "John", 4) == NULL);
    REQUIRE(entry_read(bytes_make(raw, len), &e) == 0);
    CHECK(event_is_token(entry_text(&e, ENTRY_INFER_USER)) && entry_text(&e, ENTRY_INFER_USER).ptr[0] == 'u');
    CHECK(bytes_equal(entry_text(&e, ENTRY_ENCOUNTERS), BYTES("[\"" TOKEN "\"]")));
    fixture_release(&f);
    (void) p;
}

TEST(submission, the_line_of_a_reading_is_read_back) {
    uint8_t digest[32];
    memset(digest, 0xab, sizeof(digest));
    const struct event_range range = { .kind = "patient", .from = 3, .to = 90, .count = 4, .digest = digest };
    _cleanup_(buf_release) struct buf line;
    struct problem p;
    buf_init(&line, SUBMISSION_LEN_MAX);
    REQUIRE(submission_write_range(&range, EVENT_QUERY, "p0_abcdefghijklmnopqrstuvwx", &line) == 0);
    REQUIRE(submission_parse(buf_bytes(&line), &got, &p) == 0);
    CHECK_INT(got.type, EVENT_QUERY);
    CHECK_STRING(got.range.kind, "patient");
    CHECK(got.range.from == 3 && got.range.to == 90 && got.range.count == 4 && memcmp(got.range.digest, digest, 32) == 0);
    struct event ev;
    REQUIRE(submission_event(&got, NULL, &ev) == 0); /* no keeper is asked */
    CHECK_STRING(ev.object.subject, "p0_abcdefghijklmnopqrstuvwx");
    CHECK(submission_kind_find("fhir", EVENT_EXPORT) && !submission_kind_find("fhir", EVENT_QUERY) && submission_kind_find("show", EVENT_QUERY));
    CHECK(submission_kind_find("tsr", EVENT_ANCHOR) && !submission_kind_find("tsr", EVENT_RETAIN) && submission_kind_find("hold", EVENT_RETAIN));
}
