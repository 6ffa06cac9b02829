/* The seccomp filter of the guard. Threads: one; holds for all made later. */
#pragma once

#include "conf/base/attr.h"

/* Needs no_new_privs. 0 also where the kernel has no seccomp. */
_must_use_ int sandbox_refuse_calls(void);
