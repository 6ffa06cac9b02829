#include "conf/paths.h"

#include <string.h>

#include "tests/harness.h"

TEST(paths, globs_match_as_written) {
    static const struct {
        const char *glob, *path;
        bool matches;
    } cases[] = {
        { "*.tmp", "a/b/c.tmp", true },      { "*.tmp", "c.tmp", true },          { "*.tmp", "c.tmp/d", false },    { "psych", "x/psych", true },
        { "psych/*", "psych/a", true },      { "psych/*", "psych/a/b", false },   { "psych/**", "psych/a/b", true }, { "psych/**", "psych", false },
        { "**/hiv/**", "a/b/hiv/c/d", true }, { "**/hiv/**", "hiv/c", false },    { "a/**/z", "a/b/c/z", true },    { "a/**/z", "a/z", false },
        { "a/*b*/c", "a/xbx/c", true },      { "a/*b*/c", "a/x/b/c", false },     { "????", "abcd", true },         { "????", "abc", false },
        { "a?c/d", "a/c/d", false },         { "**", "any/thing", true },         { "*", "thing", true },           { "", "x", false },
        { "a/*", "a/", true },               { "*a*b", "xaxb", true },            { "*a*b", "xaxbx", false },       { "**a/*/b", "x/a/y/b", true },
        { "**/a*b/c", "q/axb/q/ab/c", true }, { "x/*.txt", "x/.txt", true },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        if (paths_glob_matches(cases[i].glob, cases[i].path) != cases[i].matches)
            harness_fail(__FILE__, __LINE__, "%s %s %s", cases[i].glob, cases[i].matches ? "does not match" : "matches", cases[i].path);
    }
}

/* Every glob of few letters against every path of few letters, beside the plain recursive meaning. */
static bool plainly(const char *g, const char *p) {
    if (g[0] == '*' && g[1] == '*') {
        for (size_t i = 0;; i++) {
            if (plainly(g + 2, p + i)) return true;
            if (p[i] == '\0') return false;
        }
    }
    if (g[0] == '*') {
        for (size_t i = 0;; i++) {
            if (plainly(g + 1, p + i)) return true;
            if (p[i] == '\0' || p[i] == '/') return false;
        }
    }
    if (*g == '\0' || *p == '\0') return *g == *p;
    return (*g == *p || (*g == '?' && *p != '/')) && plainly(g + 1, p + 1);
}

TEST(paths, globs_mean_what_trying_everything_means) {
    static const char letters[] = "ab*/?";
    for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5 * 5; n++) {
        char glob[9] = "/"; /* a '/' in it: the whole path is matched */
        for (unsigned i = 0, rest = n; i < 6; i++, rest /= 5) glob[1 + i] = letters[rest % 5];
        for (unsigned m = 0; m < 3 * 3 * 3 * 3 * 3; m++) {
            char path[8] = "/";
            for (unsigned i = 0, rest = m; i < 5; i++, rest /= 3) path[1 + i] = "ab/"[rest % 3];
            if (paths_glob_matches(glob, path) != plainly(glob, path)) harness_fail(__FILE__, __LINE__, "%s %s", glob, path);
        }
    }
}

TEST(paths, a_hostile_glob_takes_no_longer_than_its_length_times_the_paths) {
    char glob[LIMIT_CONF_LINE_LEN], path[LIMIT_PATH_LEN];
    for (size_t i = 0; i + 1 < sizeof(glob); i++) glob[i] = i % 2 ? '*' : 'a';
    glob[sizeof(glob) - 2] = 'b';
    glob[sizeof(glob) - 1] = '\0';
    memset(path, 'a', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    CHECK(!paths_glob_matches(glob, path)); /* in no time, or the test's own limit ends it */
}

static bool shown(const char *include, const char *exclude, const char *path, bool is_folder) {
    struct paths p;
    REQUIRE(paths_parse(include, &p.include) && paths_parse(exclude, &p.exclude));
    return paths_show(&p, path, is_folder);
}

TEST(paths, exclusion_is_stronger_and_reaches_everything_beneath) {
    CHECK(shown("", "", "a/b.txt", false) && shown("", "psych", "a/b.txt", false));
    CHECK(!shown("", "psych", "a/psych", true) && !shown("", "psych", "a/psych/b/c.txt", false));
    CHECK(!shown("", "*.tmp, a/b/*", "a/b/c", false) && !shown("", "*.tmp, a/b/*", "x.tmp", false) && shown("", "*.tmp, a/b/*", "a/b", true));
    CHECK(!shown("**", "a", "a/b", false));
}

TEST(paths, inclusion_is_of_files_and_of_all_below_a_folder) {
    CHECK(shown("ward-7", "", "ward-7/2024/a.txt", false) && !shown("ward-7", "", "ward-8/a.txt", false));
    CHECK(shown("ward-7", "", "ward-8", true)); /* what could lie beneath decides, file by file */
    CHECK(shown("*.txt, notes/**", "", "x/a.txt", false) && shown("*.txt, notes/**", "", "notes/a.md", false) && !shown("*.txt, notes/**", "", "a.md", false));
    CHECK(shown("a", "", "", true));
}

TEST(paths, what_is_no_list_of_globs_is_refused) {
    static const char *const bad[] = { "/a", "a,", ",a", "a,,b", "../a", "a/..", "a/" };
    struct path_globs g;
    for (size_t i = 0; i < array_count(bad); i++) {
        if (paths_parse(bad[i], &g)) harness_fail(__FILE__, __LINE__, "taken: %s", bad[i]);
    }
    CHECK(paths_parse("", &g) && g.count == 0);
    CHECK(paths_parse("a b, c", &g) && g.count == 2);
}
