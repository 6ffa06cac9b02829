/* What a leak scan costs, beside a copy of the same bytes and grep -F with the same values, in one run and in processor time.
 * usage: bench_leak; BENCH_VALUES: values in the vault (default 20000). Texts: plain notes, JSON lines full of escapes, a dump of vectors. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "redact/leak_scan.h"
#include "tests/redact/workbench.h"

enum { BATCH = 500, DEFAULT_VALUES = 20000, TEXT_LEN = 64 << 20 };

static uint64_t seed = 88172645463325252u;

static uint32_t draw(uint32_t below) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t) (seed >> 33) % below;
}

static void name_word(char *to) {
    static const char *const parts[] = { "ber", "dan", "el", "fa", "gor", "han", "il", "ker", "lo", "mar", "nor", "os", "pet", "ri", "son", "tal", "win", "za" };
    *to = 0;
    for (uint32_t n = 2 + draw(2); n > 0; n--) strcat(to, parts[draw(array_count(parts))]);
    *to = (char) (*to - 32);
}

/* Half names of two words, a quarter record numbers, a quarter phones; one a line in the file of patterns. */
static void fill(struct workbench *b, size_t count, FILE *patterns) {
    static struct vault_request requests[BATCH];
    static char text[BATCH][64], normal[BATCH][64];
    static struct vault_coin coins[BATCH];
    for (size_t i = 0; i < count; i += BATCH) {
        for (size_t k = 0; k < BATCH; k++) {
            enum entity e = k % 2 ? ENTITY_PERSON : k % 4 ? ENTITY_MRN : ENTITY_PHONE;
            char given[32], family[32];
            name_word(given);
            name_word(family);
            if (e == ENTITY_PERSON) must(snprintf(text[k], 64, "%s %s", given, family) > 0);
            else if (e == ENTITY_MRN) must(snprintf(text[k], 64, "%08u", draw(100000000)) > 0);
            else must(snprintf(text[k], 64, "%03u-555-%04u", 200 + draw(800), draw(10000)) > 0);
            (void) fprintf(patterns, "%s\n", text[k]);
            size_t n = 0;
            for (const char *c = text[k]; *c; c++) {
                if (e != ENTITY_PHONE || *c != '-') normal[k][n++] = *c >= 'A' && *c <= 'Z' ? (char) (*c + 32) : *c;
            }
            requests[k] = (struct vault_request) { .entity = e, .normal = bytes_make(normal[k], n), .surface = bytes_from_string(text[k]) };
        }
        REQUIRE(vault_mint(b->vault, BYTES(""), requests, BATCH, coins) == 0);
    }
}

static void write_notes(struct buf *out) {
    static const char *const words[] = { "the", "patient", "was", "seen", "for", "chest", "pain", "and", "discharged", "home", "on", "aspirin", "mg",
                                         "daily", "blood", "pressure", "follow", "up", "in", "two", "weeks", "denies", "fever", "exam", "normal" };
    while (out->len < TEXT_LEN) {
        for (int n = 0; n < 12; n++) ignore(buf_append_printf(out, "%s ", words[draw(array_count(words))])); /* sticky: checked by the caller */
        char name[32];
        name_word(name);
        ignore(buf_append_printf(out, "%s %u/%u.\n", name, draw(200), draw(100)));
    }
}

static void write_traces(struct buf *out) {
    while (out->len < TEXT_LEN) {
        char name[32];
        name_word(name);
        ignore(buf_append_printf(out, "{\"ts\":17320%05u.%03u,\"level\":\"info\",\"span\":\"%08x\",\"msg\":\"retrieved \\\"%s\\\" for\\nquery\"}\n", draw(100000),
                                 draw(1000), draw(1u << 30), name)); /* sticky: checked by the caller */
    }
}

static void write_vectors(struct buf *out) {
    while (out->len < TEXT_LEN) {
        ignore(buf_append_string(out, "[")); /* sticky: checked by the caller, here and below */
        for (int n = 0; n < 64; n++) ignore(buf_append_printf(out, "%s0.%08u, ", draw(2) ? "-" : "", draw(100000000)));
        ignore(buf_append_string(out, "0.5]\n"));
    }
}

static int count_hit(void *context, const struct leak_hit *hit) {
    uint64_t *counts = context;
    counts[hit->weak]++;
    return 0;
}

/* Processor time: other programs run beside this one. */
static uint64_t spent_ns(void) {
    struct timespec t;
    must(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

static uint64_t children_ns(void) {
    struct rusage u;
    must(getrusage(RUSAGE_CHILDREN, &u) == 0);
    return (uint64_t) (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000u + (uint64_t) (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000u;
}

static double rate(size_t len, uint64_t ns) {
    return (double) len * 1e3 / (double) ns;
}

static void measure(struct leak_set *set, const char *what, void (*write)(struct buf *out), const char *dir) {
    struct buf text;
    struct leak_scan *scan = NULL;
    uint64_t hits[2] = { 0, 0 };
    char path[400], command[1200];
    buf_init(&text, TEXT_LEN + 4096);
    write(&text);
    REQUIRE(buf_error(&text) == 0 && leak_scan_new(set, count_hit, hits, &scan) == 0);
    uint64_t begin = spent_ns();
    REQUIRE(leak_scan_feed(scan, buf_bytes(&text)) == 0 && leak_scan_end(scan) == 0);
    uint64_t scanned = spent_ns() - begin;
    uint8_t *copy = malloc(text.len);
    REQUIRE(copy != NULL);
    memcpy(copy, text.ptr, text.len);
    begin = spent_ns();
    memcpy(copy, text.ptr, text.len);
    uint64_t copied = spent_ns() - begin;
    must(snprintf(path, sizeof(path), "%s/text", dir) > 0 && copy[text.len / 2] == text.ptr[text.len / 2]);
    free(copy);
    REQUIRE(io_create_file_at(AT_FDCWD, path, buf_bytes(&text), 0600) == 0);
    must(snprintf(command, sizeof(command), "LC_ALL=C grep -c -i -F -f %s/patterns %s > /dev/null", dir, path) > 0);
    begin = children_ns();
    (void) !system(command);
    uint64_t grepped = children_ns() - begin;
    printf("%-10s scan %7.1f MB/s   memcpy %8.1f MB/s   grep -i -F %7.1f MB/s   scan/grep %.2f   hits %llu, weak %llu\n", what, rate(text.len, scanned),
           rate(text.len, copied), rate(text.len, grepped), (double) grepped / (double) scanned, (unsigned long long) hits[0], (unsigned long long) hits[1]);
    ignore(unlink(path)); /* the next one makes it anew */
    leak_scan_free(scan);
    buf_release(&text);
}

TEST(bench, leak) {
    const char *asked = getenv("BENCH_VALUES");
    size_t count = asked ? strtoul(asked, NULL, 10) : DEFAULT_VALUES;
    struct workbench b = { 0 };
    struct problem p = { .text = "" };
    struct leak_set *set = NULL;
    struct leak_set_counts counts;
    char path[400];
    workbench_open(&b, "safe-harbor", "rag");
    must(snprintf(path, sizeof(path), "%s/patterns", b.dir) > 0);
    FILE *patterns = fopen(path, "w");
    REQUIRE(patterns != NULL);
    fill(&b, count, patterns);
    (void) fclose(patterns);
    vault_freep(&b.vault);
    struct vault_reader *reader = workbench_reader(&b, "rag");
    uint64_t begin = clock_monotonic_ns();
    REQUIRE(leak_set_new(reader, b.keeper, &set, &p) == 0);
    uint64_t built = clock_monotonic_ns() - begin;
    leak_set_counts(set, &counts);
    printf("%llu values opened and indexed in %.2f s (%.1f us each), %llu fingerprints, %llu weak\n", (unsigned long long) counts.values,
           (double) built / 1e9, (double) built / 1e3 / (double) counts.values, (unsigned long long) counts.searched, (unsigned long long) counts.weak);
    measure(set, "notes", write_notes, b.dir);
    measure(set, "traces", write_traces, b.dir);
    measure(set, "vectors", write_vectors, b.dir);
    leak_set_free(set);
    vault_reader_free(reader);
    workbench_close(&b);
}
