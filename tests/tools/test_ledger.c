#include "tools/ledger.h"

#include <errno.h>
#include <sys/file.h>

#include "conf/keyring.h"
#include "tests/tools/station.h"

#define ORIGIN "example.org/host/notes/abcd2345"

struct desk {
    struct station station; /* paths only: no program made it */
    struct conf conf;
    char folder[340];
};

static void desk_open(struct desk *d) {
    struct problem p = { "" };
    memset(d, 0, sizeof(*d));
    must(snprintf(d->conf.state, sizeof(d->conf.state), "%s", harness_temp_dir()) > 0);
    must(snprintf(d->conf.origin, sizeof(d->conf.origin), "%s", ORIGIN) > 0);
    must(snprintf(d->folder, sizeof(d->folder), "%s/reidentify", harness_temp_dir()) > 0);
    must(snprintf(d->station.journal, sizeof(d->station.journal), "%s/journal", d->folder) > 0);
    d->conf.epoch_s = 3600;
    REQUIRE(keyring_create(d->conf.state, &p) == 0);
}

static int append_one(struct ledger *l) {
    uint64_t index = 0;
    struct actor who;
    actor_of_self(&who);
    struct event ev = { .type = EVENT_REID, .who = &who, .purpose = "TREAT", .restored = 3, .left = 1 };
    return journal_append_wait(l->journal, &ev, &index);
}

static bool mentions(const char *text, const char *words) {
    return strstr(text, words) != NULL;
}

TEST(ledger, what_is_appended_verifies_with_the_logs_own_keys) {
    struct desk d;
    struct ledger l = { 0 };
    struct problem p = { "" };
    struct station_records records;
    desk_open(&d);
    REQUIRE(ledger_create(&d.conf, &p) == 0);
    CHECK(station_verify(&d.station, &records));
    CHECK_INT(records.counts[EVENT_GENESIS], 1);
    REQUIRE(ledger_open(&d.conf, d.folder, &l, &p) == 0);
    CHECK_INT(append_one(&l), 0);
    CHECK_INT(ledger_close(&l), 0);
    CHECK(l.journal == NULL && l.keeper == NULL);
    CHECK(station_verify(&d.station, &records));
    CHECK_INT(records.counts[EVENT_REID], 1);
    CHECK_INT(records.restored, 3);
    CHECK_INT(records.left, 1);
}

TEST(ledger, its_origin_is_the_mounts_with_reidentify_behind_the_instance) {
    struct desk d;
    struct problem p = { "" };
    _cleanup_(buf_release) struct buf vkey;
    char path[420];
    desk_open(&d);
    REQUIRE(ledger_create(&d.conf, &p) == 0);
    buf_init(&vkey, 1000);
    must(snprintf(path, sizeof(path), "%s/log/log.vkey", d.station.journal) > 0);
    REQUIRE(io_read_file_at(AT_FDCWD, path, &vkey) == 0);
    CHECK(bytes_starts_with(buf_bytes(&vkey), BYTES("example.org/host/notes-reidentify/abcd2345+")));
}

TEST(ledger, what_is_there_is_not_made_again) {
    struct desk d;
    struct problem p = { "" };
    struct station_records records;
    desk_open(&d);
    REQUIRE(ledger_create(&d.conf, &p) == 0);
    struct note_key before = station_vkey(&d.station, "log.vkey");
    CHECK_INT(ledger_create(&d.conf, &p), -EEXIST);
    struct note_key after = station_vkey(&d.station, "log.vkey");
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
    CHECK(station_verify(&d.station, &records));
}

TEST(ledger, an_origin_without_parts_or_with_too_much_is_refused) {
    struct desk d;
    struct problem p = { "" };
    desk_open(&d);
    must(snprintf(d.conf.origin, sizeof(d.conf.origin), "no-parts") > 0);
    CHECK_INT(ledger_create(&d.conf, &p), -EINVAL);
    memset(d.conf.origin, 'a', CONF_ORIGIN_LEN_MAX);
    memcpy(d.conf.origin + CONF_ORIGIN_LEN_MAX - 6, "/b/c/d", 7);
    CHECK_INT(ledger_create(&d.conf, &p), -EINVAL);
    CHECK(mentions(p.text, "too long"));
}

TEST(ledger, a_missing_log_or_key_is_named) {
    struct desk d;
    struct ledger l = { 0 };
    struct problem p = { "" };
    char path[420];
    desk_open(&d);
    CHECK(ledger_open(&d.conf, d.folder, &l, &p) < 0);
    REQUIRE(ledger_create(&d.conf, &p) == 0);
    must(snprintf(path, sizeof(path), "%s/keys/journal.key", d.folder) > 0);
    REQUIRE(unlink(path) == 0);
    CHECK(ledger_open(&d.conf, d.folder, &l, &p) < 0);
    CHECK(mentions(p.text, "keys"));
    CHECK(l.journal == NULL && l.keeper == NULL);
}

/* Another writer, which leaves once it has been seen to hold the log. */
TEST(ledger, another_writer_is_waited_for) {
    struct desk d;
    struct problem p = { "" };
    struct ledger l = { 0 };
    int ready[2];
    desk_open(&d);
    REQUIRE(ledger_create(&d.conf, &p) == 0 && pipe2(ready, O_CLOEXEC) == 0);
    pid_t other = fork();
    must(other >= 0);
    if (other == 0) {
        struct ledger held = { 0 };
        int r = ledger_open(&d.conf, d.folder, &held, &p);
        if (r == 0) r = append_one(&held);
        bool told = write(ready[1], "x", 1) == 1;
        usleep(200000);
        _exit(r == 0 && told && ledger_close(&held) == 0 ? 0 : 1);
    }
    char byte;
    int status = 0;
    CHECK_INT(read(ready[0], &byte, 1), 1);
    CHECK_INT(ledger_open(&d.conf, d.folder, &l, &p), 0);
    if (l.journal) CHECK_INT(append_one(&l), 0);
    CHECK_INT(ledger_close(&l), 0);
    must(waitpid(other, &status, 0) == other);
    CHECK_INT(status, 0);
    struct station_records records;
    CHECK(station_verify(&d.station, &records));
    CHECK_INT(records.counts[EVENT_REID], 2);
    close_fd(&ready[0]);
    close_fd(&ready[1]);
}
