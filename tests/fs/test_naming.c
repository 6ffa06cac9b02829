#include "fs/naming.h"

#include <fcntl.h>

#include "tests/harness.h"

static const struct key key = { .raw = { 4 } };

static const char *finish(const char *raw, const char *redacted, bool is_folder) {
    static char out[256];
    bool changed;
    const struct name_form form = { .key = &key, .folder = "ward", .raw = raw, .redacted = bytes_from_string(redacted),
                                    .changed = strcmp(raw, redacted) != 0, .is_folder = is_folder };
    names_finish(&form, out, &changed);
    return out;
}

TEST(naming, an_unchanged_name_stays) {
    CHECK_STRING(finish("note.txt", "note.txt", false), "note.txt");
    CHECK_STRING(finish("Ärzte – 1.txt", "Ärzte – 1.txt", false), "Ärzte – 1.txt");
}

TEST(naming, a_changed_name_has_six_letters_before_its_extension) {
    const char *shown = finish("Jane Doe.txt", "PATIENT_KTVHMQX.txt", false);
    CHECK_INT(strlen(shown), strlen("PATIENT_KTVHMQX-abcdef.txt"));
    CHECK(strncmp(shown, "PATIENT_KTVHMQX-", 16) == 0 && strcmp(shown + 22, ".txt") == 0);
    shown = finish("Jane Doe.txt", "PATIENT_KTVHMQX.txt", true);
    CHECK(strncmp(shown, "PATIENT_KTVHMQX.txt-", 20) == 0);
    shown = finish("J.Doe", "PATIENT_KTVHMQX", false);
    CHECK(strncmp(shown, "PATIENT_KTVHMQX-", 16) == 0);
}

TEST(naming, the_suffix_depends_on_folder_raw_name_and_key) {
    char a[256];
    (void) snprintf(a, sizeof(a), "%s", finish("Jane Doe.txt", "P.txt", false));
    CHECK_STRING(finish("Jane Doe.txt", "P.txt", false), a);
    CHECK(strcmp(finish("Jane Roe.txt", "P.txt", false), a) != 0);
    bool changed;
    char b[256];
    struct name_form form = { .key = &key, .folder = "other", .raw = "Jane Doe.txt", .redacted = BYTES("P.txt"), .changed = true };
    names_finish(&form, b, &changed);
    CHECK(changed && strcmp(a, b) != 0);
}

TEST(naming, control_bytes_and_broken_utf8_are_escaped_and_marked) {
    CHECK(strncmp(finish("a\nb", "a\nb", false), "a%0Ab-", 6) == 0);
    CHECK(strncmp(finish("a\xff", "a\xff", false), "a%FF-", 5) == 0);
    CHECK(strncmp(finish("a\x1b[31m", "a\x1b[31m", false), "a%1B[31m-", 9) == 0);
    CHECK(strncmp(finish("a\xc2\x85", "a\xc2\x85", false), "a%C2%85-", 8) == 0);
}

TEST(naming, a_long_name_is_cut_on_a_character) {
    char redacted[600] = "";
    for (int i = 0; i < 200; i++) memcpy(redacted + 2 * i, "\xc3\xa4", 3);
    memcpy(redacted + 400, ".txt", 5);
    const char *shown = finish("raw.txt", redacted, false);
    CHECK(strlen(shown) <= 255 && strlen(shown) >= 250);
    CHECK_STRING(shown + strlen(shown) - 4, ".txt");
    for (const char *at = shown; *at && *at != '-'; at += 2) CHECK((unsigned char) at[0] == 0xc3 && (unsigned char) at[1] == 0xa4);
}

TEST(naming, dot_names_and_nothing_get_a_name_of_their_own) {
    CHECK(strcmp(finish("x", ".", true), ".") != 0);
    CHECK(strcmp(finish("x", "..", true), "..") != 0);
    CHECK(strlen(finish("x", "", true)) == 7);
}

static struct names *scan(const char *dir, const struct names *old) {
    struct source *s = NULL;
    struct names *n = NULL;
    struct problem p;
    REQUIRE(source_open(dir, false, &s, &p) == 0);
    const struct naming how = { .key = &key, .source = s, .folder = "", .generation = 1 };
    REQUIRE(names_build(&how, old, &n) == 0);
    source_free(s);
    return n;
}

static void touch(const char *dir, const char *name) {
    char path[8192];
    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    close_fd(&fd);
}

TEST(naming, a_scan_translates_both_ways_and_leaves_links_out) {
    const char *dir = harness_temp_dir();
    char link[8192];
    touch(dir, "b.txt");
    touch(dir, "a\nx.txt");
    touch(dir, ".deidfs");
    (void) snprintf(link, sizeof(link), "%s/link", dir);
    REQUIRE(symlink("b.txt", link) == 0);
    struct names *n = scan(dir, NULL);
    CHECK_INT(n->count, 2);
    const struct name_entry *plain = names_find_shown(n, "b.txt"), *odd = names_find_raw(n, "a\nx.txt");
    REQUIRE(plain && odd);
    CHECK_STRING(plain->raw, "b.txt");
    CHECK(odd->changed && names_find_shown(n, odd->shown) == odd);
    CHECK(!names_find_shown(n, "a\nx.txt") && !names_find_shown(n, "link") && !names_find_raw(n, "zz"));
    touch(dir, "c.txt");
    struct names *more = scan(dir, n);
    CHECK_INT(more->count, 3);
    CHECK_STRING(names_find_raw(more, "a\nx.txt")->shown, odd->shown);
    names_unref(n);
    names_unref(more);
}

TEST(naming, a_plain_name_that_looks_like_another_s_shown_one_does_not_hide_it) {
    const char *dir = harness_temp_dir();
    touch(dir, "a\nx.txt");
    struct names *n = scan(dir, NULL);
    char twin[256];
    (void) snprintf(twin, sizeof(twin), "%s", n->entries[0].shown);
    names_unref(n);
    touch(dir, twin);
    n = scan(dir, NULL);
    CHECK_INT(n->count, 2);
    CHECK(strcmp(n->entries[0].shown, n->entries[1].shown) != 0);
    const struct name_entry *plain = names_find_shown(n, twin);
    REQUIRE(plain != NULL);
    CHECK_STRING(plain->raw, twin);
    names_unref(n);
}

TEST(naming, a_folder_of_thousands_is_read_whole) {
    const char *dir = harness_temp_dir();
    char name[64];
    for (int i = 0; i < 3000; i++) {
        (void) snprintf(name, sizeof(name), "file-%d.txt", i);
        touch(dir, name);
    }
    struct names *n = scan(dir, NULL);
    CHECK_INT(n->count, 3000);
    for (int i = 0; i < 3000; i++) {
        (void) snprintf(name, sizeof(name), "file-%d.txt", i);
        CHECK(names_find_shown(n, name) && names_find_raw(n, name));
    }
    names_unref(n);
}
