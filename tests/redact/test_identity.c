#include "redact/identity.h"

#include <stdio.h>

#include "tests/harness.h"

static struct arena arena;

struct name {
    enum entity entity;
    const char *surface;
    const char *before;
};

static void resolve(const struct name *in, struct identity_name *out, size_t count) {
    arena_init(&arena, 64 << 20);
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct identity_name) { .entity = in[i].entity, .surface = bytes_from_string(in[i].surface),
                                          .before = bytes_from_string(in[i].before ? in[i].before : "") };
    }
    REQUIRE(identity_resolve(out, count, &arena) == 0);
}

static void check_one_person(const struct name *in, size_t count) {
    struct identity_name out[16];
    resolve(in, out, count);
    for (size_t i = 1; i < count; i++) CHECK_BYTES(out[i].normal, out[0].normal);
    arena_release(&arena);
}

static void check_two(struct name a, struct name b) {
    struct name in[] = { a, b };
    struct identity_name out[2];
    resolve(in, out, 2);
    if (bytes_equal(out[0].normal, out[1].normal)) harness_fail(__FILE__, __LINE__, "\"%s\" and \"%s\" became one", a.surface, b.surface);
    arena_release(&arena);
}

TEST(identity, aliases_of_one_person_are_one_identity) {
    const struct name in[] = {
        { ENTITY_PATIENT, "John Q. Smith", NULL }, { ENTITY_PATIENT, "SMITH, JOHN", NULL }, { ENTITY_PERSON, "Smith", "Mr. " },
        { ENTITY_PERSON, "John", NULL },           { ENTITY_PERSON, "J. Smith", NULL },     { ENTITY_PATIENT, "Smith, John Q", NULL },
        { ENTITY_PERSON, "Mr. Smith", NULL },      { ENTITY_PERSON, "john smith", NULL },
    };
    check_one_person(in, array_count(in));
}

TEST(identity, the_order_of_mentions_does_not_matter) {
    const struct name in[] = { { ENTITY_PERSON, "Smith", "Mr. " }, { ENTITY_PERSON, "John", NULL }, { ENTITY_PATIENT, "John Q. Smith", NULL } };
    check_one_person(in, array_count(in));
}

TEST(identity, particles_credentials_and_hyphens_are_read) {
    const struct name rohe[] = { { ENTITY_PROVIDER, "Ludwig van der Rohe, MD", NULL }, { ENTITY_PROVIDER, "van der Rohe, Ludwig", NULL },
                                 { ENTITY_PROVIDER, "Dr. Ludwig van der Rohe", NULL } };
    const struct name marie[] = { { ENTITY_PATIENT, "Anne-Marie O'Brien", NULL }, { ENTITY_PATIENT, "O'BRIEN, ANNE MARIE", NULL } };
    check_one_person(rohe, array_count(rohe));
    check_one_person(marie, array_count(marie));
}

TEST(identity, different_people_stay_two) {
    check_two((struct name) { ENTITY_PATIENT, "John Smith", NULL }, (struct name) { ENTITY_PATIENT, "Mary Smith", NULL });
    check_two((struct name) { ENTITY_PATIENT, "John Q. Smith", NULL }, (struct name) { ENTITY_PATIENT, "John R. Smith", NULL });
    check_two((struct name) { ENTITY_PATIENT, "John Smith Jr.", NULL }, (struct name) { ENTITY_PATIENT, "John Smith Sr.", NULL });
    check_two((struct name) { ENTITY_PATIENT, "John Smith", NULL }, (struct name) { ENTITY_PATIENT, "John Smyth", NULL });
    check_two((struct name) { ENTITY_PATIENT, "Mr. John Smith", NULL }, (struct name) { ENTITY_PERSON, "Smith", "Mrs. " });
    check_two((struct name) { ENTITY_PATIENT, "John Smith", NULL }, (struct name) { ENTITY_PERSON, "Johnson", NULL });
}

TEST(identity, awkward_families_stay_apart) {
    check_two((struct name) { ENTITY_PATIENT, "Baby A Lund", NULL }, (struct name) { ENTITY_PATIENT, "Baby B Lund", NULL });
    check_two((struct name) { ENTITY_PATIENT, "Ava Lund", NULL }, (struct name) { ENTITY_PERSON, "Mia Lund", NULL });
    check_two((struct name) { ENTITY_PATIENT, "John Smith II", NULL }, (struct name) { ENTITY_PERSON, "John Smith III", NULL });
    check_two((struct name) { ENTITY_PATIENT, "Mary Jones-Smith", NULL }, (struct name) { ENTITY_PERSON, "Mary Jones", NULL });
}

TEST(identity, a_doctor_and_a_patient_of_one_family_stay_two) {
    check_two((struct name) { ENTITY_PATIENT, "John Smith", NULL }, (struct name) { ENTITY_PROVIDER, "Smith", "Dr. " });
}

TEST(identity, an_ambiguous_short_form_joins_nobody) {
    const struct name in[] = { { ENTITY_PATIENT, "John Smith", NULL }, { ENTITY_PERSON, "Mary Smith", NULL }, { ENTITY_PERSON, "Smith", NULL } };
    struct identity_name out[3];
    resolve(in, out, 3);
    CHECK(!bytes_equal(out[2].normal, out[0].normal));
    CHECK(!bytes_equal(out[2].normal, out[1].normal));
    arena_release(&arena);
}

TEST(identity, a_settled_role_reaches_all_names_of_a_person) {
    const struct name in[] = { { ENTITY_PERSON, "Smith", NULL }, { ENTITY_PATIENT, "John Smith", NULL } };
    struct identity_name out[2];
    resolve(in, out, 2);
    CHECK_INT(out[0].role, ENTITY_PATIENT);
    arena_release(&arena);
}

TEST(identity, a_hundred_thousand_equal_family_names_end_soon) {
    enum { COUNT = 100000 };
    static struct identity_name names[COUNT];
    static char surfaces[COUNT][24];
    for (size_t i = 0; i < COUNT; i++) {
        int n = snprintf(surfaces[i], sizeof(surfaces[i]), "A%cx%zu Smith", (char) ('a' + i % 26), i);
        names[i] = (struct identity_name) { .entity = ENTITY_PERSON, .surface = bytes_make(surfaces[i], (size_t) n) };
    }
    arena_init(&arena, (size_t) 1 << 30);
    CHECK_INT(identity_resolve(names, COUNT, &arena), 0);
    arena_release(&arena);
}
