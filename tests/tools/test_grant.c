/* Who may re-identify what: deidfs-reidentify run by several users, with and without roles. */
#include "tools/grant.h"

#include <errno.h>

#include "tests/tools/station.h"
#include "tools/approve.h"

#define OTHER_NOTE "Patient: Ada Byrne, MRN: 00777111\n"
#define EVERYTHING "destinations = all\npurposes = all\nentities = all\n"

struct office {
    struct station station;
    struct program_result view;
};

/* The user is who sudo names; where the kernel knows a login, it counts instead, and other users cannot be played. */
static void office_open(struct office *o, const char *roles) {
    struct actor who;
    actor_of_self(&who);
    if (getuid() != 0 || who.auid != ACTOR_AUID_UNSET) SKIP("needs root without a login id, to act for several users");
    station_open(&o->station, "state");
    station_view(&o->station, STATION_NOTE, &o->view);
    char path[420];
    must(snprintf(path, sizeof(path), "%s/reidentify/roles.conf", o->station.state) > 0);
    if (roles) REQUIRE(io_create_file_at(AT_FDCWD, path, bytes_from_string(roles), 0600) == 0);
}

static void office_close(struct office *o) {
    program_release(&o->view);
}

static const char *program(void) {
    static char path[400];
    const char *build = getenv("DEIDFS_BUILD_DIR");
    must(snprintf(path, sizeof(path), "%s/tools/deidfs-reidentify", build ? build : "build") > 0);
    return path;
}

static void as(const struct office *o, int user, struct bytes input, const char *const *more, struct program_result *out) {
    char uid[32];
    must(snprintf(uid, sizeof(uid), "SUDO_UID=%d", user) > 0);
    bool sub = *more && (strcmp(*more, "approve") == 0 || strcmp(*more, "leakscan") == 0);
    const char *argv[24] = { "/usr/bin/env", uid, program() };
    size_t n = 3;
    if (sub) argv[n++] = *more++;
    argv[n++] = "-c";
    argv[n++] = o->station.config;
    argv[n++] = "--reason";
    argv[n++] = "call the patient back";
    for (; *more; more++) argv[n++] = *more;
    program_run(argv, input, out);
}

#define AS(result, office, user, input, ...) as(office, user, input, (const char *const[]) { __VA_ARGS__, NULL }, result)

static struct bytes view_of(const struct office *o) {
    return buf_bytes(&o->view.out);
}

static bool says(const struct program_result *r, const char *words) {
    return strstr(program_err(r), words) != NULL;
}

static void refused(const struct program_result *r, const char *words) {
    CHECK_INT(r->exit, 77);
    CHECK_INT(r->out.len, 0);
    if (!says(r, words)) harness_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", program_err(r), words);
}

static uint64_t recorded(const struct office *o, enum event_type type) {
    struct station_records records;
    CHECK(station_verify(&o->station, &records));
    return records.counts[type];
}

/* ---- roles ------------------------------------------------------------------------------------------------------------------------- */

TEST(grant, without_roles_root_alone_may) {
    struct office o;
    _cleanup_(program_release) struct program_result root, other;
    office_open(&o, NULL);
    AS(&other, &o, 1001, view_of(&o), NULL);
    refused(&other, "root alone may");
    CHECK_INT(recorded(&o, EVENT_DENY), 1);
    AS(&root, &o, 0, view_of(&o), NULL);
    CHECK_INT(root.exit, 0);
    CHECK_STRING(program_out(&root), STATION_NOTE);
    office_close(&o);
}

TEST(grant, with_roles_who_is_in_none_may_not_be_he_root) {
    struct office o;
    _cleanup_(program_release) struct program_result member, root, other, purpose;
    office_open(&o, "[role ward]\nusers = 1001\ndestinations = default\npurposes = TREAT\nentities = all\n");
    AS(&member, &o, 1001, view_of(&o), NULL);
    CHECK_STRING(program_out(&member), STATION_NOTE);
    AS(&root, &o, 0, view_of(&o), NULL);
    refused(&root, "user 0 has no role for destination default and TREAT");
    AS(&other, &o, 1002, view_of(&o), NULL);
    refused(&other, "user 1002 has no role");
    AS(&purpose, &o, 1001, view_of(&o), "--purpose", "HRESCH");
    refused(&purpose, "no role for destination default and HRESCH");
    CHECK_INT(recorded(&o, EVENT_DENY), 3);
    CHECK_INT(recorded(&o, EVENT_REID), 1);
    office_close(&o);
}

TEST(grant, roles_that_cannot_be_read_or_trusted_let_nobody) {
    struct office o;
    char path[420];
    _cleanup_(program_release) struct program_result wrong, open_to_all;
    office_open(&o, "[role ward]\nusers = 0\n" EVERYTHING "colour = blue\n");
    AS(&wrong, &o, 0, view_of(&o), NULL);
    CHECK_INT(wrong.exit, 78);
    CHECK_INT(wrong.out.len, 0);
    CHECK(says(&wrong, "a role has no key colour"));
    must(snprintf(path, sizeof(path), "%s/reidentify/roles.conf", o.station.state) > 0);
    REQUIRE(unlink(path) == 0 && io_create_file_at(AT_FDCWD, path, BYTES("[role ward]\nusers = 0\n" EVERYTHING), 0600) == 0 && chmod(path, 0666) == 0);
    AS(&open_to_all, &o, 0, view_of(&o), NULL);
    CHECK(open_to_all.exit != 0);
    CHECK_INT(open_to_all.out.len, 0);
    office_close(&o);
}

TEST(grant, entities_outside_the_role_are_left) {
    struct office o;
    _cleanup_(program_release) struct program_result r, json;
    office_open(&o, "[role billing]\nusers = 1001\ndestinations = default\npurposes = HPAYMT\nentities = mrn, phone\n");
    AS(&r, &o, 1001, view_of(&o), "--purpose", "HPAYMT");
    CHECK_INT(r.exit, 0);
    CHECK(strstr(program_out(&r), "MRN: 00482913\n") != NULL && strstr(program_out(&r), "called 617-555-0100.") != NULL);
    CHECK(!strstr(program_out(&r), "Smith") && !strstr(program_out(&r), "Boston"));
    CHECK(says(&r, "2 restored, 5 left") && says(&r, "5 that this user's role may not know"));
    AS(&json, &o, 1001, view_of(&o), "--purpose", "HPAYMT", "--json");
    CHECK(says(&json, "\"denied\":5"));
    office_close(&o);
}

TEST(grant, other_patients_tokens_are_left) {
    struct office o;
    char roles[600], list[420];
    _cleanup_(program_release) struct program_result other, mine, theirs;
    office_open(&o, NULL);
    must(snprintf(list, sizeof(list), "%s/ward", o.station.dir) > 0);
    must(snprintf(roles, sizeof(roles), "[role ward]\nusers = 1001\n" EVERYTHING "patients = %s\n", list) > 0);
    REQUIRE(io_create_file_at(AT_FDCWD, list, BYTES("# ward 7\n0048-2913\n"), 0600) == 0);
    must(snprintf(list, sizeof(list), "%s/reidentify/roles.conf", o.station.state) > 0);
    REQUIRE(io_create_file_at(AT_FDCWD, list, bytes_from_string(roles), 0600) == 0);
    station_view(&o.station, OTHER_NOTE, &other);
    AS(&mine, &o, 1001, view_of(&o), NULL);
    CHECK_STRING(program_out(&mine), STATION_NOTE);
    AS(&theirs, &o, 1001, buf_bytes(&other.out), NULL);
    CHECK_INT(theirs.exit, 0);
    CHECK_BYTES(buf_bytes(&theirs.out), buf_bytes(&other.out));
    CHECK(says(&theirs, "0 restored, 2 left"));
    must(snprintf(list, sizeof(list), "%s/ward", o.station.dir) > 0);
    REQUIRE(unlink(list) == 0);
    _cleanup_(program_release) struct program_result without;
    AS(&without, &o, 1001, view_of(&o), NULL);
    CHECK_INT(without.exit, 69);
    CHECK_INT(without.out.len, 0);
    office_close(&o);
}

/* ---- limits ------------------------------------------------------------------------------------------------------------------------ */

TEST(grant, a_roles_ceiling_can_be_lowered_but_not_raised) {
    struct office o;
    _cleanup_(program_release) struct program_result plain, raised;
    office_open(&o, "[role ward]\nusers = 1001\n" EVERYTHING "max_tokens = 6\n");
    AS(&plain, &o, 1001, view_of(&o), NULL);
    CHECK_INT(plain.exit, 65);
    AS(&raised, &o, 1001, view_of(&o), "--max-tokens", "100");
    CHECK_INT(raised.exit, 65);
    CHECK_INT(plain.out.len + raised.out.len, 0);
    CHECK_INT(recorded(&o, EVENT_REID), 0);
    office_close(&o);
}

TEST(grant, a_rate_is_each_users_own_and_is_not_passed) {
    struct office o;
    _cleanup_(program_release) struct program_result first, second, other, little;
    office_open(&o, "[role ward]\nusers = 1001, 1002\n" EVERYTHING "rate = 10/30d\n");
    AS(&first, &o, 1001, view_of(&o), NULL);
    CHECK_INT(first.exit, 0);
    AS(&second, &o, 1001, view_of(&o), NULL);
    refused(&second, "7 of 10 tokens were restored in this stretch, and 7 more are asked for");
    AS(&little, &o, 1001, BYTES("nothing to restore"), NULL);
    CHECK_INT(little.exit, 0);
    AS(&other, &o, 1002, view_of(&o), NULL);
    CHECK_INT(other.exit, 0);
    CHECK_INT(recorded(&o, EVENT_DENY), 1);
    office_close(&o);
}

static struct office *apart;

static int count_on_a_full_disk(const struct station *s) {
    _cleanup_(program_release) struct program_result r;
    if (!station_fill(s)) return 1;
    AS(&r, apart, 1001, view_of(apart), NULL);
    return r.exit == 69 && r.out.len == 0 ? 0 : 2;
}

TEST(grant, what_cannot_be_counted_is_not_restored) {
    struct office o;
    office_open(&o, "[role ward]\nusers = 1001\n" EVERYTHING "rate = 10/1h\n");
    apart = &o;
    station_apart(&o.station, "6m", count_on_a_full_disk);
    office_close(&o);
}

/* ---- two persons ------------------------------------------------------------------------------------------------------------------- */

static const char two_persons[] = "[role ward]\nusers = 1001\n" EVERYTHING "approvers = 1001, 1002\napproval = 1h\n";

/* The id of the request that the message names. */
static void request_id(const struct program_result *r, char out[GRANT_ID_LEN + 1]) {
    const char *at = strstr(program_err(r), "request ");
    REQUIRE(at != NULL && strlen(at) > 8 + GRANT_ID_LEN);
    memcpy(out, at + 8, GRANT_ID_LEN);
    out[GRANT_ID_LEN] = '\0';
}

TEST(grant, a_second_person_approves_one_release_of_one_input) {
    struct office o;
    char id[GRANT_ID_LEN + 1];
    _cleanup_(program_release) struct program_result asked, waits, self, stranger, list, approved, other, done, again;
    office_open(&o, two_persons);
    AS(&asked, &o, 1001, view_of(&o), NULL);
    refused(&asked, "waits for approval");
    request_id(&asked, id);
    AS(&waits, &o, 1001, view_of(&o), NULL);
    refused(&waits, id);
    AS(&self, &o, 1001, BYTES(""), "approve", id);
    refused(&self, "nobody approves what he asked for himself");
    AS(&stranger, &o, 1003, BYTES(""), "approve", id);
    refused(&stranger, "user 1003 is no approver of role ward");
    AS(&list, &o, 1002, BYTES(""), "approve", "--json");
    CHECK(strstr(program_out(&list), id) != NULL && strstr(program_out(&list), "\"asker\":1001,\"role\":\"ward\",\"purpose\":\"TREAT\"") != NULL);
    AS(&approved, &o, 1002, BYTES(""), "approve", id);
    CHECK_INT(approved.exit, 0);
    AS(&other, &o, 1001, BYTES("[MRN_BCDFGHJ]"), NULL);
    refused(&other, "waits for approval");
    AS(&done, &o, 1001, view_of(&o), NULL);
    CHECK_INT(done.exit, 0);
    CHECK_STRING(program_out(&done), STATION_NOTE);
    AS(&again, &o, 1001, view_of(&o), NULL);
    refused(&again, "waits for approval");
    CHECK_INT(recorded(&o, EVENT_REID), 1);
    CHECK_INT(recorded(&o, EVENT_QUERY), 4); /* asked three times, approved once */
    office_close(&o);
}

static void edit_request(const struct office *o, const char *id, const char *script) {
    _cleanup_(program_release) struct program_result r;
    char path[460];
    must(snprintf(path, sizeof(path), "%s/reidentify/requests/%s", o->station.state, id) > 0);
    PROGRAM(&r, "/bin/sed", "-i", "-E", script, path);
    REQUIRE(r.exit == 0);
}

TEST(grant, requests_and_approvals_expire_and_are_not_believed_blindly) {
    struct office o;
    char id[GRANT_ID_LEN + 1];
    _cleanup_(program_release) struct program_result asked, late, renewed, approved, stale, forged, garbage;
    office_open(&o, two_persons);
    AS(&asked, &o, 1001, view_of(&o), NULL);
    request_id(&asked, id);
    edit_request(&o, id, "s/ [0-9]+ - 0$/ 1000 - 0/");
    AS(&late, &o, 1002, BYTES(""), "approve", id);
    CHECK_INT(late.exit, 66);
    CHECK(says(&late, "waited too long"));
    AS(&renewed, &o, 1001, view_of(&o), NULL);
    refused(&renewed, id);
    AS(&approved, &o, 1002, BYTES(""), "approve", id);
    CHECK_INT(approved.exit, 0);
    edit_request(&o, id, "s/ 1002 [0-9]+$/ 1002 1000/");
    AS(&stale, &o, 1001, view_of(&o), NULL);
    refused(&stale, "waits for approval");
    edit_request(&o, id, "s/([0-9]+) 1002 1000$/\\1 1001 \\1/");
    AS(&forged, &o, 1001, view_of(&o), NULL);
    refused(&forged, "waits for approval");
    edit_request(&o, id, "s/^v1/v2/");
    AS(&garbage, &o, 1001, view_of(&o), NULL);
    CHECK_INT(garbage.exit, 69);
    CHECK_INT(garbage.out.len, 0);
    CHECK_INT(recorded(&o, EVENT_REID), 0);
    office_close(&o);
}

TEST(grant, approve_names_what_is_wrong) {
    struct office o;
    _cleanup_(program_release) struct program_result none, path, empty, without;
    office_open(&o, two_persons);
    AS(&none, &o, 1002, BYTES(""), "approve", "0123456789abcdef");
    CHECK_INT(none.exit, 66);
    AS(&path, &o, 1002, BYTES(""), "approve", "../../roles.conf");
    CHECK_INT(path.exit, 66);
    AS(&empty, &o, 1002, BYTES(""), "approve");
    CHECK_INT(empty.exit, 0);
    CHECK_INT(empty.out.len, 0);
    office_close(&o);
    PROGRAM(&without, "tools/deidfs-reidentify", "approve", "--config", o.station.config, "0123456789abcdef");
    CHECK_INT(without.exit, 64);
}

/* ---- leakscan and what led to it --------------------------------------------------------------------------------------------------- */

TEST(grant, a_search_for_leaks_is_a_right_of_its_own) {
    struct office o;
    _cleanup_(program_release) struct program_result ward, officer;
    office_open(&o, "[role ward]\nusers = 1001\n" EVERYTHING "[role officer]\nusers = 1002\ndestinations = all\nleakscan = yes\n");
    AS(&ward, &o, 1001, BYTES("00482913"), "leakscan", "-");
    refused(&ward, "user 1001 has no role for destination default and leakscan");
    AS(&officer, &o, 1002, BYTES("00482913"), "leakscan", "-");
    CHECK_INT(officer.exit, 1);
    CHECK_INT(recorded(&o, EVENT_DENY), 1);
    office_close(&o);
}

TEST(grant, model_template_and_override_are_recorded_and_nothing_but_words) {
    struct office o;
    char prompt[420], vkey[420];
    _cleanup_(program_release) struct program_result r, records, model, override, missing;
    office_open(&o, NULL);
    must(snprintf(prompt, sizeof(prompt), "%s/prompt", o.station.dir) > 0 && snprintf(vkey, sizeof(vkey), "%s/log/log.vkey", o.station.journal) > 0);
    REQUIRE(io_create_file_at(AT_FDCWD, prompt, BYTES("abc"), 0600) == 0);
    AS(&r, &o, 0, view_of(&o), "--model", "llama-3:70b", "--prompt-template", prompt, "--inference", "4711", "--override", "edited");
    CHECK_INT(r.exit, 0);
    PROGRAM(&records, "tools/deidfs-journal", "query", "--copy", "--key", vkey, "--type", "reid", o.station.journal);
    CHECK_INT(records.exit, 0);
    CHECK(strstr(program_out(&records), "\"inf\":4711,") && strstr(program_out(&records), "\"model\":\"llama-3:70b\"") &&
          strstr(program_out(&records), "\"over\":\"edited\"") &&
          strstr(program_out(&records), "\"tmpl\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""));
    AS(&model, &o, 0, view_of(&o), "--model", "John Smith");
    AS(&override, &o, 0, view_of(&o), "--override", "whim");
    AS(&missing, &o, 0, view_of(&o), "--prompt-template", "/nonexistent");
    CHECK_INT(model.exit, 64);
    CHECK_INT(override.exit, 64);
    CHECK_INT(missing.exit, 66);
    CHECK_INT(model.out.len + override.out.len + missing.out.len, 0);
    office_close(&o);
}
