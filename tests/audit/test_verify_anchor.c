/* Time bounded from both sides, against an authority made with openssl ts and a host whose clock this test sets. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/anchor.h"
#include "audit/timestamp.h"
#include "audit/verify.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "tests/audit/authority.h"
#include "tests/audit/fixture.h"

static int64_t clock_wrong_us;
uint64_t __real_clock_realtime_us(void);
uint64_t __wrap_clock_realtime_us(void);
uint64_t __wrap_clock_realtime_us(void) {
    return (uint64_t) ((int64_t) __real_clock_realtime_us() + clock_wrong_us);
}

#define HOUR_US (INT64_C(3600) * 1000000)

struct stamped {
    struct fixture f;
    struct note_key stable;
    char ca[400];
    struct buf response;
    uint64_t size;
};

static void append(struct fixture *f, const struct event *ev) {
    struct journal *j = fixture_open(f);
    must(j != NULL && journal_append_wait(j, ev, NULL) == 0 && journal_close(j) == 0);
}

static void append_open(struct fixture *f) {
    struct event ev = fixture_event(EVENT_OPEN);
    append(f, &ev);
}

/* A journal whose last record is an open under the host's clock of now, stamped by an authority whose clock is right; false without openssl. */
static bool stamp(struct stamped *s, int64_t wrong_us) {
    struct problem p = { "" };
    struct buf whole, request;
    struct note n;
    clock_wrong_us = wrong_us;
    fixture_init(&s->f);
    struct journal *j = fixture_create(&s->f);
    must(j != NULL && journal_close(j) == 0);
    append_open(&s->f);
    s->stable = fixture_key(&s->f, "log.vkey");
    buf_init(&whole, ANCHOR_REQUEST_LEN_MAX);
    buf_init(&request, TIMESTAMP_LEN_MAX);
    buf_init(&s->response, TIMESTAMP_LEN_MAX);
    must(anchor_request(s->f.dir, &s->stable, 0, &whole, &p) == 0);
    struct bytes note = bytes_make(whole.ptr + 7, whole.len - 7);
    must(note_parse(note, &n) == 0 && timestamp_request(n.text, &request, &p) == 0);
    _cleanup_(close_fd) int fd = open(s->f.state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(io_create_file_at(fd, "request", buf_bytes(&request), 0600) == 0);
    bool made = authority_makes(s->f.state, "request", "response");
    if (made) {
        must(io_read_file_at(fd, "response", &s->response) == 0);
        const struct anchor_stamp stamped = { note, buf_bytes(&s->response) };
        must(anchor_add_timestamp(s->f.dir, &s->stable, &stamped, &s->size, &p) == 0);
    }
    must(snprintf(s->ca, sizeof(s->ca), "%s/tsa.pem", s->f.state) > 0);
    buf_release(&whole);
    buf_release(&request);
    return made;
}

static void stamp_release(struct stamped *s) {
    buf_release(&s->response);
    fixture_release(&s->f);
    clock_wrong_us = 0;
}

static struct verify_report verify(const struct stamped *s, bool with_authority) {
    static struct verify_report report;
    struct problem p = { "" };
    struct verify_options o = { .dir = s->f.dir, .stable = s->stable, .tsa_file = with_authority ? s->ca : NULL };
    must(verify_run(&o, &report, &p) == 0);
    return report;
}

static bool finds(const struct verify_report *r, enum verify_kind kind, const char *words) {
    for (size_t i = 0; i < r->finding_count; i++) {
        if (r->finding[i].kind == kind && strstr(r->finding[i].text, words)) return true;
    }
    return false;
}

/* As deidfs-journal timestamp-add has it recorded. */
static void record(struct stamped *s) {
    struct merkle_hasher *h = NULL;
    struct merkle_hash digest;
    struct bytes text = buf_bytes(&s->response);
    must(merkle_hasher_new(&h) == 0);
    merkle_sha256(h, &text, 1, &digest);
    merkle_hasher_free(h);
    struct event_range range = { .kind = "tsr", .to = s->size, .count = 1, .digest = digest.raw };
    struct event ev = { .type = EVENT_ANCHOR, .range = &range };
    append(&s->f, &ev);
}

TEST(verify_anchor, a_record_that_claims_a_later_time_than_the_stamp_over_it_is_found) {
    static struct stamped s;
    if (!stamp(&s, HOUR_US)) SKIP("openssl(1) makes no test authority here");
    struct verify_report r = verify(&s, true);
    CHECK_INT(r.verdict, VERIFY_TAMPERED);
    CHECK(finds(&r, VERIFY_BAD, "claims a later time than the timestamp over it"));
    r = verify(&s, false); /* whoever does not ask the authority cannot know, and is told so */
    CHECK(r.verdict == VERIFY_OK && finds(&r, VERIFY_UNCHECKED, "timestamps: give --tsa"));
    stamp_release(&s);
}

TEST(verify_anchor, a_right_clock_is_confirmed_from_both_sides) {
    static struct stamped s;
    if (!stamp(&s, 0)) SKIP("openssl(1) makes no test authority here");
    record(&s);
    append_open(&s.f);
    struct verify_report r = verify(&s, true);
    CHECK_INT(r.verdict, VERIFY_OK);
    CHECK(finds(&r, VERIFY_NOTICE, "by a timestamping authority"));
    stamp_release(&s);
}

TEST(verify_anchor, a_clock_set_back_behind_a_recorded_anchor_is_found_even_when_it_was_explained) {
    static struct stamped s;
    if (!stamp(&s, 0)) SKIP("openssl(1) makes no test authority here");
    record(&s);
    clock_wrong_us = -HOUR_US;
    append_open(&s.f);
    struct verify_report r = verify(&s, false);
    CHECK(r.verdict == VERIFY_OK && finds(&r, VERIFY_NOTICE, "the host's clock was set")); /* the writer said so itself */
    r = verify(&s, true);
    CHECK_INT(r.verdict, VERIFY_TAMPERED);
    CHECK(finds(&r, VERIFY_BAD, "claims an earlier time than an anchor"));
    stamp_release(&s);
}

/* Without its record a stamp bounds one side alone: the limit that the anchor record is there for. */
TEST(verify_anchor, without_its_record_an_anchor_does_not_bound_what_follows) {
    static struct stamped s;
    if (!stamp(&s, 0)) SKIP("openssl(1) makes no test authority here");
    clock_wrong_us = -HOUR_US;
    append_open(&s.f);
    CHECK_INT(verify(&s, true).verdict, VERIFY_OK);
    stamp_release(&s);
}

TEST(verify_anchor, an_anchor_that_a_record_names_is_missed_and_a_replaced_one_is_noticed) {
    static struct stamped s;
    char command[900];
    if (!stamp(&s, 0)) SKIP("openssl(1) makes no test authority here");
    record(&s);
    must(snprintf(command, sizeof(command), "cd '%s/log/anchor' && mv %llu.tsr ../../kept.tsr", s.f.dir, (unsigned long long) s.size) > 0);
    must(system(command) == 0);
    struct verify_report r = verify(&s, false);
    CHECK_INT(r.verdict, VERIFY_INCOMPLETE);
    CHECK(finds(&r, VERIFY_MISSING, "is gone: record"));
    must(authority_makes(s.f.state, "request", "second")); /* another answer to the same request */
    must(snprintf(command, sizeof(command), "cp '%s/second' '%s/log/anchor/%llu.tsr'", s.f.state, s.f.dir, (unsigned long long) s.size) > 0);
    must(system(command) == 0);
    r = verify(&s, true);
    CHECK(r.verdict == VERIFY_OK && finds(&r, VERIFY_NOTICE, "was replaced since"));
    stamp_release(&s);
}
