/* deidfs-reidentify as its users run it, on an instance that deidfs-setup made and deidfs-filter filled. */
#include <errno.h>
#include <sys/file.h>

#include "tests/tools/station.h"

static void reidentify(const struct station *s, struct bytes input, const char *const *more, struct program_result *out) {
    const char *argv[24] = { "tools/deidfs-reidentify", "-c", s->config, "--reason", "call the patient back" };
    size_t n = 5;
    for (; more && *more; more++) argv[n++] = *more;
    program_run(argv, input, out);
}

#define REIDENTIFY(result, station, input, ...) reidentify(station, input, (const char *const[]) { __VA_ARGS__, NULL }, result)

static struct bytes output(const struct program_result *r) {
    return buf_bytes(&r->out);
}

static bool says(const struct program_result *r, const char *words) {
    return strstr(program_err(r), words) != NULL;
}

TEST(reidentify, an_unmodified_view_gives_back_its_source_and_one_record) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result view, r;
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    CHECK(memmem(view.out.ptr, view.out.len, "Smith", 5) == NULL);
    REIDENTIFY(&r, &s, output(&view), NULL);
    CHECK_INT(r.exit, 0);
    CHECK_STRING(program_out(&r), STATION_NOTE);
    CHECK(says(&r, "7 restored, 0 left"));
    CHECK(station_verify(&s, &records));
    CHECK_INT(records.counts[EVENT_REID], 1);
    CHECK_INT(records.restored, 7);
    CHECK_INT(records.left, 0);
}

TEST(reidentify, what_is_left_is_counted_and_strict_says_so) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result plain, strict, json;
    const char *text = "[PATIENT_BCDFGHJ] and [MRN] came.\n";
    station_open(&s, "state");
    REIDENTIFY(&plain, &s, bytes_from_string(text), NULL);
    CHECK_INT(plain.exit, 0);
    CHECK_STRING(program_out(&plain), text);
    REIDENTIFY(&strict, &s, bytes_from_string(text), "--strict");
    CHECK_INT(strict.exit, 1);
    CHECK_STRING(program_out(&strict), text);
    REIDENTIFY(&json, &s, bytes_from_string(text), "--json");
    CHECK(says(&json, "{\"restored\":0,\"left\":2,"));
    CHECK(station_verify(&s, &records));
    CHECK_INT(records.counts[EVENT_REID], 3);
    CHECK_INT(records.left, 2);
}

/* The output is larger than a pipe holds: the program waits in the middle of it, and the journal is read then. */
TEST(reidentify, the_record_is_durable_before_the_first_byte) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result view;
    _cleanup_(buf_release) struct buf input;
    char path[420], build[400];
    int out[2];
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    buf_init(&input, 8 << 20);
    while (input.len < 1 << 20) REQUIRE(buf_append(&input, output(&view)) == 0);
    must(snprintf(path, sizeof(path), "%s/input", s.dir) > 0);
    must(snprintf(build, sizeof(build), "%s/tools/deidfs-reidentify", getenv("DEIDFS_BUILD_DIR") ? getenv("DEIDFS_BUILD_DIR") : "build") > 0);
    REQUIRE(io_create_file_at(AT_FDCWD, path, buf_bytes(&input), 0600) == 0 && pipe2(out, O_CLOEXEC) == 0);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        int in = open(path, O_RDONLY | O_CLOEXEC);
        must(in >= 0 && dup2(in, 0) == 0 && dup2(out[1], 1) == 1);
        (void) alarm(60);
        (void) execl(build, build, "-c", s.config, "--reason", "call back", "--max-tokens", "1000000", NULL);
        _exit(127);
    }
    close_fd(&out[1]);
    char byte = 0;
    CHECK_INT(read(out[0], &byte, 1), 1);
    CHECK(station_verify(&s, &records));
    CHECK_INT(records.counts[EVENT_REID], 1);
    CHECK(records.restored > 10000);
    char rest[65536];
    size_t len = 1;
    for (ssize_t n; (n = read(out[0], rest, sizeof(rest))) > 0;) len += (size_t) n;
    int status = 0;
    must(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
    CHECK(len > 65536 * 2);
    close_fd(&out[0]);
}

TEST(reidentify, a_reader_that_leaves_is_an_error_and_still_recorded) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result view, r;
    char command[2000], path[420];
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    must(snprintf(path, sizeof(path), "%s/view", s.dir) > 0);
    REQUIRE(io_create_file_at(AT_FDCWD, path, output(&view), 0600) == 0);
    const char *build = getenv("DEIDFS_BUILD_DIR") ? getenv("DEIDFS_BUILD_DIR") : "build";
    must(snprintf(command, sizeof(command), "%s/tools/deidfs-reidentify -c %s -r why < %s > /dev/full", build, s.config, path) > 0);
    PROGRAM(&r, "/bin/sh", "-c", command);
    CHECK_INT(r.exit, 74);
    CHECK(station_verify(&s, &records));
    CHECK_INT(records.counts[EVENT_REID], 1);
}

/* ---- no record, no byte ------------------------------------------------------------------------------------------------------------ */

static struct program_result known_view;

static int on_a_full_disk(const struct station *s) {
    _cleanup_(program_release) struct program_result r, again;
    struct station_records records;
    char big[400];
    if (!station_fill(s)) return 1;
    REIDENTIFY(&r, s, output(&known_view), NULL);
    if (r.exit != 69 || r.out.len != 0) return 2;
    if (!says(&r, "No space left on device")) return 3;
    must(snprintf(big, sizeof(big), "%s/reidentify/big", s->state) > 0);
    if (unlink(big) < 0) return 4;
    REIDENTIFY(&again, s, output(&known_view), NULL);
    if (again.exit != 0 || !bytes_equal(output(&again), BYTES(STATION_NOTE))) return 5;
    return station_verify(s, &records) && records.counts[EVENT_REID] == 1 ? 0 : 6;
}

static int on_a_read_only_disk(const struct station *s) {
    _cleanup_(program_release) struct program_result r;
    if (!station_read_only(s)) return STATION_NO_NAMESPACE;
    REIDENTIFY(&r, s, output(&known_view), NULL);
    if (r.exit != 69 || r.out.len != 0) return 2;
    return says(&r, "Read-only file system") ? 0 : 3;
}

static void without_a_record(const char *size, int (*part)(const struct station *s)) {
    struct station s;
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &known_view);
    station_apart(&s, size, part);
    program_release(&known_view);
}

TEST(reidentify, on_a_full_disk_nothing_is_restored_until_there_is_room) {
    without_a_record("6m", on_a_full_disk);
}

TEST(reidentify, on_a_read_only_disk_nothing_is_restored) {
    without_a_record("6m", on_a_read_only_disk);
}

TEST(reidentify, while_another_writer_holds_the_journal_nothing_is_restored) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result view, r;
    char lock[420];
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    must(snprintf(lock, sizeof(lock), "%s/lock", s.journal) > 0);
    _cleanup_(close_fd) int fd = open(lock, O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0 && flock(fd, LOCK_EX) == 0);
    REIDENTIFY(&r, &s, output(&view), NULL);
    CHECK_INT(r.exit, 69);
    CHECK_INT(r.out.len, 0);
    close_fd(&fd);
    CHECK(station_verify(&s, &records));
    CHECK_INT(records.counts[EVENT_REID], 0);
}

TEST(reidentify, several_at_once_are_all_recorded) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result view, r;
    char command[2000], path[420];
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    must(snprintf(path, sizeof(path), "%s/view", s.dir) > 0);
    REQUIRE(io_create_file_at(AT_FDCWD, path, output(&view), 0600) == 0);
    const char *build = getenv("DEIDFS_BUILD_DIR") ? getenv("DEIDFS_BUILD_DIR") : "build";
    must(snprintf(command, sizeof(command), "for i in 1 2 3; do %s/tools/deidfs-reidentify -c %s -r why < %s 2>&1 & done; wait", build, s.config, path) > 0);
    PROGRAM(&r, "/bin/sh", "-c", command);
    size_t restored = 0;
    for (const char *at = program_out(&r); (at = strstr(at, "7 restored, 0 left")); at++) restored++;
    CHECK_INT(restored, 3);
    CHECK(station_verify(&s, &records));
    CHECK_INT(records.counts[EVENT_REID], 3);
}

TEST(reidentify, a_journal_that_was_changed_restores_nothing) {
    struct station s;
    _cleanup_(program_release) struct program_result view, first, r;
    char path[420];
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    REIDENTIFY(&first, &s, output(&view), NULL);
    REQUIRE(first.exit == 0);
    must(snprintf(path, sizeof(path), "%s/log/checkpoint", s.journal) > 0);
    REQUIRE(truncate(path, 40) == 0);
    REIDENTIFY(&r, &s, output(&view), NULL);
    CHECK_INT(r.exit, 69);
    CHECK_INT(r.out.len, 0);
}

/* ---- refused before anything is recorded ------------------------------------------------------------------------------------------- */

TEST(reidentify, too_many_tokens_restore_nothing) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result view, r;
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    REIDENTIFY(&r, &s, output(&view), "--max-tokens", "6");
    CHECK_INT(r.exit, 65);
    CHECK_INT(r.out.len, 0);
    CHECK(says(&r, "more than 6 tokens"));
    CHECK(station_verify(&s, &records));
}

TEST(reidentify, a_key_that_is_missing_readable_by_others_or_anothers_opens_nothing) {
    struct station s, other;
    _cleanup_(program_release) struct program_result view, missing, open_to_all, wrong;
    char key[420], lent[420];
    station_open(&s, "state");
    station_open(&other, "other");
    station_view(&s, STATION_NOTE, &view);
    REIDENTIFY(&missing, &s, output(&view), "--key", "/nonexistent/key");
    CHECK_INT(missing.exit, 66);
    must(snprintf(lent, sizeof(lent), "%s/reidentify/reidentify.key", other.state) > 0);
    REIDENTIFY(&wrong, &s, output(&view), "--key", lent);
    CHECK_INT(wrong.exit, 69);
    CHECK(says(&wrong, "not the one that the vault's values are sealed to"));
    must(snprintf(key, sizeof(key), "%s/reidentify/reidentify.key", s.state) > 0);
    REQUIRE(chmod(key, 0644) == 0);
    REIDENTIFY(&open_to_all, &s, output(&view), NULL);
    CHECK(open_to_all.exit == 66 || open_to_all.exit == 77);
    CHECK_INT(missing.out.len + open_to_all.out.len + wrong.out.len, 0);
}

TEST(reidentify, wrong_usage_is_named) {
    struct station s;
    station_open(&s, "state");
    const struct {
        const char *option, *value;
        int exit;
    } wrong[] = { { "--purpose", "CURIOSITY", 64 }, { "--format", "docx", 64 }, { "--max-tokens", "0", 64 }, { "--no-such-option", "x", 64 } };
    for (size_t i = 0; i < array_count(wrong); i++) {
        _cleanup_(program_release) struct program_result r;
        REIDENTIFY(&r, &s, BYTES("[PATIENT]"), wrong[i].option, wrong[i].value);
        CHECK_INT(r.exit, wrong[i].exit);
        CHECK(r.err.len > 0 && r.out.len == 0);
    }
    _cleanup_(program_release) struct program_result no_reason, short_reason, no_config;
    PROGRAM(&no_reason, "tools/deidfs-reidentify", "-c", s.config);
    CHECK_INT(no_reason.exit, 64);
    PROGRAM(&short_reason, "tools/deidfs-reidentify", "-c", s.config, "-r", "x");
    CHECK_INT(short_reason.exit, 64);
    PROGRAM(&no_config, "tools/deidfs-reidentify", "-r", "call back");
    CHECK_INT(no_config.exit, 64);
}
