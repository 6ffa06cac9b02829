/* Who may open: what [access] says beside users and groups (policy.h): the purpose of a bound session, the program that runs, the hour, and, where the daemon enforces them, owner,
 * group and modes. Decided at OPEN and OPENDIR, where the caller is blocked, so that every denial has its record.
 * Threads: any. */
#pragma once

#include "fs/call.h"

/* is_folder: asked for a listing. */
bool access_admits(struct call *c, bool is_folder);
/* The actor's program is one of the list: the file that runs is the one that stands at a listed path now, and only root could have written it. */
bool access_program_is_listed(const struct conf_programs *list, const struct actor *who);
