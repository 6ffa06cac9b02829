/* struct ring: a doubly linked list through the caller's structures, for least-recently-used order: push at the front, take from the back.
 * Threads: none of its own; the owner's lock covers it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct ring {
    struct ring *next, *prev;
};

#define ring_entry(at, type, member) ((type *) (void *) ((char *) (at) - offsetof(type, member)))

static inline void ring_init(struct ring *head) {
    head->next = head->prev = head;
}

static inline bool ring_is_empty(const struct ring *head) {
    return head->next == head;
}

static inline void ring_push(struct ring *head, struct ring *r) {
    r->next = head->next;
    r->prev = head;
    head->next->prev = r;
    head->next = r;
}

static inline void ring_append(struct ring *head, struct ring *r) {
    ring_push(head->prev, r);
}

static inline void ring_remove(struct ring *r) {
    r->next->prev = r->prev;
    r->prev->next = r->next;
    r->next = r->prev = r;
}
