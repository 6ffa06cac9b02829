/* struct cache: ready views in memory, least recently used out, bounded by bytes. A view larger than the bound is served but not kept.
 * Threads: safe. Ownership: cache_free(); views live on in the handles that hold them. */
#pragma once

#include "fs/catalog.h"

struct cache;

_must_use_ int cache_new(size_t len_max, struct cache **out_cache);
void cache_free(struct cache *c);
/* A reference for the caller, or NULL. */
struct view *cache_get(struct cache *c, const struct catalog_key *key);
/* Takes its own reference; best effort. */
void cache_put(struct cache *c, const struct catalog_key *key, struct view *v);
void cache_drop(struct cache *c, const struct catalog_key *key);
/* Everything out: emergency revoke, policy reload. */
void cache_clear(struct cache *c);
size_t cache_len(struct cache *c);
