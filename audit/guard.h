/* The rollback guard: a second copy of the last checkpoint, best on another file system. A log that is older than its copy was restored from
 * a backup or cut: it must not be continued, because two different logs of one name would then exist.
 * Threads: one owner. */
#pragma once

#include "audit/checkpoint.h"
#include "audit/note.h"

enum { GUARD_NONE = 1 };

/* 0, GUARD_NONE when there is no copy yet; -EUCLEAN: not a checkpoint signed by this key. */
_must_use_ int guard_read(const char *path, const struct note_key *stable, struct checkpoint *out);
/* Replaces the copy; its folder is made when missing. */
_must_use_ int guard_write(const char *path, struct bytes note);
