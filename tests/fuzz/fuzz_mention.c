/* Any bytes as a text that may hold tokens: mentions lie in it, in order, apart from each other, and each is what its class says. */
#include "redact/mention.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(struct bytes text, const struct mention *m) {
    struct token t;
    switch (m->class) {
    case MENTION_EXACT:
        must(token_parse(bytes_slice(text, m->span), &t) && t.entity == m->entity && memcmp(t.code, m->code, TOKEN_CODE_LEN) == 0);
        return;
    case MENTION_NORMALISED: must(token_check(m->code)); return;
    case MENTION_BAD_CHECK: must(strlen(m->code) <= TOKEN_CODE_LEN); return;
    case MENTION_SUFFIX_LOST:
    case MENTION_LABEL: must(m->has_entity); return;
    }
    must(false); /* there is no other class */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes text = bytes_make(data, len);
    struct mention m;
    size_t end = 0;
    for (size_t at = 0; mention_next(text, &at, &m);) {
        must(m.span.begin >= end && m.span.begin < m.span.end && m.span.end <= len && at == m.span.end);
        check(text, &m);
        end = m.span.end;
    }
    return 0;
}
