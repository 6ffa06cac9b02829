#include "fs/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/fanotify.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "conf/base/thread.h"

enum { WATCH_READ_LEN = 64 * 1024, WATCH_NODES_MAX = 64 };

/* ---- the monitor's half */

int watch_listen(const char *source, int *out_fd) {
    const uint64_t what = FAN_MODIFY | FAN_ATTRIB | FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR;
    _cleanup_(close_fd) int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    if (fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, what, AT_FDCWD, source) < 0) return -errno;
    *out_fd = take_fd(fd);
    return 0;
}

static void watch_send(int channel, const struct watch_message *m) {
    static bool lost; /* the monitor has one thread */
    const struct watch_message everything = { .device = 0 };
    if (lost && send(channel, &everything, sizeof(everything), MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) sizeof(everything)) lost = false;
    if (send(channel, m, sizeof(*m), MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t) sizeof(*m)) lost = true; /* said with the next one; attr_ttl bounds the rest */
}

/* The record is the folder's handle, then the name (fanotify(7), FAN_REPORT_DFID_NAME). */
static void watch_pass_record(const struct fanotify_event_info_fid *info, int source_fd, int channel) {
    union {
        const void *from;
        struct file_handle *handle;
    } at = { .from = info->handle };
    struct watch_message m = { .device = 0 };
    struct stat st;
    size_t fixed = sizeof(*info) + sizeof(struct file_handle);
    if (info->hdr.info_type != FAN_EVENT_INFO_TYPE_DFID_NAME || info->hdr.len < fixed + at.handle->handle_bytes) return;
    size_t room = info->hdr.len - fixed - at.handle->handle_bytes;
    const char *name = (const char *) at.handle->f_handle + at.handle->handle_bytes;
    size_t len = strnlen(name, room);
    if (len == room || len >= sizeof(m.name)) return;
    _cleanup_(close_fd) int fd = open_by_handle_at(source_fd, at.handle, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) return; /* the folder is gone: its own folder's event says so */
    m.device = st.st_dev;
    m.inode = st.st_ino;
    memcpy(m.name, name, len + 1);
    watch_send(channel, &m);
}

void watch_pass_on(int fanotify_fd, int source_fd, uint32_t self, int channel) {
    static _Alignas(struct fanotify_event_metadata) uint8_t buffer[WATCH_READ_LEN]; /* the monitor has one thread */
    const struct watch_message everything = { .device = 0 };
    ssize_t len = read(fanotify_fd, buffer, sizeof(buffer));
    for (ssize_t i = 0; i + (ssize_t) sizeof(struct fanotify_event_metadata) <= len;) {
        struct fanotify_event_metadata e;
        memcpy(&e, buffer + i, sizeof(e));
        if (e.event_len < sizeof(e) || (ssize_t) e.event_len > len - i) return;
        const void *record = buffer + i + e.metadata_len;
        if (e.mask & FAN_Q_OVERFLOW) watch_send(channel, &everything);
        else if ((uint32_t) e.pid != self && e.event_len >= e.metadata_len + sizeof(struct fanotify_event_info_fid)) watch_pass_record(record, source_fd, channel);
        i += (ssize_t) e.event_len;
    }
}

/* ---- the guard's half */

struct watch {
    struct guard *guard;
    int channel;
    watch_tell tell;
    void *context;
    pthread_t thread;
    atomic_bool stop, ended;
    struct inode_name batch[WATCH_NODES_MAX];
};

/* What the folder's entry is called in the view; an unchanged name is its own. */
static void watch_drop(struct watch *w, struct inode *folder, const char *raw) {
    char path[WORK_PATH_LEN_MAX];
    struct names *names = inode_path(folder, NULL, path, sizeof(path)) == 0 ? folders_get(w->guard->folders, path) : NULL;
    const struct name_entry *e = names ? names_find_raw(names, raw) : NULL;
    ignore(w->tell(w->context, folder->id, NULL));                  /* its times; gone already: as good */
    ignore(w->tell(w->context, folder->id, e ? e->shown : raw));    /* as above */
    names_unref(names);
}

/* Some were lost: every name that the kernel was told, once. */
static void watch_drop_all(struct watch *w) {
    size_t all = inodes_count(w->guard->inodes), n = WATCH_NODES_MAX;
    for (size_t done = 0; n == WATCH_NODES_MAX && done < all && !atomic_load(&w->stop); done += n) {
        n = inodes_oldest(w->guard->inodes, w->batch, WATCH_NODES_MAX);
        for (size_t i = 0; i < n; i++) ignore(w->tell(w->context, w->batch[i].parent, w->batch[i].name)); /* as above */
    }
}

void watch_take(struct watch *w, const struct watch_message *m) {
    struct inode *folder;
    guard_count(w->guard, watched, 1);
    if (m->device == 0 && m->inode == 0) {
        watch_drop_all(w);
        return;
    }
    folder = inode_get_folder(w->guard->inodes, m->device, m->inode);
    if (!folder) return; /* not of the source, or not known to the kernel */
    watch_drop(w, folder, m->name);
    inode_unref(w->guard->inodes, folder);
}

static void *watch_main(void *context) {
    struct watch *w = context;
    struct watch_message m;
    while (!atomic_load(&w->stop)) {
        ssize_t n = recv(w->channel, &m, sizeof(m), 0);
        if (n == 0 || (n < 0 && errno != EINTR)) break;
        if (n != (ssize_t) sizeof(m) || memchr(m.name, 0, sizeof(m.name)) == NULL) continue;
        watch_take(w, &m);
    }
    atomic_store(&w->ended, true);
    return NULL;
}

int watch_new(struct guard *g, int channel, watch_tell tell, void *context, struct watch **out_watch) {
    struct watch *w = calloc(1, sizeof(*w));
    if (!w) return -ENOMEM;
    w->guard = g;
    w->channel = channel;
    w->tell = tell;
    w->context = context;
    int r = thread_start(&w->thread, watch_main, w);
    if (r < 0) {
        free(w);
        return r;
    }
    *out_watch = w;
    return 0;
}

bool watch_stop(struct watch *w) {
    if (!w) return true;
    if (!atomic_exchange(&w->stop, true)) ignore(shutdown(w->channel, SHUT_RDWR)); /* wakes it */
    return atomic_load(&w->ended);
}

void watch_free(struct watch *w) {
    if (!w) return;
    must(atomic_load(&w->ended) && pthread_join(w->thread, NULL) == 0);
    explicit_bzero(w->batch, sizeof(w->batch));
    free(w);
}
