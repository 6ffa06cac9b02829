/* struct scout: who a thread is. The guard's walls (Landlock) hide other processes' executables and pid name spaces from it, so the monitor,
 * which stands outside and reads no document, looks them up: one datagram there (the thread id), one back (struct actor).
 * The guard keeps an answer for SCOUT_LIFE_MS while the thread's start time and command name, which it can see, stay the same.
 * Threads: scout_ask from any (lock.h, 2; not held across the question); scout_answer from the monitor's one. */
#pragma once

#include "conf/actor.h"

enum { SCOUT_LIFE_MS = 1000, SCOUT_SLOTS = 1024 };

struct scout;

/* channel: one end of a SOCK_SEQPACKET pair, borrowed. -ENOMEM. */
_must_use_ int scout_new(int channel, struct scout **out_scout);
void scout_free(struct scout *s);
/* fresh: not from memory, where the answer decides about access. Negative: nobody knows; the caller records what the request itself says. */
_must_use_ int scout_ask(struct scout *s, uint32_t tid, bool fresh, struct actor *out);
/* Monitor: answers one waiting question. -EPIPE: the guard is gone. */
_must_use_ int scout_answer(int channel);
