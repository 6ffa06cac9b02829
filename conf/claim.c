#include "conf/claim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const claim_names[CLAIM_COUNT] = {
    [CLAIM_SAFE_HARBOR] = "safe-harbor",
    [CLAIM_LIMITED_DATA_SET] = "limited-data-set",
    [CLAIM_EXPERT_DETERMINATION] = "expert-determination",
    [CLAIM_IDENTIFIABLE] = "identifiable",
};

const char *claim_name(enum claim c) {
    must((unsigned) c < CLAIM_COUNT);
    return claim_names[c];
}

bool claim_from_name(const char *name, enum claim *out) {
    for (unsigned i = 0; i < CLAIM_COUNT; i++) {
        if (strcmp(claim_names[i], name) != 0) continue;
        *out = (enum claim) i;
        return true;
    }
    return false;
}

static enum claim claim_of_kept(enum entity e) {
    switch (e) {
    case ENTITY_STATE: case ENTITY_PROVIDER: case ENTITY_PROVIDER_ID:
        return CLAIM_SAFE_HARBOR; /* (b)(2)(i): of the individual, relatives, employers, household members; geography below a State */
    case ENTITY_CITY: case ENTITY_COUNTY: case ENTITY_ZIP: case ENTITY_FACILITY: case ENTITY_DATE: case ENTITY_BIRTH_DATE: case ENTITY_AGE:
    case ENTITY_HOLIDAY: case ENTITY_ENCOUNTER: case ENTITY_ACCESSION: case ENTITY_ORDER: case ENTITY_SPECIMEN: case ENTITY_UID:
    case ENTITY_OTHER_ID:
        return CLAIM_LIMITED_DATA_SET; /* (e)(2) does not ask for them to go */
    case ENTITY_GEOCODE:
        return CLAIM_EXPERT_DETERMINATION; /* finer geography */
    case ENTITY_PATIENT: case ENTITY_PERSON: case ENTITY_EMPLOYER: case ENTITY_STREET: case ENTITY_PHONE: case ENTITY_FAX: case ENTITY_EMAIL:
    case ENTITY_SSN: case ENTITY_MRN: case ENTITY_HEALTH_PLAN: case ENTITY_ACCOUNT: case ENTITY_LICENSE: case ENTITY_VEHICLE: case ENTITY_DEVICE:
    case ENTITY_URL: case ENTITY_IP: case ENTITY_BIOMETRIC: case ENTITY_PHOTO:
        return CLAIM_IDENTIFIABLE; /* (e)(2)(i)-(xvi) */
    }
    must(false); /* every entity was decided above */
    return CLAIM_IDENTIFIABLE;
}

static bool claim_is_date(enum entity e) {
    return e == ENTITY_DATE || e == ENTITY_BIRTH_DATE || e == ENTITY_HOLIDAY;
}

/* An action on an entity that it does not fit (three digits of a name) is not one that this house makes; it supports nothing. */
enum claim claim_of_action(const struct profile *p, enum entity e) {
    switch (p->action[e]) {
    case ACTION_DROP: case ACTION_LABEL:
        return CLAIM_SAFE_HARBOR;
    case ACTION_CODE:
        return CLAIM_SAFE_HARBOR; /* 164.514(c): random, from the vault, its mechanism not disclosed */
    case ACTION_YEAR:
        if (!claim_is_date(e)) return CLAIM_IDENTIFIABLE;
        return e == ENTITY_BIRTH_DATE && !p->birth_year_needs_age ? CLAIM_LIMITED_DATA_SET : CLAIM_SAFE_HARBOR;
    case ACTION_ZIP3:
        return e == ENTITY_ZIP ? CLAIM_SAFE_HARBOR : CLAIM_IDENTIFIABLE;
    case ACTION_AGE:
        return e == ENTITY_AGE ? CLAIM_SAFE_HARBOR : CLAIM_IDENTIFIABLE;
    case ACTION_SHIFT:
        return claim_is_date(e) ? CLAIM_EXPERT_DETERMINATION : CLAIM_IDENTIFIABLE; /* derived from the date */
    case ACTION_SURROGATE:
        return CLAIM_EXPERT_DETERMINATION;
    case ACTION_KEEP:
        return claim_of_kept(e);
    }
    must(false); /* every action was decided above */
    return CLAIM_IDENTIFIABLE;
}

static const char *claim_verb(enum action a) {
    static const char *const verbs[ACTION_COUNT] = {
        [ACTION_DROP] = "dropped", [ACTION_LABEL] = "labelled", [ACTION_CODE] = "coded", [ACTION_YEAR] = "reduced to its year",
        [ACTION_ZIP3] = "reduced to three digits", [ACTION_AGE] = "capped at 90", [ACTION_SHIFT] = "shifted, which is derived from the date",
        [ACTION_SURROGATE] = "replaced by a surrogate", [ACTION_KEEP] = "kept",
    };
    return verbs[a];
}

enum claim claim_of(const struct profile *p, struct problem *why) {
    enum claim weakest = CLAIM_SAFE_HARBOR;
    if (why) why->text[0] = '\0';
    if (p->score_min > 0) {
        weakest = CLAIM_EXPERT_DETERMINATION;
        ignore(problem_set(why, 0, "findings below a score of %u are left readable: only an expert can say that the risk is small", p->score_min));
    }
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        enum entity e = (enum entity) i;
        enum claim c = claim_of_action(p, e);
        if (c <= weakest) continue;
        weakest = c;
        ignore(problem_set(why, 0, "%s is %s, which supports %s", entity_name(e), claim_verb(p->action[e]), claim_name(c)));
    }
    for (size_t i = 0; i < p->kind_count; i++) {
        if (p->kinds[i].action != ACTION_SURROGATE || weakest >= CLAIM_EXPERT_DETERMINATION) continue;
        weakest = CLAIM_EXPERT_DETERMINATION;
        ignore(problem_set(why, 0, "%s is %s, which supports %s", p->kinds[i].name, claim_verb(ACTION_SURROGATE), claim_name(weakest)));
    }
    return weakest;
}

size_t claim_explain(const struct profile *p, enum claim c, struct problem *out) {
    size_t count = 0, len = 0;
    out->text[0] = '\0';
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        enum entity e = (enum entity) i;
        if (claim_of_action(p, e) != c) continue;
        char part[96];
        int n = snprintf(part, sizeof(part), "%s%s %s", count++ ? ", " : "", entity_name(e), claim_verb(p->action[e]));
        must(n > 0 && (size_t) n < sizeof(part));
        if (len + (size_t) n >= sizeof(out->text)) continue;
        memcpy(out->text + len, part, (size_t) n + 1);
        len += (size_t) n;
    }
    return count;
}

int claim_require(const struct profile *p, enum claim wanted, struct problem *why) {
    struct problem weakest = { .text = "" };
    enum claim supported = claim_of(p, &weakest);
    if (supported <= wanted) return 0;
    return problem_set(why, -EPERM, "the profile claims %s but supports only %s: %s", claim_name(wanted), claim_name(supported), weakest.text);
}
