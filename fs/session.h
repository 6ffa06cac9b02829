/* struct sessions: whom deidfs-session(1) bound to a process tree, for which purpose, under which ticket.
 *
 * A tree is followed by the kernel's session id (setsid(2), proc(5) field 6): the kernel sets it, a child inherits it, and nobody can enter a
 * session from outside or give himself one that exists; a control group, the other candidate, can be entered by whoever may write its folder, and
 * an unprivileged service cannot make one. Who leaves the session (setsid: daemons) leaves the binding: the safe side.
 * The number alone would not do, since process ids return: a binding holds only while its leader lives, known by its start time, and while the
 * connection that made it is open (fs/control.h). So a session id that returns finds no binding.
 * What this does not stop: a process of the same user that may trace (ptrace) one inside the tree acts as that one.
 *
 * Threads: any (lock.h, 2; not held while /proc is read). Ownership: sessions_free(). */
#pragma once

#include "conf/actor.h"
#include "conf/keeper.h"

enum { SESSIONS_MAX = 256 };

struct session {
    uint64_t number;     /* within this mount, from 1 */
    uint32_t leader;     /* process id, which is the kernel's session id */
    uint64_t start;      /* the leader's, in clock ticks since boot */
    char user[ACTOR_USER_LEN_MAX];
    const char *purpose; /* of conf/purpose.h */
    char ticket[KEEPER_SUBJECT_TOKEN_LEN];
};

struct sessions;

_must_use_ int sessions_new(struct sessions **out_sessions);
void sessions_free(struct sessions *s);
/* Gives it a number. -EEXIST: its kernel session is bound already; -EMFILE: SESSIONS_MAX. */
_must_use_ int session_add(struct sessions *s, struct session *bound);
/* Ends it; false: it was not there. out may be NULL. */
bool session_remove(struct sessions *s, uint64_t number, struct session *out);
/* The live binding that covers the process or thread; false: none. Costs nothing while there is no session at all. */
bool session_find(struct sessions *s, uint32_t tid, struct session *out);
size_t session_count(struct sessions *s);
