/* Records in the forms other systems read. A format writes what stands before the first record, each record, and what stands after the last;
 * it may leave records out that its form has no words for.
 * Threads: pure. */
#pragma once

#include "audit/entry.h"
#include "conf/base/buf.h"

enum { EXPORT_RECORD_LEN_MAX = 64 * 1024, EXPORT_OMITTED = 1 };

struct export_context {
    const char *origin; /* of the log */
    uint64_t index;     /* of the record */
};

struct export_format {
    const char *name;
    const char *help;
    const char *head, *tail;
    /* 0, EXPORT_OMITTED, or the buffer's error. */
    int (*record)(const struct export_context *c, const struct entry *e, struct buf *out);
};

/* jsonl fhir dicom ocsf cef csv disclosures; NULL past the end. */
const struct export_format *export_format_at(size_t i);
const struct export_format *export_format_find(const char *name);

/* Shared by the formats: who acted, never empty: whom a session named, else the account. */
struct bytes export_actor(const struct entry *e);
struct bytes export_account(const struct entry *e);
/* True for records of a person's or program's access: open, list, deny, refuse, reid, infer. */
bool export_is_access(const struct entry *e);

int export_fhir(const struct export_context *c, const struct entry *e, struct buf *out);
int export_dicom(const struct export_context *c, const struct entry *e, struct buf *out);
int export_ocsf(const struct export_context *c, const struct entry *e, struct buf *out);
int export_cef(const struct export_context *c, const struct entry *e, struct buf *out);
int export_csv(const struct export_context *c, const struct entry *e, struct buf *out);
