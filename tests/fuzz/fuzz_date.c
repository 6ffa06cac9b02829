/* Any bytes as a date: what is read lies within the bytes, and a date that moves there moves back to itself. */
#include "redact/date.h"
#include "redact/surrogate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool fuzz_begins_with_year(struct bytes s) {
    for (size_t i = 0; i < 4; i++) {
        if (i >= s.len || s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    }
    return true;
}

/* "20/9/2019" can only be the 20th of September, "9/7/2019" may be the 7th: compared is what begins with its year. */
static void fuzz_move(struct bytes surface, struct arena *arena) {
    const struct surrogate_move there = { .days = -73, .year_now = 2026, .keeps_time = true }, back = { .days = 73, .year_now = 2026, .keeps_time = true };
    struct bytes moved, again, third;
    if (surrogate_date_move(surface, &there, arena, &moved) != SURROGATE_MOVED) return;
    must(moved.len > 0 && moved.len < 256);
    if (!fuzz_begins_with_year(surface)) return;
    if (surrogate_date_move(moved, &back, arena, &again) != SURROGATE_MOVED) return; /* out of the years that are read */
    if (surrogate_date_move(again, &there, arena, &third) != SURROGATE_MOVED) return;
    must(bytes_equal(moved, third));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes surface = bytes_make(data, len);
    struct date_years years;
    struct span time = { 0, 0 };
    struct arena arena;
    date_read_years(surface, 2026, &years);
    must(years.count <= DATE_YEARS_MAX);
    for (size_t i = 0; i < years.count; i++) must(years.year[i] >= DATE_YEAR_MIN && years.year[i] <= DATE_YEAR_MAX);
    if (date_find_time(surface, &time)) must(time.begin < time.end && time.end <= len && time.end - time.begin <= 32);
    int number = date_spelt_number(surface);
    must(number >= -1 && number <= 119);
    arena_init(&arena, 1 << 20);
    fuzz_move(surface, &arena);
    arena_release(&arena);
    return 0;
}
