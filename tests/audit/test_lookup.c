#include "audit/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include "audit/finder.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

enum { BEFORE = 3000, BEHIND = 700, PATIENTS = 40 };

static struct fixture at;
static struct note_key stable;
static char idx[PATH_MAX / 2], tokens[1][EVENT_TOKEN_LEN_MAX];
static uint64_t hits[2][BEFORE + BEHIND];
static size_t hit_count[2];

static void take(void *context, uint64_t index, const struct entry *e) {
    size_t *which = context;
    (void) e;
    REQUIRE(hit_count[*which] < BEFORE + BEHIND);
    hits[*which][hit_count[*which]++] = index;
}

static void append(struct journal *j, uint64_t count) {
    struct event ev = fixture_event(EVENT_OPEN);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index;
        must(snprintf(ev.object.subject, sizeof(ev.object.subject), "p0_patient%llu", (unsigned long long) (i * i % PATIENTS)) > 0);
        REQUIRE((i + 1 == count ? journal_append_wait(j, &ev, &index) : journal_append(j, &ev, &index)) == 0);
    }
}

static void put(const char *name, struct bytes data) {
    _cleanup_(close_fd) int dir_fd = open(idx, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(dir_fd >= 0 && io_replace_file_at(dir_fd, name, data, 0644) == 0);
}

static void build_add(void *context, uint64_t index, const struct entry *e) {
    finder_build_add(context, index, e);
}

/* From the log as it verifies; forget: as if records from there on named nobody. Its digest is recorded unless forged. */
static void build(struct journal *j, uint64_t forget, bool forged) {
    static struct verify_report report;
    char path[PATH_MAX], hint[32];
    struct finder_builder *b = NULL;
    struct problem p = { "" };
    uint64_t index = 0;
    (void) mkdir(idx, 0755);
    must(snprintf(path, sizeof(path), "%s/pages", idx) > 0);
    _cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    REQUIRE(fd >= 0 && finder_builder_new(fd, &b) == 0);
    const struct verify_options o = { .dir = at.dir, .stable = stable, .on_entry = build_add, .context = b };
    REQUIRE(journal_checkpoint(j) == 0 && verify_run(&o, &report, &p) == 0 && report.verdict == VERIFY_OK);
    if (forget) { /* the same form, without the records that a forger wants unseen */
        finder_builder_free(b);
        REQUIRE(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 && finder_builder_new(fd, &b) == 0);
    }
    _cleanup_(buf_release) struct buf directory;
    buf_init(&directory, FINDER_DIRECTORY_LEN_MAX);
    REQUIRE(finder_build_end(b, report.size, &directory) == 0);
    finder_builder_free(b);
    put("directory", buf_bytes(&directory));
    if (forged) return;
    uint8_t digest[32];
    ignore(crypto_hash_sha256(digest, directory.ptr, directory.len));
    const struct event_range range = { .kind = "index", .to = report.size, .count = report.size, .digest = digest };
    const struct event ev = { .type = EVENT_QUERY, .who = &fixture_actor, .range = &range };
    REQUIRE(journal_append_wait(j, &ev, &index) == 0);
    must(snprintf(hint, sizeof(hint), "%llu\n", (unsigned long long) index) > 0);
    put("record", bytes_from_string(hint));
}

static struct journal *begin(void) {
    fixture_init(&at);
    struct journal *j = fixture_create(&at);
    append(j, BEFORE);
    must(snprintf(idx, sizeof(idx), "%s/idx", at.dir) > 0);
    char path[PATH_MAX];
    _cleanup_(buf_release) struct buf vkey;
    buf_init(&vkey, NOTE_VKEY_LEN_MAX);
    must(snprintf(path, sizeof(path), "%s/log/log.vkey", at.dir) > 0);
    REQUIRE(io_read_file_at(AT_FDCWD, path, &vkey) == 0 && note_key_parse(bytes_make(vkey.ptr, vkey.len - 1), &stable) == 0);
    return j;
}

static int look_up(uint64_t patient, struct lookup_report *out, struct problem *p) {
    static size_t which = 0;
    must(snprintf(tokens[0], sizeof(tokens[0]), "p0_patient%llu", (unsigned long long) patient) > 0);
    static struct query q;
    q = (struct query) { .subjects = tokens, .subject_count = 1 };
    const struct lookup_options o = { .dir = at.dir, .stable = stable, .query = &q, .on_entry = take, .context = &which };
    hit_count[0] = 0;
    p->text[0] = '\0';
    return lookup_run(&o, out, p);
}

static void scan_one(void *context, uint64_t index, const struct entry *e) {
    const struct query *q = context;
    size_t which = 1;
    if (query_matches(q, e)) take(&which, index, e);
}

/* The same question to all of the log. */
static void scan(uint64_t patient) {
    static struct verify_report report;
    struct problem p = { "" };
    must(snprintf(tokens[0], sizeof(tokens[0]), "p0_patient%llu", (unsigned long long) patient) > 0);
    struct query q = { .subjects = tokens, .subject_count = 1 };
    const struct verify_options o = { .dir = at.dir, .stable = stable, .on_entry = scan_one, .context = &q };
    hit_count[1] = 0;
    REQUIRE(verify_run(&o, &report, &p) == 0);
}

static void check_agreement(void) {
    struct lookup_report report;
    struct problem p;
    for (uint64_t patient = 0; patient < PATIENTS; patient += 3) {
        int r = look_up(patient, &report, &p);
        if (r != LOOKUP_DONE) harness_fail(__FILE__, __LINE__, "%d %s", r, p.text);
        scan(patient);
        CHECK_INT(hit_count[0], hit_count[1]);
        CHECK(memcmp(hits[0], hits[1], hit_count[0] * sizeof(hits[0][0])) == 0);
        CHECK_INT(report.hits, hit_count[0]);
    }
}

TEST(lookup, the_index_and_the_whole_log_give_the_same_records) {
    struct journal *j = begin();
    struct lookup_report report;
    struct problem p;
    CHECK_INT(look_up(1, &report, &p), LOOKUP_UNUSABLE); /* there is none */
    build(j, 0, false);
    CHECK_INT(look_up(1, &report, &p), LOOKUP_UNUSABLE); /* its record is not below a checkpoint yet */
    REQUIRE(journal_checkpoint(j) == 0);
    check_agreement();
    append(j, BEHIND); /* a stale index: what lies behind it is read */
    REQUIRE(journal_checkpoint(j) == 0);
    check_agreement();
    REQUIRE(look_up(1, &report, &p) == LOOKUP_DONE);
    CHECK(report.covered < report.size && report.size >= BEFORE + BEHIND);
    REQUIRE(journal_close(j) == 0);
    check_agreement();
    fixture_release(&at);
}

TEST(lookup, an_index_that_hides_records_is_not_believed) {
    struct journal *j = begin();
    struct lookup_report report;
    struct problem p;
    build(j, 0, false);
    REQUIRE(journal_checkpoint(j) == 0);
    REQUIRE(look_up(1, &report, &p) == LOOKUP_DONE && hit_count[0] > 0);
    build(j, 1, true); /* an empty one in its place, with the honest one's record */
    CHECK_INT(look_up(1, &report, &p), LOOKUP_UNUSABLE);
    CHECK(strstr(p.text, "not the one that the journal names") != NULL && hit_count[0] == 0);
    build(j, 0, true); /* the honest one of today, which nobody recorded */
    CHECK_INT(look_up(1, &report, &p), LOOKUP_UNUSABLE);
    build(j, 0, false);
    REQUIRE(journal_checkpoint(j) == 0);
    CHECK_INT(look_up(1, &report, &p), LOOKUP_DONE);
    for (size_t i = 0; i < 3; i++) {
        static const char *const hints[] = { "0\n", "99999999\n", "x\n" };
        put("record", bytes_from_string(hints[i]));
        CHECK_INT(look_up(1, &report, &p), LOOKUP_UNUSABLE);
    }
    REQUIRE(journal_close(j) == 0);
    fixture_release(&at);
}

TEST(lookup, a_changed_record_is_found_though_only_its_bundle_is_read) {
    struct journal *j = begin();
    struct lookup_report report;
    struct problem p;
    char path[PATH_MAX];
    build(j, 0, false);
    REQUIRE(journal_checkpoint(j) == 0);
    REQUIRE(look_up(1, &report, &p) == LOOKUP_DONE && hit_count[0] > 0);
    must(snprintf(path, sizeof(path), "%s/log/tile/entries/%03llu", at.dir, (unsigned long long) (hits[0][0] / 256)) > 0);
    _cleanup_(close_fd) int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte = 0;
    REQUIRE(fd >= 0 && pread(fd, &byte, 1, 40) == 1);
    byte ^= 1;
    REQUIRE(pwrite(fd, &byte, 1, 40) == 1);
    CHECK_INT(look_up(1, &report, &p), -EBADMSG);
    REQUIRE(journal_close(j) == 0);
    fixture_release(&at);
}
