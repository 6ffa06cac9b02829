#include "fs/options.h"

#include <errno.h>
#include <string.h>

#include "conf/nearest.h"

/* Options that say nothing to us, or that we force anyway: filesystem.md, Admin. */
static const char *const options_ignored[] = {
    "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync", "atime", "noatime", "diratime", "nodiratime",
    "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "iversion", "noiversion", "mand", "nomand", "silent", "loud", "auto", "noauto", "user",
    "nouser", "users", "group", "owner", "defaults", "_netdev", "nofail", "default_permissions", "nonempty", "symfollow", "nosymfollow",
};
static const char *const options_known[] = {
    "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "noatime", "relatime", "auto", "noauto", "user", "nouser", "users", "defaults",
    "_netdev", "nofail", "default_permissions", "allow_other", "accept_loss", "fsname", "subtype", "comment", "foreground",
};

static bool options_is_ignored(const char *word) {
    for (size_t i = 0; i < array_count(options_ignored); i++) {
        if (strcmp(options_ignored[i], word) == 0) return true;
    }
    return strncmp(word, "x-", 2) == 0 || strncmp(word, "X-", 2) == 0 || strncmp(word, "comment=", 8) == 0 || strncmp(word, "user=", 5) == 0 ||
           strncmp(word, "uhelper=", 8) == 0 || strncmp(word, "helper=", 7) == 0;
}

static int options_copy(char *to, size_t len, const char *from, const char *what, struct problem *p) {
    size_t from_len = strlen(from);
    if (from_len == 0) return problem_set(p, -EINVAL, "the %s is empty", what);
    if (from_len >= len) return problem_set(p, -EINVAL, "the %s is longer than %zu bytes", what, len - 1);
    memcpy(to, from, from_len + 1);
    return 0;
}

static int options_unknown(const char *word, struct problem *p) {
    char name[64];
    size_t len = strcspn(word, "=");
    if (len >= sizeof(name)) len = sizeof(name) - 1;
    memcpy(name, word, len);
    name[len] = '\0';
    const char *near = nearest_word(name, options_known, array_count(options_known));
    if (near) return problem_set(p, -EINVAL, "unknown mount option \"%s\"; did you mean \"%s\"? Nothing was mounted", name, near);
    return problem_set(p, -EINVAL, "unknown mount option \"%s\"; deidfs(8) lists them. Settings belong into the configuration. Nothing was mounted", name);
}

static int options_word(const char *word, struct options *o, struct problem *p) {
    if (word[0] == '\0' || options_is_ignored(word)) return 0;
    if (strcmp(word, "allow_other") == 0) {
        o->allow_other = true;
    } else if (strcmp(word, "accept_loss") == 0) {
        o->accept_loss = true;
    } else if (strcmp(word, "foreground") == 0) {
        o->foreground = true;
    } else if (strncmp(word, "fsname=", 7) == 0) {
        return options_copy(o->fsname, sizeof(o->fsname), word + 7, "fsname", p);
    } else if (strncmp(word, "subtype=", 8) == 0) {
        if (strcmp(word + 8, "deidfs") != 0) return problem_set(p, -EINVAL, "subtype is always deidfs; leave it out");
    } else if (strcmp(word, "remount") == 0) {
        return problem_set(p, -EINVAL, "remount changes nothing here: send SIGHUP to reload the policy, or unmount and mount again");
    } else {
        return options_unknown(word, p);
    }
    return 0;
}

/* "a,b,c"; an empty word is harmless (fstab generators write ",,"). */
static int options_list(const char *list, struct options *o, struct problem *p) {
    char word[PATH_MAX];
    for (const char *at = list;;) {
        size_t len = strcspn(at, ",");
        if (len >= sizeof(word)) return problem_set(p, -EINVAL, "a mount option is longer than %zu bytes", sizeof(word) - 1);
        memcpy(word, at, len);
        word[len] = '\0';
        int r = options_word(word, o, p);
        if (r < 0 || at[len] == '\0') return r;
        at += len + 1;
    }
}

static int options_positional(const char *word, struct options *o, struct problem *p) {
    if (o->config[0] == '\0') return options_copy(o->config, sizeof(o->config), word, "instance", p);
    if (o->mountpoint[0] == '\0') return options_copy(o->mountpoint, sizeof(o->mountpoint), word, "mountpoint", p);
    return problem_set(p, -EINVAL, "one word too many: \"%.64s\"; usage: deidfs INSTANCE|CONFIG MOUNTPOINT [-o option,…] [-f]", word);
}

/* One letter of a cluster like -fv. 1: it takes the rest of the word, or the next word. */
static int options_letter(char letter, bool helper, struct options *o, struct problem *p) {
    switch (letter) {
    case 'o':
    case 't':
    case 'N':
        return letter == 'o' || helper ? 1 : problem_set(p, -EINVAL, "unknown option -%c; see deidfs --help", letter);
    case 'f':
        *(helper ? &o->fake : &o->foreground) = true;
        return 0;
    case 'v':
        o->verbose = true;
        return 0;
    case 'h':
        o->help = true;
        return 0;
    case 'V':
        o->version = true;
        return 0;
    case 's':
    case 'n':
        if (helper) return 0; /* sloppy, no mtab: nothing to do */
        return problem_set(p, -EINVAL, "unknown option -%c; see deidfs --help", letter);
    default:
        return problem_set(p, -EINVAL, "unknown option -%c; see deidfs --help", letter);
    }
}

static int options_long(const char *word, struct options *o, struct problem *p) {
    static const char *const known[] = { "help", "version", "foreground", "verbose" };
    bool *const flags[] = { &o->help, &o->version, &o->foreground, &o->verbose };
    for (size_t i = 0; i < array_count(known); i++) {
        if (strcmp(word, known[i]) == 0) {
            *flags[i] = true;
            return 0;
        }
    }
    const char *near = nearest_word(word, known, array_count(known));
    return problem_set(p, -EINVAL, "unknown option --%.64s%s%s%s; see deidfs --help", word, near ? "; did you mean --" : "", near ? near : "",
                       near ? "?" : "");
}

/* The words, and where we are. */
struct options_words {
    char *const *argv;
    int argc, at;
    bool helper; /* called by mount(8) */
};

static int options_cluster(struct options_words *w, struct options *o, struct problem *p) {
    const char *word = w->argv[w->at];
    for (const char *at = word + 1; *at; at++) {
        int r = options_letter(*at, w->helper, o, p);
        if (r < 0) return r;
        if (r == 0) continue;
        const char *value = at[1] ? at + 1 : w->at + 1 < w->argc ? w->argv[++w->at] : NULL;
        if (!value) return problem_set(p, -EINVAL, "-%c needs a value", *at);
        return *at == 'o' ? options_list(value, o, p) : 0;
    }
    return 0;
}

int options_parse(int argc, char *const argv[], struct options *out, struct problem *p) {
    struct options o = { 0 };
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL, *self = slash ? slash + 1 : argc > 0 ? argv[0] : "";
    struct options_words w = { .argv = argv, .argc = argc, .helper = strncmp(self, "mount.", 6) == 0 };
    bool only_words = false;
    for (w.at = 1; w.at < argc; w.at++) {
        const char *word = argv[w.at];
        int r;
        if (only_words || word[0] != '-' || word[1] == '\0') {
            r = options_positional(word, &o, p);
        } else if (strcmp(word, "--") == 0) {
            only_words = true;
            r = 0;
        } else if (word[1] == '-') {
            r = options_long(word + 2, &o, p);
        } else {
            r = options_cluster(&w, &o, p);
        }
        if (r < 0) return r;
    }
    if (!o.help && !o.version) {
        if (o.config[0] == '\0') return problem_set(p, -EINVAL, "no instance given; usage: deidfs INSTANCE|CONFIG MOUNTPOINT [-o option,…] [-f]");
        if (o.mountpoint[0] == '\0') return problem_set(p, -EINVAL, "no mountpoint given; usage: deidfs INSTANCE|CONFIG MOUNTPOINT [-o option,…] [-f]");
    }
    *out = o;
    return 0;
}
