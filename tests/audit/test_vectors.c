/* The committed journal (tests/cases/journal) and its negative vectors, for ours as for other people's verifiers. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "audit/verify.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "tests/harness.h"

static char work[400];

static void restore(void) {
    char command[4096];
    int len = snprintf(command, sizeof(command), "rm -rf '%s' && cp -r '%s/tests/cases/journal/log' '%s'", work, harness_source_dir(), work);
    must(len > 0 && (size_t) len < sizeof(command) && system(command) == 0);
}

static struct note_key key_at(const char *name) {
    char path[500];
    struct note_key k = { 0 };
    struct buf raw;
    buf_init(&raw, 1000);
    must(snprintf(path, sizeof(path), "%s/%s", work, name) > 0);
    must(io_read_file_at(AT_FDCWD, path, &raw) == 0 && note_key_parse(bytes_make(raw.ptr, raw.len - 1), &k) == 0);
    buf_release(&raw);
    return k;
}

static enum verify_verdict judge(const struct note_key *stable, const struct note_key *epoch) {
    static struct verify_report report;
    struct verify_options o = { .dir = work, .stable = *stable, .epoch = epoch };
    struct problem p = { "" };
    must(verify_run(&o, &report, &p) == 0);
    return report.verdict;
}

static void flip(const char *path, const char *arguments) {
    unsigned long offset = 0, mask = 0;
    uint8_t byte = 0;
    must(sscanf(arguments, "%lu %lu", &offset, &mask) == 2);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    must(fd >= 0 && pread(fd, &byte, 1, (off_t) offset) == 1);
    byte ^= (uint8_t) mask;
    must(pwrite(fd, &byte, 1, (off_t) offset) == 1 && close(fd) == 0);
}

static void append(const char *path, const char *arguments) {
    uint8_t raw[64];
    size_t len = strspn(arguments, "0123456789abcdef") / 2;
    must(len <= sizeof(raw) && text_hex_decode(bytes_make(arguments, 2 * len), raw, len));
    char folder[600];
    must(snprintf(folder, sizeof(folder), "mkdir -p \"$(dirname '%s')\"", path) > 0 && system(folder) == 0);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    must(fd >= 0 && io_write_full(fd, bytes_make(raw, len)) == 0 && close(fd) == 0);
}

static void apply(const char *line) {
    char command[16], file[100], path[520];
    int used = 0;
    must(sscanf(line, "%15s %99s %n", command, file, &used) == 2);
    must(snprintf(path, sizeof(path), "%s/%s", work, file) > 0);
    if (strcmp(command, "flip") == 0) flip(path, line + used);
    else if (strcmp(command, "append") == 0) append(path, line + used);
    else must(strcmp(command, "remove") == 0 && unlink(path) == 0);
}

TEST(vectors, the_committed_journal_is_ok_and_no_negative_vector_is) {
    char path[4096], line[300];
    must(snprintf(work, sizeof(work), "%s/log", harness_temp_dir()) > 0);
    must(snprintf(path, sizeof(path), "%s/tests/cases/journal/negative.txt", harness_source_dir()) > 0);
    restore();
    struct note_key stable = key_at("log.vkey"), epoch = key_at("epoch/0/vkey");
    CHECK_INT(judge(&stable, &epoch), VERIFY_OK);
    FILE *list = fopen(path, "re");
    REQUIRE(list != NULL);
    size_t count = 0;
    while (fgets(line, sizeof(line), list)) {
        if (line[0] == '#') continue;
        restore();
        apply(line);
        count++;
        if (judge(&stable, &epoch) != VERIFY_TAMPERED) harness_fail(__FILE__, __LINE__, "accepted: %s", line);
    }
    must(fclose(list) == 0);
    CHECK(count > 20);
}

static enum verify_verdict verdict_named(const char *name) {
    if (strcmp(name, "ok") == 0) return VERIFY_OK;
    must(strcmp(name, "tampered") == 0);
    return VERIFY_TAMPERED;
}

TEST(vectors, each_log_that_a_forger_signed_anew_has_its_verdict) {
    char folder[300], path[320], line[300], name[80], verdict[20];
    size_t count = 0, accepted = 0;
    must((size_t) snprintf(folder, sizeof(folder), "%s/tests/cases/journal/forged", harness_source_dir()) < sizeof(folder));
    must(snprintf(path, sizeof(path), "%s/verdicts.txt", folder) > 0);
    FILE *list = fopen(path, "re");
    REQUIRE(list != NULL);
    while (fgets(line, sizeof(line), list)) {
        if (line[0] == '#') continue;
        must(sscanf(line, "%79s %19s", name, verdict) == 2);
        must(snprintf(work, sizeof(work), "%s/%s", folder, name) > 0);
        struct note_key stable = key_at("log.vkey"), epoch = key_at("epoch/0/vkey");
        enum verify_verdict found = judge(&stable, &epoch);
        if (found != verdict_named(verdict)) harness_fail(__FILE__, __LINE__, "%s: verdict %d", name, (int) found);
        accepted += found == VERIFY_OK;
        count++;
    }
    must(fclose(list) == 0);
    CHECK(count > 20);
    CHECK_INT(accepted, 1);
}
