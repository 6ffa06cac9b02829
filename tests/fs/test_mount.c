#include "fs/mount.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/harness.h"

static struct conf conf;
static char root[PATH_MAX / 4];

static const char *in(const char *name) {
    static char path[4][PATH_MAX / 2];
    static unsigned turn;
    turn = (turn + 1) % 4;
    (void) snprintf(path[turn], sizeof(path[turn]), "%s/%s", root, name);
    return path[turn];
}

static void begin(void) {
    conf = (struct conf) { .instance = "t" };
    (void) snprintf(root, sizeof(root), "%s", harness_temp_dir());
    REQUIRE(mkdir(in("source"), 0700) == 0 && mkdir(in("source/inside"), 0700) == 0 && mkdir(in("mnt"), 0700) == 0 && mkdir(in("full"), 0700) == 0);
    REQUIRE(mkdir(in("full/x"), 0700) == 0 && mkdir(in("source2"), 0700) == 0 && symlink("mnt", in("link")) == 0);
    (void) snprintf(conf.source, sizeof(conf.source), "%s", in("source"));
}

static int prepare(const char *mountpoint, struct mount_plan *plan, struct problem *p) {
    p->text[0] = '\0';
    return mount_prepare(&conf, mountpoint, plan, p);
}

TEST(mount, an_empty_folder_outside_the_source_will_do) {
    struct mount_plan plan;
    struct problem p;
    begin();
    REQUIRE(prepare(in("mnt"), &plan, &p) == 0);
    CHECK_STRING(plan.mountpoint, in("mnt"));
    CHECK_STRING(plan.instance, "t");
    CHECK_INT(prepare(in("source2"), &plan, &p), 0); /* a longer name is not a folder inside */
    REQUIRE(prepare(in("link"), &plan, &p) == 0);
    CHECK_STRING(plan.mountpoint, in("mnt"));
}

TEST(mount, every_wrong_place_is_refused_in_words) {
    struct mount_plan plan;
    struct problem p;
    begin();
    static const struct {
        const char *name;
        int error;
        const char *words;
    } wrong[] = {
        { "nowhere", -ENOENT, "does not exist" }, { "full", -ENOTEMPTY, "not empty" },      { "source", -EINVAL, "inside the source" },
        { "source/inside", -EINVAL, "inside" },   { "", -EINVAL, "inside the mountpoint" },
    };
    for (size_t i = 0; i < array_count(wrong); i++) {
        CHECK_INT(prepare(in(wrong[i].name), &plan, &p), wrong[i].error);
        if (!strstr(p.text, wrong[i].words)) harness_fail(__FILE__, __LINE__, "\"%s\" lacks \"%s\"", p.text, wrong[i].words);
    }
}

TEST(mount, a_living_folder_is_not_dead) {
    begin();
    CHECK(!mount_is_dead(in("mnt")));
    CHECK(!mount_is_dead(in("nowhere")));
}
