/* struct finding: an entity at a place, how sure we are and who says so. Spans are bytes of the extracted text (UTF-8).
 * Threads: values in one scratch. */
#pragma once

#include "conf/base/arena.h"
#include "conf/entity.h"

/* Who wins the type where findings overlap; the span is always the union (detection.md, 8). Higher wins. */
enum finding_source {
    FINDING_LIST = 0,
    FINDING_TAGGER,
    FINDING_FIELD,    /* a field that is an identifier by its format's standard */
    FINDING_CHECKSUM,
    FINDING_ROSTER,   /* patient dictionary and known patients */
    FINDING_LABEL,    /* "MRN:", "Dr.", "DOB" decide alone */
};

struct finding {
    struct span span;
    enum entity entity;
    uint16_t score; /* per mille */
    uint16_t recognizer; /* engine_recognizer_name() */
    uint8_t kind;        /* place of the site's own class in profile.kinds, from 1, with ENTITY_OTHER_ID; 0: none */
    enum finding_source source;
    bool is_section;     /* no identifier: a stretch that the profile does not show (section.h) */
};

/* Findings of one document, growing in its arena. */
struct findings {
    struct finding *items;
    size_t count;
    size_t capacity;
};

/* -ENOMEM past the arena's limit. */
_must_use_ int finding_add(struct findings *f, struct arena *a, struct finding finding);
/* By place, the longer first. */
void finding_sort(struct findings *f);
