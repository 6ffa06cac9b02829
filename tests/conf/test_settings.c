#include "conf/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "conf/base/buf.h"
#include "conf/limits.h"
#include "tests/harness.h"

/* The problem's text for one file, "" when it is accepted. */
static const char *refusal(struct bytes text) {
    static struct problem p;
    p.text[0] = '\0';
    _cleanup_(settings_freep) struct settings *s = NULL;
    int r = settings_parse(text, "f", &s, &p);
    CHECK((r == 0) == (s != NULL));
    CHECK((r == 0) == (p.text[0] == '\0'));
    return p.text;
}

#define CHECK_REFUSED(literal, words)                                                                       \
    do {                                                                                                    \
        const char *why_ = refusal(BYTES(literal));                                                         \
        if (!strstr(why_, words)) harness_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", why_, words);  \
    } while (0)

TEST(settings, keys_values_sections_and_lines_are_as_written) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    REQUIRE(settings_parse(BYTES("# head\n[a]\nx = 1\n\n; note\ny=two words  \n[party self]\nx =\n"), "f", &s, NULL) == 0);
    REQUIRE(s->count == 3 && s->section_count == 2);
    CHECK_STRING(s->items[0].section, "a");
    CHECK_STRING(s->items[0].key, "x");
    CHECK_STRING(s->items[0].value, "1");
    CHECK_INT(s->items[0].line, 3);
    CHECK_STRING(s->items[1].value, "two words");
    CHECK_INT(s->items[1].line, 6);
    CHECK_STRING(s->items[2].section, "party self");
    CHECK_STRING(s->items[2].value, "");
    CHECK_STRING(s->sections[1].name, "party self");
    CHECK_INT(s->sections[1].line, 7);
}

TEST(settings, digest_is_sha256_of_the_bytes) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    REQUIRE(settings_parse(BYTES(""), "f", &s, NULL) == 0);
    CHECK_INT(s->digest[0], 0xe3);
    CHECK_INT(s->digest[31], 0x55);
    CHECK_INT(s->count, 0);
}

TEST(settings, comment_tail_beyond_197_bytes_never_becomes_a_setting) {
    char text[512];
    int len = snprintf(text, sizeof(text), "[a]\n# %*s\nstatus = executed\n", 210, "status = injected");
    must(len > 0 && (size_t) len < sizeof(text));
    CHECK(strstr(refusal(bytes_make(text, (size_t) len)), "f:2: line is longer than 197 bytes") != NULL);
}

TEST(settings, line_of_197_bytes_is_read_whole_and_198_refused) {
    for (size_t len = 197; len <= 198; len++) {
        char text[256] = "[a]\nk = ";
        memset(text + 8, 'v', len - 4);
        text[4 + len] = '\n';
        _cleanup_(settings_freep) struct settings *s = NULL;
        int r = settings_parse(bytes_make(text, len + 5), "f", &s, NULL);
        CHECK_INT(r, len == 197 ? 0 : -EBADMSG);
        if (r == 0) CHECK_INT(strlen(s->items[0].value), 193);
    }
}

TEST(settings, bytes_that_hide_text_are_refused_with_their_line) {
    CHECK_REFUSED("[a]\nk = v\0w\n", "f:2: line holds a NUL");
    CHECK_REFUSED("[a]\r\nk = v\r\n", "f:1: line ends in CR");
    CHECK_REFUSED("[a]\nk = \xFF\n", "f:2: line is not UTF-8");
    CHECK_REFUSED("[a]\nk = \x1b[2K\n", "f:2: line holds a control character");
    CHECK_REFUSED("\xEF\xBB\xBF[a]\n", "f:1: file starts with a byte order mark");
    CHECK_REFUSED("[a]\nk = v", "f:2: last line has no newline");
    CHECK_STRING(refusal(BYTES("[a]\nk = Universitätsklinik\n")), "");
}

TEST(settings, inline_comments_are_refused_and_a_bare_semicolon_is_not) {
    CHECK_REFUSED("[a]\nk = v ; note\n", "f:2: ' ;' would cut the value");
    CHECK_REFUSED("[a]\nk = v\t; note\n", "f:2: ' ;' would cut the value");
    CHECK_REFUSED("[a] ; note\n", "f:1: a section line is [name] and nothing else");
    CHECK_STRING(refusal(BYTES("[a]\nk = v;w\n")), "");
}

TEST(settings, indented_lines_are_refused_as_continuations_and_indented_comments_are_not) {
    CHECK_REFUSED("[a]\nk = v\n  w = x\n", "f:3: line is indented");
    CHECK_STRING(refusal(BYTES("[a]\n   # note\n \t\nk = v\n")), "");
}

TEST(settings, repeated_keys_and_sections_are_refused_with_both_lines) {
    CHECK_REFUSED("[a]\nk = 1\nj = 2\nk = 3\n", "f:4: k is already set on line 2");
    CHECK_REFUSED("[a]\n[b]\n[a]\n", "f:3: [a] is already on line 1");
    CHECK_STRING(refusal(BYTES("[a]\nk = 1\n[b]\nk = 1\n")), "");
}

TEST(settings, names_longer_than_inih_keeps_are_refused) {
    CHECK_REFUSED("[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", "1 to 49 bytes");
    CHECK_STRING(refusal(BYTES("[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nk = v\n")), "");
    CHECK_REFUSED("[a]\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = v\n", "1 to 49 bytes");
    CHECK_REFUSED("[]\n", "1 to 49 bytes");
}

TEST(settings, lines_that_are_no_setting_are_refused) {
    CHECK_REFUSED("k = v\n", "f:1: setting before the first [section]");
    CHECK_REFUSED("[a]\nword\n", "f:2: neither");
    CHECK_REFUSED("[a]\n= v\n", "f:2: a key has");
    CHECK_REFUSED("[a]\nk : l = v\n", "f:2: a key holds no ':'");
    CHECK_REFUSED("[a\n", "f:1: a section line");
    CHECK_REFUSED("[a]b]\n", "f:1: a section's name holds no ']'");
}

TEST(settings, a_file_over_the_limit_is_refused_before_it_is_read) {
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, LIMIT_CONF_FILE_LEN + 100);
    while (text.len <= LIMIT_CONF_FILE_LEN) REQUIRE(buf_append_string(&text, "# filler filler filler filler\n") == 0);
    CHECK(strstr(refusal(buf_bytes(&text)), "larger than") != NULL);
}

TEST(settings, a_full_megabyte_of_settings_is_read_in_bounded_time) {
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, LIMIT_CONF_FILE_LEN);
    REQUIRE(buf_append_string(&text, "[a]\n") == 0);
    for (unsigned i = 0; text.len + 16 < LIMIT_CONF_FILE_LEN; i++) REQUIRE(buf_append_printf(&text, "k%u=\n", i) == 0);
    CHECK_STRING(refusal(buf_bytes(&text)), "");
}

static const char *write_file(const char *name, const char *text, mode_t mode) {
    static char path[PATH_MAX];
    must(snprintf(path, sizeof(path), "%s/%s", harness_temp_dir(), name) < PATH_MAX);
    _cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text) && fchmod(fd, mode) == 0);
    return path;
}

static int load(const char *path, struct problem *p) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    return settings_load(path, &s, p);
}

TEST(settings, a_file_others_may_write_is_refused) {
    struct problem p;
    CHECK_INT(load(write_file("group", "[a]\n", 0664), &p), -EPERM);
    CHECK(strstr(p.text, "chmod go-w") != NULL);
    CHECK_INT(load(write_file("others", "[a]\n", 0646), &p), -EPERM);
    CHECK_INT(load(write_file("good", "[a]\n", 0644), &p), 0);
}

TEST(settings, a_file_of_another_user_is_refused) {
    if (geteuid() != 0) SKIP("only root can give a file away");
    struct problem p;
    const char *path = write_file("theirs", "[a]\n", 0600);
    REQUIRE(chown(path, 12345, 12345) == 0);
    CHECK_INT(load(path, &p), -EPERM);
    CHECK(strstr(p.text, "12345") != NULL);
}

TEST(settings, links_folders_pipes_and_missing_files_are_refused_without_waiting) {
    struct problem p;
    char path[PATH_MAX];
    must(snprintf(path, sizeof(path), "%s/link", harness_temp_dir()) < PATH_MAX);
    REQUIRE(symlink(write_file("target", "[a]\n", 0600), path) == 0);
    CHECK_INT(load(path, &p), -ELOOP);
    CHECK_INT(load(harness_temp_dir(), &p), -EINVAL);
    must(snprintf(path, sizeof(path), "%s/pipe", harness_temp_dir()) < PATH_MAX);
    REQUIRE(mkfifo(path, 0600) == 0);
    CHECK_INT(load(path, &p), -EINVAL);
    CHECK_INT(load("/nonexistent/deidfs.conf", &p), -ENOENT);
}
