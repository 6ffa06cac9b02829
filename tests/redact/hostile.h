/* Generators of text that hurts naive engines: repeated triggers, half matches, runs without end, nested signs. Shared by the test and the benchmark.
 * Threads: pure. */
#pragma once

#include "conf/base/bytes.h"

static const struct {
    const char *name;
    const char *pattern; /* repeated */
} hostile_patterns[] = {
    { "digits", "7" }, { "half SSN", "123-45-" }, { "SSN after SSN", "078-05-1120 " }, { "half dates", "1/1/" }, { "dotted digits", "1." },
    { "letters and digits", "a1" }, { "letters", "a" }, { "capitals", "A " }, { "capital words", "Smith " }, { "last, first", "Smith, John " },
    { "titles", "Dr. " }, { "title and name", "Dr. Smith " }, { "credentials", "MD, " }, { "name before credential", "John Q. Smith, MD " }, { "labels", "MRN: " },
    { "labels without end", "mrn mrn " }, { "patient labels", "Patient: " }, { "at signs", "@" }, { "half addresses", "a.b@" }, { "many dots", "a.a.a.a.a.a.a@" },
    { "brackets", "([#*+:" }, { "open brackets", "[" }, { "parentheses", "(617) " }, { "blanks", " " }, { "tabs", "\t" }, { "empty lines", "\n" },
    { "label and blanks", "Patient:                                                " }, { "initials", "J. T. " }, { "hyphens", "a-" }, { "apostrophes", "O'" },
    { "commas", "a, " }, { "street numbers", "12 Oak " }, { "half streets", "1 N Elm Hill Park " }, { "states", "IA MA OR IN " }, { "zip", "Ames, IA 50010 " },
    { "facilities", "Mercy General " }, { "hospital", "Hospital of " }, { "months", "January " }, { "half month dates", "January 5, January " }, { "ages", "92 year old " },
    { "tokens", "[PATIENT_KTVHMQX]" }, { "half tokens", "[PATIENT_" }, { "urls", "http://a." }, { "slashes", "http:////" }, { "two column table", "MRN  LAST NAME\n1  a\n" },
    { "combining", "e\xCC\x81\xCC\x81\xCC\x81" }, { "zero width", "\xE2\x80\x8B" }, { "accents", "\xC3\xA9" }, { "cyrillic", "\xD0\x98\xD0\xB2 " },
    { "emoji", "\xF0\x9F\x98\x80" }, { "underscores", "_a" }, { "relations", "his wife Mary " }, { "phones", "617-555-0123 " }, { "half phones", "617-555-" },
    { "serials", "SN: A1-B2-C3-" }, { "hex", "0a:1b:" }, { "quotes", "\"' " }, { "colons", "a: " }, { "the", "the of and " },
};

static inline size_t hostile_count(void) {
    return array_count(hostile_patterns);
}

static inline const char *hostile_name(size_t i) {
    return hostile_patterns[i].name;
}

static inline void hostile_fill(size_t i, uint8_t *text, size_t len) {
    size_t period = strlen(hostile_patterns[i].pattern);
    for (size_t at = 0; at < len; at++) text[at] = (uint8_t) hostile_patterns[i].pattern[at % period];
}
