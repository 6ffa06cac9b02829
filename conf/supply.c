#include "conf/supply.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "conf/base/io.h"

/* What one setting's files must be. */
struct supply_kind {
    const char *setting;
    const char *suffix; /* of files in a folder; NULL: all but dot-files */
    size_t len_max;     /* of one file */
    mode_t forbidden;   /* mode bits */
    bool folder_only;
};

static const struct supply_kind supply_rules = { "rules", NULL, SUPPLY_RULES_LEN_MAX, S_IWGRP | S_IWOTH, false };
static const struct supply_kind supply_lists = { "lists", ".list", SUPPLY_LIST_LEN_MAX, S_IWGRP | S_IWOTH, true };
static const struct supply_kind supply_roster = { "roster", NULL, SUPPLY_ROSTER_LEN_MAX, S_IWGRP | S_IRWXO, false };

static int supply_check(const struct supply_kind *k, const char *path, const struct stat *st, struct problem *p) {
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return problem_set(p, -EPERM, "%s = %s: owned by uid %u; root or the instance's user must own it", k->setting, path, st->st_uid);
    if (st->st_mode & k->forbidden)
        return problem_set(p, -EPERM, "%s = %s: mode %04o lets others %s it; chmod %s", k->setting, path, st->st_mode & 07777u,
                           st->st_mode & k->forbidden & (S_IWGRP | S_IWOTH) ? "write" : "read", k->forbidden & S_IROTH ? "g-w,o-rwx" : "go-w");
    return 0;
}

static int supply_open(const struct supply_kind *k, const char *path, int flags, struct stat *out_st, struct problem *p) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
    if (fd < 0 && errno == ELOOP) return problem_set(p, -ELOOP, "%s = %s: is a symbolic link; name the file itself", k->setting, path);
    if (fd < 0) return problem_set(p, -errno, "%s = %s: %m; correct [policy] %s", k->setting, path, k->setting);
    int r = fstat(fd, out_st) < 0 ? -errno : 0;
    if (r == 0) r = supply_check(k, path, out_st, p);
    else ignore(problem_set(p, r, "%s = %s: %s", k->setting, path, strerrordesc_np(-r))); /* r goes on */
    if (r == 0) return fd;
    close_fd(&fd);
    return r;
}

static int supply_add(const struct supply_kind *k, const char *path, struct supply_files *out, struct problem *p) {
    struct stat st;
    if (out->count == SUPPLY_FILES_MAX) return problem_set(p, -E2BIG, "%s: more than %d files", k->setting, SUPPLY_FILES_MAX);
    _cleanup_(close_fd) int fd = supply_open(k, path, 0, &st, p);
    if (fd < 0) return fd;
    if (!S_ISREG(st.st_mode)) return problem_set(p, -EINVAL, "%s = %s: not a regular file", k->setting, path);
    struct supply_file *items = reallocarray(out->items, out->count + 1, sizeof(*items));
    if (!items) return problem_set(p, -ENOMEM, "out of memory");
    out->items = items;
    struct supply_file *f = &items[out->count];
    *f = (struct supply_file) { .path = strdup(path) };
    buf_init(&f->text, k->len_max);
    out->count++;
    int r = f->path ? io_read_all(fd, &f->text) : -ENOMEM;
    if (r == -E2BIG) return problem_set(p, r, "%s = %s: larger than %zu MiB", k->setting, path, k->len_max >> 20);
    return r < 0 ? problem_set(p, r, "%s = %s: %s", k->setting, path, strerrordesc_np(-r)) : 0;
}

static bool supply_is_wanted(const struct supply_kind *k, const char *name) {
    size_t len = strlen(name), suffix_len = k->suffix ? strlen(k->suffix) : 0;
    if (name[0] == '.') return false;
    return !k->suffix || (len > suffix_len && strcmp(name + len - suffix_len, k->suffix) == 0);
}

/* In the order of their names, so that a folder read twice is read alike. */
static int supply_folder(const struct supply_kind *k, const char *path, struct supply_files *out, struct problem *p) {
    struct dirent **names = NULL;
    int count = scandir(path, &names, NULL, alphasort), r = count < 0 ? -errno : 0;
    if (r < 0) return problem_set(p, r, "%s = %s: %s", k->setting, path, strerrordesc_np(-r));
    for (int i = 0; i < count; i++) {
        char file[PATH_MAX + 256];
        if (r == 0 && supply_is_wanted(k, names[i]->d_name)) {
            ignore(snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name)); /* fits */
            r = supply_add(k, file, out, p);
        }
        free(names[i]);
    }
    free(names);
    if (r == 0 && out->count == 0) r = problem_set(p, -ENOENT, "%s = %s: the folder holds no %s file", k->setting, path, k->suffix ? k->suffix : "usable");
    return r;
}

static int supply_read(const struct supply_kind *k, const char *path, struct supply_files *out, struct problem *p) {
    struct stat st;
    if (path[0] == '\0') return 0;
    int fd = supply_open(k, path, 0, &st, p);
    if (fd < 0) return fd;
    close_fd(&fd);
    if (S_ISDIR(st.st_mode)) return supply_folder(k, path, out, p);
    if (k->folder_only) return problem_set(p, -ENOTDIR, "%s = %s: is no folder; it names a folder of *%s files", k->setting, path, k->suffix);
    return supply_add(k, path, out, p);
}

int supplies_read(const struct conf *c, struct supplies *out, struct problem *p) {
    struct supplies s = { .rules = { .count = 0 } };
    int r = supply_read(&supply_rules, c->rules, &s.rules, p);
    if (r == 0) r = supply_read(&supply_lists, c->lists, &s.lists, p);
    if (r == 0) r = supply_read(&supply_roster, c->roster, &s.rosters, p);
    if (r == 0) *out = s;
    else supplies_release(&s);
    return r;
}

int supplies_read_roster(const char *path, struct supply_files *out, struct problem *p) {
    struct supply_files files = { .count = 0 };
    int r = supply_read(&supply_roster, path, &files, p);
    if (r == 0) *out = files;
    else supply_files_release(&files);
    return r;
}

int supply_roster_instead(struct conf *c, const char *path, struct problem *p) {
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(c->roster)) return problem_set(p, -ENAMETOOLONG, "the roster's path is too long or empty");
    memcpy(c->roster, path, len + 1);
    return 0;
}

void supply_files_release(struct supply_files *f) {
    for (size_t i = 0; i < f->count; i++) {
        free(f->items[i].path);
        buf_release(&f->items[i].text);
    }
    free(f->items);
    *f = (struct supply_files) { .count = 0 };
}

void supplies_release(struct supplies *s) {
    supply_files_release(&s->rules);
    supply_files_release(&s->lists);
    supply_files_release(&s->rosters);
}
