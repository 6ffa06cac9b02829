/* struct folders: the name maps of folders seen lately (naming.h), by path. A map that is no longer the folder's present one still translates
 * names that it holds: what a raw name is called depends on nothing but the folder, the name and the policy.
 * Threads: safe (lock.h, 2). Ownership: folders_free(). Bounded by names, least recently used out. */
#pragma once

#include "fs/naming.h"

enum { FOLDERS_NAMES_MAX = 2 * 1024 * 1024 };

struct folders;

_must_use_ int folders_new(size_t names_max, struct folders **out_folders);
void folders_free(struct folders *f);
/* A reference, or NULL. */
struct names *folders_get(struct folders *f, const char *path);
void folders_put(struct folders *f, const char *path, struct names *names);
void folders_clear(struct folders *f);
