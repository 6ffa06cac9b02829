/* struct patient: who is known in one document, and in which forms to look for them: words of names, numbers, phrases (addresses, family names of
 * several words), dates of birth. Filled from three sources: persons of a roster who are the document's (all their forms), names of the path, and
 * confident findings of the first pass (the second pass finds them again, in part, by nickname, misspelt).
 * Threads: one document. Memory: the scratch's arena; bounded by PATIENT_ENTRIES_MAX. */
#pragma once

#include "redact/roster.h"
#include "redact/scratch.h"

enum {
    PATIENT_ENTRIES_MAX = 16384,
    PATIENT_PERSONS_MAX = 64,      /* of a roster, in one document: more make it a register, whose entries the index finds */
    PATIENT_DATES_MAX = 64,
    PATIENT_LONG_MAX = 64,         /* words that are also found misspelt */
    PATIENT_LONG_LEN_MIN = 6,
    PATIENT_LONG_LEN_MAX = 31,
    PATIENT_PHRASE_WORDS_MAX = 8,
    PATIENT_PHRASES_MAX = 1024,
    PATIENT_NUMBER_LEN_MIN = 5,    /* of numbers found in the document */
    PATIENT_NUMBER_KNOWN_LEN_MIN = 4, /* of its patient's own, years left out */
};

/* Words that name nobody, and those that are much else besides. */
#define PATIENT_NEVER                                                                                                             \
    (FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_TITLE) | FLAG_BIT(FLAG_RELATION) | FLAG_BIT(FLAG_ROLE) | FLAG_BIT(FLAG_UNIT)              \
     | FLAG_BIT(FLAG_PARTICLE))
#define PATIENT_COMMON                                                                                                            \
    (FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_ANATOMY) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_EPONYM)        \
     | FLAG_BIT(FLAG_EPONYM_HEAD) | FLAG_BIT(FLAG_MONTH) | FLAG_BIT(FLAG_WEEKDAY) | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_CREDENTIAL) \
     | FLAG_BIT(FLAG_FACILITY_HEAD) | FLAG_BIT(FLAG_FACILITY_WORD) | FLAG_BIT(FLAG_STATE_CODE) | FLAG_BIT(FLAG_STATE)               \
     | FLAG_BIT(FLAG_VERB_PERSON) | FLAG_BIT(FLAG_CITY) | FLAG_BIT(FLAG_DEMONYM))

enum patient_kind { PATIENT_KIND_WORD, PATIENT_KIND_NUMBER, PATIENT_KIND_PHRASE };

/* What a word of a name needs to be taken for it where it stands. */
enum patient_need {
    PATIENT_NEEDS_NOTHING,
    PATIENT_NEEDS_CAPITAL, /* the patient's own name, which is an ordinary word, too: "May", "Brown" */
    PATIENT_NEEDS_CONTEXT, /* an ordinary word of somebody else's name; the patient's own "Will", "He" */
};

struct patient_entry {
    uint64_t hash;       /* with its kind mixed in; 0: free */
    uint32_t phrase;     /* 1 + index of the first phrase that begins so */
    uint8_t entity;      /* enum entity */
    uint8_t need;        /* enum patient_need */
    uint8_t unused[2];
};

struct patient_phrase {
    uint64_t words[PATIENT_PHRASE_WORDS_MAX];
    uint32_t next;       /* 1 + index of another one with this first word */
    uint8_t count;
    uint8_t least;       /* words that must be there; the others extend it */
    uint8_t entity;
    bool needs_capital;
};

struct patient_date {
    uint16_t year;
    uint8_t month, day;
    uint32_t person;     /* index in persons */
};

/* A word with its letters, to compare. */
struct patient_long {
    uint8_t text[PATIENT_LONG_LEN_MAX];
    uint8_t len;
    uint8_t entity;
};

struct patient_person {
    const struct roster *roster;
    uint32_t id;
    bool is_named, is_numbered; /* in this document; a whole name, a number of his */
    bool is_added;
};

struct patient {
    struct patient_entry *entries; /* open addressing */
    size_t mask;
    size_t count;
    struct patient_phrase *phrases;
    size_t phrase_count;
    struct patient_date dates[PATIENT_DATES_MAX];
    size_t date_count;
    struct patient_long longs[PATIENT_LONG_MAX];
    size_t long_count;
    struct patient_person persons[PATIENT_PERSONS_MAX];
    size_t person_count;
    uint32_t initials;   /* of given names: bit 0 is 'A' */
    bool is_covered;     /* one of the persons is certainly the document's */
};

/* -ENOMEM with scratch.why set; so below. */
_must_use_ int patient_new(struct scratch *s, struct patient **out_patient);
bool patient_is_empty(const struct patient *p);
const struct patient_entry *patient_find(const struct patient *p, enum patient_kind kind, uint64_t hash);
/* A person of a roster was met; NULL where there is no more room. */
struct patient_person *patient_meet(struct patient *p, const struct roster *roster, uint32_t id);
/* All forms of the persons met so far. */
_must_use_ int patient_add_persons(struct patient *p, struct scratch *s);
/* What a finding teaches: is_known tells that it is the patient's own. */
struct patient_lesson {
    enum entity entity;
    bool is_known;
};
/* A word of a name, with what follows from it: nicknames of a given name, its letters for misspellings. Words that name nobody are left out. */
_must_use_ int patient_add_word(struct patient *p, struct scratch *s, struct bytes word, struct patient_lesson l);
_must_use_ int patient_add_number(struct patient *p, struct scratch *s, struct bytes number, struct patient_lesson l);
