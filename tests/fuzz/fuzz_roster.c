/* Any bytes as a roster: refused with a reason, or patients whose values are bounded and can be searched. */
#include <errno.h>

#include "redact/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    _cleanup_(roster_freep) struct roster *r = NULL;
    struct roster_report report = { .person_count = 0 };
    struct problem p = { 0 };
    uint32_t persons[8];
    if (roster_new(&r) < 0) return 0;
    int error = roster_add(r, bytes_make(data, len), "fuzz", &report, &p);
    must(error == 0 || p.text[0] != '\0');
    if (error < 0) return 0;
    must(report.person_count == roster_person_count(r) && report.reason_count <= ROSTER_REASONS_MAX);
    must(roster_seal(r, &p) == 0);
    for (uint32_t i = 0; i < roster_person_count(r); i++) {
        size_t count;
        const struct roster_fact *f = roster_facts(r, i, &count);
        must(count > 0);
        for (size_t k = 0; k < count; k++) must(roster_value(r, &f[k]).len > 0 && f[k].field < ROSTER_FIELD_COUNT);
    }
    must(roster_of_folder(r, bytes_make(data, len < 64 ? len : 64), persons, 8) <= 8);
    return 0;
}
