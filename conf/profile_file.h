/* profile_file: a site's own profile, an INI file of one section (settings.h reads it as strictly as deidfs.conf):
 *     [profile]
 *     name = research            a-z, 0-9, '.', '_' and '-'; what status, records and reports show
 *     extends = safe-harbor      a built-in profile
 *     actions = phone drop, city label
 *     keep_year = no             any parameter of profile_set()
 *     claim = safe-harbor        the weakest claim that is accepted; needed as soon as an action shows more than the built-in profile's
 * A site's profile only tightens, unless its claim is computed again and accepted by name (profiles.md).
 * Threads: a value. */
#pragma once

#include "conf/claim.h"

struct profile_file {
    struct profile profile;
    enum claim claim;    /* accepted: the file's, else the extended profile's own */
    bool claim_is_given;
};

/* Refused with file, line and remedy: unknown keys, a missing name or extends, an action that loosens without a claim, a claim that the
 * actions do not support (with the action that weakens it). */
_must_use_ int profile_file_load(const char *path, struct profile_file *out, struct problem *p);
/* From memory, for fuzzing and tests; path appears in problems only. */
_must_use_ int profile_file_parse(struct bytes text, const char *path, struct profile_file *out, struct problem *p);
