#include "redact/date.h"

#include "conf/base/clock.h"
#include "conf/base/text.h"

static const struct {
    const char *word;
    uint8_t value;
} date_numbers[] = {
    { "one", 1 },       { "two", 2 },        { "three", 3 },    { "four", 4 },      { "five", 5 },     { "six", 6 },      { "seven", 7 },
    { "eight", 8 },     { "nine", 9 },       { "ten", 10 },     { "eleven", 11 },   { "twelve", 12 },  { "thirteen", 13 }, { "fourteen", 14 },
    { "fifteen", 15 },  { "sixteen", 16 },   { "seventeen", 17 }, { "eighteen", 18 }, { "nineteen", 19 }, { "twenty", 20 }, { "thirty", 30 },
    { "forty", 40 },    { "fourty", 40 },    { "fifty", 50 },   { "sixty", 60 },    { "seventy", 70 }, { "eighty", 80 },  { "ninety", 90 },
    { "hundred", 100 }, { "oh", 0 },         { "thousand", 200 }, /* a mark, read by its callers */
};
enum { DATE_THOUSAND = 200, DATE_NO_NUMBER = -1 };

static bool date_take_word(struct bytes *in, struct bytes *out) {
    while (in->len > 0 && !text_is_alpha(in->ptr[0])) {
        in->ptr++;
        in->len--;
    }
    size_t len = 0;
    while (len < in->len && text_is_alpha(in->ptr[len])) len++;
    *out = bytes_make(in->ptr, len);
    *in = bytes_make(in->ptr + len, in->len - len);
    return len > 0;
}

static int date_number_of(struct bytes word) {
    for (size_t i = 0; i < array_count(date_numbers); i++) {
        struct bytes known = bytes_from_string(date_numbers[i].word);
        if (word.len != known.len) continue;
        size_t same = 0;
        while (same < word.len && text_to_lower(word.ptr[same]) == known.ptr[same]) same++;
        if (same == word.len) return date_numbers[i].value;
    }
    return DATE_NO_NUMBER;
}

int date_spelt_number(struct bytes text) {
    int sum = DATE_NO_NUMBER;
    for (struct bytes word; date_take_word(&text, &word);) {
        int n = date_number_of(word);
        if (n == DATE_NO_NUMBER || n == DATE_THOUSAND) continue;
        if (n == 100) sum = sum > 0 ? sum * 100 : 100;
        else sum = (sum < 0 ? 0 : sum) + n;
        if (sum > 119) return DATE_NO_NUMBER;
    }
    return sum;
}

/* "nineteen eighty four", "two thousand and twelve", "twenty nineteen". 0: none. */
static unsigned date_spelt_year(struct bytes text) {
    unsigned century = 0, rest = 0;
    for (struct bytes word; date_take_word(&text, &word);) {
        int n = date_number_of(word);
        if (n == DATE_NO_NUMBER || n == 100) continue;
        if (n == DATE_THOUSAND) {
            century = 20;
            rest = 0;
        } else if (century == 0 && (n == 18 || n == 19 || n == 20)) {
            century = (unsigned) n;
        } else if (century != 0) {
            rest += (unsigned) n;
        }
    }
    /* A century alone ("the nineteenth", "twenty") is a day of the month, no year. */
    return century != 0 && rest > 0 && rest < 100 ? century * 100 + rest : 0;
}

static void date_put_year(struct date_years *y, unsigned year) {
    for (size_t i = 0; i < y->count; i++) {
        if (y->year[i] == year) return;
    }
    if (y->count < DATE_YEARS_MAX) y->year[y->count++] = (uint16_t) year;
}

static bool date_is_year(unsigned n) {
    return n >= DATE_YEAR_MIN && n <= DATE_YEAR_MAX;
}

static unsigned date_digits(const uint8_t *p, size_t len) {
    unsigned n = 0;
    for (size_t i = 0; i < len; i++) n = n * 10 + (unsigned) (p[i] - '0');
    return n;
}

static void date_put_short_year(struct date_years *y, unsigned two, uint16_t year_now) {
    unsigned year = 2000 + two;
    if (year > year_now + 1u) year -= 100;
    else y->century_guessed = true; /* 20 may be 1920, in a birth date */
    date_put_year(y, year);
}

/* Eight digits or more: YYYYMMDD… of HL7, or MMDDYYYY. */
static void date_put_compact(struct date_years *y, const uint8_t *p, size_t len) {
    unsigned first = date_digits(p, 4), month = date_digits(p + 4, 2);
    if (date_is_year(first) && month >= 1 && month <= 12) date_put_year(y, first);
    else if (len == 8 && date_is_year(date_digits(p + 4, 4))) date_put_year(y, date_digits(p + 4, 4));
}

/* Is this run of two digits in the place of a year? After two other numbers, a month's name, or an apostrophe; never before a colon (a time)
 * and never a day ("5th"). */
static bool date_short_year_fits(struct bytes s, size_t begin, size_t end, size_t numbers_before, bool month_before) {
    if (end < s.len && (s.ptr[end] == ':' || text_is_alpha(s.ptr[end]))) return false;
    if (begin > 0 && (s.ptr[begin - 1] == '\'' || s.ptr[begin - 1] == 0x99)) return true;
    if (begin > 0 && s.ptr[begin - 1] == ':') return false;
    return numbers_before >= 2 || (month_before && numbers_before == 1);
}

/* Two digits count as a year only where a year stands (last); "19-05-03" is read as 03. Four digits, where there are any, decide alone. */
void date_read_years(struct bytes surface, uint16_t year_now, struct date_years *out) {
    struct date_years y = { 0 };
    size_t numbers = 0;
    bool month = false;
    for (size_t i = 0; i < surface.len;) {
        if (text_is_alpha(surface.ptr[i])) {
            size_t begin = i;
            while (i < surface.len && text_is_alpha(surface.ptr[i])) i++;
            if (i - begin >= 3) month = true;
            continue;
        }
        if (!text_is_digit(surface.ptr[i])) {
            i++;
            continue;
        }
        size_t begin = i;
        while (i < surface.len && text_is_digit(surface.ptr[i])) i++;
        size_t len = i - begin;
        const uint8_t *p = surface.ptr + begin;
        if (len == 4 && date_is_year(date_digits(p, 4))) date_put_year(&y, date_digits(p, 4));
        else if (len >= 8 && len <= 20) date_put_compact(&y, p, len);
        else if (len == 6 && date_is_year(date_digits(p, 4)) && date_digits(p + 4, 2) <= 12) date_put_year(&y, date_digits(p, 4));
        else if (len == 2 && y.count == 0 && date_short_year_fits(surface, begin, i, numbers, month))
            date_put_short_year(&y, date_digits(p, 2), year_now);
        numbers++;
    }
    unsigned spelt = y.count == 0 ? date_spelt_year(surface) : 0;
    if (spelt != 0 && date_is_year(spelt)) date_put_year(&y, spelt);
    *out = y;
}

static size_t date_digit_count(struct bytes s, size_t at, size_t most) {
    size_t n = 0;
    while (n < most && at + n < s.len && text_is_digit(s.ptr[at + n])) n++;
    return n;
}

/* " am", "p.m.", "PM": its length with the blank before it; 0 none. */
static size_t date_half_of_day_len(struct bytes s, size_t at) {
    size_t i = at;
    if (i < s.len && s.ptr[i] == ' ') i++;
    if (i >= s.len || (text_to_lower(s.ptr[i]) != 'a' && text_to_lower(s.ptr[i]) != 'p')) return 0;
    bool dotted = i + 1 < s.len && s.ptr[i + 1] == '.';
    i += dotted ? 2 : 1;
    if (i >= s.len || text_to_lower(s.ptr[i]) != 'm') return 0;
    i += dotted && i + 1 < s.len && s.ptr[i + 1] == '.' ? 2 : 1;
    return i < s.len && text_is_alpha(s.ptr[i]) ? 0 : i - at;
}

bool date_find_time(struct bytes surface, struct span *out) {
    for (size_t i = 0; i < surface.len; i++) {
        if (!text_is_digit(surface.ptr[i]) || (i > 0 && text_is_digit(surface.ptr[i - 1]))) continue;
        size_t hour = date_digit_count(surface, i, 3), end = i + hour;
        if (hour > 2 || end >= surface.len || surface.ptr[end] != ':' || date_digit_count(surface, end + 1, 3) != 2) continue;
        end += 3;
        if (end < surface.len && surface.ptr[end] == ':' && date_digit_count(surface, end + 1, 3) == 2) {
            end += 3;
            size_t fraction = end < surface.len && surface.ptr[end] == '.' ? date_digit_count(surface, end + 1, 9) : 0;
            if (fraction > 0) end += 1 + fraction;
        }
        *out = (struct span) { i, end + date_half_of_day_len(surface, end) };
        return true;
    }
    return false;
}

uint16_t date_year_now(void) {
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(clock_realtime_us(), text);
    return (uint16_t) date_digits((const uint8_t *) text, 4);
}
