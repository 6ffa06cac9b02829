#include "conf/exposure.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "conf/base/text.h"

enum { NOBODY = 65534, PLACES_MAX = 63, GROUPS_MAX = 256 };

/* A path to try, and what it means when it can be reached. */
struct place {
    enum exposure_kind kind;
    int mode; /* of faccessat(2): one of these is enough */
    char path[PATH_MAX];
};
struct places {
    struct place items[PLACES_MAX];
    size_t count;
};

struct consumer {
    char name[EXPOSURE_CONSUMER_LEN_MAX];
    uid_t uid;
    gid_t gid;
    gid_t groups[GROUPS_MAX];
    int group_count;
};

/* One line of /proc/self/mountinfo (proc(5)): id parent major:minor root mountpoint options … - type … */
struct mount_line {
    unsigned major, minor;
    char root[PATH_MAX];
    char point[PATH_MAX];
    char type[64];
};

static void place_add(struct places *list, enum exposure_kind kind, int mode, const char *path) {
    if (list->count == PLACES_MAX || path[0] == '\0' || strlen(path) >= PATH_MAX) return;
    struct place *at = &list->items[list->count++];
    at->kind = kind;
    at->mode = mode;
    memcpy(at->path, path, strlen(path) + 1);
}

/* Blanks in paths are written as \040 and so on. */
static void mount_unescape(char *text) {
    char *to = text;
    for (const char *from = text; *from;) {
        bool octal = from[0] == '\\' && strspn(from + 1, "01234567") >= 3;
        *to++ = octal ? (char) ((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0')) : *from;
        from += octal ? 4 : 1;
    }
    *to = '\0';
}

static bool mount_parse(const char *line, struct mount_line *out) {
    const char *dash = strstr(line, " - ");
    static_assert(PATH_MAX == 4096, "the field widths below");
    if (!dash || sscanf(line, "%*u %*u %u:%u %4095s %4095s", &out->major, &out->minor, out->root, out->point) != 4) return false;
    if (sscanf(dash + 3, "%63s", out->type) != 1) return false;
    mount_unescape(out->root);
    mount_unescape(out->point);
    return true;
}

/* The part of path behind folder, with its '/', "" for the folder itself; NULL outside. */
static const char *path_below(const char *path, const char *folder) {
    size_t len = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
    if (strncmp(path, folder, len) != 0) return NULL;
    return path[len] == '/' || path[len] == '\0' ? path + len : NULL;
}

typedef void (*mount_visitor)(const struct mount_line *m, void *context);

static int mount_each(mount_visitor visit, void *context) {
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (!file) return -errno;
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        struct mount_line m;
        if (mount_parse(line, &m)) visit(&m, context);
    }
    free(line);
    return fclose(file) == 0 ? 0 : -errno;
}

/* First round: the mount the source lies on, its deepest, and whether that is one of ours. */
struct home {
    const char *source;
    struct mount_line mount;
    bool found;
};

static void home_visit(const struct mount_line *m, void *context) {
    struct home *h = context;
    if (!path_below(h->source, m->point)) return;
    /* The later of two mounts on one folder covers the earlier. */
    if (!h->found || strlen(m->point) >= strlen(h->mount.point)) h->mount = *m;
    h->found = true;
}

/* Second round: the same device elsewhere, seen so that the source is below it. */
struct doubles {
    const struct home *home;
    char inside[2 * PATH_MAX]; /* the source's path within its file system */
    struct places *places;
};

static void doubles_visit(const struct mount_line *m, void *context) {
    const struct doubles *d = context;
    if (m->major != d->home->mount.major || m->minor != d->home->mount.minor) return;
    const char *rest = path_below(d->inside, m->root);
    char path[3 * PATH_MAX];
    if (!rest) return;
    int len = snprintf(path, sizeof(path), "%s%s", strcmp(m->point, "/") == 0 && rest[0] ? "" : m->point, rest);
    if (len <= 0 || len >= PATH_MAX || strcmp(path, d->home->source) == 0) return;
    place_add(d->places, EXPOSURE_SOURCE, R_OK | X_OK, path);
}

static int places_of(const struct conf *c, struct places *list, bool *out_nested, struct problem *p) {
    place_add(list, EXPOSURE_SOURCE, R_OK | X_OK, c->source);
    place_add(list, EXPOSURE_STATE, R_OK | X_OK, c->state);
    place_add(list, EXPOSURE_STATE, R_OK | X_OK, c->journal);
    place_add(list, EXPOSURE_CONFIG, W_OK, c->path);
    char real[PATH_MAX];
    if (!realpath(c->source, real)) return problem_set(p, -errno, "source %s: %m", c->source);
    struct home home = { .source = real };
    int r = mount_each(home_visit, &home);
    if (r < 0) return problem_set(p, r, "/proc/self/mountinfo: %s", strerrordesc_np(-r));
    *out_nested = home.found && strcmp(home.mount.type, "fuse.deidfs") == 0;
    struct doubles doubles = { .home = &home, .places = list };
    const char *rest = home.found ? path_below(real, home.mount.point) : NULL;
    if (!rest) return 0;
    bool at_root = strcmp(home.mount.root, "/") == 0;
    int len = snprintf(doubles.inside, sizeof(doubles.inside), "%s%s", at_root && rest[0] ? "" : home.mount.root, rest);
    if (len <= 0 || len >= PATH_MAX) return 0;
    r = mount_each(doubles_visit, &doubles);
    return r < 0 ? problem_set(p, r, "/proc/self/mountinfo: %s", strerrordesc_np(-r)) : 0;
}

static bool consumer_reaches(const struct place *place) {
    static const int modes[] = { R_OK, W_OK, X_OK };
    for (size_t i = 0; i < array_count(modes); i++) {
        if ((place->mode & modes[i]) && faccessat(AT_FDCWD, place->path, modes[i], AT_EACCESS) == 0) return true;
    }
    return false;
}

/* In the child: a bit for each place. All bits set means that the rights could not be taken on. */
static uint64_t consumer_try(const struct places *list) {
    static_assert(PLACES_MAX < 64, "one bit a place, and one to spare");
    uint64_t reached = 0;
    for (size_t i = 0; i < list->count; i++) reached |= (uint64_t) consumer_reaches(&list->items[i]) << i;
    return reached;
}

static int consumer_become(const struct consumer *who) {
    if (setgroups((size_t) who->group_count, who->groups) < 0) return -errno;
    if (setresgid(who->gid, who->gid, who->gid) < 0) return -errno;
    return setresuid(who->uid, who->uid, who->uid) < 0 ? -errno : 0;
}

static int consumer_ask(const struct consumer *who, const struct places *list, uint64_t *out_reached) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        uint64_t reached = consumer_become(who) < 0 ? UINT64_MAX : consumer_try(list);
        _exit(write(ends[1], &reached, sizeof(reached)) == (ssize_t) sizeof(reached) ? 0 : 1);
    }
    int r = pid < 0 ? -errno : 0;
    close_fd(&ends[1]);
    uint64_t reached = UINT64_MAX;
    if (r == 0 && read(ends[0], &reached, sizeof(reached)) != (ssize_t) sizeof(reached)) r = -EIO;
    close_fd(&ends[0]);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    if (r == 0 && reached == UINT64_MAX) r = -EPERM;
    if (r == 0) *out_reached = reached;
    return r;
}

/* Found again and again through each consumer: one mention a consumer and place. */
static void exposure_add(struct exposures *out, const struct place *place, const char *consumer) {
    if (out->count == EXPOSURE_COUNT_MAX) return;
    struct exposure *e = &out->items[out->count++];
    e->kind = place->kind;
    memcpy(e->consumer, consumer, strnlen(consumer, sizeof(e->consumer) - 1)); /* longer names are cut; the rest is zero already */
    memcpy(e->path, place->path, sizeof(e->path));
}

static int consumer_check(const struct consumer *who, const struct places *list, struct exposures *out, struct problem *p) {
    if (who->uid == 0 || out->tried >= EXPOSURE_CONSUMERS_MAX) return 0;
    uint64_t reached = 0;
    int r = consumer_ask(who, list, &reached);
    if (r < 0) return problem_set(p, r, "cannot find out what %s can reach: %s", who->name, strerrordesc_np(-r));
    out->tried++;
    for (size_t i = 0; i < list->count; i++) {
        if (reached >> i & 1) exposure_add(out, &list->items[i], who->name);
    }
    return 0;
}

static int consumer_check_user(const struct passwd *pw, const struct places *list, struct exposures *out, struct problem *p) {
    struct consumer who = { .uid = pw->pw_uid, .gid = pw->pw_gid, .group_count = GROUPS_MAX };
    ignore(snprintf(who.name, sizeof(who.name), "user %s", pw->pw_name)); /* for people; a cut name will do */
    if (getgrouplist(pw->pw_name, pw->pw_gid, who.groups, &who.group_count) < 0) who.group_count = GROUPS_MAX; /* as many as fit */
    return consumer_check(&who, list, out, p);
}

static int consumer_check_uid(uid_t uid, const struct places *list, struct exposures *out, struct problem *p) {
    char memory[16384];
    struct passwd pw, *found = NULL;
    if (getpwuid_r(uid, &pw, memory, sizeof(memory), &found) == 0 && found) return consumer_check_user(found, list, out, p);
    struct consumer who = { .uid = uid, .gid = NOBODY };
    ignore(snprintf(who.name, sizeof(who.name), "uid %u", uid)); /* fits */
    return consumer_check(&who, list, out, p);
}

/* The group alone, then each member with all of their groups. */
static int consumer_check_gid(gid_t gid, const struct places *list, struct exposures *out, struct problem *p) {
    char memory[65536];
    struct group entry, *found = NULL;
    bool known = getgrgid_r(gid, &entry, memory, sizeof(memory), &found) == 0 && found;
    struct consumer who = { .uid = NOBODY, .gid = gid, .groups = { gid }, .group_count = 1 };
    if (known) ignore(snprintf(who.name, sizeof(who.name), "group %s", found->gr_name)); /* as above */
    else ignore(snprintf(who.name, sizeof(who.name), "gid %u", gid));                    /* fits */
    int r = consumer_check(&who, list, out, p);
    for (char **member = known ? found->gr_mem : NULL; r == 0 && member && *member; member++) {
        char user_memory[16384];
        struct passwd pw, *user = NULL;
        if (getpwnam_r(*member, &pw, user_memory, sizeof(user_memory), &user) == 0 && user) r = consumer_check_user(user, list, out, p);
    }
    return r;
}

static int consumers_check(const struct conf *c, const struct places *list, struct exposures *out, struct problem *p) {
    static const struct consumer everybody = { .name = "everybody", .uid = NOBODY, .gid = NOBODY };
    int r = c->user_count + c->group_count == 0 ? consumer_check(&everybody, list, out, p) : 0;
    for (size_t i = 0; r == 0 && i < c->user_count; i++) r = consumer_check_uid(c->users[i], list, out, p);
    for (size_t i = 0; r == 0 && i < c->group_count; i++) r = consumer_check_gid(c->groups[i], list, out, p);
    return r;
}

/* Without root nobody's rights can be taken on: what the modes give to others is all that can be said. */
static void modes_check(const struct places *list, struct exposures *out) {
    for (size_t i = 0; i < list->count; i++) {
        struct stat st;
        mode_t others = list->items[i].mode & W_OK ? S_IWOTH : S_IROTH | S_IXOTH;
        if (stat(list->items[i].path, &st) == 0 && (st.st_mode & others)) exposure_add(out, &list->items[i], "everybody");
    }
}

int exposure_find(const struct conf *c, struct exposures *out, struct problem *p) {
    memset(out, 0, sizeof(*out));
    _cleanup_(free_ptr) struct places *list = calloc(1, sizeof(*list));
    if (!list) return problem_set(p, -ENOMEM, "out of memory");
    bool nested = false;
    int r = places_of(c, list, &nested, p);
    if (r < 0) return r;
    if (nested) exposure_add(out, &(struct place) { .kind = EXPOSURE_NESTED, .path = "" }, "everybody");
    if (nested) memcpy(out->items[0].path, c->source, sizeof(out->items[0].path));
    out->complete = geteuid() == 0;
    if (out->complete) return consumers_check(c, list, out, p);
    modes_check(list, out);
    return 0;
}

void exposure_describe(const struct exposure *e, char *out, size_t len) {
    int n = 0;
    switch (e->kind) {
    case EXPOSURE_SOURCE:
        n = snprintf(out, len, "%s can reach the source at %s without the guard; close it: chmod o-rwx, setfacl -b, or another owner or group", e->consumer,
                     e->path);
        break;
    case EXPOSURE_STATE:
        n = snprintf(out, len, "%s can enter %s with keys, vault or journal; close it: chmod 0700 %s", e->consumer, e->path, e->path);
        break;
    case EXPOSURE_CONFIG:
        n = snprintf(out, len, "%s can write the configuration %s; close it: chmod 0644, chown root", e->consumer, e->path);
        break;
    case EXPOSURE_NESTED:
        n = snprintf(out, len, "the source %s lies in a view of deidfs itself; name the folder of the documents", e->path);
        break;
    }
    if (n < 0 && len > 0) out[0] = '\0';
}
