#include "fs/times.h"

#include "tests/harness.h"

static const struct key key = { .raw = { 3 } };

static struct times *make(enum times_mode mode, size_t count_max) {
    struct times *t = NULL;
    REQUIRE(times_new(mode, &key, count_max, &t) == 0);
    return t;
}

TEST(times, show_the_year_alone_and_grow_with_every_change) {
    struct times *t = make(TIMES_YEAR_GENERATION, 100);
    struct source_version v = { .ino = 1, .mtime_s = 1700000000, .mtime_ns = 5 }; /* 14 November 2023 */
    struct timespec a, b, c;
    times_shown(t, "p", &v, 0, &a);
    CHECK_INT(a.tv_sec, 1672574400); /* 2023-01-01 12:00:00 UTC, date -u -d @1672574400 */
    CHECK_INT(a.tv_nsec, 0);
    times_shown(t, "p", &v, 0, &b);
    CHECK_INT(b.tv_sec, a.tv_sec);
    v.ctime_s = 9; /* changed in place, its time put back */
    times_shown(t, "p", &v, 0, &b);
    CHECK_INT(b.tv_sec, a.tv_sec + 1);
    v.mtime_s = 1500000000; /* replaced by an older file: still later than what was shown */
    times_shown(t, "p", &v, 0, &c);
    CHECK_INT(c.tv_sec, b.tv_sec + 1);
    v.mtime_s = 1735689600; /* 2025 */
    times_shown(t, "p", &v, 0, &c);
    CHECK_INT(c.tv_sec, 1735732800);
    times_free(t);
}

TEST(times, of_two_paths_do_not_touch) {
    struct times *t = make(TIMES_YEAR_GENERATION, 100);
    struct source_version v = { .ino = 1, .mtime_s = 1700000000 }, w = v;
    struct timespec a, b;
    w.ctime_ns = 7;
    times_shown(t, "p", &v, 0, &a);
    times_shown(t, "q", &w, 0, &b);
    CHECK_INT(a.tv_sec, b.tv_sec);
    times_free(t);
}

TEST(times, can_be_the_source_s_or_fixed) {
    const struct source_version v = { .mtime_s = 1700000000, .mtime_ns = 42 };
    struct timespec shown;
    struct times *t = make(TIMES_SOURCE, 10);
    times_shown(t, "p", &v, 0, &shown);
    CHECK(shown.tv_sec == 1700000000 && shown.tv_nsec == 42);
    times_free(t);
    t = make(TIMES_FIXED, 10);
    times_shown(t, "p", &v, 0, &shown);
    CHECK(shown.tv_sec == 0 && shown.tv_nsec == 0);
    times_free(t);
}

TEST(times, years_begin_right_on_both_sides_of_1970) {
    CHECK_INT(times_year_begin(0), 12 * 3600);
    CHECK_INT(times_year_begin(-1), -365 * 86400 + 12 * 3600);
    CHECK_INT(times_year_begin(1709210096), 1704110400); /* 29 February 2024 */
}

TEST(times, stay_within_their_bound) {
    struct times *t = make(TIMES_YEAR_GENERATION, 10);
    struct source_version v = { .mtime_s = 1700000000 };
    struct timespec shown;
    char path[16];
    for (int i = 0; i < 1000; i++) {
        (void) snprintf(path, sizeof(path), "%d", i);
        times_shown(t, path, &v, 0, &shown);
        CHECK_INT(shown.tv_sec, 1672574400);
    }
    times_free(t);
}

TEST(times, shifted_times_move_as_the_patients_dates_and_by_year_where_no_patient_is_known) {
    struct times *t = NULL;
    struct timespec shown, source;
    const struct source_version v = { .dev = 1, .ino = 2, .len = 3, .mtime_s = 1700000000, .mtime_ns = 5 };
    REQUIRE(times_new(TIMES_SHIFT, &key, 16, &t) == 0);
    times_shown(t, "a", &v, -10, &shown);
    CHECK(shown.tv_sec == 1700000000 - 10 * 86400 && shown.tv_nsec == 5);
    times_shown(t, "a", &v, 0, &shown);
    CHECK(shown.tv_sec == times_year_begin(1700000000) && shown.tv_nsec == 0);
    times_free(t);
    REQUIRE(times_new(TIMES_SOURCE, &key, 16, &t) == 0);
    times_shown(t, "a", &v, -10, &source);
    CHECK(source.tv_sec == 1700000000);
    times_free(t);
}
