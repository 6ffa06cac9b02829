#include "redact/canary.h"

#include <signal.h>
#include <sys/stat.h>

#include "tests/redact/workbench.h"

static struct canary_report run(struct workbench *b, const char *parameter, const char *value, const char *rules, uint8_t seed_byte) {
    struct problem p = { .text = "" };
    struct engine *e = NULL;
    struct scratch *s = NULL;
    struct canary_report r = { 0 };
    uint8_t seed[CANARY_SEED_LEN];
    memset(seed, seed_byte, sizeof(seed));
    struct profile profile = b->profile;
    REQUIRE(profile_set(&profile, parameter, value, &p) == 0);
    const struct engine_options o = { .profile = &profile, .site_rules = bytes_from_string(rules), .site_rules_path = "test", .document_len_max = 1 << 20,
                                      .timeout_ms = 20000 };
    int error = engine_new(&o, &e, &p);
    if (error < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(error == 0 && scratch_new(e, &s) == 0);
    REQUIRE(canary_run(e, s, b->vault, seed, &r) == 0);
    scratch_free(s);
    engine_free(e);
    return r;
}

TEST(canary, every_profile_passes_with_every_seed) {
    for (size_t i = 0; profile_name_at(i); i++) {
        struct workbench b = { 0 };
        snprintf(b.dir, sizeof(b.dir), "%s/%zu", harness_temp_dir(), i);
        REQUIRE(mkdir(b.dir, 0700) == 0);
        workbench_open(&b, profile_name_at(i), "rag");
        for (unsigned seed = 0; seed < 12; seed++) {
            struct problem why = { .text = "" };
            struct canary_report r = run(&b, "actions", "", "", (uint8_t) (seed * 21 + 1));
            if (!canary_passed(&r, &why)) harness_fail(__FILE__, __LINE__, "%s, seed %u: %s", profile_name_at(i), seed, why.text);
            CHECK_INT(r.documents, CANARY_PATIENTS);
            CHECK(r.identifiers >= 20);
        }
        workbench_close(&b);
    }
}

TEST(canary, one_policy_and_vault_give_the_same_views) {
    struct workbench b = { 0 };
    workbench_open(&b, "safe-harbor", "rag");
    struct canary_report first = run(&b, "actions", "", "", 7), again = run(&b, "actions", "", "", 7), other = run(&b, "actions", "phone drop", "", 7);
    uint64_t minted = vault_generation(b.vault);
    CHECK(memcmp(first.digest, again.digest, 32) == 0);
    CHECK(memcmp(first.digest, other.digest, 32) != 0);
    ignore(run(&b, "actions", "", "", 7));
    CHECK_INT(vault_generation(b.vault), minted); /* an hourly test does not fill the vault */
    workbench_close(&b);
}

TEST(canary, a_policy_that_does_not_redact_is_caught) {
    struct workbench b = { 0 };
    struct problem why = { .text = "" };
    workbench_open(&b, "safe-harbor", "rag");
    struct canary_report r = run(&b, "actions", "", "rule x\n entity drop\n score 1000\n source label\n keyword mrn\n pattern [ :]{1,3}\\K9[0-9]{7}\n", 7);
    CHECK(r.leaked > 0);
    CHECK(!canary_passed(&r, &why));
    CHECK(strstr(why.text, "MRN") != NULL && strstr(why.text, "does not redact") != NULL);
    workbench_close(&b);
}

TEST(canary, what_a_profile_keeps_or_drops_by_design_is_no_failure) {
    struct workbench b = { 0 };
    struct problem why = { .text = "" };
    workbench_open(&b, "safe-harbor", "rag");
    struct canary_report kept = run(&b, "provider_names", "keep", "", 3), cut = run(&b, "sections_keep", "plan", "", 3);
    if (!canary_passed(&kept, &why)) harness_fail(__FILE__, __LINE__, "%s", why.text);
    if (!canary_passed(&cut, &why)) harness_fail(__FILE__, __LINE__, "%s", why.text);
    workbench_close(&b);
}

TEST(canary, a_lost_keeper_is_a_refusal_and_no_leak) {
    struct workbench b = { 0 };
    struct problem why = { .text = "" };
    workbench_open(&b, "safe-harbor", "rag");
    REQUIRE(kill(keeper_pid(b.keeper), SIGKILL) == 0);
    struct canary_report r = run(&b, "actions", "", "", 3);
    CHECK(r.refused == CANARY_PATIENTS && r.leaked == 0);
    CHECK(!canary_passed(&r, &why));
    CHECK(strstr(why.text, "refused") != NULL);
    workbench_close(&b);
}
