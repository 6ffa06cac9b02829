/* Any bytes as a text that is searched for identifiers: both readings stay within it, in order, and never grow. */
#include "redact/leak_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct leak_text *t, struct bytes raw, bool decode) {
    must(t->count <= raw.len && t->start_count <= t->count);
    for (size_t i = 0; i < t->count; i++) {
        size_t end = leak_text_end(t, raw, decode, i);
        must(t->begins[i] < end && end <= raw.len);
        must(i == 0 || t->begins[i - 1] <= t->begins[i]);
        must(i > 0 || (t->marks[i] & LEAK_START));
    }
    for (size_t i = 0; i < t->start_count; i++) must(t->starts[i] < t->count && (t->marks[t->starts[i]] & LEAK_START));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct leak_text t;
    struct bytes raw = bytes_make(data, len);
    _cleanup_(buf_release) struct buf plain;
    must(leak_text_init(&t, len) == 0);
    buf_init(&plain, len + 1);
    leak_text_read(&t, raw, false, true);
    check(&t, raw, false);
    leak_text_read(&t, raw, true, true);
    check(&t, raw, true);
    must(leak_text_decode(raw, &plain) == 0 && plain.len <= len);
    leak_text_release(&t);
    return 0;
}
