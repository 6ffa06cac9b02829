#include "tools/grant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "redact/normalize.h"

enum { GRANT_PATH_MAX = PATH_MAX + 128, GRANT_LINE_MAX = 512, GRANT_RATE_LEN = 16, GRANT_PATIENTS_LEN_MAX = 64 << 20 };

static uint64_t grant_now(void) {
    return clock_realtime_us() / 1000000;
}

static void grant_path(const struct grant *g, const char *name, char out[GRANT_PATH_MAX]) {
    int n = snprintf(out, GRANT_PATH_MAX, "%s/reidentify/%s", g->conf->state, name);
    must(n > 0 && n < GRANT_PATH_MAX);
}

/* ---- who --------------------------------------------------------------------------------------------------------------------------- */

uid_t grant_user(const struct actor *who) {
    uint64_t id = 0;
    if (who->uid != 0) return who->uid;
    if (who->auid != ACTOR_AUID_UNSET) return (uid_t) who->auid;
    const char *sudo = getenv("SUDO_UID"); /* only root could have forged it, and root is who the key belongs to */
    return sudo && text_parse_u64(bytes_from_string(sudo), &id) && id < UINT32_MAX ? (uid_t) id : who->uid;
}

int grant_load(const struct conf *c, struct grant *out, struct problem *p) {
    struct grant g = { .conf = c };
    struct actor who;
    char path[GRANT_PATH_MAX];
    actor_of_self(&who);
    g.user = grant_user(&who);
    grant_path(&g, "roles.conf", path);
    int r = roles_load(path, &g.roles, p);
    if (r == 0 || r == -ENOENT) *out = g;
    return r;
}

int grant_find(const struct conf *c, const char *purpose, struct grant *out, struct problem *p) {
    int r = grant_load(c, out, p);
    if (r == -ENOENT && out->user == 0) {
        p->text[0] = '\0';
        return 0;
    }
    if (r == -ENOENT) return problem_set(p, -EPERM, "without %s/reidentify/roles.conf root alone may", c->state);
    if (r < 0) return r;
    out->role = roles_find(out->roles, out->user, c->destination, purpose);
    if (out->role) return 0;
    grant_release(out);
    return problem_set(p, -EPERM, "user %u has no role for destination %s and %s", (unsigned) out->user, c->destination, purpose ? purpose : "leakscan");
}

void grant_release(struct grant *g) {
    free(g->patients);
    roles_free(g->roles);
    g->patients = NULL;
    g->roles = NULL;
    g->role = NULL;
}

size_t grant_tokens_max(const struct grant *g) {
    return g->role ? g->role->tokens_max : ROLE_TOKENS_DEFAULT;
}

/* ---- patients ---------------------------------------------------------------------------------------------------------------------- */

static int grant_compare(const void *a, const void *b) {
    return memcmp(a, b, VAULT_SUBJECT_INDEX_LEN);
}

/* One record number a line; what stands behind '#' is a remark. */
static int grant_read_patients(struct grant *g, struct keeper *keeper, struct bytes text, struct arena *arena) {
    struct keeper_value *values = calloc(GRANT_PATIENTS_MAX, sizeof(*values));
    size_t count = 0;
    int r = values ? 0 : -ENOMEM;
    while (text.len > 0 && r == 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        struct bytes line = bytes_make(text.ptr, end ? (size_t) (end - text.ptr) : text.len);
        text = bytes_make(text.ptr + line.len, text.len - line.len);
        if (end) text = bytes_make(text.ptr + 1, text.len - 1);
        while (line.len > 0 && text_is_space(line.ptr[line.len - 1])) line.len--;
        if (line.len == 0 || line.ptr[0] == '#') continue;
        if (count == GRANT_PATIENTS_MAX) r = -E2BIG;
        else r = normalize_value(ENTITY_MRN, line, arena, &values[count++].value);
    }
    g->patients = r == 0 ? calloc(count + 1, sizeof(*g->patients)) : NULL;
    if (r == 0 && !g->patients) r = -ENOMEM;
    if (r == 0 && count > 0) r = vault_reader_index_subjects(keeper, values, count, g->patients);
    if (r == 0) qsort(g->patients, count, sizeof(*g->patients), grant_compare);
    g->patient_count = count;
    free(values);
    return r;
}

int grant_prepare(struct grant *g, struct vault_reader *reader, struct problem *p) {
    g->reader = reader;
    if (!g->role || !g->role->patients[0]) return 0;
    _cleanup_(keeper_freep) struct keeper *keeper = NULL;
    _cleanup_(buf_release) struct buf text;
    struct arena arena;
    buf_init(&text, GRANT_PATIENTS_LEN_MAX);
    arena_init(&arena, (size_t) 1 << 30);
    int r = io_read_file_at(AT_FDCWD, g->role->patients, &text);
    if (r < 0) ignore(problem_set(p, r, "role %s: %s: %s", g->role->name, g->role->patients, strerrordesc_np(-r)));
    if (r == 0) r = keeper_start(g->conf->state, &keeper, p);
    if (r == 0) {
        r = grant_read_patients(g, keeper, buf_bytes(&text), &arena);
        if (r < 0) ignore(problem_set(p, r, "role %s: the patients of %s cannot be used: %s", g->role->name, g->role->patients, strerrordesc_np(-r)));
    }
    arena_release(&arena);
    return r;
}

int grant_may(void *context, const char code[TOKEN_CODE_LEN], const struct vault_issue *issue) {
    const struct grant *g = context;
    if (!g->role) return 1;
    if (!role_has_entity(g->role, issue->space)) return 0;
    return g->patients ? vault_reader_belongs(g->reader, code, (const uint8_t (*)[VAULT_SUBJECT_INDEX_LEN]) g->patients, g->patient_count) : 1;
}

/* ---- rates ------------------------------------------------------------------------------------------------------------------------- */

static int grant_folder(const struct grant *g, const char *name, struct problem *p) {
    char path[GRANT_PATH_MAX];
    grant_path(g, name, path);
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return 0;
    return problem_set(p, -errno, "%s: %s", path, strerrordesc_np(errno));
}

/* A clock that went back does not begin a new stretch. */
static int grant_count_in(const struct grant *g, int fd, uint64_t tokens, struct problem *p) {
    uint8_t record[GRANT_RATE_LEN] = { 0 };
    uint64_t now = grant_now();
    int r = io_pread_full(fd, record, sizeof(record), 0);
    if (r < 0 && r != -ENODATA) return r;
    uint64_t begin = r == 0 ? bytes_load_be64(record) : 0, used = r == 0 ? bytes_load_be64(record + 8) : 0;
    if (now >= begin + g->role->rate_s) {
        begin = now;
        used = 0;
    }
    if (used > g->role->rate_tokens || tokens > g->role->rate_tokens - used)
        return problem_set(p, -EDQUOT, "role %s: %lu of %lu tokens were restored in this stretch, and %lu more are asked for; it ends in %lu s", g->role->name,
                           (unsigned long) used, (unsigned long) g->role->rate_tokens, (unsigned long) tokens, (unsigned long) (begin + g->role->rate_s - now));
    bytes_store_be64(record, begin);
    bytes_store_be64(record + 8, used + tokens);
    r = io_pwrite_full(fd, bytes_make(record, sizeof(record)), 0);
    return r == 0 && fdatasync(fd) < 0 ? -errno : r;
}

int grant_count(const struct grant *g, uint64_t tokens, struct problem *p) {
    char name[ROLE_NAME_LEN_MAX + 32], path[GRANT_PATH_MAX];
    if (!g->role || g->role->rate_tokens == 0 || tokens == 0) return 0;
    int r = grant_folder(g, "rates", p);
    if (r < 0) return r;
    must(snprintf(name, sizeof(name), "rates/%s.%u", g->role->name, (unsigned) g->user) > 0);
    grant_path(g, name, path);
    _cleanup_(close_fd) int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) < 0) return problem_set(p, -errno, "%s: %s", path, strerrordesc_np(errno));
    r = grant_count_in(g, fd, tokens, p);
    return r < 0 && r != -EDQUOT ? problem_set(p, r, "%s: %s; nothing was restored", path, strerrordesc_np(-r)) : r;
}

/* ---- requests ---------------------------------------------------------------------------------------------------------------------- */

/* The same person, role, purpose and input are the same request. */
static void grant_name_request(const struct grant *g, struct grant_request *r) {
    crypto_generichash_state state;
    uint8_t digest[GRANT_ID_LEN / 2];
    uint8_t asker[4];
    bytes_store_be32(asker, r->asker);
    crypto_generichash_init(&state, NULL, 0, sizeof(digest));
    crypto_generichash_update(&state, asker, sizeof(asker));
    crypto_generichash_update(&state, (const uint8_t *) r->role, strlen(r->role) + 1);
    crypto_generichash_update(&state, (const uint8_t *) r->purpose, strlen(r->purpose) + 1);
    crypto_generichash_update(&state, (const uint8_t *) g->conf->destination, strlen(g->conf->destination) + 1);
    crypto_generichash_update(&state, r->input_digest, sizeof(r->input_digest));
    crypto_generichash_final(&state, digest, sizeof(digest));
    text_hex_encode(bytes_make(digest, sizeof(digest)), r->id);
}

static void grant_request_path(const struct grant *g, const char *id, char out[GRANT_PATH_MAX]) {
    char name[GRANT_ID_LEN + 16];
    must(snprintf(name, sizeof(name), "requests/%.*s", GRANT_ID_LEN, id) > 0);
    grant_path(g, name, out);
}

static int grant_write_request(const struct grant *g, const struct grant_request *r, struct problem *p) {
    char path[GRANT_PATH_MAX], line[GRANT_LINE_MAX], digest[65], approver[16] = "-";
    text_hex_encode(bytes_make(r->input_digest, sizeof(r->input_digest)), digest);
    if (r->is_approved) must(snprintf(approver, sizeof(approver), "%u", (unsigned) r->approver) > 0);
    int n = snprintf(line, sizeof(line), "v1 %u %s %s %s %lu %s %lu\n", (unsigned) r->asker, r->role, r->purpose, digest, (unsigned long) r->asked_s, approver,
                     (unsigned long) r->approved_s);
    must(n > 0 && (size_t) n < sizeof(line));
    int e = grant_folder(g, "requests", p);
    if (e < 0) return e;
    grant_request_path(g, r->id, path);
    e = io_replace_file_at(AT_FDCWD, path, bytes_make(line, (size_t) n), 0600);
    return e < 0 ? problem_set(p, e, "%s: %s", path, strerrordesc_np(-e)) : 0;
}

static bool grant_take_word(struct bytes *in, struct bytes *out) {
    size_t n = 0;
    while (n < in->len && in->ptr[n] != ' ' && in->ptr[n] != '\n') n++;
    *out = bytes_make(in->ptr, n);
    if (n == in->len) return false;
    *in = bytes_make(in->ptr + n + 1, in->len - n - 1);
    return n > 0;
}

static bool grant_take_number(struct bytes *in, uint64_t most, uint64_t *out) {
    struct bytes word;
    return grant_take_word(in, &word) && text_parse_u64(word, out) && *out <= most;
}

static bool grant_take_text(struct bytes *in, char *out, size_t len) {
    struct bytes word;
    if (!grant_take_word(in, &word) || word.len >= len) return false;
    memcpy(out, word.ptr, word.len);
    out[word.len] = '\0';
    return true;
}

static bool grant_parse_request(struct bytes in, struct grant_request *r) {
    struct bytes word;
    uint64_t asker = 0, approver = 0;
    if (!grant_take_word(&in, &word) || !bytes_equal(word, BYTES("v1")) || !grant_take_number(&in, UINT32_MAX, &asker)) return false;
    if (!grant_take_text(&in, r->role, sizeof(r->role)) || !grant_take_text(&in, r->purpose, sizeof(r->purpose))) return false;
    if (!grant_take_word(&in, &word) || !text_hex_decode(word, r->input_digest, sizeof(r->input_digest))) return false;
    if (!grant_take_number(&in, UINT64_MAX, &r->asked_s) || !grant_take_word(&in, &word)) return false;
    r->is_approved = !bytes_equal(word, BYTES("-"));
    if (r->is_approved && (!text_parse_u64(word, &approver) || approver > UINT32_MAX)) return false;
    if (!grant_take_number(&in, UINT64_MAX, &r->approved_s) || in.len != 0) return false;
    r->asker = (uid_t) asker;
    r->approver = (uid_t) approver;
    return true;
}

static const struct role *grant_role_named(const struct grant *g, const char *name) {
    for (size_t i = 0; g->roles && i < g->roles->count; i++) {
        if (strcmp(g->roles->items[i].name, name) == 0) return &g->roles->items[i];
    }
    return NULL;
}

/* Neither older than the role lets it be, nor from the future. */
static bool grant_is_fresh(const struct role *role, uint64_t since_s) {
    uint64_t now = grant_now();
    return now >= since_s && now - since_s <= role->approval_s;
}

int grant_read_request(const struct grant *g, const char *id, struct grant_request *out, struct problem *p) {
    char path[GRANT_PATH_MAX];
    uint8_t raw[GRANT_ID_LEN / 2];
    struct grant_request r = { .asker = 0 };
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, GRANT_LINE_MAX);
    if (!text_hex_decode(bytes_from_string(id), raw, sizeof(raw))) return problem_set(p, -ENOENT, "%s is no request: it has %d hex digits", id, GRANT_ID_LEN);
    grant_request_path(g, id, path);
    int e = io_read_file_at(AT_FDCWD, path, &text);
    if (e < 0) return problem_set(p, e, "request %s: %s", id, strerrordesc_np(-e));
    memcpy(r.id, id, GRANT_ID_LEN + 1);
    if (!grant_parse_request(buf_bytes(&text), &r)) return problem_set(p, -EBADMSG, "%s is damaged; remove it and ask again", path);
    const struct role *role = grant_role_named(g, r.role);
    if (!role || !grant_is_fresh(role, r.asked_s)) return problem_set(p, -ETIME, "request %s has waited too long; ask again", id);
    *out = r;
    return 0;
}

static bool grant_is_approved(const struct grant *g, const struct grant_request *r) {
    return r->is_approved && role_approves(g->role, r->approver, r->asker) && grant_is_fresh(g->role, r->approved_s);
}

int grant_ask(const struct grant *g, const char *purpose, const uint8_t input_digest[32], struct grant_request *out, struct problem *p) {
    struct grant_request r = { .asker = g->user, .asked_s = grant_now() }, known;
    if (!g->role || g->role->approvers.count == 0) return GRANT_APPROVED;
    memcpy(r.role, g->role->name, strlen(g->role->name) + 1);
    must(strlen(purpose) < sizeof(r.purpose));
    memcpy(r.purpose, purpose, strlen(purpose) + 1);
    memcpy(r.input_digest, input_digest, sizeof(r.input_digest));
    grant_name_request(g, &r);
    int e = grant_read_request(g, r.id, &known, p);
    bool same = e == 0 && known.asker == r.asker && strcmp(known.role, r.role) == 0 && strcmp(known.purpose, purpose) == 0 &&
                memcmp(known.input_digest, input_digest, sizeof(known.input_digest)) == 0;
    if (e == 0 && !same) return problem_set(p, -EBADMSG, "request %s is not what its name says; remove it and ask again", r.id);
    if (e < 0 && e != -ENOENT && e != -ETIME) return e;
    p->text[0] = '\0';
    *out = e == 0 ? known : r;
    if (e == 0) return grant_is_approved(g, &known) ? GRANT_APPROVED : GRANT_WAITS;
    e = grant_write_request(g, &r, p);
    return e < 0 ? e : GRANT_ASKED;
}

int grant_consume(const struct grant *g, const struct grant_request *r, struct problem *p) {
    char path[GRANT_PATH_MAX];
    if (!g->role || g->role->approvers.count == 0) return 0;
    grant_request_path(g, r->id, path);
    int e = unlink(path) < 0 ? -errno : io_sync_parent_at(AT_FDCWD, path); /* of two who come at once, one finds it gone */
    return e < 0 ? problem_set(p, e, "the approval %s cannot be used: %s; nothing was restored", r->id, strerrordesc_np(-e)) : 0;
}

int grant_allows_approval(const struct grant *g, const struct grant_request *r, struct problem *p) {
    const struct role *role = grant_role_named(g, r->role);
    if (role && role_approves(role, g->user, r->asker)) return 0;
    if (role && g->user == r->asker) return problem_set(p, -EPERM, "nobody approves what he asked for himself");
    return problem_set(p, -EPERM, "user %u is no approver of role %s", (unsigned) g->user, r->role);
}

int grant_approve(const struct grant *g, struct grant_request *r, struct problem *p) {
    int e = grant_allows_approval(g, r, p);
    if (e < 0) return e;
    r->is_approved = true;
    r->approver = g->user;
    r->approved_s = grant_now();
    return grant_write_request(g, r, p);
}
