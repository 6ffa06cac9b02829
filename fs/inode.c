#include "fs/inode.h"

#include <errno.h>

#include "conf/base/lock.h"

struct inodes {
    pthread_mutex_t lock; /* lock.h, 1 */
    struct table by_id, by_name, by_source;
    struct ring recent; /* next: told of most recently */
    uint64_t last_id;
    struct inode *root;
};

static uint64_t inode_hash_id(const struct inodes *t, uint64_t id) {
    return table_hash(&t->by_id, id, bytes_make(NULL, 0));
}

static uint64_t inode_hash_name(const struct inodes *t, const struct inode *parent, const char *shown) {
    return table_hash(&t->by_name, parent ? parent->id : 0, bytes_from_string(shown));
}

static uint64_t inode_hash_source(const struct inodes *t, uint64_t device, uint64_t inode) {
    return table_hash(&t->by_source, inode, bytes_make(&device, sizeof(device)));
}

/* One allocation: the node, then its two names. */
static struct inode *inode_new(const char *shown, const char *raw, const struct inode_facts *facts) {
    size_t shown_len = strlen(shown) + 1, raw_len = strlen(raw) + 1; /* names are at most NAME_MAX bytes: no overflow */
    struct inode *n = calloc(1, sizeof(*n) + shown_len + raw_len);
    if (!n) return NULL;
    char *names = (char *) (n + 1);
    memcpy(names, shown, shown_len);
    memcpy(names + shown_len, raw, raw_len);
    n->shown = names;
    n->raw = names + shown_len;
    n->facts = *facts;
    return n;
}

static void inode_insert(struct inodes *t, struct inode *n) _holds_(t->lock) {
    n->id = ++t->last_id;
    ring_push(&t->recent, &n->recent);
    if (n->facts.kind == INODE_FOLDER) table_insert(&t->by_source, &n->by_source, inode_hash_source(t, n->facts.version.dev, n->facts.version.ino));
    table_insert(&t->by_id, &n->by_id, inode_hash_id(t, n->id));
    table_insert(&t->by_name, &n->by_name, inode_hash_name(t, n->parent, n->shown));
}

int inodes_new(const struct inode_facts *root, struct inodes **out_inodes) {
    struct inodes *t = calloc(1, sizeof(*t));
    if (!t) return -ENOMEM;
    ring_init(&t->recent);
    int r = table_init(&t->by_id);
    if (r == 0) r = table_init(&t->by_name);
    if (r == 0) r = table_init(&t->by_source);
    if (r == 0 && !(t->root = inode_new("", "", root))) r = -ENOMEM;
    if (r < 0) {
        table_release(&t->by_id);
        table_release(&t->by_name);
        table_release(&t->by_source);
        free(t);
        return r;
    }
    must(pthread_mutex_init(&t->lock, NULL) == 0);
    t->root->refs = 1; /* the root is never forgotten */
    inode_insert(t, t->root);
    must(t->root->id == INODE_ROOT_ID);
    *out_inodes = t;
    return 0;
}

void inodes_free(struct inodes *t) {
    if (!t) return;
    for (size_t i = 0; i < t->by_id.slot_count; i++) {
        for (struct table_link *l = t->by_id.slots[i], *next; l; l = next) {
            next = l->next;
            struct inode *n = table_entry(l, struct inode, by_id);
            free(n->token);
            free(n);
        }
    }
    table_release(&t->by_id);
    table_release(&t->by_name);
    table_release(&t->by_source);
    (void) pthread_mutex_destroy(&t->lock);
    free(t);
}

size_t inodes_count(struct inodes *t) {
    lock_scoped(&t->lock);
    return t->by_id.count;
}

size_t inodes_oldest(struct inodes *t, struct inode_name *out, size_t max) {
    lock_scoped(&t->lock);
    size_t found = 0, left = t->by_id.count;
    while (found < max && left-- > 0) {
        struct inode *n = ring_entry(t->recent.prev, struct inode, recent);
        ring_remove(&n->recent);
        ring_push(&t->recent, &n->recent);
        if (n->refs > 0 || n->lookups == 0) continue;
        out[found].parent = n->parent->id;
        memcpy(out[found++].name, n->shown, strlen(n->shown) + 1);
    }
    return found;
}

static struct inode *inode_find_id(struct inodes *t, uint64_t id) _holds_(t->lock) {
    for (struct table_link *l = table_first(&t->by_id, inode_hash_id(t, id)); l; l = table_next(l)) {
        struct inode *n = table_entry(l, struct inode, by_id);
        if (n->id == id) return n;
    }
    return NULL;
}

struct inode *inode_get(struct inodes *t, uint64_t id) {
    lock_scoped(&t->lock);
    struct inode *n = inode_find_id(t, id);
    if (n) n->refs++;
    return n;
}

struct inode *inode_get_folder(struct inodes *t, uint64_t device, uint64_t inode) {
    lock_scoped(&t->lock);
    for (struct table_link *l = table_first(&t->by_source, inode_hash_source(t, device, inode)); l; l = table_next(l)) {
        struct inode *n = table_entry(l, struct inode, by_source);
        if (n->facts.version.dev != device || n->facts.version.ino != inode) continue;
        n->refs++;
        return n;
    }
    return NULL;
}

struct inode *inode_ref(struct inodes *t, struct inode *n) {
    lock_scoped(&t->lock);
    n->refs++;
    return n;
}

/* Frees the node if nobody holds it, then its parent if that was its last child, and so on up: a loop, since paths are deep. */
static void inode_reap(struct inodes *t, struct inode *n) _holds_(t->lock) {
    while (n && n->refs == 0 && n->lookups == 0) {
        struct inode *parent = n->parent;
        table_remove(&t->by_id, &n->by_id);
        table_remove(&t->by_name, &n->by_name);
        ring_remove(&n->recent);
        if (n->facts.kind == INODE_FOLDER) table_remove(&t->by_source, &n->by_source);
        free(n->token);
        free(n);
        if (parent) parent->refs--;
        n = parent;
    }
}

void inode_unref(struct inodes *t, struct inode *n) {
    if (!n) return;
    lock_scoped(&t->lock);
    must(n->refs > 0);
    n->refs--;
    inode_reap(t, n);
}

void inode_add_lookup(struct inodes *t, struct inode *n) {
    lock_scoped(&t->lock);
    n->lookups++;
    ring_remove(&n->recent);
    ring_push(&t->recent, &n->recent);
}

void inode_forget(struct inodes *t, uint64_t id, uint64_t count) {
    lock_scoped(&t->lock);
    struct inode *n = inode_find_id(t, id);
    if (!n) return;
    n->lookups -= count < n->lookups ? count : n->lookups;
    inode_reap(t, n);
}

static bool inode_is(const struct inode *n, const struct inode_facts *f) {
    const struct inode_facts *own = &n->facts;
    if (own->kind != f->kind) return false;
    switch (f->kind) {
    case INODE_FOLDER:
        return own->version.dev == f->version.dev && own->version.ino == f->version.ino;
    case INODE_PROVISIONAL:
        return true; /* one a name: it stands for whatever the name stands for */
    case INODE_EXACT:
        /* A racy node is confirmed once its clock has moved on: then a new node, with the same bytes, takes its place. */
        return source_version_equal(&own->version, &f->version) && own->generation == f->generation && own->view_len == f->view_len &&
               own->refusal == f->refusal && own->racy == f->racy && memcmp(own->digest, f->digest, sizeof(f->digest)) == 0;
    }
    return false;
}

static struct inode *inode_next_named(struct table_link *l, const struct inode *parent, const char *shown) {
    for (; l; l = table_next(l)) {
        struct inode *n = table_entry(l, struct inode, by_name);
        if (n->parent == parent && strcmp(n->shown, shown) == 0) return n;
    }
    return NULL;
}

int inode_remember(struct inodes *t, const struct inode_place *place, const struct inode_facts *facts, struct inode **out_inode) {
    struct inode *parent = place->parent;
    const char *shown = place->shown;
    lock_scoped(&t->lock);
    struct inode *n = inode_next_named(table_first(&t->by_name, inode_hash_name(t, parent, shown)), parent, shown);
    while (n && !(inode_is(n, facts) && strcmp(n->raw, place->raw) == 0)) n = inode_next_named(table_next(&n->by_name), parent, shown);
    if (!n) {
        n = inode_new(shown, place->raw, facts);
        if (!n) return -ENOMEM;
        n->parent = parent;
        parent->refs++;
        inode_insert(t, n);
    }
    n->refs++;
    *out_inode = n;
    return 0;
}

bool inode_get_token(struct inodes *t, const struct inode *n, uint64_t day, char *out, size_t len) {
    lock_scoped(&t->lock);
    size_t token_len = n->token && n->token_day == day ? strlen(n->token) + 1 : 0;
    if (token_len == 0 || token_len > len) return false;
    memcpy(out, n->token, token_len);
    return true;
}

void inode_put_token(struct inodes *t, struct inode *n, uint64_t day, const char *token) {
    char *copy = strdup(token); /* NULL: asked again next time */
    lock_scoped(&t->lock);
    free(n->token);
    n->token = copy;
    n->token_day = day;
}

int inode_path(const struct inode *folder, const char *name, char *out, size_t len) {
    /* Written from the end: the chain runs upwards. A node's parent lives as long as the node, so no lock is needed. */
    size_t at = len - 1;
    out[at] = '\0';
    for (const char *part = name; folder || part; part = folder->raw, folder = folder->parent) {
        size_t part_len = part ? strlen(part) : 0;
        if (part_len > 0) {
            bool last = out[at] == '\0';
            if (part_len + !last > at) return -ENAMETOOLONG;
            if (!last) out[--at] = '/';
            at -= part_len;
            memcpy(out + at, part, part_len);
        }
        if (!folder) break;
    }
    memmove(out, out + at, len - at);
    return 0;
}
