/* restore: tokens in a text become values again. Every token-like string falls into exactly one class; what is not certain is left as it
 * stands and counted, never matched to the nearest (tokens.md).
 * Threads: one call, one thread. Ownership: out belongs to the caller and holds PHI: release it. */
#pragma once

#include "redact/vault_reader.h"

enum restore_class {
    RESTORE_EXACT,
    RESTORE_NORMALISED,
    RESTORE_BAD_CHECK,    /* one letter wrong */
    RESTORE_NEVER_ISSUED, /* well formed, not in the vault: hallucinated */
    RESTORE_NOT_SERVED,   /* issued to another destination: an incident */
    RESTORE_SUFFIX_LOST,  /* [PATIENT] */
    RESTORE_DESTROYED,    /* its data key was shredded */
    RESTORE_DENIED,       /* who asks may not know this one: his role has not its entity, or not its patient */
    RESTORE_LABEL,        /* [PHONE-1]: stands for no value by design, and is not counted as left */
};
enum { RESTORE_CLASS_COUNT = 9 };
/* "bad-check". A static string. */
const char *restore_class_name(enum restore_class c);

/* How a restored value is written into what surrounds it. */
enum restore_format {
    RESTORE_AUTO, /* JSON where the whole input, or each of its lines, is JSON; else text */
    RESTORE_TEXT, /* as it is; Markdown too */
    RESTORE_JSON, /* escaped for a JSON string; JSON lines too */
    RESTORE_CSV,  /* fields with commas, quotes or line ends are quoted */
    RESTORE_XML,  /* & < > " ' as references */
};
_must_use_ bool restore_format_from_name(const char *name, enum restore_format *out);

enum restore_mode {
    RESTORE_SURFACE,   /* an unmodified view gets each form back as it stood; anything else the best form */
    RESTORE_CANONICAL, /* the best form always */
};

struct restore_options {
    enum restore_format format;
    enum restore_mode mode;
    size_t token_count_max; /* more tokens than that restore nothing: -E2BIG. 0: no ceiling */
    /* Whether this token may be restored: 1 yes, 0 no, or a negative errno, which ends it all. NULL: every one. */
    int (*may)(void *context, const char code[TOKEN_CODE_LEN], const struct vault_issue *issue);
    void *context;
};

struct restore_report {
    uint64_t counts[RESTORE_CLASS_COUNT];
    uint64_t restored[ENTITY_COUNT]; /* by the vault's entity; persons under PERSON */
    uint64_t tokens;                 /* all classes but labels */
    bool is_view;                    /* the input is a view as it was served */
};
/* Restored ones, and those left (labels aside). */
uint64_t restore_report_restored(const struct restore_report *r);
uint64_t restore_report_left(const struct restore_report *r);

_must_use_ int restore_text(struct vault_reader *reader, struct bytes input, const struct restore_options *options, struct buf *out,
                            struct restore_report *out_report);
