/* beside: what lies beside a document and decides its view with it: sidecars (redact/sidecar.h), where [policy] sidecars = yes. Their versions are part
 * of the catalog's key, so that a sidecar that comes, goes or changes makes every view below its folder another one at its next open.
 * Threads: safe; no state. */
#pragma once

#include "fs/guard.h"

/* The catalog's key of a version of a document under a policy. */
struct catalog_key beside_key(struct guard *g, const struct policy *p, const char *path, const struct source_version *v);
/* The patients of the sidecars, or NULL. *out_racy: one changed so lately that its version proves nothing. */
_must_use_ int beside_load(struct guard *g, const struct policy *p, const char *path, struct roster **out_patients, bool *out_racy);
