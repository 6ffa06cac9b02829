/* struct engine: what all threads share while documents are redacted. Public face: redact.h.
 * Threads: immutable after engine_new(). */
#pragma once

#include "redact/nickname.h"
#include "redact/redact.h"
#include "redact/roster.h"
#include "redact/ruleset.h"
#include "redact/tagger.h"

struct engine {
    struct profile profile;
    struct dictionary *dictionary;
    struct ruleset *ruleset;
    struct tagger *tagger;
    struct nicknames *nicknames;
    struct roster *roster;  /* NULL: none */
    bool require_roster;
    size_t document_len_max;
    uint32_t timeout_ms;
    uint8_t digest[32];
};

/* Files linked into the program: redact/rules, the packed dictionary, the tagger's model. */
struct embedded {
    const char *name;
    const uint8_t *begin, *end;
};
extern const struct embedded embedded_rules[];
extern const size_t embedded_rules_count;
extern const struct embedded embedded_dictionary[];
extern const size_t embedded_dictionary_count;
extern const struct embedded embedded_tagger[];
extern const size_t embedded_tagger_count;
extern const struct embedded embedded_nicknames[];
extern const size_t embedded_nicknames_count;
