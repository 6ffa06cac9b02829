/* Entities: the classes of identifier, as in 45 CFR 164.514(b)(2)(i), one enumeration for rules, profiles, tokens and journal counts.
 * The upper-case name is what tokens and labels show ([PATIENT_KTVHMQX], [PHONE-1]); lower case in the journal.
 * Threads: constant tables. */
#pragma once

#include <stdbool.h>

#include "conf/base/bytes.h"

/* Numbers are part of the vault's keys: append only, never renumber. */
enum entity {
    ENTITY_PATIENT = 0,
    ENTITY_PERSON = 1, /* relative, household member, or nobody knows who */
    ENTITY_PROVIDER = 2,
    ENTITY_EMPLOYER = 3, /* and other organisations */
    ENTITY_STREET = 4,
    ENTITY_CITY = 5,
    ENTITY_COUNTY = 6,
    ENTITY_ZIP = 7,
    ENTITY_GEOCODE = 8,
    ENTITY_FACILITY = 9,
    ENTITY_STATE = 10, /* may stay; known so that an address is read whole */
    ENTITY_DATE = 11,
    ENTITY_BIRTH_DATE = 12,
    ENTITY_AGE = 13,
    ENTITY_HOLIDAY = 14,
    ENTITY_PHONE = 15,
    ENTITY_FAX = 16,
    ENTITY_EMAIL = 17,
    ENTITY_SSN = 18,
    ENTITY_MRN = 19,
    ENTITY_HEALTH_PLAN = 20,
    ENTITY_ACCOUNT = 21,
    ENTITY_LICENSE = 22,
    ENTITY_PROVIDER_ID = 23,
    ENTITY_VEHICLE = 24,
    ENTITY_DEVICE = 25,
    ENTITY_URL = 26,
    ENTITY_IP = 27,
    ENTITY_BIOMETRIC = 28,
    ENTITY_PHOTO = 29,
    ENTITY_ENCOUNTER = 30,
    ENTITY_ACCESSION = 31,
    ENTITY_ORDER = 32,
    ENTITY_SPECIMEN = 33,
    ENTITY_UID = 34,
    ENTITY_OTHER_ID = 35,
};
enum { ENTITY_COUNT = 36, ENTITY_NAME_LEN_MAX = 15 };

/* "PATIENT". A static string. */
const char *entity_name(enum entity e);
/* Exact upper-case match. */
_must_use_ bool entity_from_name(struct bytes name, enum entity *out);
/* The letter A..R of 164.514(b)(2)(i) it belongs to; '-' for STATE. */
char entity_clause(enum entity e);
/* A name of a human being: these share one identity space for aliases (PATIENT, PERSON, PROVIDER). */
bool entity_is_person(enum entity e);
