/* Walls around one of our own processes. Each call only ever takes rights away.
 * Order (filesystem.md): no_new_privs and the rest of confine_process(), then capabilities, then Landlock, then seccomp.
 * Threads: call before threads; the kernel's rules then hold for all of them. */
#pragma once

#include <stdbool.h>

#include "conf/base/attr.h"

/* no_new_privs, not dumpable (no ptrace, no /proc/PID/mem, no core), RLIMIT_CORE 0. */
_must_use_ int confine_process(void);
/* Drops every capability but those in keep_mask (1 << CAP_…), from all sets. */
_must_use_ int confine_capabilities(unsigned long long keep_mask);
/* Landlock: no path can be opened any more; descriptors already open keep working. 0 also where the kernel has no Landlock: *out_active tells. */
_must_use_ int confine_no_files(bool *out_active);
