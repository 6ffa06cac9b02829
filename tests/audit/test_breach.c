#include "audit/breach.h"

#include <errno.h>
#include <sodium.h>

#include "conf/base/clock.h"
#include "tests/audit/fixture.h"

static uint64_t us_of(const char *text) {
    uint64_t us = 0;
    REQUIRE(clock_parse(bytes_from_string(text), &us));
    return us;
}

static void day_is(uint64_t us, const char *day) {
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(us, text);
    text[10] = '\0';
    CHECK_STRING(text, day);
}

static struct verify_report report;

static struct journal *begin(struct fixture *f) {
    fixture_init(f);
    struct journal *j = fixture_create(f);
    REQUIRE(j != NULL);
    return j;
}

struct reading {
    struct breach *breach;
    int error;
};

static void take(void *context, uint64_t index, const struct entry *e) {
    struct reading *r = context;
    if (r->error == 0) r->error = breach_add(r->breach, index, e);
}

/* As the tool reads it: all of the log verifies in the pass that counts. */
static struct breach_figures count(const struct fixture *f, const struct query *q, bool one_patient) {
    _cleanup_(breach_freep) struct breach *b = NULL;
    struct breach_figures out = { 0 };
    struct problem p = { "" };
    REQUIRE(breach_new(q, one_patient, &b) == 0);
    struct reading r = { .breach = b };
    const struct verify_options o = { .dir = f->dir, .stable = fixture_key(f, "log.vkey"), .on_entry = take, .context = &r };
    REQUIRE(verify_run(&o, &report, &p) == 0 && report.verdict == VERIFY_OK && r.error == 0 && breach_end(b, &out) == 0);
    return out;
}

static void name_subject(struct event *ev, unsigned month, unsigned patient) {
    must(snprintf(ev->object.subject, sizeof(ev->object.subject), "p%u_patient%u", month, patient) > 0);
}

static uint64_t add_open(struct journal *j, const struct event *open) {
    uint64_t index = 0;
    REQUIRE(journal_append(j, open, &index) == 0);
    return index;
}

static void add_close(struct journal *j, uint64_t opened_at, uint64_t bytes) {
    struct event close = fixture_event(EVENT_CLOSE);
    close.opened_at = opened_at;
    close.bytes_served = bytes;
    close.reads = bytes > 0;
    REQUIRE(journal_append(j, &close, NULL) == 0);
}

static struct breach_page page_of(const struct breach_figures *f, const struct verify_report *v, const struct query *q) {
    return (struct breach_page) { .figures = f, .verified = v, .query = q, .discovered_us = us_of("2026-11-22T10:00:00.000000Z") };
}

static bool page_has(const struct buf *page, const char *text) {
    return memmem(page->ptr, page->len, text, strlen(text)) != NULL;
}

TEST(breach, individuals_entities_and_what_was_served_are_counted_from_a_real_journal) {
    struct fixture f;
    struct journal *j = begin(&f);
    struct actor other = fixture_actor;
    memcpy(other.user, "mallory", sizeof("mallory"));
    uint32_t counts[ENTITY_COUNT] = { [ENTITY_DATE] = 3, [ENTITY_MRN] = 1 };
    struct event open = fixture_event(EVENT_OPEN), foreign = fixture_event(EVENT_OPEN);
    struct event reid = { .type = EVENT_REID, .who = &other, .purpose = "TREAT", .restored = 4 };
    open.who = &other;
    open.counts = counts;
    crypto_hash_sha256_state hash;
    uint8_t indices[32];
    ignore(crypto_hash_sha256_init(&hash)); /* cannot fail */
    uint64_t first = 0, last = 0, records = 0;
    /* Months 1 and 12, seven and four patients, each three times; the last of a patient's opens is never closed, the second served nothing. */
    for (unsigned i = 0; i < 33; i++) {
        char line[24];
        name_subject(&open, i % 11 < 7 ? 1 : 12, i % 11);
        last = add_open(j, &open);
        if (records++ == 0) first = last;
        if (i < 22) add_close(j, last, i < 11 ? 100 : 0);
        add_close(j, add_open(j, &foreign), 5000); /* somebody else's */
        int len = snprintf(line, sizeof(line), "%llu\n", (unsigned long long) last);
        ignore(crypto_hash_sha256_update(&hash, (const uint8_t *) line, (unsigned long long) len)); /* cannot fail */
    }
    REQUIRE(journal_close(j) == 0);
    ignore(crypto_hash_sha256_final(&hash, indices)); /* cannot fail */
    struct query q = { .user = "mallory", .types = UINT32_C(1) << EVENT_BEAT };
    struct breach_figures b = count(&f, &q, false);
    CHECK_INT(b.opens, 33);
    CHECK_INT(b.most, 11);
    CHECK_INT(b.least, 7);
    CHECK_INT(b.months, 2);
    CHECK_INT(b.unknown, 0);
    CHECK_INT(b.bytes, 1100);
    CHECK_INT(b.reads, 11);
    CHECK_INT(b.unread, 11);
    CHECK_INT(b.unclosed, 11);
    CHECK_INT(b.found[ENTITY_DATE], 99);
    CHECK_INT(b.found[ENTITY_MRN], 33);
    CHECK_INT(b.first, first);
    CHECK_INT(b.last, last);
    CHECK_INT(b.records, records);
    CHECK(memcmp(b.indices, indices, sizeof(indices)) == 0);
    CHECK(b.first_us > 0 && b.first_us <= b.last_us && b.size == BREACH_FEW);
    REQUIRE(b.users.count == 1);
    CHECK_STRING(b.users.items[0].name, "mallory");
    CHECK_INT(b.users.items[0].count, 33);
    b = count(&f, &q, true); /* all tokens are one patient's */
    CHECK(b.most == 1 && b.least == 1);
    q.to_us = b.first_us; /* half open */
    b = count(&f, &q, false);
    CHECK(b.records == 0 && b.most == 0 && b.least == 0 && b.bytes == 0);
    j = fixture_open(&f);
    REQUIRE(j != NULL && journal_append_wait(j, &reid, NULL) == 0 && journal_close(j) == 0);
    q.to_us = 0;
    b = count(&f, &q, false);
    CHECK(b.reidentifications == 1 && b.restored == 4 && b.opens == 33 && b.records == 34);
    fixture_release(&f);
}

TEST(breach, five_hundred_is_reached_possible_or_excluded) {
    struct fixture f;
    struct journal *j = begin(&f);
    struct event open = fixture_event(EVENT_OPEN);
    const struct query all = { 0 };
    for (unsigned i = 0; i < 3 * (BREACH_MANY - 1); i++) { /* the table fills with what it has seen before */
        name_subject(&open, 1, i % (BREACH_MANY - 1));
        ignore(add_open(j, &open)); /* its index is nobody's here */
    }
    REQUIRE(journal_checkpoint(j) == 0);
    struct breach_figures b = count(&f, &all, false);
    CHECK(b.size == BREACH_FEW && b.most == BREACH_MANY - 1 && b.least == BREACH_MANY - 1);
    name_subject(&open, 2, 0);
    ignore(add_open(j, &open)); /* as above */
    REQUIRE(journal_checkpoint(j) == 0);
    b = count(&f, &all, false); /* may be one of those of the month before */
    CHECK(b.size == BREACH_POSSIBLY_MANY && b.most == BREACH_MANY && b.least == BREACH_MANY - 1);
    name_subject(&open, 1, BREACH_MANY);
    ignore(add_open(j, &open)); /* as above */
    REQUIRE(journal_checkpoint(j) == 0);
    b = count(&f, &all, false);
    CHECK(b.size == BREACH_IS_MANY && b.least == BREACH_MANY);
    REQUIRE(journal_close(j) == 0);
    fixture_release(&f);
}

TEST(breach, an_open_of_nobody_known_is_counted_apart_and_excludes_nothing) {
    struct fixture f;
    struct journal *j = begin(&f);
    struct event open = fixture_event(EVENT_OPEN);
    open.object.subject[0] = '\0';
    REQUIRE(journal_append_wait(j, &open, NULL) == 0 && journal_close(j) == 0);
    const struct query all = { 0 };
    struct breach_figures b = count(&f, &all, false);
    CHECK(b.unknown == 1 && b.most == 0 && b.size == BREACH_POSSIBLY_MANY);
    fixture_release(&f);
}

TEST(breach, dates_are_calendar_days_after_the_discovery) {
    day_is(breach_due(us_of("2026-11-22T23:59:59.000000Z")), "2027-01-21");
    day_is(breach_due(us_of("2028-01-01T00:00:00.000000Z")), "2028-03-01"); /* a leap year */
    day_is(breach_due_secretary(us_of("2026-11-22T10:00:00.000000Z"), BREACH_IS_MANY), "2027-01-21");
    day_is(breach_due_secretary(us_of("2026-11-22T10:00:00.000000Z"), BREACH_POSSIBLY_MANY), "2027-01-21");
    day_is(breach_due_secretary(us_of("2026-11-22T10:00:00.000000Z"), BREACH_FEW), "2027-03-01");
    day_is(breach_due_secretary(us_of("2027-01-01T00:00:00.000000Z"), BREACH_FEW), "2028-02-29");
}

TEST(breach, the_worksheet_names_facts_dates_evidence_and_what_is_to_be_judged) {
    static struct verify_report v = { .verdict = VERIFY_OK, .origin = FIXTURE_ORIGIN, .size = 9, .minimum = 2 };
    struct breach_figures f = { .opens = 2, .most = 2, .least = 1, .records = 2, .first = 3, .last = 7, .first_us = 1, .last_us = 2, .found = { [ENTITY_DATE] = 5 } };
    f.users.count = 1;
    memcpy(f.users.items[0].name, "a`|b", 5);
    const struct query q = { .user = "x" };
    struct breach_page page = page_of(&f, &v, &q);
    _cleanup_(buf_release) struct buf text, json;
    buf_init(&text, 1 << 20);
    buf_init(&json, 1 << 20);
    page.proof = BYTES("c2sp.org/tlog-proof@v1\n");
    REQUIRE(breach_write_text(&page, &text) == 0 && breach_write_json(&page, &json) == 0);
    static const char *const facts[] = { "| individuals | 2027-01-21 |", "| Secretary of HHS | 2027-03-01 |", "| DATE | C | 5 |", "164.402(2)(i))", "164.402(2)(ii))", "164.402(2)(iii))",
                                         "164.402(2)(iv))", "indices 3 to 7", "the records below 2;", "receipt v1 " FIXTURE_ORIGIN " 9 ", "tlog-proof@v1", "`a??b`", "decided by, on: ______" };
    for (size_t i = 0; i < array_count(facts); i++) {
        if (!page_has(&text, facts[i])) harness_fail(__FILE__, __LINE__, "the page lacks %s", facts[i]);
    }
    CHECK(page_has(&json, "\"secretary\":\"2027-03-01\"") && page_has(&json, "\"found\":{\"DATE\":5}") && page_has(&json, "\"500_or_more\":\"no\""));
    f.size = BREACH_IS_MANY;
    buf_reset(&text);
    REQUIRE(breach_write_text(&page, &text) == 0);
    CHECK(page_has(&text, "| Secretary of HHS | 2027-01-21 |") && page_has(&text, "| media | 2027-01-21 |"));
    v.verdict = VERIFY_TAMPERED; /* no receipt of what does not verify */
    buf_reset(&text);
    buf_reset(&json);
    REQUIRE(breach_write_text(&page, &text) == 0 && breach_write_json(&page, &json) == 0);
    CHECK(page_has(&text, "are no evidence") && !page_has(&text, "receipt v1") && page_has(&json, "\"receipt\":null"));
    struct buf small;
    buf_init(&small, 100);
    CHECK_INT(breach_write_text(&page, &small), -E2BIG);
    buf_release(&small);
}
