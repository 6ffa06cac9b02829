#include "conf/entity.h"

static const struct {
    const char *name;
    char clause;
} entity_table[ENTITY_COUNT] = {
    [ENTITY_PATIENT] = { "PATIENT", 'A' },
    [ENTITY_PERSON] = { "PERSON", 'A' },
    [ENTITY_PROVIDER] = { "PROVIDER", 'A' },
    [ENTITY_EMPLOYER] = { "EMPLOYER", 'A' },
    [ENTITY_STREET] = { "STREET", 'B' },
    [ENTITY_CITY] = { "CITY", 'B' },
    [ENTITY_COUNTY] = { "COUNTY", 'B' },
    [ENTITY_ZIP] = { "ZIP", 'B' },
    [ENTITY_GEOCODE] = { "GEOCODE", 'B' },
    [ENTITY_FACILITY] = { "FACILITY", 'B' },
    [ENTITY_STATE] = { "STATE", '-' },
    [ENTITY_DATE] = { "DATE", 'C' },
    [ENTITY_BIRTH_DATE] = { "BIRTH_DATE", 'C' },
    [ENTITY_AGE] = { "AGE", 'C' },
    [ENTITY_HOLIDAY] = { "HOLIDAY", 'C' },
    [ENTITY_PHONE] = { "PHONE", 'D' },
    [ENTITY_FAX] = { "FAX", 'E' },
    [ENTITY_EMAIL] = { "EMAIL", 'F' },
    [ENTITY_SSN] = { "SSN", 'G' },
    [ENTITY_MRN] = { "MRN", 'H' },
    [ENTITY_HEALTH_PLAN] = { "HEALTH_PLAN", 'I' },
    [ENTITY_ACCOUNT] = { "ACCOUNT", 'J' },
    [ENTITY_LICENSE] = { "LICENSE", 'K' },
    [ENTITY_PROVIDER_ID] = { "PROVIDER_ID", 'K' },
    [ENTITY_VEHICLE] = { "VEHICLE", 'L' },
    [ENTITY_DEVICE] = { "DEVICE", 'M' },
    [ENTITY_URL] = { "URL", 'N' },
    [ENTITY_IP] = { "IP", 'O' },
    [ENTITY_BIOMETRIC] = { "BIOMETRIC", 'P' },
    [ENTITY_PHOTO] = { "PHOTO", 'Q' },
    [ENTITY_ENCOUNTER] = { "ENCOUNTER", 'R' },
    [ENTITY_ACCESSION] = { "ACCESSION", 'R' },
    [ENTITY_ORDER] = { "ORDER", 'R' },
    [ENTITY_SPECIMEN] = { "SPECIMEN", 'R' },
    [ENTITY_UID] = { "UID", 'R' },
    [ENTITY_OTHER_ID] = { "OTHER_ID", 'R' },
};

const char *entity_name(enum entity e) {
    must((unsigned) e < ENTITY_COUNT);
    return entity_table[e].name;
}

bool entity_from_name(struct bytes name, enum entity *out) {
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        if (!bytes_equal(name, bytes_from_string(entity_table[i].name))) continue;
        *out = (enum entity) i;
        return true;
    }
    return false;
}

char entity_clause(enum entity e) {
    must((unsigned) e < ENTITY_COUNT);
    return entity_table[e].clause;
}

bool entity_is_person(enum entity e) {
    return e == ENTITY_PATIENT || e == ENTITY_PERSON || e == ENTITY_PROVIDER;
}
