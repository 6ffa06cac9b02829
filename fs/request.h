/* Who asks, whether they may, and the record of it. The caller is blocked in its request, so its /proc entry is read now (journal.md).
 * Each request_record_* returns 0 once the record is durable; a negative errno means: no bytes.
 * Threads: any. */
#pragma once

#include "fs/call.h"

/* Checks [access] and require_auid; records the denial and replies EACCES when it may not: false, the call is over. */
_must_use_ bool request_admit(struct call *c);
_must_use_ int request_record_open(struct call *c, struct inode *node, const struct view *view, uint64_t *out_index);
_must_use_ int request_record_list(struct call *c, uint64_t *out_index);
/* A view that was refused. */
_must_use_ int request_record_refuse(struct call *c, enum refusal why);
/* Written, durable with the next batch. */
_must_use_ int request_record_close(struct guard *g, uint64_t opened_at, uint64_t bytes_served, uint64_t reads);
