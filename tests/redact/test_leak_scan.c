/* A vault with a few people in it, and texts in which they were forgotten. */
#include "redact/leak_scan.h"
#include "redact/leak_set.h"
#include "redact/leak_text.h"

#include <errno.h>

#include "tests/redact/workbench.h"

struct hunt {
    struct workbench bench;
    struct vault_reader *reader;
    struct leak_set *set;
    struct leak_scan *scan;
    struct buf found; /* "ENTITY offset+len@line;" of each hit, '~' in front of weak ones */
    uint64_t hits;
};

static int note(void *context, const struct leak_hit *h) {
    struct hunt *x = context;
    x->hits++;
    return buf_append_printf(&x->found, "%s%s %llu+%llu@%llu;", h->weak ? "~" : "", entity_name(h->token.entity), (unsigned long long) h->offset,
                             (unsigned long long) h->len, (unsigned long long) h->line);
}

static void hunt_open(struct hunt *x, const char *marked) {
    struct finding findings[64];
    struct buf view;
    struct problem p = { .text = "" };
    _cleanup_(free_ptr) char *text = malloc(strlen(marked) + 1);
    memset(x, 0, sizeof(*x));
    workbench_open(&x->bench, "safe-harbor", "rag");
    size_t n = workbench_parse(marked, text, findings);
    buf_init(&view, 1 << 20);
    workbench_view(&x->bench, bytes_from_string(text), findings, n, &view);
    buf_release(&view);
    vault_freep(&x->bench.vault);
    x->reader = workbench_reader(&x->bench, "rag");
    buf_init(&x->found, 1 << 20);
    REQUIRE(leak_set_new(x->reader, x->bench.keeper, &x->set, &p) == 0);
    REQUIRE(leak_scan_new(x->set, note, x, &x->scan) == 0);
}

static void hunt_close(struct hunt *x) {
    leak_scan_freep(&x->scan);
    leak_set_freep(&x->set);
    vault_reader_free(x->reader);
    buf_release(&x->found);
    workbench_close(&x->bench);
}

static const char *hunt_in(struct hunt *x, struct bytes text, size_t piece) {
    buf_reset(&x->found);
    x->hits = 0;
    for (size_t at = 0; at < text.len; at += piece) {
        size_t n = text.len - at < piece ? text.len - at : piece;
        REQUIRE(leak_scan_feed(x->scan, bytes_make(text.ptr + at, n)) == 0);
    }
    REQUIRE(leak_scan_end(x->scan) == 0 && buf_append_byte(&x->found, 0) == 0);
    return (const char *) x->found.ptr;
}

static const char people[] = "{PATIENT:John Q. Smythe}, {MRN:00482913}, tel. {PHONE:617-555-0100}, {EMAIL:jqs@hospital.org}, {STREET:12 Elm Street}. "
                             "{PROVIDER:Jane O'Hara} {CITY:Boston} {UID:1.23.4567.8} {PERSON:Jos\xC3\xA9 \xC3\x81lvarez} {ACCOUNT:AB-1234567}";

#define FOUND(hunt, text, expected)                                                                                  \
    do {                                                                                                             \
        const char *found_ = hunt_in(hunt, BYTES(text), 1 << 20);                                                    \
        if (strcmp(found_, expected) != 0) harness_fail(__FILE__, __LINE__, "%s: \"%s\", expected \"%s\"", text, found_, expected); \
    } while (0)

TEST(leak_scan, values_are_found_whatever_their_case_spacing_and_joints) {
    struct hunt x;
    hunt_open(&x, people);
    FOUND(&x, "nothing here but john and smythe apart", "");
    FOUND(&x, "John Q. Smythe", "PERSON 0+14@1;");
    FOUND(&x, "x\n SMYTHE, JOHN Q.", "PERSON 3+14@2;");
    FOUND(&x, "user=john_q_smythe&x", "PERSON 5+13@1;");
    FOUND(&x, "class JohnQSmythe {", "PERSON 6+11@1;");
    FOUND(&x, "John Q.\n  Smythe", "PERSON 0+16@1;");
    FOUND(&x, "to Jane O'Hara, or OHARA Jane", "PERSON 3+11@1;PERSON 19+10@1;");
    FOUND(&x, "JOSE\xCC\x81 A\xCC\x81LVAREZ", "PERSON 0+16@1;");
    FOUND(&x, "mrn 0048-2913;MRN00482913", "MRN 4+9@1;MRN 17+8@1;");
    FOUND(&x, "+1 (617) 555-0100 or 617.555.0100", "PHONE 4+13@1;PHONE 21+12@1;");
    FOUND(&x, "\"JQS@Hospital.ORG\"", "EMAIL 1+16@1;");
    FOUND(&x, "12 Elm St. and 12 ELM ST", "STREET 0+9@1;STREET 15+9@1;");
    FOUND(&x, "acct ab1234567", "ACCOUNT 5+9@1;");
    hunt_close(&x);
}

TEST(leak_scan, what_only_looks_alike_is_no_hit) {
    struct hunt x;
    hunt_open(&x, people);
    FOUND(&x, "Room 00482913B, 100482913, 0.00482913, 00482913.5", "");
    FOUND(&x, "0048,2913 0048\n2913 [0048, 2913]", "");
    FOUND(&x, "John Q. Smythex; xjohn Q. Smythe; John R. Smythe; John Smythe", "");
    FOUND(&x, "12.3.4567.8 and 1.234.567.8", "");
    FOUND(&x, "John Q. <td class=name> Smythe", "");
    FOUND(&x, "jqs hospital org", "");
    FOUND(&x, "6175 550 100, 555-0100", "PHONE 0+12@1;");
    hunt_close(&x);
}

TEST(leak_scan, escapes_of_logs_and_traces_are_read) {
    struct hunt x;
    hunt_open(&x, people);
    FOUND(&x, "{\"t\":\"was\\nJohn Q.\\nSmythe\"}", "PERSON 11+15@1;");
    FOUND(&x, "\\\"John\\u0020Q. Smythe\\\"", "PERSON 2+19@1;");
    FOUND(&x, "\\\\nJohn\\\\tQ\\\\tSmythe", "PERSON 3+17@1;");
    FOUND(&x, "q=John%20Q.%20Smythe", "PERSON 2+18@1;");
    FOUND(&x, "jqs%40hospital.org", "EMAIL 0+18@1;");
    FOUND(&x, "Jos\\u00e9 \\u00c1lvarez", "PERSON 0+22@1;");
    FOUND(&x, "Jos&#233; &#xC1;lvarez", "PERSON 0+22@1;");
    FOUND(&x, "Jos%C3%A9+%C3%81lvarez", "PERSON 0+22@1;");
    FOUND(&x, "Jos=C3=A9 =C3=81lva=\nrez", "PERSON 0+24@1;");
    FOUND(&x, "John Q.&nbsp;Smythe", "PERSON 0+19@1;");
    FOUND(&x, "mrn\\u003a 00482913\\n617-555-0100", "MRN 10+8@1;PHONE 20+12@1;");
    hunt_close(&x);
}

TEST(leak_scan, common_values_are_weak) {
    struct hunt x;
    hunt_open(&x, "{CITY:Boston} {PERSON:Smythe} {PROVIDER:Will Long} {ACCOUNT:4711} {PERSON:Eve}");
    FOUND(&x, "Boston, Smythe, will long for 4711 Eve", "~CITY 0+6@1;~PERSON 8+6@1;~PERSON 16+9@1;~ACCOUNT 30+4@1;");
    struct leak_set_counts counts;
    leak_set_counts(x.set, &counts);
    CHECK_INT(counts.weak, counts.searched);
    CHECK(counts.skipped >= 1); /* Eve is too short to be looked for */
    hunt_close(&x);
}

/* Where a value stands, and how the stream is cut, changes nothing. */
TEST(leak_scan, a_value_is_found_across_any_cut) {
    struct hunt x;
    hunt_open(&x, people);
    static uint8_t text[(1 << 19) + 4096];
    const char *value = "John\\u0020Q.\\nSmythe 617-555-0100";
    for (size_t place = (1 << 18) - 9000; place < (1 << 18) + 300; place += 97) {
        memset(text, 'x', sizeof(text));
        for (size_t i = 0; i < sizeof(text); i += 100) text[i] = '\n';
        text[place - 1] = ' ';
        memcpy(text + place, value, strlen(value));
        text[place + strlen(value)] = ' ';
        (void) hunt_in(&x, bytes_make(text, sizeof(text)), 1 + place % 5000);
        if (x.hits != 2) harness_fail(__FILE__, __LINE__, "at %zu: %llu hits", place, (unsigned long long) x.hits);
    }
    for (size_t piece = 1; piece < 60; piece++) CHECK_STRING(hunt_in(&x, BYTES("a John Q. Smythe\n b 0048-2913"), piece), "PERSON 2+14@1;MRN 20+9@2;");
    hunt_close(&x);
}

TEST(leak_scan, a_line_of_many_megabytes_needs_no_more_memory) {
    struct hunt x;
    hunt_open(&x, people);
    static uint8_t text[1 << 20];
    memset(text, 'a', sizeof(text));
    for (int i = 0; i < 64; i++) REQUIRE(leak_scan_feed(x.scan, bytes_make(text, sizeof(text))) == 0);
    REQUIRE(leak_scan_feed(x.scan, BYTES(" 00482913")) == 0 && leak_scan_end(x.scan) == 0);
    CHECK_BYTES(buf_bytes(&x.found), BYTES("MRN 67108865+8@1;"));
    hunt_close(&x);
}

TEST(leak_scan, a_shredded_patient_is_looked_for_no_more) {
    struct hunt x;
    hunt_open(&x, people);
    leak_scan_freep(&x.scan);
    leak_set_freep(&x.set);
    vault_reader_free(x.reader);
    struct problem p = { .text = "" };
    struct vault_shredded gone = { 0 };
    const struct vault_place place = workbench_place(x.bench.dir, "rag");
    REQUIRE(vault_open(&place, x.bench.keeper, x.bench.public_key, &x.bench.vault, &p) == 0);
    REQUIRE(vault_shred(x.bench.vault, BYTES("00482913"), &gone) == 0);
    vault_freep(&x.bench.vault);
    x.reader = workbench_reader(&x.bench, "rag");
    REQUIRE(leak_set_new(x.reader, x.bench.keeper, &x.set, &p) == 0 && leak_scan_new(x.set, note, &x, &x.scan) == 0);
    struct leak_set_counts counts;
    leak_set_counts(x.set, &counts);
    CHECK_INT(counts.searched, 0);
    FOUND(&x, "John Q. Smythe 00482913", "");
    hunt_close(&x);
}

TEST(leak_scan, one_name_of_two_patients_is_found_and_stays_when_one_is_shredded) {
    struct hunt x;
    struct finding findings[8];
    char text[256];
    struct buf view;
    struct problem p = { .text = "" };
    struct vault_shredded gone = { 0 };
    hunt_open(&x, "{PATIENT:John Q. Smythe}, {MRN:00482913}");
    leak_scan_freep(&x.scan);
    leak_set_freep(&x.set);
    vault_reader_free(x.reader);
    const struct vault_place place = workbench_place(x.bench.dir, "rag");
    REQUIRE(vault_open(&place, x.bench.keeper, x.bench.public_key, &x.bench.vault, &p) == 0);
    size_t n = workbench_parse("{PATIENT:John Q. Smythe}, {MRN:00999111}", text, findings);
    buf_init(&view, 1 << 16);
    workbench_view(&x.bench, bytes_from_string(text), findings, n, &view);
    buf_release(&view);
    REQUIRE(vault_shred(x.bench.vault, BYTES("00482913"), &gone) == 0);
    vault_freep(&x.bench.vault);
    x.reader = workbench_reader(&x.bench, "rag");
    REQUIRE(leak_set_new(x.reader, x.bench.keeper, &x.set, &p) == 0 && leak_scan_new(x.set, note, &x, &x.scan) == 0);
    FOUND(&x, "John Q. Smythe 00482913 00999111", "PERSON 0+14@1;MRN 24+8@1;");
    hunt_close(&x);
}

TEST(leak_scan, another_destinations_values_are_not_this_ones) {
    struct hunt x;
    hunt_open(&x, people);
    leak_scan_freep(&x.scan);
    leak_set_freep(&x.set);
    vault_reader_free(x.reader);
    struct problem p = { .text = "" };
    x.reader = workbench_reader(&x.bench, "elsewhere");
    REQUIRE(leak_set_new(x.reader, x.bench.keeper, &x.set, &p) == 0 && leak_scan_new(x.set, note, &x, &x.scan) == 0);
    FOUND(&x, "John Q. Smythe 00482913", "");
    hunt_close(&x);
}

TEST(leak_scan, hostile_bytes_end_soon_and_hit_nothing) {
    struct hunt x;
    hunt_open(&x, people);
    static uint8_t text[1 << 20];
    const char *const patterns[] = { "\\", "%", "&#", "=", "\xF0\x9F", "john q ", "\\u", "%E2%80", "00482913.", "6175550", "\xCC\x81" };
    for (size_t k = 0; k < array_count(patterns); k++) {
        size_t len = strlen(patterns[k]);
        for (size_t i = 0; i + len < sizeof(text); i += len) memcpy(text + i, patterns[k], len);
        (void) hunt_in(&x, bytes_make(text, sizeof(text)), 70001);
        CHECK_INT(x.hits, 0);
    }
    hunt_close(&x);
}
