#include "conf/base/secret.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/harness.h"

TEST(secret, new_memory_is_zero_and_freeing_nothing_is_allowed) {
    _cleanup_(secret_freep) uint8_t *s = secret_new(100);
    REQUIRE(s != NULL);
    for (size_t i = 0; i < 100; i++) CHECK_INT(s[i], 0);
    secret_free(NULL);
}

TEST(secret, a_read_past_the_end_dies) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        (void) signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would make an exit of it */
        volatile uint8_t *s = secret_new(4096);
        _exit(s ? s[4096] : 1);
    }
    REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status));
}

TEST(secret, one_purpose_one_key) {
    const struct key master = { .raw = { 1, 2, 3 } }, other = { .raw = { 3, 2, 1 } };
    struct key a, again, b, c;
    secret_derive(&master, "inode", &a);
    secret_derive(&master, "inode", &again);
    secret_derive(&master, "name", &b);
    secret_derive(&other, "inode", &c);
    CHECK(memcmp(&a, &again, sizeof(a)) == 0);
    CHECK(memcmp(&a, &b, sizeof(a)) != 0);
    CHECK(memcmp(&a, &c, sizeof(a)) != 0);
    CHECK(memcmp(&a, &master, sizeof(a)) != 0);
}

TEST(secret, keys_are_wiped_at_the_end_of_the_scope) {
    struct key k = { .raw = { 1, 2, 3 } };
    key_wipe(&k);
    CHECK(sodium_is_zero(k.raw, sizeof(k.raw)));
}
