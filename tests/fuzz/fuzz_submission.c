#include "audit/submission.h"
#include "conf/base/attr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct submission s;
    struct problem p = { "" };
    int r = submission_parse(bytes_make(data, len), &s, &p);
    must((r == 0) == (p.text[0] == '\0'));
    if (r < 0) return 0;
    must(s.input_count <= EVENT_INPUTS_MAX && s.encounter_count <= EVENT_ENCOUNTERS_MAX && strlen(s.user) <= SUBMISSION_TEXT_LEN_MAX);
    if (s.type == EVENT_QUERY || s.type == EVENT_EXPORT) must(s.range.kind && s.range.from <= s.range.to);
    return 0;
}
