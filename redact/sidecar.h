/* sidecar: files beside documents that say whose they are: .deidfs-patient.csv, .deidfs-patient.json (FHIR Patient), .deidfs-patient.hl7 in a folder
 * are the patients of all documents in it and below. Several folders on a path add up. Never shown in a view.
 * Knows no files: who calls reads them. A sidecar that cannot be read is a refusal of the documents, not a sidecar less.
 * Threads: pure. */
#pragma once

#include <limits.h>

#include "redact/roster.h"

enum { SIDECAR_LEN_MAX = 1 << 20, SIDECAR_FOLDERS_MAX = 64, SIDECAR_PATH_LEN = PATH_MAX + 32 };
#define SIDECAR_PREFIX ".deidfs-patient."

/* Appends the file's bytes to out: 0, -ENOENT where there is none, else an error. */
typedef int (*sidecar_read_fn)(void *context, const char *path, struct buf *out);

/* A place where a sidecar of the document at path may lie, the i-th from the root; false past the last. out has SIDECAR_PATH_LEN bytes. */
_must_use_ bool sidecar_place(const char *path, size_t i, char *out);
/* Is this file name one of a sidecar? */
bool sidecar_is_name(const char *name);
/* All of them, as a sealed roster; *out NULL where there is none. -EBADMSG, -E2BIG for what is in them; others from read. */
_must_use_ int sidecar_load(const char *path, sidecar_read_fn read, void *context, struct roster **out_patients);
