#include "redact/resolve.h"

#include "tests/harness.h"

struct bench {
    struct arena arena;
    struct findings findings, drops;
};

static void put(struct bench *b, size_t begin, size_t end, enum entity entity, enum finding_source source) {
    struct finding f = { .span = { .begin = begin, .end = end }, .entity = entity, .score = 600, .source = source };
    REQUIRE(finding_add(&b->findings, &b->arena, f) == 0);
}

static void drop(struct bench *b, size_t begin, size_t end, uint16_t score) {
    struct finding f = { .span = { .begin = begin, .end = end }, .score = score };
    REQUIRE(finding_add(&b->drops, &b->arena, f) == 0);
}

static void resolve(struct bench *b, const char *text) {
    resolve_findings(bytes_from_string(text), &b->findings, &b->drops);
}

static void check(const struct bench *b, size_t i, size_t begin, size_t end, enum entity entity) {
    REQUIRE(i < b->findings.count);
    CHECK_INT(b->findings.items[i].span.begin, begin);
    CHECK_INT(b->findings.items[i].span.end, end);
    CHECK_INT(b->findings.items[i].entity, entity);
}

static struct bench *bench(void) {
    static struct bench b;
    arena_release(&b.arena);
    b = (struct bench) { 0 };
    arena_init(&b.arena, 16 << 20);
    return &b;
}

TEST(resolve, overlapping_findings_become_their_union_with_the_best_sources_entity) {
    struct bench *b = bench();
    put(b, 0, 10, ENTITY_PHONE, FINDING_LIST);
    put(b, 6, 14, ENTITY_MRN, FINDING_LABEL);
    resolve(b, "0123456789abcdefgh");
    CHECK_INT(b->findings.count, 1);
    check(b, 0, 0, 14, ENTITY_MRN);
}

TEST(resolve, name_inside_an_address_keeps_the_address) {
    struct bench *b = bench();
    put(b, 3, 9, ENTITY_PERSON, FINDING_LIST);
    put(b, 0, 16, ENTITY_STREET, FINDING_CHECKSUM);
    resolve(b, "12 Martin Street");
    CHECK_INT(b->findings.count, 1);
    check(b, 0, 0, 16, ENTITY_STREET);
}

TEST(resolve, parts_of_a_name_become_one) {
    struct bench *b = bench();
    put(b, 0, 5, ENTITY_PATIENT, FINDING_LABEL);
    put(b, 7, 11, ENTITY_PERSON, FINDING_LIST);
    resolve(b, "SMITH, JOHN 4");
    CHECK_INT(b->findings.count, 1);
    check(b, 0, 0, 11, ENTITY_PATIENT);
}

TEST(resolve, numbers_and_dates_side_by_side_stay_apart) {
    struct bench *b = bench();
    put(b, 0, 4, ENTITY_DATE, FINDING_CHECKSUM);
    put(b, 5, 9, ENTITY_DATE, FINDING_CHECKSUM);
    resolve(b, "4/12 4/15");
    CHECK_INT(b->findings.count, 2);
}

TEST(resolve, names_on_two_lines_stay_apart) {
    struct bench *b = bench();
    put(b, 0, 4, ENTITY_PERSON, FINDING_LABEL);
    put(b, 5, 9, ENTITY_PERSON, FINDING_LABEL);
    resolve(b, "John\nMary");
    CHECK_INT(b->findings.count, 2);
}

TEST(resolve, a_drop_takes_weaker_findings_and_leaves_stronger_ones) {
    struct bench *b = bench();
    put(b, 0, 9, ENTITY_PERSON, FINDING_LIST);
    put(b, 30, 39, ENTITY_PERSON, FINDING_LABEL);
    b->findings.items[1].score = 950;
    drop(b, 0, 17, 700);
    drop(b, 30, 47, 700);
    resolve(b, "Parkinson disease, whereas Dr Parkinson disease");
    CHECK_INT(b->findings.count, 1);
    check(b, 0, 30, 39, ENTITY_PERSON);
}

TEST(resolve, ten_thousand_findings_under_drops_stay_in_order) {
    struct bench *b = bench();
    for (size_t i = 0; i < 10000; i++) put(b, 10 * i, 10 * i + 5, ENTITY_MRN, FINDING_LIST);
    for (size_t i = 0; i < 10000; i += 2) drop(b, 10 * i, 10 * i + 3, 900);
    resolve(b, "");
    CHECK_INT(b->findings.count, 5000);
    for (size_t i = 1; i < b->findings.count; i++) CHECK(b->findings.items[i - 1].span.end <= b->findings.items[i].span.begin);
}
