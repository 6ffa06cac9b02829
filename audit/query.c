#include "audit/query.h"

static bool query_text(const char *want, const struct entry *e, enum entry_field f) {
    return !want || bytes_equal(bytes_from_string(want), entry_text(e, f));
}

static bool query_subject(const struct query *q, const struct entry *e) {
    if (q->subject_count == 0) return true;
    struct bytes subject = entry_text(e, ENTRY_SUBJECT), encounter = entry_text(e, ENTRY_ENCOUNTER),
                 file = entry_text(e, ENTRY_FILE);
    for (size_t i = 0; i < q->subject_count; i++) {
        struct bytes want = bytes_from_string(q->subjects[i]);
        if (bytes_equal(want, subject) || bytes_equal(want, encounter) || bytes_equal(want, file)) return true;
    }
    return false;
}

bool query_matches(const struct query *q, const struct entry *e) {
    if (q->types != 0 && (q->types >> e->type & 1) == 0) return false;
    if (e->time_us < q->from_us || (q->to_us != 0 && e->time_us >= q->to_us)) return false;
    if (q->policy && !bytes_starts_with(entry_text(e, ENTRY_POLICY), bytes_from_string(q->policy))) return false;
    return query_text(q->user, e, ENTRY_USER) && query_text(q->uid, e, ENTRY_UID) && query_text(q->exe, e, ENTRY_EXE) &&
           query_text(q->file, e, ENTRY_FILE) && query_text(q->container, e, ENTRY_CGROUP) && query_text(q->result, e, ENTRY_RESULT) &&
           query_subject(q, e);
}
