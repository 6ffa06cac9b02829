#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/harness.h"
#include "tests/program.h"

static const char *below(const char *name) {
    static char paths[64][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 64];
    must(snprintf(path, PATH_MAX, "%s/%s", harness_temp_dir(), name) < PATH_MAX);
    return path;
}

static void write_file(const char *name, struct bytes text) {
    REQUIRE(io_create_file_at(AT_FDCWD, below(name), text, 0600) == 0);
}

/* An instance over "docs"; its configuration's path. */
static const char *instance(void) {
    REQUIRE(mkdir(below("docs"), 0700) == 0);
    _cleanup_(program_release) struct program_result r;
    PROGRAM(&r, "tools/deidfs-setup", "--instance", "notes", "--source", below("docs"), "--state", below("state"));
    if (r.exit != 0) harness_fail(__FILE__, __LINE__, "%s", program_err(&r));
    REQUIRE(r.exit == 0);
    return below("state/notes.conf");
}

/* The same configuration with one line of it changed to a key and a path. */
static void set_path(const char *conf, const char *line, const char *key, const char *path) {
    _cleanup_(buf_release) struct buf text, changed;
    buf_init(&text, 1 << 20);
    buf_init(&changed, 1 << 20);
    REQUIRE(io_read_file_at(AT_FDCWD, conf, &text) == 0);
    const char *at = memmem(text.ptr, text.len, line, strlen(line));
    REQUIRE(at != NULL);
    size_t before = (size_t) (at - (const char *) text.ptr), behind = before + strlen(line);
    REQUIRE(buf_append(&changed, bytes_make(text.ptr, before)) == 0 && buf_append_printf(&changed, "%s = %s\n", key, path) == 0);
    REQUIRE(buf_append(&changed, bytes_make(text.ptr + behind, text.len - behind)) == 0);
    REQUIRE(io_replace_file_at(AT_FDCWD, conf, buf_bytes(&changed), 0644) == 0);
}

/* The site's own rules. */
static void set_rules(const char *conf, struct bytes rules) {
    write_file("site.rules", rules);
    set_path(conf, "#rules =\n", "rules", below("site.rules"));
}

/* The faults among the checks, of one area. */
static int faults_of(const struct program_result *r, const char *area) {
    json_t *root = json_loads(program_out(r), JSON_REJECT_DUPLICATES, NULL), *one;
    REQUIRE(root != NULL);
    size_t i;
    int count = 0;
    json_array_foreach(json_object_get(root, "checks"), i, one) {
        bool is_fault = strcmp(json_string_value(json_object_get(one, "level")), "fault") == 0;
        count += is_fault && strcmp(json_string_value(json_object_get(one, "area")), area) == 0;
    }
    json_decref(root);
    return count;
}

#define CHECK_TOOL(result, ...) PROGRAM(result, "tools/deidfs-check", "--config", __VA_ARGS__)

TEST(check, a_fresh_instance_has_no_fault_but_a_missing_device) {
    _cleanup_(program_release) struct program_result r;
    CHECK_TOOL(&r, instance(), "--json");
    CHECK_INT(faults_of(&r, "config") + faults_of(&r, "state") + faults_of(&r, "keys") + faults_of(&r, "vault") + faults_of(&r, "journal"), 0);
    CHECK_INT(faults_of(&r, "rules") + faults_of(&r, "exposure"), 0);
    CHECK_INT(r.exit, faults_of(&r, "fuse") > 0 ? 1 : 0);
}

TEST(check, an_open_source_is_a_fault_that_names_the_remedy) {
    if (geteuid() != 0) SKIP("only root can take on a consumer's rights");
    const char *conf = instance();
    REQUIRE(chmod(harness_temp_dir(), 0755) == 0 && chmod(below("docs"), 0755) == 0);
    _cleanup_(program_release) struct program_result r;
    CHECK_TOOL(&r, conf);
    CHECK_INT(r.exit, 1);
    CHECK(strstr(program_out(&r), "FAULT  exposure   everybody can reach the source at ") != NULL);
    CHECK(strstr(program_out(&r), "chmod o-rwx") != NULL);
}

TEST(check, a_lost_key_is_a_fault) {
    const char *conf = instance();
    REQUIRE(unlink(below("state/keys/index.key")) == 0);
    _cleanup_(program_release) struct program_result r;
    CHECK_TOOL(&r, conf, "--json");
    CHECK_INT(r.exit, 1);
    CHECK_INT(faults_of(&r, "keys"), 1);
}

TEST(check, another_journals_origin_is_a_fault) {
    const char *conf = instance();
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, 1 << 20);
    REQUIRE(io_read_file_at(AT_FDCWD, conf, &text) == 0 && buf_append_byte(&text, 0) == 0);
    char *origin = strstr((char *) text.ptr, "origin = ");
    REQUIRE(origin != NULL);
    origin[9] = origin[9] == 'a' ? 'b' : 'a';
    REQUIRE(io_replace_file_at(AT_FDCWD, conf, bytes_make(text.ptr, text.len - 1), 0644) == 0);
    _cleanup_(program_release) struct program_result r;
    CHECK_TOOL(&r, conf, "--json");
    CHECK_INT(r.exit, 1);
    CHECK_INT(faults_of(&r, "journal"), 1);
}

TEST(check, a_bad_configuration_exits_78_with_its_line) {
    _cleanup_(program_release) struct program_result r;
    write_file("bad.conf", BYTES("[instance]\nnmae = x\n"));
    CHECK_TOOL(&r, below("bad.conf"));
    CHECK_INT(r.exit, 78);
    CHECK(strstr(program_err(&r), "bad.conf:2: [instance] has no key nmae; did you mean name?") != NULL);
}

TEST(check, the_claim_is_printed_with_what_weakens_it) {
    const char *conf = instance();
    _cleanup_(program_release) struct program_result safe, weaker, refused;
    CHECK_TOOL(&safe, conf);
    CHECK(strstr(program_out(&safe), "the views support safe-harbor; accepted is safe-harbor") != NULL);
    CHECK(strstr(program_out(&safe), "no more than") == NULL);
    write_file("town.profile", BYTES("[profile]\nname = town\nextends = safe-harbor\nactions = city keep\nclaim = limited-data-set\n"));
    set_path(conf, "profile = safe-harbor\n", "profile", below("town.profile"));
    CHECK_TOOL(&weaker, conf);
    CHECK(strstr(program_out(&weaker), "no more than limited-data-set because: CITY kept") != NULL);
    CHECK(strstr(program_out(&weaker), "data use agreement") != NULL);
    REQUIRE(unlink(below("town.profile")) == 0);
    write_file("town.profile", BYTES("[profile]\nname = town\nextends = safe-harbor\nactions = city keep\nclaim = safe-harbor\n"));
    CHECK_TOOL(&refused, conf);
    CHECK_INT(refused.exit, 78);
    CHECK(strstr(program_err(&refused), "CITY is kept, which supports limited-data-set") != NULL);
}

TEST(check, bad_site_rules_are_a_fault) {
    const char *conf = instance();
    set_rules(conf, BYTES("this is no rule\n"));
    _cleanup_(program_release) struct program_result r;
    CHECK_TOOL(&r, conf, "--json");
    CHECK_INT(faults_of(&r, "rules"), 1);
    CHECK_INT(r.exit, 1);
}

TEST(check, a_dry_run_counts_findings_refusals_and_what_is_never_shown) {
    const char *conf = instance();
    set_rules(conf, BYTES("rule stable\n    entity OTHER_ID\n    score 990\n    source label\n    keyword zebra\n    pattern [ \\t]{1,4}\\K\\d{5,12}\n"
                          "    yes zebra 00482913 => 00482913\n    no zebra pending\n"));
    write_file("docs/note.txt", BYTES("The zebra 00482913 and the zebra 00517764 are well.\n"));
    write_file("docs/picture.png", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"));
    REQUIRE(symlink("/etc/passwd", below("docs/link")) == 0 && mkfifo(below("docs/pipe"), 0600) == 0);
    _cleanup_(program_release) struct program_result r;
    CHECK_TOOL(&r, conf, "--dry-run", "--json");
    json_t *root = json_loads(program_out(&r), JSON_REJECT_DUPLICATES, NULL), *s = json_object_get(root, "survey");
    REQUIRE(s != NULL);
    CHECK_INT(json_integer_value(json_object_get(s, "files")), 2);
    CHECK_INT(json_integer_value(json_object_get(s, "shown")), 1);
    CHECK_INT(json_integer_value(json_object_get(s, "hidden")), 1);
    CHECK_INT(json_integer_value(json_object_get(s, "links")), 1);
    CHECK_INT(json_integer_value(json_object_get(s, "special")), 1);
    CHECK_INT(json_integer_value(json_object_get(json_object_get(s, "entities"), "OTHER_ID")), 2);
    CHECK_INT(json_integer_value(json_object_get(json_object_get(s, "refusals"), "format")), 1);
    json_decref(root);
}

TEST(check, access_is_told_and_what_it_excludes_is_not_read) {
    _cleanup_(program_release) struct program_result good, bad;
    const char *conf = instance();
    write_file("docs/a.txt", BYTES("MRN: 00482913\n"));
    write_file("docs/b.tmp", BYTES("MRN: 00482914\n"));
    write_file("reader", BYTES("#!/bin/sh\n"));
    set_path(conf, "#exclude =\n", "exclude", "*.tmp");
    CHECK_TOOL(&good, conf, "--dry-run", "--json");
    CHECK(strstr(program_out(&good), "0 globs include, 1 exclude") != NULL);
    CHECK(strstr(program_out(&good), "\"shown\":1,\"refused\":0,\"hidden\":0,\"excluded\":1,") != NULL);
    CHECK_INT(faults_of(&good, "access"), 0);
    set_path(conf, "#programs =\n", "programs", "/nonexistent/reader");
    CHECK_TOOL(&bad, conf, "--json");
    CHECK(bad.exit == 1 && faults_of(&bad, "access") == 1 && strstr(program_out(&bad), "nobody can read by it") != NULL);
}

TEST(check, paths_are_printed_only_when_asked_for) {
    const char *conf = instance();
    write_file("docs/Smith John 00482913.txt", BYTES("MRN: 00482913\n"));
    _cleanup_(program_release) struct program_result quiet, named;
    CHECK_TOOL(&quiet, conf, "--dry-run");
    CHECK(strstr(program_out(&quiet), "Smith") == NULL);
    CHECK(strstr(program_out(&quiet), "1 documents, 14 bytes: 1 shown") != NULL);
    CHECK_TOOL(&named, conf, "--dry-run", "--names");
    CHECK(strstr(program_out(&named), "    Smith John 00482913.txt, 14 bytes") != NULL);
}

TEST(check, a_folder_that_is_not_there_exits_66) {
    _cleanup_(program_release) struct program_result r, no_run;
    const char *conf = instance();
    CHECK_TOOL(&r, conf, "--dry-run", below("nowhere"));
    CHECK_INT(r.exit, 66);
    CHECK_TOOL(&no_run, conf, below("docs"));
    CHECK_INT(no_run.exit, 64);
}

TEST(check, nothing_is_changed_by_a_check) {
    const char *conf = instance();
    write_file("docs/note.txt", BYTES("Patient: Smith, John\n"));
    struct stat before, after;
    REQUIRE(stat(below("state/journal/log/checkpoint"), &before) == 0);
    _cleanup_(program_release) struct program_result r;
    CHECK_TOOL(&r, conf, "--dry-run", "--json");
    REQUIRE(stat(below("state/journal/log/checkpoint"), &after) == 0);
    CHECK(before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    CHECK(strstr(program_out(&r), "; 0 tokens so far") != NULL);
}
