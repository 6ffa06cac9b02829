#include "conf/profile.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "conf/base/text.h"

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
    struct profile made = { .zip3_mode = ZIP3_UNION, .birth_year_needs_age = true, .keeps_year = true };
    memcpy(made.name, name, strlen(name) + 1);
    memcpy(made.base, name, strlen(name) + 1);
    for (size_t e = 0; e < ENTITY_COUNT; e++) {
        made.action[e] = profile_action_of_letter(profile_table[e][column]);
    }
    made.keeps_time = made.action[ENTITY_DATE] == ACTION_SHIFT;
    *out = made;
    return 0;
}

const char *profile_name_at(size_t i) {
    return i < PROFILE_COUNT ? profile_names[i] : NULL;
}

bool action_from_name(struct bytes name, enum action *out) {
    for (unsigned i = 0; i < ACTION_COUNT; i++) {
        if (!bytes_equal(name, bytes_from_string(action_names[i]))) continue;
        *out = (enum action) i;
        return true;
    }
    return false;
}

static bool profile_action_fits(enum entity e, enum action a) {
    bool is_date = e == ENTITY_DATE || e == ENTITY_BIRTH_DATE || e == ENTITY_HOLIDAY;
    if (a == ACTION_YEAR || a == ACTION_SHIFT) return is_date;
    if (a == ACTION_ZIP3) return e == ENTITY_ZIP;
    if (a == ACTION_AGE) return e == ENTITY_AGE;
    return true;
}

/* A made-up SSN could be somebody's; a photograph, a fingerprint, a date or an age has no stand-in of its kind here. */
static bool profile_has_no_surrogate(enum entity e) {
    return e == ENTITY_SSN || e == ENTITY_PHOTO || e == ENTITY_BIOMETRIC || e == ENTITY_DATE || e == ENTITY_BIRTH_DATE || e == ENTITY_HOLIDAY ||
           e == ENTITY_AGE || e == ENTITY_STATE;
}

/* The next word of a list, lower- or upper-cased into word; false at the end of the item. */
static bool profile_take_word(const char **at, char *word, size_t len, bool upper) {
    while (text_is_space((uint8_t) **at)) (*at)++;
    size_t n = 0;
    for (; **at && **at != ',' && !text_is_space((uint8_t) **at); (*at)++) {
        uint8_t c = (uint8_t) **at;
        if (n + 1 < len) word[n++] = (char) (upper ? text_to_upper(c) : text_to_lower(c));
    }
    word[n] = 0;
    return n > 0;
}

int profile_change(struct profile *p, const char *changes, struct problem *why) {
    struct profile changed = *p;
    for (const char *at = changes; *at;) {
        char entity_word[32], action_word[32], rest[32];
        enum entity e;
        enum action a;
        bool both = profile_take_word(&at, entity_word, sizeof(entity_word), true) && profile_take_word(&at, action_word, sizeof(action_word), false);
        if (!both || profile_take_word(&at, rest, sizeof(rest), false))
            return problem_set(why, -EINVAL, "changes are written \"entity action, entity action\", as in \"phone drop, city label\"");
        if (!entity_from_name(bytes_from_string(entity_word), &e)) return problem_set(why, -EINVAL, "there is no entity %s", entity_word);
        if (!action_from_name(bytes_from_string(action_word), &a) || !profile_action_fits(e, a))
            return problem_set(why, -EINVAL, "%s cannot be handled by \"%s\"", entity_word, action_word);
        if (a == ACTION_SURROGATE && profile_has_no_surrogate(e)) return problem_set(why, -EINVAL, "there are no surrogates for %s", entity_word);
        if (a == ACTION_CODE && e == ENTITY_SSN)
            return problem_set(why, -EINVAL, "an SSN is labelled or dropped, never coded");
        changed.action[e] = a;
        if (*at == ',') at++;
    }
    *p = changed;
    return 0;
}

const char *action_name(enum action a) {
    must((unsigned) a < ACTION_COUNT);
    return action_names[a];
}

/* ---- parameters -------------------------------------------------------------------------------------------------------------------- */

enum profile_parameter {
    PARAMETER_ACTIONS, PARAMETER_PROVIDER_NAMES, PARAMETER_KEEP_YEAR, PARAMETER_TIME_OF_DAY, PARAMETER_LABEL_STYLE, PARAMETER_ZIP3_VINTAGE,
    PARAMETER_ZIP3_MODE, PARAMETER_MIN_SCORE, PARAMETER_ENTITIES, PARAMETER_SECTIONS_KEEP, PARAMETER_SECTIONS_DROP,
};

/* A parameter that is one of some words knows them in the order of its enumeration. */
static const struct {
    const char *name;
    const char *words[4];
} profile_parameters[] = {
    [PARAMETER_ACTIONS] = { "actions", { NULL } },
    [PARAMETER_PROVIDER_NAMES] = { "provider_names", { NULL } },
    [PARAMETER_KEEP_YEAR] = { "keep_year", { "no", "yes" } },
    [PARAMETER_TIME_OF_DAY] = { "time_of_day", { "drop", "keep" } },
    [PARAMETER_LABEL_STYLE] = { "label_style", { "numbered", "plain" } },
    [PARAMETER_ZIP3_VINTAGE] = { "zip3_vintage", { "2020", "2010", "2000" } },
    [PARAMETER_ZIP3_MODE] = { "zip3_mode", { "current", "union" } },
    [PARAMETER_MIN_SCORE] = { "min_score", { NULL } },
    [PARAMETER_ENTITIES] = { "entities", { NULL } },
    [PARAMETER_SECTIONS_KEEP] = { "sections_keep", { NULL } },
    [PARAMETER_SECTIONS_DROP] = { "sections_drop", { NULL } },
};
enum { PROFILE_PARAMETER_COUNT = array_count(profile_parameters), PROFILE_SCORE_MAX = 1000 };

const char *profile_parameter_at(size_t i) {
    return i < PROFILE_PARAMETER_COUNT ? profile_parameters[i].name : NULL;
}

static int profile_set_provider_names(struct profile *p, const char *value, struct problem *why) {
    enum action a;
    if (!action_from_name(bytes_from_string(value), &a) || !profile_action_fits(ENTITY_PROVIDER, a))
        return problem_set(why, -EINVAL, "provider_names is one of code, label, drop, surrogate, keep");
    p->action[ENTITY_PROVIDER] = a;
    return 0;
}

static int profile_set_score(struct profile *p, const char *value, struct problem *why) {
    uint64_t score = 0;
    if (!text_parse_u64(bytes_from_string(value), &score) || score > PROFILE_SCORE_MAX)
        return problem_set(why, -EINVAL, "min_score is a number from 0 to %d", PROFILE_SCORE_MAX);
    p->score_min = (uint16_t) score;
    return 0;
}

/* Letters alone: whoever reads a token finds where its word ends. */
static bool profile_kind_name_fits(const char *name) {
    size_t len = strlen(name);
    enum entity e;
    for (size_t i = 0; i < len; i++) {
        if (!text_is_upper((uint8_t) name[i])) return false;
    }
    return len >= 3 && len <= ENTITY_NAME_LEN_MAX && !entity_from_name(bytes_from_string(name), &e);
}

static int profile_add_kind(struct profile *p, const char *name, const char *action, struct problem *why) {
    struct profile_kind kind = { .name = "" };
    if (!profile_kind_name_fits(name)) return problem_set(why, -EINVAL, "%s: a name of 3 to %d letters that no entity has", name, ENTITY_NAME_LEN_MAX);
    bool known = action_from_name(bytes_from_string(action), &kind.action);
    if (!known || !profile_action_fits(ENTITY_OTHER_ID, kind.action) || kind.action == ACTION_KEEP)
        return problem_set(why, -EINVAL, "%s: its action is code, label, drop or surrogate", name);
    for (size_t i = 0; i < p->kind_count; i++) {
        if (strcmp(p->kinds[i].name, name) == 0) return problem_set(why, -EINVAL, "%s is there already", name);
    }
    if (p->kind_count == PROFILE_KINDS_MAX) return problem_set(why, -EINVAL, "more than %d entities of the site's own", PROFILE_KINDS_MAX);
    memcpy(kind.name, name, strlen(name) + 1);
    p->kinds[p->kind_count++] = kind;
    return 0;
}

/* "COHORT code, BADGE label" takes the place of what was set before. */
static int profile_set_kinds(struct profile *p, const char *value, struct problem *why) {
    struct profile changed = *p;
    memset(changed.kinds, 0, sizeof(changed.kinds));
    changed.kind_count = 0;
    for (const char *at = value; *at;) {
        char name[32], action[32], rest[32];
        bool both = profile_take_word(&at, name, sizeof(name), true) && profile_take_word(&at, action, sizeof(action), false);
        if (!both || profile_take_word(&at, rest, sizeof(rest), false))
            return problem_set(why, -EINVAL, "entities are written \"NAME action, NAME action\", as in \"COHORT code, BADGE label\"");
        int r = profile_add_kind(&changed, name, action, why);
        if (r < 0) return r;
        if (*at == ',') at++;
    }
    *p = changed;
    return 0;
}

static int profile_set_sections(char *to, const char *other, const char *value, struct problem *why) {
    size_t len = strlen(value), letters = 0;
    for (size_t i = 0; i < len; i++) letters += text_is_alpha((uint8_t) value[i]);
    if (other[0]) return problem_set(why, -EINVAL, "sections_keep or sections_drop, not both");
    if (len > PROFILE_SECTIONS_LEN_MAX || letters == 0)
        return problem_set(why, -EINVAL, "headings parted by commas, at most %d bytes: \"assessment, plan\"", PROFILE_SECTIONS_LEN_MAX);
    memcpy(to, value, len + 1);
    return 0;
}

static int profile_set_word(struct profile *p, enum profile_parameter parameter, int word) {
    switch (parameter) {
    case PARAMETER_KEEP_YEAR: p->keeps_year = word == 1; return 0;
    case PARAMETER_TIME_OF_DAY: p->keeps_time = word == 1; return 0;
    case PARAMETER_LABEL_STYLE: p->label_style = (enum label_style) word; return 0;
    case PARAMETER_ZIP3_VINTAGE: p->zip3_vintage = (enum zip3_vintage) word; return 0;
    case PARAMETER_ZIP3_MODE: p->zip3_mode = (enum zip3_mode) word; return 0;
    case PARAMETER_ACTIONS: case PARAMETER_PROVIDER_NAMES: case PARAMETER_MIN_SCORE: case PARAMETER_ENTITIES:
    case PARAMETER_SECTIONS_KEEP: case PARAMETER_SECTIONS_DROP: break;
    }
    must(false); /* those have no words */
    return -EINVAL;
}

static int profile_set_one(struct profile *p, enum profile_parameter parameter, const char *value, struct problem *why) {
    if (parameter == PARAMETER_ACTIONS) return profile_change(p, value, why);
    if (parameter == PARAMETER_PROVIDER_NAMES) return profile_set_provider_names(p, value, why);
    if (parameter == PARAMETER_MIN_SCORE) return profile_set_score(p, value, why);
    if (parameter == PARAMETER_SECTIONS_KEEP) return profile_set_sections(p->sections_keep, p->sections_drop, value, why);
    if (parameter == PARAMETER_SECTIONS_DROP) return profile_set_sections(p->sections_drop, p->sections_keep, value, why);
    if (parameter == PARAMETER_ENTITIES) return profile_set_kinds(p, value, why);
    const char *const *words = profile_parameters[parameter].words;
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], value) == 0) return profile_set_word(p, parameter, i);
    }
    return problem_set(why, -EINVAL, "%s is %s%s%s or %s", profile_parameters[parameter].name, words[0], words[2] ? ", " : "",
                       words[2] ? words[1] : "", words[2] ? words[2] : words[1]);
}

int profile_set(struct profile *p, const char *parameter, const char *value, struct problem *why) {
    for (unsigned i = 0; i < PROFILE_PARAMETER_COUNT; i++) {
        if (strcmp(profile_parameters[i].name, parameter) != 0) continue;
        return value[0] ? profile_set_one(p, (enum profile_parameter) i, value, why) : 0;
    }
    return problem_set(why, -ENOENT, "a profile has no parameter %.32s", parameter);
}

static int profile_rank(enum action a) {
    switch (a) {
    case ACTION_DROP: return 0;
    case ACTION_LABEL: return 1;
    case ACTION_CODE: case ACTION_YEAR: case ACTION_ZIP3: case ACTION_AGE: return 2;
    case ACTION_SHIFT: case ACTION_SURROGATE: return 3;
    case ACTION_KEEP: return 4;
    }
    must(false); /* every action was ranked above */
    return 4;
}

bool profile_loosens(const struct profile *base, const struct profile *p, struct problem *why) {
    for (unsigned e = 0; e < ENTITY_COUNT; e++) {
        if (profile_rank(p->action[e]) <= profile_rank(base->action[e])) continue;
        ignore(problem_set(why, 0, "%s: %s shows more than the %s of %s", entity_name((enum entity) e), action_names[p->action[e]],
                           action_names[base->action[e]], base->name)); /* true says it all */
        return true;
    }
    for (size_t i = 0; i < p->kind_count; i++) {
        if (profile_rank(p->kinds[i].action) <= profile_rank(base->action[ENTITY_OTHER_ID])) continue;
        ignore(problem_set(why, 0, "%s: %s shows more than %s does of any other number", p->kinds[i].name, action_names[p->kinds[i].action], base->name));
        return true;
    }
    return false;
}
