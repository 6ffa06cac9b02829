#include "fs/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "tests/harness.h"

static char dir[4096];

static struct source *open_source(void) {
    struct source *s = NULL;
    struct problem p;
    (void) snprintf(dir, sizeof(dir), "%s", harness_temp_dir());
    REQUIRE(source_open(dir, false, &s, &p) == 0);
    return s;
}

static void put(const char *name, const char *text) {
    char path[8192];
    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    REQUIRE(f != NULL);
    (void) fputs(text, f);
    (void) fclose(f);
}

static const char *at(const char *name) {
    static char path[2][8192];
    static int turn;
    turn = !turn;
    (void) snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
    return path[turn];
}

TEST(source, reads_a_file_whole_with_its_version) {
    struct source *s = open_source();
    put("a.txt", "some text");
    _cleanup_(buf_release) struct buf b;
    buf_init(&b, 1000);
    struct source_version v, again;
    enum refusal why = REFUSAL_NONE;
    REQUIRE(source_read(s, "a.txt", &b, &v, &why) == 0);
    CHECK_BYTES(buf_bytes(&b), BYTES("some text"));
    CHECK_INT(v.len, 9);
    REQUIRE(source_read(s, "a.txt", &b, &again, &why) == 0);
    CHECK(source_version_equal(&v, &again));
    put("a.txt", "other txt");
    REQUIRE(source_read(s, "a.txt", &b, &again, &why) == 0);
    CHECK(!source_version_equal(&v, &again) || source_version_is_racy(&v, (uint64_t) v.ctime_s * 1000000 + v.ctime_ns / 1000));
    source_free(s);
}

TEST(source, an_empty_file_is_read_as_empty) {
    struct source *s = open_source();
    put("empty", "");
    _cleanup_(buf_release) struct buf b;
    buf_init(&b, 10);
    struct source_version v;
    enum refusal why = REFUSAL_NONE;
    CHECK_INT(source_read(s, "empty", &b, &v, &why), 0);
    CHECK_INT(b.len, 0);
    source_free(s);
}

TEST(source, a_file_past_the_limit_is_too_large) {
    struct source *s = open_source();
    put("big", "0123456789");
    _cleanup_(buf_release) struct buf b;
    buf_init(&b, 9);
    struct source_version v;
    enum refusal why = REFUSAL_NONE;
    CHECK(source_read(s, "big", &b, &v, &why) < 0);
    CHECK_INT(why, REFUSAL_TOO_LARGE);
    source_free(s);
}

TEST(source, symlinks_pipes_and_ways_out_are_not_there) {
    struct source *s = open_source();
    put("a.txt", "x");
    REQUIRE(symlink("a.txt", at("link")) == 0);
    REQUIRE(symlink("/etc", at("etc")) == 0);
    REQUIRE(mkfifo(at("pipe"), 0600) == 0);
    struct stat st;
    CHECK_INT(source_stat(s, "a.txt", &st), 0);
    static const char *const hidden[] = { "link", "etc/passwd", "pipe", "none", "a.txt/x" };
    for (size_t i = 0; i < array_count(hidden); i++) CHECK_INT(source_stat(s, hidden[i], &st), -ENOENT);
    CHECK(source_stat(s, "../", &st) < 0);
    CHECK(source_stat(s, "/etc/passwd", &st) < 0);
    uint8_t head[4];
    size_t len;
    CHECK_INT(source_read_head(s, "pipe", head, sizeof(head), &len), -ENOENT);
    source_free(s);
}

TEST(source, the_head_is_as_long_as_the_file_or_the_question) {
    struct source *s = open_source();
    put("a", "0123456789");
    uint8_t head[4], more[64];
    size_t len = 0;
    REQUIRE(source_read_head(s, "a", head, sizeof(head), &len) == 0);
    CHECK_BYTES(bytes_make(head, len), BYTES("0123"));
    REQUIRE(source_read_head(s, "a", more, sizeof(more), &len) == 0);
    CHECK_INT(len, 10);
    source_free(s);
}

TEST(source, a_recent_or_future_change_is_racy) {
    struct source_version v = { .ctime_s = 1000, .ctime_ns = 500000000 };
    CHECK(source_version_is_racy(&v, 1000500000));
    CHECK(source_version_is_racy(&v, 1000519999));
    CHECK(!source_version_is_racy(&v, 1000520000));
    CHECK(source_version_is_racy(&v, 900000000));
}

TEST(source, a_missing_root_is_a_problem_in_words) {
    struct source *s = NULL;
    struct problem p;
    CHECK_INT(source_open("/nonexistent/x", false, &s, &p), -ENOENT);
    CHECK(strstr(p.text, "does not exist") != NULL);
    CHECK_INT(source_open("/etc/passwd", false, &s, &p), -ENOTDIR);
}
