#include "tests/harness.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

static struct harness_test *first;
static struct harness_test **last = &first;
static jmp_buf out_of_test;
static bool failed;
static const char *skipped;
static char temp_dir[PATH_MAX];

void harness_add(struct harness_test *test) {
    *last = test;
    last = &test->next;
}

void harness_fail(const char *file, int line, const char *format, ...) {
    failed = true;
    printf("# %s:%d: ", file, line);
    va_list args;
    va_start(args, format);
    (void) vprintf(format, args);
    va_end(args);
    printf("\n");
}

void harness_leave(void) {
    longjmp(out_of_test, 1);
}

void harness_skip(const char *reason) {
    skipped = reason;
    longjmp(out_of_test, 1);
}

const char *harness_temp_dir(void) {
    if (temp_dir[0] == '\0') {
        const char *base = getenv("TMPDIR");
        (void) snprintf(temp_dir, sizeof(temp_dir), "%s/deidfs-test-XXXXXX", base ? base : "/tmp");
        must(mkdtemp(temp_dir) != NULL);
    }
    return temp_dir;
}

const char *harness_source_dir(void) {
    const char *dir = getenv("DEIDFS_SOURCE_DIR");
    return dir ? dir : ".";
}

const char *harness_shared_dir(void) {
    static char path[PATH_MAX];
    struct stat st;
    (void) snprintf(path, sizeof(path), "%s/../shared", harness_source_dir());
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? path : NULL;
}

static int harness_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void) st;
    (void) kind;
    (void) ftw;
    return remove(path);
}

static void harness_run(const struct harness_test *test, int number) {
    failed = false;
    skipped = NULL;
    if (setjmp(out_of_test) == 0) test->run();
    if (temp_dir[0] != '\0') (void) nftw(temp_dir, harness_remove, 32, FTW_DEPTH | FTW_PHYS);
    temp_dir[0] = '\0';
    printf("%s %d - %s: %s%s%s\n", failed ? "not ok" : "ok", number, test->module, test->fact, skipped ? " # SKIP " : "",
           skipped ? skipped : "");
    (void) fflush(stdout);
}

int main(int argc, char **argv) {
    must(sodium_init() >= 0);
    int count = 0;
    bool any_failed = false;
    for (const struct harness_test *t = first; t; t = t->next) {
        if (argc > 1 && !strstr(t->fact, argv[1])) continue;
        harness_run(t, ++count);
        any_failed |= failed;
    }
    printf("1..%d\n", count);
    return any_failed ? 1 : 0;
}
