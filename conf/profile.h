/* A profile says what happens to each entity (profiles.md). There is no profile that shows source bytes.
 * Threads: immutable after profile_resolve(). Source: 45 CFR 164.514(b)(2), (c), (e). */
#pragma once

#include "conf/base/problem.h"
#include "conf/entity.h"

enum action {
    ACTION_DROP = 0,  /* removed: the safe value of a forgotten initialiser */
    ACTION_LABEL,     /* [PHONE-1], numbered within the document */
    ACTION_CODE,      /* [PHONE_KTVHMQX], random, kept in the vault */
    ACTION_YEAR,      /* dates: the year stays */
    ACTION_ZIP3,      /* three digits where the area holds more than 20,000 people, else 000 */
    ACTION_AGE,       /* over 89 becomes 90+ */
    ACTION_SHIFT,     /* dates: moved by the patient's random offset (derived) */
    ACTION_SURROGATE, /* realistic stand-in from a CSPRNG, kept in the vault */
    ACTION_KEEP,
};
enum { ACTION_COUNT = 9, PROFILE_NAME_LEN_MAX = 64, PROFILE_KINDS_MAX = 16, PROFILE_SECTIONS_LEN_MAX = 511 };

enum zip3_mode { ZIP3_CURRENT, ZIP3_UNION };
enum zip3_vintage { ZIP3_2020, ZIP3_2010, ZIP3_2000 };
enum label_style { LABEL_NUMBERED, LABEL_PLAIN };

/* A class of identifier of the site's own: found by the site's rules ("entity COHORT"), handled as said here, an OTHER_ID to the law and to the
 * journal. Its name is what tokens and labels show. */
struct profile_kind {
    char name[ENTITY_NAME_LEN_MAX + 1]; /* 3 to 15 letters A-Z, no entity's name */
    enum action action;                 /* drop, label, code or surrogate: what a site calls an identifier is not shown */
};

struct profile {
    char name[PROFILE_NAME_LEN_MAX];
    char base[PROFILE_NAME_LEN_MAX]; /* the built-in profile it is or extends */
    enum action action[ENTITY_COUNT];
    uint16_t score_min;        /* per mille; findings below are left alone. Default 0: a doubtful finding is redacted */
    enum zip3_mode zip3_mode;  /* default ZIP3_UNION: the safest */
    enum zip3_vintage zip3_vintage; /* for ZIP3_CURRENT; default 2020 */
    enum label_style label_style;   /* default LABEL_NUMBERED: [PHONE-1]; LABEL_PLAIN: [PHONE] */
    bool birth_year_needs_age; /* no birth year once the age is 90 or more */
    bool keeps_year;           /* default true; false: a date reduced to its year is labelled instead */
    struct profile_kind kinds[PROFILE_KINDS_MAX]; /* findings name them by their place, from 1 */
    size_t kind_count;
    char sections_keep[PROFILE_SECTIONS_LEN_MAX + 1]; /* headings, parted by commas: of a document only these sections are shown; "" all */
    char sections_drop[PROFILE_SECTIONS_LEN_MAX + 1]; /* these are not shown; one of the two at most */
    bool keeps_time;           /* of a time of day within a date; default: where dates are shifted */
};

/* Built-in profile by name, or a problem that names the known ones. */
_must_use_ int profile_find(const char *name, struct profile *out, struct problem *p);
/* The i-th built-in profile's name, NULL past the end: for --help and completion. */
const char *profile_name_at(size_t i);
const char *action_name(enum action a);
_must_use_ bool action_from_name(struct bytes name, enum action *out);
/* "phone drop, CITY label": changes of single entities, in any case. -EINVAL with the word that is wrong; an action that does not fit its
 * entity (zip3 of a name) is wrong too. */
_must_use_ int profile_change(struct profile *p, const char *changes, struct problem *why);

/* Sets one parameter from its words, as deidfs.conf(5) and a profile file (profile_file.h) write them: actions, provider_names, keep_year,
 * time_of_day, label_style, zip3_vintage, zip3_mode, min_score, entities ("COHORT code, BADGE label"), sections_keep, sections_drop. An empty value changes nothing. -ENOENT: no such parameter; -EINVAL with the
 * reason. */
_must_use_ int profile_set(struct profile *p, const char *parameter, const char *value, struct problem *why);
/* The i-th parameter's name, NULL past the end. */
const char *profile_parameter_at(size_t i);
/* Does p show more than base of any entity? What is dropped shows least; then labels; codes, years, three digits, capped ages; shifted dates
 * and surrogates; what is kept. Fills why with the first that does. */
_must_use_ bool profile_loosens(const struct profile *base, const struct profile *p, struct problem *why);
