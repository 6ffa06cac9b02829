#include "fs/census.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "conf/base/buf.h"
#include "tests/harness.h"

static const struct key key = { .raw = { 7 } };
static int state_fd = -1;

static struct census *open_census(void) {
    struct census *c = NULL;
    close_fd(&state_fd);
    state_fd = open(harness_temp_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(census_open(state_fd, &key, &c) == 0);
    return c;
}

/* "a=1 b/c=2": paths with one letter of key each; 0 is the key that equals nothing. */
static void take(struct census *c, const char *files) {
    struct census_draft *d = NULL;
    char copy[256], *rest = NULL;
    REQUIRE(strlen(files) < sizeof(copy) && census_draft_new(c, &d) == 0);
    memcpy(copy, files, strlen(files) + 1);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        uint8_t k[CENSUS_KEY_LEN] = { 0 };
        char *equals = strchr(word, '=');
        *equals = '\0';
        if (equals[1] != '0') k[0] = (uint8_t) equals[1];
        CHECK_INT(census_draft_add(d, word, k), 0);
    }
    CHECK_INT(census_draft_publish(d), 0);
    census_draft_free(d);
}

static int put_entry(void *context, const struct census_entry *e) {
    struct buf *out = context;
    return buf_append_printf(out, "%s%s:%d-%d ", e->gone ? "!" : "", e->path, (int) e->added, (int) e->changed);
}

static void check(struct census *c, const char *expected) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 4096);
    const struct census_reading reading = { .visit = put_entry, .context = &out };
    CHECK_INT(census_read(c, &reading), 0);
    CHECK_BYTES(buf_bytes(&out), bytes_from_string(expected));
}

TEST(census, each_path_tells_when_it_came_changed_and_went) {
    struct census *c = open_census();
    struct census_head head;
    check(c, "");
    take(c, "a=1 b/c=1 d=1");
    check(c, "a:1-1 b/c:1-1 d:1-1 ");
    take(c, "a=1 b/c=2 e=1");
    check(c, "a:1-1 b/c:1-2 !d:1-2 e:2-2 ");
    take(c, "a=1 b/c=2 e=1"); /* nothing new: the same edition */
    census_head(c, &head);
    CHECK(head.now.edition == 2 && head.files == 3 && head.gone == 1 && head.floor == 0);
    take(c, "a=1 b/c=2 d=1 e=1");
    check(c, "a:1-1 b/c:1-2 d:3-3 e:2-2 ");
    census_free(c);
}

TEST(census, outlives_the_mount_and_begins_anew_when_it_was_touched) {
    struct census *c = open_census();
    struct census_head before, after;
    take(c, "a=1 b=1");
    census_head(c, &before);
    census_free(c);
    c = open_census();
    census_head(c, &after);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
    check(c, "a:1-1 b:1-1 ");
    census_free(c);
    uint8_t byte;
    int fd = openat(state_fd, "census", O_RDWR | O_CLOEXEC);
    REQUIRE(pread(fd, &byte, 1, 40) == 1);
    byte ^= 1;
    REQUIRE(pwrite(fd, &byte, 1, 40) == 1);
    close_fd(&fd);
    c = open_census();
    census_head(c, &after);
    CHECK(after.now.id != before.now.id && after.now.edition == 0);
    CHECK(!census_cursor_holds(&before.now, &after));
    check(c, "");
    census_free(c);
}

TEST(census, every_flipped_bit_and_every_cut_is_noticed) {
    struct census *c = open_census();
    struct census_head before, after;
    take(c, "a=1 b=1");
    census_head(c, &before);
    census_free(c);
    int fd = openat(state_fd, "census", O_RDWR | O_CLOEXEC);
    uint8_t all[512], broken[512];
    ssize_t len = pread(fd, all, sizeof(all), 0);
    REQUIRE(len > 100 && len < (ssize_t) sizeof(all));
    for (ssize_t i = 0; i < 2 * len; i++) {
        memcpy(broken, all, sizeof(all));
        if (i < len) broken[i] ^= 0x10;
        REQUIRE(pwrite(fd, broken, (size_t) len, 0) == len && ftruncate(fd, i < len ? len : i - len) == 0);
        c = open_census();
        census_head(c, &after);
        if (after.now.id == before.now.id) harness_fail(__FILE__, __LINE__, "believed, %zd of %zd", i, len);
        census_free(c);
    }
    close_fd(&fd);
}

TEST(census, a_key_of_zeros_is_always_a_change) {
    struct census *c = open_census();
    take(c, "a=0 b=1");
    take(c, "a=0 b=1");
    check(c, "a:1-2 b:1-1 ");
    census_free(c);
}

TEST(census, what_is_out_of_order_or_twice_is_refused) {
    struct census *c = open_census();
    struct census_draft *d = NULL;
    const uint8_t k[CENSUS_KEY_LEN] = { 1 };
    REQUIRE(census_draft_new(c, &d) == 0);
    CHECK_INT(census_draft_add(d, "b", k), 0);
    CHECK_INT(census_draft_add(d, "b", k), -EINVAL);
    CHECK_INT(census_draft_add(d, "a", k), -EINVAL);
    CHECK_INT(census_draft_add(d, "", k), -EINVAL);
    census_draft_free(d);
    check(c, "");
    CHECK(faccessat(state_fd, "census.new", F_OK, 0) < 0);
    census_free(c);
}

TEST(census, many_that_are_gone_are_forgotten_and_old_cursors_are_told) {
    struct census *c = open_census();
    struct census_draft *d = NULL;
    struct census_head head;
    const uint8_t k[CENSUS_KEY_LEN] = { 1 };
    REQUIRE(census_draft_new(c, &d) == 0);
    for (int i = 0; i <= CENSUS_GONE_MAX; i++) {
        char path[16];
        (void) snprintf(path, sizeof(path), "f%07d", i);
        REQUIRE(census_draft_add(d, path, k) == 0);
    }
    REQUIRE(census_draft_publish(d) == 0);
    census_draft_free(d);
    take(c, "");
    census_head(c, &head);
    CHECK(head.now.edition == 2 && head.gone == CENSUS_GONE_MAX + 1 && head.floor == 0);
    struct census_cursor old = { head.now.id, 1 }, last = head.now;
    CHECK(census_cursor_holds(&old, &head));
    take(c, "a=1");
    census_head(c, &head);
    CHECK(head.gone == 0 && head.floor == 2 && !census_cursor_holds(&old, &head) && census_cursor_holds(&last, &head));
    check(c, "a:3-3 ");
    census_free(c);
}

TEST(census, a_reader_keeps_its_edition) {
    struct census *c = open_census();
    take(c, "a=1 b=1");
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 4096);
    struct census_draft *d = NULL;
    REQUIRE(census_draft_new(c, &d) == 0);
    take(c, "c=1"); /* published while a draft on the old one is open */
    check(c, "!a:1-2 !b:1-2 c:2-2 ");
    census_draft_free(d);
    census_free(c);
}

TEST(census, cursors_are_written_and_read) {
    const struct census_cursor cursor = { 0x0123456789abcdef, 42 };
    struct census_cursor back;
    char text[CENSUS_CURSOR_LEN_MAX + 1];
    census_cursor_format(&cursor, text);
    CHECK_STRING(text, "0123456789abcdef-42");
    CHECK(census_cursor_parse(bytes_from_string(text), &back) && back.id == cursor.id && back.edition == 42);
    static const char *const bad[] = { "", "-", "0123456789abcdef", "0123456789abcdef-", "0123456789abcdeg-1", "0123456789abcdef-x", "0123456789abcdef-01",
                                       "0123456789abcdef-99999999999999999999999" };
    for (size_t i = 0; i < array_count(bad); i++) CHECK(!census_cursor_parse(bytes_from_string(bad[i]), &back));
}
