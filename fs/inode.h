/* struct inodes: the table of nodes the kernel knows. A node id is a 64-bit counter: never reused, never a pointer (name_to_handle_at hands it
 * out). Three kinds:
 *   FOLDER       keeps its id while the source folder keeps its inode
 *   PROVISIONAL  a file whose view's length is not known; OPEN on it always answers ESTALE, so that the kernel asks the name again
 *   EXACT        one version of one file: length, digest and times never change, so that no page cache ever mixes two views
 * Nodes are immutable once published but for their counters. Threads: safe; one lock (lock.h, 1).
 * Ownership: a node lives while the kernel remembers it (inode_add_lookup, inode_forget), a child, a handle or a job holds it (inode_unref). */
#pragma once

#include "conf/limits.h"
#include "conf/refusal.h"
#include "fs/ring.h"
#include "fs/source.h"
#include "fs/table.h"
#include "fs/view.h"

enum { INODE_ROOT_ID = 1 };
enum inode_kind { INODE_FOLDER, INODE_PROVISIONAL, INODE_EXACT };
/* What the mount itself puts at the root (own.h); OWN_NONE: of the source. */
enum own { OWN_NONE, OWN_FOLDER, OWN_STATUS, OWN_MANIFEST };
enum { OWN_COUNT = 4 };

/* What is fixed when a node is made. */
struct inode_facts {
    enum inode_kind kind;
    enum own own;
    struct source_version version; /* folder: only dev and ino count */
    uint64_t generation;                /* policy under which the view was made; 0 for folders */
    uint64_t view_len;
    uint8_t digest[VIEW_DIGEST_LEN];
    enum refusal refusal;
    bool racy;                     /* read within 20 ms of its change: equal time stamps prove nothing */
    int64_t mtime_s;               /* as shown */
    uint32_t mtime_ns;
    uint64_t number;               /* st_ino as shown */
};

struct inode {
    uint64_t id;
    struct inode *parent; /* NULL at the root */
    struct inode_facts facts;
    const char *shown;    /* name in the mount */
    const char *raw;      /* name in the source */
    /* under the table's lock */
    struct table_link by_id, by_name, by_source; /* the last: folders alone */
    struct ring recent;
    uint64_t lookups;
    uint64_t refs;
    char *token;        /* the journal's name of this path, once it was asked for; NULL not yet */
    uint64_t token_day; /* subject keys change by the month: a token is kept for a day */
};

/* Where a node is made. */
struct inode_place {
    struct inode *parent;
    const char *shown, *raw;
};

struct inodes;

_must_use_ int inodes_new(const struct inode_facts *root, struct inodes **out_inodes);
void inodes_free(struct inodes *t);
size_t inodes_count(struct inodes *t);

/* A name that the kernel was told, and the node id of its folder. */
struct inode_name {
    uint64_t parent;
    char name[LIMIT_FILE_NAME_LEN + 1];
};
/* Names of up to max nodes that the kernel was told of longest ago and that nothing of ours holds: no child, no handle, no job. Asked again, others
 * come first. */
size_t inodes_oldest(struct inodes *t, struct inode_name *out, size_t max);

/* A reference, or NULL: an id we never gave out. */
struct inode *inode_get(struct inodes *t, uint64_t id);
/* The node of a folder of the source, with a reference; NULL: none. */
struct inode *inode_get_folder(struct inodes *t, uint64_t device, uint64_t inode);
struct inode *inode_ref(struct inodes *t, struct inode *n);
void inode_unref(struct inodes *t, struct inode *n);
/* The node that these facts describe, old or new, with a reference. -ENOMEM. */
_must_use_ int inode_remember(struct inodes *t, const struct inode_place *place, const struct inode_facts *facts, struct inode **out_inode);
/* The kernel was told of the node (LOOKUP, READDIRPLUS), or forgets some of that. */
void inode_add_lookup(struct inodes *t, struct inode *n);
void inode_forget(struct inodes *t, uint64_t id, uint64_t count);

/* The journal's token of the node, if it is of that day (days since 1970); false: ask the keeper, then put it. */
bool inode_get_token(struct inodes *t, const struct inode *n, uint64_t day, char *out, size_t len);
void inode_put_token(struct inodes *t, struct inode *n, uint64_t day, const char *token);

/* The path in the source, relative to its root ("" for the root); name may be NULL. -ENAMETOOLONG. */
_must_use_ int inode_path(const struct inode *folder, const char *name, char *out, size_t len);
