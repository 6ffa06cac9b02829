/* deidfs-eval: measures the engine on labelled text. Reads evaluation sets, never a source of real documents; --errors prints from them. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/size.h"
#include "conf/supply.h"
#include "redact/site.h"
#include "tools/evaluation.h"
#include "tools/gold_roster.h"
#include "tools/tool.h"

enum { EVAL_THREAD_COUNT_MAX = 64, EVAL_FILE_COUNT_MAX = 256, EVAL_ERRORS_MAX = 100000 };

static bool json_output, gold_roster;
static const char *config_name, *profile_name = "safe-harbor", *compare_path, *predictions_path, *floors_path, *errors_text, *threads_text, *roster_path;

static const struct tool_option options[] = {
    { 'c', "config", "FILE", "profile, rules and lists of this configuration (default: profile safe-harbor)", &config_name },
    { 'p', "profile", "NAME", "a built-in profile, when there is no configuration", &profile_name },
    { 'r', "roster", "FILE", "known patients, of every document (see deidfs.conf(5), ROSTERS)", &roster_path },
    { 0, "gold-roster", NULL, "give each document a roster of its own, made from its labels", &gold_roster },
    { 0, "json", NULL, "print one JSON object", &json_output },
    { 'e', "errors", "N", "print up to N leaks, over-redactions and hit zones of each class", &errors_text },
    { 0, "compare", "FILE", "another system's predictions (JSONL), set beside ours", &compare_path },
    { 0, "predictions", "FILE", "write our predictions (JSONL), as other scorers read them", &predictions_path },
    { 0, "floors", "FILE", "fail when a measure is below its floor (see deidfs-eval(1))", &floors_path },
    { 'j', "threads", "N", "threads (default: one a processor)", &threads_text },
};
static const struct tool eval_tool = {
    .name = "deidfs-eval",
    .operands = "GOLD.jsonl...",
    .summary = "Measures detection on labelled text: leaks, precision, over-redaction, by class, with 95 % intervals.",
    .options = options,
    .option_count = array_count(options),
    .operand_least = 1,
    .operand_most = EVAL_FILE_COUNT_MAX,
    .details = "exit codes: 0 measured; 1 below a floor; 64 usage; 65 bad labelled text; 66 cannot open; 78 bad configuration\n",
    .usage_exit = TOOL_USAGE,
};

/* What threads share: documents are handed out by number, results have their own places. */
struct work {
    const struct engine *engine;
    const struct gold_set *set;
    struct gold_labels *predictions; /* one a document; name = entity, or EVALUATION_REFUSED */
    atomic_size_t next, done;
    atomic_int error;
};

static int keep_findings(const struct redaction *r, struct gold_labels *out) {
    if (r->finding_count == 0) return 0;
    out->items = calloc(r->finding_count, sizeof(*out->items));
    if (!out->items) return -ENOMEM;
    out->count = r->finding_count;
    for (size_t i = 0; i < r->finding_count; i++)
        out->items[i] = (struct gold_label) { r->findings[i].span, (uint16_t) r->findings[i].entity };
    return 0;
}

/* A refused document shows nothing at all: that is a prediction over all of it. */
static int keep_refusal(const struct gold *g, struct gold_labels *out) {
    out->items = calloc(1, sizeof(*out->items));
    if (!out->items) return -ENOMEM;
    out->items[0] = (struct gold_label) { { 0, g->text_len }, EVALUATION_REFUSED };
    out->count = 1;
    return 0;
}

static int find_in(struct work *w, struct scratch *s, size_t i) {
    const struct gold *g = &w->set->items[i];
    struct document d = { .content = bytes_make(g->text, g->text_len) };
    struct redaction r;
    _cleanup_(roster_freep) struct roster *patients = NULL;
    if (gold_roster) {
        int error = gold_roster_new(w->set, g, &patients);
        if (error < 0) return error;
        d.patients = patients;
    }
    redaction_init(&r, 0);
    int e = redact_find(w->engine, s, &d, &r);
    e = e < 0 ? keep_refusal(g, &w->predictions[i]) : keep_findings(&r, &w->predictions[i]);
    redaction_release(&r);
    return e;
}

static void *run_worker(void *argument) {
    struct work *w = argument;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    int e = scratch_new(w->engine, &s);
    while (e == 0) {
        size_t i = atomic_fetch_add(&w->next, 1);
        if (i >= w->set->count) break;
        e = find_in(w, s, i);
        atomic_fetch_add(&w->done, 1);
    }
    if (e < 0) {
        atomic_store(&w->error, e);
        atomic_store(&w->next, w->set->count);
    }
    return NULL;
}

static size_t thread_count(void) {
    if (threads_text) return tool_number(&eval_tool, "threads", threads_text, 1, EVAL_THREAD_COUNT_MAX);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : size_min((size_t) online, EVAL_THREAD_COUNT_MAX);
}

static int run(struct work *w) {
    pthread_t threads[EVAL_THREAD_COUNT_MAX];
    size_t wanted = thread_count(), count = 0;
    while (count < wanted && pthread_create(&threads[count], NULL, run_worker, w) == 0) count++;
    if (count == 0) return -EAGAIN;
    struct tool_progress progress;
    tool_progress_begin(&progress, "documents", w->set->count);
    while (progress.visible && atomic_load(&w->next) < w->set->count) {
        tool_progress_step(&progress, atomic_load(&w->done));
        ignore(nanosleep(&(struct timespec) { .tv_nsec = 50 * 1000 * 1000 }, NULL)); /* a signal only shortens it */
    }
    for (size_t i = 0; i < count; i++) ignore(pthread_join(threads[i], NULL)); /* cannot fail: ours, joinable, joined once */
    tool_progress_end(&progress);
    return atomic_load(&w->error);
}

static int write_predictions(const struct work *w, struct problem *p) {
    FILE *f = fopen(predictions_path, "we");
    if (!f) return problem_set(p, -errno, "%s: %s", predictions_path, strerror(errno));
    struct buf line;
    buf_init(&line, GOLD_LINE_LEN_MAX);
    for (size_t i = 0; i < w->set->count; i++) {
        buf_reset(&line);
        ignore(buf_append_string(&line, "{\"id\":")); /* the error is sticky, checked below */
        ignore(tool_json_string(&line, bytes_from_string(w->set->items[i].id)));
        ignore(buf_append_string(&line, ",\"spans\":["));
        for (size_t k = 0; k < w->predictions[i].count; k++) {
            const struct gold_label *l = &w->predictions[i].items[k];
            ignore(buf_append_printf(&line, "%s{\"start\":%zu,\"end\":%zu,\"type\":\"%s\"}", k ? "," : "", l->span.begin, l->span.end,
                                     evaluation_entity_name(l->name)));
        }
        ignore(buf_append_string(&line, "]}\n"));
        if (buf_error(&line) < 0) break;
        ignore(fwrite(line.ptr, 1, line.len, f)); /* ferror() tells, below */
    }
    bool failed = buf_error(&line) < 0 || ferror(f);
    buf_release(&line);
    failed |= fclose(f) != 0;
    return failed ? problem_set(p, -EIO, "%s: cannot write the predictions", predictions_path) : 0;
}

/* Of a configuration all it says; else a built-in profile. */
static int make_engine(struct engine **out, struct problem *p) {
    struct profile profile;
    _cleanup_(conf_freep) struct conf *conf = NULL;
    _cleanup_(supply_files_release) struct supply_files rosters = { .count = 0 };
    struct engine_text texts[SUPPLY_FILES_MAX];
    int e = config_name ? conf_load(config_name, &conf, p) : profile_find(profile_name, &profile, p);
    if (e == 0 && conf && roster_path) e = supply_roster_instead(conf, roster_path, p);
    if (e < 0 || conf) return e < 0 ? e : site_engine_new(conf, NULL, out, p);
    if (roster_path) e = supplies_read_roster(roster_path, &rosters, p);
    for (size_t i = 0; i < rosters.count; i++) texts[i] = (struct engine_text) { buf_bytes(&rosters.items[i].text), rosters.items[i].path };
    const struct engine_options o = { .profile = &profile, .rosters = texts, .roster_count = rosters.count, .document_len_max = LIMIT_DOCUMENT_LEN_DEFAULT,
                                      .timeout_ms = 1000 * LIMIT_REDACT_TIMEOUT_S };
    return e < 0 ? e : engine_new(&o, out, p);
}

static int read_sets(char **paths, size_t count, struct evaluation *run_to, struct problem *p) {
    for (size_t i = 0; i < count; i++) {
        int e = gold_read(paths[i], &run_to->set, p);
        if (e < 0) return e;
        run_to->files[i] = (struct evaluation_file) { .path = paths[i], .end = run_to->set.count };
        run_to->file_count++;
    }
    return 0;
}

static int measure(struct evaluation *r, struct problem *p) {
    struct work w = { .engine = r->engine, .set = &r->set };
    w.predictions = calloc(r->set.count + 1, sizeof(*w.predictions));
    if (!w.predictions) return problem_set(p, -ENOMEM, "out of memory");
    r->predictions = w.predictions;
    uint64_t begun = clock_monotonic_ns();
    int e = run(&w);
    r->seconds = (double) (clock_monotonic_ns() - begun) / 1e9;
    if (e < 0) return problem_set(p, e, "the engine failed: %s", strerror(-e));
    if (predictions_path) e = write_predictions(&w, p);
    return e;
}

static int report(struct evaluation *r, struct problem *p) {
    struct gold_set other = { 0 };
    int e = compare_path ? gold_read_predictions(compare_path, &other, p) : 0;
    if (e == 0) e = evaluation_score(r, compare_path ? &other : NULL);
    if (e == 0) e = json_output ? evaluation_print_json(r) : evaluation_print_tables(r);
    if (e == 0 && !json_output && r->errors_max > 0) e = evaluation_print_errors(r);
    if (e == 0 && floors_path) e = evaluation_check_floors(r, floors_path, p);
    gold_set_release(&other);
    return e;
}

int main(int argc, char **argv) {
    struct problem p = { "" };
    int first = tool_options(&eval_tool, argc, argv);
    struct evaluation *r = evaluation_new((size_t) (argc - first));
    if (!r) return tool_fail(&eval_tool, TOOL_SOFTWARE, &(struct problem) { "out of memory" });
    r->compare_path = compare_path;
    if (errors_text) r->errors_max = tool_number(&eval_tool, "errors", errors_text, 1, EVAL_ERRORS_MAX);
    int code = TOOL_OK;
    int e = read_sets(argv + first, (size_t) (argc - first), r, &p);
    if (e < 0) {
        code = tool_fail(&eval_tool, tool_exit_of(e), &p);
    } else if ((e = make_engine(&r->engine, &p)) < 0) {
        code = tool_fail(&eval_tool, TOOL_CONFIG, &p);
    } else if ((e = measure(r, &p)) < 0 || (e = report(r, &p)) < 0) {
        code = tool_fail(&eval_tool, tool_exit_of(e), &p);
    } else if (e == EVALUATION_BELOW_FLOOR) {
        code = tool_fail(&eval_tool, TOOL_NEGATIVE, &p);
    }
    if (code == TOOL_OK && tool_flush() < 0) code = TOOL_IO;
    evaluation_free(r);
    return code;
}
