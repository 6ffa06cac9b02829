#include "conf/base/arena.h"

#include <sodium.h>
#include <assert.h>
#include <stdint.h>

#include "conf/base/size.h"

enum { ARENA_ALIGN = 64, ARENA_BLOCK_LEN_MIN = 256 * 1024 };

struct arena_block {
    struct arena_block *older;
    size_t capacity;
    size_t used;
    uint8_t pad[ARENA_ALIGN - sizeof(void *) - 2 * sizeof(size_t)];
    uint8_t data[];
};
static_assert(sizeof(struct arena_block) == ARENA_ALIGN, "data begins on a cache line");

void arena_init(struct arena *a, size_t len_max) {
    *a = (struct arena) { .len_max = len_max };
}

static void arena_block_free(struct arena *a, struct arena_block *b) {
    sodium_memzero(b->data, b->used);
    a->reserved -= b->capacity;
    free(b);
}

void arena_reset(struct arena *a) {
    struct arena_block *largest = NULL;
    for (struct arena_block *b = a->newest, *older; b; b = older) {
        older = b->older;
        if (!largest || b->capacity > largest->capacity) {
            if (largest) arena_block_free(a, largest);
            largest = b;
        } else {
            arena_block_free(a, b);
        }
    }
    a->newest = largest;
    a->used = 0;
    if (!largest) return;
    sodium_memzero(largest->data, largest->used);
    largest->used = 0;
    largest->older = NULL;
}

void arena_release(struct arena *a) {
    for (struct arena_block *b = a->newest, *older; b; b = older) {
        older = b->older;
        arena_block_free(a, b);
    }
    arena_init(a, a->len_max);
}

static struct arena_block *arena_block_new(struct arena *a, size_t need) {
    /* Doubling keeps the number of blocks logarithmic in the document's size. */
    size_t capacity = size_max(size_max(ARENA_BLOCK_LEN_MIN, a->reserved), need);
    if (a->reserved > a->len_max || need > a->len_max - a->reserved) return NULL;
    capacity = size_min(capacity, a->len_max - a->reserved);
    capacity &= ~(size_t) (ARENA_ALIGN - 1);
    if (capacity < need) return NULL;
    struct arena_block *b = aligned_alloc(ARENA_ALIGN, sizeof(*b) + capacity);
    if (!b) return NULL;
    *b = (struct arena_block) { .older = a->newest, .capacity = capacity };
    a->reserved += capacity;
    a->newest = b;
    return b;
}

void *arena_alloc_dirty(struct arena *a, size_t count, size_t element_len) {
    size_t len = 0;
    if (!size_mul(count, element_len, &len) || !size_add(len, ARENA_ALIGN - 1, &len)) return NULL;
    len &= ~(size_t) (ARENA_ALIGN - 1);
    struct arena_block *b = a->newest;
    if (!b || len > b->capacity - b->used) b = arena_block_new(a, len);
    if (!b) return NULL;
    void *out = b->data + b->used;
    b->used += len;
    a->used += len;
    return out;
}

void *arena_alloc(struct arena *a, size_t count, size_t element_len) {
    void *out = arena_alloc_dirty(a, count, element_len);
    if (out) memset(out, 0, count * element_len);
    return out;
}

bool arena_grow(struct arena *a, void *last, size_t len, size_t len_wanted) {
    struct arena_block *b = a->newest;
    size_t old = (len + ARENA_ALIGN - 1) & ~(size_t) (ARENA_ALIGN - 1);
    if (!b || !last || len_wanted < len || len_wanted > SIZE_MAX - ARENA_ALIGN || old > b->used || last != b->data + (b->used - old)) return false;
    size_t more = ((len_wanted + ARENA_ALIGN - 1) & ~(size_t) (ARENA_ALIGN - 1)) - old;
    if (more > b->capacity - b->used) return false;
    b->used += more;
    a->used += more;
    return true;
}

struct bytes arena_copy(struct arena *a, struct bytes data) {
    if (data.len == 0) return bytes_make(NULL, 0);
    uint8_t *to = arena_alloc_dirty(a, data.len, 1);
    if (!to) return bytes_make(NULL, 0);
    memcpy(to, data.ptr, data.len);
    return bytes_make(to, data.len);
}
