/* sieve: a rule's pattern as a small automaton that says where it certainly cannot match, in a few instructions a byte. PCRE2 confirms the rest.
 *
 * The automaton takes every text that the pattern takes, and more: what it cannot express (look-arounds of several bytes, back references, bounds of long
 * repetitions) it lets pass, and so does a pattern that it does not understand at all. So "no" is certain, "yes" is a question to PCRE2.
 * A pattern with look-aheads gets two machines that must both agree: one goes on behind the look-ahead, the other ends with it.
 *
 * Threads: immutable once made; share freely. Ownership: the arena it was made in. */
#pragma once

#include "conf/base/arena.h"

enum {
    SIEVE_MACHINES_MAX = 2,
    SIEVE_STATES_MAX = 96,  /* of one machine; what would need more passes */
    SIEVE_CLASSES_MAX = 64,  /* bytes that the pattern does not tell apart are one class */
    SIEVE_WALK_LEN = 32,     /* bytes after which an undecided pattern passes: hostile text costs no more than PCRE2 would */
    SIEVE_HEAD_LEN = 4,      /* sieve_head() knows the first so many bytes */
};

/* next[state + class]: where a byte leads. States are numbered in steps of class_count. */
struct sieve_machine {
    uint8_t class_of[256];
    uint16_t class_count;
    const uint16_t *next;
    const uint16_t *start; /* by the class of the byte before; [class_count] at the text's beginning */
};

struct sieve {
    const struct sieve_machine *machines;
    size_t count; /* 0: everything passes */
};

/* pattern: as written in a rule, bounded (rule_pattern_is_bounded). -ENOMEM. */
_must_use_ int sieve_make(struct arena *a, struct bytes pattern, struct sieve *out);
/* False: the pattern does not match at this place of the text, whatever follows the text's end. at <= text.len. */
_must_use_ bool sieve_passes(const struct sieve *s, struct bytes text, size_t at);
/* Can a match have this byte so far behind its beginning? offset < SIEVE_HEAD_LEN. Fills one bit a byte; all ones where anything may follow. */
void sieve_head(const struct sieve *s, size_t offset, uint64_t out_bytes[4]);
