#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "conf/base/buf.h"
#include "conf/base/io.h"
#include "tests/fault.h"
#include "tests/harness.h"

#define HEAD "[instance]\nname = notes\nsource = /srv/phi\norigin = example.org/host/notes/abcd2345\n"

static const char *refusal(struct bytes text) {
    static struct problem p;
    p.text[0] = '\0';
    _cleanup_(conf_freep) struct conf *c = NULL;
    int r = conf_parse(text, "f", &c, &p);
    CHECK((r == 0) == (c != NULL));
    CHECK((r == 0) == (p.text[0] == '\0'));
    return p.text;
}

#define CHECK_REFUSED(literal, words)                                                                       \
    do {                                                                                                    \
        const char *why_ = refusal(BYTES(literal));                                                         \
        if (!strstr(why_, words)) harness_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", why_, words);  \
    } while (0)
#define CHECK_TAKEN(literal) CHECK_STRING(refusal(BYTES(literal)), "")

TEST(conf, three_keys_suffice_and_the_defaults_are_the_safe_ones) {
    _cleanup_(conf_freep) struct conf *c = NULL;
    struct problem p;
    REQUIRE(conf_parse(BYTES(HEAD), "f", &c, &p) == 0);
    CHECK_STRING(c->path, "f");
    CHECK_STRING(c->instance, "notes");
    CHECK_STRING(c->source, "/srv/phi");
    CHECK_STRING(c->state, "/var/lib/deidfs/notes");
    CHECK_STRING(c->journal, "/var/lib/deidfs/notes/journal");
    CHECK_STRING(c->checkpoint_copy, "/var/lib/deidfs/notes/guard/last-checkpoint");
    CHECK_STRING(c->destination, "default");
    CHECK_STRING(c->profile.name, "safe-harbor");
    CHECK_INT(c->profile.score_min, 0);
    CHECK_INT(c->profile.zip3_mode, ZIP3_UNION);
    CHECK_INT(c->document_len_max, 256 << 20);
    CHECK_INT(c->redact_timeout_s, 30);
    CHECK_INT(c->unknown_format, UNKNOWN_FORMAT_HIDE);
    CHECK(c->tokenize_names && c->durability_strict && !c->cross_devices && !c->require_auid);
    CHECK_INT(c->file_mode, 0444);
    CHECK_INT(c->dir_mode, 0555);
    CHECK_INT(c->attr_ttl_ms, 1000);
    CHECK_INT(c->cache_len_max, 256 << 20);
    CHECK_INT(c->epoch_s, 60);
    CHECK_INT(c->user_count, 0);
    CHECK(c->programs.count == 0 && c->hours.count == 0 && c->paths.include.count == 0 && c->paths.exclude.count == 0);
    CHECK(c->enforce == ENFORCE_DAEMON && c->own_folder == OWN_FOLDER_UNLISTED && c->open_files_max == 8192);
    CHECK(c->opens_per_hour == 0 && c->folders_per_hour == 0 && c->bytes_per_hour == 0);
}

TEST(conf, access_and_limits_are_read) {
    _cleanup_(conf_freep) struct conf *c = NULL;
    struct problem p = { 0 };
    int r = conf_parse(BYTES(HEAD "[access]\nprograms = /usr/bin/a, /usr/bin/b c\npurposes = TREAT, HLEGAL\nhours = Mon-Fri 07:00-19:00\ninclude = ward-7\nexclude = psych, *.tmp\n"
                             "enforce = kernel\n[limits]\nopen_files = 7\nopens_per_hour = 8\nfolders_per_hour = 9\nbytes_per_hour = 1G\n"
                             "[mount]\nown_folder = none\n"),
                       "f", &c, &p);
    REQUIRE(r == 0);
    CHECK(c->programs.count == 2 && strcmp(c->programs.text, "/usr/bin/a") == 0 && strcmp(c->programs.text + 11, "/usr/bin/b c") == 0);
    CHECK_INT(c->purposes, 1 | 1 << 6);
    CHECK_REFUSED(HEAD "[access]\npurposes = FUN\n", "FUN");
    CHECK(c->hours.count == 1 && c->paths.include.count == 1 && c->paths.exclude.count == 2 && c->enforce == ENFORCE_KERNEL);
    CHECK(c->open_files_max == 7 && c->opens_per_hour == 8 && c->folders_per_hour == 9 && c->bytes_per_hour == 1 << 30);
    CHECK_INT(c->own_folder, OWN_FOLDER_NONE);
    CHECK_REFUSED(HEAD "[access]\nprograms = cat\n", "absolute");
    CHECK_REFUSED(HEAD "[access]\nhours = always\n", "hours");
    CHECK_REFUSED(HEAD "[access]\nexclude = /etc\n", "exclude");
    CHECK_REFUSED(HEAD "[limits]\nopen_files = 0\n", "open_files");
}

TEST(conf, times_are_shifted_only_with_dates_that_are) {
    CHECK_REFUSED(HEAD "[mount]\ntimes = shift\n", "shifts dates");
    CHECK_TAKEN(HEAD "[policy]\nprofile = dates-shifted\n[mount]\ntimes = shift\n");
}

TEST(conf, every_key_is_read_into_its_field) {
    _cleanup_(conf_freep) struct conf *c = NULL;
    struct problem p = { 0 };
    int r = conf_parse(BYTES(HEAD "state = /s\njournal = /j\ncheckpoint_copy = /k/copy\ndestination = rag-prod\n"
                             "[policy]\nprofile = limited-data-set\nactions = phone drop\nclaim = expert-determination\nmin_score = 250\nzip3_mode = current\n"
                             "zip3_vintage = 2010\nkeep_year = no\ntime_of_day = keep\nlabel_style = plain\nprovider_names = label\nentities = COHORT code\nsections_drop = social history\nmax_document = 8M\n"
                             "redact_timeout = 2m\nself_test = 30m\nunknown_format = deny\nrules = /r\nlists = /l\nroster = /t\nsidecars = yes\nrequire_roster = yes\n"
                             "require_auid = yes\ntokenize_names = no\n"
                             "[mount]\nowner = 1\ngroup = 2\nfile_mode = 0440\ndir_mode = 0550\ntimes = fixed\nattr_ttl = 250ms\n"
                             "workers = 3\ncache = 1G\ncross_devices = yes\n"
                             "[access]\nusers = root, 1000\ngroups = 5\nshared_accounts = 7, root\nsession_users = 8\nsession_binders = 9\n"
                             "[journal]\ndurability = crash\nepoch = 5m\n"
                             "[records]\nsocket = /run/s\nrecorders = 11\nauditors = 12,13\nservices = rag, scribe\nmodels = llama3@2026-03\ndestinations = cloud-a\n"),
                       "f", &c, &p);
    CHECK_STRING(p.text, "");
    REQUIRE(r == 0);
    CHECK_STRING(c->state, "/s");
    CHECK_STRING(c->journal, "/j");
    CHECK_STRING(c->checkpoint_copy, "/k/copy");
    CHECK_STRING(c->destination, "rag-prod");
    CHECK_STRING(c->profile.name, "limited-data-set");
    CHECK_INT(c->profile.score_min, 250);
    CHECK_INT(c->profile.action[ENTITY_PHONE], ACTION_DROP);
    CHECK_INT(c->claim, CLAIM_EXPERT_DETERMINATION);
    CHECK_INT(c->profile.zip3_mode, ZIP3_CURRENT);
    CHECK_INT(c->profile.zip3_vintage, ZIP3_2010);
    CHECK_INT(c->profile.label_style, LABEL_PLAIN);
    CHECK_INT(c->profile.action[ENTITY_PROVIDER], ACTION_LABEL);
    CHECK_STRING(c->profile.kinds[0].name, "COHORT");
    CHECK_STRING(c->profile.sections_drop, "social history");
    CHECK(!c->profile.keeps_year && c->profile.keeps_time);
    CHECK_INT(c->document_len_max, 8 << 20);
    CHECK_INT(c->redact_timeout_s, 120);
    CHECK_INT(c->self_test_s, 1800);
    CHECK_INT(c->unknown_format, UNKNOWN_FORMAT_DENY);
    CHECK_STRING(c->rules, "/r");
    CHECK_STRING(c->lists, "/l");
    CHECK_STRING(c->roster, "/t");
    CHECK(c->sidecars && c->require_roster && c->require_auid && !c->tokenize_names && c->cross_devices && !c->durability_strict);
    CHECK_INT(c->owner, 1);
    CHECK_INT(c->group, 2);
    CHECK_INT(c->file_mode, 0440);
    CHECK_INT(c->dir_mode, 0550);
    CHECK_INT(c->times, TIMES_FIXED);
    CHECK_INT(c->attr_ttl_ms, 250);
    CHECK_INT(c->workers, 3);
    CHECK_INT(c->cache_len_max, 1 << 30);
    REQUIRE(c->user_count == 2 && c->group_count == 1);
    CHECK_INT(c->users[0], 0);
    CHECK_INT(c->users[1], 1000);
    CHECK_INT(c->groups[0], 5);
    CHECK_INT(c->epoch_s, 300);
    CHECK(conf_users_hold(&c->shared_accounts, 7) && conf_users_hold(&c->shared_accounts, 0) && !conf_users_hold(&c->shared_accounts, 8));
    CHECK(conf_users_hold(&c->session_users, 8) && conf_users_hold(&c->session_binders, 9) && conf_users_hold(&c->recorders, 11));
    CHECK_INT(c->auditors.count, 2);
    CHECK_STRING(c->records_socket, "/run/s");
    CHECK(conf_words_hold(&c->services, "scribe") && !conf_words_hold(&c->services, "rag,") && conf_words_hold(&c->models, "llama3@2026-03"));
    CHECK(conf_words_hold(&c->destinations, "cloud-a") && !conf_words_hold(&c->destinations, ""));
}

TEST(conf, a_word_that_a_record_may_not_hold_is_refused) {
    CHECK_TAKEN(HEAD "[records]\nservices =\n");
    CHECK_REFUSED(HEAD "[records]\nservices = John Smith\n", "services");
    CHECK_REFUSED(HEAD "[records]\nmodels = a\\b\n", "models");
    CHECK_REFUSED(HEAD "[records]\nmodels = -a\n", "models");
    CHECK_REFUSED(HEAD "[records]\nauditors = no-such-user-here\n", "no-such-user-here");
    CHECK_REFUSED(HEAD "[records]\nsocket = run/s\n", "socket");
}

TEST(conf, unknown_keys_and_sections_name_the_nearest) {
    CHECK_REFUSED(HEAD "souce = /x\n", "f:5: [instance] has no key souce; did you mean source?");
    CHECK_REFUSED(HEAD "[polcy]\n", "f:5: no section [polcy]; did you mean [policy]?");
    CHECK_REFUSED(HEAD "profile = strict\n", "f:5: profile belongs in section [policy]");
    CHECK_REFUSED(HEAD "[policy]\npassword = x\n", "f:6: [policy] has no key password");
    CHECK(strstr(refusal(BYTES(HEAD "[policy]\npassword = x\n")), "did you mean") == NULL);
}

TEST(conf, the_old_name_of_a_durability_names_the_new_one) {
    CHECK_TAKEN(HEAD "[journal]\ndurability = crash\n");
    CHECK_REFUSED(HEAD "[journal]\ndurability = relaxed\n", "is now called crash");
    CHECK_REFUSED(HEAD "[journal]\ndurability = lax\n", "strict | crash");
}

TEST(conf, missing_keys_are_named) {
    CHECK_REFUSED("[instance]\nname = a\n", "f: [instance] needs source");
    CHECK_REFUSED("", "f: [instance] needs name");
    CHECK_REFUSED("[instance]\nname = a\nsource = /s\n", "needs origin");
}

TEST(conf, names_outside_the_alphabet_are_refused) {
    CHECK_REFUSED("[instance]\nname = No Spaces\n", "name = No Spaces is not of the form: name");
    CHECK_REFUSED("[instance]\nname = ../x\n", "not of the form");
    CHECK_REFUSED("[instance]\nname =\n", "not of the form");
    CHECK_REFUSED(HEAD "destination = -x\n", "not of the form");
}

TEST(conf, origin_has_four_parts_and_eight_random_letters) {
#define ORIGIN(text) "[instance]\nname = a\nsource = /s\norigin = " text "\n"
    CHECK_TAKEN(ORIGIN("example.org/h/a/abcd2345"));
    CHECK_REFUSED(ORIGIN("example.org/h/abcd2345"), "origin");
    CHECK_REFUSED(ORIGIN("example.org/h/a/abcd234"), "origin");
    CHECK_REFUSED(ORIGIN("example.org//h/abcd2345"), "origin");
    CHECK_REFUSED(ORIGIN("example org/h/a/abcd2345"), "origin");
    CHECK_REFUSED(ORIGIN("example.org/h+k/a/abcd2345"), "origin");
}

TEST(conf, paths_are_absolute_and_lose_a_final_slash) {
    CHECK_REFUSED("[instance]\nname = a\nsource = phi\n", "source = phi is not of the form: path");
    _cleanup_(conf_freep) struct conf *c = NULL;
    REQUIRE(conf_parse(BYTES(HEAD "state = /s//\n"), "f", &c, NULL) == 0);
    CHECK_STRING(c->state, "/s");
}

TEST(conf, sizes_and_durations_need_known_suffixes_and_stay_in_bounds) {
    CHECK_REFUSED(HEAD "[policy]\nmax_document = 8MB\n", "max_document");
    CHECK_REFUSED(HEAD "[policy]\nmax_document = 0\n", "max_document");
    CHECK_REFUSED(HEAD "[policy]\nmax_document = 3G\n", "max_document");
    CHECK_REFUSED(HEAD "[policy]\nmax_document = -1\n", "max_document");
    CHECK_REFUSED(HEAD "[policy]\nmax_document = 99999999999999999999\n", "max_document");
    CHECK_REFUSED(HEAD "[policy]\nmax_document = 18014398509481985K\n", "max_document");
    CHECK_TAKEN(HEAD "[policy]\nmax_document = 2G\n");
    CHECK_REFUSED(HEAD "[policy]\nredact_timeout = 30\n", "redact_timeout = 30 is not of the form: duration");
    CHECK_REFUSED(HEAD "[policy]\nredact_timeout = 2h\n", "redact_timeout");
    CHECK_REFUSED(HEAD "[mount]\nworkers = 257\n", "workers");
    CHECK_REFUSED(HEAD "[policy]\nmin_score = 1001\n", "min_score");
    CHECK_REFUSED(HEAD "[policy]\nactions = city keep\n", "CITY is kept");
    CHECK_REFUSED(HEAD "[policy]\nactions = mrn keep\nclaim = limited-data-set\n", "MRN is kept");
    CHECK_REFUSED(HEAD "[policy]\nmin_score = 250\n", "left readable");
    CHECK_REFUSED(HEAD "[policy]\nactions = provider keep\n", "claim = safe-harbor"); /* supported, but looser: it has to be said */
    CHECK_TAKEN(HEAD "[policy]\nactions = provider keep\nclaim = safe-harbor\n");
    CHECK_REFUSED(HEAD "[policy]\nsections_drop = plan\nsections_keep = hpi\n", "not both");
    CHECK_REFUSED(HEAD "[policy]\nsections_keep = 1, 2\n", "headings parted by commas");
    CHECK_REFUSED(HEAD "[policy]\nkeep_year = maybe\n", "keep_year is no or yes");
    CHECK_REFUSED(HEAD "[policy]\nzip3_vintage = 1990\n", "zip3_vintage is 2020, 2010 or 2000");
    CHECK_REFUSED(HEAD "[policy]\nprovider_names = zip3\n", "provider_names is one of");
    CHECK_REFUSED(HEAD "[policy]\nclaim = anonymized\n", "claim");
}

TEST(conf, modes_never_grant_writing) {
    CHECK_REFUSED(HEAD "[mount]\nfile_mode = 0644\n", "file_mode");
    CHECK_REFUSED(HEAD "[mount]\nfile_mode = 0555\n", "file_mode");
    CHECK_REFUSED(HEAD "[mount]\ndir_mode = 1555\n", "dir_mode");
    CHECK_REFUSED(HEAD "[mount]\ndir_mode = 555\n", "dir_mode");
    CHECK_TAKEN(HEAD "[mount]\ndir_mode = 0500\n");
}

TEST(conf, booleans_are_yes_or_no) {
    CHECK_REFUSED(HEAD "[policy]\nrequire_auid = true\n", "require_auid = true is not of the form: yes | no");
    CHECK_REFUSED(HEAD "[policy]\nrequire_auid =\n", "require_auid");
}

TEST(conf, users_that_do_not_exist_are_named) {
    CHECK_REFUSED(HEAD "[access]\nusers = root, nobody-here\n", "users: no user \"nobody-here\"");
    CHECK_REFUSED(HEAD "[mount]\ngroup = no-such-group\n", "group: no group \"no-such-group\"");
    CHECK_REFUSED(HEAD "[access]\nusers = root root\n", "users");
}

TEST(conf, unknown_profile_is_refused) {
    CHECK_REFUSED(HEAD "[policy]\nprofile = none-at-all\n", "f:6: profile:");
}

TEST(conf, keys_and_journal_never_lie_where_documents_are_shown) {
    CHECK_REFUSED(HEAD "state = /srv/phi/state\n", "must lie outside source");
    CHECK_REFUSED(HEAD "journal = /srv/phi\n", "must lie outside source");
    CHECK_REFUSED("[instance]\nname = a\nsource = /s/docs\nstate = /s\norigin = example.org/h/a/abcd2345\n", "source must lie outside state");
    CHECK_REFUSED(HEAD "checkpoint_copy = /var/lib/deidfs/notes/journal/x\n", "must lie outside the journal");
    CHECK_TAKEN(HEAD "state = /srv/phi-state\n");
}

TEST(conf, raw_names_are_refused_where_the_profile_promises_more) {
    CHECK_REFUSED(HEAD "[policy]\ntokenize_names = no\n", "profile safe-harbor promises to remove");
    CHECK_REFUSED(HEAD "[policy]\ntokenize_names = no\nprofile = strict\n", "profile strict");
}

TEST(conf, required_roster_needs_one) {
    CHECK_REFUSED(HEAD "[policy]\nrequire_roster = yes\n", "needs roster");
}

TEST(conf, table_is_whole_and_in_order) {
    size_t count = 0;
    const char *section = "";
    for (const struct conf_key *k; (k = conf_key_at(count)); count++) {
        CHECK(k->section && k->key && k->type && k->meaning);
        CHECK(k->meaning[strlen(k->meaning) - 1] == '.');
        if (strcmp(k->section, section) == 0) continue;
        for (size_t i = 0; i < count; i++) CHECK(strcmp(conf_key_at(i)->section, k->section) != 0);
        section = k->section;
    }
    CHECK(count > 30);
    CHECK(conf_key_at(count) == NULL);
}

TEST(conf, load_takes_a_path_and_explains_a_missing_instance) {
    char path[PATH_MAX];
    must(snprintf(path, sizeof(path), "%s/notes.conf", harness_temp_dir()) < PATH_MAX);
    REQUIRE(io_create_file_at(AT_FDCWD, path, BYTES(HEAD), 0600) == 0);
    struct problem p;
    _cleanup_(conf_freep) struct conf *c = NULL;
    REQUIRE(conf_load(path, &c, &p) == 0);
    CHECK_STRING(c->path, path);
    struct conf *none = NULL;
    CHECK_INT(conf_load("no-such-instance", &none, &p), -ENOENT);
    CHECK(strstr(p.text, "deidfs-setup --instance no-such-instance") != NULL);
    CHECK_INT(conf_load("Bad Name", &none, &p), -EINVAL);
    CHECK(none == NULL);
}

struct loading {
    char path[PATH_MAX];
    int loaded;
};

static int load_once(void *context) {
    struct loading *x = context;
    _cleanup_(conf_freep) struct conf *c = NULL;
    struct problem p;
    int r = conf_load(x->path, &c, &p);
    if (r == 0) x->loaded++;
    if ((r == 0) != (c != NULL)) harness_fail(__FILE__, __LINE__, "result %d, but the configuration is %s", r, c ? "there" : "not there");
    return r;
}

TEST(conf, memory_or_file_failing_at_any_call_refuses_the_configuration) {
    struct loading x = { 0 };
    must(snprintf(x.path, sizeof(x.path), "%s/notes.conf", harness_temp_dir()) < PATH_MAX);
    REQUIRE(io_create_file_at(AT_FDCWD, x.path, BYTES(HEAD "[access]\nusers = root, 1000\n"), 0600) == 0);
    FAULTSIM(load_once, NULL, &x);
    CHECK_INT(x.loaded, 1);
}

TEST(conf, a_sites_profile_file_is_the_profile) {
    char path[512], text[1024];
    struct problem p = { 0 };
    snprintf(path, sizeof(path), "%s/research.profile", harness_temp_dir());
    struct bytes file = BYTES("[profile]\nname = research\nextends = safe-harbor\nactions = phone drop\nmin_score = 100\nclaim = expert-determination\n");
    REQUIRE(io_create_file_at(AT_FDCWD, path, file, 0600) == 0);
    snprintf(text, sizeof(text), HEAD "[policy]\nprofile = %s\n", path);
    _cleanup_(conf_freep) struct conf *c = NULL;
    REQUIRE(conf_parse(bytes_from_string(text), "f", &c, &p) == 0);
    CHECK_STRING(c->profile.name, "research");
    CHECK_STRING(c->profile.base, "safe-harbor");
    CHECK_STRING(c->profile_file, path);
    CHECK_INT(c->profile.score_min, 100); /* the defaults of [policy] change nothing */
    CHECK_INT(c->profile.action[ENTITY_PHONE], ACTION_DROP);
    CHECK_INT(c->claim, CLAIM_EXPERT_DETERMINATION);
    CHECK_REFUSED(HEAD "[policy]\nprofile = /nonexistent/x.profile\n", "/nonexistent/x.profile");
}
