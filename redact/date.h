/* date: what a spelling of a date says. Numeric in all orders, compact (20190305), with month names, two-digit years, spoken years.
 * Threads: pure. Source: 45 CFR 164.514(b)(2)(i)(C): all elements of dates but the year. */
#pragma once

#include "conf/base/bytes.h"

enum { DATE_YEARS_MAX = 4, DATE_YEAR_MIN = 1800, DATE_YEAR_MAX = 2199 };

struct date_years {
    uint16_t year[DATE_YEARS_MAX]; /* distinct, in the order of the text */
    size_t count;
    bool century_guessed;          /* a two-digit year that fits both centuries of a life ("20") */
};

/* The years of a date or a range of dates; count 0 when it names none. year_now decides the century of two digits: the latest that is not
 * after next year. */
void date_read_years(struct bytes surface, uint16_t year_now, struct date_years *out);
/* A clock time within a date: "12:30", "9:05:07 pm"; a zone behind it is no part of it. False where there is none. */
bool date_find_time(struct bytes surface, struct span *out);
/* Today's year, UTC. */
uint16_t date_year_now(void);
/* A number spelt out, 0..119 ("ninety-two", "a hundred and four"), or -1. For ages and years. Lower case or upper. */
int date_spelt_number(struct bytes text);
