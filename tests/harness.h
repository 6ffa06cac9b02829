/* The unit-test harness: one executable a file, TAP on standard output, a test's name is the fact it proves.
 *     TEST(resolve, name_inside_an_address_keeps_the_address) { CHECK(…); }
 * CHECK goes on after a failure, REQUIRE leaves the test. SKIP(reason) leaves it as skipped; skips are reported.
 * An executable run with a word as argument runs only the tests whose name holds that word. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "conf/base/attr.h"
#include "conf/base/bytes.h"

struct harness_test {
    const char *module;
    const char *fact;
    void (*run)(void);
    struct harness_test *next;
};

void harness_add(struct harness_test *test);
void harness_fail(const char *file, int line, const char *format, ...) _printf_(3, 4);
_noreturn_ void harness_leave(void);
_noreturn_ void harness_skip(const char *reason);
/* A private folder for this test, removed with all in it after the test. */
const char *harness_temp_dir(void);
/* "../shared" of the checkout, or NULL: then SKIP. */
const char *harness_shared_dir(void);
/* The checkout's root (for data files of the project). */
const char *harness_source_dir(void);

#define TEST(module_, fact_)                                                                                \
    static void test_##module_##_##fact_(void);                                                             \
    static struct harness_test entry_##module_##_##fact_ = { #module_, #fact_, test_##module_##_##fact_, NULL };    \
    __attribute__((constructor)) static void add_##module_##_##fact_(void) {                                \
        harness_add(&entry_##module_##_##fact_);                                                            \
    }                                                                                                       \
    static void test_##module_##_##fact_(void)

#define CHECK(condition)                                                                                    \
    do {                                                                                                    \
        if (!(condition)) harness_fail(__FILE__, __LINE__, "%s", #condition);                               \
    } while (0)
#define REQUIRE(condition)                                                                                  \
    do {                                                                                                    \
        if (!(condition)) {                                                                                 \
            harness_fail(__FILE__, __LINE__, "%s", #condition);                                             \
            harness_leave();                                                                                \
        }                                                                                                   \
    } while (0)
#define CHECK_INT(actual, expected)                                                                         \
    do {                                                                                                    \
        long long a_ = (long long) (actual), e_ = (long long) (expected);                                   \
        if (a_ != e_) harness_fail(__FILE__, __LINE__, "%s: %lld, expected %lld", #actual, a_, e_);         \
    } while (0)
#define CHECK_BYTES(actual, expected)                                                                       \
    do {                                                                                                    \
        struct bytes a_ = (actual), e_ = (expected);                                                        \
        if (!bytes_equal(a_, e_))                                                                           \
            harness_fail(__FILE__, __LINE__, "%s: \"%.*s\", expected \"%.*s\"", #actual, (int) a_.len,      \
                         a_.len ? (const char *) a_.ptr : "", (int) e_.len, e_.len ? (const char *) e_.ptr : "");   \
    } while (0)
#define CHECK_STRING(actual, expected) CHECK_BYTES(bytes_from_string(actual), bytes_from_string(expected))
#define SKIP(reason) harness_skip(reason)
