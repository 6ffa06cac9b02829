#include "fs/access.h"

#include <sys/stat.h>

#include "tests/harness.h"

static bool listed(const char *path, const struct stat *runs) {
    static struct conf_programs list;
    const struct actor who = { .exe_device = runs->st_dev, .exe_inode = runs->st_ino };
    list.count = 1;
    REQUIRE(strlen(path) < sizeof(list.text));
    memcpy(list.text, path, strlen(path) + 1);
    return access_program_is_listed(&list, &who);
}

TEST(access, a_program_is_the_file_at_its_path_that_only_root_may_write) {
    const struct conf_programs none = { .count = 0 };
    const struct actor unknown = { .exe_inode = 0 };
    struct stat st, other;
    char path[PATH_MAX];
    CHECK(access_program_is_listed(&none, &unknown));
    REQUIRE(stat("/bin/sh", &st) == 0 && stat("/bin/cat", &other) == 0);
    CHECK(listed("/bin/sh", &st) && !listed("/bin/sh", &other) && !listed("/nonexistent", &st) && !listed("/bin", &st));
    CHECK(!listed("/bin/sh", &(struct stat) { .st_ino = 0 }));
    (void) snprintf(path, sizeof(path), "%s/sh", harness_temp_dir());
    FILE *f = fopen(path, "we");
    REQUIRE(f != NULL && fclose(f) == 0 && stat(path, &st) == 0);
    REQUIRE(chmod(path, 0755) == 0);
    CHECK(listed(path, &st) == (geteuid() == 0));
    REQUIRE(chmod(path, 0775) == 0);
    CHECK(!listed(path, &st));
}
