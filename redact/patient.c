#include "redact/patient.h"

#include <errno.h>

#include "conf/base/text.h"
#include "redact/engine.h"
#include "redact/fold.h"

int patient_new(struct scratch *s, struct patient **out_patient) {
    struct patient *p = arena_alloc(&s->arena, 1, sizeof(*p));
    if (!p) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    *out_patient = p;
    return 0;
}

bool patient_is_empty(const struct patient *p) {
    return p->count == 0 && p->date_count == 0;
}

static uint64_t patient_key(enum patient_kind kind, uint64_t hash) {
    return (hash ^ (uint64_t) kind << 62) | 1;
}

static struct patient_entry *patient_place(const struct patient *p, uint64_t key) {
    size_t at = (key >> 20) & p->mask;
    while (p->entries[at].hash != 0 && p->entries[at].hash != key) at = (at + 1) & p->mask;
    return &p->entries[at];
}

const struct patient_entry *patient_find(const struct patient *p, enum patient_kind kind, uint64_t hash) {
    if (p->count == 0) return NULL;
    const struct patient_entry *e = patient_place(p, patient_key(kind, hash));
    return e->hash == 0 ? NULL : e;
}

static int patient_grow(struct patient *p, struct scratch *s) {
    size_t mask = p->entries ? 2 * p->mask + 1 : 127, old_mask = p->mask;
    struct patient_entry *old = p->entries, *entries = arena_alloc(&s->arena, mask + 1, sizeof(*entries));
    if (!entries) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    p->entries = entries;
    p->mask = mask;
    for (size_t i = 0; old && i <= old_mask; i++) {
        if (old[i].hash != 0) *patient_place(p, old[i].hash) = old[i];
    }
    return 0;
}

/* *out_entry: the one that is there, or the new one; NULL past the limit: a register, not a patient's document, whose entries stand in fields. */
static int patient_put(struct patient *p, struct scratch *s, const struct patient_entry *e, struct patient_entry **out_entry) {
    *out_entry = NULL;
    if (p->count >= PATIENT_ENTRIES_MAX) return 0;
    if (!p->entries || 2 * (p->count + 1) > p->mask) {
        int r = patient_grow(p, s);
        if (r < 0) return r;
    }
    struct patient_entry *place = patient_place(p, e->hash);
    if (place->hash == 0) {
        *place = *e;
        p->count++;
    } else {
        if (e->entity < place->entity) place->entity = e->entity; /* PATIENT before PERSON before PROVIDER */
        if (e->need < place->need) place->need = e->need;
    }
    *out_entry = place;
    return 0;
}

static int patient_put_word(struct patient *p, struct scratch *s, uint64_t hash, enum entity entity, enum patient_need need) {
    struct patient_entry *place, e = { .hash = patient_key(PATIENT_KIND_WORD, hash), .entity = (uint8_t) entity, .need = (uint8_t) need };
    return patient_put(p, s, &e, &place);
}

static void patient_keep_letters(struct patient *p, struct bytes word, enum entity entity) {
    if (word.len < PATIENT_LONG_LEN_MIN || word.len > PATIENT_LONG_LEN_MAX || p->long_count == PATIENT_LONG_MAX) return;
    struct patient_long *to = &p->longs[p->long_count];
    *to = (struct patient_long) { .len = (uint8_t) word.len, .entity = (uint8_t) entity };
    for (size_t i = 0; i < word.len; i++) to->text[i] = text_to_lower(word.ptr[i]);
    for (size_t i = 0; i < p->long_count; i++) {
        if (p->longs[i].len == to->len && memcmp(p->longs[i].text, to->text, to->len) == 0) return;
    }
    p->long_count++;
}

/* Short forms of a given name; those that are ordinary words ("Will", "Bill") only of the patient himself. */
static int patient_put_nicknames(struct patient *p, struct scratch *s, uint64_t given, struct patient_lesson l) {
    const uint64_t *forms;
    size_t count = nickname_find(s->engine->nicknames, given, &forms);
    for (size_t i = 0; i < count; i++) {
        uint64_t flags = dictionary_flags(s->engine->dictionary, dictionary_find(s->engine->dictionary, forms[i]));
        bool ordinary = (flags & (PATIENT_NEVER | PATIENT_COMMON)) != 0;
        if (ordinary && !l.is_known) continue;
        int r = patient_put_word(p, s, forms[i], l.entity, ordinary ? PATIENT_NEEDS_CONTEXT : PATIENT_NEEDS_NOTHING);
        if (r < 0) return r;
    }
    return 0;
}

int patient_add_word(struct patient *p, struct scratch *s, struct bytes word, struct patient_lesson l) {
    uint8_t shape;
    if (word.len < 2 || text_is_digit(word.ptr[0])) return 0;
    uint64_t hash = word_hash(word.ptr, word.len, word.len, &shape);
    uint64_t flags = dictionary_flags(s->engine->dictionary, dictionary_find(s->engine->dictionary, hash));
    bool never = (flags & PATIENT_NEVER) != 0, common = (flags & PATIENT_COMMON) != 0 || word.len <= 2;
    enum patient_need need = PATIENT_NEEDS_NOTHING;
    if (never && (!l.is_known || (flags & FLAG_BIT(FLAG_PARTICLE)))) return 0;
    if (never || (common && !l.is_known)) need = PATIENT_NEEDS_CONTEXT;
    else if (common) need = PATIENT_NEEDS_CAPITAL;
    int r = patient_put_word(p, s, hash, l.entity, need);
    if (r == 0 && l.entity != ENTITY_PROVIDER) r = patient_put_nicknames(p, s, hash, l);
    patient_keep_letters(p, word, l.entity);
    return r;
}

static bool patient_is_year(const uint8_t *digits, size_t len) {
    return len == 4 && (memcmp(digits, "19", 2) == 0 || memcmp(digits, "20", 2) == 0);
}

int patient_add_number(struct patient *p, struct scratch *s, struct bytes number, struct patient_lesson l) {
    uint8_t form[ROSTER_NUMBER_LEN_MAX], shape;
    size_t len = roster_normal_number(number, form), least = l.is_known ? PATIENT_NUMBER_KNOWN_LEN_MIN : PATIENT_NUMBER_LEN_MIN;
    if (len < least || patient_is_year(form, len)) return 0;
    struct patient_entry *place, e = { .hash = patient_key(PATIENT_KIND_NUMBER, word_hash(form, len, len, &shape)), .entity = (uint8_t) l.entity };
    return patient_put(p, s, &e, &place);
}

/* ---- what a roster knows ---- */

struct patient_person *patient_meet(struct patient *p, const struct roster *roster, uint32_t id) {
    for (size_t i = 0; i < p->person_count; i++) {
        if (p->persons[i].roster == roster && p->persons[i].id == id) return &p->persons[i];
    }
    if (p->person_count == PATIENT_PERSONS_MAX) return NULL;
    struct patient_person *person = &p->persons[p->person_count++];
    *person = (struct patient_person) { .roster = roster, .id = id };
    return person;
}

/* Words of a value, as documents are split. */
struct patient_words {
    struct bytes items[PATIENT_PHRASE_WORDS_MAX];
    uint64_t hashes[PATIENT_PHRASE_WORDS_MAX];
    size_t count;
};

static int patient_split(struct scratch *s, struct bytes value, struct patient_words *out) {
    struct bytes text;
    struct map map = { 0 };
    *out = (struct patient_words) { .count = 0 };
    if (fold_text(&s->arena, value, &text, &map) < 0) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    for (size_t i = 0; i < text.len && out->count < PATIENT_PHRASE_WORDS_MAX;) {
        size_t begin = i;
        bool digits = text_is_digit(text.ptr[i]);
        uint8_t shape;
        while (i < text.len && (digits ? text_is_digit(text.ptr[i]) : (text_is_alpha(text.ptr[i]) || text.ptr[i] >= 0x80))) i++;
        if (i == begin) {
            i++;
            continue;
        }
        out->items[out->count] = bytes_make(text.ptr + begin, i - begin);
        out->hashes[out->count++] = word_hash(text.ptr + begin, i - begin, i - begin, &shape);
    }
    return 0;
}

static int patient_add_phrase(struct patient *p, struct scratch *s, const uint64_t *words, const struct patient_phrase *like) {
    struct patient_entry *place, e = { .hash = patient_key(PATIENT_KIND_PHRASE, words[0]) };
    if (p->phrase_count == PATIENT_PHRASES_MAX) return 0;
    if (!p->phrases) p->phrases = arena_alloc(&s->arena, PATIENT_PHRASES_MAX, sizeof(*p->phrases));
    if (!p->phrases) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    int r = patient_put(p, s, &e, &place);
    if (r < 0 || !place) return r;
    struct patient_phrase *to = &p->phrases[p->phrase_count++];
    *to = *like;
    memcpy(to->words, words, like->count * sizeof(*words));
    to->next = place->phrase;
    place->phrase = (uint32_t) p->phrase_count;
    return 0;
}

/* "O'Brien" is also written "OBrien", "Smith-Jones" "Smithjones". */
static int patient_add_joined(struct patient *p, struct scratch *s, const struct patient_words *w, struct patient_lesson l) {
    uint8_t joined[2 * PATIENT_LONG_LEN_MAX];
    if (w->count != 2 || w->items[0].len + w->items[1].len > sizeof(joined)) return 0;
    memcpy(joined, w->items[0].ptr, w->items[0].len);
    memcpy(joined + w->items[0].len, w->items[1].ptr, w->items[1].len);
    size_t len = w->items[0].len + w->items[1].len;
    return len < 5 ? 0 : patient_add_word(p, s, bytes_make(joined, len), l);
}

/* "Oks" for Oksana, "Lazy" for Lazaro, which no list has: the first letters of a name, where they do what people do. */
static int patient_add_cut(struct patient *p, struct scratch *s, struct bytes word, enum entity entity) {
    enum { CUT_LEN_MIN = 3, CUT_LEN_MAX = 4 };
    int r = 0;
    for (size_t len = CUT_LEN_MIN; r == 0 && len <= CUT_LEN_MAX && len < word.len; len++) {
        uint8_t shape, form[CUT_LEN_MAX + 1];
        if (text_is_digit(word.ptr[0]) || word.ptr[len] >= 0x80) break;
        memcpy(form, word.ptr, len);
        form[len] = 'y';
        r = patient_put_word(p, s, word_hash(form, len, len, &shape), entity, PATIENT_NEEDS_CONTEXT);
        if (r == 0) r = patient_put_word(p, s, word_hash(form, len + 1, len + 1, &shape), entity, PATIENT_NEEDS_CONTEXT);
    }
    return r;
}

static int patient_add_name(struct patient *p, struct scratch *s, enum roster_field field, const struct patient_words *w) {
    struct patient_lesson l = { .entity = roster_entity(field), .is_known = true };
    int r = 0;
    for (size_t i = 0; r == 0 && i < w->count; i++) {
        uint8_t first = text_to_upper(w->items[i].ptr[0]);
        if (field != ROSTER_FAMILY && text_is_upper(first)) p->initials |= 1u << (first - 'A');
        r = patient_add_word(p, s, w->items[i], l);
        if (r == 0 && field != ROSTER_FAMILY) r = patient_add_cut(p, s, w->items[i], l.entity);
    }
    struct patient_phrase phrase = { .count = (uint8_t) w->count, .least = (uint8_t) w->count, .entity = (uint8_t) l.entity };
    if (r == 0 && w->count >= 2) r = patient_add_phrase(p, s, w->hashes, &phrase);
    if (r == 0 && field != ROSTER_NAME && field != ROSTER_RELATIVE) r = patient_add_joined(p, s, w, l);
    return r;
}

static int patient_add_place(struct patient *p, struct scratch *s, enum roster_field field, const struct patient_words *w) {
    struct patient_phrase phrase = { .count = (uint8_t) w->count, .least = (uint8_t) w->count, .entity = (uint8_t) roster_entity(field), .needs_capital = true };
    if (w->count == 0) return 0;
    if (field != ROSTER_STREET) return patient_add_phrase(p, s, w->hashes, &phrase);
    bool numbered = text_is_digit(w->items[0].ptr[0]);
    phrase.least = w->count < 2 ? 1 : 2;
    phrase.needs_capital = !numbered;
    int r = w->count >= 2 ? patient_add_phrase(p, s, w->hashes, &phrase) : 0;
    if (r < 0 || !numbered || w->count < 3) return r;
    /* "lives on Maple Grove Lane" */
    phrase.count--;
    phrase.needs_capital = true;
    return patient_add_phrase(p, s, w->hashes + 1, &phrase);
}

static void patient_add_date(struct patient *p, struct bytes value, size_t person) {
    unsigned n[3] = { 0 };
    if (value.len != 8 || p->date_count == PATIENT_DATES_MAX) return;
    for (size_t i = 0; i < 8; i++) {
        unsigned *to = &n[i < 4 ? 0 : i < 6 ? 1 : 2];
        *to = *to * 10 + (unsigned) (value.ptr[i] - '0');
    }
    p->dates[p->date_count++] = (struct patient_date) { (uint16_t) n[0], (uint8_t) n[1], (uint8_t) n[2], (uint32_t) person };
}

static int patient_add_phone(struct patient *p, struct scratch *s, struct bytes value, struct patient_lesson l) {
    enum { AREA_LEN = 3, PHONE_LEN = 10 };
    uint8_t form[ROSTER_NUMBER_LEN_MAX];
    size_t len = roster_normal_number(value, form);
    int r = patient_add_number(p, s, value, l);
    return r < 0 || len != PHONE_LEN ? r : patient_add_number(p, s, bytes_make(form + AREA_LEN, PHONE_LEN - AREA_LEN), l);
}

/* "MRN-00482913" is also written without its letters. */
static int patient_add_id(struct patient *p, struct scratch *s, const struct patient_words *w, struct bytes value, struct patient_lesson l) {
    enum { BARE_LEN_MIN = 5 };
    int r = patient_add_number(p, s, value, l);
    bool prefixed = w->count == 2 && text_is_alpha(w->items[0].ptr[0]) && w->items[1].len >= BARE_LEN_MIN;
    return r < 0 || !prefixed ? r : patient_add_number(p, s, w->items[1], l);
}

static int patient_add_fact(struct patient *p, struct scratch *s, size_t person, const struct roster_fact *f) {
    struct bytes value = roster_value(p->persons[person].roster, f);
    enum roster_field field = (enum roster_field) f->field;
    struct patient_words w = { .count = 0 };
    struct patient_lesson l = { .entity = field == ROSTER_FOLDER ? ENTITY_PATIENT : roster_entity(field), .is_known = true };
    int r = patient_split(s, value, &w);
    if (r < 0) return r;
    switch (field) {
    case ROSTER_GIVEN: case ROSTER_FAMILY: case ROSTER_NAME: case ROSTER_RELATIVE: return patient_add_name(p, s, field, &w);
    case ROSTER_BIRTH_DATE: patient_add_date(p, value, person); return 0;
    case ROSTER_PHONE: case ROSTER_FAX:
        return patient_add_phone(p, s, value, l);
    case ROSTER_MRN: case ROSTER_SSN: case ROSTER_ACCOUNT: case ROSTER_HEALTH_PLAN: case ROSTER_LICENSE: case ROSTER_OTHER_ID:
        return patient_add_id(p, s, &w, value, l);
    case ROSTER_ZIP: return w.count > 0 ? patient_add_number(p, s, w.items[0], l) : 0;
    case ROSTER_EMAIL: case ROSTER_STREET: case ROSTER_CITY: case ROSTER_COUNTY: case ROSTER_EMPLOYER: return patient_add_place(p, s, field, &w);
    case ROSTER_FOLDER: case ROSTER_FIELD_COUNT: return 0;
    }
    return 0;
}

int patient_add_persons(struct patient *p, struct scratch *s) {
    int r = 0;
    for (size_t person = 0; r == 0 && person < p->person_count; person++) {
        size_t count;
        const struct roster_fact *facts = roster_facts(p->persons[person].roster, p->persons[person].id, &count);
        if (p->persons[person].is_added) continue;
        p->persons[person].is_added = true;
        for (size_t i = 0; r == 0 && i < count; i++) r = patient_add_fact(p, s, person, &facts[i]);
    }
    return r;
}
