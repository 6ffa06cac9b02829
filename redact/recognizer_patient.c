/* The second pass: who is known in the document, by a roster, by his folder's name or because the text named him once with certainty, is found
 * wherever it speaks of him: whole or in part, by nickname, with initials, misspelt; his numbers however they are grouped, his address and telephone,
 * his date of birth in any form. */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/date_written.h"
#include "redact/number_run.h"
#include "redact/patient.h"
#include "redact/recognizer.h"

enum {
    PATIENT_SCORE_MIN = 850,
    PATIENT_SCORE = 880,
    PATIENT_SCORE_KNOWN = 830,  /* an ordinary word that is the patient's own name: below a protected phrase ("Parkinson disease") */
    PATIENT_SCORE_COMMON = 690, /* below a protected phrase of any kind */
    PATIENT_SCORE_MISSPELT = 700,
    PATIENT_SCORE_FACT = 960,
    PATIENT_MISSPELT_LEN_MIN = PATIENT_LONG_LEN_MIN - 1,
};

static bool patient_teaches(const struct finding *f) {
    if (f->score < PATIENT_SCORE_MIN || f->source < FINDING_FIELD) return false;
    switch (f->entity) {
    case ENTITY_PATIENT:
    case ENTITY_PERSON:
    case ENTITY_PROVIDER:
    case ENTITY_MRN:
    case ENTITY_ACCOUNT:
    case ENTITY_HEALTH_PLAN:
    case ENTITY_ENCOUNTER:
    case ENTITY_ACCESSION:
    case ENTITY_SSN:
    case ENTITY_PHONE: return true;
    case ENTITY_EMPLOYER: case ENTITY_STREET: case ENTITY_CITY: case ENTITY_COUNTY: case ENTITY_ZIP: case ENTITY_GEOCODE:
    case ENTITY_FACILITY: case ENTITY_STATE: case ENTITY_DATE: case ENTITY_BIRTH_DATE: case ENTITY_AGE: case ENTITY_HOLIDAY:
    case ENTITY_FAX: case ENTITY_EMAIL: case ENTITY_LICENSE: case ENTITY_PROVIDER_ID: case ENTITY_VEHICLE: case ENTITY_DEVICE:
    case ENTITY_URL: case ENTITY_IP: case ENTITY_BIOMETRIC: case ENTITY_PHOTO: case ENTITY_ORDER: case ENTITY_SPECIMEN:
    case ENTITY_UID: case ENTITY_OTHER_ID: return false;
    }
    return false;
}

static bool patient_is_letter(uint8_t c) {
    return text_is_alpha(c) || c >= 0x80;
}

static int patient_learn_words(struct patient *p, struct scratch *s, struct bytes name, struct patient_lesson l) {
    for (size_t i = 0; i < name.len;) {
        size_t begin = i;
        while (i < name.len && patient_is_letter(name.ptr[i])) i++;
        if (i == begin) {
            i++;
            continue;
        }
        int r = patient_add_word(p, s, bytes_make(name.ptr + begin, i - begin), l);
        if (r < 0) return r;
    }
    return 0;
}

/* The longest group of digits alone ("AB-0048291-X"), and all of it joined. */
static int patient_learn_number(struct patient *p, struct scratch *s, struct bytes number, struct patient_lesson l) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < number.len;) {
        size_t begin = i;
        while (i < number.len && text_is_digit(number.ptr[i])) i++;
        if (i == begin) i++;
        else r = patient_add_number(p, s, bytes_make(number.ptr + begin, i - begin), l);
    }
    return r < 0 ? r : patient_add_number(p, s, number, l);
}

int recognizer_patient_learn(struct patient *p, struct scratch *s, struct bytes text, const struct finding *findings, size_t count) {
    for (size_t k = 0; k < count; k++) {
        const struct finding *f = &findings[k];
        struct patient_lesson l = { .entity = f->entity };
        if (!patient_teaches(f) || span_len(f->span) > 128) continue;
        struct bytes value = bytes_slice(text, f->span);
        int r = entity_is_person(f->entity) ? patient_learn_words(p, s, value, l) : patient_learn_number(p, s, value, l);
        if (r < 0) return r;
    }
    return 0;
}

/* ---- names ---- */

struct patient_reader {
    struct patient *patient;
    struct scratch *scratch;
    const struct scan *scan;
};

static uint64_t patient_flags(const struct patient_reader *r, uint32_t i) {
    return scan_flags(r->scan, r->scratch->engine->dictionary, i);
}

static const struct patient_entry *patient_word(const struct patient_reader *r, uint32_t i) {
    return patient_find(r->patient, PATIENT_KIND_WORD, r->scan->words[i].hash);
}

static bool patient_gap_is_near(uint8_t gap) {
    return gap == GAP_SPACE || gap == GAP_COMMA || gap == GAP_HYPHEN || gap == GAP_APOSTROPHE || gap == GAP_PERIOD_SPACE;
}

static bool patient_begins_sentence(const struct word *w) {
    return w->gap == GAP_PERIOD_SPACE || w->gap == GAP_LINE || w->gap == GAP_OTHER_LINE || w->gap == GAP_BREAK || w->gap == GAP_COLON;
}

/* "May denies pain." */
static bool patient_does_something(const struct patient_reader *r, uint32_t i) {
    const struct word *next = &r->scan->words[i + 1];
    if (i + 1 >= r->scan->word_count || (next->gap != GAP_SPACE && next->gap != GAP_LINE) || word_is_capital(next)) return false;
    return patient_begins_sentence(&r->scan->words[i]) && (patient_flags(r, i + 1) & FLAG_BIT(FLAG_VERB_PERSON));
}

/* A name that is also an ordinary word needs more: a neighbour of the same name, a title, something that people do, or a capital where none is due. */
static bool patient_common_is_name(const struct patient_reader *r, uint32_t i) {
    const struct scan *scan = r->scan;
    const struct word *w = &scan->words[i];
    if (!word_is_capital(w)) return false;
    if (patient_does_something(r, i)) return true;
    if (i + 1 < scan->word_count && patient_gap_is_near(scan->words[i + 1].gap) && patient_word(r, i + 1)) return true;
    if (i == 0 || !patient_gap_is_near(w->gap)) return false;
    if (patient_word(r, i - 1)) return true;
    if (patient_flags(r, i - 1) & FLAG_BIT(FLAG_TITLE)) return true;
    if ((w->shape & WORD_UPPER) && w->len > 1 && (scan->words[i - 1].shape & WORD_UPPER)) return false;
    return w->gap == GAP_SPACE && !word_is_capital(&scan->words[i - 1]) && word_is_letters(&scan->words[i - 1]);
}

/* In lower case: "megan david" are one name together. */
static bool patient_is_beside(const struct patient_reader *r, uint32_t i) {
    const struct scan *scan = r->scan;
    if (i > 0 && scan->words[i].gap == GAP_SPACE && patient_word(r, i - 1)) return true;
    return i + 1 < scan->word_count && scan->words[i + 1].gap == GAP_SPACE && patient_word(r, i + 1);
}

static bool patient_matches(const struct patient_reader *r, uint32_t i, const struct patient_entry *e) {
    const struct word *w = &r->scan->words[i];
    if (w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT)) return false;
    if (e->need == PATIENT_NEEDS_CONTEXT) return patient_common_is_name(r, i);
    if (word_is_capital(w)) return true;
    return e->need == PATIENT_NEEDS_NOTHING ? w->len >= 4 || patient_is_beside(r, i) : patient_is_beside(r, i);
}

static uint16_t patient_score(const struct patient_entry *e) {
    if (e->need == PATIENT_NEEDS_CONTEXT) return PATIENT_SCORE_COMMON;
    return e->need == PATIENT_NEEDS_CAPITAL ? PATIENT_SCORE_KNOWN : PATIENT_SCORE;
}

static int patient_report(const struct patient_reader *r, uint32_t first, uint32_t last, struct finding f) {
    f.span = span_union(scan_span(r->scan, first), scan_span(r->scan, last));
    f.source = FINDING_ROSTER;
    f.recognizer = RECOGNIZER_REPEAT;
    return scratch_add(r->scratch, f, false);
}

/* The initial of one of his given names: "J. Smith", "Smith, J". */
static bool patient_is_initial(const struct patient_reader *r, uint32_t i) {
    const struct word *w = &r->scan->words[i];
    uint8_t letter = scan_word(r->scan, i).ptr[0];
    return w->len == 1 && text_is_upper(letter) && (r->patient->initials >> (letter - 'A') & 1) && !(w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT));
}

static int patient_name(const struct patient_reader *r, uint32_t i, const struct patient_entry *e) {
    uint32_t first = i, last = i;
    while (first > 0 && patient_gap_is_near(r->scan->words[first].gap) && patient_is_initial(r, first - 1)) first--;
    while (last + 1 < r->scan->word_count && patient_gap_is_near(r->scan->words[last + 1].gap) && patient_is_initial(r, last + 1)) last++;
    return patient_report(r, first, last, (struct finding) { .entity = (enum entity) e->entity, .score = patient_score(e) });
}

/* ---- misspelt ---- */

/* One letter more, less or other, or two neighbours swapped. Both lower case. */
static bool patient_is_near(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
    size_t same = 0, tail = 0;
    size_t shorter = a_len < b_len ? a_len : b_len, longer = a_len < b_len ? b_len : a_len;
    if (longer - shorter > 1) return false;
    while (same < shorter && a[same] == b[same]) same++;
    while (tail < shorter - same && a[a_len - 1 - tail] == b[b_len - 1 - tail]) tail++;
    if (same + tail + 1 >= longer) return true;
    return a_len == b_len && same + tail + 2 == a_len && a[same] == b[same + 1] && a[same + 1] == b[same];
}

static int patient_misspelt(const struct patient_reader *r, uint32_t i) {
    const struct word *w = &r->scan->words[i];
    const struct patient *p = r->patient;
    uint8_t lower[PATIENT_LONG_LEN_MAX + 1];
    if (!word_is_capital(w) || w->len < PATIENT_MISSPELT_LEN_MIN || w->len > sizeof(lower)) return 0;
    if (w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT)) return 0;
    if (patient_flags(r, i) & (PATIENT_NEVER | PATIENT_COMMON)) return 0;
    struct bytes word = scan_word(r->scan, i);
    for (size_t k = 0; k < word.len; k++) lower[k] = text_to_lower(word.ptr[k]);
    for (size_t k = 0; k < p->long_count; k++) {
        const struct patient_long *known = &p->longs[k];
        /* Most differ in both ends. */
        if (known->text[0] != lower[0] && known->text[known->len - 1] != lower[word.len - 1]) continue;
        if (!patient_is_near(known->text, known->len, lower, word.len)) continue;
        return patient_report(r, i, i, (struct finding) { .entity = (enum entity) known->entity, .score = PATIENT_SCORE_MISSPELT });
    }
    return 0;
}

/* ---- numbers, places, dates ---- */

/* The longest one that begins here. */
static int patient_number(const struct patient_reader *r, uint32_t i) {
    struct number_run n;
    const struct patient_entry *best = NULL;
    uint32_t last = i;
    number_run_begin(&n, r->scan, i);
    while (number_run_next(&n, PATIENT_NUMBER_KNOWN_LEN_MIN)) {
        const struct patient_entry *e = patient_find(r->patient, PATIENT_KIND_NUMBER, n.hash);
        if (!e) continue;
        best = e;
        last = n.last;
    }
    if (!best) return 0;
    return patient_report(r, i, last, (struct finding) { .entity = (enum entity) best->entity, .score = PATIENT_SCORE_FACT });
}

/* "Street" is "St." too. */
static bool patient_phrase_word(const struct patient_reader *r, uint32_t i, uint64_t wanted) {
    if (r->scan->words[i].hash == wanted) return true;
    const struct dictionary *d = r->scratch->engine->dictionary;
    return (patient_flags(r, i) & dictionary_flags(d, dictionary_find(d, wanted)) & FLAG_BIT(FLAG_STREET_SUFFIX)) != 0;
}

static int patient_phrase(const struct patient_reader *r, uint32_t i, const struct patient_phrase *phrase) {
    const struct scan *scan = r->scan;
    uint32_t count = 1;
    if (phrase->needs_capital && !word_is_capital(&scan->words[i])) return 0;
    while (count < phrase->count && i + count < scan->word_count && scan->words[i + count].gap != GAP_BREAK
           && patient_phrase_word(r, i + count, phrase->words[count]))
        count++;
    if (count < phrase->least) return 0;
    return patient_report(r, i, i + count - 1, (struct finding) { .entity = (enum entity) phrase->entity, .score = PATIENT_SCORE_FACT });
}

static int patient_phrases(const struct patient_reader *r, uint32_t i) {
    const struct patient_entry *e = patient_find(r->patient, PATIENT_KIND_PHRASE, r->scan->words[i].hash);
    for (uint32_t k = e ? e->phrase : 0; k; k = r->patient->phrases[k - 1].next) {
        int error = patient_phrase(r, i, &r->patient->phrases[k - 1]);
        if (error < 0) return error;
    }
    return 0;
}

static const struct patient_date *patient_date_find(const struct patient *p, const struct date_written *d) {
    for (size_t i = 0; i < p->date_count; i++) {
        const struct patient_date *known = &p->dates[i];
        if (date_written_is(d, known->year, known->month, known->day)) return known;
    }
    return NULL;
}

/* His name and his date of birth in one document: it is his. */
static int patient_birth_date(const struct patient_reader *r, uint32_t i) {
    struct span place = scan_span(r->scan, i);
    struct date_written d;
    if (r->patient->date_count == 0 || !date_written_read(r->scan->text, place.begin, &d)) return 0;
    const struct patient_date *known = patient_date_find(r->patient, &d);
    if (!known) return 0;
    struct patient_person *person = &r->patient->persons[known->person];
    r->patient->is_covered |= person->is_named || person->is_numbered;
    struct finding f = { .span = { .begin = place.begin, .end = d.end }, .entity = ENTITY_BIRTH_DATE, .score = PATIENT_SCORE_FACT, .source = FINDING_ROSTER,
                         .recognizer = RECOGNIZER_REPEAT };
    return scratch_add(r->scratch, f, false);
}

static int patient_at(const struct patient_reader *r, uint32_t i) {
    const struct word *w = &r->scan->words[i];
    int error = 0;
    if (number_run_may_begin(r->scan, i)) error = patient_number(r, i);
    if (error == 0 && r->patient->phrase_count > 0) error = patient_phrases(r, i);
    if (error == 0) error = patient_birth_date(r, i);
    if (error < 0 || !word_is_letters(w)) return error;
    const struct patient_entry *e = patient_word(r, i);
    if (!e) return patient_misspelt(r, i);
    return patient_matches(r, i, e) ? patient_name(r, i, e) : 0;
}

int recognizer_patient_run(struct patient *p, struct scratch *s) {
    const struct patient_reader r = { .patient = p, .scratch = s, .scan = &s->scan };
    for (uint32_t i = s->scan.core_first; i < s->scan.core_end; i++) {
        int error = patient_at(&r, i);
        if (error < 0) return error;
    }
    return 0;
}
