#include <sodium.h>
#include <stdio.h>

#include "conf/base/text.h"
#include "redact/surrogate.h"

static const char *const given_names[] = {
    "James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "William", "Barbara", "Richard", "Susan",
    "Joseph", "Jessica", "Thomas", "Karen", "Christopher", "Sarah", "Charles", "Lisa", "Daniel", "Nancy", "Matthew", "Sandra", "Anthony", "Ashley",
    "Mark", "Emily", "Steven", "Kimberly", "Andrew", "Michelle", "Paul", "Carol", "Joshua", "Amanda", "Kenneth", "Melissa", "Kevin", "Deborah",
    "Brian", "Stephanie", "Timothy", "Rebecca", "Ronald", "Sharon", "George", "Laura", "Jason", "Cynthia", "Edward", "Amy", "Jeffrey", "Kathleen",
};
static const char *const family_names[] = {
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez", "Hernandez", "Lopez", "Gonzalez",
    "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee", "Perez", "Thompson", "White", "Harris", "Sanchez", "Clark",
    "Ramirez", "Lewis", "Robinson", "Walker", "Young", "Allen", "King", "Wright", "Scott", "Torres", "Nguyen", "Hill", "Flores", "Green", "Adams",
    "Nelson", "Baker", "Hall", "Rivera", "Campbell", "Mitchell", "Carter", "Roberts", "Gomez", "Phillips", "Evans", "Turner", "Diaz", "Parker",
    "Cruz", "Edwards", "Collins", "Reyes", "Stewart", "Morris", "Morales", "Murphy", "Cook", "Rogers", "Gutierrez", "Ortiz", "Morgan", "Cooper",
    "Peterson", "Bailey", "Reed", "Kelly", "Howard", "Ramos", "Kim", "Cox", "Ward", "Richardson", "Watson", "Brooks", "Chavez", "Wood", "Bennett",
    "Gray", "Mendoza", "Ruiz", "Hughes", "Price", "Alvarez", "Castillo", "Sanders", "Patel", "Myers", "Long", "Ross", "Foster", "Jimenez",
};
/* Invented, so that no real place is named in another's stead. */
static const char *const place_names[] = {
    "Ashford", "Brightwater", "Cedarvale", "Dunmore", "Eastbrook", "Fairhollow", "Glenhaven", "Hartfield", "Ironwood", "Junipero", "Kingsmere",
    "Lakemont", "Millbrook", "Northgate", "Oakhurst", "Pinecrest", "Quarrytown", "Riverbend", "Stonebridge", "Thornbury", "Underhill", "Valemont",
    "Westerly", "Yarrow",
};

static const char *pick(const char *const *list, size_t count) {
    return list[randombytes_uniform((uint32_t) count)];
}
#define PICK(list) pick((list), array_count(list))

/* Digits become digits, letters letters; marks stay. A leading digit is never 0, so that no length changes in a spreadsheet. */
static size_t draw_shape(struct bytes surface, char *out) {
    size_t len = surface.len < SURROGATE_LEN_MAX ? surface.len : SURROGATE_LEN_MAX;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = surface.ptr[i];
        if (text_is_digit(c)) c = (uint8_t) ('1' + randombytes_uniform(9));
        else if (text_is_alpha(c) || c >= 0x80) c = (uint8_t) ((text_is_lower(c) ? 'a' : 'A') + (int) randombytes_uniform(26));
        out[i] = (char) c;
    }
    return len;
}

static size_t printed(int n) {
    must(n > 0 && n < SURROGATE_LEN_MAX);
    return (size_t) n;
}

size_t surrogate_draw(enum entity entity, struct bytes surface, char *out) {
    const size_t room = SURROGATE_LEN_MAX;
    switch (entity) {
    case ENTITY_PATIENT: case ENTITY_PERSON: case ENTITY_PROVIDER:
        return printed(snprintf(out, room, "%s %s", PICK(given_names), PICK(family_names)));
    case ENTITY_EMPLOYER: return printed(snprintf(out, room, "%s & %s Company", PICK(family_names), PICK(family_names)));
    case ENTITY_STREET: return printed(snprintf(out, room, "%u %s Street", 100 + randombytes_uniform(9900), PICK(place_names)));
    case ENTITY_CITY: return printed(snprintf(out, room, "%s", PICK(place_names)));
    case ENTITY_COUNTY: return printed(snprintf(out, room, "%s County", PICK(place_names)));
    case ENTITY_FACILITY: return printed(snprintf(out, room, "%s General Hospital", PICK(place_names)));
    /* Numbers and names that standards keep for examples: NANP 555-01xx, RFC 2606, RFC 5737. */
    case ENTITY_PHONE: case ENTITY_FAX: return printed(snprintf(out, room, "%u-555-01%02u", 200 + randombytes_uniform(800), randombytes_uniform(100)));
    case ENTITY_EMAIL: return printed(snprintf(out, room, "user%u@example.org", 10000 + randombytes_uniform(90000)));
    case ENTITY_URL: return printed(snprintf(out, room, "https://example.org/%u", 10000 + randombytes_uniform(90000)));
    case ENTITY_IP: return printed(snprintf(out, room, "192.0.2.%u", 1 + randombytes_uniform(254)));
    case ENTITY_ZIP: case ENTITY_GEOCODE: case ENTITY_STATE: case ENTITY_DATE: case ENTITY_BIRTH_DATE: case ENTITY_AGE: case ENTITY_HOLIDAY:
    case ENTITY_SSN: case ENTITY_MRN: case ENTITY_HEALTH_PLAN: case ENTITY_ACCOUNT: case ENTITY_LICENSE: case ENTITY_PROVIDER_ID:
    case ENTITY_VEHICLE: case ENTITY_DEVICE: case ENTITY_BIOMETRIC: case ENTITY_PHOTO: case ENTITY_ENCOUNTER: case ENTITY_ACCESSION:
    case ENTITY_ORDER: case ENTITY_SPECIMEN: case ENTITY_UID: case ENTITY_OTHER_ID:
        break;
    }
    return draw_shape(surface, out);
}
