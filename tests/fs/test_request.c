#include "fs/request.h"

#include <errno.h>

#include "tests/fs/instance.h"
#include "tests/fs/kernel.h"
#include "tests/harness.h"

static struct instance at;

/* Opens the one file, as often as the kernel would. */
static long open_note(struct kernel *k) {
    struct fuse_entry_out e;
    uint64_t fh;
    for (int i = 0; i < 2; i++) {
        if (kernel_lookup(k, 1, "note.txt", &e) < 0) return -ENOENT;
        long r = kernel_open(k, e.nodeid, 0, &fh);
        if (r != -ESTALE) return r;
    }
    return -ESTALE;
}

static void begin(const char *extra) {
    instance_make(&at, extra);
    instance_write(&at, "note.txt", "text\n");
    (void) usleep(30000);
    instance_start(&at);
}

static uint64_t journal_size(void) {
    struct journal_status s;
    journal_status(at.guard->journal, &s);
    return s.size;
}

TEST(request, an_open_is_durable_in_the_journal_before_its_answer) {
    begin(NULL);
    struct kernel *k = kernel_start(at.guard);
    uint64_t before = journal_size();
    CHECK(open_note(k) >= 0);
    CHECK_INT(journal_size(), before + 1);
    kernel_stop(k);
    instance_stop(&at);
}

TEST(request, users_that_are_not_listed_are_denied_on_record) {
    begin("[access]\nusers = daemon\n");
    struct kernel *k = kernel_start(at.guard);
    uint64_t before = journal_size();
    CHECK_INT(open_note(k), -EACCES);
    CHECK_INT(at.guard->counters.denials, 1);
    CHECK_INT(journal_size(), before + 1);
    kernel_as(k, (uint32_t) getpid(), 1); /* daemon */
    CHECK(open_note(k) >= 0);
    kernel_as(k, (uint32_t) getpid(), UINT32_MAX); /* an idmapped mount without a mapping */
    CHECK_INT(open_note(k), -EACCES);
    kernel_stop(k);
    instance_stop(&at);
}

TEST(request, without_a_login_id_nobody_is_admitted_where_one_is_required) {
    begin("require_auid = yes\n");
    struct actor self;
    actor_of_self(&self);
    struct kernel *k = kernel_start(at.guard);
    CHECK((open_note(k) >= 0) == (self.auid != ACTOR_AUID_UNSET));
    kernel_as(k, 0, 0); /* a caller in another pid name space */
    CHECK_INT(open_note(k), -EACCES);
    kernel_stop(k);
    instance_stop(&at);
}

TEST(request, revoked_access_is_denied_until_the_next_reload) {
    begin(NULL);
    struct problem p;
    struct kernel *k = kernel_start(at.guard);
    CHECK(open_note(k) >= 0);
    guard_revoke(at.guard);
    CHECK_INT(open_note(k), -EACCES);
    REQUIRE(guard_reload(at.guard, &p) == 0);
    CHECK(open_note(k) >= 0);
    kernel_stop(k);
    instance_stop(&at);
}
