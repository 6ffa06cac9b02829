/* claim: what may be said about a view, computed from what its profile does to each entity. The claim is the weakest over all actions; nobody
 * sets it by hand (profiles.md). Words: never "HIPAA-certified", never "anonymized", never "compliant".
 * Source: 45 CFR 164.514(b)(2) safe harbor, (b)(1) expert determination, (e)(2) limited data set.
 * Threads: pure. */
#pragma once

#include "conf/base/problem.h"
#include "conf/profile.h"

/* From strong to weak. */
enum claim {
    CLAIM_SAFE_HARBOR,
    CLAIM_LIMITED_DATA_SET,     /* needs a data use agreement */
    CLAIM_EXPERT_DETERMINATION, /* needs a valid determination on file, else the view is identifiable */
    CLAIM_IDENTIFIABLE,
};
enum { CLAIM_COUNT = 4 };

/* "safe-harbor", "limited-data-set", "expert-determination", "identifiable". A static string; the journal's word. */
const char *claim_name(enum claim c);
_must_use_ bool claim_from_name(const char *name, enum claim *out);
/* What one action supports for one entity. */
enum claim claim_of_action(const struct profile *p, enum entity e);
/* The weakest over all. why (may be NULL) names the first action that makes it so, in one sentence; "" for safe harbor. */
enum claim claim_of(const struct profile *p, struct problem *why);
/* Which actions support exactly c: "CITY kept, ZIP kept". Cut where out is full; returns how many there are. */
size_t claim_explain(const struct profile *p, enum claim c, struct problem *out);
/* 0, or -EPERM with the reason when the profile supports less than wanted. */
_must_use_ int claim_require(const struct profile *p, enum claim wanted, struct problem *why);
