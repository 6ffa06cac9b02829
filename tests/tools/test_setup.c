#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/conf.h"
#include "conf/keeper.h"
#include "tests/harness.h"
#include "tests/program.h"

static const char *below(const char *name) {
    static char paths[64][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 64];
    must(snprintf(path, PATH_MAX, "%s/%s", harness_temp_dir(), name) < PATH_MAX);
    return path;
}

static const char *folder(const char *name, mode_t mode) {
    const char *path = below(name);
    must(mkdir(path, mode) == 0 && chmod(path, mode) == 0);
    return path;
}

static bool exists(const char *name) {
    struct stat st;
    return lstat(below(name), &st) == 0;
}

static void read_file(const char *name, struct buf *out) {
    buf_init(out, 1 << 20);
    REQUIRE(io_read_file_at(AT_FDCWD, below(name), out) == 0);
}

#define SETUP(result, ...) PROGRAM(result, "tools/deidfs-setup", __VA_ARGS__)

TEST(setup, makes_everything_and_prints_the_configs_path_alone) {
    _cleanup_(program_release) struct program_result r;
    SETUP(&r, "--instance", "notes", "--source", folder("docs", 0700), "--state", below("state"));
    CHECK_STRING(program_err(&r)[0] ? "words" : "", "words");
    REQUIRE(r.exit == 0);
    char line[PATH_MAX + 2];
    must(snprintf(line, sizeof(line), "%s\n", below("state/notes.conf")) > 0);
    CHECK_STRING(program_out(&r), line);
    static const char *const made[] = { "state/keys/journal.key", "state/reidentify/reidentify.key", "state/public/reidentify.pub", "state/vault",
                                        "state/journal/log/checkpoint", "state/journal/log/log.vkey", "state/guard/last-checkpoint" };
    for (size_t i = 0; i < array_count(made); i++) {
        if (!exists(made[i])) harness_fail(__FILE__, __LINE__, "%s was not made", made[i]);
    }
}

TEST(setup, config_loads_and_says_what_was_asked) {
    _cleanup_(program_release) struct program_result r;
    SETUP(&r, "--instance", "notes", "--source", folder("docs", 0700), "--state", below("state"), "--profile", "strict", "--destination", "rag",
          "--domain", "hospital.example", "--users", "root", "--journal", below("elsewhere"));
    REQUIRE(r.exit == 0);
    _cleanup_(conf_freep) struct conf *c = NULL;
    struct problem p = { 0 };
    REQUIRE(conf_load(below("state/notes.conf"), &c, &p) == 0);
    CHECK_STRING(c->source, below("docs"));
    CHECK_STRING(c->profile.name, "strict");
    CHECK_STRING(c->destination, "rag");
    CHECK_STRING(c->journal, below("elsewhere"));
    CHECK(strncmp(c->origin, "hospital.example/", 17) == 0);
    CHECK_INT(c->user_count, 1);
    CHECK(exists("elsewhere/log/checkpoint"));
}

TEST(setup, auditors_keys_are_printed_as_they_stand_in_the_journal) {
    _cleanup_(program_release) struct program_result r;
    SETUP(&r, "--instance", "notes", "--source", folder("docs", 0700), "--state", below("state"));
    REQUIRE(r.exit == 0);
    static const char *const keys[] = { "state/journal/log/log.vkey", "state/journal/log/epoch/0/vkey" };
    for (size_t i = 0; i < array_count(keys); i++) {
        _cleanup_(buf_release) struct buf vkey;
        read_file(keys[i], &vkey);
        REQUIRE(buf_append_byte(&vkey, 0) == 0);
        CHECK(strstr(program_err(&r), (const char *) vkey.ptr) != NULL);
    }
}

TEST(setup, two_instances_have_different_origins_and_keys) {
    _cleanup_(program_release) struct program_result a, b;
    const char *docs = folder("docs", 0700);
    SETUP(&a, "--instance", "notes", "--source", docs, "--state", below("a"));
    SETUP(&b, "--instance", "notes", "--source", docs, "--state", below("b"));
    REQUIRE(a.exit == 0 && b.exit == 0);
    static const char *const names[] = { "notes.conf", "keys/journal.key", "keys/index.key", "reidentify/reidentify.key" };
    for (size_t i = 0; i < array_count(names); i++) {
        char one[64], other[64];
        must(snprintf(one, sizeof(one), "a/%s", names[i]) > 0 && snprintf(other, sizeof(other), "b/%s", names[i]) > 0);
        _cleanup_(buf_release) struct buf x, y;
        read_file(one, &x);
        read_file(other, &y);
        CHECK(!bytes_equal(buf_bytes(&x), buf_bytes(&y)));
    }
}

TEST(setup, a_second_run_changes_nothing) {
    _cleanup_(program_release) struct program_result first, second;
    const char *docs = folder("docs", 0700);
    SETUP(&first, "--instance", "notes", "--source", docs, "--state", below("state"));
    REQUIRE(first.exit == 0);
    static const char *const names[] = { "state/notes.conf", "state/keys/journal.key", "state/keys/epoch.a", "state/reidentify/reidentify.key",
                                         "state/journal/log/checkpoint" };
    struct buf before[array_count(names)];
    for (size_t i = 0; i < array_count(names); i++) read_file(names[i], &before[i]);
    SETUP(&second, "--instance", "notes", "--source", docs, "--state", below("state"));
    CHECK_INT(second.exit, 73);
    CHECK(strstr(program_err(&second), "exists: this instance is set up") != NULL);
    CHECK_INT(second.out.len, 0);
    for (size_t i = 0; i < array_count(names); i++) {
        _cleanup_(buf_release) struct buf after;
        read_file(names[i], &after);
        CHECK(bytes_equal(buf_bytes(&before[i]), buf_bytes(&after)));
        buf_release(&before[i]);
    }
}

TEST(setup, a_journal_without_its_config_is_not_written_over) {
    _cleanup_(program_release) struct program_result first, second;
    const char *docs = folder("docs", 0700);
    SETUP(&first, "--instance", "notes", "--source", docs, "--state", below("state"));
    REQUIRE(first.exit == 0 && unlink(below("state/notes.conf")) == 0);
    SETUP(&second, "--instance", "notes", "--source", docs, "--state", below("state"));
    CHECK_INT(second.exit, 73);
    CHECK(strstr(program_err(&second), "holds a journal already; nothing was changed") != NULL);
    CHECK(!exists("state/notes.conf"));
}

TEST(setup, what_can_be_refused_is_refused_before_anything_is_made) {
    const char *docs = folder("docs", 0700);
    const struct {
        const char *option, *value;
        int exit;
    } wrong[] = {
        { "--profile", "no-such-profile", 78 }, { "--destination", "Not A Name", 78 }, { "--users", "nobody-here", 78 },
        { "--owner", "nobody-here", 78 },       { "--journal", below("docs/journal"), 78 }, { "--domain", "with blank", 78 },
        { "--no-such-option", "x", 64 },        { "--instance", "again", 64 },
    };
    for (size_t i = 0; i < array_count(wrong); i++) {
        _cleanup_(program_release) struct program_result r;
        SETUP(&r, "--instance", "notes", "--source", docs, "--state", below("state"), wrong[i].option, wrong[i].value);
        CHECK_INT(r.exit, wrong[i].exit);
        CHECK(r.err.len > 0 && r.out.len == 0);
        CHECK(!exists("state"));
    }
}

TEST(setup, a_source_that_is_missing_or_no_folder_is_named) {
    _cleanup_(program_release) struct program_result missing, file, none;
    SETUP(&missing, "--instance", "notes", "--source", below("nowhere"), "--state", below("state"));
    CHECK_INT(missing.exit, 66);
    CHECK(strstr(program_err(&missing), "nowhere: No such file or directory") != NULL);
    REQUIRE(io_create_file_at(AT_FDCWD, below("file"), BYTES("x"), 0600) == 0);
    SETUP(&file, "--instance", "notes", "--source", below("file"), "--state", below("state"));
    CHECK_INT(file.exit, 66);
    SETUP(&none, "--instance", "notes");
    CHECK_INT(none.exit, 64);
    CHECK(!exists("state"));
}

TEST(setup, a_shared_folder_is_not_taken_for_the_state) {
    const char *shared = folder("shared", 0755);
    REQUIRE(io_create_file_at(AT_FDCWD, below("shared/theirs"), BYTES("x"), 0644) == 0);
    _cleanup_(program_release) struct program_result r;
    SETUP(&r, "--instance", "notes", "--source", folder("docs", 0700), "--state", shared);
    CHECK_INT(r.exit, 73);
    struct stat st;
    REQUIRE(stat(shared, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0755);
    CHECK(!exists("shared/keys"));
}

TEST(setup, an_empty_folder_becomes_private) {
    const char *empty = folder("empty", 0755);
    _cleanup_(program_release) struct program_result r;
    SETUP(&r, "--instance", "notes", "--source", folder("docs", 0700), "--state", empty);
    CHECK_INT(r.exit, 0);
    struct stat st;
    REQUIRE(stat(empty, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0700);
}

TEST(setup, a_readable_source_is_pointed_out) {
    _cleanup_(program_release) struct program_result r;
    SETUP(&r, "--instance", "notes", "--source", folder("docs", 0755), "--state", below("state"));
    CHECK_INT(r.exit, 0);
    CHECK(strstr(program_err(&r), "every user of this machine can read") != NULL);
}

TEST(setup, help_and_version_go_to_standard_output) {
    _cleanup_(program_release) struct program_result help, version;
    SETUP(&help, "--help");
    CHECK_INT(help.exit, 0);
    CHECK(strstr(program_out(&help), "usage: deidfs-setup") == program_out(&help));
    SETUP(&version, "--version");
    CHECK_STRING(program_out(&version), "deidfs-setup " DEIDFS_VERSION "\n");
}
