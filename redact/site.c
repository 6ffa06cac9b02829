#include "redact/site.h"

#include <errno.h>

#include "conf/supply.h"

static int site_texts(const struct supply_files *files, struct engine_text **out, struct problem *p) {
    struct engine_text *texts = calloc(files->count + 1, sizeof(*texts));
    if (!texts) return problem_set(p, -ENOMEM, "out of memory");
    for (size_t i = 0; i < files->count; i++) texts[i] = (struct engine_text) { buf_bytes(&files->items[i].text), files->items[i].path };
    *out = texts;
    return 0;
}

int site_engine_new(const struct conf *c, struct engine_report *report, struct engine **out_engine, struct problem *p) {
    _cleanup_(supplies_release) struct supplies s = { .rules = { .count = 0 } };
    _cleanup_(free_ptr) struct engine_text *lists = NULL;
    _cleanup_(free_ptr) struct engine_text *rosters = NULL;
    int r = supplies_read(c, &s, p);
    if (r == 0) r = site_texts(&s.lists, &lists, p);
    if (r == 0) r = site_texts(&s.rosters, &rosters, p);
    if (r < 0) return r;
    const struct engine_options o = {
        .profile = &c->profile, .site_rules = s.rules.count > 0 ? buf_bytes(&s.rules.items[0].text) : bytes_make(NULL, 0), .site_rules_path = c->rules,
        .lists = lists, .list_count = s.lists.count, .rosters = rosters, .roster_count = s.rosters.count, .require_roster = c->require_roster,
        .document_len_max = c->document_len_max, .timeout_ms = c->redact_timeout_s * 1000, .destination = c->destination,
        .sidecars = c->sidecars, .report = report,
    };
    return engine_new(&o, out_engine, p);
}
