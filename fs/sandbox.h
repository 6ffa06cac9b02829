/* The walls around the guard, put up before it reads a document and before it has threads (filesystem.md, Security): no new privileges, no
 * core, not traceable, the user that owns the state, two capabilities (read any source file; see who asks), and Landlock: the source to
 * read, the state to write, /proc, the name service's files and /dev/fuse; nothing else of the file system, and no network but the
 * ports of the vault's database where that is on another host; seccomp on top.
 * Threads: one, the first. */
#pragma once

#include "conf/base/problem.h"
#include "conf/conf.h"

struct sandbox_report {
    bool landlock;
    int landlock_abi;
};

_must_use_ int sandbox_enter(const struct conf *c, struct sandbox_report *out, struct problem *p);
