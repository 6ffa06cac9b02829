#include "tools/vault_export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/io.h"
#include "conf/base/text.h"
#include "redact/vault_copy.h"

enum { VAULT_EXPORT_NAME_LEN = 32, VAULT_EXPORT_DEPTH = 8 };

static int vault_export_print(char out[PATH_MAX], const char *folder, const char *name, struct problem *p) {
    int n = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    return n > 0 && n < PATH_MAX ? 0 : problem_set(p, -ENAMETOOLONG, "%s: the name is too long", folder);
}

static int vault_export_remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void) st;
    (void) kind;
    (void) ftw;
    ignore(remove(path)); /* what stays is removed by the next import */
    return 0;
}

static void vault_export_remove(const char *folder) {
    ignore(nftw(folder, vault_export_remove_one, VAULT_EXPORT_DEPTH, FTW_DEPTH | FTW_PHYS)); /* as above */
}

/* Earlier exports are of no more use; who still reads one has it open. */
static void vault_export_sweep(const char *folder, const char *keep) {
    DIR *dir = opendir(folder);
    if (!dir) return;
    for (const struct dirent *e; (e = readdir(dir));) {
        char path[PATH_MAX];
        struct problem p = { 0 };
        bool other = strlen(e->d_name) == VAULT_EXPORT_NAME_LEN && strcmp(e->d_name, keep) != 0;
        if (other && vault_export_print(path, folder, e->d_name, &p) == 0) vault_export_remove(path);
    }
    (void) closedir(dir);
}

/* Aside, then renamed: nobody ever reads half of one. Of two who come at once the second finds the first one's. */
static int vault_export_unpack(const char *folder, const char *to, int fd, struct problem *p) {
    char aside[PATH_MAX];
    int r = vault_export_print(aside, folder, ".import-XXXXXX", p);
    if (r < 0) return r;
    if (!mkdtemp(aside)) return problem_set(p, -errno, "%s: %s", folder, strerrordesc_np(errno));
    const struct vault_place place = { .state_dir = aside, .destination = "" };
    r = vault_copy_import(&place, fd, NULL, p);
    if (r == 0 && rename(aside, to) < 0 && errno != EEXIST && errno != ENOTEMPTY) r = problem_set(p, -errno, "%s: %s", to, strerrordesc_np(errno));
    vault_export_remove(aside);
    return r;
}

int vault_export_open(const char *state, const char *file, char out[PATH_MAX], struct problem *p) {
    uint8_t digest[VAULT_COPY_DIGEST_LEN];
    char folder[PATH_MAX], name[2 * VAULT_COPY_DIGEST_LEN + 1], to[PATH_MAX];
    struct stat st;
    _cleanup_(close_fd) int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return problem_set(p, -errno, "%s: %s", file, strerrordesc_np(errno));
    int r = vault_copy_digest(fd, digest);
    if (r < 0) return problem_set(p, r == -EBADMSG || r == -ENODATA ? -EBADMSG : r, "%s is no whole export of a vault", file);
    text_hex_encode(bytes_make(digest, sizeof(digest)), name);
    name[VAULT_EXPORT_NAME_LEN] = '\0';
    r = vault_export_print(folder, state, "reidentify/exports", p);
    if (r == 0) r = vault_export_print(to, folder, name, p);
    if (r < 0) return r;
    if (mkdir(folder, 0700) < 0 && errno != EEXIST) return problem_set(p, -errno, "%s: %s", folder, strerrordesc_np(errno));
    if (stat(to, &st) < 0) {
        r = vault_export_unpack(folder, to, fd, p);
        if (r < 0) return r;
        vault_export_sweep(folder, name);
    }
    memcpy(out, to, sizeof(to));
    return 0;
}
