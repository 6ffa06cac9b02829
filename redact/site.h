/* site: the engine as a configuration wants it: profile, limits, the site's rules, lists and roster (conf/supply.h reads them). What the mount, the
 * filter, the check and the measurements start with, so that they are one engine.
 * Threads: pure but for the files. */
#pragma once

#include "conf/conf.h"
#include "redact/redact.h"

/* report may be NULL. -EPERM, -ENOENT … for files, -EBADMSG and -EINVAL for what is in them; the problem names file and line. */
_must_use_ int site_engine_new(const struct conf *c, struct engine_report *report, struct engine **out_engine, struct problem *p);
