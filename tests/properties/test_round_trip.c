/* Property: where a profile codes, re-identifying the unmodified view gives back the original bytes; over every document of the labelled dev
 * corpora, with their labels as findings, and over random bytes with random findings and planted tokens. */
#include <jansson.h>

#include "redact/mention.h"
#include "redact/restore.h"
#include "tests/redact/workbench.h"

enum { FINDINGS_MAX = 20000, RANDOM_DOCUMENTS = 400 };

struct document_pair {
    struct buf text;
    struct buf shown;
};

static const struct {
    const char *type;
    enum entity entity;
} types[] = {
    { "NAME", ENTITY_PATIENT }, { "PROVIDER", ENTITY_PROVIDER }, { "DATE", ENTITY_DATE }, { "AGE", ENTITY_AGE }, { "PHONE", ENTITY_PHONE },
    { "FAX", ENTITY_FAX }, { "EMAIL", ENTITY_EMAIL }, { "SSN", ENTITY_SSN }, { "MRN", ENTITY_MRN }, { "ACCOUNT", ENTITY_ACCOUNT },
    { "HEALTH_PLAN", ENTITY_HEALTH_PLAN }, { "LICENSE", ENTITY_LICENSE }, { "VEHICLE", ENTITY_VEHICLE }, { "DEVICE", ENTITY_DEVICE },
    { "URL", ENTITY_URL }, { "IP", ENTITY_IP }, { "STREET", ENTITY_STREET }, { "CITY", ENTITY_CITY }, { "ZIP", ENTITY_ZIP },
    { "LOCATION", ENTITY_COUNTY }, { "HOSPITAL", ENTITY_FACILITY }, { "ORG", ENTITY_EMPLOYER }, { "BIOMETRIC", ENTITY_BIOMETRIC },
    { "PHOTO", ENTITY_PHOTO }, { "ID_OTHER", ENTITY_OTHER_ID },
};

static enum entity entity_of_type(const char *type) {
    for (size_t i = 0; i < array_count(types); i++) {
        if (strcmp(types[i].type, type) == 0) return types[i].entity;
    }
    return ENTITY_OTHER_ID;
}

static int compare_findings(const void *a, const void *b) {
    const struct finding *x = a, *y = b;
    return (x->span.begin > y->span.begin) - (x->span.begin < y->span.begin);
}

/* Ascending and disjoint, as the engine's resolve makes them. */
static size_t make_disjoint(struct finding *f, size_t count) {
    size_t n = 0;
    qsort(f, count, sizeof(*f), compare_findings);
    for (size_t i = 0; i < count; i++) {
        if (n > 0 && f[i].span.begin < f[n - 1].span.end) f[n - 1].span = span_union(f[n - 1].span, f[i].span);
        else f[n++] = f[i];
    }
    return n;
}

static void code_everything(struct workbench *b) {
    for (size_t i = 0; i < ENTITY_COUNT; i++) b->profile.action[i] = ACTION_CODE;
}

static void show(struct workbench *b, struct bytes text, struct finding *findings, size_t count, struct document_pair *out) {
    buf_init(&out->text, text.len + 1);
    buf_init(&out->shown, text.len * 64 + 4096);
    REQUIRE(text.len == 0 || buf_append(&out->text, text) == 0);
    workbench_view(b, text, findings, make_disjoint(findings, count), &out->shown);
}

/* Two documents that differ only in how one value is written have one view, byte for byte: either is then a right answer. */
static bool is_of_a_twin(const struct document_pair *pairs, size_t count, size_t i, struct bytes back) {
    for (size_t k = 0; k < count; k++) {
        if (k != i && bytes_equal(buf_bytes(&pairs[k].shown), buf_bytes(&pairs[i].shown)) && bytes_equal(buf_bytes(&pairs[k].text), back)) return true;
    }
    return false;
}

static void check_all_come_back(struct workbench *b, struct document_pair *pairs, size_t count) {
    vault_freep(&b->vault);
    struct vault_reader *reader = workbench_reader(b, "rag");
    struct restore_options o = { .format = RESTORE_TEXT };
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct buf back;
        struct restore_report report;
        buf_init(&back, pairs[i].shown.len * 2 + pairs[i].text.len * 2 + 4096);
        REQUIRE(restore_text(reader, buf_bytes(&pairs[i].shown), &o, &back, &report) == 0);
        wrong += !bytes_equal(buf_bytes(&back), buf_bytes(&pairs[i].text)) && !is_of_a_twin(pairs, count, i, buf_bytes(&back));
        buf_release(&back);
    }
    for (size_t i = 0; i < count; i++) {
        buf_release(&pairs[i].text);
        buf_release(&pairs[i].shown);
    }
    CHECK_INT(wrong, 0);
    vault_reader_free(reader);
}

static size_t read_findings(json_t *line, size_t text_len, struct finding *findings) {
    size_t n = 0, i = 0;
    json_t *span = NULL;
    json_array_foreach(json_object_get(line, "spans"), i, span) {
        size_t begin = (size_t) json_integer_value(json_object_get(span, "start")), end = (size_t) json_integer_value(json_object_get(span, "end"));
        if (begin >= end || end > text_len || n == FINDINGS_MAX) continue;
        findings[n++] = (struct finding) { .span = { begin, end }, .entity = entity_of_type(json_string_value(json_object_get(span, "type"))) };
    }
    return n;
}

static void round_trip_file(const char *name) {
    static struct finding findings[FINDINGS_MAX];
    static struct document_pair pairs[4000];
    struct workbench b = { 0 };
    char path[512];
    json_error_t error;
    snprintf(path, sizeof(path), "%s/corpora/dev/%s", harness_shared_dir(), name);
    FILE *f = fopen(path, "r");
    REQUIRE(f != NULL);
    workbench_open(&b, "safe-harbor", "rag");
    code_everything(&b);
    size_t count = 0;
    for (json_t *line; count < array_count(pairs) && (line = json_loadf(f, JSON_DISABLE_EOF_CHECK, &error)); json_decref(line)) {
        json_t *text = json_object_get(line, "text");
        struct bytes bytes = bytes_make(json_string_value(text), json_string_length(text));
        show(&b, bytes, findings, read_findings(line, bytes.len, findings), &pairs[count++]);
    }
    fclose(f);
    CHECK(count > 0);
    check_all_come_back(&b, pairs, count);
    workbench_close(&b);
}

#define ROUND_TRIP(corpus)                                              \
    TEST(round_trip, corpus##_comes_back_byte_for_byte) {               \
        if (!harness_shared_dir()) SKIP("no ../shared");                \
        round_trip_file(#corpus ".jsonl");                              \
    }
ROUND_TRIP(planted)
ROUND_TRIP(clean)
ROUND_TRIP(adversarial)
ROUND_TRIP(aci_notes)
ROUND_TRIP(aci_dialogues)
ROUND_TRIP(presidio_research)
ROUND_TRIP(presidio_unit)
ROUND_TRIP(openmed_golden)
ROUND_TRIP(nannigalaxy)
ROUND_TRIP(ccda)
ROUND_TRIP(fhir)
ROUND_TRIP(hl7v2)
ROUND_TRIP(x12)

/* Pieces that look like tokens, labels and their ruins, so that planted ones meet findings in every way. */
static size_t random_piece(char *out, const struct token *known) {
    static const char *const pieces[] = { "PATIENT", "_", "[", "]", " ", "\n", "John Smith", "'s", "PHONE-1", "[SSN-2]", "MRN", "**", "\\", "KTVHMQX", "é",
                                          "\xff", "0048", ",", "Mr. ", "Smith", "-", "%5B", "&#91;" };
    char text[TOKEN_TEXT_LEN_MAX + 1];
    const char *chosen = pieces[randombytes_uniform(array_count(pieces))];
    if (randombytes_uniform(5) == 0) {
        if (randombytes_uniform(2)) token_format(known, text);
        else token_format_name(known, text);
        chosen = text;
    }
    size_t len = strlen(chosen);
    memcpy(out, chosen, len);
    return len;
}

/* As a re-identifier reads it. */
static bool holds_token(struct bytes view, const struct token *t) {
    struct mention m;
    for (size_t at = 0; mention_next(view, &at, &m);) {
        if (m.class <= MENTION_NORMALISED && memcmp(m.code, t->code, TOKEN_CODE_LEN) == 0) return true;
    }
    return false;
}

TEST(round_trip, random_text_with_planted_tokens_comes_back_byte_for_byte) {
    static struct document_pair pairs[RANDOM_DOCUMENTS];
    static char text[8192];
    struct finding findings[32];
    struct workbench b = { 0 };
    struct token known;
    workbench_open(&b, "safe-harbor", "rag");
    code_everything(&b);
    struct vault_request request = { .entity = ENTITY_PATIENT, .normal = BYTES("jane roe"), .surface = BYTES("Jane Roe") };
    struct vault_coin coin;
    REQUIRE(vault_mint(b.vault, bytes_make(NULL, 0), &request, 1, &coin) == 0);
    known = coin.token;
    for (size_t d = 0; d < RANDOM_DOCUMENTS; d++) {
        size_t len = 0, n = randombytes_uniform(array_count(findings));
        for (unsigned i = 0, pieces = randombytes_uniform(120); i < pieces; i++) len += random_piece(text + len, &known);
        if (len == 0) n = 0;
        for (size_t i = 0; i < n; i++) {
            size_t begin = randombytes_uniform((uint32_t) len);
            size_t end = begin + 1 + randombytes_uniform(20);
            findings[i] = (struct finding) { .span = { begin, end < len ? end : len }, .entity = (enum entity) randombytes_uniform(ENTITY_COUNT) };
        }
        show(&b, bytes_make(text, len), findings, n, &pairs[d]);
        CHECK(!holds_token(buf_bytes(&pairs[d].shown), &known));
    }
    check_all_come_back(&b, pairs, RANDOM_DOCUMENTS);
    workbench_close(&b);
}

/* Somebody who may write documents plants the token of another patient, with its own check letter and with every other: whoever restores the view
 * gets back what was planted, and never that patient. */
TEST(round_trip, a_planted_token_is_never_opened_whatever_its_check_letter) {
    static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ", *const forms[][2] = { { "[PATIENT_", "]" }, { "PATIENT_", "" }, { "[patient_", "]" }, { "**PATIENT_", "**" },
                                                                              { "[PHONE_", "]" } };
    enum { FORMS = array_count(forms), LETTERS = sizeof(letters) - 1 };
    static struct document_pair pairs[FORMS * LETTERS];
    struct workbench b = { 0 };
    struct vault_request request = { .entity = ENTITY_PATIENT, .normal = BYTES("jane roe"), .surface = BYTES("Jane Roe") };
    struct vault_coin coin;
    size_t n = 0;
    workbench_open(&b, "safe-harbor", "rag");
    code_everything(&b);
    REQUIRE(vault_mint(b.vault, bytes_make(NULL, 0), &request, 1, &coin) == 0);
    for (size_t form = 0; form < FORMS; form++) {
        for (size_t letter = 0; letter < LETTERS; letter++) {
            char code[TOKEN_CODE_LEN + 1], planted[64], text[160];
            memcpy(code, coin.token.code, sizeof(code));
            code[TOKEN_CODE_LEN - 1] = letters[letter];
            snprintf(planted, sizeof(planted), "%s%s%s", forms[form][0], code, forms[form][1]);
            int len = snprintf(text, sizeof(text), "note %zu of %s about John Smith", n, planted);
            struct finding john = { .span = { (size_t) len - 10, (size_t) len }, .entity = ENTITY_PATIENT };
            show(&b, bytes_make(text, (size_t) len), &john, 1, &pairs[n]);
            CHECK(!holds_token(buf_bytes(&pairs[n].shown), &coin.token));
            CHECK(!memmem(pairs[n].shown.ptr, pairs[n].shown.len, "John", 4));
            n++;
        }
    }
    check_all_come_back(&b, pairs, n); /* as it was planted: "Jane Roe" stands in none of them */
    workbench_close(&b);
}
