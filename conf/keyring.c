#include "conf/keyring.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "conf/subject.h"

enum { SLOT_CHECKED_LEN = 48, SLOT_DIGEST_LEN = 16, SLOT_USED_LEN = 64, SUBJECT_FILE_LEN = 128 };
static_assert(SLOT_CHECKED_LEN + SLOT_DIGEST_LEN == SLOT_USED_LEN, "the drawing in keyring.h");

static void keyring_buf_release(struct buf *b) {
    buf_release(b);
}

/* 0 also when it exists: a key is never overwritten. */
static int keyring_write_once(int dir_fd, const char *path, struct bytes data) {
    int r = io_create_file_at(dir_fd, path, data, 0600);
    return r == -EEXIST ? 0 : r;
}

static void keyring_hex_line(const struct key *k, char out[2 * KEY_LEN + 2]) {
    text_hex_encode(bytes_make(k->raw, KEY_LEN), out);
    out[2 * KEY_LEN] = '\n';
    out[2 * KEY_LEN + 1] = '\0';
}

static int keyring_make_random(int dir_fd, const char *path) {
    _cleanup_(key_wipe) struct key k;
    char line[2 * KEY_LEN + 2];
    randombytes_buf(k.raw, sizeof(k.raw));
    keyring_hex_line(&k, line);
    int r = keyring_write_once(dir_fd, path, bytes_make(line, sizeof(line) - 1));
    sodium_memzero(line, sizeof(line));
    return r;
}

static void keyring_slot_bytes(bool live, uint64_t epoch, const struct key *seed, uint8_t out[KEYRING_SLOT_LEN]) {
    memset(out, 0, KEYRING_SLOT_LEN);
    memcpy(out, "DFE1", 4);
    bytes_store_be32(out + 4, live ? 1 : 0);
    bytes_store_be64(out + 8, live ? epoch : 0);
    if (live) memcpy(out + 16, seed->raw, KEY_LEN);
    int r = crypto_generichash(out + SLOT_CHECKED_LEN, SLOT_DIGEST_LEN, out, SLOT_CHECKED_LEN, NULL, 0);
    must(r == 0); /* fails only on lengths out of range */
}

int keyring_slot_write(struct keyring_slot *slot, bool live, uint64_t epoch, const struct key *seed) {
    uint8_t raw[KEYRING_SLOT_LEN];
    keyring_slot_bytes(live, epoch, seed, raw);
    int r = io_pwrite_full(slot->fd, bytes_make(raw, sizeof(raw)), 0);
    sodium_memzero(raw, sizeof(raw));
    if (r == 0 && fdatasync(slot->fd) < 0) r = -errno;
    if (r < 0) return r;
    slot->live = live;
    slot->epoch = live ? epoch : 0;
    if (live) slot->seed = *seed;
    else key_wipe(&slot->seed);
    return 0;
}

static int keyring_make_slots(int dir_fd) {
    _cleanup_(key_wipe) struct key seed;
    uint8_t raw[KEYRING_SLOT_LEN];
    randombytes_buf(seed.raw, sizeof(seed.raw));
    keyring_slot_bytes(true, 0, &seed, raw);
    int r = keyring_write_once(dir_fd, "keys/epoch.a", bytes_make(raw, sizeof(raw)));
    keyring_slot_bytes(false, 0, NULL, raw);
    return r < 0 ? r : keyring_write_once(dir_fd, "keys/epoch.b", bytes_make(raw, sizeof(raw)));
}

/* K_0 goes to the officer, the same bytes begin the host's chain. */
static int keyring_make_subject(int dir_fd) {
    struct stat st;
    if (fstatat(dir_fd, "keys/subject.key", &st, AT_SYMLINK_NOFOLLOW) == 0) return 0;
    _cleanup_(key_wipe) struct key k;
    char line[SUBJECT_FILE_LEN], hex[2 * KEY_LEN + 1];
    randombytes_buf(k.raw, sizeof(k.raw));
    text_hex_encode(bytes_make(k.raw, KEY_LEN), hex);
    uint32_t month = subject_month_of(clock_realtime_us());
    int len = snprintf(line, sizeof(line), "%" PRIu32 " %" PRIu32 " %s\n", month, month, hex);
    must(len > 0 && (size_t) len < sizeof(line));
    int r = keyring_write_once(dir_fd, "officer/subject-0.key", bytes_make(line, (size_t) len));
    if (r == 0) r = keyring_write_once(dir_fd, "keys/subject.key", bytes_make(line, (size_t) len));
    sodium_memzero(line, sizeof(line));
    sodium_memzero(hex, sizeof(hex));
    return r;
}

static int keyring_make_reidentify(int dir_fd) {
    struct stat st;
    if (fstatat(dir_fd, "public/reidentify.pub", &st, AT_SYMLINK_NOFOLLOW) == 0) return 0;
    _cleanup_(key_wipe) struct key secret = { 0 }, public = { 0 };
    static_assert(crypto_box_SECRETKEYBYTES == KEY_LEN && crypto_box_PUBLICKEYBYTES == KEY_LEN, "X25519");
    must(crypto_box_keypair(public.raw, secret.raw) == 0);
    char line[2 * KEY_LEN + 2];
    keyring_hex_line(&secret, line);
    /* Not write_once: a secret left without its public half by a crash is of no use to anybody. */
    int r = io_replace_file_at(dir_fd, "reidentify/reidentify.key", bytes_make(line, sizeof(line) - 1), 0600);
    sodium_memzero(line, sizeof(line));
    if (r < 0) return r;
    keyring_hex_line(&public, line);
    return io_create_file_at(dir_fd, "public/reidentify.pub", bytes_make(line, sizeof(line) - 1), 0644);
}

int keyring_create(const char *state_dir, struct problem *p) {
    _cleanup_(close_fd) int dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) return problem_set(p, -errno, "cannot open the state folder %s: %s", state_dir, strerror(errno));
    static const struct {
        const char *path;
        mode_t mode;
    } folders[] = { { "keys", 0700 }, { "reidentify", 0700 }, { "officer", 0700 }, { "public", 0755 } };
    int r = 0;
    for (size_t i = 0; r == 0 && i < array_count(folders); i++) r = io_make_dirs_at(dir_fd, folders[i].path, folders[i].mode);
    static const char *const random_keys[] = { "keys/journal.key", "keys/index.key", "keys/local.key" };
    for (size_t i = 0; r == 0 && i < array_count(random_keys); i++) r = keyring_make_random(dir_fd, random_keys[i]);
    if (r == 0) r = keyring_make_slots(dir_fd);
    if (r == 0) r = keyring_make_subject(dir_fd);
    if (r == 0) r = keyring_make_reidentify(dir_fd);
    if (r < 0) return problem_set(p, r, "cannot make the keys below %s: %s", state_dir, strerror(-r));
    return 0;
}

static int keyring_read_hex(int dir_fd, const char *path, struct key *out) {
    _cleanup_(keyring_buf_release) struct buf b;
    buf_init(&b, 2 * KEY_LEN + 2);
    int r = io_read_file_at(dir_fd, path, &b);
    if (r < 0) return r;
    struct bytes text = buf_bytes(&b);
    if (text.len > 0 && text.ptr[text.len - 1] == '\n') text.len--;
    return text_hex_decode(text, out->raw, KEY_LEN) ? 0 : -EBADMSG;
}

int keyring_import(const char *state_dir, enum keyring_shared which, const char *path, struct problem *p) {
    static const struct {
        const char *folder, *path;
        mode_t folder_mode, mode;
    } places[] = { [KEYRING_INDEX] = { "keys", "keys/index.key", 0700, 0600 },
                   [KEYRING_REIDENTIFY_PUBLIC] = { "public", "public/reidentify.pub", 0755, 0644 } };
    _cleanup_(key_wipe) struct key k = { 0 }, present = { 0 };
    char line[2 * KEY_LEN + 2];
    _cleanup_(close_fd) int dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) return problem_set(p, -errno, "cannot open the state folder %s: %s", state_dir, strerror(errno));
    int r = keyring_read_hex(AT_FDCWD, path, &k);
    if (r < 0) return problem_set(p, -EKEYREJECTED, "cannot read a key of 64 hex digits from %s: %s", path, strerror(-r));
    keyring_hex_line(&k, line);
    r = io_make_dirs_at(dir_fd, places[which].folder, places[which].folder_mode);
    if (r == 0) r = io_create_file_at(dir_fd, places[which].path, bytes_make(line, sizeof(line) - 1), places[which].mode);
    sodium_memzero(line, sizeof(line));
    if (r == -EEXIST && keyring_read_hex(dir_fd, places[which].path, &present) == 0 && sodium_memcmp(present.raw, k.raw, KEY_LEN) == 0) return 0;
    if (r == -EEXIST) return problem_set(p, r, "%s/%s is another key already", state_dir, places[which].path);
    return r < 0 ? problem_set(p, r, "cannot write %s/%s: %s", state_dir, places[which].path, strerror(-r)) : 0;
}

int keyring_load_reidentify_public(const char *state_dir, uint8_t out[KEY_LEN], struct problem *p) {
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/public/reidentify.pub", state_dir);
    if (len < 0 || (size_t) len >= sizeof(path)) return problem_set(p, -ENAMETOOLONG, "the state folder's path is too long");
    struct key k = { 0 };
    int r = keyring_read_hex(AT_FDCWD, path, &k);
    if (r < 0) return problem_set(p, -EKEYREJECTED, "cannot read the re-identification public key %s: %s; make it with deidfs-setup", path, strerror(-r));
    memcpy(out, k.raw, KEY_LEN);
    return 0;
}

int keyring_load_reidentify_secret(const char *path, struct key *out, struct problem *p) {
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
        return problem_set(p, -EKEYREJECTED, "the key file %s is open to others; run: chmod 600 %s", path, path);
    }
    int r = keyring_read_hex(AT_FDCWD, path, out);
    if (r < 0) return problem_set(p, -EKEYREJECTED, "cannot read the re-identification key %s: %s; name its place with --key", path, strerror(-r));
    return 0;
}

/* ---- rotation of the re-identification key ---------------------------------------------------------------------------------------- */

enum { KEYRING_OLDER_NAME_LEN = sizeof("reidentify-01234567.key") - 1 };

static void keyring_older_name(const struct key *secret, char out[KEYRING_OLDER_NAME_LEN + 1]) {
    uint8_t public_key[KEY_LEN], digest[crypto_generichash_BYTES];
    char hex[9];
    must(crypto_scalarmult_base(public_key, secret->raw) == 0); /* a secret has its public half */
    crypto_generichash(digest, sizeof(digest), public_key, KEY_LEN, NULL, 0);
    text_hex_encode(bytes_make(digest, 4), hex);
    int n = snprintf(out, KEYRING_OLDER_NAME_LEN + 1, "reidentify-%s.key", hex);
    must(n == KEYRING_OLDER_NAME_LEN);
}

/* The secret that stands there, if any, under its own name. */
static int keyring_keep_older(int folder_fd) {
    _cleanup_(key_wipe) struct key old = { 0 };
    char name[KEYRING_OLDER_NAME_LEN + 1];
    int r = keyring_read_hex(folder_fd, "reidentify.key", &old);
    if (r == -ENOENT) return 0; /* it was moved to where it is used */
    if (r < 0) return r;
    keyring_older_name(&old, name);
    if (renameat(folder_fd, "reidentify.key", folder_fd, name) < 0) return -errno;
    return fsync(folder_fd) < 0 ? -errno : 0;
}

static int keyring_rotate_in(int dir_fd, uint8_t out_public[KEY_LEN]) {
    _cleanup_(key_wipe) struct key secret = { 0 }, public = { 0 };
    char line[2 * KEY_LEN + 2];
    _cleanup_(close_fd) int folder_fd = openat(dir_fd, "reidentify", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0) return -errno;
    int r = keyring_keep_older(folder_fd);
    if (r < 0) return r;
    must(crypto_box_keypair(public.raw, secret.raw) == 0);
    keyring_hex_line(&secret, line);
    r = io_replace_file_at(folder_fd, "reidentify.key", bytes_make(line, sizeof(line) - 1), 0600);
    sodium_memzero(line, sizeof(line));
    keyring_hex_line(&public, line);
    if (r == 0) r = io_replace_file_at(dir_fd, "public/reidentify.pub", bytes_make(line, sizeof(line) - 1), 0644);
    if (r == 0 && out_public) memcpy(out_public, public.raw, KEY_LEN);
    return r;
}

int keyring_rotate_reidentify(const char *state_dir, uint8_t out_public[KEY_LEN], struct problem *p) {
    _cleanup_(close_fd) int dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = dir_fd < 0 ? -errno : keyring_rotate_in(dir_fd, out_public);
    return r < 0 ? problem_set(p, r, "the re-identification key below %s could not be rotated: %s", state_dir, strerror(-r)) : 0;
}

static bool keyring_is_older_name(const char *name) {
    size_t len = strlen(name);
    return len == KEYRING_OLDER_NAME_LEN && strncmp(name, "reidentify-", 11) == 0 && strcmp(name + len - 4, ".key") == 0;
}

int keyring_load_reidentify_older(const char *path, struct key *out, size_t max, size_t *out_count, struct problem *p) {
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t) (slash - path) : 0, count = 0;
    if (len >= sizeof(folder)) return problem_set(p, -ENAMETOOLONG, "the key's path is too long");
    if (slash) memcpy(folder, len ? path : "/", len ? len : 1);
    if (slash) folder[len ? len : 1] = '\0';
    DIR *dir = opendir(folder);
    *out_count = 0;
    if (!dir) return 0; /* a credential that is no file of a folder: nothing lies beside it */
    int r = 0;
    for (struct dirent *d; r == 0 && count < max && (d = readdir(dir));) {
        if (!keyring_is_older_name(d->d_name)) continue;
        r = keyring_read_hex(dirfd(dir), d->d_name, &out[count]);
        if (r < 0) ignore(problem_set(p, r, "cannot read the earlier key %s/%s: %s", folder, d->d_name, strerror(-r))); /* r goes on */
        count += r == 0;
    }
    ignore(closedir(dir)); /* it was only read */
    if (r == 0) *out_count = count;
    return r;
}

static int keyring_slot_load(int dir_fd, const char *path, struct keyring_slot *slot) {
    uint8_t raw[KEYRING_SLOT_LEN], digest[SLOT_DIGEST_LEN];
    slot->fd = openat(dir_fd, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (slot->fd < 0) return -errno;
    int r = io_pread_full(slot->fd, raw, sizeof(raw), 0);
    if (r < 0) return r;
    must(crypto_generichash(digest, sizeof(digest), raw, SLOT_CHECKED_LEN, NULL, 0) == 0);
    bool whole = memcmp(raw, "DFE1", 4) == 0 && memcmp(digest, raw + SLOT_CHECKED_LEN, SLOT_DIGEST_LEN) == 0;
    /* A slot torn by a crash while it was written held no epoch that anything was signed with: it counts as wiped. */
    slot->live = whole && bytes_load_be32(raw + 4) == 1;
    slot->epoch = slot->live ? bytes_load_be64(raw + 8) : 0;
    if (slot->live) memcpy(slot->seed.raw, raw + 16, KEY_LEN);
    sodium_memzero(raw, sizeof(raw));
    return 0;
}

static int keyring_subject_load(int dir_fd, struct keyring *k) {
    char line[SUBJECT_FILE_LEN + 1] = "", hex[2 * KEY_LEN + 1] = "", extra = 0;
    k->subject_fd = openat(dir_fd, "keys/subject.key", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (k->subject_fd < 0) return -errno;
    if (pread(k->subject_fd, line, SUBJECT_FILE_LEN, 0) <= 0) return -EBADMSG;
    int fields = sscanf(line, "%" SCNu32 " %" SCNu32 " %64[0-9a-f] %c", &k->subject_first_month, &k->subject_month, hex, &extra);
    bool good = fields == 3 && k->subject_month >= k->subject_first_month && text_hex_decode(bytes_from_string(hex), k->subject.raw, KEY_LEN);
    sodium_memzero(line, sizeof(line));
    sodium_memzero(hex, sizeof(hex));
    return good ? 0 : -EBADMSG;
}

int keyring_subject_step(struct keyring *k, uint32_t month) {
    if (month <= k->subject_month) return 0; /* a clock set back keeps the newer key: months never repeat */
    if (month - k->subject_month > 1200) return -ERANGE;
    _cleanup_(key_wipe) struct key next = k->subject;
    for (uint32_t m = k->subject_month; m < month; m++) {
        _cleanup_(key_wipe) struct key from = next;
        subject_key_next(&from, &next);
    }
    char line[SUBJECT_FILE_LEN], hex[2 * KEY_LEN + 1];
    text_hex_encode(bytes_make(next.raw, KEY_LEN), hex);
    int len = snprintf(line, sizeof(line), "%" PRIu32 " %" PRIu32 " %s\n", k->subject_first_month, month, hex);
    must(len > 0 && (size_t) len < sizeof(line));
    int r = io_pwrite_full(k->subject_fd, bytes_make(line, (size_t) len), 0);
    sodium_memzero(line, sizeof(line));
    sodium_memzero(hex, sizeof(hex));
    if (r == 0 && fdatasync(k->subject_fd) < 0) r = -errno;
    if (r < 0) return r;
    k->subject = next;
    k->subject_month = month;
    return 0;
}

static int keyring_load_all(int dir_fd, struct keyring *k) {
    struct stat st;
    if (fstatat(dir_fd, "keys", &st, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
    if (!S_ISDIR(st.st_mode) || (st.st_mode & 077) != 0) return -EPERM;
    int r = keyring_read_hex(dir_fd, "keys/journal.key", &k->journal);
    if (r == 0) r = keyring_read_hex(dir_fd, "keys/index.key", &k->index);
    if (r == 0) r = keyring_read_hex(dir_fd, "keys/local.key", &k->local);
    if (r == 0) r = keyring_subject_load(dir_fd, k);
    if (r == 0) r = keyring_slot_load(dir_fd, "keys/epoch.a", &k->slots[0]);
    if (r == 0) r = keyring_slot_load(dir_fd, "keys/epoch.b", &k->slots[1]);
    if (r == 0 && !k->slots[0].live && !k->slots[1].live) r = -ENOKEY;
    return r;
}

int keyring_load(const char *state_dir, struct keyring *out, struct problem *p) {
    _cleanup_(close_fd) int dir_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) return problem_set(p, -errno, "cannot open the state folder %s: %s", state_dir, strerror(errno));
    *out = (struct keyring) { .subject_fd = -1, .slots = { { .fd = -1 }, { .fd = -1 } } };
    int r = keyring_load_all(dir_fd, out);
    if (r == 0) return 0;
    keyring_release(out);
    if (r == -EPERM) return problem_set(p, -EKEYREJECTED, "the key folder %s/keys is open to others; run: chmod 700 %s/keys", state_dir, state_dir);
    return problem_set(p, -EKEYREJECTED, "a key below %s/keys is missing or damaged (%s); restore it from backup, or make a new instance with deidfs-setup",
                       state_dir, strerror(-r));
}

void keyring_release(struct keyring *k) {
    close_fd(&k->subject_fd);
    for (size_t i = 0; i < KEYRING_SLOT_COUNT; i++) close_fd(&k->slots[i].fd);
    sodium_memzero(k, sizeof(*k));
    k->subject_fd = -1;
    for (size_t i = 0; i < KEYRING_SLOT_COUNT; i++) k->slots[i].fd = -1;
}
