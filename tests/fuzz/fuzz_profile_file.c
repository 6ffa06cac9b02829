/* Any bytes as a profile file: what is accepted never supports less than it claims, and extends a built-in profile. */
#include "conf/profile_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct profile_file f;
    struct profile base;
    struct problem p;
    if (profile_file_parse(bytes_make(data, len), "fuzz", &f, &p) < 0) return 0;
    must(f.profile.name[0] != '\0' && profile_find(f.profile.base, &base, NULL) == 0);
    must(claim_of(&f.profile, NULL) <= f.claim && f.profile.score_min <= 1000);
    must(f.claim_is_given || !profile_loosens(&base, &f.profile, NULL));
    for (unsigned i = 0; i < ENTITY_COUNT; i++) must((unsigned) f.profile.action[i] < ACTION_COUNT);
    return 0;
}
