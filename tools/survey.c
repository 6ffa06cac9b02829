#include "tools/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>

#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/size.h"
#include "redact/sidecar.h"

/* A survey in progress. */
struct walk {
    const struct conf *conf;
    const struct engine *engine;
    struct scratch *scratch;
    struct survey *survey;
    int root_fd;
    size_t root_len; /* of the folder's path: what fts puts before each name */
};

static FTS *walk_open(const char *folder, bool cross_devices) {
    _cleanup_(free_ptr) char *copy = strdup(folder);
    if (!copy) return NULL;
    char *paths[] = { copy, NULL };
    return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | (cross_devices ? 0 : FTS_XDEV), NULL);
}

int survey_measure(const char *folder, bool cross_devices, uint64_t *out_files, uint64_t *out_bytes) {
    FTS *fts = walk_open(folder, cross_devices);
    if (!fts) return -errno;
    uint64_t files = 0, bytes = 0;
    for (const FTSENT *at; (at = fts_read(fts));) {
        if (at->fts_info != FTS_F) continue;
        files++;
        bytes += (uint64_t) at->fts_statp->st_size;
    }
    ignore(fts_close(fts)); /* it was only read */
    *out_files = files;
    *out_bytes = bytes;
    return 0;
}

static int survey_file_of(const char *path, uint64_t len, uint64_t time_us, enum refusal refusal, struct survey_file *out) {
    char *copy = strdup(path);
    if (!copy) return -ENOMEM;
    *out = (struct survey_file) { copy, len, time_us, refusal };
    return 0;
}

/* Keeps the list in order, slowest first; the last falls off. */
static int survey_note_time(struct survey *s, const char *path, uint64_t len, uint64_t time_us) {
    size_t at = s->slowest_count;
    while (at > 0 && s->slowest[at - 1].time_us < time_us) at--;
    if (at == SURVEY_SLOWEST_COUNT) return 0;
    struct survey_file file;
    int r = survey_file_of(path, len, time_us, REFUSAL_NONE, &file);
    if (r < 0) return r;
    if (s->slowest_count == SURVEY_SLOWEST_COUNT) free(s->slowest[--s->slowest_count].path);
    memmove(&s->slowest[at + 1], &s->slowest[at], (s->slowest_count - at) * sizeof(s->slowest[0]));
    s->slowest[at] = file;
    s->slowest_count++;
    return 0;
}

static int survey_note_refusal(struct survey *s, const struct conf *c, const char *path, uint64_t len, enum refusal refusal) {
    s->refusals[refusal]++;
    bool hidden = refusal == REFUSAL_FORMAT && c->unknown_format == UNKNOWN_FORMAT_HIDE;
    *(hidden ? &s->hidden_count : &s->refused_count) += 1;
    if (s->refused_kept == SURVEY_REFUSED_COUNT_MAX) return 0;
    int r = survey_file_of(path, len, 0, refusal, &s->refused[s->refused_kept]);
    if (r == 0) s->refused_kept++;
    return r;
}

static void survey_note_format(struct survey *s, const char *name) {
    size_t i = 0;
    while (i < s->format_count && strcmp(s->formats[i].name, name) != 0) i++;
    if (i == SURVEY_FORMAT_COUNT_MAX) return;
    s->formats[i].name = name;
    s->formats[i].count++;
    if (i == s->format_count) s->format_count++;
}

static int walk_read_sidecar(void *context, const char *path, struct buf *out) {
    const struct walk *w = context;
    _cleanup_(close_fd) int fd = -1;
    int r = io_open_beneath(w->root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, w->conf->cross_devices, &fd);
    return r < 0 ? r : io_read_all(fd, out);
}

static int walk_document(struct walk *w, const char *path, struct bytes content) {
    _cleanup_(roster_freep) struct roster *patients = NULL;
    struct redaction found;
    redaction_init(&found, 0);
    uint64_t begun_ns = clock_monotonic_ns();
    int r = w->conf->sidecars ? sidecar_load(path, walk_read_sidecar, w, &patients) : 0;
    if (r == 0) r = redact_find(w->engine, w->scratch, &(struct document) { .content = content, .path = bytes_from_string(path), .patients = patients }, &found);
    else found.refusal = REFUSAL_ROSTER;
    uint64_t time_us = (clock_monotonic_ns() - begun_ns) / 1000;
    w->survey->time_us += time_us;
    if (r < 0 || found.refusal != REFUSAL_NONE) {
        r = survey_note_refusal(w->survey, w->conf, path, content.len, found.refusal == REFUSAL_NONE ? REFUSAL_MEMORY : found.refusal);
    } else {
        w->survey->shown_count++;
        if (found.format) survey_note_format(w->survey, found.format);
        for (size_t i = 0; i < ENTITY_COUNT; i++) w->survey->entities[i] += found.counts[i];
        r = survey_note_time(w->survey, path, content.len, time_us);
    }
    redaction_release(&found);
    return r;
}

/* As the mount opens it: beneath the folder, no links. */
static int walk_file(struct walk *w, const char *path, uint64_t len) {
    w->survey->file_count++;
    w->survey->byte_count += len;
    if (!paths_show(&w->conf->paths, path, false)) {
        w->survey->excluded_count++;
        return 0;
    }
    if (len > w->conf->document_len_max) return survey_note_refusal(w->survey, w->conf, path, len, REFUSAL_TOO_LARGE);
    _cleanup_(close_fd) int fd = -1;
    _cleanup_(buf_release) struct buf content;
    buf_init(&content, w->conf->document_len_max);
    int r = io_open_beneath(w->root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, w->conf->cross_devices, &fd);
    if (r == 0) r = io_read_all(fd, &content);
    if (r == -ENOMEM) return r;
    if (r < 0) {
        w->survey->unreadable_count++;
        return 0;
    }
    return walk_document(w, path, buf_bytes(&content));
}

static int walk_entry(struct walk *w, const FTSENT *at) {
    if (sidecar_is_name(at->fts_name)) return 0; /* never shown */
    const char *path = strlen(at->fts_path) > w->root_len ? at->fts_path + w->root_len + 1 : "";
    switch (at->fts_info) {
    case FTS_F: return walk_file(w, path, (uint64_t) at->fts_statp->st_size);
    case FTS_SL:
    case FTS_SLNONE: w->survey->link_count++; return 0;
    case FTS_DEFAULT: w->survey->special_count++; return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS: w->survey->unreadable_count++; return 0;
    default: return 0;
    }
}

int survey_run(const struct conf *c, const struct engine *e, const char *folder, const struct survey_watch *watch, struct survey *out) {
    memset(out, 0, sizeof(*out));
    _cleanup_(scratch_freep) struct scratch *scratch = NULL;
    _cleanup_(close_fd) int root_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root_fd < 0) return -errno;
    out->refused = calloc(SURVEY_REFUSED_COUNT_MAX, sizeof(*out->refused));
    if (!out->refused) return -ENOMEM;
    int r = scratch_new(e, &scratch);
    FTS *fts = r == 0 ? walk_open(folder, c->cross_devices) : NULL;
    if (r == 0 && !fts) r = -errno;
    struct walk w = { c, e, scratch, out, root_fd, strlen(folder) };
    for (const FTSENT *at; r == 0 && (at = fts_read(fts));) {
        r = walk_entry(&w, at);
        if (watch) watch->step(watch->context, out->file_count, out->byte_count);
    }
    if (fts) ignore(fts_close(fts)); /* it was only read */
    if (r < 0) survey_release(out);
    return r;
}

void survey_release(struct survey *s) {
    for (size_t i = 0; i < s->slowest_count; i++) free(s->slowest[i].path);
    for (size_t i = 0; i < s->refused_kept; i++) free(s->refused[i].path);
    free(s->refused);
    memset(s, 0, sizeof(*s));
}
