/* The checkpoint's text: "<origin>\n<size>\n<base64 root>\n", nothing else (C2SP tlog-checkpoint without extension lines).
 * Threads: a value. */
#pragma once

#include "audit/merkle.h"
#include "conf/base/buf.h"

enum { CHECKPOINT_ORIGIN_LEN_MAX = 255, CHECKPOINT_TEXT_LEN_MAX = 400 };

struct checkpoint {
    char origin[CHECKPOINT_ORIGIN_LEN_MAX + 1];
    uint64_t size;
    struct merkle_hash root;
};

int checkpoint_format(const struct checkpoint *c, struct buf *out);
/* Exactly the form above. -EBADMSG otherwise. */
_must_use_ int checkpoint_parse(struct bytes text, struct checkpoint *out);
