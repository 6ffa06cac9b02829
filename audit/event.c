#include "audit/event.h"

#include "conf/base/text.h"

static const char *const event_names[EVENT_COUNT] = {
    [EVENT_GENESIS] = "genesis", [EVENT_MOUNT] = "mount",   [EVENT_UMOUNT] = "umount",     [EVENT_POLICY] = "policy",   [EVENT_OPEN] = "open",
    [EVENT_CLOSE] = "close",     [EVENT_LIST] = "list",     [EVENT_DENY] = "deny",         [EVENT_REFUSE] = "refuse",   [EVENT_REID] = "reid",
    [EVENT_INFER] = "infer",     [EVENT_KEY] = "key",       [EVENT_BEAT] = "beat",         [EVENT_RECOVER] = "recover", [EVENT_CLOCK] = "clock",
    [EVENT_ANCHOR] = "anchor",   [EVENT_RETAIN] = "retain", [EVENT_EXPORT] = "export",     [EVENT_QUERY] = "query",     [EVENT_COVERAGE] = "coverage",
    [EVENT_HALT] = "halt",       [EVENT_SESSION] = "session",
};

const char *event_name(enum event_type t) {
    must((unsigned) t < EVENT_COUNT);
    return event_names[t];
}

bool event_from_name(struct bytes name, enum event_type *out) {
    for (unsigned i = 0; i < EVENT_COUNT; i++) {
        /* A verifier asks this a million times a second: most names differ in their first letter. */
        if (name.len == 0 || event_names[i][0] != (char) name.ptr[0] || !bytes_equal(name, bytes_from_string(event_names[i]))) continue;
        *out = (enum event_type) i;
        return true;
    }
    return false;
}

bool event_is_token(struct bytes text) {
    enum { DIGITS_MAX = 10, RANDOM_LEN = 24 };
    size_t at = 1;
    if (text.len < 3 + RANDOM_LEN || !text_is_lower(text.ptr[0])) return false;
    while (at < text.len && text_is_digit(text.ptr[at])) at++;
    if (at == 1 || at > 1 + DIGITS_MAX || text.len != at + 1 + RANDOM_LEN || text.ptr[at] != '_') return false;
    for (at++; at < text.len; at++) {
        if (!text_is_lower(text.ptr[at]) && !(text.ptr[at] >= '2' && text.ptr[at] <= '7')) return false;
    }
    return true;
}

const char *event_override_find(const char *word) {
    static const char *const words[] = { "none", "accepted", "edited", "rejected", "redaction-override", "break-glass" };
    for (size_t i = 0; i < array_count(words); i++) {
        if (strcmp(words[i], word) == 0) return words[i];
    }
    return NULL;
}
