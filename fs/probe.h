/* Whether a source file's content is one that can be shown at all: its head is read once a version, then the catalog knows.
 * Threads: any. */
#pragma once

#include "fs/guard.h"

/* 0, or -ENOENT when it is gone. What is there but cannot be read is CATALOG_PROBED: whoever opens it is told why. */
_must_use_ int probe_file(struct guard *g, const struct policy *p, const char *path, const struct source_version *v, struct catalog_record *out);
/* By [policy] unknown_format: neither found nor listed. */
bool probe_is_hidden(const struct policy *p, const struct catalog_record *record);
