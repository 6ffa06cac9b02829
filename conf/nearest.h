/* The nearest known spelling of a word somebody mistyped: for configuration keys, mount options, profiles, subcommands.
 * Threads: pure. Source: optimal string alignment distance (Damerau 1964), words of at most NEAREST_WORD_LEN_MAX bytes. */
#pragma once

#include <stddef.h>

enum { NEAREST_WORD_LEN_MAX = 64, NEAREST_DISTANCE_MAX = 3 };

/* The known word with the smallest distance, the first of equals; NULL when none is near enough to be what was meant (a third of the word's
 * length, at most NEAREST_DISTANCE_MAX). Case and the difference between '-' and '_' cost nothing. */
const char *nearest_word(const char *word, const char *const *known, size_t count);
