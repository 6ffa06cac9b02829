#include "tools/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/keyring.h"
#include "redact/sidecar.h"
#include "redact/site.h"
#include "redact/vault.h"
#include "tools/tool.h"

struct replay {
    const struct conf *conf;
    struct keeper *keeper;
    struct vault *vault;
    struct engine *engine;
    struct scratch *scratch;
    int root_fd;
};

const char *replay_verdict_name(enum replay_verdict v) {
    return v == REPLAY_SAME ? "same" : v == REPLAY_DIFFERS ? "differs" : "cannot";
}

const char *replay_reason_name(enum replay_reason r) {
    static const char *const names[] = { "", "policy", "gone", "changed", "month", "refused" };
    return names[r];
}

static int replay_open(struct replay *r, struct problem *p) {
    uint8_t seal_to[KEY_LEN];
    const struct conf *c = r->conf;
    const struct vault_place place = { .state_dir = c->state, .destination = c->destination, .database = c->database };
    if (keyring_load_reidentify_public(c->state, seal_to, p) < 0) return TOOL_UNAVAILABLE;
    if (keeper_start(c->state, &r->keeper, p) < 0) return TOOL_UNAVAILABLE;
    if (vault_open(&place, r->keeper, seal_to, &r->vault, p) < 0) return TOOL_UNAVAILABLE;
    if (site_engine_new(c, NULL, &r->engine, p) < 0) return TOOL_CONFIG;
    r->root_fd = open(c->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->root_fd < 0) ignore(problem_set(p, -errno, "the source %s cannot be opened (%s)", c->source, strerror(errno)));
    if (r->root_fd < 0) return TOOL_NO_INPUT;
    int e = scratch_new(r->engine, &r->scratch);
    if (e < 0) ignore(problem_set(p, e, "out of memory"));
    return e < 0 ? TOOL_SOFTWARE : TOOL_OK;
}

int replay_new(const struct conf *c, struct replay **out_replay, struct problem *p) {
    struct replay *r = calloc(1, sizeof(*r));
    if (!r) return TOOL_SOFTWARE;
    r->conf = c;
    r->root_fd = -1;
    int code = replay_open(r, p);
    if (code != TOOL_OK) replay_free(r);
    else *out_replay = r;
    return code;
}

void replay_free(struct replay *r) {
    if (!r) return;
    if (r->root_fd >= 0) ignore(close(r->root_fd)); /* it was only read */
    scratch_free(r->scratch);
    engine_free(r->engine);
    vault_free(r->vault);
    keeper_free(r->keeper);
    free(r);
}

struct keeper *replay_keeper(struct replay *r) {
    return r->keeper;
}

const uint8_t *replay_policy(const struct replay *r) {
    return engine_digest(r->engine);
}

static uint64_t replay_time_us(const struct timespec *t) {
    return t->tv_sec < 0 ? 0 : (uint64_t) t->tv_sec * 1000000 + (uint64_t) t->tv_nsec / 1000;
}

static void replay_touch(struct replay_document *d, const struct timespec *t) {
    uint64_t us = replay_time_us(t);
    if (us > d->touched_us) d->touched_us = us;
}

/* As the mount opens it: beneath the folder, no links. out NULL: only when it was written. */
static int replay_read(const struct replay *r, const char *path, struct buf *out, struct stat *st) {
    _cleanup_(close_fd) int fd = -1;
    int e = io_open_beneath(r->root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, r->conf->cross_devices, &fd);
    if (e < 0) return e;
    if (fstat(fd, st) < 0) return -errno;
    return out ? io_read_all(fd, out) : 0;
}

struct replay_beside {
    const struct replay *replay;
    struct replay_document *document;
};

/* A sidecar that was removed since shows in its folder's time alone. */
static int replay_read_sidecar(void *context, const char *path, struct buf *out) {
    const struct replay_beside *b = context;
    char folder[SIDECAR_PATH_LEN];
    struct stat st;
    const char *end = strrchr(path, '/');
    memcpy(folder, path, end ? (size_t) (end - path) : 0);
    folder[end ? (size_t) (end - path) : 0] = '\0';
    if (fstatat(b->replay->root_fd, folder, &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0) replay_touch(b->document, &st.st_mtim);
    int r = replay_read(b->replay, path, out, &st);
    if (r == 0) replay_touch(b->document, &st.st_ctim);
    return r;
}

static bool replay_is_ours(enum refusal r) {
    return r == REFUSAL_VAULT || r == REFUSAL_KEEPER || r == REFUSAL_MEMORY;
}

static int replay_redact(struct replay *r, struct replay_document *d, const struct document *doc) {
    struct redaction red;
    redaction_init(&red, r->conf->document_len_max + (r->conf->document_len_max >> 1));
    int e = redact_document(r->engine, r->scratch, r->vault, doc, &red);
    d->refused = e < 0;
    if (e < 0 && !replay_is_ours(red.refusal)) e = 0;
    if (!d->refused) crypto_hash_sha256(d->digest, red.view.ptr, red.view.len);
    redaction_release(&red);
    return e;
}

static int replay_render(struct replay *r, struct replay_document *d) {
    _cleanup_(buf_release) struct buf content;
    _cleanup_(roster_freep) struct roster *patients = NULL;
    struct replay_beside beside = { r, d };
    struct stat st;
    d->rendered = true;
    buf_init(&content, r->conf->document_len_max);
    int e = replay_read(r, d->path, &content, &st);
    if (e == 0) replay_touch(d, &st.st_ctim);
    if (e == 0 && r->conf->sidecars) e = sidecar_load(d->path, replay_read_sidecar, &beside, &patients);
    d->refused = e < 0;
    if (e < 0) return e == -ENOMEM ? e : 0;
    return replay_redact(r, d, &(struct document) { .content = buf_bytes(&content), .path = bytes_from_string(d->path), .patients = patients });
}

static enum replay_reason replay_obstacle(const struct replay *r, struct replay_document *d, const struct replay_view *v) {
    struct stat st;
    if (memcmp(v->policy, replay_policy(r), 32) != 0) return REPLAY_POLICY;
    if (d->rendered) return d->written_us > v->time_us ? REPLAY_CHANGED : REPLAY_NO_REASON;
    if (replay_read(r, d->path, NULL, &st) < 0) return REPLAY_REFUSED;
    d->written_us = replay_time_us(&st.st_mtim);
    return d->written_us > v->time_us ? REPLAY_CHANGED : REPLAY_NO_REASON;
}

int replay_judge(struct replay *r, struct replay_document *d, const struct replay_view *v, enum replay_verdict *out, enum replay_reason *out_why) {
    *out = REPLAY_CANNOT;
    *out_why = replay_obstacle(r, d, v);
    if (*out_why != REPLAY_NO_REASON) return 0;
    int e = d->rendered ? 0 : replay_render(r, d);
    if (e < 0) return e;
    bool same = !d->refused && memcmp(d->digest, v->digest, 32) == 0;
    /* A file can be put back with an old time of writing, not with an old time of change. */
    if (same) *out = REPLAY_SAME;
    else if (d->touched_us > v->time_us) *out_why = REPLAY_CHANGED;
    else if (d->refused) *out_why = REPLAY_REFUSED;
    else *out = REPLAY_DIFFERS;
    return 0;
}
