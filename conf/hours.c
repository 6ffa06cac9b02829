#include "conf/hours.h"

#include <stdlib.h>
#include <string.h>

#include "conf/base/text.h"

enum { HOURS_DAY = 24 * 60, HOURS_WEEK_DAYS = 7 };
static const char hours_days[HOURS_WEEK_DAYS][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static bool hours_read_day(const char **at, unsigned *out) {
    for (unsigned d = 0; d < HOURS_WEEK_DAYS; d++) {
        if (strncmp(*at, hours_days[d], 3) != 0) continue;
        *at += 3;
        *out = d;
        return true;
    }
    return false;
}

/* "Mon" or "Mon-Fri"; "Sat-Mon" runs over the week's end. */
static bool hours_read_days(const char **at, uint8_t *out) {
    unsigned first, last;
    if (!hours_read_day(at, &first)) return false;
    last = first;
    if (**at == '-') {
        (*at)++;
        if (!hours_read_day(at, &last)) return false;
    }
    uint8_t days = 0;
    for (unsigned d = first;; d = (d + 1) % HOURS_WEEK_DAYS) {
        days = (uint8_t) (days | 1u << d);
        if (d == last) break;
    }
    *out = days;
    return true;
}

/* "07:00" */
static bool hours_read_minute(const char **at, uint16_t *out) {
    const char *t = *at;
    for (int i = 0; i < 5; i++) {
        if (i == 2 ? t[i] != ':' : !text_is_digit((uint8_t) t[i])) return false;
    }
    unsigned hour = (unsigned) (t[0] - '0') * 10 + (unsigned) (t[1] - '0'), minute = (unsigned) (t[3] - '0') * 10 + (unsigned) (t[4] - '0');
    if (minute > 59 || hour * 60 + minute > HOURS_DAY) return false;
    *out = (uint16_t) (hour * 60 + minute);
    *at += 5;
    return true;
}

bool hours_parse(const char *text, struct hours *out) {
    struct hours h = { .count = 0 };
    for (const char *at = text; *at;) {
        uint16_t begin, end;
        uint8_t days;
        if (h.count == HOURS_SPANS_MAX || !hours_read_days(&at, &days) || *at++ != ' ') return false;
        if (!hours_read_minute(&at, &begin) || *at++ != '-' || !hours_read_minute(&at, &end) || begin == end || begin == HOURS_DAY) return false;
        h.spans[h.count].days = days;
        h.spans[h.count].begin_minute = begin;
        h.spans[h.count++].end_minute = end;
        if (*at == '\0') break;
        if (*at++ != ',') return false;
        at += strspn(at, " ");
        if (*at == '\0') return false;
    }
    *out = h;
    return true;
}

bool hours_hold(const struct hours *h, const struct tm *local) {
    unsigned today = (unsigned) local->tm_wday, yesterday = (today + HOURS_WEEK_DAYS - 1) % HOURS_WEEK_DAYS;
    int minute = local->tm_hour * 60 + local->tm_min;
    for (uint32_t i = 0; i < h->count; i++) {
        bool on_today = h->spans[i].days >> today & 1, on_yesterday = h->spans[i].days >> yesterday & 1;
        int begin = h->spans[i].begin_minute, end = h->spans[i].end_minute;
        if (begin < end && on_today && minute >= begin && minute < end) return true;
        if (begin > end && ((on_today && minute >= begin) || (on_yesterday && minute < end))) return true;
    }
    return h->count == 0;
}

bool hours_hold_now(const struct hours *h) {
    struct tm local;
    time_t now = time(NULL);
    return h->count == 0 || (now != (time_t) -1 && localtime_r(&now, &local) && hours_hold(h, &local));
}
