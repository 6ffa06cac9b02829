#include "redact/date_written.h"

#include "conf/base/text.h"

enum { DATE_GAP_LEN_MAX = 4, DATE_COMPACT_LEN = 8, DATE_COMPACT_SHORT_LEN = 6 };

static const char *const date_months[] = { "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december" };

/* The month of a name or its abbreviation of three letters and more; 0: none. */
static unsigned date_month_of(struct bytes word) {
    if (word.len < 3) return 0;
    for (unsigned m = 0; m < array_count(date_months); m++) {
        size_t same = 0, len = strlen(date_months[m]);
        while (same < word.len && same < len && text_to_lower(word.ptr[same]) == (uint8_t) date_months[m][same]) same++;
        if (same == word.len) return m + 1;
    }
    return 0;
}

static size_t date_letters(struct bytes text, size_t at) {
    size_t len = 0;
    while (at + len < text.len && text_is_alpha(text.ptr[at + len])) len++;
    return len;
}

static bool date_part(struct bytes text, size_t *at, struct date_written *d, size_t n) {
    size_t len = date_letters(text, *at), digits = 0;
    unsigned value = date_month_of(bytes_make(text.ptr + *at, len));
    while (len == 0 && *at + digits < text.len && text_is_digit(text.ptr[*at + digits])) {
        if (++digits > 4) return false;
        value = value * 10 + (unsigned) (text.ptr[*at + digits - 1] - '0');
    }
    if (len + digits == 0 || (len > 0 && value == 0) || digits == 3) return false;
    *at += len + digits;
    /* 5th */
    if (digits > 0 && digits < 3 && date_letters(text, *at) == 2) *at += 2;
    d->value[n] = (uint16_t) value;
    d->digits[n] = (uint8_t) digits;
    return true;
}

static bool date_gap(struct bytes text, size_t *at) {
    size_t begin = *at, i = *at;
    while (i < text.len && i - begin < DATE_GAP_LEN_MAX && strchr(" /-.,\n\t", text.ptr[i]) && text.ptr[i] != '\0') i++;
    if (i == begin) return false;
    /* "5th of March" */
    if (date_letters(text, i) == 2 && (text.ptr[i] | 0x20) == 'o' && (text.ptr[i + 1] | 0x20) == 'f' && i + 2 < text.len && text.ptr[i + 2] == ' ') i += 3;
    *at = i;
    return true;
}

static unsigned date_number(const uint8_t *p, size_t len) {
    unsigned n = 0;
    for (size_t i = 0; i < len; i++) n = n * 10 + (unsigned) (p[i] - '0');
    return n;
}

/* YYYYMMDD, MMDDYYYY, MMDDYY: all the digits there are. */
static bool date_compact(struct bytes text, size_t begin, struct date_written *out) {
    size_t len = 0;
    while (begin + len < text.len && text_is_digit(text.ptr[begin + len])) len++;
    const uint8_t *p = text.ptr + begin;
    if (len != DATE_COMPACT_LEN && len != DATE_COMPACT_SHORT_LEN) return false;
    bool year_first = len == DATE_COMPACT_LEN && date_number(p, 4) >= 1800 && date_number(p, 4) < 2200;
    size_t lens[] = { 2, 2, len - 4 };
    if (year_first) lens[0] = 4, lens[2] = 2;
    for (size_t i = 0, at = 0; i < 3; at += lens[i++]) {
        out->value[i] = (uint16_t) date_number(p + at, lens[i]);
        out->digits[i] = (uint8_t) lens[i];
    }
    out->end = begin + len;
    return true;
}

bool date_written_read(struct bytes text, size_t begin, struct date_written *out) {
    struct date_written d = { .end = 0 };
    size_t at = begin;
    if (begin >= text.len || !text_is_alnum(text.ptr[begin])) return false;
    bool whole = date_compact(text, begin, &d);
    for (size_t i = 0; i < 3 && !whole; i++) {
        if (i > 0 && !date_gap(text, &at)) return false;
        if (!date_part(text, &at, &d, i)) return false;
        d.end = at;
    }
    /* "03/05/19471" is none. */
    if (d.end < text.len && text_is_digit(text.ptr[d.end])) return false;
    *out = d;
    return true;
}

static bool date_is_year(const struct date_written *d, size_t i, unsigned year) {
    return d->digits[i] == 4 ? d->value[i] == year : d->digits[i] == 2 && d->value[i] == year % 100;
}

static bool date_is_month(const struct date_written *d, size_t i, unsigned month) {
    return d->digits[i] <= 2 && d->value[i] == month;
}

static bool date_is_day(const struct date_written *d, size_t i, unsigned day) {
    return d->digits[i] > 0 && d->digits[i] <= 2 && d->value[i] == day;
}

bool date_written_is(const struct date_written *d, unsigned year, unsigned month, unsigned day) {
    if (date_is_year(d, 2, year) && date_is_month(d, 0, month) && date_is_day(d, 1, day)) return true;
    if (date_is_year(d, 2, year) && date_is_day(d, 0, day) && date_is_month(d, 1, month)) return true;
    return date_is_year(d, 0, year) && date_is_month(d, 1, month) && date_is_day(d, 2, day);
}
