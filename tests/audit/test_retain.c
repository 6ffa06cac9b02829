#include "audit/retain.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/prove.h"
#include "audit/verify.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

static struct note_key kept_stable, kept_epoch; /* of the journal that the test made */

static uint64_t append_range(struct fixture *f, const struct event_range *range) {
    struct journal *j = fixture_open(f);
    must(j != NULL);
    struct event ev = { .type = EVENT_RETAIN, .range = range };
    uint64_t index = 0;
    must(journal_append_wait(j, &ev, &index) == 0 && journal_close(j) == 0);
    return index;
}

static void fixture_make(struct fixture *f) {
    fixture_init(f);
    struct journal *j = fixture_create(f);
    must(j != NULL);
    struct event open = fixture_event(EVENT_OPEN), close = fixture_event(EVENT_CLOSE);
    for (size_t i = 0; i < 70000; i++) {
        if (i == 1000 || i == 66000) {
            must(journal_close(j) == 0);
            j = fixture_open(f);
            must(j != NULL);
        }
        must(journal_append(j, i % 2 == 0 ? &open : &close, i % 2 == 0 ? &close.opened_at : NULL) == 0);
    }
    must(journal_close(j) == 0);
    kept_stable = fixture_key(f, "log.vkey");
    kept_epoch = fixture_key(f, "epoch/0/vkey");
}

/* now lies later than the records: whatever is whole may go. */
static struct retain_options options_of(const struct fixture *f) {
    return (struct retain_options) { .dir = f->dir, .stable = kept_stable, .keep_us = 1000000, .now_us = clock_realtime_us() + UINT64_C(3600) * 1000000 };
}

static struct verify_report verify(const struct fixture *f, const struct note_key *epoch, struct bytes since) {
    struct verify_options o = { .dir = f->dir, .stable = kept_stable, .epoch = epoch, .since = since };
    static struct verify_report report;
    struct problem p = { "" };
    CHECK_INT(verify_run(&o, &report, &p), 0);
    return report;
}

static bool finds(const struct verify_report *r, enum verify_kind kind, const char *words) {
    for (size_t i = 0; i < r->finding_count; i++) {
        if (r->finding[i].kind == kind && strstr(r->finding[i].text, words)) return true;
    }
    return false;
}

static void show(const struct verify_report *r) {
    for (size_t i = 0; i < r->finding_count; i++) printf("#   %u %s\n", (unsigned) r->finding[i].kind, r->finding[i].text);
}

static void announce(struct fixture *f, const struct retain_plan *plan) {
    struct merkle_hash digest;
    must(retain_digest(&plan->next, &digest) == 0);
    struct event_range range = { .kind = RETAIN_PRUNE, .from = plan->minimum, .to = plan->next.minimum, .count = plan->next.minimum - plan->minimum, .digest = digest.raw };
    append_range(f, &range);
}

static void command_in(const struct fixture *f, const char *command) {
    char line[900];
    must(snprintf(line, sizeof(line), "cd '%s/log' && %s", f->dir, command) > 0);
    must(system(line) == 0);
}

TEST(retain, the_mark_is_read_back_and_other_forms_are_refused) {
    struct retain_mark m = { .minimum = 131072, .epoch = 7, .epoch_s = 60 }, back;
    uint8_t public[32] = { 1 };
    struct buf text;
    buf_init(&text, RETAIN_MARK_LEN_MAX);
    must(note_key_make(FIXTURE_ORIGIN "/epoch/7", NOTE_ALGORITHM_ED25519, public, &m.epoch_key) == 0);
    CHECK_INT(retain_mark_format(&m, &text), 0);
    CHECK_INT(retain_mark_parse(buf_bytes(&text), FIXTURE_ORIGIN, &back), 0);
    CHECK(back.minimum == 131072 && back.epoch == 7 && back.epoch_s == 60 && memcmp(back.epoch_key.public, public, 32) == 0);
    CHECK_INT(retain_mark_parse(buf_bytes(&text), "example.org/other", &back), -EBADMSG);
    for (size_t cut = 0; cut < text.len; cut++) CHECK_INT(retain_mark_parse(bytes_make(text.ptr, cut), FIXTURE_ORIGIN, &back), -EBADMSG);
    text.ptr[0] = '2'; /* no multiple of 65,536 */
    CHECK_INT(retain_mark_parse(buf_bytes(&text), FIXTURE_ORIGIN, &back), -EBADMSG);
    buf_release(&text);
}

TEST(retain, what_is_too_young_stays_and_what_is_old_goes_in_whole_subtrees) {
    struct fixture f;
    struct retain_plan plan;
    struct problem p = { "" };
    fixture_make(&f);
    struct retain_options o = options_of(&f);
    o.keep_us = UINT64_C(2) * 3600 * 1000000;
    CHECK_INT(retain_make_plan(&o, &plan, &p), 0);
    CHECK(plan.minimum == 0 && plan.next.minimum == 0 && plan.hold_count == 0);
    o = options_of(&f);
    CHECK_INT(retain_make_plan(&o, &plan, &p), 0);
    CHECK_INT(plan.next.minimum, 65536);
    CHECK_INT(plan.next.epoch, 1);
    CHECK(plan.size > 70000);
    fixture_release(&f);
}

TEST(retain, a_pruned_log_verifies_is_continued_and_says_what_is_gone) {
    struct fixture f;
    struct retain_plan plan;
    struct problem p = { "" };
    uint64_t files = 0;
    fixture_make(&f);
    struct retain_options o = options_of(&f);
    struct buf receipt;
    buf_init(&receipt, 1000);
    struct verify_report r = verify(&f, &kept_epoch, bytes_make(NULL, 0));
    must(verify_receipt(&r, &receipt) == 0);
    must(retain_make_plan(&o, &plan, &p) == 0);
    CHECK_INT(retain_prune(&o, &plan, &files, &p), -ENOENT); /* not announced */
    CHECK_INT(verify(&f, &kept_epoch, bytes_make(NULL, 0)).verdict, VERIFY_OK);
    announce(&f, &plan);
    CHECK_INT(retain_prune(&o, &plan, &files, &p), 0);
    CHECK(files >= 2 * 256 + 1);
    r = verify(&f, NULL, buf_bytes(&receipt));
    CHECK_INT(r.verdict, VERIFY_OK);
    if (r.verdict != VERIFY_OK) show(&r);
    CHECK_INT(r.minimum, 65536);
    CHECK(finds(&r, VERIFY_NOTICE, "were pruned") && finds(&r, VERIFY_UNCHECKED, "the pruned records below 65536"));
    r = verify(&f, &kept_epoch, bytes_make(NULL, 0)); /* the key of epoch 0 proves nothing any more */
    CHECK(r.verdict == VERIFY_OK && finds(&r, VERIFY_UNCHECKED, "pinned epoch key"));
    r = verify(&f, &plan.next.epoch_key, bytes_make(NULL, 0));
    CHECK(r.verdict == VERIFY_OK && !finds(&r, VERIFY_UNCHECKED, "epoch key"));
    /* The writer goes on where it was. */
    struct journal *j = fixture_open(&f);
    REQUIRE(j != NULL);
    struct event open = fixture_event(EVENT_OPEN);
    uint64_t index = 0;
    CHECK_INT(journal_append_wait(j, &open, &index), 0);
    CHECK_INT(journal_close(j), 0);
    CHECK(index > 70000);
    CHECK_INT(verify(&f, &plan.next.epoch_key, buf_bytes(&receipt)).verdict, VERIFY_OK);
    CHECK_INT(retain_make_plan(&o, &plan, &p), 0); /* nothing more to do, and doing it again does no harm */
    CHECK(plan.minimum == 65536 && plan.next.minimum == 65536);
    CHECK_INT(retain_prune(&o, &plan, &files, &p), 0);
    CHECK_INT(files, 0);
    buf_release(&receipt);
    fixture_release(&f);
}

TEST(retain, removed_records_without_their_record_are_tampering) {
    struct fixture f;
    struct retain_plan plan;
    struct problem p = { "" };
    fixture_make(&f);
    struct retain_options o = options_of(&f);
    must(retain_make_plan(&o, &plan, &p) == 0);
    struct buf mark;
    buf_init(&mark, RETAIN_MARK_LEN_MAX);
    must(retain_mark_format(&plan.next, &mark) == 0);
    char path[400];
    must(snprintf(path, sizeof(path), "%s/log/pruned", f.dir) > 0 && io_create_file_at(AT_FDCWD, path, buf_bytes(&mark), 0640) == 0);
    command_in(&f, "i=0; while [ $i -lt 256 ]; do rm tile/entries/$(printf %03d $i) tile/0/$(printf %03d $i); i=$((i+1)); done; rm tile/1/000; rm -r epoch/0");
    struct verify_report r = verify(&f, &plan.next.epoch_key, bytes_make(NULL, 0));
    CHECK_INT(r.verdict, VERIFY_TAMPERED);
    CHECK(finds(&r, VERIFY_BAD, "no record says"));
    buf_release(&mark);
    fixture_release(&f);
}

TEST(retain, a_changed_mark_or_subtree_below_the_minimum_is_found) {
    struct fixture f;
    struct retain_plan plan;
    struct problem p = { "" };
    uint64_t files = 0;
    fixture_make(&f);
    struct retain_options o = options_of(&f);
    must(retain_make_plan(&o, &plan, &p) == 0);
    announce(&f, &plan);
    must(retain_prune(&o, &plan, &files, &p) == 0);
    CHECK_INT(verify(&f, NULL, bytes_make(NULL, 0)).verdict, VERIFY_OK);
    command_in(&f, "cp pruned ../pruned; sed -i '2s/.*/61/' pruned");
    CHECK_INT(verify(&f, NULL, bytes_make(NULL, 0)).verdict, VERIFY_TAMPERED);
    command_in(&f, "cp ../pruned pruned; cp tile/2/000.p/1 ../two; printf x | dd of=tile/2/000.p/1 conv=notrunc status=none");
    CHECK_INT(verify(&f, NULL, bytes_make(NULL, 0)).verdict, VERIFY_TAMPERED);
    command_in(&f, "cp ../two tile/2/000.p/1; cp tile/entries/256 tile/entries/000");
    struct verify_report r = verify(&f, NULL, bytes_make(NULL, 0));
    CHECK_INT(r.verdict, VERIFY_INCOMPLETE); /* a leftover: nothing vouches for it */
    CHECK(finds(&r, VERIFY_MISSING, "pruning was interrupted"));
    CHECK_INT(retain_make_plan(&o, &plan, &p), 0);
    CHECK_INT(retain_prune(&o, &plan, &files, &p), 0);
    CHECK_INT(files, 1);
    CHECK_INT(verify(&f, NULL, bytes_make(NULL, 0)).verdict, VERIFY_OK);
    fixture_release(&f);
}

TEST(retain, a_legal_hold_blocks_until_it_is_released) {
    struct fixture f;
    struct retain_plan plan;
    struct problem p = { "" };
    uint64_t files = 0;
    fixture_make(&f);
    struct retain_options o = options_of(&f);
    struct event_range hold = { .kind = RETAIN_HOLD };
    uint64_t first = append_range(&f, &hold), second = append_range(&f, &hold);
    must(retain_make_plan(&o, &plan, &p) == 0);
    CHECK_INT(plan.hold_count, 2);
    CHECK(plan.hold[0] == first && plan.hold[1] == second);
    announce(&f, &plan);
    CHECK_INT(retain_prune(&o, &plan, &files, &p), -EPERM);
    struct verify_report r = verify(&f, &kept_epoch, bytes_make(NULL, 0));
    CHECK(r.verdict == VERIFY_OK && r.minimum == 0 && finds(&r, VERIFY_NOTICE, "not carried out") && finds(&r, VERIFY_NOTICE, "legal hold was set"));
    struct event_range release = { .kind = RETAIN_RELEASE, .from = first, .to = first + 1 };
    append_range(&f, &release);
    CHECK_INT(retain_prune(&o, &plan, &files, &p), -EPERM);
    release = (struct event_range) { .kind = RETAIN_RELEASE, .from = second, .to = second + 1 };
    append_range(&f, &release);
    CHECK_INT(retain_prune(&o, &plan, &files, &p), 0);
    r = verify(&f, NULL, bytes_make(NULL, 0));
    CHECK(r.verdict == VERIFY_OK && r.minimum == 65536);
    fixture_release(&f);
}

TEST(retain, nothing_of_a_journal_that_is_not_sound_may_be_removed) {
    struct fixture f;
    struct retain_plan plan;
    struct problem p = { "" };
    fixture_make(&f);
    command_in(&f, "printf x | dd of=tile/entries/100 bs=1 seek=700 conv=notrunc status=none");
    struct retain_options o = options_of(&f);
    CHECK_INT(retain_make_plan(&o, &plan, &p), -EBADMSG);
    CHECK(strstr(p.text, "not sound") != NULL);
    fixture_release(&f);
}
