#include "audit/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/verify.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

/* The rule of torchwood's TileArchiveFS: level 2 by its number, level 1 by 256 of them, level 0 and bundles by 65,536; all else in every zip. */
TEST(archive, every_full_tile_has_its_zip_and_the_rest_is_in_all) {
    CHECK_INT(archive_zip_of("tile/2/000"), 0);
    CHECK_INT(archive_zip_of("tile/2/001"), 1);
    CHECK_INT(archive_zip_of("tile/1/255"), 0);
    CHECK_INT(archive_zip_of("tile/1/256"), 1);
    CHECK_INT(archive_zip_of("tile/0/x065/535"), 0);
    CHECK_INT(archive_zip_of("tile/0/x065/536"), 1);
    CHECK_INT(archive_zip_of("tile/entries/x065/535"), 0);
    CHECK_INT(archive_zip_of("tile/entries/x131/072"), 2);
    CHECK_INT(archive_zip_of("tile/entries/x131/072.p/7"), -1);
    CHECK_INT(archive_zip_of("tile/2/000.p/1"), -1);
    CHECK_INT(archive_zip_of("tile/3/000"), -1);
    CHECK_INT(archive_zip_of("checkpoint"), -1);
    CHECK_INT(archive_zip_of("epoch/0/final"), -1);
}

static void make(struct fixture *f, size_t records) {
    fixture_init(f);
    struct journal *j = fixture_create(f);
    must(j != NULL);
    struct event open = fixture_event(EVENT_OPEN);
    for (size_t i = 0; i < records; i++) must(journal_append(j, &open, NULL) == 0);
    must(journal_close(j) == 0);
}

static void run(const struct fixture *f, const char *command) {
    char line[900];
    must(snprintf(line, sizeof(line), "cd '%s' && %s", f->state, command) > 0);
    REQUIRE(system(line) == 0);
}

TEST(archive, unpacked_by_another_program_it_is_a_log_that_verifies) {
    struct fixture f;
    char to[400], out[400];
    struct archive_result result;
    struct problem p = { "" };
    if (system("unzip -v >/dev/null 2>&1") != 0) SKIP("unzip is not installed");
    make(&f, 700);
    must(snprintf(to, sizeof(to), "%s/zips", f.state) > 0 && snprintf(out, sizeof(out), "%s/out", f.state) > 0 && mkdir(to, 0700) == 0);
    struct archive_options o = { .dir = f.dir, .to = to, .stable = fixture_key(&f, "log.vkey") };
    CHECK_INT(archive_write(&o, &result, &p), 0);
    CHECK(result.zips == 1 && result.files >= 10 && result.size > 700);
    run(&f, "unzip -qq zips/000.zip -d out && diff -r journal/log out");
    struct verify_options v = { .dir = out, .stable = o.stable };
    static struct verify_report report;
    CHECK_INT(verify_run(&v, &report, &p), 0);
    CHECK(report.verdict == VERIFY_OK && report.size == result.size);
    /* The same log gives the same bytes, and nothing half written stays behind. */
    run(&f, "cp zips/000.zip first.zip");
    CHECK_INT(archive_write(&o, &result, &p), 0);
    run(&f, "cmp zips/000.zip first.zip && test \"$(ls zips)\" = 000.zip");
    fixture_release(&f);
}

struct progress {
    uint64_t calls, last, total;
    bool backwards, otherwise;
};

static void take_progress(void *context, uint64_t done, uint64_t total) {
    struct progress *s = context;
    s->backwards |= done < s->last;
    s->otherwise |= (s->calls > 0 && total != s->total) || done > total;
    s->last = done;
    s->total = total;
    s->calls++;
}

TEST(archive, how_far_it_is_is_told_in_records_until_all_are_written) {
    struct fixture f;
    char to[400];
    struct archive_result result;
    struct problem p = { "" };
    struct progress seen = { 0 };
    make(&f, 700);
    must(snprintf(to, sizeof(to), "%s/zips", f.state) > 0 && mkdir(to, 0700) == 0);
    struct archive_options o = { .dir = f.dir, .to = to, .stable = fixture_key(&f, "log.vkey"), .on_progress = take_progress, .context = &seen };
    CHECK_INT(archive_write(&o, &result, &p), 0);
    CHECK(seen.calls >= 5); /* at least once a file of records */
    CHECK(!seen.backwards && !seen.otherwise);
    CHECK_INT(seen.total, result.size);
    CHECK_INT(seen.last, result.size);
    fixture_release(&f);
}

TEST(archive, a_log_of_another_key_or_a_folder_that_is_not_there_is_refused) {
    struct fixture f;
    char to[400];
    struct archive_result result;
    struct problem p = { "" };
    make(&f, 3);
    must(snprintf(to, sizeof(to), "%s/none", f.state) > 0);
    struct archive_options o = { .dir = f.dir, .to = to, .stable = fixture_key(&f, "log.vkey") };
    CHECK_INT(archive_write(&o, &result, &p), -EIO);
    CHECK(strstr(p.text, "cannot be") != NULL);
    o.stable.public[3] ^= 1;
    CHECK_INT(archive_write(&o, &result, &p), -EBADMSG);
    fixture_release(&f);
}
