#include "fs/options.h"

#include <errno.h>

#include "tests/harness.h"

enum { WORDS_MAX = 16 };

static int parse(struct options *o, struct problem *p, const char *line) {
    static char text[1024];
    char *argv[WORDS_MAX], *save = NULL;
    int argc = 0;
    (void) snprintf(text, sizeof(text), "%s", line);
    for (char *w = strtok_r(text, " ", &save); w && argc < WORDS_MAX; w = strtok_r(NULL, " ", &save)) argv[argc++] = w;
    p->text[0] = '\0';
    return options_parse(argc, argv, o, p);
}

#define ACCEPTED(line, condition)                                                                           \
    do {                                                                                                    \
        struct options o;                                                                                   \
        struct problem p;                                                                                   \
        REQUIRE(parse(&o, &p, line) == 0);                                                                  \
        CHECK(condition);                                                                                   \
    } while (0)
#define REFUSED(line, words)                                                                                \
    do {                                                                                                    \
        struct options o;                                                                                   \
        struct problem p;                                                                                   \
        CHECK_INT(parse(&o, &p, line), -EINVAL);                                                            \
        if (!strstr(p.text, words)) harness_fail(__FILE__, __LINE__, "\"%s\" lacks \"%s\"", p.text, words);   \
    } while (0)

TEST(options, every_usual_spelling_is_understood) {
    ACCEPTED("deidfs notes /mnt", strcmp(o.config, "notes") == 0 && strcmp(o.mountpoint, "/mnt") == 0 && !o.foreground);
    ACCEPTED("deidfs -f notes /mnt", o.foreground);
    ACCEPTED("deidfs notes /mnt -f -v", o.foreground && o.verbose);
    ACCEPTED("deidfs notes /mnt -fv", o.foreground && o.verbose);
    ACCEPTED("deidfs --foreground notes /mnt", o.foreground);
    ACCEPTED("deidfs notes /mnt -o allow_other", o.allow_other);
    ACCEPTED("deidfs notes /mnt -oallow_other,ro", o.allow_other);
    ACCEPTED("deidfs notes /mnt -o accept_loss", o.accept_loss);
    ACCEPTED("deidfs notes /mnt", !o.accept_loss);
    ACCEPTED("deidfs -o ro -o nosuid,allow_other notes /mnt", o.allow_other);
    ACCEPTED("deidfs notes /mnt -o fsname=notes", strcmp(o.fsname, "notes") == 0);
    ACCEPTED("deidfs -- notes /mnt", strcmp(o.mountpoint, "/mnt") == 0);
    ACCEPTED("deidfs --help", o.help);
    ACCEPTED("deidfs -V", o.version);
}

TEST(options, what_fstab_and_mount_write_is_ignored) {
    ACCEPTED("deidfs notes /mnt -o rw,dev,suid,exec,relatime,_netdev,nofail,noauto,user,users,defaults", !o.allow_other);
    ACCEPTED("deidfs notes /mnt -o ro,nosuid,nodev,noexec,allow_other,_netdev,nofail,x-systemd.requires-mounts-for=/srv/phi", o.allow_other);
    ACCEPTED("deidfs notes /mnt -o comment=anything,X-mount.mkdir,user=root,,ro,", true);
    ACCEPTED("deidfs notes /mnt -o subtype=deidfs", true);
}

TEST(options, as_a_mount_helper_f_means_fake) {
    ACCEPTED("/sbin/mount.fuse.deidfs notes /mnt -f -o rw", o.fake && !o.foreground);
    ACCEPTED("mount.fuse.deidfs notes /mnt -sn -o rw,noauto -t fuse.deidfs", !o.fake && strcmp(o.config, "notes") == 0);
}

TEST(options, anything_else_is_an_error_that_says_what_to_do) {
    REFUSED("deidfs notes /mnt -o alow_other", "did you mean \"allow_other\"");
    REFUSED("deidfs notes /mnt -o nosiud", "did you mean \"nosuid\"");
    REFUSED("deidfs notes /mnt -o profile=limited", "unknown mount option");
    REFUSED("deidfs notes /mnt -o subtype=other", "subtype");
    REFUSED("deidfs notes /mnt -o remount,rw", "SIGHUP");
    REFUSED("deidfs notes", "no mountpoint");
    REFUSED("deidfs", "no instance");
    REFUSED("deidfs notes /mnt /more", "too many");
    REFUSED("deidfs notes /mnt -x", "unknown option -x");
    REFUSED("deidfs notes /mnt -s", "unknown option -s");
    REFUSED("deidfs notes /mnt --foregroud", "did you mean --foreground");
    REFUSED("deidfs notes /mnt -o", "needs a value");
    REFUSED("deidfs notes /mnt -o fsname=", "empty");
}
