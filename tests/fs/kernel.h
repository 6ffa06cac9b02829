/* A kernel in the test's own process: speaks the FUSE protocol (linux/fuse.h) to the real session over a socket pair, one request at a time, and so
 * can ask what no reader could: odd names, unknown nodes, requests of other threads. */
#pragma once

#include <linux/fuse.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/guard.h"

struct kernel;

struct kernel *kernel_start(struct guard *g);
void kernel_stop(struct kernel *k);
/* The thread that seems to ask from now on; default this process. */
void kernel_as(struct kernel *k, uint32_t tid, uint32_t uid);
/* Returns the length of the answer, or a negative errno from it. out may be NULL. */
long kernel_ask(struct kernel *k, uint32_t opcode, uint64_t node, struct bytes in, void *out, size_t out_len);
/* No answer is expected: FORGET. */
void kernel_tell(struct kernel *k, uint32_t opcode, uint64_t node, struct bytes in);

/* A call ends after its answer, perhaps in another thread: waits until the kernel's nodes are that many and nothing is under way. */
void kernel_settle(struct kernel *k, size_t nodes);

/* LOOKUP; returns 0 or a negative errno. */
long kernel_lookup(struct kernel *k, uint64_t parent, const char *name, struct fuse_entry_out *out);
long kernel_open(struct kernel *k, uint64_t node, uint32_t flags, uint64_t *out_fh);
long kernel_getattr(struct kernel *k, uint64_t node, struct fuse_attr_out *out);
long kernel_read(struct kernel *k, uint64_t node, uint64_t fh, uint64_t offset, struct bytes into);
void kernel_forget(struct kernel *k, uint64_t node, uint64_t count);
/* INTERRUPT for the request told last; returns that request's answer. */
long kernel_interrupt_last(struct kernel *k);
