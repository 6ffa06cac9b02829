#include "conf/profile.h"

#include <assert.h>
#include <errno.h>

/* One letter an action, in the order of enum action, as the table of the design page writes them. */
static const char ACTION_LETTERS[] = "DLCYZASUk";
static_assert(sizeof(ACTION_LETTERS) == ACTION_COUNT + 1, "a letter for every action");

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_DROP] = "drop", [ACTION_LABEL] = "label", [ACTION_CODE] = "code", [ACTION_YEAR] = "year", [ACTION_ZIP3] = "zip3",
    [ACTION_AGE] = "age", [ACTION_SHIFT] = "shift", [ACTION_SURROGATE] = "surrogate", [ACTION_KEEP] = "keep",
};

enum { PROFILE_COUNT = 7 };
static const char *const profile_names[PROFILE_COUNT] = {
    "safe-harbor", "safe-harbor-labels", "strict", "limited-data-set", "dates-shifted", "surrogates", "part2-strict",
};

/* Entity by profile, columns in the order of the names above. An SSN is labelled, never coded: no part of it may come back by accident. */
static const char *const profile_table[ENTITY_COUNT] = {
    /*                      SH L strict LDS shift surr part2 */
    [ENTITY_PATIENT] =     "CCLCCUL",
    [ENTITY_PERSON] =      "CLLLCUL",
    [ENTITY_PROVIDER] =    "CCLkCUL",
    [ENTITY_EMPLOYER] =    "CLLLCUL",
    [ENTITY_STREET] =      "CLDLLUD",
    [ENTITY_CITY] =        "CLDkLUD",
    [ENTITY_COUNTY] =      "CLDkLUD",
    [ENTITY_ZIP] =         "ZZDkZZD",
    [ENTITY_GEOCODE] =     "CLDLLLD", /* finer than a street; the limited data set permits town, State and ZIP only */
    [ENTITY_FACILITY] =    "CCLkCUL",
    [ENTITY_STATE] =       "kkkkkkD",
    [ENTITY_DATE] =        "YYDkSSY",
    [ENTITY_BIRTH_DATE] =  "YYDkSSD",
    [ENTITY_AGE] =         "AAAkAAA",
    [ENTITY_HOLIDAY] =     "YYDkLLY", /* a name of a day has no number that could be shifted */
    [ENTITY_PHONE] =       "CLDLLUD",
    [ENTITY_FAX] =         "CLDLLUD",
    [ENTITY_EMAIL] =       "CLDLLUD",
    [ENTITY_SSN] =         "LLDLLLD",
    [ENTITY_MRN] =         "CLDLCUD",
    [ENTITY_HEALTH_PLAN] = "CLDLCUD",
    [ENTITY_ACCOUNT] =     "CLDLCUD",
    [ENTITY_LICENSE] =     "CLDLCUD",
    [ENTITY_PROVIDER_ID] = "CCLkCUL",
    [ENTITY_VEHICLE] =     "CLDLCUD",
    [ENTITY_DEVICE] =      "CLDLCUD",
    [ENTITY_URL] =         "CLDLLUD",
    [ENTITY_IP] =          "CLDLLUD",
    [ENTITY_BIOMETRIC] =   "LLDLLLD",
    [ENTITY_PHOTO] =       "LLDLLLD",
    [ENTITY_ENCOUNTER] =   "CCDCCCD",
    [ENTITY_ACCESSION] =   "CCDCCCD",
    [ENTITY_ORDER] =       "CCDCCCD",
    [ENTITY_SPECIMEN] =    "CCDCCCD",
    [ENTITY_UID] =         "CCDCCCD",
    [ENTITY_OTHER_ID] =    "CLDkLLD",
};

static enum action profile_action_of_letter(char letter) {
    const char *at = strchr(ACTION_LETTERS, letter);
    must(at != NULL && letter != 0);
    return (enum action) (at - ACTION_LETTERS);
}

static int profile_unknown(const char *name, struct problem *p) {
    char known[256] = "";
    size_t len = 0;
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        int n = snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "", profile_names[i]);
        must(n > 0 && (size_t) n < sizeof(known) - len);
        len += (size_t) n;
    }
    return problem_set(p, -EINVAL, "there is no profile \"%.64s\"; known: %s", name, known);
}

int profile_find(const char *name, struct profile *out, struct problem *p) {
    size_t column = 0;
    while (column < PROFILE_COUNT && strcmp(profile_names[column], name) != 0) column++;
    if (column == PROFILE_COUNT) return profile_unknown(name, p);
    struct profile made = { .zip3_mode = ZIP3_UNION, .birth_year_needs_age = true };
    memcpy(made.name, name, strlen(name) + 1);
    for (size_t e = 0; e < ENTITY_COUNT; e++) {
        made.action[e] = profile_action_of_letter(profile_table[e][column]);
        if (made.action[e] != ACTION_SHIFT && made.action[e] != ACTION_SURROGATE) continue;
        return problem_set(p, -ENOTSUP, "profile %s needs date shifts and surrogates, which this build does not make; use safe-harbor", name);
    }
    *out = made;
    return 0;
}

const char *profile_name_at(size_t i) {
    return i < PROFILE_COUNT ? profile_names[i] : NULL;
}

const char *action_name(enum action a) {
    must((unsigned) a < ACTION_COUNT);
    return action_names[a];
}
