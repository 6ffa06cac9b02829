/* The second pass: who was named once with certainty is found wherever the document names him again, whole or in part. */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/recognizer.h"

enum { PATIENT_SCORE_MIN = 850, PATIENT_SCORE = 880, PATIENT_SCORE_COMMON = 690, /* below a protected phrase */ PATIENT_NUMBER_LEN_MIN = 5, PATIENT_PARTS_MAX = 4096 };

struct patient_part {
    uint64_t hash; /* of the word; 0: free */
    enum entity entity;
    bool is_common; /* also an ordinary word, drug, place in the body … */
};

struct patient {
    struct patient_part *parts; /* open addressing, twice as many places as parts */
    size_t mask;
    size_t count;
};

int recognizer_patient_new(struct scratch *s, struct patient **out_patient) {
    struct patient *p = arena_alloc(&s->arena, 1, sizeof(*p));
    if (!p) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    *out_patient = p;
    return 0;
}

bool recognizer_patient_is_empty(const struct patient *p) {
    return p->count == 0;
}

static struct patient_part *patient_place(const struct patient *p, uint64_t hash) {
    size_t at = (hash >> 20) & p->mask;
    while (p->parts[at].hash != 0 && p->parts[at].hash != hash) at = (at + 1) & p->mask;
    return &p->parts[at];
}

static int patient_grow(struct patient *p, struct scratch *s) {
    struct patient grown = { .mask = p->parts ? 2 * p->mask + 1 : 63, .count = p->count };
    grown.parts = arena_alloc(&s->arena, grown.mask + 1, sizeof(*grown.parts));
    if (!grown.parts) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    for (size_t i = 0; p->parts && i <= p->mask; i++) {
        if (p->parts[i].hash != 0) *patient_place(&grown, p->parts[i].hash) = p->parts[i];
    }
    *p = grown;
    return 0;
}

static int patient_add(struct patient *p, struct scratch *s, const struct patient_part *part) {
    if (p->count >= PATIENT_PARTS_MAX) return 0; /* a register, not a patient's document: every entry stands in its own field */
    if (!p->parts || 2 * (p->count + 1) > p->mask) {
        int r = patient_grow(p, s);
        if (r < 0) return r;
    }
    struct patient_part *place = patient_place(p, part->hash);
    if (place->hash == 0) {
        *place = *part;
        p->count++;
    } else if (part->entity < place->entity) {
        place->entity = part->entity; /* PATIENT before PERSON before PROVIDER */
    }
    return 0;
}

#define PATIENT_NEVER                                                                                                             \
    (FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_TITLE) | FLAG_BIT(FLAG_RELATION) | FLAG_BIT(FLAG_ROLE) | FLAG_BIT(FLAG_UNIT)              \
     | FLAG_BIT(FLAG_PARTICLE))
#define PATIENT_COMMON                                                                                                            \
    (FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_ANATOMY) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_EPONYM)        \
     | FLAG_BIT(FLAG_EPONYM_HEAD) | FLAG_BIT(FLAG_MONTH) | FLAG_BIT(FLAG_WEEKDAY) | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_CREDENTIAL) \
     | FLAG_BIT(FLAG_FACILITY_HEAD) | FLAG_BIT(FLAG_FACILITY_WORD) | FLAG_BIT(FLAG_STATE_CODE) | FLAG_BIT(FLAG_STATE)               \
     | FLAG_BIT(FLAG_VERB_PERSON) | FLAG_BIT(FLAG_CITY) | FLAG_BIT(FLAG_DEMONYM))

static int patient_learn_word(struct patient *p, struct scratch *s, struct bytes word, size_t readable, enum entity entity) {
    uint8_t shape;
    struct patient_part part = { .entity = entity };
    bool digits = text_is_digit(word.ptr[0]);
    if (digits != !entity_is_person(entity)) return 0;
    if (digits ? word.len < PATIENT_NUMBER_LEN_MIN : word.len < 2) return 0;
    part.hash = word_hash(word.ptr, word.len, readable, &shape);
    uint64_t flags = dictionary_flags(s->engine->dictionary, dictionary_find(s->engine->dictionary, part.hash));
    if (flags & PATIENT_NEVER) return 0;
    part.is_common = !digits && ((flags & PATIENT_COMMON) != 0 || word.len <= 2);
    return patient_add(p, s, &part);
}

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

int recognizer_patient_learn(struct patient *p, struct scratch *s, struct bytes text, const struct finding *findings, size_t count) {
    for (size_t k = 0; k < count; k++) {
        struct span span = findings[k].span;
        if (!patient_teaches(&findings[k]) || span_len(span) > 128) continue;
        for (size_t i = span.begin; i < span.end;) {
            size_t begin = i;
            bool digits = text_is_digit(text.ptr[i]);
            while (i < span.end && (digits ? text_is_digit(text.ptr[i]) : patient_is_letter(text.ptr[i]))) i++;
            if (i == begin) {
                i++;
                continue;
            }
            int r = patient_learn_word(p, s, bytes_make(text.ptr + begin, i - begin), text.len - begin, findings[k].entity);
            if (r < 0) return r;
        }
    }
    return 0;
}

static const struct patient_part *patient_find(const struct patient *p, uint64_t hash) {
    const struct patient_part *part = patient_place(p, hash);
    return part->hash == 0 ? NULL : part;
}

static bool patient_gap_is_near(uint8_t gap) {
    return gap == GAP_SPACE || gap == GAP_COMMA || gap == GAP_HYPHEN || gap == GAP_APOSTROPHE || gap == GAP_PERIOD_SPACE;
}

/* A name that is also an ordinary word needs more: a neighbour of the same name, a title, or a capital where none is due. */
static bool patient_common_is_name(const struct patient *p, const struct scratch *s, uint32_t i) {
    const struct scan *scan = &s->scan;
    const struct word *w = &scan->words[i];
    if (!word_is_capital(w)) return false;
    if (i + 1 < scan->word_count && patient_gap_is_near(scan->words[i + 1].gap) && patient_find(p, scan->words[i + 1].hash)) return true;
    if (i == 0 || !patient_gap_is_near(w->gap)) return false;
    if (patient_find(p, scan->words[i - 1].hash)) return true;
    if (scan_flags(scan, s->engine->dictionary, i - 1) & FLAG_BIT(FLAG_TITLE)) return true;
    if ((w->shape & WORD_UPPER) && w->len > 1 && (scan->words[i - 1].shape & WORD_UPPER)) return false;
    return w->gap == GAP_SPACE && !word_is_capital(&scan->words[i - 1]) && word_is_letters(&scan->words[i - 1]);
}

static bool patient_matches(const struct patient *p, const struct scratch *s, uint32_t i, const struct patient_part *part) {
    const struct word *w = &s->scan.words[i];
    if (w->shape & (WORD_TOUCHES_LEFT | WORD_TOUCHES_RIGHT)) return (w->shape & WORD_DIGITS) != 0;
    if (w->shape & WORD_DIGITS) return true;
    if (part->is_common) return patient_common_is_name(p, s, i);
    return word_is_capital(w) || w->len >= 4;
}

int recognizer_patient_run(const struct patient *p, struct scratch *s) {
    const struct scan *scan = &s->scan;
    for (uint32_t i = scan->core_first; i < scan->core_end; i++) {
        const struct patient_part *part = patient_find(p, scan->words[i].hash);
        if (!part || !patient_matches(p, s, i, part)) continue;
        struct finding f = { .span = scan_span(scan, i), .entity = part->entity, .score = part->is_common ? PATIENT_SCORE_COMMON : PATIENT_SCORE, .source = FINDING_ROSTER,
                             .recognizer = RECOGNIZER_REPEAT };
        int r = scratch_add(s, f, false);
        if (r < 0) return r;
    }
    return 0;
}
