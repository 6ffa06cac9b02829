#include "audit/event.h"

static const char *const event_names[EVENT_COUNT] = {
    [EVENT_GENESIS] = "genesis", [EVENT_MOUNT] = "mount",   [EVENT_UMOUNT] = "umount",     [EVENT_POLICY] = "policy",   [EVENT_OPEN] = "open",
    [EVENT_CLOSE] = "close",     [EVENT_LIST] = "list",     [EVENT_DENY] = "deny",         [EVENT_REFUSE] = "refuse",   [EVENT_REID] = "reid",
    [EVENT_INFER] = "infer",     [EVENT_KEY] = "key",       [EVENT_BEAT] = "beat",         [EVENT_RECOVER] = "recover", [EVENT_CLOCK] = "clock",
    [EVENT_ANCHOR] = "anchor",   [EVENT_RETAIN] = "retain", [EVENT_EXPORT] = "export",     [EVENT_QUERY] = "query",     [EVENT_COVERAGE] = "coverage",
    [EVENT_HALT] = "halt",
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
