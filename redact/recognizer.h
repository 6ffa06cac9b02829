/* Recognizers find entities in the scanned window of a run and add them to the scratch, in bytes of the run's folded text. Each is a file recognizer_<kind>.c.
 * All return 0, or a negative errno with scratch.why set: the document is refused then.
 * Threads: the scratch's. */
#pragma once

#include "redact/engine.h"
#include "redact/scratch.h"

/* Numbers of the recognizers written in C; rules come after them. engine_recognizer_name() knows all. */
enum recognizer {
    RECOGNIZER_LIMIT = 0,   /* a limit was hit: the window is redacted */
    RECOGNIZER_OPAQUE,      /* a run of letters or digits too long to be text */
    RECOGNIZER_CREDENTIAL,  /* a name before "MD" */
    RECOGNIZER_NAME_LIST,   /* capitalised words that lists know as names */
    RECOGNIZER_REPEAT,      /* second pass: found elsewhere in the document with certainty */
    RECOGNIZER_COLUMN,      /* a table's column by its header */
    RECOGNIZER_TAGGER,
    RECOGNIZER_PROTECT,     /* eponyms, protected phrases: only drops */
    RECOGNIZER_SECTION,     /* no identifier: a section that the profile does not show */
    RECOGNIZER_ROSTER,      /* a patient of the roster, in a document nobody said is his */
    RECOGNIZER_BUILTIN_COUNT,
};

/* Rules. */
_must_use_ int recognizer_pattern_run(struct scratch *s);
/* Names by credentials and lists. */
_must_use_ int recognizer_name_run(struct scratch *s);
/* Names, places and organisations by the model. */
_must_use_ int recognizer_tagger_run(struct scratch *s);
/* Protected phrases, eponyms before their heads, opaque runs. */
_must_use_ int recognizer_protect_run(struct scratch *s);

/* Tables in plain text. Over the whole run at once: a table may be longer than a chunk. */
_must_use_ int recognizer_table_run(struct scratch *s, struct bytes text);

/* Reads a name that begins at a place in the run (blanks, quotes, titles before it are skipped); false where none stands there. */
_must_use_ bool recognizer_name_parse(const struct scan *scan, const struct dictionary *d, size_t at, enum rule_parse mode, struct span *out);

/* The second pass: patient.h holds what is known, by the document itself and by rosters. */
struct patient;
/* Takes over the parts of confident findings (spans in text). */
_must_use_ int recognizer_patient_learn(struct patient *p, struct scratch *s, struct bytes text, const struct finding *findings, size_t count);
/* Finds what is known in the scanned window. */
_must_use_ int recognizer_patient_run(struct patient *p, struct scratch *s);
/* All patients of the engine's roster in the scanned window; who is met goes to p. */
_must_use_ int recognizer_roster_run(struct patient *p, struct scratch *s);
/* Before the first pass: whose document it is, by a sidecar, by its folder, by a name or number in its path; with all their forms. */
_must_use_ int recognizer_roster_begin(struct scratch *s, const struct document *d, struct patient **out_patient);
