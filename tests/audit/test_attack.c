/* The attack table: what somebody who took the host, with all keys it has now, can do to the log, and what the auditor with the two pinned keys sees.
 * The forger here has the writer's own code and the key files. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include "audit/checkpoint.h"
#include "audit/entry.h"
#include "audit/tile.h"
#include "audit/verify.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "tests/audit/fixture.h"

enum { ENTRIES_MAX = 64, RECORDS = 12, KEPT = 4 /* of the attacks on every record in turn: this one's log becomes a vector */ };

/* A key with its secret half: stolen, or made by the forger. */
struct signer {
    struct note_key key;
    uint8_t secret[64];
};

struct attack {
    struct fixture f;
    struct note_key stable, epoch;     /* what the auditor pinned */
    struct signer thief;               /* S, stolen */
    struct signer current;             /* the epoch key under way, stolen now */
    struct signer earlier;             /* that of epoch 1, stolen while epoch 1 was under way */
    struct buf entries[ENTRIES_MAX];   /* the log's records, to be changed */
    size_t count;
    struct buf saved;                  /* a checkpoint that the auditor saved, of the log's middle */
};

static void secret_of_seed(const uint8_t seed[32], uint8_t secret[64], uint8_t public[32]) {
    must(crypto_sign_seed_keypair(public, secret, seed) == 0);
}

/* S from its hex file; the live slot's seed as keyring.h draws it. */
static void steal_keys(struct attack *a, struct signer *out_epoch) {
    char path[400];
    uint8_t seed[32], public[32];
    struct buf raw;
    buf_init(&raw, 10000);
    must(snprintf(path, sizeof(path), "%s/keys/journal.key", a->f.state) > 0);
    must(io_read_file_at(AT_FDCWD, path, &raw) == 0 && text_hex_decode(bytes_make(raw.ptr, 64), seed, 32));
    secret_of_seed(seed, a->thief.secret, public);
    a->thief.key = a->stable;
    must(memcmp(public, a->stable.public, 32) == 0);
    bool found = false;
    for (char slot = 'a'; slot <= 'b'; slot++) {
        buf_reset(&raw);
        must(snprintf(path, sizeof(path), "%s/keys/epoch.%c", a->f.state, slot) > 0);
        must(io_read_file_at(AT_FDCWD, path, &raw) == 0 && raw.len >= 64);
        if (raw.ptr[7] != 1) continue;
        must(!found); /* between epochs exactly one slot is live: the others' seeds are gone */
        found = true;
        secret_of_seed(raw.ptr + 16, out_epoch->secret, public);
        char name[NOTE_NAME_LEN_MAX];
        must(snprintf(name, sizeof(name), "%s/epoch/%llu", FIXTURE_ORIGIN, (unsigned long long) bytes_load_be64(raw.ptr + 8)) > 0);
        must(note_key_make(name, NOTE_ALGORITHM_ED25519, public, &out_epoch->key) == 0);
    }
    must(found);
    buf_release(&raw);
}

static int open_log(const struct attack *a) {
    char path[400];
    must(snprintf(path, sizeof(path), "%s/log", a->f.dir) > 0);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0);
    return fd;
}

/* Three epochs sealed, the fourth under way; the writer is gone. */
static void attack_init(struct attack *a) {
    memset(a, 0, sizeof(*a));
    fixture_init(&a->f);
    struct journal *j = fixture_create(&a->f);
    must(j != NULL);
    a->stable = fixture_key(&a->f, "log.vkey");
    a->epoch = fixture_key(&a->f, "epoch/0/vkey");
    struct event open = fixture_event(EVENT_OPEN);
    struct journal_status s = { 0 };
    for (int run = 0; run < 3; run++) {
        if (run == 1) steal_keys(a, &a->earlier);
        for (int i = 0; i < RECORDS / 3; i++) {
            must(snprintf(open.object.file, sizeof(open.object.file), "f1_%d_%d", run, i) > 0);
            must(journal_append_wait(j, &open, NULL) == 0);
        }
        must(journal_close(j) == 0);
        j = fixture_open(&a->f);
        must(j != NULL);
        journal_status(j, &s);
        if (run != 1) continue;
        char path[400];
        buf_init(&a->saved, NOTE_LEN_MAX);
        must(snprintf(path, sizeof(path), "%s/log/checkpoint", a->f.dir) > 0 && io_read_file_at(AT_FDCWD, path, &a->saved) == 0);
    }
    must(journal_append_wait(j, &open, NULL) == 0 && journal_checkpoint(j) == 0);
    journal_status(j, &s);
    steal_keys(a, &a->current);
    int fd = open_log(a);
    for (a->count = 0; a->count < s.checkpoint_size; a->count++) {
        must(a->count < ENTRIES_MAX);
        buf_init(&a->entries[a->count], ENTRY_LEN_MAX);
        must(tile_read_entry(fd, a->count, s.checkpoint_size, &a->entries[a->count]) == 0);
    }
    close_fd(&fd);
    must(journal_close(j) == 0);
}

static void attack_release(struct attack *a) {
    for (size_t i = 0; i < ENTRIES_MAX; i++) buf_release(&a->entries[i]);
    buf_release(&a->saved);
    fixture_release(&a->f);
}

static void remove_tree(const char *path) {
    char command[500];
    must(snprintf(command, sizeof(command), "rm -rf '%s'", path) > 0);
    must(system(command) == 0);
}

static void cut_epochs(struct attack *a, unsigned first, unsigned last) {
    char path[400];
    for (unsigned i = first; i <= last; i++) {
        must(snprintf(path, sizeof(path), "%s/log/epoch/%u", a->f.dir, i) > 0);
        remove_tree(path);
    }
}

static void sign(struct buf *note, const struct checkpoint *c, const struct signer *const *signers, size_t count) {
    uint8_t signature[64];
    buf_init(note, NOTE_LEN_MAX);
    must(checkpoint_format(c, note) == 0);
    size_t text_len = note->len;
    buf_append_byte(note, '\n');
    for (size_t i = 0; i < count; i++) {
        must(crypto_sign_detached(signature, NULL, note->ptr, text_len, signers[i]->secret) == 0);
        note_append_signature(note, &signers[i]->key, signature);
    }
}

/* The log's tiles written anew from the first count of a's entries. */
static void write_tiles(struct attack *a, size_t count, struct checkpoint *out) {
    char path[400];
    must(snprintf(path, sizeof(path), "%s/log/tile", a->f.dir) > 0);
    remove_tree(path);
    int fd = open_log(a);
    struct tile_tree *t = NULL;
    must(tile_tree_load(fd, 0, &t) == 0);
    for (size_t i = 0; i < count; i++) must(tile_tree_add(t, buf_bytes(&a->entries[i])) == 0);
    must(tile_tree_write_partials(t) == 0);
    *out = (struct checkpoint) { .origin = FIXTURE_ORIGIN, .size = count };
    tile_tree_root(t, &out->root);
    tile_tree_free(t);
    close_fd(&fd);
}

static void publish(const struct attack *a, const char *file, const struct checkpoint *c, const struct signer *const *signers, size_t count) {
    struct buf note;
    int fd = open_log(a);
    sign(&note, c, signers, count);
    must(io_replace_file_at(fd, file, buf_bytes(&note), 0644) == 0);
    buf_release(&note);
    close_fd(&fd);
}

/* The log written anew from a's entries, and signed with S and the key of the last epoch (NULL: S alone). The stop that sealed the stolen epoch is
 * undone first. */
static void forge_with(struct attack *a, const struct signer *epoch) {
    const struct signer *signers[] = { &a->thief, epoch };
    struct checkpoint c;
    cut_epochs(a, 3, 3);
    write_tiles(a, a->count, &c);
    publish(a, "checkpoint", &c, signers, epoch ? 2 : 1);
}

static void forge(struct attack *a, bool with_epoch_key) {
    forge_with(a, with_epoch_key ? &a->current : NULL);
}

static enum verify_verdict judge(const struct attack *a, struct bytes since) {
    static struct verify_report report;
    struct verify_options o = { .dir = a->f.dir, .stable = a->stable, .epoch = &a->epoch, .since = since };
    struct problem p = { "" };
    must(verify_run(&o, &report, &p) == 0);
    return report.verdict;
}

/* With DEIDFS_FORGED, a folder: the log as it is now goes there under the name, to become a vector (tests/cases/journal/forged). */
static void keep(const struct attack *a, const char *name) {
    const char *to = getenv("DEIDFS_FORGED");
    char command[1200];
    if (!to || !name) return;
    must(snprintf(command, sizeof(command), "cp -r '%s/log' '%s/%s'", a->f.dir, to, name) > 0);
    must(system(command) == 0);
}

static void remove_entry(struct attack *a, size_t at) {
    buf_release(&a->entries[at]);
    memmove(&a->entries[at], &a->entries[at + 1], (a->count - at - 1) * sizeof(a->entries[0]));
    memset(&a->entries[--a->count], 0, sizeof(a->entries[0]));
}

static void insert_entry(struct attack *a, size_t at, struct bytes text) {
    memmove(&a->entries[at + 1], &a->entries[at], (a->count - at) * sizeof(a->entries[0]));
    a->count++;
    buf_init(&a->entries[at], ENTRY_LEN_MAX);
    must(buf_append(&a->entries[at], text) == 0);
}

/* The last sealed epoch ends here: what follows is of the epoch whose key is stolen. */
static size_t sealed_end(const struct attack *a) {
    size_t end = 0;
    for (size_t i = 0; i < a->count; i++) {
        struct entry e;
        must(entry_read(buf_bytes(&a->entries[i]), &e) == 0);
        if (e.type == EVENT_KEY) end = i + 1;
    }
    return end;
}

TEST(attack, the_untouched_log_is_ok) {
    static struct attack a;
    attack_init(&a);
    CHECK_INT(judge(&a, buf_bytes(&a.saved)), VERIFY_OK);
    attack_release(&a);
}

/* The control of all tests below: a forgery that changes nothing is not told from the original. And the limit, as P2 says it: what the stolen
 * epoch holds, the thief can alter; nobody can tell who has saved no checkpoint of it. */
TEST(attack, the_stolen_epoch_and_no_other_can_be_altered) {
    static struct attack a;
    attack_init(&a);
    forge(&a, true);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_OK);
    uint8_t *user = memmem(a.entries[a.count - 1].ptr, a.entries[a.count - 1].len, "svc-indexer", 11);
    REQUIRE(user != NULL && sealed_end(&a) < a.count);
    user[0] = 'x';
    forge(&a, true);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_OK);
    CHECK_INT(judge(&a, buf_bytes(&a.saved)), VERIFY_OK);
    keep(&a, "the-open-epoch-altered");
    attack_release(&a);
}

TEST(attack, removing_any_sealed_record_is_found) {
    static struct attack a;
    attack_init(&a);
    size_t end = sealed_end(&a), found = 0;
    for (size_t i = 0; i < end; i++) {
        struct buf kept;
        buf_init(&kept, ENTRY_LEN_MAX);
        must(buf_append(&kept, buf_bytes(&a.entries[i])) == 0);
        remove_entry(&a, i);
        forge(&a, true);
        found += judge(&a, bytes_make(NULL, 0)) == VERIFY_TAMPERED;
        if (i == KEPT) keep(&a, "record-removed");
        insert_entry(&a, i, buf_bytes(&kept));
        buf_release(&kept);
    }
    CHECK_INT(found, end);
    attack_release(&a);
}

TEST(attack, doubling_or_swapping_any_sealed_record_is_found) {
    static struct attack a;
    attack_init(&a);
    size_t end = sealed_end(&a), found = 0;
    for (size_t i = 0; i < end; i++) {
        insert_entry(&a, i, buf_bytes(&a.entries[i]));
        forge(&a, true);
        found += judge(&a, bytes_make(NULL, 0)) == VERIFY_TAMPERED;
        if (i == KEPT) keep(&a, "record-doubled");
        remove_entry(&a, i);
    }
    CHECK_INT(found, end);
    found = 0;
    for (size_t i = 0; i + 1 < end; i++) {
        struct buf first = a.entries[i];
        a.entries[i] = a.entries[i + 1];
        a.entries[i + 1] = first;
        forge(&a, true);
        found += judge(&a, bytes_make(NULL, 0)) == VERIFY_TAMPERED;
        if (i == KEPT) keep(&a, "records-swapped");
        first = a.entries[i];
        a.entries[i] = a.entries[i + 1];
        a.entries[i + 1] = first;
    }
    CHECK_INT(found, end - 1);
    attack_release(&a);
}

TEST(attack, an_altered_record_of_a_sealed_epoch_is_found) {
    static struct attack a;
    attack_init(&a);
    size_t end = sealed_end(&a), tried = 0, found = 0;
    for (size_t i = 0; i < end; i++) {
        uint8_t *user = memmem(a.entries[i].ptr, a.entries[i].len, "svc-indexer", 11);
        if (!user) continue;
        user[0] = 'x'; /* a canonical entry still */
        forge(&a, true);
        tried++;
        found += judge(&a, bytes_make(NULL, 0)) == VERIFY_TAMPERED;
        if (i == KEPT) keep(&a, "record-altered");
        user[0] = 's';
    }
    CHECK(tried >= RECORDS);
    CHECK_INT(found, tried);
    attack_release(&a);
}

TEST(attack, a_head_signed_with_the_stable_key_alone_is_refused) {
    static struct attack a;
    attack_init(&a);
    forge(&a, false);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "stable-key-alone");
    attack_release(&a);
}

TEST(attack, cutting_back_and_going_on_with_the_stolen_key_is_refused) {
    static struct attack a;
    attack_init(&a);
    /* Back to the end of epoch 0, continued with the current key as if epochs 1 and 2 had never been. */
    size_t first_key = 0;
    struct entry e;
    while (entry_read(buf_bytes(&a.entries[first_key]), &e) == 0 && e.type != EVENT_KEY) first_key++;
    while (a.count > first_key + 1) remove_entry(&a, a.count - 1);
    cut_epochs(&a, 1, 9);
    forge(&a, true);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "cut-back-and-continued");
    CHECK_INT(judge(&a, buf_bytes(&a.saved)), VERIFY_TAMPERED);
    attack_release(&a);
}

TEST(attack, a_dropped_epoch_is_found) {
    static struct attack a;
    attack_init(&a);
    /* All records of epoch 1 away, and its final. */
    size_t keys = 0;
    for (size_t i = 0; i < a.count;) {
        struct entry e;
        must(entry_read(buf_bytes(&a.entries[i]), &e) == 0);
        bool of_epoch_1 = keys == 1;
        keys += e.type == EVENT_KEY;
        if (of_epoch_1) remove_entry(&a, i);
        else i++;
    }
    cut_epochs(&a, 1, 1);
    forge(&a, true);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "epoch-dropped");
    forge(&a, false);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "epoch-dropped-stable-key-alone");
    attack_release(&a);
}

TEST(attack, a_final_of_another_epoch_does_not_serve) {
    static struct attack a;
    attack_init(&a);
    char command[900];
    must(snprintf(command, sizeof(command), "cp %s/log/epoch/0/final %s/log/epoch/1/final", a.f.dir, a.f.dir) > 0);
    must(system(command) == 0);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    attack_release(&a);
}

TEST(attack, an_extra_record_behind_a_partial_bundle_is_found) {
    static struct attack a;
    attack_init(&a);
    char command[900];
    must(snprintf(command, sizeof(command), "cd %s/log/tile/entries/000.p && for f in *; do printf '\\000\\002{}' >> $f; done", a.f.dir) > 0);
    must(system(command) == 0);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    attack_release(&a);
}

/* A whole and sound record of the stolen epoch, behind a bundle whose tree is signed anew without it. */
TEST(attack, an_extra_record_behind_a_partial_bundle_signed_anew_is_found) {
    static struct attack a;
    char path[400];
    attack_init(&a);
    forge(&a, true);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_OK);
    struct bytes last = buf_bytes(&a.entries[a.count - 1]);
    const uint8_t len[2] = { (uint8_t) (last.len >> 8), (uint8_t) last.len };
    must(snprintf(path, sizeof(path), "%s/log/tile/entries/000.p/%zu", a.f.dir, a.count) > 0);
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    must(fd >= 0 && io_write_full(fd, bytes_make(len, 2)) == 0 && io_write_full(fd, last) == 0);
    close_fd(&fd);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "extra-record-behind-a-partial-bundle");
    attack_release(&a);
}

TEST(attack, a_clock_set_back_without_its_record_is_found) {
    static struct attack a;
    attack_init(&a);
    /* Even in the records that the thief may rewrite: the last one's time an hour earlier. */
    struct buf *last = &a.entries[a.count - 1];
    uint8_t *time = memmem(last->ptr, last->len, "\"time\":\"20", 10);
    REQUIRE(time != NULL);
    time[20] = time[20] == '0' ? '1' : '0'; /* the hour's second digit */
    forge(&a, true);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "clock-set-back");
    attack_release(&a);
}

/* The index of the key record that ends epoch 1. */
static size_t end_of_epoch_1(const struct attack *a) {
    size_t keys = 0;
    for (size_t i = 0; i < a->count; i++) {
        struct entry e;
        must(entry_read(buf_bytes(&a->entries[i]), &e) == 0);
        keys += e.type == EVENT_KEY;
        if (keys == 2) return i;
    }
    must(false);
    return 0;
}

TEST(attack, a_key_stolen_in_an_earlier_epoch_signs_no_later_head) {
    static struct attack a;
    attack_init(&a);
    forge_with(&a, &a.earlier);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "earlier-epochs-key");
    attack_release(&a);
}

/* The thief of E_1 changes a record of epoch 1 after it was sealed, and seals it again with all that was stolen, then and now: E_2's signature, by a
 * key that is gone, cannot be made again. */
TEST(attack, a_sealed_epoch_is_not_sealed_again_with_the_key_stolen_in_it) {
    static struct attack a;
    attack_init(&a);
    size_t end = end_of_epoch_1(&a);
    uint8_t *user = memmem(a.entries[end - 2].ptr, a.entries[end - 2].len, "svc-indexer", 11);
    for (size_t i = end; !user && i > 0; i--) user = memmem(a.entries[i - 1].ptr, a.entries[i - 1].len, "svc-indexer", 11);
    REQUIRE(user != NULL);
    user[0] = 'x';
    struct checkpoint sealed;
    write_tiles(&a, end + 1, &sealed);
    const struct signer *signers[] = { &a.thief, &a.earlier, &a.current };
    publish(&a, "epoch/1/final", &sealed, signers, 3);
    forge(&a, true);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    publish(&a, "epoch/1/final", &sealed, signers, 2);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "epoch-sealed-again");
    attack_release(&a);
}

/* And the limit, as P3 says it: from the stolen epoch on the thief can invent another history with epoch keys of his own. Who holds any later
 * checkpoint of the true one sees it; who holds none does not. What was sealed before the theft stays as it was. */
static struct signer invent_history(struct attack *a) {
    size_t end = a->count;
    struct signer own;
    memset(&own, 0, sizeof(own));
    uint8_t seed[32] = { 7 }, public[32], raw[ENTRY_LEN_MAX];
    char vkey[NOTE_VKEY_LEN_MAX];
    secret_of_seed(seed, own.secret, public);
    must(note_key_make(FIXTURE_ORIGIN "/epoch/2", NOTE_ALGORITHM_ED25519, public, &own.key) == 0 && note_key_format(&own.key, vkey) == 0);
    struct entry last;
    must(entry_read(buf_bytes(&a->entries[end - 1]), &last) == 0);
    struct entry_stamp stamp = { .time_us = last.time_us, .mono_us = last.mono_us };
    memcpy(stamp.boot, last.field[ENTRY_BOOT].ptr, ENTRY_BOOT_LEN);
    struct event_log next = { .epoch = 2, .epoch_vkey = vkey };
    struct event key = { .type = EVENT_KEY, .log = &next };
    size_t len = 0;
    must(entry_encode(&key, &stamp, raw, &len) == 0);
    insert_entry(a, end, bytes_make(raw, len));
    cut_epochs(a, 2, 9);
    struct checkpoint c;
    write_tiles(a, a->count, &c);
    const struct signer *signers[] = { &a->thief, &a->earlier, &own };
    publish(a, "epoch/1/final", &c, signers, 3);
    publish(a, "checkpoint", &c, signers, 3);
    return own;
}

static void cut_back_to_epoch_1(struct attack *a) {
    size_t end = end_of_epoch_1(a);
    while (a->count > end) remove_entry(a, a->count - 1);
}

TEST(attack, another_history_from_a_stolen_key_on_is_told_by_any_later_checkpoint) {
    static struct attack a;
    attack_init(&a);
    cut_back_to_epoch_1(&a);
    (void) invent_history(&a);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_OK);
    CHECK_INT(judge(&a, buf_bytes(&a.saved)), VERIFY_TAMPERED);
    attack_release(&a);
}

/* What follows is found although the forger holds every key and leaves tree and signatures in order: nothing but the record's form or its meaning
 * gives it away. */
TEST(attack, an_epoch_sealed_without_its_heartbeat_is_found) {
    static struct attack a;
    attack_init(&a);
    cut_back_to_epoch_1(&a);
    struct entry last;
    must(entry_read(buf_bytes(&a.entries[a.count - 1]), &last) == 0);
    REQUIRE(last.type == EVENT_BEAT);
    remove_entry(&a, a.count - 1);
    (void) invent_history(&a);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "epoch-without-heartbeat");
    attack_release(&a);
}

/* The forger's own epoch 2 sealed where epoch 1 ended, by every key that a seal needs. */
TEST(attack, an_epoch_that_ends_where_the_one_before_ended_is_found) {
    static struct attack a;
    char path[400];
    struct checkpoint same;
    attack_init(&a);
    cut_back_to_epoch_1(&a);
    struct signer own = invent_history(&a);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_OK);
    write_tiles(&a, a.count, &same);
    const struct signer *signers[] = { &a.thief, &own, &own };
    must(snprintf(path, sizeof(path), "%s/log/epoch/2", a.f.dir) > 0 && mkdir(path, 0755) == 0);
    publish(&a, "epoch/2/final", &same, signers, 3);
    CHECK_INT(judge(&a, bytes_make(NULL, 0)), VERIFY_TAMPERED);
    keep(&a, "size-not-growing");
    attack_release(&a);
}

/* The last record, of the stolen epoch, with some of its bytes replaced by others. */
static enum verify_verdict judge_replaced(const char *from, const char *to, const char *name) {
    static struct attack a;
    attack_init(&a);
    struct buf *last = &a.entries[a.count - 1], changed;
    uint8_t *at = memmem(last->ptr, last->len, from, strlen(from));
    must(at != NULL);
    size_t before = (size_t) (at - last->ptr), behind = before + strlen(from);
    buf_init(&changed, ENTRY_LEN_MAX);
    buf_append(&changed, bytes_make(last->ptr, before));
    buf_append_string(&changed, to);
    must(buf_append(&changed, bytes_make(last->ptr + behind, last->len - behind)) == 0);
    buf_release(last);
    *last = changed;
    forge(&a, true);
    enum verify_verdict verdict = judge(&a, bytes_make(NULL, 0));
    keep(&a, name);
    attack_release(&a);
    remove_tree(a.f.state); /* for the next one */
    must(mkdir(a.f.state, 0700) == 0);
    return verdict;
}

TEST(attack, a_signed_record_that_is_not_canonical_or_of_no_known_form_is_found) {
    CHECK_INT(judge_replaced("svc-indexer", "svc-indexes", NULL), VERIFY_OK); /* the control: as good as the original */
    CHECK_INT(judge_replaced("\"boot\":", "\"boot\": ", "space-in-a-record"), VERIFY_TAMPERED);
    CHECK_INT(judge_replaced("\"v\":1", "\"v\":2", "unknown-version"), VERIFY_TAMPERED);
    CHECK_INT(judge_replaced("\"v\":1", "\"v\":1,\"vv\":1", "unknown-member"), VERIFY_TAMPERED);
    CHECK_INT(judge_replaced("\"gid\":1001", "\"gid\":01001", "number-not-canonical"), VERIFY_TAMPERED);
    CHECK_INT(judge_replaced("\"type\":\"open\"", "\"type\":\"beat\"", "record-of-another-type"), VERIFY_TAMPERED);
    CHECK_INT(judge_replaced("\"type\":\"open\"", "\"type\":\"genesis\"", "second-genesis"), VERIFY_TAMPERED);
}
