#include "conf/role.h"

#include <errno.h>

#include "tests/harness.h"

static int parse(const char *text, struct roles **out, struct problem *p) {
    return roles_parse(bytes_from_string(text), "roles.conf", out, p);
}

static const char ward[] = "[role ward-7]\nusers = 1001, root\ndestinations = rag, notes\npurposes = TREAT, ETREAT\nentities = patient, mrn\n"
                           "patients = /etc/deidfs/ward-7\nmax_tokens = 500\nrate = 2000/1h\napprovers = 1002, 1001\napproval = 15m\nleakscan = no\n"
                           "[role officer]\nusers = 1003\ndestinations = all\npurposes = all\nentities = all\nleakscan = yes\n";

TEST(role, what_is_written_is_what_is_meant) {
    _cleanup_(roles_freep) struct roles *r = NULL;
    struct problem p = { "" };
    REQUIRE(parse(ward, &r, &p) == 0);
    CHECK_INT(r->count, 2);
    const struct role *w = &r->items[0];
    CHECK_STRING(w->name, "ward-7");
    CHECK_STRING(w->patients, "/etc/deidfs/ward-7");
    CHECK_INT(w->tokens_max, 500);
    CHECK_INT(w->rate_tokens, 2000);
    CHECK_INT(w->rate_s, 3600);
    CHECK_INT(w->approval_s, 900);
    CHECK(!w->may_scan);
    CHECK_INT(r->items[1].tokens_max, ROLE_TOKENS_DEFAULT);
    CHECK_INT(r->items[1].rate_tokens, 0);
}

TEST(role, it_is_found_by_user_destination_and_purpose_together) {
    _cleanup_(roles_freep) struct roles *r = NULL;
    struct problem p = { "" };
    REQUIRE(parse(ward, &r, &p) == 0);
    CHECK(roles_find(r, 1001, "rag", "TREAT") == &r->items[0]);
    CHECK(roles_find(r, 0, "notes", "ETREAT") == &r->items[0]);
    CHECK(roles_find(r, 1003, "anything", "HPAYMT") == &r->items[1]);
    CHECK(roles_find(r, 1001, "rag", "HPAYMT") == NULL);
    CHECK(roles_find(r, 1001, "ra", "TREAT") == NULL);
    CHECK(roles_find(r, 1004, "rag", "TREAT") == NULL);
    CHECK(roles_find(r, 1001, "rag", "CURIOSITY") == NULL);
    CHECK(roles_find(r, 1001, "rag", NULL) == NULL);
    CHECK(roles_find(r, 1003, "rag", NULL) == &r->items[1]);
}

TEST(role, persons_are_one_entity_and_nothing_is_granted_by_default) {
    _cleanup_(roles_freep) struct roles *r = NULL, *bare = NULL;
    struct problem p = { "" };
    REQUIRE(parse(ward, &r, &p) == 0);
    CHECK(role_has_entity(&r->items[0], ENTITY_PATIENT) && role_has_entity(&r->items[0], ENTITY_PERSON) && role_has_entity(&r->items[0], ENTITY_MRN));
    CHECK(!role_has_entity(&r->items[0], ENTITY_PHONE));
    CHECK(role_has_entity(&r->items[1], ENTITY_PHONE) && role_has_entity(&r->items[1], ENTITY_OTHER_ID));
    REQUIRE(parse("[role bare]\nusers = 1\ndestinations = rag\n", &bare, &p) == 0);
    CHECK(roles_find(bare, 1, "rag", "TREAT") == NULL && roles_find(bare, 1, "rag", NULL) == NULL);
    for (int e = 0; e < ENTITY_COUNT; e++) CHECK(!role_has_entity(&bare->items[0], (enum entity) e));
}

TEST(role, nobody_approves_himself) {
    _cleanup_(roles_freep) struct roles *r = NULL;
    struct problem p = { "" };
    REQUIRE(parse(ward, &r, &p) == 0);
    CHECK(role_approves(&r->items[0], 1002, 1001));
    CHECK(!role_approves(&r->items[0], 1001, 1001));
    CHECK(!role_approves(&r->items[0], 1003, 1001));
}

TEST(role, whatever_is_not_understood_refuses_the_whole_file) {
    static const struct {
        const char *text, *says;
    } wrong[] = {
        { "[role x]\nusers = 1\ndestinations = a\nuser = 1\n", "roles.conf:4: a role has no key user; did you mean users?" },
        { "[role x]\nusers = nobody-here-at-all\ndestinations = a\n", "no user" },
        { "[role x]\nusers = 1\ndestinations = a\npurposes = TREAT, FUN\n", "purposes = TREAT, FUN" },
        { "[role x]\nusers = 1\ndestinations = a\nentities = patient, soul\n", "entities" },
        { "[role x]\nusers = 1\ndestinations = a\nentities =\n", "entities" },
        { "[role x]\nusers = 1\ndestinations = a\nrate = 10\n", "rate" },
        { "[role x]\nusers = 1\ndestinations = a\nrate = 10/0h\n", "rate" },
        { "[role x]\nusers = 1\ndestinations = a\nrate = 0/1h\n", "rate" },
        { "[role x]\nusers = 1\ndestinations = a\nrate = 10/1y\n", "rate" },
        { "[role x]\nusers = 1\ndestinations = a\nmax_tokens = 0\n", "max_tokens" },
        { "[role x]\nusers = 1\ndestinations = a\nmax_tokens = 99999999999\n", "max_tokens" },
        { "[role x]\nusers = 1\ndestinations = a\npatients = ward\n", "patients" },
        { "[role x]\nusers = 1\ndestinations = a\napproval = soon\n", "approval" },
        { "[role x]\nusers = 1\ndestinations = a\nleakscan = maybe\n", "leakscan" },
        { "[role x]\nusers = 1\n", "needs users and destinations" },
        { "[role x]\ndestinations = a\n", "needs users and destinations" },
        { "[role X]\nusers = 1\ndestinations = a\n", "a section is [role NAME]" },
        { "[role ]\nusers = 1\ndestinations = a\n", "" },
        { "[role ../x]\nusers = 1\ndestinations = a\n", "a section is [role NAME]" },
        { "[Z]\n", "a section is [role NAME]" },
        { "[rolex]\nusers = 1\ndestinations = a\n", "a section is [role NAME]" },
        { "users = 1\n", "" },
    };
    for (size_t i = 0; i < array_count(wrong); i++) {
        struct roles *r = NULL;
        struct problem p = { "" };
        CHECK_INT(parse(wrong[i].text, &r, &p), -EBADMSG);
        if (!strstr(p.text, wrong[i].says)) harness_fail(__FILE__, __LINE__, "%s: \"%s\" does not say \"%s\"", wrong[i].text, p.text, wrong[i].says);
        CHECK(r == NULL);
    }
}

TEST(role, a_file_without_roles_grants_nothing_and_no_file_is_told_apart) {
    _cleanup_(roles_freep) struct roles *r = NULL, *none = NULL;
    struct problem p = { "" };
    CHECK_INT(parse("# nobody\n", &r, &p), 0);
    CHECK(r && roles_find(r, 0, "default", "TREAT") == NULL);
    CHECK_INT(roles_load("/nonexistent/roles.conf", &none, &p), -ENOENT);
}
