#include "audit/finder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "tests/audit/fixture.h"

enum { RECORDS = 150000, PATIENTS = 5000 }; /* more than two segments of 65,536 */

static char folder[PATH_MAX / 2];

static void put(const char *name, struct bytes data) {
    _cleanup_(close_fd) int dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(dir_fd >= 0 && io_replace_file_at(dir_fd, name, data, 0644) == 0);
}

/* The month grows with the records; each patient comes by every PATIENTS records. */
static void token_of(uint64_t i, char *out) {
    must(snprintf(out, EVENT_TOKEN_LEN_MAX, "p%llu_patient%llu", (unsigned long long) (i / 60000), (unsigned long long) (i % PATIENTS)) > 0);
}

static void make(void) {
    static uint8_t raw[ENTRY_LEN_MAX];
    struct entry_stamp stamp = { .time_us = UINT64_C(1795297445123456), .mono_us = 5, .boot = "6f1c2a9be07d" };
    struct finder_builder *b = NULL;
    char path[PATH_MAX];
    must(snprintf(folder, sizeof(folder), "%s/idx", harness_temp_dir()) > 0);
    REQUIRE(mkdir(folder, 0755) == 0 || errno == EEXIST);
    must(snprintf(path, sizeof(path), "%s/pages", folder) > 0);
    _cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    REQUIRE(fd >= 0 && finder_builder_new(fd, &b) == 0);
    struct event ev = fixture_event(EVENT_OPEN);
    for (uint64_t i = 0; i < RECORDS; i++) {
        struct entry e;
        size_t len = 0;
        token_of(i, ev.object.subject);
        REQUIRE(entry_encode(&ev, &stamp, raw, &len) == 0 && entry_read(bytes_make(raw, len), &e) == 0);
        finder_build_add(b, i, &e);
    }
    _cleanup_(buf_release) struct buf directory;
    buf_init(&directory, FINDER_DIRECTORY_LEN_MAX);
    REQUIRE(finder_build_end(b, RECORDS, &directory) == 0);
    put("directory", buf_bytes(&directory));
    finder_builder_free(b);
}

static struct finder *open_it(void) {
    struct finder *f = NULL;
    struct problem p = { "" };
    REQUIRE(finder_open(folder, &f, &p) == 0);
    return f;
}

TEST(finder, it_leads_to_every_bundle_that_holds_a_match_and_to_few_others) {
    make();
    struct finder *f = open_it();
    static uint8_t bits[RECORDS / FINDER_WIDTH / 8 + 1];
    static char tokens[3][EVENT_TOKEN_LEN_MAX];
    CHECK_INT(finder_size(f), RECORDS);
    for (uint64_t patient = 0; patient < PATIENTS; patient += 617) {
        for (uint64_t month = 0; month < 3; month++) must(snprintf(tokens[month], sizeof(tokens[0]), "p%llu_patient%llu", (unsigned long long) month, (unsigned long long) patient) > 0);
        const struct query q = { .subjects = tokens, .subject_count = 3 };
        memset(bits, 0, sizeof(bits));
        CHECK(finder_can_answer(&q));
        REQUIRE(finder_mark(f, &q, bits, sizeof(bits)) == 0);
        size_t marked = 0;
        for (size_t n = 0; n < RECORDS / FINDER_WIDTH + 1; n++) marked += bits[n / 8] >> n % 8 & 1;
        for (uint64_t i = patient; i < RECORDS; i += PATIENTS) CHECK((bits[i / FINDER_WIDTH / 8] >> i / FINDER_WIDTH % 8 & 1) != 0);
        CHECK_INT(marked, RECORDS / PATIENTS);
    }
    finder_free(f);
}

TEST(finder, a_common_user_is_everywhere_and_an_unknown_one_nowhere) {
    make();
    struct finder *f = open_it();
    static uint8_t bits[RECORDS / FINDER_WIDTH / 8 + 1];
    const struct query everywhere = { .user = "svc-indexer" }, nowhere = { .user = "nobody" }, unknown = { .result = "allow" };
    REQUIRE(finder_mark(f, &everywhere, bits, sizeof(bits)) == 0);
    for (size_t n = 0; n <= (RECORDS - 1) / FINDER_WIDTH; n++) CHECK((bits[n / 8] >> n % 8 & 1) != 0);
    memset(bits, 0, sizeof(bits));
    REQUIRE(finder_mark(f, &nowhere, bits, sizeof(bits)) == 0);
    for (size_t n = 0; n < sizeof(bits); n++) CHECK_INT(bits[n], 0);
    CHECK(!finder_can_answer(&unknown));
    CHECK_INT(finder_mark(f, &unknown, bits, sizeof(bits)), -EINVAL);
    finder_free(f);
}

TEST(finder, a_changed_page_is_refused_and_a_cut_directory_is_none) {
    make();
    char path[PATH_MAX];
    _cleanup_(buf_release) struct buf pages, directory;
    struct finder *f = NULL;
    struct problem p;
    buf_init(&pages, 64 << 20);
    buf_init(&directory, FINDER_DIRECTORY_LEN_MAX);
    must(snprintf(path, sizeof(path), "%s/pages", folder) > 0);
    REQUIRE(io_read_file_at(AT_FDCWD, path, &pages) == 0);
    must(snprintf(path, sizeof(path), "%s/directory", folder) > 0);
    REQUIRE(io_read_file_at(AT_FDCWD, path, &directory) == 0);
    for (size_t at = 0; at < pages.len; at += FINDER_PAGE_LEN) pages.ptr[at + 8] ^= 1; /* another bundle, in every page */
    put("pages", buf_bytes(&pages));
    f = open_it();
    static uint8_t bits[RECORDS / FINDER_WIDTH / 8 + 1];
    const struct query q = { .user = "svc-indexer" };
    CHECK_INT(finder_mark(f, &q, bits, sizeof(bits)), -EBADMSG);
    finder_free(f);
    put("pages", bytes_make(pages.ptr, 100));
    f = open_it();
    CHECK_INT(finder_mark(f, &q, bits, sizeof(bits)), -EBADMSG);
    finder_free(f);
    for (size_t len = 0; len < 200; len += 7) {
        put("directory", bytes_make(directory.ptr, len));
        CHECK_INT(finder_open(folder, &f, &p), -EBADMSG);
    }
    put("directory", bytes_make(directory.ptr, directory.len - 1));
    CHECK_INT(finder_open(folder, &f, &p), -EBADMSG);
    for (size_t at = 0; at < 24 + 3 * 16; at++) { /* counts and segments: refused, or read without harm */
        directory.ptr[at] ^= 0x80;
        put("directory", buf_bytes(&directory));
        if (finder_open(folder, &f, &p) == 0) {
            ignore(finder_mark(f, &q, bits, sizeof(bits))); /* it need only end */
            finder_free(f);
        }
        directory.ptr[at] ^= 0x80;
    }
}
