#include "conf/base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t clock_read_ns(clockid_t id) {
    struct timespec t;
    int r = clock_gettime(id, &t);
    must(r == 0);
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

uint64_t clock_realtime_us(void) {
    return clock_read_ns(CLOCK_REALTIME) / 1000u;
}

uint64_t clock_boottime_us(void) {
    return clock_read_ns(CLOCK_BOOTTIME) / 1000u;
}

uint64_t clock_monotonic_ns(void) {
    return clock_read_ns(CLOCK_MONOTONIC);
}

/* Days of the proleptic Gregorian calendar, after H. Hinnant, "chrono-compatible low-level date algorithms": no time zone, no locale. */
static uint64_t clock_days_from_civil(uint64_t y, unsigned m, unsigned d) {
    y -= m <= 2;
    uint64_t era = y / 400;
    uint64_t year_of_era = y - era * 400;
    uint64_t day_of_year = (153u * (m + (m > 2 ? (unsigned) -3 : 9u)) + 2u) / 5u + d - 1u;
    return era * 146097u + year_of_era * 365u + year_of_era / 4u - year_of_era / 100u + day_of_year - 719468u;
}

void clock_format(uint64_t realtime_us, char out[CLOCK_TEXT_LEN + 1]) {
    time_t seconds = (time_t) (realtime_us / 1000000u);
    struct tm tm = { 0 };
    must(gmtime_r(&seconds, &tm) != NULL);
    must(tm.tm_year + 1900 <= 9999);
    char text[96]; /* room for any int, so that the compiler can see that nothing is cut */
    int len = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                       tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned) (realtime_us % 1000000u));
    must(len == CLOCK_TEXT_LEN);
    memcpy(out, text, CLOCK_TEXT_LEN + 1);
}

static bool clock_digits(struct bytes text, size_t at, size_t count, unsigned max, unsigned *out) {
    unsigned v = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        v = v * 10 + (unsigned) (text.ptr[i] - '0');
    }
    *out = v;
    return v <= max;
}

bool clock_parse(struct bytes text, uint64_t *out_realtime_us) {
    const uint8_t *at = text.ptr;
    if (text.len != CLOCK_TEXT_LEN || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' || at[16] != ':' || at[19] != '.' || at[26] != 'Z') return false;
    unsigned y, mo, d, h, mi, s, us;
    if (!clock_digits(text, 0, 4, 9999, &y) || !clock_digits(text, 5, 2, 12, &mo) || !clock_digits(text, 8, 2, 31, &d)) return false;
    if (!clock_digits(text, 11, 2, 23, &h) || !clock_digits(text, 14, 2, 59, &mi) || !clock_digits(text, 17, 2, 59, &s)) return false;
    if (!clock_digits(text, 20, 6, 999999, &us) || y < 1970 || mo < 1 || d < 1) return false;
    static const unsigned days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > days[mo] + (mo == 2 && leap)) return false; /* 30 February */
    uint64_t seconds = clock_days_from_civil(y, mo, d) * 86400u + h * 3600u + mi * 60u + s;
    *out_realtime_us = seconds * 1000000u + us;
    return true;
}
