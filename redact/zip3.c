#include "redact/zip3.h"

#include <assert.h>

/* '+' more than 20,000 people, '-' 20,000 or fewer, '.' no such area. Source: 2020 decennial census, population of ZIP code tabulation areas
 * summed by their first three digits (a work of the United States Government, public domain). */
static const char zip3_areas_2020[] =
    "......++.+++++++++++++++++++++++++++-++++++++++++++++++.+++-++++++++++++++++++++++++++++++.........." /* 0xx */
    "++-+++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++.+++++++" /* 1xx */
    "++----+++++++.+++++++++++++++++++++++++++++++++++++++++++++++++++++++.++++++++++++++++++++++++++++++" /* 2xx */
    "+++++++++++.++++++++++++++++++++.+++++++.++.+.++.++++.+++++++++++++++-+++++.+++++++++++++++++++++++." /* 3xx */
    "+++++++++++++++++++.++++++++..+++++++++++++++++++++++++++++.++++++++++++++++++++++++++++++++++++++++" /* 4xx */
    "+++++++++.+++++++...+++++++++.+++.++.+++++++++++++++.++.-+++++++++++..++++++++..+++++++++.++++++++++" /* 5xx */
    "+++++++++++++++++++++.++++++++++.+++++++++..+++++.+++++++++.+++.++++++++++++++++++.+++++++++-+......" /* 6xx */
    "++.++++++.+++++.++++++++++++++++..++++++++.++++++++++-+++++++++++++++++.-+++++++++++++++++++++++++++" /* 7xx */
    "+++++++++++++++++...+-+-+++++++++++++++.++.+++++..++++.+++.++..+++....++.+++.+--++++-.....++.-++.++." /* 8xx */
    "+.+++++++.+++++++++++++++++++.++++++++.+++.+++++++++++++++++++.....++.+++++++++++++++++.++++++++++++" /* 9xx */;
static_assert(sizeof(zip3_areas_2020) == ZIP3_COUNT + 1, "a mark for every prefix");

/* Prefixes of 20,000 people or fewer by the older censuses. Source: HHS guidance on de-identification (2012) for 2000; census for 2010. */
static const uint16_t zip3_small_2000[] = {
    36, 59, 63, 102, 203, 556, 692, 790, 821, 823, 830, 831, 878, 879, 884, 890, 893,
};
static const uint16_t zip3_small_2010[] = { 36, 59, 102, 203, 205, 369, 556, 692, 821, 823, 878, 879, 884, 893 };

static bool zip3_is_listed(unsigned prefix, const uint16_t *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (list[i] == prefix) return true;
    }
    return false;
}

bool zip3_may_show(unsigned prefix, enum zip3_vintage vintage, enum zip3_mode mode) {
    if (prefix >= ZIP3_COUNT || zip3_areas_2020[prefix] == '.') return false;
    bool small_2020 = zip3_areas_2020[prefix] == '-';
    bool small_2010 = zip3_is_listed(prefix, zip3_small_2010, array_count(zip3_small_2010));
    bool small_2000 = zip3_is_listed(prefix, zip3_small_2000, array_count(zip3_small_2000));
    if (mode == ZIP3_UNION) return !small_2020 && !small_2010 && !small_2000;
    switch (vintage) {
    case ZIP3_2000: return !small_2000;
    case ZIP3_2010: return !small_2010;
    case ZIP3_2020: return !small_2020;
    }
    return false;
}
