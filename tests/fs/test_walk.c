#include "fs/walk.h"

#include <errno.h>

#include "fs/probe.h"
#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

static int put_file(void *context, const struct walk_file *f) {
    struct buf *out = context;
    return buf_append_printf(out, "%s|", f->shown);
}

static int walk(int (*visit)(void *context, const struct walk_file *f), struct buf *out) {
    struct worker w = { .owner = at.guard };
    struct policy *p = guard_policy(at.guard);
    const struct walk how = { .guard = at.guard, .policy = p, .worker = &w, .visit = visit, .context = out };
    int r = walk_run(&how);
    guard_end(&w);
    policy_unref(p);
    return r;
}

static int stop_at_once(void *context, const struct walk_file *f) {
    (void) context;
    (void) f;
    return -E2BIG;
}

TEST(walk, visits_what_is_shown_in_the_order_of_the_view_and_nothing_else) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 4096);
    instance_make(&at, NULL);
    static const char *const names[] = { "b.txt", "b/z.txt", "b/a.txt", "b c/x.txt", "MRN 12345678/n.txt", ".deidfs/x.txt", "a.txt" };
    for (size_t i = 0; i < array_count(names); i++) instance_write(&at, names[i], "text\n");
    char path[PATH_MAX], target[PATH_MAX];
    (void) snprintf(path, sizeof(path), "%s/link", at.source);
    (void) snprintf(target, sizeof(target), "%s/b", at.source);
    REQUIRE(symlink(target, path) == 0);
    FILE *f = NULL;
    (void) snprintf(path, sizeof(path), "%s/image", at.source);
    REQUIRE((f = fopen(path, "we")) != NULL && fwrite("\0\1\2", 1, 3, f) == 3 && fclose(f) == 0);
    instance_start(&at);
    CHECK_INT(walk(put_file, &out), 0);
    REQUIRE(buf_append_byte(&out, 0) == 0);
    char *text = (char *) out.ptr, *masked = strstr(text, "MRN xxxxxxxx-");
    REQUIRE(masked != NULL);
    memmove(masked + 12, strchr(masked, '/'), strlen(strchr(masked, '/')) + 1); /* the suffix is keyed */
    CHECK_STRING(text, "MRN xxxxxxxx/n.txt|a.txt|b/a.txt|b/z.txt|b c/x.txt|b.txt|");
    CHECK_INT(walk(stop_at_once, NULL), -E2BIG);
    instance_stop(&at);
}

TEST(walk, ends_when_the_mount_does) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 4096);
    instance_make(&at, NULL);
    instance_write(&at, "a.txt", "text\n");
    instance_start(&at);
    guard_stop_workers(at.guard);
    CHECK_INT(walk(put_file, &out), -ECANCELED);
    instance_stop(&at);
}

TEST(walk, a_slash_sorts_before_everything) {
    CHECK(walk_compare("a", "a") == 0 && walk_compare("a", "a/x") < 0 && walk_compare("a/x", "a b") < 0 && walk_compare("a b", "a.b") < 0);
    CHECK(walk_compare("a/x", "a.b") < 0 && walk_compare("b", "a/x") > 0 && walk_compare("", "a") < 0 && walk_compare("a\xc3\xa4", "az") > 0);
}
