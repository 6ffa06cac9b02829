/* The seccomp filter of the guard. Threads: one; holds for all made later. */
#pragma once

#include <stdbool.h>

#include "conf/base/attr.h"

/* Needs no_new_privs. 0 also where the kernel has no seccomp. may_connect: sockets of the internet too, for a database on another host. */
_must_use_ int sandbox_refuse_calls(bool may_connect);
