#include "conf/supply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/harness.h"

static const char *below(const char *name) {
    static char paths[16][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 16];
    must(snprintf(path, PATH_MAX, "%s/%s", harness_temp_dir(), name) < PATH_MAX);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode) {
    REQUIRE(io_create_file_at(AT_FDCWD, below(name), bytes_from_string(text), 0600) == 0);
    REQUIRE(chmod(below(name), mode) == 0);
}

static int read_roster(const char *path, struct supply_files *out, struct problem *p) {
    *out = (struct supply_files) { .count = 0 };
    return supplies_read_roster(path, out, p);
}

TEST(supply, a_folder_is_read_in_the_order_of_its_names_without_dot_files) {
    _cleanup_(supply_files_release) struct supply_files f;
    struct problem p = { 0 };
    REQUIRE(mkdir(below("r"), 0700) == 0);
    write_file("r/b.csv", "two", 0600);
    write_file("r/a.hl7", "one", 0400);
    write_file("r/.hidden", "three", 0600);
    REQUIRE(read_roster(below("r"), &f, &p) == 0 && f.count == 2);
    CHECK_BYTES(buf_bytes(&f.items[0].text), BYTES("one"));
    CHECK_BYTES(buf_bytes(&f.items[1].text), BYTES("two"));
}

TEST(supply, what_others_may_read_or_write_is_no_roster) {
    static const mode_t modes[] = { 0604, 0620, 0602, 0640 };
    for (size_t i = 0; i < array_count(modes); i++) {
        char name[16];
        _cleanup_(supply_files_release) struct supply_files f;
        struct problem p = { 0 };
        snprintf(name, sizeof(name), "m%zu", i);
        write_file(name, "x", modes[i]);
        int r = read_roster(below(name), &f, &p);
        CHECK_INT(r, modes[i] == 0640 ? 0 : -EPERM); /* the service's group may read */
        CHECK(r == 0 || strstr(p.text, "chmod g-w,o-rwx"));
    }
}

TEST(supply, links_missing_files_and_empty_folders_are_refused_with_the_setting_and_path) {
    _cleanup_(supply_files_release) struct supply_files f;
    struct problem p = { 0 };
    write_file("real", "x", 0600);
    REQUIRE(symlink(below("real"), below("link")) == 0 && mkdir(below("empty"), 0700) == 0);
    CHECK_INT(read_roster(below("link"), &f, &p), -ELOOP);
    CHECK(strstr(p.text, "roster = ") && strstr(p.text, "symbolic link"));
    CHECK_INT(read_roster(below("gone"), &f, &p), -ENOENT);
    CHECK_INT(read_roster(below("empty"), &f, &p), -ENOENT);
    CHECK(strstr(p.text, "holds no"));
}

TEST(supply, rules_lists_and_rosters_of_a_configuration_are_read_together) {
    _cleanup_(supplies_release) struct supplies s = { .rules = { .count = 0 } };
    _cleanup_(free_ptr) struct conf *c = calloc(1, sizeof(*c));
    struct problem p = { 0 };
    REQUIRE(c && mkdir(below("l"), 0755) == 0);
    CHECK_INT(supplies_read(c, &s, &p), 0); /* nothing named, nothing read */
    CHECK_INT(s.rules.count + s.lists.count + s.rosters.count, 0);
    write_file("l/x.list", "list", 0644);
    write_file("l/notes.txt", "no list", 0644);
    write_file("rules", "rules", 0644);
    snprintf(c->rules, sizeof(c->rules), "%s", below("rules"));
    snprintf(c->lists, sizeof(c->lists), "%s", below("l"));
    REQUIRE(supplies_read(c, &s, &p) == 0 && s.rules.count == 1 && s.lists.count == 1 && s.rosters.count == 0);
    CHECK_BYTES(buf_bytes(&s.lists.items[0].text), BYTES("list"));
    struct supplies second;
    snprintf(c->lists, sizeof(c->lists), "%s", below("rules"));
    CHECK_INT(supplies_read(c, &second, &p), -ENOTDIR);
    CHECK(strstr(p.text, "lists = ") && strstr(p.text, "is no folder"));
    CHECK_INT(supply_roster_instead(c, "/elsewhere", &p), 0);
    CHECK_STRING(c->roster, "/elsewhere");
}
