/* deidfs-setup: makes what an instance needs: keys, vault, journal and a commented configuration. Nothing that exists is overwritten.
 * Order: everything that can be refused is checked before the first file; the configuration is written last, so that a configuration
 * on the disk means a complete instance. Standard output holds the configuration's path alone; all else goes to standard error. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "audit/journal.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "conf/conf.h"
#include "conf/keyring.h"
#include "redact/vault.h"
#include "tools/ledger.h"
#include "tools/tool.h"
#include "tools/vault.h"

/* What was asked for; NULL: the default. */
static struct {
    const char *instance, *source, *state, *config, *profile, *journal, *checkpoint_copy, *destination, *database, *domain, *index_key, *reidentify_public;
    const char *owner, *group, *users, *groups, *service_user;
} ask;

static const struct tool_option options[] = {
    { 'i', "instance", "NAME", "name of the instance: a-z, 0-9, '.', '_', '-' (required)", &ask.instance },
    { 's', "source", "DIR", "folder of documents to show de-identified (required)", &ask.source },
    { 0, "state", "DIR", "keys, vault and journal; default /var/lib/deidfs/NAME", &ask.state },
    { 'p', "profile", "NAME", "what happens to identifiers; default safe-harbor", &ask.profile },
    { 'c', "config", "FILE", "configuration to write; default /etc/deidfs/NAME.conf, or STATE/NAME.conf with another --state", &ask.config },
    { 0, "journal", "DIR", "signed journal, best on its own file system; default STATE/journal", &ask.journal },
    { 0, "checkpoint-copy", "FILE", "second copy of the last checkpoint; default STATE/guard/last-checkpoint", &ask.checkpoint_copy },
    { 0, "destination", "NAME", "code space of the tokens; default \"default\"", &ask.destination },
    { 0, "database", "URL", "PostgreSQL database of a vault that several hosts share; default: a vault in STATE", &ask.database },
    { 0, "index-key", "FILE", "keys/index.key of another host with the same database; default: a new one", &ask.index_key },
    { 0, "reidentify-public", "FILE", "public/reidentify.pub of the key that opens the values; default: a new pair", &ask.reidentify_public },
    { 0, "domain", "NAME", "first part of the journal's origin; default: this host's domain, or localdomain", &ask.domain },
    { 0, "owner", "USER", "owner of everything in the view; default root", &ask.owner },
    { 0, "group", "GROUP", "group of everything in the view; default root", &ask.group },
    { 0, "users", "LIST", "only these users may read, separated by commas", &ask.users },
    { 0, "groups", "LIST", "and members of these groups", &ask.groups },
    { 0, "create-user", "NAME", "create this system user, who alone may read: for the indexer", &ask.service_user },
};

static const struct tool setup = {
    .name = "deidfs-setup",
    .operands = "",
    .summary = "Makes the keys, vault, journal and configuration of one instance and prints the configuration's path.",
    .options = options,
    .option_count = array_count(options),
    .details = "Nothing that exists is overwritten. What the auditor must keep is printed on standard error.\n"
               "Example: deidfs-setup --instance notes --source /srv/phi/notes --profile safe-harbor\n"
               "Exit status: 0 made, 64 usage, 66 no source, 69 keeper, vault or journal failed, 73 exists already or cannot\n"
               "be created, 77 permission, 78 a value the configuration cannot hold. See deidfs-setup(8).\n",
    .usage_exit = TOOL_USAGE,
};

/* What will be made: absolute paths and the text of the configuration. */
struct plan {
    char source[PATH_MAX];
    char state[PATH_MAX];
    char config[PATH_MAX];
    char origin[CONF_ORIGIN_LEN_MAX + 1];
    char journal[PATH_MAX]; /* "" default */
    char checkpoint_copy[PATH_MAX];
    struct buf text;
    struct conf *conf; /* the text, read back */
};

static void plan_release(struct plan *plan) {
    buf_release(&plan->text);
    conf_free(plan->conf);
}

/* Absolute without touching the disk: the folder may not be there yet. */
static int plan_absolute(const char *path, char out[PATH_MAX], struct problem *p) {
    char here[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(here, sizeof(here))) return problem_set(p, -errno, "the current folder has no path: %m");
    while (path[0] == '.' && path[1] == '/') path += 2;
    int len = snprintf(out, PATH_MAX, "%s%s%s", here, here[0] ? "/" : "", path);
    if (len < 0 || len >= PATH_MAX) return problem_set(p, -ENAMETOOLONG, "%s: path too long", path);
    while (len > 1 && out[len - 1] == '/') out[--len] = '\0';
    if (strstr(out, "/../")) return problem_set(p, -EINVAL, "%s: give the path without \"..\"", path);
    return 0;
}

static int plan_source(struct plan *plan, struct problem *p) {
    struct stat st;
    if (!realpath(ask.source, plan->source)) return problem_set(p, -errno, "--source %s: %m", ask.source);
    if (stat(plan->source, &st) < 0) return problem_set(p, -errno, "--source %s: %m", ask.source);
    if (!S_ISDIR(st.st_mode)) return problem_set(p, -ENOTDIR, "--source %s: not a folder", ask.source);
    if (st.st_mode & S_IROTH)
        (void) fprintf(stderr, "%s: note: every user of this machine can read %s; the mount will refuse consumers that can\n"
                               "  (chmod o-rwx %s)\n", setup.name, plan->source, plan->source);
    return 0;
}

/* Lower-case letters, digits, '.' and '-' stay; what else a host name may hold becomes '-'. */
static void plan_fold(char *text) {
    for (char *c = text; *c; c++) {
        *c = (char) text_to_lower((uint8_t) *c);
        if (!text_is_alnum((uint8_t) *c) && *c != '.' && *c != '-') *c = '-';
    }
}

static int plan_origin(struct plan *plan, struct problem *p) {
    char host[128] = "localhost", random_text[16];
    uint8_t random_bytes[5];
    static_assert(sizeof(random_bytes) * 8 / 5 == 8, "8 characters of base32");
    ignore(gethostname(host, sizeof(host) - 1)); /* the name is for people; the random part makes it unique */
    host[sizeof(host) - 1] = '\0';
    plan_fold(host);
    char *dot = strchr(host, '.');
    if (dot) *dot = '\0';
    const char *domain = ask.domain ? ask.domain : dot && dot[1] ? dot + 1 : "localdomain";
    randombytes_buf(random_bytes, sizeof(random_bytes));
    text_base32_encode(bytes_make(random_bytes, sizeof(random_bytes)), random_text);
    int len = snprintf(plan->origin, sizeof(plan->origin), "%s/%s/%s/%s", domain, host[0] ? host : "localhost", ask.instance, random_text);
    if (len < 0 || (size_t) len >= sizeof(plan->origin)) return problem_set(p, -EINVAL, "--domain is too long");
    return 0;
}

/* The value asked for, NULL where the default will do. */
static const char *plan_value(const struct plan *plan, const struct conf_key *k) {
    const struct {
        const char *section, *key, *value;
    } given[] = {
        { "instance", "name", ask.instance },
        { "instance", "source", plan->source },
        { "instance", "state", plan->state },
        { "instance", "journal", plan->journal[0] ? plan->journal : NULL },
        { "instance", "checkpoint_copy", plan->checkpoint_copy[0] ? plan->checkpoint_copy : NULL },
        { "instance", "origin", plan->origin },
        { "instance", "destination", ask.destination },
        { "instance", "database", ask.database },
        { "policy", "profile", ask.profile ? ask.profile : "safe-harbor" },
        { "mount", "owner", ask.owner },
        { "mount", "group", ask.group },
        { "access", "users", ask.service_user ? ask.service_user : ask.users },
        { "access", "groups", ask.groups },
    };
    for (size_t i = 0; i < array_count(given); i++) {
        if (strcmp(k->section, given[i].section) == 0 && strcmp(k->key, given[i].key) == 0) return given[i].value;
    }
    return NULL;
}

/* A comment broken at blanks, well below the loader's line limit. */
static void plan_comment(struct buf *text, const char *words) {
    enum { COMMENT_LEN = 96 };
    while (*words) {
        size_t len = strlen(words);
        if (len > COMMENT_LEN) {
            len = COMMENT_LEN;
            while (len > 0 && words[len] != ' ') len--;
            if (len == 0) len = COMMENT_LEN;
        }
        ignore(buf_append_printf(text, "# %.*s\n", (int) len, words)); /* the buffer's error is sticky */
        words += len;
        while (*words == ' ') words++;
    }
}

static int plan_text(struct plan *plan, struct problem *p) {
    const char *section = "";
    ignore(buf_append_printf(&plan->text, "# Instance %s of deidfs, made by deidfs-setup %s. See deidfs.conf(5).\n"
                                          "# Keys that are commented out have the value shown.\n", ask.instance, DEIDFS_VERSION));
    for (size_t i = 0; conf_key_at(i); i++) {
        const struct conf_key *k = conf_key_at(i);
        if (strcmp(section, k->section) != 0) ignore(buf_append_printf(&plan->text, "\n[%s]\n", k->section));
        section = k->section;
        plan_comment(&plan->text, k->meaning);
        const char *value = plan_value(plan, k);
        if (value) ignore(buf_append_printf(&plan->text, "%s = %s\n", k->key, value));
        else ignore(buf_append_printf(&plan->text, "#%s =%s%s\n", k->key, k->fallback[0] ? " " : "", k->fallback));
    }
    int r = buf_error(&plan->text);
    if (r < 0) return problem_set(p, r, "the configuration is too long");
    return conf_parse(buf_bytes(&plan->text), plan->config, &plan->conf, p);
}

static int plan_paths(struct plan *plan, struct problem *p) {
    char state_default[PATH_MAX], config[PATH_MAX + LIMIT_INSTANCE_NAME_LEN + 8];
    int len = snprintf(state_default, sizeof(state_default), "/var/lib/deidfs/%s", ask.instance);
    must(len > 0);
    int r = plan_absolute(ask.state ? ask.state : state_default, plan->state, p);
    if (r < 0) return r;
    bool usual = strcmp(plan->state, state_default) == 0;
    len = snprintf(config, sizeof(config), "%s/%s.conf", usual ? "/etc/deidfs" : plan->state, ask.instance);
    if (len < 0 || (size_t) len >= sizeof(config)) return problem_set(p, -ENAMETOOLONG, "--state: path too long");
    r = plan_absolute(ask.config ? ask.config : config, plan->config, p);
    if (r == 0 && ask.journal) r = plan_absolute(ask.journal, plan->journal, p);
    if (r == 0 && ask.checkpoint_copy) r = plan_absolute(ask.checkpoint_copy, plan->checkpoint_copy, p);
    return r;
}

/* Keys, tokens and records of an earlier instance are worth more than this run. */
static int plan_refuse_config(const struct plan *plan, struct problem *p) {
    struct stat st;
    if (lstat(plan->config, &st) < 0) return 0;
    return problem_set(p, -EEXIST, "%s exists: this instance is set up; to begin anew use another --instance and --state", plan->config);
}

static int plan_refuse_journal(const struct plan *plan, struct problem *p) {
    struct stat st;
    char log[PATH_MAX + 8];
    int len = snprintf(log, sizeof(log), "%s/log", plan->conf->journal);
    must(len > 0 && (size_t) len < sizeof(log));
    if (lstat(log, &st) == 0)
        return problem_set(p, -EEXIST, "%s holds a journal already; nothing was changed: use another --state, or --journal", plan->conf->journal);
    return 0;
}

static bool setup_is_empty(int dir_fd) {
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        close_fd(&fd);
        return false;
    }
    size_t count = 0;
    while (readdir(dir)) count++;
    ignore(closedir(dir)); /* it was only read */
    return count <= 2;     /* "." and ".." */
}

/* The folder must be ours alone, since its owner could exchange keys, vault and journal; and a shared one, /tmp or /var/lib given by mistake,
 * must not be closed to everybody else: only a new, an empty or an already private folder gets the mode. */
static int setup_folder(const char *path, mode_t mode, struct problem *p) {
    int r = io_make_dirs_at(AT_FDCWD, path, 0755);
    if (r < 0) return problem_set(p, r, "%s: %s", path, strerrordesc_np(-r));
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return problem_set(p, -errno, "%s: %m", path);
    struct stat st;
    if (fstat(fd, &st) < 0) return problem_set(p, -errno, "%s: %m", path);
    if (st.st_uid != geteuid()) return problem_set(p, -EPERM, "%s: belongs to uid %u, not to you", path, st.st_uid);
    if ((st.st_mode & 07777) == mode) return 0;
    if (!setup_is_empty(fd)) return problem_set(p, -ENOTEMPTY, "%s: holds files and has mode %04o; name a folder of its own", path, st.st_mode & 07777u);
    if (fchmod(fd, mode) < 0) return problem_set(p, -errno, "%s: %m", path);
    return 0;
}

static int setup_parent(const char *path, mode_t mode, struct problem *p) {
    char folder[PATH_MAX];
    size_t len = (size_t) (strrchr(path, '/') - path);
    if (len == 0) return 0;
    memcpy(folder, path, len);
    folder[len] = '\0';
    struct stat st;
    if (stat(folder, &st) == 0) return 0;
    return setup_folder(folder, mode, p);
}

/* useradd(8) knows this machine's conventions for system users. */
static int setup_user(const char *name, struct problem *p) {
    if (!name || getpwnam(name)) return 0;
    char program[] = "useradd", system_flag[] = "--system", no_home[] = "--no-create-home", shell[] = "--shell=/usr/sbin/nologin", end[] = "--";
    _cleanup_(free_ptr) char *user = strdup(name);
    char *argv[] = { program, system_flag, no_home, shell, end, user, NULL };
    pid_t pid = 0;
    int status = 0;
    int r = user ? posix_spawnp(&pid, program, NULL, NULL, argv, environ) : ENOMEM;
    if (r != 0) return problem_set(p, -r, "useradd: %s", strerrordesc_np(r));
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return problem_set(p, -errno, "useradd: %m");
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return problem_set(p, -EPERM, "useradd could not create %s", name);
    (void) fprintf(stderr, "%s: created system user %s\n", setup.name, name);
    return 0;
}

/* The keeper dies with this scope, and its keys in memory with it. */
static int setup_stores(const struct conf *c, struct problem *p) {
    uint8_t seal_to[KEY_LEN];
    _cleanup_(keeper_freep) struct keeper *keeper = NULL;
    _cleanup_(vault_freep) struct vault *vault = NULL;
    int r = ask.index_key ? keyring_import(c->state, KEYRING_INDEX, ask.index_key, p) : 0;
    if (r == 0 && ask.reidentify_public) r = keyring_import(c->state, KEYRING_REIDENTIFY_PUBLIC, ask.reidentify_public, p);
    if (r == 0) r = keyring_create(c->state, p);
    if (r == 0) r = keyring_load_reidentify_public(c->state, seal_to, p);
    if (r == 0) r = keeper_start(c->state, &keeper, p);
    const struct vault_place place = { .state_dir = c->state, .destination = c->destination, .database = c->database };
    if (r == 0) r = vault_open(&place, keeper, seal_to, &vault, p);
    if (r < 0) return r;
    const struct journal_options journal = {
        .dir = c->journal, .checkpoint_copy = c->checkpoint_copy, .origin = c->origin, .epoch_s = c->epoch_s,
        .durability_strict = c->durability_strict,
    };
    r = journal_create(&journal, keeper, p);
    return r < 0 ? r : ledger_create(c, p);
}

static void setup_print_vkey(const char *journal, const char *name, const char *what) {
    char path[PATH_MAX + 64];
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, 4096);
    int len = snprintf(path, sizeof(path), "%s/log/%s", journal, name);
    if (len < 0 || (size_t) len >= sizeof(path) || io_read_file_at(AT_FDCWD, path, &text) < 0) return;
    while (text.len > 0 && text.ptr[text.len - 1] == '\n') text.len--;
    (void) fprintf(stderr, "  %-12s %.*s\n", what, (int) text.len, (const char *) text.ptr);
}

static void setup_print_next(const struct plan *plan) {
    const struct conf *c = plan->conf;
    bool usual = strncmp(plan->config, "/etc/deidfs/", 12) == 0;
    const char *name = usual ? c->instance : plan->config;
    (void) fprintf(stderr, "\nInstance %s is ready: profile %s.\n\nThe auditor pins these two lines, kept away from this machine:\n", c->instance,
                   c->profile.name);
    setup_print_vkey(c->journal, "log.vkey", "log key");
    setup_print_vkey(c->journal, "epoch/0/vkey", "first epoch");
    (void) fprintf(stderr,
                   "\nMove away from this machine, if re-identification and audit queries happen elsewhere:\n"
                   "  %s/reidentify/reidentify.key   opens the vault's values\n"
                   "  %s/officer/subject-0.key       queries the journal by patient\n"
                   "\nNext:\n"
                   "  deidfs-check --config %s\n"
                   "  deidfs %s MOUNTPOINT\n"
                   "  deidfs-journal verify --key %s/log/log.vkey %s\n",
                   c->state, c->state, name, name, c->journal, c->journal);
    if (usual) (void) fprintf(stderr, "Line for /etc/fstab:\n  %s  MOUNTPOINT  fuse.deidfs  ro,nosuid,nodev,noexec,allow_other,_netdev,nofail  0 0\n", c->instance);
    if (access("/dev/fuse", F_OK) != 0)
        (void) fprintf(stderr, "\nWarning: /dev/fuse is missing: nothing can be mounted here until it is there (modprobe fuse; in a container\n"
                               "--device /dev/fuse). deidfs-filter works without it.\n");
}

static int setup_plan(struct plan *plan, struct problem *p) {
    int r = plan_source(plan, p);
    if (r < 0) return tool_fail(&setup, r == -EACCES ? TOOL_PERMISSION : TOOL_NO_INPUT, p);
    r = plan_paths(plan, p);
    if (r == 0) r = plan_refuse_config(plan, p);
    if (r == 0) r = plan_origin(plan, p);
    /* The user must exist before the configuration that names it can be read back. */
    if (r == 0) r = setup_user(ask.service_user, p);
    if (r == 0) r = plan_text(plan, p);
    if (r == 0) r = plan_refuse_journal(plan, p);
    if (r < 0) return tool_fail(&setup, r == -EPERM ? TOOL_PERMISSION : r == -EEXIST ? TOOL_CANNOT_CREATE : TOOL_CONFIG, p);
    return TOOL_OK;
}

static int setup_make(const struct plan *plan, struct problem *p) {
    int r = setup_folder(plan->state, 0700, p);
    if (r == 0) r = setup_parent(plan->config, 0755, p);
    if (r < 0) return tool_fail(&setup, r == -EACCES || r == -EPERM ? TOOL_PERMISSION : TOOL_CANNOT_CREATE, p);
    r = setup_stores(plan->conf, p);
    if (r < 0) return tool_fail(&setup, r == -EEXIST ? TOOL_CANNOT_CREATE : TOOL_UNAVAILABLE, p);
    r = io_create_file_at(AT_FDCWD, plan->config, buf_bytes(&plan->text), 0644);
    if (r == 0) return TOOL_OK;
    ignore(problem_set(p, r, "%s: %s", plan->config, strerrordesc_np(-r))); /* the exit code says the rest */
    return tool_fail(&setup, TOOL_CANNOT_CREATE, p);
}

int main(int argc, char **argv) {
    must(sodium_init() >= 0);
    ignore(umask(077)); /* what is meant for others gets its mode by name */
    if (argc > 1 && strcmp(argv[1], "vault") == 0) return vault_main(argc - 1, argv + 1);
    (void) tool_options(&setup, argc, argv);
    if (!ask.instance) tool_usage_error(&setup, "--instance is missing");
    if (!ask.source) tool_usage_error(&setup, "--source is missing");
    if (ask.service_user && ask.users) tool_usage_error(&setup, "--create-user and --users exclude each other");
    struct problem p = { 0 };
    _cleanup_(plan_release) struct plan plan = { 0 };
    buf_init(&plan.text, LIMIT_CONF_FILE_LEN);
    int code = setup_plan(&plan, &p);
    if (code == TOOL_OK) code = setup_make(&plan, &p);
    if (code != TOOL_OK) return code;
    setup_print_next(&plan);
    (void) printf("%s\n", plan.config);
    return tool_flush() < 0 ? TOOL_IO : TOOL_OK;
}
