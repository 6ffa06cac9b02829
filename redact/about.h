/* struct about: whom a document is about, where that is certain: its one medical record number, else its one patient; and its one encounter.
 * The identifiers name patient and encounter in the journal (as subject tokens, journal.md); the codes are those that the view itself shows, so
 * that they tell a reader nothing more.
 * Threads: a value; the identifiers live in the scratch until its next use. */
#pragma once

#include "redact/token.h"

struct about {
    struct bytes patient, encounter;            /* normal forms (normalize.h); empty: none, or several */
    char patient_code[TOKEN_TEXT_LEN_MAX + 1];  /* "MRN_KTVHMQX"; "" where the profile does not code it */
    char encounter_code[TOKEN_TEXT_LEN_MAX + 1];
    int32_t shift_days;                         /* how far the patient's dates are moved; 0: they are not */
};
