/* nickname: which given names stand for each other: "Bob" for Robert. From redact/lists/nicknames.forms (source and licence there), by word_hash().
 * Threads: immutable once made; share freely. Ownership: nicknames_free(). */
#pragma once

#include "conf/base/bytes.h"

struct nicknames;

/* Lines of a name and its short forms, lower case, blanks between; '#' begins a comment. -EBADMSG, -ENOMEM. */
_must_use_ int nicknames_new(struct bytes text, struct nicknames **out_nicknames);
void nicknames_free(struct nicknames *n);
static inline void nicknames_freep(struct nicknames **n) {
    nicknames_free(*n);
    *n = NULL;
}
/* Hashes of the other forms of the name with this hash, in both directions; their number. n may be NULL: none. */
size_t nickname_find(const struct nicknames *n, uint64_t hash, const uint64_t **out_forms);
