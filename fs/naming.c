#include "fs/naming.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "conf/base/clock.h"
#include "conf/base/text.h"
#include "conf/limits.h"
#include "redact/sidecar.h"

enum {
    NAMES_CHUNK_LEN = 64 * 1024,
    NAMES_SUFFIX_LEN = 6,       /* 30 bits: enough between the few names of one folder that redact to the same text */
    NAMES_SUFFIX_LEN_LONG = 16, /* for those that still meet */
    NAMES_EXTENSION_LEN_MAX = 12,
    NAMES_COUNT_MAX = 4 * 1024 * 1024,
};
static_assert(LIMIT_FILE_NAME_LEN == 255, "NAME_MAX of Linux");

struct names *names_ref(struct names *n) {
    __atomic_add_fetch(&n->refs, 1, __ATOMIC_RELAXED);
    return n;
}

void names_unref(struct names *n) {
    if (!n || __atomic_sub_fetch(&n->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    for (size_t i = 0; i < n->chunk_count; i++) {
        explicit_bzero(n->chunks[i], NAMES_CHUNK_LEN); /* raw names hold identifiers */
        free(n->chunks[i]);
    }
    free(n->chunks);
    free(n->entries);
    free(n->by_raw);
    free(n);
}

static const char *names_keep(struct names *n, const char *text) {
    size_t len = strlen(text) + 1;
    must(len <= NAMES_CHUNK_LEN);
    if (n->chunk_count == 0 || n->chunk_used + len > NAMES_CHUNK_LEN) {
        char **chunks = reallocarray(n->chunks, n->chunk_count + 1, sizeof(*chunks));
        if (!chunks) return NULL;
        n->chunks = chunks;
        char *chunk = malloc(NAMES_CHUNK_LEN);
        if (!chunk) return NULL;
        n->chunks[n->chunk_count++] = chunk;
        n->chunk_used = 0;
    }
    char *at = n->chunks[n->chunk_count - 1] + n->chunk_used;
    memcpy(at, text, len);
    n->chunk_used += len;
    return at;
}

/* Control bytes, DEL, '/' and what is not UTF-8 become %XX; a terminal and an indexer can then take every name. */
static void names_escape(struct bytes in, struct buf *out, bool *changed) {
    for (size_t i = 0; i < in.len;) {
        uint32_t scalar = 0;
        size_t len = text_utf8_decode(bytes_make(in.ptr + i, in.len - i), &scalar);
        bool plain = len > 0 && scalar >= 0x20 && scalar != 0x7f && scalar != '/' && !(scalar >= 0x80 && scalar < 0xa0);
        if (plain) {
            (void) buf_append(out, bytes_make(in.ptr + i, len));
        } else {
            len = len > 0 ? len : 1;
            for (size_t k = 0; k < len; k++) (void) buf_append_printf(out, "%%%02X", in.ptr[i + k]);
            *changed = true;
        }
        i += len;
    }
}

/* ".txt": a dot that is neither first nor last, then a few letters and digits. */
static size_t names_extension_len(struct bytes name) {
    for (size_t i = name.len; i-- > 1;) {
        if (name.ptr[i] == '.') return name.len - i <= NAMES_EXTENSION_LEN_MAX && name.len - i > 1 ? name.len - i : 0;
        if (!text_is_alnum(name.ptr[i])) return 0;
    }
    return 0;
}

static void names_suffix(const struct name_form *form, size_t len, char *out) {
    crypto_generichash_state state;
    uint8_t digest[16];
    char text[32];
    must(crypto_generichash_init(&state, form->key->raw, sizeof(form->key->raw), sizeof(digest)) == 0);
    must(crypto_generichash_update(&state, (const unsigned char *) form->folder, strlen(form->folder) + 1) == 0);
    must(crypto_generichash_update(&state, (const unsigned char *) form->raw, strlen(form->raw)) == 0);
    must(crypto_generichash_final(&state, digest, sizeof(digest)) == 0);
    text_base32_encode(bytes_make(digest, sizeof(digest)), text);
    memcpy(out, text, len);
    out[len] = '\0';
}

void names_finish(const struct name_form *form, char *out, bool *out_changed) {
    bool changed = form->changed;
    _cleanup_(buf_release) struct buf safe;
    buf_init(&safe, 8 * LIMIT_PATH_LEN);
    names_escape(form->redacted, &safe, &changed);
    struct bytes name = buf_bytes(&safe);
    if (name.len == 0 || name.len > LIMIT_FILE_NAME_LEN || bytes_equal(name, BYTES(".")) || bytes_equal(name, BYTES(".."))) changed = true;
    if (!changed) {
        memcpy(out, name.ptr, name.len);
        out[name.len] = '\0';
        *out_changed = false;
        return;
    }
    char suffix[NAMES_SUFFIX_LEN_LONG + 1];
    size_t suffix_len = form->long_suffix ? NAMES_SUFFIX_LEN_LONG : NAMES_SUFFIX_LEN;
    names_suffix(form, suffix_len, suffix);
    size_t extension_len = form->is_folder ? 0 : names_extension_len(name);
    size_t base_len = name.len - extension_len, room = LIMIT_FILE_NAME_LEN - extension_len - suffix_len - 1;
    if (base_len > room) {
        base_len = room;
        while (base_len > 0 && (name.ptr[base_len] & 0xC0) == 0x80) base_len--; /* never half a character */
    }
    int len = snprintf(out, LIMIT_FILE_NAME_LEN + 1, "%.*s-%s%.*s", (int) base_len, base_len ? (const char *) name.ptr : "", suffix,
                       (int) extension_len, extension_len ? (const char *) name.ptr + (name.len - extension_len) : "");
    must(len > 0 && len <= LIMIT_FILE_NAME_LEN);
    *out_changed = true;
}

/* The name as redaction has it; false: it cannot be shown. */
static bool names_redact(const struct naming *how, const struct name_entry *e, struct buf *out, bool *changed) {
    *changed = false;
    if (!how->engine) return buf_append_string(out, e->raw) == 0;
    int r = redact_name(how->engine, how->scratch, how->vault, bytes_from_string(how->folder), bytes_from_string(e->raw), e->type == DT_DIR, out, changed);
    return r == 0 && buf_error(out) == 0;
}

static bool names_shown(const struct naming *how, struct name_entry *e, bool long_suffix, char *out) {
    _cleanup_(buf_release) struct buf redacted;
    struct name_form form = { .key = how->key, .folder = how->folder, .raw = e->raw, .is_folder = e->type == DT_DIR, .long_suffix = long_suffix };
    buf_init(&redacted, LIMIT_PATH_LEN);
    if (!names_redact(how, e, &redacted, &form.changed)) return false;
    form.redacted = buf_bytes(&redacted);
    names_finish(&form, out, &e->changed);
    return true;
}

/* Where a scan collects. */
struct names_scan {
    const struct naming *how;
    const struct names *old;
    struct names *out;
    size_t capacity;
};

static int names_grow(struct names_scan *scan) {
    struct names *n = scan->out;
    if (n->count >= NAMES_COUNT_MAX) return -E2BIG;
    if (n->count < scan->capacity) return 0;
    size_t wider = scan->capacity ? scan->capacity * 2 : 16;
    struct name_entry *entries = reallocarray(n->entries, wider, sizeof(*entries));
    if (!entries) return -ENOMEM;
    n->entries = entries;
    scan->capacity = wider;
    return 0;
}

static int names_add(struct names_scan *scan, const char *raw, unsigned char type) {
    char shown[LIMIT_FILE_NAME_LEN + 1];
    struct names *n = scan->out;
    struct name_entry e = { .raw = raw, .type = type };
    const struct name_entry *before = scan->old ? names_find_raw(scan->old, raw) : NULL;
    if (before && before->type == type) {
        memcpy(shown, before->shown, strlen(before->shown) + 1);
        e.changed = before->changed;
    } else if (!names_shown(scan->how, &e, false, shown)) {
        n->hidden_count++;
        return 0;
    }
    int r = names_grow(scan);
    if (r < 0) return r;
    e.raw = names_keep(n, raw);
    e.shown = names_keep(n, shown);
    if (!e.raw || !e.shown) return -ENOMEM;
    n->entries[n->count++] = e;
    return 0;
}

static unsigned char names_type(int dir_fd, const struct dirent *d) {
    if (d->d_type != DT_UNKNOWN) return d->d_type;
    struct stat st;
    if (fstatat(dir_fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) return DT_UNKNOWN;
    return S_ISREG(st.st_mode) ? DT_REG : S_ISDIR(st.st_mode) ? DT_DIR : DT_UNKNOWN;
}

/* By [access] include and exclude. */
static bool names_is_there(const struct naming *how, const char *raw, unsigned char type) {
    char path[LIMIT_PATH_LEN];
    if (!how->paths || (how->paths->include.count == 0 && how->paths->exclude.count == 0)) return true;
    int len = snprintf(path, sizeof(path), "%s%s%s", how->folder, how->folder[0] ? "/" : "", raw);
    return len > 0 && (size_t) len < sizeof(path) && paths_show(how->paths, path, type == DT_DIR);
}

static int names_scan(struct names_scan *scan, DIR *dir) {
    for (;;) {
        errno = 0;
        struct dirent *d = readdir(dir);
        if (!d) return -errno;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        if (scan->how->folder[0] == '\0' && strcmp(d->d_name, ".deidfs") == 0) continue;
        if (sidecar_is_name(d->d_name)) continue; /* patients in plain text */
        unsigned char type = names_type(dirfd(dir), d);
        if (type != DT_REG && type != DT_DIR) continue;
        if (!names_is_there(scan->how, d->d_name, type)) continue;
        int r = names_add(scan, d->d_name, type);
        if (r < 0) return r;
    }
}

static int names_compare_shown(const void *a, const void *b) {
    const struct name_entry *x = a, *y = b;
    int c = strcmp(x->shown, y->shown);
    return c != 0 ? c : strcmp(x->raw, y->raw);
}

static int names_compare_raw(const void *a, const void *b, void *context) {
    const struct name_entry *entries = context;
    return strcmp(entries[*(const size_t *) a].raw, entries[*(const size_t *) b].raw);
}

static void names_sort(struct names *n) {
    if (n->count > 0) qsort(n->entries, n->count, sizeof(*n->entries), names_compare_shown);
}

/* Two names that are shown alike: the changed ones take the long suffix. */
static int names_part(const struct naming *how, struct names *n) {
    bool any = false;
    for (size_t i = 0; i < n->count; i++) {
        struct name_entry *e = &n->entries[i];
        bool meets = (i > 0 && strcmp(n->entries[i - 1].shown, e->shown) == 0) ||
                     (i + 1 < n->count && strcmp(n->entries[i + 1].shown, e->shown) == 0);
        if (!meets || !e->changed) continue;
        char shown[LIMIT_FILE_NAME_LEN + 1];
        if (!names_shown(how, e, true, shown)) return -EIO;
        e->shown = names_keep(n, shown);
        if (!e->shown) return -ENOMEM;
        any = true;
    }
    if (any) names_sort(n);
    return 0;
}

static int names_index(struct names *n) {
    if (n->count == 0) return 0;
    n->by_raw = reallocarray(NULL, n->count, sizeof(*n->by_raw));
    if (!n->by_raw) return -ENOMEM;
    for (size_t i = 0; i < n->count; i++) n->by_raw[i] = i;
    qsort_r(n->by_raw, n->count, sizeof(*n->by_raw), names_compare_raw, n->entries);
    return 0;
}

int names_build(const struct naming *how, const struct names *old, struct names **out_names) {
    _cleanup_(close_fd) int fd = -1;
    int r = source_open_folder(how->source, how->folder, &fd);
    if (r < 0) return r;
    struct stat st;
    if (fstat(fd, &st) < 0) return -errno;
    _cleanup_(names_unrefp) struct names *n = calloc(1, sizeof(*n));
    if (!n) return -ENOMEM;
    n->refs = 1;
    n->generation = how->generation;
    n->version = source_version_of(&st);
    n->racy = source_version_is_racy(&n->version, clock_realtime_us());
    DIR *dir = fdopendir(fd);
    if (!dir) return -errno;
    fd = -1; /* the stream's now */
    if (old && old->generation != how->generation) old = NULL;
    struct names_scan scan = { .how = how, .old = old, .out = n };
    r = names_scan(&scan, dir);
    (void) closedir(dir);
    if (r < 0) return r;
    names_sort(n);
    r = names_part(how, n);
    if (r == 0) r = names_index(n);
    if (r < 0) return r;
    *out_names = take_ptr(n);
    return 0;
}

const struct name_entry *names_find_shown(const struct names *n, const char *shown) {
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(n->entries[mid].shown, shown);
        if (c == 0) return &n->entries[mid];
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

const struct name_entry *names_find_raw(const struct names *n, const char *raw) {
    size_t low = 0, high = n->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct name_entry *e = &n->entries[n->by_raw[mid]];
        int c = strcmp(e->raw, raw);
        if (c == 0) return e;
        if (c < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}
