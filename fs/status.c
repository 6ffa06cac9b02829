#include "fs/status.h"

#include <inttypes.h>

#include "conf/base/clock.h"
#include "conf/base/text.h"
#include "conf/claim.h"
#include "fs/warm.h"

struct status_number {
    const char *name;
    const char *kind; /* Prometheus: counter or gauge */
    const char *help;
    uint64_t value;
};

enum { STATUS_NUMBERS_MAX = 64 };

struct status_numbers {
    struct status_number items[STATUS_NUMBERS_MAX];
    size_t count;
};

static void status_add(struct status_numbers *n, const char *name, const char *kind, uint64_t value, const char *help) {
    must(n->count < STATUS_NUMBERS_MAX);
    n->items[n->count++] = (struct status_number) { name, kind, help, value };
}

static uint64_t status_load(const uint64_t *counter) {
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void status_collect_counters(struct guard *g, struct status_numbers *n) {
    const struct guard_counters *c = &g->counters;
    status_add(n, "opens_total", "counter", status_load(&c->opens), "files opened, each with its durable record");
    status_add(n, "closes_total", "counter", status_load(&c->closes), "files closed");
    status_add(n, "lists_total", "counter", status_load(&c->lists), "folders listed");
    status_add(n, "denials_total", "counter", status_load(&c->denials), "requests of those who may not");
    status_add(n, "refusals_total", "counter", status_load(&c->refusals), "views refused");
    status_add(n, "views_built_total", "counter", status_load(&c->views_built), "documents redacted");
    status_add(n, "views_hit_total", "counter", status_load(&c->views_hit), "opens answered from memory");
    status_add(n, "source_bytes_total", "counter", status_load(&c->bytes_read_source), "bytes of documents redacted");
    status_add(n, "view_bytes_total", "counter", status_load(&c->bytes_built), "bytes of views made");
    status_add(n, "served_bytes_total", "counter", status_load(&c->bytes_served), "bytes read through closed files, page cache not counted");
    status_add(n, "stale_opens_total", "counter", status_load(&c->stale_opens), "opens sent to a newer version");
    status_add(n, "changes_watched_total", "counter", status_load(&c->watched), "changes of the source's file system told by fanotify");
    status_add(n, "names_hidden_total", "counter", status_load(&c->names_hidden), "names that could not be shown");
    status_add(n, "integrity_events_total", "counter", status_load(&c->integrity_events), "recomputed views that differed");
}

static void status_collect_gauges(struct guard *g, struct status_numbers *n) {
    struct journal_status j;
    struct warm_progress w;
    struct selftest_state test;
    selftest_read(&g->selftest, &test);
    journal_status(g->journal, &j);
    warm_progress(g->warm, &w);
    status_add(n, "uptime_seconds", "gauge", (clock_monotonic_ns() - g->begun_ns) / 1000000000u, "since the mount began");
    status_add(n, "revoked", "gauge", g->revoked, "1: all access is withdrawn until the next reload");
    status_add(n, "nodes", "gauge", inodes_count(g->inodes), "nodes that the kernel knows");
    status_add(n, "cache_bytes", "gauge", cache_len(g->cache), "ready views in memory");
    status_add(n, "catalog_records", "gauge", catalog_count(g->catalog), "file versions of known size");
    status_add(n, "queue", "gauge", workers_queue_len(g->workers), "documents and folders waiting or being read");
    status_add(n, "vault_generation", "gauge", vault_generation(g->vault), "tokens minted");
    status_add(n, "warm_running", "gauge", w.running, "1: a walk over the source is under way");
    status_add(n, "warm_files", "gauge", w.files, "files seen by the last walk");
    status_add(n, "warm_built", "gauge", w.built, "of these redacted by it");
    status_add(n, "warm_refused", "gauge", w.refused, "of these refused");
    status_add(n, "journal_records", "gauge", j.size, "durable journal entries");
    status_add(n, "journal_checkpoint", "gauge", j.checkpoint_size, "entries below the last signed checkpoint");
    status_add(n, "journal_epoch", "gauge", j.epoch, "current signing epoch");
    status_add(n, "journal_halted", "gauge", j.halted, "1: the journal failed, nothing is served");
    status_add(n, "journal_low_space", "gauge", j.low_space, "1: new opens are denied for want of room");
    status_add(n, "selftest_failed", "gauge", test.failed, "1: the last self-test failed; status says why");
    status_add(n, "selftest_runs_total", "counter", test.runs, "self-tests since the mount began");
    status_add(n, "selftest_age_seconds", "gauge", (clock_realtime_us() - test.last_us) / 1000000u, "since the last self-test");
    status_add(n, "sessions", "gauge", session_count(g->sessions), "bindings by deidfs-session in force");
}

void status_write(struct guard *g, enum status_form form, struct buf *out) {
    struct status_numbers n = { .count = 0 };
    struct policy *p = guard_policy(g);
    char digest[2 * 32 + 1];
    text_hex_encode(bytes_make(engine_digest(p->engine), 32), digest);
    const char *claim = claim_name(claim_of(&p->conf->profile, NULL));
    struct selftest_state test;
    selftest_read(&g->selftest, &test);
    status_collect_counters(g, &n);
    status_collect_gauges(g, &n);
    switch (form) {
    case STATUS_LINES:
        (void) buf_append_printf(out, "instance %s\nprofile %s\nclaim %s\npolicy %s\ngeneration %" PRIu64 "\nselftest %s%s\n", p->conf->instance,
                                 p->conf->profile.name, claim, digest, p->number, test.failed ? "failed: " : "passed", test.reason.text);
        for (size_t i = 0; i < n.count; i++) (void) buf_append_printf(out, "%s %" PRIu64 "\n", n.items[i].name, n.items[i].value);
        break;
    case STATUS_JSON:
        (void) buf_append_printf(out, "{\"instance\":\"%s\",\"profile\":\"%s\",\"claim\":\"%s\",\"policy\":\"%s\",\"generation\":%" PRIu64 ",\"selftest\":\"%s\"",
                                 p->conf->instance, p->conf->profile.name, claim, digest, p->number, test.failed ? "failed" : "passed");
        for (size_t i = 0; i < n.count; i++) (void) buf_append_printf(out, ",\"%s\":%" PRIu64, n.items[i].name, n.items[i].value);
        (void) buf_append_string(out, "}\n");
        break;
    case STATUS_METRICS:
        for (size_t i = 0; i < n.count; i++) {
            (void) buf_append_printf(out, "# HELP deidfs_%s %s\n# TYPE deidfs_%s %s\ndeidfs_%s{instance=\"%s\"} %" PRIu64 "\n", n.items[i].name, n.items[i].help,
                                     n.items[i].name, n.items[i].kind, n.items[i].name, p->conf->instance, n.items[i].value);
        }
        break;
    }
    policy_unref(p);
}
