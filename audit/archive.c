#include "audit/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <zip.h>

#include "audit/verify_state.h"
#include "conf/base/io.h"

int64_t archive_zip_of(const char *path) {
    struct verify_place place;
    if (!verify_place(path, &place) || place.width < VERIFY_WIDTH || place.level > 2) return -1;
    unsigned level = place.level == VERIFY_ENTRIES ? 0 : (unsigned) place.level;
    return (int64_t) (place.n >> (8 * (2 - level)));
}

/* Of a zip written, before it is shown. */
#define ARCHIVE_SHOWN_SHARE 0.001

/* One zip under way. */
struct archive {
    const struct archive_options *o;
    struct archive_result *result;
    struct verify *v;
    zip_t *zip;
    int64_t number;
};

static void archive_zip_discard(zip_t **z) {
    if (*z) zip_discard(*z);
}

/* What never changes again is read when the zip is written, one file after the other: a full zip stands for ten gigabytes. */
static zip_source_t *archive_source_later(struct archive *a, const char *path) {
    char whole[VERIFY_PATH_LEN + NAME_MAX + 64];
    int len = snprintf(whole, sizeof(whole), "/proc/self/fd/%d/%s", a->v->log_fd, path);
    must(len > 0 && (size_t) len < sizeof(whole));
    return zip_source_file(a->zip, whole, 0, 0);
}

/* What a live writer may replace or remove is taken as it is now. -ENOENT: it is gone. */
static int archive_source_now(struct archive *a, const char *path, zip_source_t **out) {
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, VERIFY_FILE_LEN_MAX);
    int r = io_read_file_at(a->v->log_fd, path, &raw);
    if (r < 0) return r;
    void *copy = malloc(raw.len > 0 ? raw.len : 1);
    if (!copy) return -ENOMEM;
    if (raw.len > 0) memcpy(copy, raw.ptr, raw.len);
    *out = zip_source_buffer(a->zip, copy, raw.len, 1);
    if (!*out) free(copy);
    return 0;
}

/* Tiles of hashes do not compress; records do. Times are left out, so that the same log gives the same zip. */
static int archive_add(struct archive *a, const char *path, bool full) {
    zip_source_t *source = full ? archive_source_later(a, path) : NULL;
    int r = full ? 0 : archive_source_now(a, path, &source);
    if (r == -ENOENT) return 0; /* a partial that was outgrown: the full tile is there */
    if (r < 0) return r;
    if (!source) return -ENOMEM;
    zip_int64_t at = zip_file_add(a->zip, path, source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
        zip_source_free(source);
        return -EIO;
    }
    bool records = strncmp(path, "tile/entries/", 13) == 0;
    zip_set_file_compression(a->zip, (zip_uint64_t) at, records ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    a->result->files++;
    return zip_file_set_dostime(a->zip, (zip_uint64_t) at, 0, 0x21, 0) < 0 ? -EIO : 0; /* 1980-01-01, the form's first day */
}

static int archive_visit(void *context, const char *path) {
    struct archive *a = context;
    int64_t number = archive_zip_of(path);
    bool wanted = (number == -1 || number == a->number) && !bytes_ends_with(bytes_from_string(path), BYTES(".new"));
    return wanted ? archive_add(a, path, number >= 0) : 0;
}

static int archive_sync(const char *folder, const char *path) {
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0) return -errno;
    _cleanup_(close_fd) int dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir_fd < 0 || fsync(dir_fd) < 0 ? -errno : 0;
}

/* So much of the zip under way is written: the files are read, compressed and written when it is closed, which is nearly all of the time. */
static void archive_show(zip_t *zip, double share, void *context) {
    (void) zip;
    const struct archive *a = context;
    uint64_t first = (uint64_t) a->number << ARCHIVE_SPAN_BITS, end = first + (UINT64_C(1) << ARCHIVE_SPAN_BITS), minimum = a->v->minimum;
    if (first < minimum) first = minimum;
    if (end > a->v->head.size) end = a->v->head.size;
    uint64_t done = first - minimum + (uint64_t) (share * (double) (end - first));
    a->o->on_progress(a->o->context, done, a->v->head.size - minimum);
}

static int archive_write_zip(struct archive *a, struct problem *p) {
    char path[PATH_MAX], temp[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%03lld.zip", a->o->to, (long long) a->number);
    int temp_len = snprintf(temp, sizeof(temp), "%s/%03lld.zip.new", a->o->to, (long long) a->number);
    if (len < 0 || (size_t) len >= sizeof(path) || temp_len < 0 || (size_t) temp_len >= sizeof(temp)) return problem_set(p, -ENAMETOOLONG, "%s is too long", a->o->to);
    uint64_t end = ((uint64_t) a->number + 1) << ARCHIVE_SPAN_BITS;
    if (end <= a->v->head.size && access(path, F_OK) == 0) return 0;
    int e = 0;
    _cleanup_(archive_zip_discard) zip_t *zip = zip_open(temp, ZIP_CREATE | ZIP_TRUNCATE, &e);
    if (!zip) return problem_set(p, -EIO, "%s cannot be made", temp);
    a->zip = zip;
    if (a->o->on_progress && zip_register_progress_callback_with_state(zip, ARCHIVE_SHOWN_SHARE, archive_show, NULL, a) < 0) return problem_set(p, -ENOMEM, "not enough memory");
    int r = verify_walk_log(&(struct verify_walk) { .v = a->v, .visit = archive_visit, .context = a });
    if (r < 0) return problem_set(p, r, "the log cannot be read (%s)", strerror(-r));
    if (zip_close(zip) < 0) return problem_set(p, -EIO, "%s cannot be written (%s)", temp, zip_strerror(zip));
    zip = NULL;
    if (rename(temp, path) < 0) return problem_set(p, -errno, "%s cannot be made (%s)", path, strerror(errno));
    r = archive_sync(a->o->to, path);
    if (r < 0) return problem_set(p, r, "%s cannot be made durable (%s)", path, strerror(-r));
    a->result->zips++;
    return 0;
}

static int archive_run(struct archive *a, struct problem *p) {
    _cleanup_(buf_release) struct buf head;
    buf_init(&head, NOTE_LEN_MAX);
    int r = verify_open(a->v, p);
    if (r < 0) return r;
    r = verify_load_head(a->v, &head);
    if (r == 0) r = verify_pruned_load(a->v);
    if (r < 0 || a->v->report->found[VERIFY_BAD] > 0) {
        return problem_set(p, r < 0 ? r : -EBADMSG, "%s", a->v->report->finding_count > 0 ? a->v->report->finding[0].text : strerror(-r));
    }
    a->result->size = a->v->head.size;
    int64_t last = (int64_t) ((a->v->head.size - 1) >> ARCHIVE_SPAN_BITS);
    for (a->number = (int64_t) (a->v->minimum >> ARCHIVE_SPAN_BITS); a->number <= last && r == 0; a->number++) r = archive_write_zip(a, p);
    return r;
}

int archive_write(const struct archive_options *o, struct archive_result *out, struct problem *p) {
    struct verify_options options = { .dir = o->dir, .stable = o->stable };
    struct verify_report *report = calloc(1, sizeof(*report));
    struct verify *v = calloc(1, sizeof(*v));
    struct archive_result result = { 0 };
    int r = report && v ? 0 : problem_set(p, -ENOMEM, "not enough memory");
    if (r == 0) {
        *v = (struct verify) { .o = &options, .report = report, .dir_fd = -1, .log_fd = -1 };
        struct archive a = { .o = o, .result = &result, .v = v };
        r = archive_run(&a, p);
        verify_release(v);
    }
    free(v);
    free(report);
    if (r < 0) return r;
    *out = result;
    return 0;
}
