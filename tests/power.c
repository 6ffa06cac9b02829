#include "tests/power.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "conf/base/io.h"

enum power_kind { POWER_WRITE, POWER_LENGTH, POWER_CREATE, POWER_MKDIR, POWER_RENAME, POWER_UNLINK, POWER_SYNC, POWER_SYNC_ALL, POWER_MARK };
enum { POWER_NAME_MAX = 96, POWER_SECTOR = 512, POWER_OBJECTS_MAX = 1 << 14 };

struct power_event {
    enum power_kind kind;
    uint64_t inode;              /* WRITE, LENGTH, SYNC: of the file or folder; else of what is named */
    uint64_t folder, target;     /* of the names; RENAME: from, to */
    char name[POWER_NAME_MAX], to[POWER_NAME_MAX];
    uint64_t offset, len;        /* WRITE; LENGTH: the new least length; MARK: kind, value */
    size_t bytes;                /* WRITE: where in the bytes */
    size_t covers;               /* SYNC, SYNC_ALL: events below this one */
    size_t object;               /* the file or folder that it changes: inode numbers are used again, objects are not */
    size_t made;                 /* CREATE, MKDIR: what got the name */
};

/* What the disk held when recording began, and everything made since. */
struct power_object {
    uint64_t inode;
    bool is_folder;
    uint8_t *data;
    size_t len;
};

struct power_entry {
    size_t folder, object;
    char name[POWER_NAME_MAX];
    bool gone;
};

struct power_disk {
    struct power_object object[POWER_OBJECTS_MAX];
    size_t object_count;
    struct power_entry entry[POWER_OBJECTS_MAX];
    size_t entry_count;
};
static struct power_disk base;

/* Shared with forked processes. */
static struct power {
    pthread_mutex_t lock;
    bool recording, stopped;
    size_t count, bytes_len;
    struct power_event event[POWER_EVENTS_MAX];
    uint8_t bytes[POWER_BYTES_MAX];
} *power;

__attribute__((constructor)) static void power_init(void) {
    power = mmap(NULL, sizeof(*power), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    must(power != MAP_FAILED);
    pthread_mutexattr_t shared;
    must(pthread_mutexattr_init(&shared) == 0 && pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED) == 0);
    must(pthread_mutex_init(&power->lock, &shared) == 0);
}

/* Held over a call and its note, so that the order of the notes is the order of the calls. */
static bool power_begin(void) {
    if (!power->recording) return false;
    int e = errno;
    must(pthread_mutex_lock(&power->lock) == 0);
    errno = e;
    return true;
}

static void power_end(void) {
    must(pthread_mutex_unlock(&power->lock) == 0);
}

static struct power_event *power_note(enum power_kind kind) {
    must(power->count < POWER_EVENTS_MAX);
    struct power_event *e = &power->event[power->count++];
    *e = (struct power_event) { .kind = kind };
    return e;
}

static uint64_t power_inode(int fd) {
    struct stat st;
    must(fstat(fd, &st) == 0);
    return st.st_ino;
}

/* The folder that holds path, and its last part. */
static uint64_t power_split(int dir_fd, const char *path, char name[POWER_NAME_MAX]) {
    char parent[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash) {
        size_t len = slash == path ? 1 : (size_t) (slash - path);
        must(len < sizeof(parent));
        memcpy(parent, path, len);
        parent[len] = '\0';
        path = slash + 1;
    }
    must(snprintf(name, POWER_NAME_MAX, "%s", path) < POWER_NAME_MAX);
    struct stat st;
    return fstatat(dir_fd, parent, &st, 0) == 0 ? st.st_ino : 0;
}

static uint64_t power_named(int dir_fd, const char *path) {
    struct stat st;
    return fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
}

ssize_t __real_pwrite64(int fd, const void *p, size_t len, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t len, off_t at);
ssize_t __real_write(int fd, const void *p, size_t len);
ssize_t __wrap_write(int fd, const void *p, size_t len);
int __real_fallocate64(int fd, int mode, off_t at, off_t len);
int __wrap_fallocate64(int fd, int mode, off_t at, off_t len);
int __real_ftruncate64(int fd, off_t len);
int __wrap_ftruncate64(int fd, off_t len);
int __real_openat64(int dir_fd, const char *path, int flags, ...);
int __wrap_openat64(int dir_fd, const char *path, int flags, ...);
int __real_mkdirat(int dir_fd, const char *path, mode_t mode);
int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode);
int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __real_unlinkat(int dir_fd, const char *path, int flags);
int __wrap_unlinkat(int dir_fd, const char *path, int flags);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_syncfs(int fd);
int __wrap_syncfs(int fd);
int __real_fstatvfs64(int fd, struct statvfs *out);
int __wrap_fstatvfs64(int fd, struct statvfs *out);

static void power_note_write(int fd, const void *p, size_t len, uint64_t at) {
    must(power->bytes_len + len <= POWER_BYTES_MAX);
    struct power_event *e = power_note(POWER_WRITE);
    e->inode = power_inode(fd);
    e->offset = at;
    e->len = len;
    e->bytes = power->bytes_len;
    memcpy(power->bytes + e->bytes, p, len);
    power->bytes_len += len;
}

ssize_t __wrap_pwrite64(int fd, const void *p, size_t len, off_t at) {
    if (!power_begin()) return __real_pwrite64(fd, p, len, at);
    ssize_t n = __real_pwrite64(fd, p, len, at);
    if (n > 0) power_note_write(fd, p, (size_t) n, (uint64_t) at);
    power_end();
    return n;
}

ssize_t __wrap_write(int fd, const void *p, size_t len) {
    off_t at = power->recording ? lseek(fd, 0, SEEK_CUR) : -1; /* -1: a pipe, a terminal */
    if (at < 0 || !power_begin()) return __real_write(fd, p, len);
    ssize_t n = __real_write(fd, p, len);
    if (n > 0) power_note_write(fd, p, (size_t) n, (uint64_t) at);
    power_end();
    return n;
}

int __wrap_fallocate64(int fd, int mode, off_t at, off_t len) {
    if (!power_begin()) return __real_fallocate64(fd, mode, at, len);
    int r = __real_fallocate64(fd, mode, at, len);
    if (r == 0) {
        struct power_event *e = power_note(POWER_LENGTH);
        e->inode = power_inode(fd);
        e->len = (uint64_t) (at + len);
    }
    power_end();
    return r;
}

int __wrap_ftruncate64(int fd, off_t len) {
    must(!power->recording); /* the model knows only files that grow */
    return __real_ftruncate64(fd, len);
}

int __wrap_openat64(int dir_fd, const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if ((flags & (O_CREAT | O_TRUNC)) == 0 || !power_begin()) return __real_openat64(dir_fd, path, flags, mode);
    bool there = power_named(dir_fd, path) != 0;
    int fd = __real_openat64(dir_fd, path, flags, mode);
    must(fd < 0 || !there || (flags & O_TRUNC) == 0);
    if (fd >= 0 && !there) {
        struct power_event *e = power_note(POWER_CREATE);
        e->folder = power_split(dir_fd, path, e->name);
        e->inode = power_inode(fd);
    }
    power_end();
    return fd;
}

int __wrap_mkdirat(int dir_fd, const char *path, mode_t mode) {
    if (!power_begin()) return __real_mkdirat(dir_fd, path, mode);
    int r = __real_mkdirat(dir_fd, path, mode);
    int error = errno;
    if (r == 0) {
        struct power_event *e = power_note(POWER_MKDIR);
        e->folder = power_split(dir_fd, path, e->name);
        e->inode = power_named(dir_fd, path);
    }
    power_end();
    errno = error;
    return r;
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to) {
    if (!power_begin()) return __real_renameat(from_fd, from, to_fd, to);
    int r = __real_renameat(from_fd, from, to_fd, to);
    if (r == 0) {
        struct power_event *e = power_note(POWER_RENAME);
        e->folder = power_split(from_fd, from, e->name);
        e->target = power_split(to_fd, to, e->to);
        must(e->folder == e->target); /* one folder: one order */
    }
    power_end();
    return r;
}

int __wrap_unlinkat(int dir_fd, const char *path, int flags) {
    if (!power_begin()) return __real_unlinkat(dir_fd, path, flags);
    int r = __real_unlinkat(dir_fd, path, flags);
    int error = errno;
    if (r == 0) {
        struct power_event *e = power_note(POWER_UNLINK);
        e->folder = power_split(dir_fd, path, e->name);
    }
    power_end();
    errno = error;
    return r;
}

/* The lock is not held while the disk works: others write meanwhile, and what they write is not covered. */
static int power_sync(int fd, enum power_kind kind, int (*real)(int fd)) {
    if (power->stopped) return 0;
    if (!power_begin()) return real(fd);
    size_t covers = power->count;
    power_end();
    int r = real(fd);
    if (r < 0 || !power_begin()) return r;
    struct power_event *e = power_note(kind);
    e->inode = power_inode(fd);
    e->covers = covers;
    power_end();
    return r;
}

int __wrap_fsync(int fd) {
    return power_sync(fd, POWER_SYNC, __real_fsync);
}

int __wrap_fdatasync(int fd) {
    return power_sync(fd, POWER_SYNC, __real_fdatasync);
}

int __wrap_syncfs(int fd) {
    return power_sync(fd, POWER_SYNC_ALL, __real_syncfs);
}

/* A small disk: a segment of the write-ahead log then has its least length, and its change comes within the recorded part. */
int __wrap_fstatvfs64(int fd, struct statvfs *out) {
    int r = __real_fstatvfs64(fd, out);
    if (r == 0) out->f_bavail = (16u << 20) / out->f_frsize;
    return r;
}

static size_t power_object_of(const struct power_disk *d, uint64_t inode) {
    for (size_t i = d->object_count; i > 0; i--) { /* the newest with that number */
        if (d->object[i - 1].inode == inode) return i - 1;
    }
    return POWER_OBJECTS_MAX; /* not below the root */
}

static size_t power_add_object(struct power_disk *d, uint64_t inode, bool is_folder) {
    must(d->object_count < POWER_OBJECTS_MAX);
    d->object[d->object_count] = (struct power_object) { .inode = inode, .is_folder = is_folder };
    return d->object_count++;
}

static void power_add_entry(struct power_disk *d, size_t folder, const char *name, size_t object) {
    must(d->entry_count < POWER_OBJECTS_MAX);
    struct power_entry *e = &d->entry[d->entry_count++];
    *e = (struct power_entry) { .folder = folder, .object = object };
    must(snprintf(e->name, sizeof(e->name), "%s", name) < (int) sizeof(e->name));
}

static int power_load(const char *path, const struct stat *st, int type, struct FTW *at) {
    if (type != FTW_D && type != FTW_F) return 0; /* sockets are not the disk's */
    size_t object = power_add_object(&base, st->st_ino, type == FTW_D);
    if (at->level > 0) {
        char name[POWER_NAME_MAX];
        uint64_t folder = power_split(AT_FDCWD, path, name);
        power_add_entry(&base, power_object_of(&base, folder), name, object);
    }
    if (type == FTW_D || st->st_size == 0) return 0;
    struct power_object *o = &base.object[object];
    o->len = (size_t) st->st_size;
    o->data = malloc(o->len);
    must(o->data != NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && io_pread_full(fd, o->data, o->len, 0) == 0);
    close_fd(&fd);
    return 0;
}

void power_record(const char *root) {
    must(nftw(root, power_load, 32, FTW_PHYS) == 0);
    power->count = power->bytes_len = 0;
    power->stopped = false;
    power->recording = true;
}

static bool power_is_of_names(const struct power_event *e) {
    return e->kind == POWER_CREATE || e->kind == POWER_MKDIR || e->kind == POWER_RENAME || e->kind == POWER_UNLINK;
}

/* From inode numbers to objects, once and over all events: which number means what depends on the order. */
void power_stop(void) {
    power->recording = false;
    power->stopped = true;
    for (size_t i = 0; i < power->count; i++) {
        struct power_event *e = &power->event[i];
        e->object = power_object_of(&base, power_is_of_names(e) ? e->folder : e->inode);
        if (e->kind == POWER_CREATE || e->kind == POWER_MKDIR) e->made = power_add_object(&base, e->inode, e->kind == POWER_MKDIR);
    }
}

void power_mark(unsigned kind, uint64_t value) {
    if (!power_begin()) return;
    struct power_event *e = power_note(POWER_MARK);
    e->offset = kind;
    e->len = value;
    power_end();
}

size_t power_count(void) {
    return power->count;
}

uint64_t power_marked(size_t prefix, unsigned kind, uint64_t fallback) {
    uint64_t best = fallback;
    for (size_t i = 0; i < prefix; i++) {
        const struct power_event *e = &power->event[i];
        if (e->kind == POWER_MARK && e->offset == kind && (best == fallback || e->len > best)) best = e->len;
    }
    return best;
}

const char *power_event_name(size_t event) {
    static const char *const names[] = { "write", "fallocate", "create", "mkdir", "rename", "unlink", "sync", "syncfs", "mark" };
    return event < power->count ? names[power->event[event].kind] : "the end";
}

/* splitmix64 */
static uint64_t power_random(uint64_t seed, uint64_t n) {
    uint64_t z = seed * UINT64_C(0x9E3779B97F4A7C15) + n * UINT64_C(0xBF58476D1CE4E5B9) + 1;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* One way in which the power went. */
struct power_cut {
    size_t prefix;
    enum power_policy policy;
    uint64_t seed;
    size_t synced[POWER_OBJECTS_MAX];  /* events of the object below this one are on the disk */
    size_t names[POWER_OBJECTS_MAX];   /* how many more changes of names the folder kept */
};

static void power_cut_init(struct power_cut *c, size_t prefix, enum power_policy policy, uint64_t seed) {
    memset(c, 0, sizeof(*c));
    *c = (struct power_cut) { .prefix = prefix, .policy = policy, .seed = seed };
    size_t all = 0;
    for (size_t i = 0; i < prefix; i++) {
        const struct power_event *e = &power->event[i];
        if (e->kind == POWER_SYNC_ALL && e->covers > all) all = e->covers;
        if (e->kind == POWER_SYNC && e->object < POWER_OBJECTS_MAX && e->covers > c->synced[e->object]) c->synced[e->object] = e->covers;
    }
    for (size_t i = 0; i < POWER_OBJECTS_MAX; i++) {
        if (c->synced[i] < all) c->synced[i] = all;
    }
    for (size_t i = 0; i < prefix; i++) {
        const struct power_event *e = &power->event[i];
        if (power_is_of_names(e) && e->object < POWER_OBJECTS_MAX && i >= c->synced[e->object]) c->names[e->object]++;
    }
    for (size_t i = 0; i < POWER_OBJECTS_MAX && policy == POWER_SOME; i++) c->names[i] = power_random(seed, i) % (c->names[i] + 1);
}

/* Does this change of names, in its folder's order, reach the disk? */
static bool power_keeps_name(struct power_cut *c, size_t event) {
    const struct power_event *e = &power->event[event];
    if (event < c->synced[e->object] || c->policy == POWER_ALL) return true;
    if (c->policy == POWER_NONE || c->names[e->object] == 0) return false;
    c->names[e->object]--;
    return true;
}

static void power_grow(struct power_object *o, size_t len) {
    if (len <= o->len) return;
    uint8_t *longer = realloc(o->data, len);
    must(longer != NULL);
    memset(longer + o->len, 0, len - o->len);
    o->data = longer;
    o->len = len;
}

static void power_put(struct power_object *o, const struct power_event *e, uint64_t sectors) {
    power_grow(o, (size_t) (e->offset + e->len));
    for (size_t done = 0; done < e->len;) {
        size_t at = (size_t) e->offset + done, part = POWER_SECTOR - at % POWER_SECTOR;
        if (part > e->len - done) part = (size_t) e->len - done;
        if (sectors >> (at / POWER_SECTOR % 64) & 1) memcpy(o->data + at, power->bytes + e->bytes + done, part);
        done += part;
    }
}

static void power_apply_data(struct power_cut *c, struct power_disk *d, size_t event) {
    const struct power_event *e = &power->event[event];
    bool durable = event < c->synced[e->object] || c->policy == POWER_ALL;
    uint64_t choice = power_random(c->seed, event);
    if (!durable && (c->policy == POWER_NONE || choice % 4 == 0)) return;
    if (e->kind == POWER_LENGTH) power_grow(&d->object[e->object], (size_t) e->len);
    else power_put(&d->object[e->object], e, durable || choice % 4 == 1 ? UINT64_MAX : power_random(choice, event));
}

static struct power_entry *power_find(struct power_disk *d, size_t folder, const char *name) {
    for (size_t i = d->entry_count; i > 0; i--) {
        struct power_entry *e = &d->entry[i - 1];
        if (!e->gone && e->folder == folder && strcmp(e->name, name) == 0) return e;
    }
    return NULL;
}

static void power_apply_name(struct power_disk *d, const struct power_event *e) {
    struct power_entry *from = power_find(d, e->object, e->name);
    if (e->kind == POWER_CREATE || e->kind == POWER_MKDIR) {
        power_add_entry(d, e->object, e->name, e->made);
        return;
    }
    must(from != NULL); /* names of a folder are kept in their order */
    from->gone = true;
    if (e->kind == POWER_UNLINK) return;
    struct power_entry *over = power_find(d, e->object, e->to);
    if (over) over->gone = true;
    power_add_entry(d, e->object, e->to, from->object);
}

static void power_write_out(const struct power_disk *d, size_t folder, const char *path) {
    must(mkdir(path, 0700) == 0);
    for (size_t i = 0; i < d->entry_count; i++) {
        const struct power_entry *e = &d->entry[i];
        if (e->gone || e->folder != folder) continue;
        char below[PATH_MAX];
        must(snprintf(below, sizeof(below), "%s/%s", path, e->name) < (int) sizeof(below));
        const struct power_object *o = &d->object[e->object];
        if (o->is_folder) {
            power_write_out(d, e->object, below);
            continue;
        }
        int fd = open(below, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        must(fd >= 0 && io_pwrite_full(fd, bytes_make(o->data, o->len), 0) == 0);
        close_fd(&fd);
    }
}

void power_make(size_t prefix, enum power_policy policy, uint64_t seed, const char *folder) {
    static struct power_disk disk;
    static struct power_cut cut;
    must(power->stopped && prefix <= power->count && base.object_count > 0);
    power_cut_init(&cut, prefix, policy, seed);
    memcpy(&disk, &base, sizeof(disk));
    for (size_t i = 0; i < disk.object_count; i++) {
        struct power_object *o = &disk.object[i];
        if (!o->data) continue;
        uint8_t *copy = malloc(o->len);
        must(copy != NULL);
        memcpy(copy, o->data, o->len);
        o->data = copy;
    }
    for (size_t i = 0; i < prefix; i++) {
        const struct power_event *e = &power->event[i];
        if (e->object >= POWER_OBJECTS_MAX) continue;
        if (e->kind == POWER_WRITE || e->kind == POWER_LENGTH) power_apply_data(&cut, &disk, i);
        else if (power_is_of_names(e) && power_keeps_name(&cut, i)) power_apply_name(&disk, e);
    }
    power_write_out(&disk, 0, folder);
    for (size_t i = 0; i < disk.object_count; i++) free(disk.object[i].data);
}
