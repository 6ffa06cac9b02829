#include <errno.h>
#include <string.h>

#include "conf/base/clock.h"
#include "conf/base/log.h"
#include "conf/subject.h"
#include "fs/beside.h"
#include "fs/manifest.h"

/* A view may grow: tokens are longer than many values. Past four times the document it is a fault of ours, and refused. */
enum { WORK_GROWTH_FACTOR = 4, WORK_GROWTH_FIXED = 1 << 20 };

static int work_scratch(struct worker *w, struct policy *e) {
    if (w->scratch && w->scratch_generation == e->number) return 0;
    scratch_free(w->scratch);
    w->scratch = NULL;
    int r = scratch_new(e->engine, &w->scratch);
    if (r == 0) w->scratch_generation = e->number;
    return r;
}

void guard_end(struct worker *w) {
    scratch_free(w->scratch);
    w->scratch = NULL;
}

static void work_refuse(struct guard *g, struct outcome *o, enum refusal why) {
    o->refusal = why;
    guard_count(g, refusals, 1);
}

/* Whom the view is about, for the journal and for readers. Without its subjects a record would be lost to those who look for the patient. */
static int work_about(struct guard *g, const struct about *about, struct view_about *out) {
    struct view_about to = { .shift_days = about->shift_days };
    int r = 0;
    memcpy(to.patient, about->patient_code, sizeof(to.patient));
    memcpy(to.encounter, about->encounter_code, sizeof(to.encounter));
    if (about->patient.len > 0) r = keeper_subject(g->keeper, 'p', about->patient, to.patient_token);
    if (r == 0 && about->encounter.len > 0) r = keeper_subject(g->keeper, 'e', about->encounter, to.encounter_token);
    if (r < 0) return r;
    if (to.patient_token[0] || to.encounter_token[0]) to.month = subject_month_of(clock_realtime_us());
    *out = to;
    return 0;
}

static void work_redact(struct worker *w, struct policy *e, const struct document *doc, struct outcome *o) {
    struct guard *g = w->owner;
    struct redaction red;
    redaction_init(&red, doc->content.len * WORK_GROWTH_FACTOR + WORK_GROWTH_FIXED);
    struct view_about about;
    int r = redact_document(e->engine, w->scratch, g->vault, doc, &red);
    if (r < 0 || red.refusal != REFUSAL_NONE) {
        work_refuse(g, o, red.refusal != REFUSAL_NONE ? red.refusal : REFUSAL_LIMIT);
    } else if (work_about(g, &red.about, &about) < 0) {
        work_refuse(g, o, REFUSAL_KEEPER);
    } else {
        r = view_new_take(&red.view, red.counts, red.format, &o->view);
        if (r < 0) work_refuse(g, o, r == -E2BIG ? REFUSAL_LIMIT : REFUSAL_MEMORY);
        if (r == 0) o->view->about = about;
    }
    redaction_release(&red);
}

static void work_view(struct guard *g, struct worker *w, struct policy *e, const char *path, struct outcome *o) {
    _cleanup_(buf_release) struct buf content;
    buf_init(&content, e->conf->document_len_max);
    enum refusal refusal = REFUSAL_NONE;
    o->error = source_read(g->source, path, &content, &o->version, &refusal);
    if (o->error < 0) {
        if (o->error == -ENOENT) return;
        /* A file that is there but cannot be read, is too large or never stands still is refused, not absent. */
        struct stat st;
        if (source_stat(g->source, path, &st) == 0) {
            o->error = 0;
            o->version = source_version_of(&st);
            work_refuse(g, o, refusal);
        }
        return;
    }
    o->racy = source_version_is_racy(&o->version, clock_realtime_us());
    guard_count(g, bytes_read_source, content.len);
    _cleanup_(roster_freep) struct roster *patients = NULL;
    bool racy;
    if (beside_load(g, e, path, &patients, &racy) < 0) {
        work_refuse(g, o, REFUSAL_ROSTER);
        return;
    }
    o->racy |= racy;
    const struct document doc = { .content = buf_bytes(&content), .path = bytes_from_string(path), .patients = patients };
    work_redact(w, e, &doc, o);
    if (!o->view) return;
    guard_count(g, views_built, 1);
    guard_count(g, bytes_built, o->view->content.len);
}

static int work_names(struct guard *g, struct worker *w, struct policy *e, const char *path, struct names **out_names) {
    struct names *old = folders_get(g->folders, path), *names;
    const struct naming how = {
        .engine = e->conf->tokenize_names ? e->engine : NULL, .scratch = w->scratch, .vault = g->vault,
        .key = &g->name_key, .source = g->source, .folder = path, .paths = &e->conf->paths, .generation = e->number,
    };
    int r = names_build(&how, old, &names);
    names_unref(old);
    if (r < 0) return r;
    folders_put(g->folders, path, names);
    if (names->hidden_count > 0) {
        guard_count(g, names_hidden, names->hidden_count);
        log_warning("names-hidden", "count=%zu", names->hidden_count);
    }
    *out_names = names;
    return 0;
}

int guard_names(struct guard *g, struct worker *w, struct policy *p, const char *path, struct names **out_names) {
    struct stat st;
    _cleanup_(names_unrefp) struct names *known = folders_get(g->folders, path);
    if (known && known->generation == p->number && !known->racy && source_stat(g->source, path, &st) == 0) {
        const struct source_version now = source_version_of(&st);
        if (source_version_equal(&now, &known->version)) {
            *out_names = take_ptr(known);
            return 0;
        }
    }
    return work_names(g, w, p, path, out_names);
}

/* "manifest": its text, too. */
static void work_census(struct guard *g, struct worker *w, struct policy *e, const char *what, struct outcome *o) {
    static const uint32_t none[ENTITY_COUNT];
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, MANIFEST_LEN_MAX);
    o->error = manifest_take(g, w, e);
    if (o->error < 0) log_error("census-failed", "error=%d", -o->error);
    if (o->error < 0 || what[0] == '\0') return;
    int r = manifest_render(g, e, &text);
    if (r == 0) r = view_new_take(&text, none, "manifest", &o->view);
    if (r < 0) work_refuse(g, o, r == -E2BIG ? REFUSAL_TOO_LARGE : REFUSAL_MEMORY);
}

/* Refusals that the same bytes under the same policy meet again; the others are asked again each time. */
static bool work_refusal_lasts(enum refusal r) {
    switch (r) {
    case REFUSAL_FORMAT:
    case REFUSAL_TOO_LARGE:
    case REFUSAL_TIMEOUT:
    case REFUSAL_LIMIT:
    case REFUSAL_COVERAGE:
    case REFUSAL_ROSTER:
    case REFUSAL_MALFORMED:
        return true;
    case REFUSAL_NONE:
    case REFUSAL_MEMORY:
    case REFUSAL_VAULT:
    case REFUSAL_KEEPER:
    case REFUSAL_SOURCE:
    case REFUSAL_CHANGED:
    case REFUSAL_JOURNAL:
    case REFUSAL_POLICY:
        return false;
    }
    return false;
}

static void work_keep(struct guard *g, struct policy *e, const char *path, const struct outcome *o) {
    if (o->racy || o->error < 0) return; /* equal time stamps would prove nothing */
    const struct catalog_key key = beside_key(g, e, path, &o->version);
    struct catalog_record record = { .state = CATALOG_REFUSED, .refusal = o->refusal }, before;
    if (o->view) {
        record.state = CATALOG_EXACT;
        record.view_len = o->view->content.len;
        record.shift_days = o->view->about.shift_days;
        memcpy(record.digest, o->view->digest, sizeof(record.digest));
        if (catalog_get(g->catalog, &key, &before) && before.state == CATALOG_EXACT && memcmp(before.digest, record.digest, sizeof(record.digest)) != 0) {
            guard_count(g, integrity_events, 1);
            log_error("view-differs", "a recomputed view differs from the recorded one");
        }
        cache_put(g->cache, &key, o->view);
        catalog_put(g->catalog, &key, &record);
    } else if (work_refusal_lasts(o->refusal)) {
        catalog_put(g->catalog, &key, &record);
    }
}

void guard_run(struct worker *w, const struct work *work, struct outcome *out) {
    struct guard *g = w->owner;
    struct policy *e = guard_policy(g);
    out->generation = e->number;
    int r = work_scratch(w, e);
    if (r < 0) {
        out->error = r;
        out->refusal = REFUSAL_MEMORY;
    } else if (work->kind == WORK_NAMES) {
        out->error = work_names(g, w, e, work->path, &out->names);
    } else if (work->kind == WORK_CENSUS) {
        work_census(g, w, e, work->path, out);
    } else {
        work_view(g, w, e, work->path, out);
        work_keep(g, e, work->path, out);
    }
    policy_unref(e);
}
