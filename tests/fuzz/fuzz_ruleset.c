/* Any bytes as a site's rule file: refused with a reason, or a ruleset that can be used. */
#include "redact/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    _cleanup_(ruleset_builder_freep) struct ruleset_builder *b = NULL;
    _cleanup_(ruleset_freep) struct ruleset *set = NULL;
    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    struct problem p = { 0 };
    if (ruleset_builder_new(&b) < 0 || dictionary_new(1000, &d) < 0) return 0;
    int r = ruleset_add(b, bytes_make(data, len), "fuzz", &p);
    if (r == 0) r = ruleset_seal(b, d, &set, &p);
    must(r == 0 || p.text[0] != '\0' || r == -12 /* ENOMEM */);
    if (r < 0) return 0;
    for (size_t i = 0; i < set->list_len; i++) must(set->lists[i] < set->rule_count);
    return 0;
}
