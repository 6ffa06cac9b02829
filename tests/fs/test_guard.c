#include "fs/guard.h"

#include <errno.h>
#include <stdio.h>

#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

static void append_to_config(const char *text) {
    FILE *f = fopen(at.config, "ae");
    REQUIRE(f != NULL);
    REQUIRE(fputs(text, f) >= 0);
    REQUIRE(fclose(f) == 0);
}

TEST(guard, a_reload_raises_the_generation_and_a_bad_one_keeps_the_old) {
    struct problem p;
    instance_make(&at, NULL);
    instance_start(&at);
    REQUIRE(guard_reload(at.guard, &p) == 0);
    CHECK_INT(at.guard->policy->number, 2);
    append_to_config("nonsense = 1\n");
    CHECK(guard_reload(at.guard, &p) < 0);
    CHECK(strstr(p.text, "nonsense") != NULL);
    CHECK_INT(at.guard->policy->number, 2);
    instance_stop(&at);
}

TEST(guard, a_view_is_kept_and_a_refusal_remembered_only_when_it_lasts) {
    instance_make(&at, NULL);
    instance_write(&at, "good.txt", "text 123456\n");
    instance_write(&at, "bad.txt", "REFUSE\n");
    (void) usleep(30000);
    instance_start(&at);
    struct worker w = { .owner = at.guard };
    struct outcome o = { 0 };
    guard_run(&w, &(struct work) { .kind = WORK_VIEW, .path = "good.txt" }, &o);
    REQUIRE(o.error == 0 && o.view != NULL);
    CHECK_BYTES(o.view->content, BYTES("text xxxxxx\n"));
    const struct catalog_key key = catalog_key_of(at.guard->catalog, "good.txt", &o.version, engine_digest(at.guard->policy->engine));
    struct catalog_record r;
    CHECK(catalog_get(at.guard->catalog, &key, &r) && r.state == CATALOG_EXACT && r.view_len == 12);
    struct view *kept = cache_get(at.guard->cache, &key);
    CHECK(kept == o.view);
    view_unref(kept);
    view_unref(o.view);
    o = (struct outcome) { 0 };
    guard_run(&w, &(struct work) { .kind = WORK_VIEW, .path = "bad.txt" }, &o);
    CHECK(o.error == 0 && !o.view && o.refusal == REFUSAL_LIMIT);
    o = (struct outcome) { 0 };
    guard_run(&w, &(struct work) { .kind = WORK_VIEW, .path = "none.txt" }, &o);
    CHECK_INT(o.error, -ENOENT);
    guard_end(&w);
    instance_stop(&at);
}

TEST(guard, a_file_changed_just_now_is_served_but_not_kept) {
    instance_make(&at, NULL);
    instance_start(&at);
    instance_write(&at, "new.txt", "text\n");
    struct worker w = { .owner = at.guard };
    struct outcome o = { 0 };
    guard_run(&w, &(struct work) { .kind = WORK_VIEW, .path = "new.txt" }, &o);
    REQUIRE(o.view != NULL);
    if (!o.racy) SKIP("the machine was too slow to be racy");
    const struct catalog_key key = catalog_key_of(at.guard->catalog, "new.txt", &o.version, engine_digest(at.guard->policy->engine));
    CHECK(cache_get(at.guard->cache, &key) == NULL);
    view_unref(o.view);
    guard_end(&w);
    instance_stop(&at);
}

TEST(guard, a_missing_key_or_source_stops_the_start_in_words) {
    struct problem p = { .text = "" };
    struct guard *g = NULL;
    instance_make(&at, NULL);
    char moved[PATH_MAX];
    (void) snprintf(moved, sizeof(moved), "%s/away", at.root);
    REQUIRE(rename(at.source, moved) == 0);
    const struct guard_options options = { .config = at.config, .keeper = at.keeper, .scout_channel = -1 };
    CHECK_INT(guard_new(&options, &g, &p), -ENOENT);
    CHECK(g == NULL && strstr(p.text, "source") != NULL);
    instance_stop(&at);
}
