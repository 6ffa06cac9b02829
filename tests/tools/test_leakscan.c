/* deidfs-reidentify leakscan as a security officer runs it: on files in which identifiers of the vault were forgotten. */
#include <errno.h>
#include <zlib.h>

#include "tests/tools/station.h"

struct site {
    struct station station;
    struct program_result view;
    char logs[360];
};

static void site_open(struct site *x) {
    station_open(&x->station, "state");
    station_view(&x->station, STATION_NOTE, &x->view);
    must(snprintf(x->logs, sizeof(x->logs), "%s/logs", x->station.dir) > 0 && mkdir(x->logs, 0700) == 0);
}

static void site_write(const struct site *x, const char *name, struct bytes content) {
    char path[420];
    must(snprintf(path, sizeof(path), "%s/%s", x->logs, name) > 0);
    REQUIRE(io_create_file_at(AT_FDCWD, path, content, 0600) == 0);
}

static void leakscan(const struct site *x, struct bytes input, const char *const *words, struct program_result *out) {
    const char *argv[16] = { "tools/deidfs-reidentify", "leakscan", "-c", x->station.config, "--reason", "weekly check" };
    size_t n = 6;
    for (; *words; words++) argv[n++] = *words;
    program_run(argv, input, out);
}

#define LEAKSCAN(result, site, input, ...) leakscan(site, input, (const char *const[]) { __VA_ARGS__, NULL }, result)

static bool prints(const struct program_result *r, const char *words) {
    return strstr(program_out(r), words) != NULL;
}

/* No form of any value of STATION_NOTE. */
static bool is_silent(const struct program_result *r) {
    static const char *const values[] = { "Smith", "SMITH", "smith", "00482913", "0100", "jqs", "Roe" };
    for (size_t i = 0; i < array_count(values); i++) {
        if (strstr(program_out(r), values[i]) || strstr(program_err(r), values[i])) return false;
    }
    return true;
}

TEST(leakscan, known_identifiers_are_found_by_file_and_place_and_not_printed) {
    struct site x;
    struct station_records records;
    _cleanup_(program_release) struct program_result r;
    site_open(&x);
    site_write(&x, "app.log", BYTES("ok\nuser john_q_smith asked\n{\"m\":\"mrn\\u003a 00482913\\n617.555.0100\"}\n"));
    site_write(&x, "clean.log", BYTES("John saw the smith in room 617\n"));
    LEAKSCAN(&r, &x, BYTES(""), x.logs);
    CHECK_INT(r.exit, 1);
    CHECK(prints(&r, "/app.log:2: text, offset 8, 12 bytes: [PERSON_"));
    CHECK(prints(&r, "/app.log:3: text, offset 43, 8 bytes: [MRN_"));
    CHECK(prints(&r, "/app.log:3: text, offset 53, 12 bytes: [PHONE_"));
    CHECK(!prints(&r, "clean.log"));
    CHECK(strstr(program_err(&r), "2 files, 99 bytes: 3 identifiers found") != NULL);
    CHECK(is_silent(&r));
    CHECK(station_verify(&x.station, &records));
    CHECK_INT(records.counts[EVENT_QUERY], 2);
    program_release(&x.view);
}

TEST(leakscan, the_tokens_printed_are_the_views_own) {
    struct site x;
    char token[16] = "";
    _cleanup_(program_release) struct program_result r;
    site_open(&x);
    site_write(&x, "app.log", BYTES("00482913"));
    const char *at = strstr(program_out(&x.view), "[MRN_");
    REQUIRE(at != NULL);
    memcpy(token, at, 13);
    LEAKSCAN(&r, &x, BYTES(""), x.logs);
    CHECK(token[0] && prints(&r, token));
    program_release(&x.view);
}

TEST(leakscan, nothing_found_is_success_and_a_view_leaks_nothing) {
    struct site x;
    _cleanup_(program_release) struct program_result r, view;
    site_open(&x);
    LEAKSCAN(&view, &x, buf_bytes(&x.view.out), "-");
    CHECK_INT(view.exit, 0);
    CHECK_INT(view.out.len, 0);
    site_write(&x, "empty", BYTES(""));
    LEAKSCAN(&r, &x, BYTES(""), x.logs);
    CHECK_INT(r.exit, 0);
    program_release(&x.view);
}

TEST(leakscan, json_has_a_line_a_hit_and_the_counts) {
    struct site x;
    _cleanup_(program_release) struct program_result r;
    site_open(&x);
    LEAKSCAN(&r, &x, BYTES("a\nDr. Jane Roe of Boston"), "--json", "-");
    CHECK_INT(r.exit, 1);
    CHECK(prints(&r, "{\"file\":\"-\",\"in\":\"text\",\"line\":2,\"offset\":6,\"length\":8,\"entity\":\"PERSON\",\"token\":\"[PERSON_"));
    CHECK(prints(&r, "\"class\":\"strong\"}\n{\"files\":1,\"bytes\":24,\"strong\":1,\"weak\":1,"));
    program_release(&x.view);
}

TEST(leakscan, weak_values_count_only_when_asked) {
    struct site x;
    _cleanup_(program_release) struct program_result plain, weak, none;
    site_open(&x);
    LEAKSCAN(&plain, &x, BYTES("flights to Boston"), "-");
    CHECK_INT(plain.exit, 0);
    CHECK_INT(plain.out.len, 0);
    LEAKSCAN(&weak, &x, BYTES("flights to Boston"), "--weak", "-");
    CHECK_INT(weak.exit, 1);
    CHECK(prints(&weak, "-:1: text, offset 11, 6 bytes: [CITY_") && prints(&weak, "(weak)"));
    LEAKSCAN(&none, &x, BYTES("00482913 00482913"), "--max-hits", "0", "-");
    CHECK_INT(none.exit, 1);
    CHECK_INT(none.out.len, 0);
    CHECK(strstr(program_err(&none), "2 identifiers found") != NULL);
    program_release(&x.view);
}

TEST(leakscan, names_of_files_are_searched_and_printed_with_tokens) {
    struct site x;
    _cleanup_(program_release) struct program_result r;
    site_open(&x);
    site_write(&x, "SMITH_John_Q-00482913.txt", BYTES("00482913"));
    LEAKSCAN(&r, &x, BYTES(""), x.logs);
    CHECK_INT(r.exit, 1);
    CHECK(prints(&r, ".txt:1: name, "));
    CHECK(prints(&r, ".txt:1: text, offset 0, 8 bytes: [MRN_"));
    CHECK(is_silent(&r));
    program_release(&x.view);
}

TEST(leakscan, gzip_is_unpacked_and_damage_is_said) {
    struct site x;
    char path[420];
    _cleanup_(program_release) struct program_result r, damaged;
    site_open(&x);
    must(snprintf(path, sizeof(path), "%s/old.log.gz", x.logs) > 0);
    for (int member = 0; member < 2; member++) {
        gzFile gz = gzopen(path, "ab");
        REQUIRE(gz != NULL);
        for (int i = 0; i < 20000; i++) must(gzputs(gz, "nothing in this line\n") > 0);
        must(gzputs(gz, "John Q. Smith\n") > 0 && gzclose(gz) == Z_OK);
    }
    LEAKSCAN(&r, &x, BYTES(""), x.logs);
    CHECK_INT(r.exit, 1);
    CHECK(prints(&r, "old.log.gz:20001: text, offset 420000, 13 bytes: [PERSON_"));
    CHECK(prints(&r, "old.log.gz:40002: text, offset 840014, 13 bytes: [PERSON_"));
    REQUIRE(unlink(path) == 0);
    site_write(&x, "cut.gz", BYTES("\x1F\x8B\x08\0\0\0\0\0\0\x03\x4B\x4C\x4A"));
    LEAKSCAN(&damaged, &x, BYTES(""), x.logs);
    CHECK_INT(damaged.exit, 2);
    CHECK(strstr(program_err(&damaged), "1 files not readable") != NULL);
    program_release(&x.view);
}

TEST(leakscan, links_and_special_files_are_passed_over) {
    struct site x;
    char path[420];
    _cleanup_(program_release) struct program_result r;
    site_open(&x);
    must(snprintf(path, sizeof(path), "%s/link", x.logs) > 0 && symlink("/dev/zero", path) == 0);
    must(snprintf(path, sizeof(path), "%s/fifo", x.logs) > 0 && mkfifo(path, 0600) == 0);
    must(snprintf(path, sizeof(path), "%s/loop", x.logs) > 0 && symlink(".", path) == 0);
    LEAKSCAN(&r, &x, BYTES(""), x.logs);
    CHECK_INT(r.exit, 0);
    CHECK(strstr(program_err(&r), "3 links and special files passed over") != NULL);
    program_release(&x.view);
}

TEST(leakscan, what_an_earlier_key_sealed_is_found_after_a_rotation) {
    struct site x;
    _cleanup_(program_release) struct program_result rotated, later, r;
    site_open(&x);
    PROGRAM(&rotated, "tools/deidfs-setup", "vault", "rotate", "-c", x.station.config, "--reason", "yearly");
    REQUIRE(rotated.exit == 0);
    station_view(&x.station, "Patient: Ada Byrne, MRN: 00777111\n", &later);
    LEAKSCAN(&r, &x, BYTES("00482913 00777111"), "-");
    CHECK_INT(r.exit, 1);
    CHECK(prints(&r, "-:1: text, offset 0, 8 bytes: [MRN_") && prints(&r, "-:1: text, offset 9, 8 bytes: [MRN_"));
    program_release(&x.view);
}

static struct site *apart;

static int on_a_full_disk(const struct station *s) {
    _cleanup_(program_release) struct program_result r;
    if (!station_fill(s)) return 1;
    LEAKSCAN(&r, apart, BYTES("00482913"), "-");
    return r.exit == 69 && r.out.len == 0 ? 0 : 2;
}

TEST(leakscan, without_a_record_nothing_is_searched) {
    struct site x;
    site_open(&x);
    apart = &x;
    station_apart(&x.station, "6m", on_a_full_disk);
    program_release(&x.view);
}

TEST(leakscan, wrong_usage_is_named) {
    struct site x;
    _cleanup_(program_release) struct program_result none, missing, no_reason, help;
    site_open(&x);
    leakscan(&x, BYTES(""), (const char *const[]) { NULL }, &none);
    CHECK_INT(none.exit, 64);
    LEAKSCAN(&missing, &x, BYTES(""), "/nonexistent/logs");
    CHECK_INT(missing.exit, 66);
    PROGRAM(&no_reason, "tools/deidfs-reidentify", "leakscan", "-c", x.station.config, "-");
    CHECK_INT(no_reason.exit, 64);
    PROGRAM(&help, "tools/deidfs-reidentify", "leakscan", "--help");
    CHECK_INT(help.exit, 0);
    program_release(&x.view);
}
