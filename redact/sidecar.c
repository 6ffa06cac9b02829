#include "redact/sidecar.h"

#include <errno.h>

#include "conf/base/attr.h"

static const char *const sidecar_names[] = { SIDECAR_PREFIX "csv", SIDECAR_PREFIX "json", SIDECAR_PREFIX "hl7" };

bool sidecar_is_name(const char *name) {
    return strncmp(name, SIDECAR_PREFIX, sizeof(SIDECAR_PREFIX) - 1) == 0;
}

bool sidecar_place(const char *path, size_t i, char *out) {
    size_t depth = i / array_count(sidecar_names), len = 0;
    if (depth >= SIDECAR_FOLDERS_MAX) return false;
    for (; depth > 0; depth--) {
        const char *slash = strchr(path + len, '/');
        if (!slash) return false;
        len = (size_t) (slash - path) + 1;
    }
    const char *name = sidecar_names[i % array_count(sidecar_names)];
    size_t name_len = strlen(name);
    if (len + name_len >= SIDECAR_PATH_LEN) return false;
    memcpy(out, path, len);
    memcpy(out + len, name, name_len + 1);
    return true;
}

static int sidecar_take(struct buf *text, struct roster **roster) {
    int r = *roster ? 0 : roster_new(roster);
    return r < 0 ? r : roster_add(*roster, buf_bytes(text), "sidecar", NULL, NULL);
}

int sidecar_load(const char *path, sidecar_read_fn read, void *context, struct roster **out_patients) {
    _cleanup_(roster_freep) struct roster *roster = NULL;
    _cleanup_(buf_release) struct buf text;
    char place[SIDECAR_PATH_LEN];
    int r = 0;
    buf_init(&text, SIDECAR_LEN_MAX);
    for (size_t i = 0; r == 0 && sidecar_place(path, i, place); i++) {
        buf_reset(&text);
        r = read(context, place, &text);
        if (r == -ENOENT) r = 0;
        else if (r == 0) r = sidecar_take(&text, &roster);
    }
    if (r == 0 && roster) r = roster_seal(roster, NULL);
    if (r < 0) return r;
    *out_patients = take_ptr(roster);
    return 0;
}
