/* Patients of a roster in documents nobody said are theirs: whole names, numbers, and single words of names where they stand as names. One look at a
 * small filter a word; whoever is met with certainty is then searched in every form by the second pass (recognizer_patient.c). */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/fold.h"
#include "redact/number_run.h"
#include "redact/patient.h"
#include "redact/recognizer.h"

enum { ROSTER_SCORE_WHOLE = 960, ROSTER_SCORE_NUMBER = 980, ROSTER_SCORE_PART = 860, ROSTER_REACH = 4, ROSTER_PARTS_ALONE_MAX = 5000, ROSTER_PATH_LEN_MAX = 16 * 1024 };

struct roster_search {
    const struct roster *roster;
    struct patient *patient;
    struct scratch *scratch;
    const struct scan *scan;
    bool is_path; /* nothing is reported: who stands in a path is the document's patient */
};

static uint64_t roster_flags(const struct roster_search *q, uint32_t i) {
    return scan_flags(q->scan, q->scratch->engine->dictionary, i);
}

static int roster_report(const struct roster_search *q, uint32_t first, uint32_t last, struct finding f) {
    if (q->is_path) return 0;
    f.span = span_union(scan_span(q->scan, first), scan_span(q->scan, last));
    f.source = FINDING_ROSTER;
    f.recognizer = RECOGNIZER_ROSTER;
    return scratch_add(q->scratch, f, false);
}

/* What only one patient has says who he is; a telephone is a family's. */
static void roster_meet(const struct roster_search *q, const struct roster_entry *e, bool by_number) {
    if (e->shared) return;
    struct patient_person *person = patient_meet(q->patient, q->roster, e->person);
    if (!person) return;
    bool own = by_number && e->entity != ENTITY_PHONE && e->entity != ENTITY_FAX;
    person->is_named |= !by_number;
    person->is_numbered |= own;
    q->patient->is_covered |= own || q->is_path;
}

static bool roster_gap_joins(uint8_t gap) {
    return gap == GAP_SPACE || gap == GAP_COMMA || gap == GAP_HYPHEN || gap == GAP_APOSTROPHE || gap == GAP_PERIOD_SPACE || gap == GAP_UNDERSCORE
           || gap == GAP_PERIOD || gap == GAP_LINE;
}

/* Between two words of one name: an initial, a particle, another of its words. */
static bool roster_is_between(const struct roster_search *q, uint32_t i) {
    const struct word *w = &q->scan->words[i];
    return word_is_letters(w) && (w->len == 1 || (roster_flags(q, i) & FLAG_BIT(FLAG_PARTICLE)) || roster_find(q->roster, ROSTER_KIND_PART, w->hash));
}

/* Written as a name: with capitals, or of words that mean nothing else ("zorin quillan", never "will long"). */
static bool roster_is_written_so(const struct roster_search *q, uint32_t first, uint32_t last) {
    if (word_is_capital(&q->scan->words[first]) && word_is_capital(&q->scan->words[last])) return true;
    return q->is_path || ((roster_flags(q, first) | roster_flags(q, last)) & (PATIENT_NEVER | PATIENT_COMMON)) == 0;
}

/* The last word of a whole name that begins with word i, or i. */
static const struct roster_entry *roster_whole(const struct roster_search *q, uint32_t i, uint32_t *out_last) {
    const struct scan *scan = q->scan;
    const struct roster_entry *found = NULL;
    for (uint32_t k = i + 1; k < scan->word_count && k <= i + ROSTER_REACH && roster_gap_joins(scan->words[k].gap); k++) {
        const struct roster_entry *e = word_is_letters(&scan->words[k]) ? roster_find(q->roster, ROSTER_KIND_PAIR, roster_pair(scan->words[i].hash, scan->words[k].hash)) : NULL;
        if (e && roster_is_written_so(q, i, k)) {
            found = e;
            *out_last = k;
        }
        if (!roster_is_between(q, k)) break;
    }
    return found;
}

/* One word of a name, alone. What is an ordinary word, too, needs a title; so does every word where the roster is a town's: it then holds nearly every
 * name there is, and says no more than the lists do. */
static bool roster_part_is_name(const struct roster_search *q, uint32_t i) {
    const struct word *w = &q->scan->words[i];
    uint64_t flags = roster_flags(q, i);
    if (!word_is_capital(w) || w->len < 3 || (flags & PATIENT_NEVER)) return false;
    if (w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT)) return false;
    if ((flags & PATIENT_COMMON) == 0 && roster_person_count(q->roster) <= ROSTER_PARTS_ALONE_MAX) return true;
    return i > 0 && (roster_flags(q, i - 1) & FLAG_BIT(FLAG_TITLE)) && (w->gap == GAP_SPACE || w->gap == GAP_PERIOD_SPACE);
}

static int roster_name(const struct roster_search *q, uint32_t i, uint32_t *out_next) {
    uint32_t last = i;
    if (!roster_find(q->roster, ROSTER_KIND_PART, q->scan->words[i].hash)) return 0;
    const struct roster_entry *e = roster_whole(q, i, &last);
    if (e) {
        roster_meet(q, e, false);
        *out_next = last;
        return roster_report(q, i, last, (struct finding) { .entity = (enum entity) e->entity, .score = ROSTER_SCORE_WHOLE });
    }
    if (!roster_part_is_name(q, i)) return 0;
    return roster_report(q, i, i, (struct finding) { .entity = ENTITY_PERSON, .score = ROSTER_SCORE_PART });
}

static int roster_number(const struct roster_search *q, uint32_t i) {
    struct number_run n;
    const struct roster_entry *best = NULL;
    uint32_t last = i;
    number_run_begin(&n, q->scan, i);
    while (number_run_next(&n, ROSTER_NUMBER_LEN_MIN)) {
        const struct roster_entry *e = roster_find(q->roster, ROSTER_KIND_NUMBER, n.hash);
        if (!e) continue;
        best = e;
        last = n.last;
    }
    if (!best) return 0;
    roster_meet(q, best, true);
    return roster_report(q, i, last, (struct finding) { .entity = (enum entity) best->entity, .score = ROSTER_SCORE_NUMBER });
}

static int roster_search(const struct roster_search *q, uint32_t first, uint32_t end) {
    for (uint32_t i = first; i < end; i++) {
        int r = number_run_may_begin(q->scan, i) ? roster_number(q, i) : 0;
        uint32_t next = i;
        if (r == 0 && word_is_letters(&q->scan->words[i])) r = roster_name(q, i, &next);
        if (r < 0) return r;
        i = next;
    }
    return 0;
}

int recognizer_roster_run(struct patient *p, struct scratch *s) {
    const struct roster_search q = { .roster = s->engine->roster, .patient = p, .scratch = s, .scan = &s->scan };
    return q.roster ? roster_search(&q, s->scan.core_first, s->scan.core_end) : 0;
}

/* Folders and separators part the words of a path. */
static int roster_read_path(struct patient *p, struct scratch *s, struct bytes path) {
    const struct roster_search q = { .roster = s->engine->roster, .patient = p, .scratch = s, .scan = &s->scan, .is_path = true };
    struct bytes text;
    struct map map = { 0 };
    uint8_t *flat = arena_alloc(&s->arena, path.len + 1, 1);
    if (!flat) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    for (size_t i = 0; i < path.len; i++) flat[i] = path.ptr[i] == '/' ? '\f' : path.ptr[i] == '_' ? ' ' : path.ptr[i];
    if (!text_utf8_is_valid(bytes_make(flat, path.len))) return 0; /* such a name shows nobody */
    if (fold_text(&s->arena, bytes_make(flat, path.len), &text, &map) < 0) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    int r = scan_run(&s->scan, s->engine->dictionary, s->engine->ruleset->chars, text, (struct span) { .end = text.len });
    if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
    return roster_search(&q, 0, s->scan.word_count);
}

static int roster_meet_given(struct patient *p, struct scratch *s, const struct roster *patients) {
    size_t count = roster_person_count(patients);
    if (count > PATIENT_PERSONS_MAX) return scratch_refuse(s, REFUSAL_ROSTER, -E2BIG);
    for (uint32_t i = 0; i < count; i++) ignore(patient_meet(p, patients, i)); /* there is room: the first to be met */
    p->is_covered |= count > 0;
    return 0;
}

int recognizer_roster_begin(struct scratch *s, const struct document *d, struct patient **out_patient) {
    struct patient *p = NULL;
    uint32_t persons[PATIENT_PERSONS_MAX];
    int r = patient_new(s, &p);
    if (r == 0 && d->patients) r = roster_meet_given(p, s, d->patients);
    if (r == 0 && s->engine->roster && d->path.len > 0) {
        size_t count = roster_of_folder(s->engine->roster, d->path, persons, array_count(persons));
        for (size_t i = 0; i < count; i++) p->is_covered |= patient_meet(p, s->engine->roster, persons[i]) != NULL;
        if (d->path.len <= ROSTER_PATH_LEN_MAX) r = roster_read_path(p, s, d->path);
    }
    if (r == 0) r = patient_add_persons(p, s);
    if (r == 0) *out_patient = p;
    return r;
}
