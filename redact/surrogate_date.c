#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#include "conf/base/buf.h"
#include "conf/base/text.h"
#include "redact/date.h"
#include "redact/surrogate.h"

enum { DATE_PIECES_MAX = 12, DATE_TEXT_LEN_MAX = 64 };
enum date_role { ROLE_KEEP, ROLE_DAY, ROLE_MONTH, ROLE_YEAR, ROLE_MONTH_NAME, ROLE_ORDINAL, ROLE_COMPACT, ROLE_COMPACT_US };

struct date_piece {
    enum date_role role;
    bool is_number;
    unsigned value;
    struct bytes text;
};

struct date_read {
    struct date_piece pieces[DATE_PIECES_MAX];
    size_t count;
    unsigned year, month, day; /* 0: not seen */
};

static const char *const month_names[12] = { "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                                             "november", "december" };

int32_t surrogate_date_offset(void) {
    return -(int32_t) (1 + randombytes_uniform(SURROGATE_OFFSET_DAYS_MAX));
}

/* Days since 1970-01-01 and back, proleptic Gregorian. Source: Howard Hinnant, "chrono-compatible low-level date algorithms" (public domain). */
static int64_t days_of(unsigned y, unsigned m, unsigned d) {
    int64_t year = (int64_t) y - (m <= 2);
    int64_t era = year / 400;
    int64_t yoe = year - era * 400;
    int64_t doy = (153 * (int64_t) (m > 2 ? m - 3 : m + 9) + 2) / 5 + (int64_t) d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, unsigned *y, unsigned *m, unsigned *d) {
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *d = (unsigned) (doy - (153 * mp + 2) / 5 + 1);
    *m = (unsigned) (mp < 10 ? mp + 3 : mp - 9);
    *y = (unsigned) (yoe + era * 400 + (*m <= 2));
}

/* 1..12 for a month's name or its first three letters (and "sept"), else 0. */
static unsigned month_of_word(struct bytes word) {
    for (unsigned m = 0; m < 12; m++) {
        size_t len = strlen(month_names[m]);
        bool shape = word.len == 3 || word.len == len || (m == 8 && word.len == 4);
        if (shape && word.len <= len && strncasecmp((const char *) word.ptr, month_names[m], word.len) == 0) return m + 1;
    }
    return 0;
}

static bool is_ordinal(struct bytes word) {
    static const char *const suffixes[] = { "st", "nd", "rd", "th" };
    for (size_t i = 0; i < array_count(suffixes); i++) {
        if (word.len == 2 && strncasecmp((const char *) word.ptr, suffixes[i], 2) == 0) return true;
    }
    return false;
}

/* Numbers, words and what lies between. False when there are more pieces than a date has, or a word that is no month. */
static bool date_split(struct bytes s, struct date_read *r) {
    for (size_t i = 0; i < s.len;) {
        size_t begin = i;
        bool digits = text_is_digit(s.ptr[i]), letters = text_is_alpha(s.ptr[i]);
        while (i < s.len && text_is_digit(s.ptr[i]) == digits && text_is_alpha(s.ptr[i]) == letters) i++;
        struct date_piece p = { .text = bytes_make(s.ptr + begin, i - begin), .is_number = digits };
        if (r->count == DATE_PIECES_MAX) return false;
        for (size_t k = begin; digits && k < i && k < begin + 9; k++) p.value = p.value * 10 + (unsigned) (s.ptr[k] - '0');
        if (letters && month_of_word(p.text) != 0) p.role = ROLE_MONTH_NAME;
        else if (letters && is_ordinal(p.text)) p.role = ROLE_ORDINAL;
        else if (letters && !(p.text.len == 2 && strncasecmp((const char *) p.text.ptr, "of", 2) == 0)) return false;
        r->pieces[r->count++] = p;
    }
    return true;
}

static unsigned full_year(struct bytes text, unsigned value, uint16_t year_now) {
    if (text.len == 4) return value;
    if (text.len != 2) return 0;
    return 2000 + value <= year_now + 1u ? 2000 + value : 1900 + value;
}

static bool date_read_compact(struct date_read *r, struct date_piece *p) {
    unsigned v = p->value;
    if (p->text.len != 8) return false;
    bool iso = v / 10000 >= 1800 && v / 10000 < 2200;
    p->role = iso ? ROLE_COMPACT : ROLE_COMPACT_US;
    r->year = iso ? v / 10000 : v % 10000;
    r->month = iso ? v / 100 % 100 : v / 1000000;
    r->day = iso ? v % 100 : v / 10000 % 100;
    return true;
}

/* Gives the numbers their roles: beside a month's name day and year; else year first, or month/day/year, or day/month/year where the first
 * cannot be a month. */
static bool date_assign(struct date_read *r, uint16_t year_now) {
    struct date_piece *n[4];
    size_t numbers = 0;
    unsigned named = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (r->pieces[i].role == ROLE_MONTH_NAME) named = named ? 99 : month_of_word(r->pieces[i].text);
        if (!r->pieces[i].is_number) continue;
        if (numbers == 4) return false;
        n[numbers++] = &r->pieces[i];
    }
    if (named == 0 && numbers == 1) return date_read_compact(r, n[0]);
    if (named > 12 || numbers != (named ? 2u : 3u)) return false;
    bool year_first = n[0]->text.len == 4;
    struct date_piece *year = year_first ? n[0] : n[numbers - 1], *day, *month = NULL;
    if (named) {
        day = year_first ? n[1] : n[0];
    } else {
        day = year_first ? n[2] : n[1];
        month = year_first ? n[1] : n[0];
        if (!year_first && month->value > 12) {
            struct date_piece *swap = day;
            day = month;
            month = swap;
        }
    }
    year->role = ROLE_YEAR;
    day->role = ROLE_DAY;
    if (month) month->role = ROLE_MONTH;
    r->year = full_year(year->text, year->value, year_now);
    r->month = month ? month->value : named;
    r->day = day->value;
    return day->text.len <= 2 && (!month || month->text.len <= 2);
}

static bool date_is_real(const struct date_read *r) {
    if (r->year < 1800 || r->year > 2199 || r->month < 1 || r->month > 12 || r->day < 1 || r->day > 31) return false;
    unsigned y, m, d;
    date_of(days_of(r->year, r->month, r->day), &y, &m, &d);
    return y == r->year && m == r->month && d == r->day;
}

static void put_month_name(struct buf *out, struct bytes as, unsigned month) {
    const char *name = month_names[month - 1];
    bool full = as.len > 4 || (as.len == 4 && strncasecmp((const char *) as.ptr, "sept", 4) != 0);
    bool upper = as.len > 1 && text_is_upper(as.ptr[1]);
    size_t len = full ? strlen(name) : 3;
    for (size_t i = 0; i < len; i++) {
        bool big = upper || (i == 0 && text_is_upper(as.ptr[0]));
        ignore(buf_append_byte(out, big ? text_to_upper((uint8_t) name[i]) : (uint8_t) name[i])); /* sticky: checked at the end */
    }
}

static const char *ordinal_of(unsigned day) {
    if (day % 10 == 1 && day != 11) return "st";
    if (day % 10 == 2 && day != 12) return "nd";
    if (day % 10 == 3 && day != 13) return "rd";
    return "th";
}

static void date_put(struct buf *out, const struct date_piece *p, unsigned y, unsigned m, unsigned d) {
    int width = p->text.len == 2 ? 2 : 1;
    switch (p->role) {
    case ROLE_KEEP: ignore(buf_append(out, p->text)); break; /* sticky: checked at the end, here and below */
    case ROLE_DAY: ignore(buf_append_printf(out, "%0*u", width, d)); break;
    case ROLE_MONTH: ignore(buf_append_printf(out, "%0*u", width, m)); break;
    case ROLE_YEAR: ignore(p->text.len == 4 ? buf_append_printf(out, "%04u", y) : buf_append_printf(out, "%02u", y % 100)); break;
    case ROLE_MONTH_NAME: put_month_name(out, p->text, m); break;
    case ROLE_ORDINAL: ignore(buf_append_string(out, ordinal_of(d))); break;
    case ROLE_COMPACT: ignore(buf_append_printf(out, "%04u%02u%02u", y, m, d)); break;
    case ROLE_COMPACT_US: ignore(buf_append_printf(out, "%02u%02u%04u", m, d, y)); break;
    }
}

/* Where the date ends and a time of day behind it begins: "2019-03-05T12:30:00Z", "3/5/2019 9:05 pm", "201903051230". */
static size_t time_len(struct bytes s) {
    size_t digits = 0;
    while (digits < s.len && text_is_digit(s.ptr[digits])) digits++;
    if (digits == 10 || digits == 12 || digits == 14) return s.len - 8; /* HL7: YYYYMMDDHHMM[SS[.S…]][+ZZZZ] */
    struct span time;
    if (!date_find_time(s, &time)) return 0;
    size_t begin = time.begin;
    while (begin > 0 && memchr(" ,T@", s.ptr[begin - 1], 4)) begin--;
    bool at = begin > 2 && strncasecmp((const char *) s.ptr + begin - 2, "at", 2) == 0 && s.ptr[begin - 3] == ' ';
    return s.len - (at ? begin - 3 : begin);
}

int surrogate_date_move(struct bytes surface, const struct surrogate_move *by, struct arena *arena, struct bytes *out) {
    struct date_read r = { .count = 0 };
    size_t tail = time_len(surface);
    struct bytes date = bytes_make(surface.ptr, surface.len - tail);
    if (surface.len > DATE_TEXT_LEN_MAX || !date_split(date, &r) || !date_assign(&r, by->year_now) || !date_is_real(&r)) return SURROGATE_UNREADABLE;
    unsigned y, m, d;
    date_of(days_of(r.year, r.month, r.day) + by->days, &y, &m, &d);
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, 2 * DATE_TEXT_LEN_MAX + 64);
    for (size_t i = 0; i < r.count; i++) date_put(&text, &r.pieces[i], y, m, d);
    if (by->keeps_time) ignore(buf_append(&text, bytes_make(surface.ptr + date.len, tail)));
    if (buf_error(&text) < 0) return buf_error(&text);
    struct bytes copy = arena_copy(arena, buf_bytes(&text));
    if (!copy.ptr) return -ENOMEM;
    *out = copy;
    return SURROGATE_MOVED;
}
