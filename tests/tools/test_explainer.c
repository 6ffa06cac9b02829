/* deidfs-filter --explain, as a user runs it. */
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/harness.h"
#include "tests/program.h"

static const char note[] = "Patient: Maria Gonzalez  MRN: 00482913\nMaria denies pain 5/10.\x1b[31m\xc2\x9b red\n";

static const char *below(const char *name) {
    static char paths[16][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 16];
    must(snprintf(path, PATH_MAX, "%s/%s", harness_temp_dir(), name) < PATH_MAX);
    return path;
}

static const char *instance(void) {
    _cleanup_(program_release) struct program_result r;
    REQUIRE(mkdir(below("docs"), 0700) == 0);
    PROGRAM(&r, "tools/deidfs-setup", "--instance", "notes", "--source", below("docs"), "--state", below("state"));
    REQUIRE(r.exit == 0);
    return below("state/notes.conf");
}

static void explain(struct program_result *r, const char *conf, const char *more, const char *input) {
    const char *const argv[] = { "tools/deidfs-filter", "--config", conf, "--explain", more, NULL };
    program_run(argv, bytes_from_string(input), r);
    if (r->exit != 0) harness_fail(__FILE__, __LINE__, "%s", program_err(r));
}

TEST(explainer, findings_are_numbered_in_the_text_and_told_below) {
    _cleanup_(program_release) struct program_result r;
    explain(&r, instance(), "--color=never", note);
    const char *out = program_out(&r);
    CHECK(strstr(out, "Patient: [1 PATIENT: Maria Gonzalez]  MRN: [2 MRN: 00482913]\n[3 PATIENT: Maria] denies pain 5/10.") == out);
    CHECK(strstr(out, "    1  PATIENT \"Maria Gonzalez\"  0.") && strstr(out, "  label  patient-label (people.rules:"));
    CHECK(strstr(out, "name-list; lost: its kind of source is believed less than that of patient-label (people.rules:"));
    CHECK(strstr(out, "repeat, second pass"));
}

/* A document must not be able to steer the terminal it is shown on. */
TEST(explainer, control_characters_of_the_text_do_not_reach_the_terminal) {
    const char *conf = instance();
    _cleanup_(program_release) struct program_result plain, colored;
    explain(&plain, conf, "--color=auto", note); /* no terminal */
    CHECK(!strchr(program_out(&plain), '\x1b') && !strstr(program_out(&plain), "\xc2\x9b"));
    explain(&colored, conf, "--color=always", note);
    CHECK(strstr(program_out(&colored), "\x1b[30;103mMaria Gonzalez\x1b[0m") && !strstr(program_out(&colored), "\x1b[31m"));
    CHECK(strstr(program_out(&colored), " names ") && strstr(program_out(&colored), " numbers "));
}

TEST(explainer, machines_get_one_object_with_every_finding_and_its_fate) {
    _cleanup_(program_release) struct program_result r;
    explain(&r, instance(), "--json", note);
    json_t *o = json_loads(program_out(&r), 0, NULL);
    REQUIRE(json_is_object(o));
    CHECK_STRING(json_string_value(json_object_get(o, "format")), "text");
    const json_t *list = json_object_get(o, "findings"), *text = json_object_get(o, "text");
    CHECK_BYTES(bytes_make(json_string_value(text), json_string_length(text)), bytes_from_string(note));
    size_t i, won = 0, weaker = 0;
    const json_t *f;
    json_array_foreach(list, i, f) {
        size_t begin = (size_t) json_integer_value(json_object_get(f, "start")), end = (size_t) json_integer_value(json_object_get(f, "end"));
        REQUIRE(begin < end && end <= strlen(note));
        CHECK_BYTES(bytes_make(note + begin, end - begin), bytes_from_string(json_string_value(json_object_get(f, "text"))));
        CHECK(json_is_string(json_object_get(f, "recognizer")) && json_is_string(json_object_get(f, "source")) && json_is_real(json_object_get(f, "score")));
        CHECK(json_is_string(json_object_get(f, "before")) && json_is_string(json_object_get(f, "after")) && json_array_size(json_object_get(f, "place")) == 2);
        bool is_won = strcmp(json_string_value(json_object_get(f, "fate")), "won") == 0;
        CHECK(is_won == (json_object_get(f, "by") == NULL));
        won += is_won;
        weaker += strcmp(json_string_value(json_object_get(f, "fate")), "weaker") == 0;
    }
    CHECK(won >= 3 && weaker >= 1);
    json_decref(o);
}

TEST(explainer, neither_keys_nor_vault_are_needed_and_nothing_is_minted) {
    const char *conf = instance();
    _cleanup_(program_release) struct program_result r;
    REQUIRE(rename(below("state/keys"), below("state/keys.away")) == 0);
    explain(&r, conf, "--color=never", note);
    REQUIRE(rename(below("state/keys.away"), below("state/keys")) == 0);
}

TEST(explainer, wrong_uses_are_refused) {
    static const char *const wrong[][2] = { { "--json", "--jsonl" }, { "--explain", "--jsonl" }, { "--explain", "--color=pink" } };
    for (size_t i = 0; i < array_count(wrong); i++) {
        _cleanup_(program_release) struct program_result r;
        PROGRAM(&r, "tools/deidfs-filter", "--config", "none", wrong[i][0], wrong[i][1]);
        CHECK_INT(r.exit, 64);
    }
}
