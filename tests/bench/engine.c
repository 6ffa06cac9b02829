/* bench_engine [--huge] [SET…]: how fast the engine is, stage by stage, on the labelled sets' text (planted and clean by default), against a memcpy and a naive
 * run of every rule's pattern over the whole text, all in one process. One thread, its CPU time. Best of five rounds.
 * MB are 10^6 bytes. Instructions are counted by the kernel where it lets us (perf_event_open), else "-": then
 *   valgrind --tool=callgrind --toggle-collect=redact_find build/tests/bench/bench_engine clean
 * counts them. Then: a note of 3 KB, alone; hostile text; with --huge (by hand: 3 GB of memory, minutes) documents whose length is the attack, each at
 * a half and at its whole length, with the highest memory the process has held: twice the length must take about twice the time. */
#include <errno.h>
#include <jansson.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "conf/base/clock.h"
#include "redact/fold.h"
#include "redact/recognizer.h"
#include "tests/redact/hostile.h"
#include "tests/redact/huge.h"

enum { BENCH_ROUNDS = 5, BENCH_PATH_LEN = 1024 };

struct corpus {
    const char *name;
    char **texts;
    size_t *lens;
    size_t count;
    size_t len; /* of all */
};

struct bench {
    struct engine *engine;
    struct scratch *scratch;
    struct redaction redaction;
    pcre2_code **plain; /* every rule's pattern, unanchored */
    uint8_t *copy;
    int counter; /* of instructions; -1 */
};

static int counter_open(void) {
    struct perf_event_attr a = { .type = PERF_TYPE_HARDWARE, .size = sizeof(a), .config = PERF_COUNT_HW_INSTRUCTIONS, .exclude_kernel = 1, .exclude_hv = 1 };
    return (int) syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static uint64_t counter_read(int fd) {
    uint64_t n = 0;
    return fd >= 0 && read(fd, &n, sizeof(n)) == (ssize_t) sizeof(n) ? n : 0;
}

/* Of this thread alone: the machine may be busy with other things. */
static uint64_t bench_cpu_ns(void) {
    struct timespec t;
    must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

static bool corpus_load(struct corpus *c, const char *dir) {
    char path[BENCH_PATH_LEN + 64];
    char *line = NULL;
    size_t capacity = 0, room = 0;
    ignore(snprintf(path, sizeof(path), "%s/corpora/dev/%s.jsonl", dir, c->name));
    FILE *in = fopen(path, "r");
    if (!in) return false;
    while (getline(&line, &capacity, in) > 0) {
        json_t *doc = json_loads(line, 0, NULL);
        const char *text = json_string_value(json_object_get(doc, "text"));
        if (text && c->count == room) {
            room = room ? 2 * room : 256;
            c->texts = realloc(c->texts, room * sizeof(*c->texts));
            c->lens = realloc(c->lens, room * sizeof(*c->lens));
            must(c->texts && c->lens);
        }
        if (text) {
            c->texts[c->count] = strdup(text);
            c->lens[c->count] = strlen(text);
            c->len += c->lens[c->count++];
        }
        json_decref(doc);
    }
    free(line);
    ignore(fclose(in)); /* read only */
    return c->count > 0;
}

static void corpus_free(struct corpus *c) {
    for (size_t i = 0; i < c->count; i++) free(c->texts[i]);
    free(c->texts);
    free(c->lens);
}

/* ---- stages: each does one document ---- */

static void stage_copy(struct bench *b, struct bytes text) {
    memcpy(b->copy, text.ptr, text.len);
    __asm__ volatile("" : : "r"(b->copy) : "memory");
}

static void bench_scan(struct bench *b, struct bytes text) {
    struct scratch *s = b->scratch;
    struct bytes folded;
    struct map map;
    scratch_begin(s);
    scratch_begin_run(s);
    must(fold_text(&s->arena, text, &folded, &map) == 0);
    struct span core = { .end = folded.len < SCAN_CHUNK_LEN ? folded.len : SCAN_CHUNK_LEN };
    must(scan_run(&s->scan, b->engine->dictionary, b->engine->ruleset->chars, folded, core) == 0);
}

static void stage_scan(struct bench *b, struct bytes text) {
    bench_scan(b, text);
}

static void stage_rules(struct bench *b, struct bytes text) {
    bench_scan(b, text);
    must(recognizer_pattern_run(b->scratch) == 0);
}

static void stage_lists(struct bench *b, struct bytes text) {
    bench_scan(b, text);
    must(recognizer_pattern_run(b->scratch) == 0);
    must(recognizer_name_run(b->scratch) == 0);
    must(recognizer_protect_run(b->scratch) == 0);
}

static void stage_tagger(struct bench *b, struct bytes text) {
    bench_scan(b, text);
    must(recognizer_tagger_run(b->scratch) == 0);
}

static void stage_find(struct bench *b, struct bytes text) {
    struct document d = { .content = text };
    int r = redact_find(b->engine, b->scratch, &d, &b->redaction);
    must(r == 0 || b->redaction.refusal == REFUSAL_FORMAT || b->redaction.refusal == REFUSAL_LIMIT);
}

static void stage_naive(struct bench *b, struct bytes text) {
    const struct ruleset *set = b->engine->ruleset;
    for (size_t i = 0; i < set->rule_count; i++) {
        if (!b->plain[i]) continue;
        for (size_t at = 0; at <= text.len;) {
            int r = pcre2_match(b->plain[i], text.ptr, text.len, at, 0, b->scratch->match_data, b->scratch->match_context);
            if (r < 0) break;
            size_t end = pcre2_get_ovector_pointer(b->scratch->match_data)[1];
            at = end > at ? end : at + 1;
        }
    }
}

struct stage {
    const char *name;
    void (*run)(struct bench *b, struct bytes text);
    size_t share; /* every n-th document only: slow ones */
};

static void stage_measure(struct bench *b, const struct corpus *c, const struct stage *stage) {
    uint64_t best_ns = UINT64_MAX, instructions = 0;
    size_t len = 0;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        uint64_t begun = bench_cpu_ns(), counted = counter_read(b->counter);
        len = 0;
        for (size_t i = 0; i < c->count; i += stage->share) {
            stage->run(b, bytes_make(c->texts[i], c->lens[i]));
            len += c->lens[i];
        }
        uint64_t ns = bench_cpu_ns() - begun;
        if (ns >= best_ns) continue;
        best_ns = ns;
        instructions = counter_read(b->counter) - counted;
    }
    double seconds = (double) best_ns / 1e9;
    (void) printf("%-12s %-22s %10.1f %12.2f ", c->name, stage->name, (double) len / 1e6 / seconds, (double) best_ns / 1e3 / ((double) c->count / (double) stage->share));
    if (instructions > 0) (void) printf("%10.1f\n", (double) instructions / (double) len);
    else (void) printf("%10s\n", "-");
}

static void bench_corpus(struct bench *b, const char *name, const char *dir) {
    static const struct stage stages[] = {
        { "memcpy", stage_copy, 1 }, { "scan", stage_scan, 1 }, { "scan + rules", stage_rules, 1 }, { "scan + rules + lists", stage_lists, 1 },
        { "scan + tagger", stage_tagger, 1 }, { "find (whole pipeline)", stage_find, 1 }, { "naive PCRE2", stage_naive, 40 },
    };
    struct corpus c = { .name = name };
    if (!corpus_load(&c, dir)) {
        (void) printf("%-12s not there\n", name);
        return;
    }
    b->copy = malloc(c.len + 1);
    must(b->copy != NULL);
    (void) printf("# %s: %zu documents, %.1f MB\n", name, c.count, (double) c.len / 1e6);
    for (size_t i = 0; i < array_count(stages); i++) stage_measure(b, &c, &stages[i]);
    free(b->copy);
    corpus_free(&c);
}

/* One megabyte of each hostile pattern. */
static void bench_hostile(struct bench *b) {
    enum { HOSTILE_LEN = 1 << 20 };
    uint8_t *text = malloc(HOSTILE_LEN);
    double total = 0, worst = 0;
    size_t worst_at = 0;
    must(text != NULL);
    for (size_t i = 0; i < hostile_count(); i++) {
        hostile_fill(i, text, HOSTILE_LEN);
        uint64_t begun = bench_cpu_ns();
        stage_find(b, bytes_make(text, HOSTILE_LEN));
        double seconds = (double) (bench_cpu_ns() - begun) / 1e9;
        total += seconds;
        if (getenv("BENCH_HOSTILE_EACH")) (void) printf("%-12s %-22s %10.1f\n", "hostile", hostile_name(i), HOSTILE_LEN / 1e6 / seconds);
        if (seconds <= worst) continue;
        worst = seconds;
        worst_at = i;
    }
    (void) printf("%-12s %-22s %10.1f\n", "hostile", "find, all together", (double) hostile_count() * HOSTILE_LEN / 1e6 / total);
    (void) printf("%-12s %-22s %10.1f  (%s)\n", "hostile", "find, the worst", HOSTILE_LEN / 1e6 / worst, hostile_name(worst_at));
    free(text);
}

/* Notes as they are, cut at 3 KB: what one more file of a folder costs, set-up and all. */
static void bench_note(struct bench *b, const char *dir) {
    enum { NOTE_LEN = 3000, NOTES_MIN = 20 };
    struct corpus c = { .name = "clean" };
    double best = 1e9;
    size_t count = 0;
    if (!corpus_load(&c, dir)) return;
    for (int round = 0; round < BENCH_ROUNDS; round++) {
        uint64_t begun = bench_cpu_ns();
        count = 0;
        for (size_t i = 0; i < c.count; i++) {
            if (c.lens[i] < NOTE_LEN) continue;
            stage_find(b, bytes_make(c.texts[i], NOTE_LEN));
            count++;
        }
        double seconds = (double) (bench_cpu_ns() - begun) / 1e9;
        if (seconds < best) best = seconds;
    }
    if (count >= NOTES_MIN) {
        (void) printf("%-12s %-22s %10.1f %12.2f\n", "3 KB note", "find", (double) (count * NOTE_LEN) / 1e6 / best, best * 1e6 / (double) count);
    }
    corpus_free(&c);
}

static double huge_seconds(struct bench *b, struct bytes text) {
    uint64_t begun = bench_cpu_ns();
    stage_find(b, text);
    return (double) (bench_cpu_ns() - begun) / 1e9;
}

static void bench_huge(struct bench *b, const struct huge *h) {
    struct rusage use;
    uint8_t *text = malloc(h->len);
    must(text != NULL);
    huge_fill(h, text, h->len);
    double half = huge_seconds(b, bytes_make(text, h->len / 2)), whole = huge_seconds(b, bytes_make(text, h->len));
    must(getrusage(RUSAGE_SELF, &use) == 0);
    (void) printf("%-26s %8.1f MB %8.1f MB/s  x %4.2f for twice the length  %9zu findings %s  %7.1f MB held at most, %.1f of scratch\n", h->name, (double) h->len / 1e6,
                  (double) h->len / 1e6 / whole, whole / half, b->redaction.finding_count, b->redaction.refusal == REFUSAL_NONE ? "" : refusal_name(b->redaction.refusal),
                  (double) use.ru_maxrss * 1024 / 1e6, (double) b->scratch->arena.reserved / 1e6);
    free(text);
}

static void bench_compile_plain(struct bench *b) {
    const struct ruleset *set = b->engine->ruleset;
    b->plain = calloc(set->rule_count + 1, sizeof(pcre2_code *));
    must(b->plain != NULL);
    for (size_t i = 0; i < set->rule_count; i++) {
        struct problem p;
        if (set->rules[i].pattern.len > 0) must(rule_compile(set->rules[i].pattern, false, &b->plain[i], &p) == 0);
    }
}

int main(int argc, char **argv) {
    struct bench b = { .counter = counter_open() };
    struct profile profile;
    struct problem p;
    char dir[BENCH_PATH_LEN];
    const char *checkout = getenv("DEIDFS_SOURCE_DIR");
    ignore(snprintf(dir, sizeof(dir), "%s/../shared", checkout ? checkout : "."));
    if (access(dir, R_OK) < 0) return printf("the labelled sets are not there: nothing to measure\n"), 77;
    must(profile_find("safe-harbor", &profile, &p) == 0);
    struct engine_options options = { .profile = &profile, .document_len_max = (size_t) 1 << 30 };
    uint64_t begun = clock_monotonic_ns();
    if (engine_new(&options, &b.engine, &p) < 0) return fprintf(stderr, "%s\n", p.text), 1;
    (void) printf("# %zu rules, %zu list entries, %.1f MB of tables; ready in %.0f ms\n", b.engine->ruleset->rule_count, b.engine->dictionary->entry_count,
                  (double) dictionary_len(b.engine->dictionary) / 1e6, (double) (clock_monotonic_ns() - begun) / 1e6);
    must(scratch_new(b.engine, &b.scratch) == 0);
    redaction_init(&b.redaction, 1 << 28);
    bench_compile_plain(&b);
    (void) printf("%-12s %-22s %10s %12s %10s\n", "set", "stage", "MB/s", "us/document", "instr/B");
    bool huge = argc > 1 && strcmp(argv[1], "--huge") == 0;
    if (argc < 2) {
        bench_corpus(&b, "planted", dir);
        bench_corpus(&b, "clean", dir);
        bench_note(&b, dir);
        bench_hostile(&b);
    }
    for (size_t i = 0; huge && i < array_count(huge_documents); i++) bench_huge(&b, &huge_documents[i]);
    for (int i = 1 + huge; i < argc; i++) bench_corpus(&b, argv[i], dir);
    for (size_t i = 0; i < b.engine->ruleset->rule_count; i++) pcre2_code_free(b.plain[i]);
    free(b.plain);
    redaction_release(&b.redaction);
    scratch_free(b.scratch);
    engine_free(b.engine);
    return 0;
}
