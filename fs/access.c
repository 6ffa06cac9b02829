#include "fs/access.h"

#include <sys/stat.h>

#include "conf/purpose.h"

bool access_program_is_listed(const struct conf_programs *list, const struct actor *who) {
    const char *path = list->text;
    for (size_t i = 0; i < list->count; i++, path += strlen(path) + 1) {
        struct stat st;
        if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH))) continue;
        if (who->exe_inode != 0 && st.st_dev == who->exe_device && st.st_ino == who->exe_inode) return true;
    }
    return list->count == 0;
}

static bool access_program(struct call *c) {
    struct actor who;
    const struct conf_programs *list = &c->policy->conf->programs;
    /* Fresh: what was known of the thread a second ago may have been another program of the same name. */
    return list->count == 0 || (scout_ask(c->guard->scout, c->tid, true, &who) == 0 && access_program_is_listed(list, &who));
}

/* As the kernel would by owner, group and modes; root reads everything. A file needs the folders' search bit, too. */
static bool access_modes(struct call *c, bool is_folder) {
    const struct guard *g = c->guard;
    if (c->policy->conf->enforce != ENFORCE_DAEMON || c->uid == 0) return true;
    unsigned shift = c->uid == g->owner ? 6 : policy_has_group(g->group, c->gid, c->tid) ? 3 : 0;
    unsigned file = g->file_mode >> shift, folder = g->dir_mode >> shift;
    return (folder & 1) && ((is_folder ? folder : file) & 4);
}

static bool access_purpose(struct call *c) {
    uint32_t purposes = c->policy->conf->purposes;
    struct session bound;
    if (purposes == 0) return true;
    if (!session_find(c->guard->sessions, c->tid, &bound)) return false;
    for (uint32_t i = 0; purpose_at(i); i++) {
        if ((purposes >> i & 1) && purpose_at(i) == bound.purpose) return true;
    }
    return false;
}

bool access_admits(struct call *c, bool is_folder) {
    return hours_hold_now(&c->policy->conf->hours) && access_purpose(c) && access_modes(c, is_folder) && access_program(c);
}
