/* The secret key on another host: the mount's host exports, the other one re-identifies with what it was given and nothing else. */
#include "tools/vault_export.h"

#include <dirent.h>
#include <errno.h>

#include "tests/tools/station.h"

struct hosts {
    struct station mount, other;
    struct program_result view;
    char file[420];
};

static void run(const char *script, const char *from, const char *to) {
    _cleanup_(program_release) struct program_result r;
    PROGRAM(&r, "/bin/sh", "-c", script, "sh", from, to);
    if (r.exit != 0) harness_fail(__FILE__, __LINE__, "%s: %s", script, program_err(&r));
    REQUIRE(r.exit == 0);
}

static void export_to(const struct hosts *h, struct program_result *out) {
    const char *argv[] = { "tools/deidfs-setup", "vault", "export", "-c", h->mount.config, h->file, NULL };
    program_run(argv, BYTES(""), out);
}

/* The other host has its configuration and what was moved there: secret key, journal of re-identification, export. */
static void hosts_open(struct hosts *h) {
    _cleanup_(program_release) struct program_result exported;
    station_open(&h->mount, "mount");
    station_view(&h->mount, STATION_NOTE, &h->view);
    must(snprintf(h->file, sizeof(h->file), "%s/vault.export", h->mount.dir) > 0);
    export_to(h, &exported);
    REQUIRE(exported.exit == 0);
    h->other = h->mount;
    must(snprintf(h->other.state, sizeof(h->other.state), "%s/other", h->mount.dir) > 0);
    must(snprintf(h->other.config, sizeof(h->other.config), "%s/notes.conf", h->other.state) > 0);
    must(snprintf(h->other.journal, sizeof(h->other.journal), "%s/reidentify/journal", h->other.state) > 0);
    run("mkdir -m 700 \"$2\" && mv \"$1/reidentify\" \"$2/\" && sed \"s,$1,$2,g\" \"$1/notes.conf\" > \"$2/notes.conf\" && chmod 600 \"$2/notes.conf\"",
        h->mount.state, h->other.state);
}

static void reidentify(const struct station *s, struct bytes input, const char *export, struct program_result *out) {
    const char *argv[] = { "tools/deidfs-reidentify", "-c", s->config, "--reason", "call back", export ? "--vault-export" : NULL, export, NULL };
    program_run(argv, input, out);
}

TEST(vault_export, the_other_host_restores_with_the_export_alone_and_records_it) {
    struct hosts h;
    struct station_records records;
    _cleanup_(program_release) struct program_result first, again;
    hosts_open(&h);
    reidentify(&h.other, buf_bytes(&h.view.out), h.file, &first);
    CHECK_INT(first.exit, 0);
    CHECK_STRING(program_out(&first), STATION_NOTE);
    reidentify(&h.other, buf_bytes(&h.view.out), h.file, &again);
    CHECK_STRING(program_out(&again), STATION_NOTE);
    CHECK(station_verify(&h.other, &records));
    CHECK_INT(records.counts[EVENT_REID], 2);
    program_release(&h.view);
}

TEST(vault_export, the_mounts_host_opens_nothing_without_the_secret_key) {
    struct hosts h;
    char key[420];
    _cleanup_(program_release) struct program_result none, wrong;
    struct station stranger;
    hosts_open(&h);
    reidentify(&h.mount, buf_bytes(&h.view.out), NULL, &none);
    CHECK_INT(none.exit, 66);
    CHECK_INT(none.out.len, 0);
    station_open(&stranger, "stranger");
    must(snprintf(key, sizeof(key), "%s/reidentify/reidentify.key", stranger.state) > 0);
    const char *argv[] = { "tools/deidfs-setup", "vault", "check", "-c", h.mount.config, "--key", key, NULL };
    program_run(argv, BYTES(""), &wrong);
    CHECK(strstr(program_out(&wrong), "foreign    7\n") != NULL);
    CHECK(strstr(program_out(&wrong), "opened     0\n") != NULL);
    program_release(&h.view);
}

/* No identifier, and no index from values to tokens, stands in the file. */
TEST(vault_export, it_holds_sealed_values_and_no_index) {
    struct hosts h;
    _cleanup_(buf_release) struct buf text;
    _cleanup_(program_release) struct program_result backup, again;
    char file[420];
    struct stat st, whole;
    hosts_open(&h);
    buf_init(&text, 64 << 20);
    REQUIRE(io_read_file_at(AT_FDCWD, h.file, &text) == 0 && stat(h.file, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0600);
    static const char *const values[] = { "Smith", "smith", "00482913", "555-0100", "Boston", "hospital.org" };
    for (size_t i = 0; i < array_count(values); i++) CHECK(!memmem(text.ptr, text.len, values[i], strlen(values[i])));
    must(snprintf(file, sizeof(file), "%s/vault.backup", h.mount.dir) > 0);
    const char *argv[] = { "tools/deidfs-setup", "vault", "backup", "-c", h.mount.config, file, NULL };
    program_run(argv, BYTES(""), &backup);
    REQUIRE(backup.exit == 0 && stat(file, &whole) == 0);
    CHECK(st.st_size < whole.st_size);
    export_to(&h, &again);
    CHECK_INT(again.exit, 73);
    program_release(&h.view);
}

TEST(vault_export, backups_and_halves_and_nothing_are_no_exports) {
    struct hosts h;
    struct stat st;
    char file[420];
    _cleanup_(program_release) struct program_result backup, as_export, restored, half, missing;
    hosts_open(&h);
    must(snprintf(file, sizeof(file), "%s/vault.backup", h.mount.dir) > 0);
    const char *argv[] = { "tools/deidfs-setup", "vault", "backup", "-c", h.mount.config, file, NULL };
    program_run(argv, BYTES(""), &backup);
    REQUIRE(backup.exit == 0);
    reidentify(&h.other, buf_bytes(&h.view.out), file, &as_export);
    CHECK_INT(as_export.exit, 65);
    run("rm -r \"$1/vault\"", h.mount.state, "");
    const char *restore[] = { "tools/deidfs-setup", "vault", "restore", "-c", h.mount.config, h.file, NULL };
    program_run(restore, BYTES(""), &restored);
    CHECK_INT(restored.exit, 65);
    REQUIRE(stat(h.file, &st) == 0 && truncate(h.file, st.st_size - 1) == 0);
    reidentify(&h.other, buf_bytes(&h.view.out), h.file, &half);
    CHECK_INT(half.exit, 65);
    reidentify(&h.other, buf_bytes(&h.view.out), "/nonexistent/export", &missing);
    CHECK_INT(missing.exit, 66);
    CHECK_INT(as_export.out.len + half.out.len + missing.out.len, 0);
    program_release(&h.view);
}

TEST(vault_export, a_newer_export_takes_the_place_of_the_older) {
    struct hosts h;
    char folder[420];
    _cleanup_(program_release) struct program_result view, exported, first, second, old;
    hosts_open(&h);
    reidentify(&h.other, buf_bytes(&h.view.out), h.file, &first);
    REQUIRE(first.exit == 0);
    station_view(&h.mount, "Patient: Ada Byrne, MRN: 00777111\n", &view);
    reidentify(&h.other, buf_bytes(&view.out), h.file, &old);
    CHECK(bytes_equal(buf_bytes(&old.out), buf_bytes(&view.out)));
    REQUIRE(unlink(h.file) == 0);
    export_to(&h, &exported);
    REQUIRE(exported.exit == 0);
    reidentify(&h.other, buf_bytes(&view.out), h.file, &second);
    CHECK_STRING(program_out(&second), "Patient: Ada Byrne, MRN: 00777111\n");
    must(snprintf(folder, sizeof(folder), "%s/reidentify/exports", h.other.state) > 0);
    DIR *dir = opendir(folder);
    REQUIRE(dir != NULL);
    size_t count = 0;
    for (const struct dirent *e; (e = readdir(dir));) count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    (void) closedir(dir);
    CHECK_INT(count, 1);
    program_release(&h.view);
}
