/* mention: a string that looks like one of our tokens or labels, as a source might hold it by accident or malice, and as a language model
 * gives it back: in any case, with other brackets or none, decorated with Markdown, escaped, wrapped. Never nearest match: a mention is read
 * or it is not (tokens.md).
 * Threads: pure. */
#pragma once

#include "redact/token.h"

enum mention_class {
    MENTION_EXACT,       /* [PATIENT_KTVHMQX] */
    MENTION_NORMALISED,  /* patient\_ktvhmqx, **PATIENT_KTVHMQX**: seven letters and a check letter that fits */
    MENTION_BAD_CHECK,   /* the check letter does not fit */
    MENTION_SUFFIX_LOST, /* [PATIENT] */
    MENTION_LABEL,       /* [PHONE-1] */
};
enum { MENTION_CLASS_COUNT = 5 };

struct mention {
    enum mention_class class;
    struct span span;       /* what a restored value replaces: brackets included, plural and possessive outside */
    char code[TOKEN_CODE_LEN + 1]; /* upper case; EXACT, NORMALISED, BAD_CHECK */
    bool has_entity;        /* the word before the code is one of ours (else a translation of it) */
    enum entity entity;
};

/* The first mention that begins at or after *at; *at moves behind it. False: none left. Linear in the text. */
bool mention_next(struct bytes text, size_t *at, struct mention *out);
