/* struct tickets: the promise behind an ESTALE. OPEN on a stale or provisional node redacts the present version, leaves a ticket for the calling
 * thread and answers ESTALE; the kernel asks the name again and opens once more, in the same open(2), and is served exactly that view: a
 * writer that replaces the file meanwhile cannot make a second ESTALE, which the reader would see.
 * Threads: safe (lock.h, 0). Ownership: tickets_free(). */
#pragma once

#include "fs/inode.h"

enum { TICKET_LIFE_MS = 2000, TICKET_COUNT = 1024 };

struct tickets;

_must_use_ int tickets_new(struct inodes *inodes, struct tickets **out_tickets);
void tickets_free(struct tickets *t);
/* Takes own references of both. One ticket a thread: a newer one replaces it. */
void tickets_put(struct tickets *t, uint32_t tid, struct inode *node, struct view *view);
/* The promised node if this thread holds a ticket for that name, with a reference; else NULL. The ticket stays. */
struct inode *tickets_find(struct tickets *t, uint32_t tid, const struct inode *parent, const char *shown);
/* The promised view, with a reference, and the ticket is used up; NULL without one. */
struct view *tickets_take(struct tickets *t, uint32_t tid, const struct inode *node);
/* Lets go of what nobody came back for. */
void tickets_sweep(struct tickets *t);
