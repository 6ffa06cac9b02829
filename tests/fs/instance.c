#include "tests/fs/instance.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "conf/keyring.h"
#include "tests/harness.h"

static void instance_put(const char *path, const char *text) {
    FILE *f = fopen(path, "we");
    REQUIRE(f != NULL);
    REQUIRE(fputs(text, f) >= 0);
    REQUIRE(fclose(f) == 0);
}

static struct journal_options instance_journal(const struct instance *i, char dir[PATH_MAX], char copy[PATH_MAX]) {
    (void) snprintf(dir, PATH_MAX, "%s/journal", i->state);
    (void) snprintf(copy, PATH_MAX, "%s/guard/last-checkpoint", i->state);
    return (struct journal_options) { .dir = dir, .checkpoint_copy = copy, .origin = "test.example/host/t/abcdefgh", .epoch_s = 60, .durability_strict = true };
}

void instance_make(struct instance *i, const char *extra) {
    struct problem p = { .text = "" };
    char text[4 * PATH_MAX], dir[PATH_MAX], copy[PATH_MAX];
    *i = (struct instance) { .scout = { -1, -1 } };
    (void) snprintf(i->root, sizeof(i->root), "%s", harness_temp_dir());
    (void) snprintf(i->source, sizeof(i->source), "%s/source", i->root);
    (void) snprintf(i->state, sizeof(i->state), "%s/state", i->root);
    (void) snprintf(i->config, sizeof(i->config), "%s/t.conf", i->root);
    REQUIRE(mkdir(i->source, 0700) == 0 && mkdir(i->state, 0700) == 0);
    (void) snprintf(text, sizeof(text),
                    "[instance]\nname = t\nsource = %s\nstate = %s\norigin = test.example/host/t/abcdefgh\n[policy]\nprofile = safe-harbor\n%s", i->source,
                    i->state, extra ? extra : "");
    instance_put(i->config, text);
    if (keyring_create(i->state, &p) < 0) harness_fail(__FILE__, __LINE__, "keys: %s", p.text);
    REQUIRE(keeper_start(i->state, &i->keeper, &p) == 0);
    const struct journal_options options = instance_journal(i, dir, copy);
    if (journal_create(&options, i->keeper, &p) < 0) harness_fail(__FILE__, __LINE__, "journal: %s", p.text);
}

static void *instance_scout(void *context) {
    const struct instance *i = context;
    uint8_t peek;
    while (recv(i->scout[1], &peek, 1, MSG_PEEK) > 0 && scout_answer(i->scout[1]) == 0) continue;
    return NULL;
}

void instance_start(struct instance *i) {
    struct problem p = { .text = "" };
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, i->scout) == 0);
    REQUIRE(pthread_create(&i->scout_thread, NULL, instance_scout, i) == 0);
    const struct guard_options options = { .config = i->config, .keeper = i->keeper, .scout_channel = i->scout[0] };
    int r = guard_new(&options, &i->guard, &p);
    if (r == 0) r = guard_start_workers(i->guard, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "guard: %d %s", r, p.text);
    REQUIRE(r == 0);
}

void instance_stop(struct instance *i) {
    guard_free(i->guard);
    i->guard = NULL;
    if (i->scout[0] >= 0) {
        close_fd(&i->scout[0]);
        (void) pthread_join(i->scout_thread, NULL);
        close_fd(&i->scout[1]);
    }
    keeper_free(i->keeper);
    i->keeper = NULL;
}

void instance_write(const struct instance *i, const char *name, const char *text) {
    char path[PATH_MAX];
    (void) snprintf(path, sizeof(path), "%s/%s", i->source, name);
    for (char *slash = path + strlen(i->source) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        (void) mkdir(path, 0700);
    }
    instance_put(path, text);
}
