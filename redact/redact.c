/* The way of a document: format, extraction, recognizers chunk by chunk, second pass, resolve, transform, coverage check, rendering. */
#include "redact/redact.h"

#include <errno.h>

#include "conf/base/size.h"
#include "redact/explain.h"
#include "redact/format.h"
#include "redact/patient.h"
#include "redact/recognizer.h"
#include "redact/record.h"
#include "redact/resolve.h"
#include "redact/section.h"
#include "redact/transform.h"

void redaction_init(struct redaction *r, size_t view_len_max) {
    *r = (struct redaction) { 0 };
    buf_init(&r->view, view_len_max);
}

void redaction_release(struct redaction *r) {
    size_t len_max = r->view.len_max;
    buf_release(&r->view);
    redaction_init(r, len_max);
}

enum refusal redact_probe(const struct engine *e, struct bytes head, struct bytes path) {
    (void) e; /* formats will be switched by policy */
    return format_of(head, path) == FORMAT_UNKNOWN ? REFUSAL_FORMAT : REFUSAL_NONE;
}

/* One chunk: all recognizers. */
static int redact_chunk(struct scratch *s, struct patient *patient) {
    int r = recognizer_pattern_run(s);
    if (r == 0) r = recognizer_roster_run(patient, s);
    if (r == 0) r = recognizer_name_run(s);
    if (r == 0) r = recognizer_tagger_run(s);
    if (r == 0) r = recognizer_protect_run(s);
    return r;
}

/* A pass over every chunk of the run. A run of one chunk that is scanned already is not scanned again. */
static int redact_each_chunk(struct scratch *s, struct bytes text, struct patient *patient, bool is_second) {
    for (size_t begin = 0; begin < text.len;) {
        size_t end = begin + size_min(SCAN_CHUNK_LEN, text.len - begin);
        if (!is_second || text.len > SCAN_CHUNK_LEN) {
            int r = scan_run(&s->scan, s->engine->dictionary, s->engine->ruleset->chars, text, (struct span) { .begin = begin, .end = end });
            if (r == -E2BIG) return scratch_refuse(s, REFUSAL_LIMIT, r);
            if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
        }
        int r = scratch_tick_now(s);
        if (r == 0) r = is_second ? recognizer_patient_run(patient, s) : redact_chunk(s, patient);
        if (r < 0) return r;
        begin = end;
    }
    return 0;
}

static int redact_add_known(struct scratch *s, const struct run *run, struct finding f, bool drop) {
    f.span = (struct span) { .begin = map_derived(&run->map, f.span.begin), .end = map_derived(&run->map, f.span.end) };
    return span_is_empty(f.span) ? 0 : scratch_add(s, f, drop); /* empty: nothing of it is left once folded, zero-width characters alone */
}

/* What the document's structure says. */
static int redact_fields(struct scratch *s, const struct extraction *x, const struct run *run) {
    int r = 0;
    for (size_t i = 0; i < x->field_count && r == 0; i++) r = redact_add_known(s, run, x->fields[i], false);
    for (size_t i = 0; i < x->header_count && r == 0; i++) r = redact_add_known(s, run, x->headers[i], true);
    return r;
}

/* Disjoint from here on; what was there before is remembered where somebody wants to know. first: the second pass's first finding, 0 in the first. */
static int redact_resolve(struct scratch *s, struct bytes text, size_t first, bool is_second) {
    if (s->explanation) s->explanation->trace.is_second = is_second;
    int r = s->explanation ? explain_note(s->explanation, &s->arena, &s->findings, first, &s->drops) : 0;
    if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
    resolve_findings(text, &s->findings, &s->drops);
    return 0;
}

/* All findings of the run, disjoint, in bytes of its folded text. */
static int redact_run(struct scratch *s, const struct extraction *x, const struct run *run, struct patient *patient) {
    scratch_begin_run(s);
    int r = redact_each_chunk(s, run->text, patient, false);
    if (r == 0) r = recognizer_table_run(s, run->text);
    if (r == 0) r = redact_fields(s, x, run);
    if (r == 0) r = redact_resolve(s, run->text, 0, false);
    if (r < 0) return r;
    size_t first = s->findings.count;
    r = recognizer_patient_learn(patient, s, run->text, s->findings.items, s->findings.count);
    if (r == 0) r = patient_add_persons(patient, s);
    if (r < 0) return r;
    if (patient_is_empty(patient)) return 0;
    r = redact_each_chunk(s, run->text, patient, true);
    return r < 0 ? r : redact_resolve(s, run->text, first, true);
}

static int redact_judge(struct scratch *s, const struct run *run) {
    const struct explain_run judged = { .resolved = &s->findings, .map = &run->map, .score_min = s->engine->profile.score_min };
    int r = explain_judge(s->explanation, &s->arena, &judged);
    return r < 0 ? scratch_refuse(s, REFUSAL_MEMORY, r) : 0;
}

/* Brings the run's findings into the decoded text; those below the profile's score are left out. */
static void redact_bring(struct scratch *s, const struct run *run) {
    size_t kept = 0;
    for (size_t k = 0; k < s->findings.count; k++) {
        struct finding f = s->findings.items[k];
        if (f.score < s->engine->profile.score_min) continue;
        f.span = map_span(&run->map, f.span);
        s->findings.items[kept++] = f;
    }
    s->findings.count = kept;
}

/* Findings of the document in decoded text, disjoint. */
static int redact_recognize(struct scratch *s, const struct document *d, const struct extraction *x, struct findings *out) {
    struct findings all = { 0 };
    struct patient *patient = NULL;
    int error = recognizer_roster_begin(s, d, &patient);
    if (error < 0) return error;
    for (size_t i = 0; i < x->run_count; i++) {
        s->findings.count = s->drops.count = 0;
        int r = redact_run(s, x, &x->runs[i], patient);
        if (r == 0 && s->explanation) r = redact_judge(s, &x->runs[i]);
        if (r < 0) return r;
        redact_bring(s, &x->runs[i]);
        if (x->run_count == 1) break; /* most documents: what was found is what is handed on */
        for (size_t k = 0; k < s->findings.count; k++) {
            if (finding_add(&all, &s->arena, s->findings.items[k]) < 0) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
        }
    }
    if (s->engine->require_roster && !patient->is_covered && !d->is_self_test) return scratch_refuse(s, REFUSAL_ROSTER, -EACCES);
    *out = x->run_count == 1 ? s->findings : all;
    return 0;
}

static int redact_extract(struct scratch *s, const struct document *d, struct extraction *x, enum format *out_format) {
    enum format format = format_of(d->content, d->path);
    scratch_begin(s);
    if (d->content.len > s->engine->document_len_max) return scratch_refuse(s, REFUSAL_TOO_LARGE, -EFBIG);
    *out_format = format;
    if (format == FORMAT_UNKNOWN) return scratch_refuse(s, REFUSAL_FORMAT, -ENOTSUP);
    return format_extract(format, s, d->content, x);
}

/* Every byte of every finding lies in an edit; edits are ascending and disjoint. The invariant a view stands on. */
static bool redact_is_covered(const struct findings *f, const struct edits *e, size_t text_len) {
    size_t last_end = 0, k = 0;
    for (size_t i = 0; i < e->count; i++) {
        if (e->items[i].span.begin < last_end || span_is_empty(e->items[i].span) || e->items[i].span.end > text_len) return false;
        last_end = e->items[i].span.end;
    }
    for (size_t i = 0; i < f->count; i++) {
        size_t at = f->items[i].span.begin;
        while (k < e->count && e->items[k].span.end <= at) k++;
        for (size_t n = k; at < f->items[i].span.end; n++) {
            if (n == e->count || e->items[n].span.begin > at) return false;
            at = e->items[n].span.end;
        }
    }
    return true;
}

static int redact_render(const struct extraction *x, struct bytes content, const struct edits *e, struct buf *view) {
    size_t at = 0;
    for (size_t i = 0; i < e->count; i++) {
        const struct edit *edit = &e->items[i];
        struct span span = map_span(&x->map, edit->span);
        ignore(buf_append(view, bytes_slice(content, (struct span) { .begin = at, .end = span.begin }))); /* sticky */
        if (bytes_equal(edit->replacement, bytes_slice(x->text, edit->span))) ignore(buf_append(view, bytes_slice(content, span)));
        else ignore(extract_put(x, edit->replacement, view));
        at = span.end;
    }
    return buf_append(view, bytes_slice(content, (struct span) { .begin = at, .end = content.len }));
}

/* Spans in the document's own bytes, and how many of each entity. */
static void redact_publish(const struct extraction *x, struct findings *f, struct redaction *out) {
    for (size_t i = 0; i < f->count; i++) {
        f->items[i].span = map_span(&x->map, f->items[i].span);
        if (!f->items[i].is_section) out->counts[f->items[i].entity]++;
    }
    out->findings = f->items;
    out->finding_count = f->count;
}

static int redact_refused(struct scratch *s, struct redaction *out, int error) {
    size_t len_max = out->view.len_max;
    const char *format = out->format;
    redaction_release(out);
    redaction_init(out, len_max);
    out->format = format;
    out->refusal = s->why == REFUSAL_NONE ? REFUSAL_LIMIT : s->why;
    arena_reset(&s->arena);
    return error;
}

static void redact_begin(struct redaction *out) {
    buf_reset(&out->view);
    out->refusal = REFUSAL_NONE;
    out->format = NULL;
    out->findings = NULL;
    out->finding_count = 0;
    memset(out->counts, 0, sizeof(out->counts));
    out->about = (struct about) { .shift_days = 0 };
}

static int redact_view(const struct engine *e, struct scratch *s, struct vault *v, const struct document *d, struct redaction *out) {
    struct extraction x;
    struct findings findings;
    struct edits edits = { 0 };
    enum format format = FORMAT_UNKNOWN;
    int r = redact_extract(s, d, &x, &format);
    out->format = format_name(format);
    if (r == 0) r = redact_recognize(s, d, &x, &findings);
    if (r == 0) r = section_apply(s, &x, &findings);
    if (r < 0) return r;
    struct transform t = { .profile = &e->profile, .vault = v, .arena = &s->arena };
    enum refusal why = REFUSAL_LIMIT;
    r = record_of_path(d->path, &s->arena, &t.record);
    if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
    r = transform_apply(&t, x.text, findings.items, findings.count, &edits, &why);
    if (r < 0) return scratch_refuse(s, why, r);
    if (!redact_is_covered(&findings, &edits, x.text.len)) return scratch_refuse(s, REFUSAL_COVERAGE, -EIO);
    r = redact_render(&x, d->content, &edits, &out->view);
    if (r < 0) return scratch_refuse(s, r == -E2BIG ? REFUSAL_TOO_LARGE : REFUSAL_MEMORY, r);
    r = transform_seal_view(&t, &edits, buf_bytes(&out->view), &why);
    if (r < 0) return scratch_refuse(s, why, r);
    redact_publish(&x, &findings, out);
    out->about = edits.about;
    return 0;
}

int redact_document(const struct engine *e, struct scratch *s, struct vault *v, const struct document *d, struct redaction *out) {
    must(s->engine == e);
    redact_begin(out);
    int r = redact_view(e, s, v, d, out);
    return r < 0 ? redact_refused(s, out, r) : 0;
}

int redact_find(const struct engine *e, struct scratch *s, const struct document *d, struct redaction *out) {
    struct extraction x;
    struct findings findings = { 0 };
    enum format format = FORMAT_UNKNOWN;
    must(s->engine == e);
    redact_begin(out);
    int r = redact_extract(s, d, &x, &format);
    out->format = format_name(format);
    if (r == 0) r = redact_recognize(s, d, &x, &findings);
    if (r < 0) return redact_refused(s, out, r);
    redact_publish(&x, &findings, out);
    return 0;
}

int redact_explain(const struct engine *e, struct scratch *s, const struct document *d, struct redaction *out, struct explanation *out_why) {
    struct extraction x;
    struct findings findings = { 0 };
    struct explanation why = { .count = 0 };
    enum format format = FORMAT_UNKNOWN;
    must(s->engine == e);
    redact_begin(out);
    int r = redact_extract(s, d, &x, &format);
    out->format = format_name(format);
    s->explanation = &why;
    if (r == 0) r = redact_recognize(s, d, &x, &findings);
    s->explanation = NULL;
    if (r < 0) return redact_refused(s, out, r);
    why.text = x.text;
    explain_sort(&why);
    redact_publish(&x, &findings, out);
    *out_why = why;
    return 0;
}
