/* The parent of the keeper and the guard: starts both, mounts, tells who waits that the mount is there (or why not), passes signals on, and
 * takes the mount away when the guard is gone, however it went. Reads no document, holds no key.
 * Threads: one. */
#pragma once

#include "fs/options.h"

/* status_fd: where the launcher waits; -1 in the foreground. Returns the exit code. */
int monitor_run(const struct options *o, int status_fd);
