#include "fs/beside.h"

#include <errno.h>
#include <sodium.h>

#include "conf/base/clock.h"
#include "redact/sidecar.h"

struct catalog_key beside_key(struct guard *g, const struct policy *p, const char *path, const struct source_version *v) {
    char place[SIDECAR_PATH_LEN];
    crypto_generichash_state state;
    uint8_t digest[32];
    struct stat st;
    if (!p->conf->sidecars) return catalog_key_of(g->catalog, path, v, engine_digest(p->engine));
    must(crypto_generichash_init(&state, NULL, 0, sizeof(digest)) == 0);
    must(crypto_generichash_update(&state, engine_digest(p->engine), 32) == 0);
    for (uint32_t i = 0; sidecar_place(path, i, place); i++) {
        if (source_stat(g->source, place, &st) < 0) continue; /* none; one that cannot be read refuses when the view is made */
        const struct source_version s = source_version_of(&st);
        const uint64_t fields[] = { i, s.dev, s.ino, s.len, (uint64_t) s.mtime_s, (uint64_t) s.ctime_s, s.mtime_ns, s.ctime_ns };
        must(crypto_generichash_update(&state, (const unsigned char *) fields, sizeof(fields)) == 0);
    }
    must(crypto_generichash_final(&state, digest, sizeof(digest)) == 0);
    return catalog_key_of(g->catalog, path, v, digest);
}

struct beside_reading {
    const struct source *source;
    bool racy;
};

static int beside_read(void *context, const char *path, struct buf *out) {
    struct beside_reading *b = context;
    struct source_version version;
    enum refusal ignored;
    int r = source_read(b->source, path, out, &version, &ignored);
    if (r == 0) b->racy |= source_version_is_racy(&version, clock_realtime_us());
    return r;
}

int beside_load(struct guard *g, const struct policy *p, const char *path, struct roster **out_patients, bool *out_racy) {
    struct beside_reading b = { .source = g->source };
    *out_patients = NULL;
    *out_racy = false;
    if (!p->conf->sidecars) return 0;
    int r = sidecar_load(path, beside_read, &b, out_patients);
    *out_racy = b.racy;
    return r;
}
