#include "conf/exposure.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "conf/base/io.h"
#include "tests/harness.h"

/* A source and a state below a folder that everybody may enter; the test opens what it wants open. */
static struct conf *instance(mode_t source_mode) {
    static struct conf c;
    if (geteuid() != 0) SKIP("only root can take on a consumer's rights");
    memset(&c, 0, sizeof(c));
    must(chmod(harness_temp_dir(), 0755) == 0);
    must(snprintf(c.source, sizeof(c.source), "%s/source", harness_temp_dir()) > 0);
    must(snprintf(c.state, sizeof(c.state), "%s/state", harness_temp_dir()) > 0);
    must(snprintf(c.journal, sizeof(c.journal), "%s/state/journal", harness_temp_dir()) > 0);
    must(snprintf(c.path, sizeof(c.path), "%s/conf", harness_temp_dir()) > 0);
    must(mkdir(c.source, 0700) == 0 && chmod(c.source, source_mode) == 0);
    must(mkdir(c.state, 0700) == 0 && mkdir(c.journal, 0755) == 0);
    must(io_create_file_at(AT_FDCWD, c.path, BYTES(""), 0644) == 0);
    return &c;
}

static struct exposures *find(const struct conf *c) {
    static struct exposures found;
    struct problem p = { 0 };
    int r = exposure_find(c, &found, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%d: %s", r, p.text);
    REQUIRE(r == 0 && found.complete);
    return &found;
}

TEST(exposure, a_private_source_and_state_expose_nothing) {
    struct exposures *found = find(instance(0700));
    CHECK_INT(found->count, 0);
    CHECK_INT(found->tried, 1);
}

TEST(exposure, a_source_everybody_can_list_or_enter_is_found) {
    struct exposures *found = find(instance(0701));
    REQUIRE(found->count == 1);
    CHECK_INT(found->items[0].kind, EXPOSURE_SOURCE);
    CHECK_STRING(found->items[0].consumer, "everybody");
    char words[5000];
    exposure_describe(&found->items[0], words, sizeof(words));
    CHECK(strstr(words, "everybody can reach the source at /") == words);
    CHECK(strstr(words, "chmod o-rwx") != NULL);
}

TEST(exposure, an_open_source_below_a_closed_folder_is_not_reached) {
    struct conf *c = instance(0755);
    REQUIRE(chmod(harness_temp_dir(), 0700) == 0);
    CHECK_INT(find(c)->count, 0);
}

TEST(exposure, a_listed_user_is_tried_with_their_own_rights) {
    struct conf *c = instance(0700);
    uid_t users[] = { 0, 12345 };
    c->users = users;
    c->user_count = 2;
    CHECK_INT(find(c)->count, 0);
    CHECK_INT(find(c)->tried, 1); /* root is not tried */
    REQUIRE(chown(c->source, 12345, 0) == 0);
    struct exposures *found = find(c);
    REQUIRE(found->count == 1);
    CHECK_STRING(found->items[0].consumer, "uid 12345");
}

TEST(exposure, a_listed_group_is_tried) {
    struct conf *c = instance(0750);
    gid_t groups[] = { 23456 };
    c->groups = groups;
    c->group_count = 1;
    CHECK_INT(find(c)->count, 0);
    REQUIRE(chown(c->source, 0, 23456) == 0);
    struct exposures *found = find(c);
    REQUIRE(found->count == 1);
    CHECK_STRING(found->items[0].consumer, "gid 23456");
}

/* POSIX ACL xattr: version 2, then entries of tag, permissions, id (acl(5), linux/posix_acl_xattr.h), little endian. */
TEST(exposure, an_access_control_list_counts) {
    struct conf *c = instance(0700);
    uid_t users[] = { 12345 };
    c->users = users;
    c->user_count = 1;
    static const uint8_t acl[] = {
        2, 0, 0, 0,
        0x01, 0, 7, 0, 0xFF, 0xFF, 0xFF, 0xFF, /* owner rwx */
        0x02, 0, 5, 0, 0x39, 0x30, 0, 0,       /* user 12345 r-x */
        0x04, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, /* group --- */
        0x10, 0, 5, 0, 0xFF, 0xFF, 0xFF, 0xFF, /* mask r-x */
        0x20, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, /* others --- */
    };
    if (setxattr(c->source, "system.posix_acl_access", acl, sizeof(acl), 0) != 0) SKIP("no access control lists on this file system");
    struct exposures *found = find(c);
    REQUIRE(found->count == 1);
    CHECK_INT(found->items[0].kind, EXPOSURE_SOURCE);
}

TEST(exposure, open_state_and_writable_config_are_found) {
    struct conf *c = instance(0700);
    REQUIRE(chmod(c->state, 0711) == 0 && chmod(c->path, 0646) == 0);
    struct exposures *found = find(c);
    REQUIRE(found->count == 3); /* state, the journal below it, config */
    CHECK_INT(found->items[0].kind, EXPOSURE_STATE);
    CHECK_INT(found->items[1].kind, EXPOSURE_STATE);
    CHECK_INT(found->items[2].kind, EXPOSURE_CONFIG);
}

/* The source itself is closed by a folder above; a bind mount elsewhere opens another way to it. */
TEST(exposure, a_bind_mount_that_opens_another_way_is_found) {
    struct conf *c = instance(0700);
    char closed[PATH_MAX], door[PATH_MAX];
    must(snprintf(closed, sizeof(closed), "%s/closed", harness_temp_dir()) > 0);
    must(snprintf(door, sizeof(door), "%s/door", harness_temp_dir()) > 0);
    must(snprintf(c->source, sizeof(c->source), "%s/closed/docs", harness_temp_dir()) > 0);
    REQUIRE(mkdir(closed, 0700) == 0 && mkdir(c->source, 0755) == 0 && chmod(c->source, 0755) == 0 && mkdir(door, 0755) == 0);
    CHECK_INT(find(c)->count, 0);
    if (mount(c->source, door, NULL, MS_BIND, NULL) != 0) SKIP("mount(2) is not allowed here");
    struct exposures *found = find(c);
    CHECK(umount2(door, MNT_DETACH) == 0);
    REQUIRE(found->count == 1);
    CHECK_INT(found->items[0].kind, EXPOSURE_SOURCE);
    CHECK_STRING(found->items[0].path, door);
}

TEST(exposure, a_missing_source_is_an_error_not_an_all_clear) {
    struct conf *c = instance(0700);
    struct exposures found;
    struct problem p = { 0 };
    REQUIRE(rmdir(c->source) == 0);
    CHECK(exposure_find(c, &found, &p) < 0);
    CHECK(p.text[0] != '\0');
}
