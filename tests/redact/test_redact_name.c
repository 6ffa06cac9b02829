#include "redact/redact.h"

#include "conf/keyring.h"
#include "tests/harness.h"

struct bench {
    struct engine *engine;
    struct scratch *scratch;
    struct keeper *keeper;
    struct vault *vault;
};

static void bench_init(struct bench *b) {
    struct problem p = { 0 };
    struct profile profile;
    uint8_t seal_to[KEY_LEN];
    const char *dir = harness_temp_dir();
    *b = (struct bench) { 0 };
    REQUIRE(profile_find("safe-harbor", &profile, &p) == 0);
    struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
    int r = engine_new(&options, &b->engine, &p);
    if (r == 0) r = scratch_new(b->engine, &b->scratch);
    if (r == 0) r = keyring_create(dir, &p);
    if (r == 0) r = keyring_load_reidentify_public(dir, seal_to, &p);
    if (r == 0) r = keeper_start(dir, &b->keeper, &p);
    if (r == 0) r = vault_open(&(struct vault_place) { .state_dir = dir, .destination = "rag" }, b->keeper, seal_to, &b->vault, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(r == 0);
}

static void bench_release(struct bench *b) {
    vault_free(b->vault);
    keeper_free(b->keeper);
    scratch_free(b->scratch);
    engine_free(b->engine);
}

TEST(redact_name, names_and_numbers_in_file_names_are_replaced) {
    static const struct {
        const char *name, *hidden[3];
    } cases[] = {
        { "Maria_Gonzalez_2019-04-05.txt", { "Maria", "Gonzalez", "04-05" } }, { "Gonzalez, Maria", { "Maria", "Gonzalez" } },
        { "visit-00482913.txt", { "00482913" } }, { "MRN00482913", { "00482913" } }, { "maria-gonzalez.csv", { "maria", "gonzalez" } },
        { "SMITH_JOHN_00482913.txt", { "SMITH", "JOHN", "00482913" } }, { "JohnSmith_DischargeSummary.txt", { "John", "Smith" } },
        { "garcia lopez, maria - ct abdomen.txt", { "garcia", "lopez", "maria" } }, { "Nguyen_Thi_Lan_MRI.txt", { "Nguyen", "Thi", "Lan" } },
        { "O'Brien.txt", { "Brien" } }, { "blood culture Baumgaertner.txt", { "Baumgaertner" } }, { "visit.Jones", { "Jones" } },
        { "Grace_Hope.txt", { "Grace", "Hope" } }, { "scan J Okonkwo.txt", { "J ", "Okonkwo" } }, { "xqzvw", { "xqzvw" } },
        { "r\303\266ntgen M\303\274ller.txt", { "ller" } }, { "lab 0419.txt", { "0419" } }, { "030524 note.txt", { "030524" } },
    };
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    for (size_t i = 0; i < array_count(cases); i++) {
        _cleanup_(buf_release) struct buf out;
        bool changed = false;
        buf_init(&out, 4096);
        REQUIRE(redact_name(b.engine, b.scratch, b.vault, BYTES(""), bytes_from_string(cases[i].name), false, &out, &changed) == 0);
        CHECK(changed);
        for (size_t k = 0; k < 3 && cases[i].hidden[k]; k++) {
            if (memmem(out.ptr, out.len, cases[i].hidden[k], strlen(cases[i].hidden[k]))) harness_fail(__FILE__, __LINE__, "%s shows %s", cases[i].name, cases[i].hidden[k]);
        }
        CHECK(memchr(out.ptr, '/', out.len) == NULL && memchr(out.ptr, '[', out.len) == NULL);
    }
}

TEST(redact_name, ordinary_names_stay) {
    static const char *const names[] = { "notes", "labs.txt", "discharge_summary.txt", "radiology", "README.md", "2019", "a", ".hidden",
                                         "lab_results.csv", "BloodCulture.txt", "ct abdomen 2.txt", "progress notes 2024" };
    _cleanup_(bench_release) struct bench b;
    bench_init(&b);
    for (size_t i = 0; i < array_count(names); i++) {
        _cleanup_(buf_release) struct buf out;
        bool changed = true;
        buf_init(&out, 4096);
        REQUIRE(redact_name(b.engine, b.scratch, b.vault, BYTES(""), bytes_from_string(names[i]), false, &out, &changed) == 0);
        if (changed) harness_fail(__FILE__, __LINE__, "%s becomes %.*s", names[i], (int) out.len, (const char *) out.ptr);
    }
}

TEST(redact_name, bytes_that_are_no_utf8_are_not_shown) {
    _cleanup_(bench_release) struct bench b;
    _cleanup_(buf_release) struct buf out;
    bool changed = false;
    bench_init(&b);
    buf_init(&out, 4096);
    REQUIRE(redact_name(b.engine, b.scratch, b.vault, BYTES(""), BYTES("x\xFF\xFEy"), false, &out, &changed) == 0);
    CHECK(changed);
    CHECK(memchr(out.ptr, 0xFF, out.len) == NULL);
}
