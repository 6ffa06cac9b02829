/* deidfs-setup vault as an administrator runs it. */
#include <errno.h>

#include "redact/vault_store.h"
#include "redact/vault.h"
#include "tests/tools/station.h"

static void vault(const struct station *s, struct bytes input, const char *const *words, struct program_result *out) {
    const char *argv[16] = { "tools/deidfs-setup", "vault" };
    size_t n = 2;
    argv[n++] = *words++;
    argv[n++] = "-c";
    argv[n++] = s->config;
    for (; *words; words++) argv[n++] = *words;
    program_run(argv, input, out);
}

#define VAULT(result, station, input, ...) vault(station, input, (const char *const[]) { __VA_ARGS__, NULL }, result)

static void reidentify(const struct station *s, struct bytes input, struct program_result *out) {
    const char *argv[] = { "tools/deidfs-reidentify", "-c", s->config, "--reason", "drill", NULL };
    program_run(argv, input, out);
}

static bool says(const struct program_result *r, const char *words) {
    return strstr(program_err(r), words) != NULL;
}

static const char *below(const struct station *s, const char *name) {
    static char paths[8][420];
    static unsigned next;
    char *path = paths[next++ % 8];
    must(snprintf(path, sizeof(paths[0]), "%s/%s", s->dir, name) > 0);
    return path;
}

static const char *key_of(const struct station *s) {
    static char path[420];
    must(snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", s->state) > 0);
    return path;
}

static int take_one(void *context, struct bytes key, struct bytes value) {
    (void) value;
    memcpy(context, key.ptr, key.len);
    return (int) key.len;
}

/* Removes one sealed value behind the program's back. */
static void damage(const struct station *s) {
    struct vault_store *store = NULL;
    struct vault_txn *t = NULL;
    struct problem p = { "" };
    uint8_t key[VAULT_STORE_KEY_LEN_MAX];
    const struct vault_place place = { .state_dir = s->state, .destination = "default", .database = "" };
    REQUIRE(vault_store_open(&place, &store, &p) == 0 && store->ops->begin(store, true, &t) == 0);
    int len = store->ops->walk(t, VAULT_TABLE_TOKEN, bytes_make(NULL, 0), take_one, key);
    REQUIRE(len > 0);
    struct bytes gone = bytes_make(key, (size_t) len);
    CHECK_INT(store->ops->remove(t, VAULT_TABLE_TOKEN, &gone, 1), 0);
    CHECK_INT(store->ops->commit(t), 0);
    store->ops->close(store);
}

TEST(vault, check_opens_every_value_and_finds_damage) {
    struct station s;
    _cleanup_(program_release) struct program_result view, plain, opened, json, damaged;
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    VAULT(&plain, &s, BYTES(""), "check");
    CHECK_INT(plain.exit, 0);
    CHECK(strstr(program_out(&plain), "opened     0\n") != NULL);
    VAULT(&opened, &s, BYTES(""), "check", "--key", key_of(&s));
    CHECK_INT(opened.exit, 0);
    CHECK(strstr(program_out(&opened), "opened     7\n") != NULL && strstr(program_out(&opened), "damaged    0\n") != NULL);
    VAULT(&json, &s, BYTES(""), "check", "--json");
    CHECK(strstr(program_out(&json), "\"sealed\":7,") != NULL);
    damage(&s);
    VAULT(&damaged, &s, BYTES(""), "check");
    CHECK_INT(damaged.exit, 1);
}

TEST(vault, a_backup_restores_into_an_empty_vault_and_opens_there) {
    struct station s;
    _cleanup_(program_release) struct program_result view, backup, again, full, restored, back;
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    const char *file = below(&s, "vault.backup");
    VAULT(&backup, &s, BYTES(""), "backup", file);
    REQUIRE(backup.exit == 0);
    struct stat st;
    REQUIRE(stat(file, &st) == 0);
    CHECK_INT(st.st_mode & 07777, 0600);
    VAULT(&again, &s, BYTES(""), "backup", file);
    CHECK_INT(again.exit, 73);
    VAULT(&full, &s, BYTES(""), "restore", file);
    CHECK_INT(full.exit, 73);
    CHECK(says(&full, "restore into an empty one"));
    char command[900];
    must(snprintf(command, sizeof(command), "rm -r %s/vault", s.state) > 0);
    REQUIRE(system(command) == 0);
    VAULT(&restored, &s, BYTES(""), "restore", file);
    CHECK_INT(restored.exit, 0);
    reidentify(&s, buf_bytes(&view.out), &back);
    CHECK_STRING(program_out(&back), STATION_NOTE);
}

TEST(vault, half_a_backup_or_another_file_restores_nothing) {
    struct station s, empty;
    struct stat st;
    _cleanup_(program_release) struct program_result view, backup, half, none, check;
    station_open(&s, "state");
    station_open(&empty, "empty");
    station_view(&s, STATION_NOTE, &view);
    const char *file = below(&s, "vault.backup");
    VAULT(&backup, &s, BYTES(""), "backup", file);
    REQUIRE(backup.exit == 0 && stat(file, &st) == 0 && truncate(file, st.st_size - 9) == 0);
    VAULT(&half, &empty, BYTES(""), "restore", file);
    CHECK_INT(half.exit, 65);
    VAULT(&none, &empty, BYTES(""), "restore", below(&s, "nowhere"));
    CHECK_INT(none.exit, 66);
    VAULT(&check, &empty, BYTES(""), "check");
    CHECK(strstr(program_out(&check), "tokens     0\n") != NULL);
}

TEST(vault, a_shredded_patient_opens_no_more_and_the_deed_is_recorded) {
    struct station s;
    struct station_records records;
    _cleanup_(program_release) struct program_result view, shred, back;
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &view);
    VAULT(&shred, &s, BYTES("00482913\n"), "shred", "--reason", "asked for");
    CHECK_INT(shred.exit, 0);
    CHECK(strstr(program_out(&shred), "1 keys destroyed") == program_out(&shred));
    CHECK(station_verify(&s, &records));
    CHECK_INT(records.counts[EVENT_QUERY], 1);
    reidentify(&s, buf_bytes(&view.out), &back);
    CHECK_INT(back.exit, 0);
    CHECK(bytes_equal(buf_bytes(&back.out), buf_bytes(&view.out)));
    CHECK(says(&back, "7 of patients whose key was destroyed"));
}

static struct program_result known_view;

/* Nothing is destroyed that is not recorded. */
static int shred_on_a_full_disk(const struct station *s) {
    _cleanup_(program_release) struct program_result shred, check;
    if (!station_fill(s)) return 1;
    VAULT(&shred, s, BYTES("00482913\n"), "shred", "--reason", "asked for");
    if (shred.exit != 69 || !says(&shred, "No space left")) return 2;
    VAULT(&check, s, BYTES(""), "check", "--key", key_of(s));
    return strstr(program_out(&check), "opened     7\n") ? 0 : 3;
}

TEST(vault, without_a_record_nothing_is_shredded) {
    struct station s;
    station_open(&s, "state");
    station_view(&s, STATION_NOTE, &known_view);
    station_apart(&s, "6m", shred_on_a_full_disk);
    program_release(&known_view);
}

TEST(vault, wrong_usage_is_named) {
    struct station s;
    station_open(&s, "state");
    const struct {
        const char *words[4];
        int exit;
    } wrong[] = { { { "melt" }, 64 },         { { "backup" }, 64 }, { { "check", "file" }, 64 },          { { "shred" }, 64 },
                  { { "restore" }, 64 },      { { "check", "--no-such-option" }, 64 },
                  { { "shred", "--reason", "asked for" }, 65 } };
    for (size_t i = 0; i < array_count(wrong); i++) {
        _cleanup_(program_release) struct program_result r;
        vault(&s, BYTES(""), wrong[i].words, &r);
        CHECK_INT(r.exit, wrong[i].exit);
        CHECK(r.err.len > 0 && r.out.len == 0);
    }
}
