/* vault_export: the host that has the secret key, apart from the mount's. An export (deidfs-setup vault export) is unpacked once, checked whole, into
 * STATE/reidentify/exports/<digest>, and read from there as long as the same export is named. It holds sealed values alone.
 * Threads: main thread. */
#pragma once

#include <limits.h>

#include "conf/base/problem.h"

/* out is the folder to be read as a vault's state. -ENOENT, -EACCES …: the file; -EBADMSG: it is no whole export. */
_must_use_ int vault_export_open(const char *state, const char *file, char out[PATH_MAX], struct problem *p);
