#include "fs/folders.h"

#include <errno.h>

#include "conf/base/lock.h"
#include "fs/ring.h"
#include "fs/table.h"

struct folders_entry {
    struct table_link link;
    struct ring ring;
    struct names *names;
    char *path;
};

struct folders {
    pthread_mutex_t lock;
    struct table table;
    struct ring recent;
    size_t name_count, names_max;
};

int folders_new(size_t names_max, struct folders **out_folders) {
    struct folders *f = calloc(1, sizeof(*f));
    if (!f) return -ENOMEM;
    if (table_init(&f->table) < 0) {
        free(f);
        return -ENOMEM;
    }
    must(pthread_mutex_init(&f->lock, NULL) == 0);
    ring_init(&f->recent);
    f->names_max = names_max;
    *out_folders = f;
    return 0;
}

/* A folder costs as one name more than it holds, so that empty ones count too. */
static void folders_remove(struct folders *f, struct folders_entry *e) _holds_(f->lock) {
    f->name_count -= e->names->count + 1;
    table_remove(&f->table, &e->link);
    ring_remove(&e->ring);
    names_unref(e->names);
    explicit_bzero(e->path, strlen(e->path));
    free(e->path);
    free(e);
}

void folders_clear(struct folders *f) {
    lock_scoped(&f->lock);
    while (!ring_is_empty(&f->recent)) folders_remove(f, ring_entry(f->recent.next, struct folders_entry, ring));
}

void folders_free(struct folders *f) {
    if (!f) return;
    folders_clear(f);
    table_release(&f->table);
    (void) pthread_mutex_destroy(&f->lock);
    free(f);
}

static struct folders_entry *folders_find(struct folders *f, const char *path) _holds_(f->lock) {
    uint64_t hash = table_hash(&f->table, 0, bytes_from_string(path));
    for (struct table_link *l = table_first(&f->table, hash); l; l = table_next(l)) {
        struct folders_entry *e = table_entry(l, struct folders_entry, link);
        if (strcmp(e->path, path) == 0) return e;
    }
    return NULL;
}

struct names *folders_get(struct folders *f, const char *path) {
    lock_scoped(&f->lock);
    struct folders_entry *e = folders_find(f, path);
    if (!e) return NULL;
    ring_remove(&e->ring);
    ring_push(&f->recent, &e->ring);
    return names_ref(e->names);
}

void folders_put(struct folders *f, const char *path, struct names *names) {
    lock_scoped(&f->lock);
    struct folders_entry *e = folders_find(f, path);
    if (e) folders_remove(f, e);
    if (names->count + 1 > f->names_max) return;
    e = calloc(1, sizeof(*e));
    if (!e) return;
    e->path = strdup(path);
    if (!e->path) {
        free(e);
        return;
    }
    while (f->name_count + names->count + 1 > f->names_max) folders_remove(f, ring_entry(f->recent.prev, struct folders_entry, ring));
    e->names = names_ref(names);
    f->name_count += names->count + 1;
    table_insert(&f->table, &e->link, table_hash(&f->table, 0, bytes_from_string(path)));
    ring_push(&f->recent, &e->ring);
}
