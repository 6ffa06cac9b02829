#include "redact/roster.h"

#include <assert.h>
#include <errno.h>

#include "conf/base/size.h"
#include "conf/base/text.h"
#include "redact/dictionary.h"
#include "redact/fold.h"

enum { ROSTER_WORDS_MAX = 8, ROSTER_FACTS_MAX = 256 /* a person's */ };

struct roster {
    struct buf values;  /* the values' bytes, one after another */
    struct buf facts;   /* struct roster_fact */
    struct buf persons; /* uint32_t: index of the person's first fact */
    size_t person_count;
    size_t fact_count;
    struct roster_entry *entries; /* open addressing */
    size_t mask;
    size_t entry_count;
    size_t part_count;
    size_t folder_count; /* facts that name one */
    /* One bit a key, by its top bits: most words of a document are nobody's, and a look at the table costs a miss of the cache. Parts have a small
     * one of their own, as every word is asked for. */
    uint64_t *filters[2];
    unsigned filter_shift[2];
};

static const enum entity roster_entities[ROSTER_FIELD_COUNT] = {
    [ROSTER_GIVEN] = ENTITY_PATIENT, [ROSTER_FAMILY] = ENTITY_PATIENT, [ROSTER_NAME] = ENTITY_PATIENT, [ROSTER_RELATIVE] = ENTITY_PERSON,
    [ROSTER_BIRTH_DATE] = ENTITY_BIRTH_DATE, [ROSTER_MRN] = ENTITY_MRN, [ROSTER_SSN] = ENTITY_SSN, [ROSTER_ACCOUNT] = ENTITY_ACCOUNT,
    [ROSTER_HEALTH_PLAN] = ENTITY_HEALTH_PLAN, [ROSTER_LICENSE] = ENTITY_LICENSE, [ROSTER_OTHER_ID] = ENTITY_OTHER_ID,
    [ROSTER_PHONE] = ENTITY_PHONE, [ROSTER_FAX] = ENTITY_FAX, [ROSTER_EMAIL] = ENTITY_EMAIL, [ROSTER_STREET] = ENTITY_STREET,
    [ROSTER_CITY] = ENTITY_CITY, [ROSTER_COUNTY] = ENTITY_COUNTY, [ROSTER_ZIP] = ENTITY_ZIP, [ROSTER_EMPLOYER] = ENTITY_EMPLOYER,
};

enum entity roster_entity(enum roster_field field) {
    must((unsigned) field < ROSTER_FOLDER);
    return roster_entities[field];
}

int roster_new(struct roster **out_roster) {
    struct roster *r = calloc(1, sizeof(*r));
    if (!r) return -ENOMEM;
    buf_init(&r->values, UINT32_MAX);
    buf_init(&r->facts, (size_t) 16 << 30);
    buf_init(&r->persons, sizeof(uint32_t) * ((size_t) ROSTER_PERSONS_MAX + 1));
    *out_roster = r;
    return 0;
}

void roster_free(struct roster *r) {
    if (!r) return;
    buf_release(&r->values);
    buf_release(&r->facts);
    buf_release(&r->persons);
    if (r->entries) explicit_bzero(r->entries, (r->mask + 1) * sizeof(*r->entries)); /* hashes of short values can be guessed */
    free(r->entries);
    for (size_t i = 0; i < array_count(r->filters); i++) free(r->filters[i]);
    free(r);
}

size_t roster_person_count(const struct roster *r) {
    return r->person_count;
}

size_t roster_len(const struct roster *r) {
    size_t len = r->values.capacity + r->facts.capacity + r->persons.capacity + (r->entries ? (r->mask + 1) * sizeof(*r->entries) : 0);
    for (size_t i = 0; i < array_count(r->filters); i++) len += r->filters[i] ? ((size_t) 1 << (64 - r->filter_shift[i])) / 8 : 0;
    return len;
}

static const struct roster_fact *roster_fact_at(const struct roster *r, size_t i) {
    return (const struct roster_fact *) (const void *) r->facts.ptr + i;
}

static size_t roster_first_fact(const struct roster *r, size_t person) {
    uint32_t first;
    if (person >= r->person_count) return r->fact_count;
    memcpy(&first, r->persons.ptr + person * sizeof(first), sizeof(first));
    return first;
}

const struct roster_fact *roster_facts(const struct roster *r, uint32_t person, size_t *out_count) {
    size_t first = roster_first_fact(r, person);
    *out_count = roster_first_fact(r, (size_t) person + 1) - first;
    return roster_fact_at(r, first);
}

struct bytes roster_value(const struct roster *r, const struct roster_fact *f) {
    return bytes_make(r->values.ptr + f->offset, f->len);
}

/* ---- what readers put in ---- */

static void roster_note(struct roster_reader *r, const char *why) {
    struct roster_report *to = r->report;
    if (!to || to->reason_count == ROSTER_REASONS_MAX) return;
    const char *slash = strrchr(r->path, '/');
    struct roster_reason *reason = &to->reasons[to->reason_count++];
    *reason = (struct roster_reason) { .line = r->line, .why = why };
    ignore(snprintf(reason->path, sizeof(reason->path), "%s", slash ? slash + 1 : r->path)); /* cut: the line is what counts */
}

int roster_refuse(const struct roster_reader *r, const char *why) {
    return problem_set(r->problem, -EBADMSG, "%s:%zu: %s", r->path, r->line, why);
}

int roster_begin_person(struct roster_reader *r) {
    int error = roster_end_person(r);
    if (error < 0) return error;
    if (r->roster->person_count == ROSTER_PERSONS_MAX) return problem_set(r->problem, -E2BIG, "%s:%zu: more than %d patients", r->path, r->line, ROSTER_PERSONS_MAX);
    uint32_t first = (uint32_t) r->roster->fact_count;
    error = buf_append(&r->roster->persons, bytes_make(&first, sizeof(first)));
    if (error < 0) return problem_set(r->problem, error, "%s: out of memory", r->path);
    r->roster->person_count++;
    r->facts_before = r->roster->fact_count;
    r->open = true;
    return 0;
}

int roster_end_person(struct roster_reader *r) {
    if (!r->open) return 0;
    r->open = false;
    if (r->roster->fact_count > r->facts_before) {
        if (r->report) r->report->person_count++;
        return 0;
    }
    r->roster->person_count--;
    r->roster->persons.len -= sizeof(uint32_t);
    if (r->report) r->report->rows_refused++;
    roster_note(r, "no value of a patient that can be used");
    return 0;
}

static struct bytes roster_trim(struct bytes b) {
    while (b.len > 0 && text_is_space(b.ptr[0])) b = bytes_make(b.ptr + 1, b.len - 1);
    while (b.len > 0 && text_is_space(b.ptr[b.len - 1])) b.len--;
    return b;
}

size_t roster_normal_number(struct bytes text, uint8_t out[ROSTER_NUMBER_LEN_MAX]) {
    size_t len = 0;
    bool digit = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (!text_is_alnum(c)) continue;
        if (c == '0' && len == 0) continue;
        if (len == ROSTER_NUMBER_LEN_MAX) return 0;
        digit |= text_is_digit(c);
        out[len++] = text_to_upper(c);
    }
    /* +1 (555) 010-1234 */
    if (len == 11 && out[0] == '1') memmove(out, out + 1, --len);
    return digit ? len : 0;
}

static size_t roster_count(struct bytes b, bool (*is)(uint8_t)) {
    size_t n = 0;
    for (size_t i = 0; i < b.len; i++) n += is(b.ptr[i]);
    return n;
}

static bool roster_is_letter(uint8_t c) {
    return text_is_alpha(c) || c >= 0x80;
}

/* YYYY-MM-DD (also with a time behind), YYYYMMDD…, M/D/YYYY: to YYYYMMDD. */
static bool roster_birth_date(struct bytes in, char out[9]) {
    unsigned parts[3] = { 0 };
    size_t lens[3] = { 0 }, n = 0;
    if (in.len >= 8 && roster_count(bytes_make(in.ptr, 8), text_is_digit) == 8) {
        memcpy(out, in.ptr, 8);
    } else {
        for (size_t i = 0; i < in.len && n < 3; i++) {
            if (text_is_digit(in.ptr[i])) {
                parts[n] = parts[n] * 10 + (unsigned) (in.ptr[i] - '0');
                if (++lens[n] > 4) return false;
            } else if (lens[n] == 0 || ++n == 3 || !strchr("-/.", in.ptr[i])) {
                break;
            }
        }
        bool year_first = lens[0] == 4;
        unsigned y = year_first ? parts[0] : parts[2], m = year_first ? parts[1] : parts[0], d = year_first ? parts[2] : parts[1];
        if (lens[1] == 0 || lens[2] == 0 || (!year_first && lens[2] != 4) || m > 12 || d > 31) return false;
        ignore(snprintf(out, 9, "%04u%02u%02u", y % 10000, m % 100, d % 100)); /* bounded above */
    }
    int month = (out[4] - '0') * 10 + out[5] - '0', day = (out[6] - '0') * 10 + out[7] - '0';
    return (out[0] == '1' || out[0] == '2') && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Why a value cannot be used; NULL: it can. *value may be replaced by its normal form in form. */
static const char *roster_fault(enum roster_field field, struct bytes *value, char form[9]) {
    size_t letters = roster_count(*value, roster_is_letter), digits = roster_count(*value, text_is_digit);
    if (value->len > ROSTER_VALUE_LEN_MAX) return "value longer than 255 bytes";
    if (!text_utf8_is_valid(*value)) return "value is not UTF-8";
    switch (field) {
    case ROSTER_GIVEN:
    case ROSTER_FAMILY:
    case ROSTER_NAME:
    case ROSTER_RELATIVE: return letters > 0 && digits == 0 ? NULL : "name without letters, or with digits";
    case ROSTER_BIRTH_DATE:
        if (!roster_birth_date(*value, form)) return "birth date is not YYYY-MM-DD, YYYYMMDD or MM/DD/YYYY";
        *value = bytes_make(form, 8);
        return NULL;
    case ROSTER_SSN: return digits == 9 && letters == 0 ? NULL : "social security number without nine digits";
    case ROSTER_PHONE:
    case ROSTER_FAX: return digits >= 7 ? NULL : "telephone number with fewer than seven digits";
    case ROSTER_ZIP: return digits >= 5 ? NULL : "ZIP code with fewer than five digits";
    case ROSTER_EMAIL: return memchr(value->ptr, '@', value->len) ? NULL : "e-mail address without @";
    case ROSTER_MRN:
    case ROSTER_ACCOUNT:
    case ROSTER_HEALTH_PLAN:
    case ROSTER_LICENSE:
    case ROSTER_OTHER_ID: return digits >= 3 ? NULL : "number with fewer than three digits";
    case ROSTER_STREET:
    case ROSTER_CITY:
    case ROSTER_COUNTY:
    case ROSTER_EMPLOYER: return letters > 1 ? NULL : "place or organisation without letters";
    case ROSTER_FOLDER: return value->ptr[0] != '/' && !memmem(value->ptr, value->len, "..", 2) ? NULL : "folder is not below the source";
    case ROSTER_FIELD_COUNT: break;
    }
    return "unknown";
}

int roster_put(struct roster_reader *r, enum roster_field field, struct bytes value) {
    char form[9] = "";
    value = roster_trim(value);
    if (value.len == 0) return 0;
    const char *fault = roster_fault(field, &value, form);
    if (!fault && r->roster->fact_count - r->facts_before >= ROSTER_FACTS_MAX) fault = "more than 256 values of one patient";
    if (fault) {
        if (r->report) r->report->values_refused++;
        roster_note(r, fault);
        return 0;
    }
    while (field == ROSTER_FOLDER && value.len > 1 && value.ptr[value.len - 1] == '/') value.len--;
    struct roster_fact fact = { .offset = (uint32_t) r->roster->values.len, .len = (uint8_t) value.len, .field = (uint8_t) field };
    int error = buf_append(&r->roster->values, value);
    if (error == 0) error = buf_append(&r->roster->facts, bytes_make(&fact, sizeof(fact)));
    if (error < 0) return problem_set(r->problem, error, "%s:%zu: %s", r->path, r->line, error == -E2BIG ? "more values than a roster can hold" : "out of memory");
    r->roster->fact_count++;
    r->roster->folder_count += field == ROSTER_FOLDER;
    if (r->report) r->report->value_count++;
    return 0;
}

static bool roster_begins_segment(struct bytes text) {
    while (text.len > 0 && (text.ptr[0] == 0x0B || text_is_space(text.ptr[0]))) text = bytes_make(text.ptr + 1, text.len - 1);
    return bytes_starts_with(text, BYTES("MSH")) || bytes_starts_with(text, BYTES("FHS")) || bytes_starts_with(text, BYTES("BHS"));
}

int roster_add(struct roster *roster, struct bytes text, const char *path, struct roster_report *report, struct problem *p) {
    struct roster_reader r = { .roster = roster, .report = report, .path = path, .problem = p, .line = 1 };
    must(!roster->entries);
    if (text.len > ROSTER_LEN_MAX) return problem_set(p, -E2BIG, "%s: larger than a roster may be (1 GiB)", path);
    if (bytes_starts_with(text, BYTES("\xEF\xBB\xBF"))) text = bytes_make(text.ptr + 3, text.len - 3);
    struct bytes head = roster_trim(text);
    if (head.len == 0) return roster_refuse(&r, "empty; a roster is a CSV export, FHIR Patient resources or HL7 v2 messages");
    int error;
    if (head.ptr[0] == '{' || head.ptr[0] == '[') error = roster_read_fhir(&r, text);
    else if (roster_begins_segment(head)) error = roster_read_hl7(&r, text);
    else error = roster_read_csv(&r, text);
    if (error == 0) error = roster_end_person(&r);
    return error;
}

/* ---- the index ---- */

static struct roster_entry *roster_place(const struct roster *r, uint64_t key) {
    size_t at = (key >> 20) & r->mask;
    while (r->entries[at].hash != 0 && r->entries[at].hash != key) at = (at + 1) & r->mask;
    return &r->entries[at];
}

static int roster_grow(struct roster *r) {
    size_t mask = r->entries ? 2 * r->mask + 1 : 1023;
    struct roster_entry *old = r->entries, *entries = calloc(mask + 1, sizeof(*entries));
    size_t old_count = old ? r->mask + 1 : 0;
    if (!entries) return -ENOMEM;
    r->entries = entries;
    r->mask = mask;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].hash != 0) *roster_place(r, old[i].hash) = old[i];
    }
    if (old) explicit_bzero(old, old_count * sizeof(*old));
    free(old);
    return 0;
}

static int roster_index(struct roster *r, enum roster_kind kind, uint64_t hash, uint32_t person, enum entity entity) {
    uint64_t key = roster_key(kind, hash);
    if (!r->entries || 10 * (r->entry_count + 1) > 7 * (r->mask + 1)) {
        int error = roster_grow(r);
        if (error < 0) return error;
    }
    struct roster_entry *e = roster_place(r, key);
    if (e->hash == 0) {
        *e = (struct roster_entry) { .hash = key, .person = person, .entity = (uint8_t) entity, .is_part = kind == ROSTER_KIND_PART };
        r->entry_count++;
        r->part_count += e->is_part;
    } else if (e->person != person) {
        e->shared = true;
    }
    return 0;
}

/* Words of a value as documents are split. */
struct roster_words {
    uint64_t hashes[ROSTER_WORDS_MAX];
    size_t lens[ROSTER_WORDS_MAX];
    bool digits[ROSTER_WORDS_MAX];
    size_t count;
};

static int roster_split(struct arena *arena, struct bytes value, struct roster_words *out) {
    struct bytes text;
    struct map map = { 0 };
    *out = (struct roster_words) { .count = 0 };
    int r = fold_text(arena, value, &text, &map);
    for (size_t i = 0; r == 0 && i < text.len && out->count < ROSTER_WORDS_MAX;) {
        size_t begin = i;
        bool digits = text_is_digit(text.ptr[i]);
        while (i < text.len && (digits ? text_is_digit(text.ptr[i]) : roster_is_letter(text.ptr[i]))) i++;
        if (i == begin) {
            i++;
            continue;
        }
        uint8_t shape;
        out->hashes[out->count] = word_hash(text.ptr + begin, i - begin, i - begin, &shape);
        out->lens[out->count] = i - begin;
        out->digits[out->count++] = digits;
    }
    return r;
}

/* A person's words of given and of family names, for the pairs. */
struct roster_names {
    uint64_t given[ROSTER_WORDS_MAX], family[ROSTER_WORDS_MAX];
    size_t given_count, family_count;
};

static void roster_names_add(uint64_t *list, size_t *count, const struct roster_words *w, size_t first, size_t end) {
    for (size_t i = first; i < end && *count < ROSTER_WORDS_MAX; i++) {
        if (w->lens[i] >= 2 && !w->digits[i]) list[(*count)++] = w->hashes[i];
    }
}

static int roster_index_parts(struct roster *r, uint32_t person, enum entity entity, const struct roster_words *w) {
    for (size_t i = 0; i < w->count; i++) {
        int error = w->lens[i] >= 2 && !w->digits[i] ? roster_index(r, ROSTER_KIND_PART, w->hashes[i], person, entity) : 0;
        if (error < 0) return error;
    }
    return 0;
}

static int roster_index_pairs(struct roster *r, uint32_t person, enum entity entity, const struct roster_names *n) {
    for (size_t g = 0; g < n->given_count; g++) {
        for (size_t f = 0; f < n->family_count; f++) {
            int error = roster_index(r, ROSTER_KIND_PAIR, roster_pair(n->given[g], n->family[f]), person, entity);
            if (error < 0) return error;
        }
    }
    return 0;
}

static int roster_index_whole(struct roster *r, uint32_t person, enum entity entity, const struct roster_words *w) {
    struct roster_names n = { .given_count = 0 };
    /* Which of the words is the family name nobody has said: any two of them are a pair. */
    roster_names_add(n.given, &n.given_count, w, 0, w->count);
    for (size_t a = 0; a < n.given_count; a++) {
        for (size_t b = a + 1; b < n.given_count; b++) {
            int error = roster_index(r, ROSTER_KIND_PAIR, roster_pair(n.given[a], n.given[b]), person, entity);
            if (error < 0) return error;
        }
    }
    return 0;
}

static int roster_index_number(struct roster *r, uint32_t person, enum entity entity, struct bytes value) {
    uint8_t form[ROSTER_NUMBER_LEN_MAX], shape;
    size_t len = roster_normal_number(value, form);
    if (len < ROSTER_NUMBER_LEN_MIN) return 0;
    return roster_index(r, ROSTER_KIND_NUMBER, word_hash(form, len, len, &shape), person, entity);
}

static uint64_t roster_folder_hash(struct bytes folder) {
    uint64_t hash = 1469598103934665603u; /* FNV-1a: case counts in paths */
    for (size_t i = 0; i < folder.len; i++) hash = (hash ^ folder.ptr[i]) * 1099511628211u;
    return hash;
}

static int roster_index_fact(struct roster *r, uint32_t person, const struct roster_fact *f, struct arena *arena, struct roster_names *names) {
    enum roster_field field = (enum roster_field) f->field;
    struct roster_words w = { .count = 0 };
    int error = 0;
    if (field == ROSTER_FOLDER) return roster_index(r, ROSTER_KIND_FOLDER, roster_folder_hash(roster_value(r, f)), person, ENTITY_PATIENT);
    enum entity entity = roster_entity(field);
    if (entity_is_person(entity)) error = roster_split(arena, roster_value(r, f), &w);
    if (error < 0) return error;
    switch (field) {
    case ROSTER_GIVEN: roster_names_add(names->given, &names->given_count, &w, 0, w.count); return roster_index_parts(r, person, entity, &w);
    case ROSTER_FAMILY: roster_names_add(names->family, &names->family_count, &w, 0, w.count); return roster_index_parts(r, person, entity, &w);
    case ROSTER_NAME:
    case ROSTER_RELATIVE: error = roster_index_parts(r, person, entity, &w); return error < 0 ? error : roster_index_whole(r, person, entity, &w);
    case ROSTER_MRN: case ROSTER_SSN: case ROSTER_ACCOUNT: case ROSTER_HEALTH_PLAN: case ROSTER_LICENSE: case ROSTER_OTHER_ID:
    case ROSTER_PHONE: case ROSTER_FAX: return roster_index_number(r, person, entity, roster_value(r, f));
    case ROSTER_BIRTH_DATE: case ROSTER_EMAIL: case ROSTER_STREET: case ROSTER_CITY: case ROSTER_COUNTY: case ROSTER_ZIP: case ROSTER_EMPLOYER: case ROSTER_FOLDER:
    case ROSTER_FIELD_COUNT: return 0;
    }
    return 0;
}

/* Sixteen bits a key, at least 2^16: one false answer in sixteen. */
static int roster_filter(struct roster *r, bool parts) {
    unsigned bits = 16;
    size_t count = parts ? r->part_count : r->entry_count - r->part_count;
    while (bits < 30 && ((size_t) 1 << bits) < 16 * count) bits++;
    uint64_t *filter = calloc((size_t) 1 << (bits - 6), sizeof(*filter));
    if (!filter) return -ENOMEM;
    for (size_t i = 0; i <= r->mask; i++) {
        if (r->entries[i].hash == 0 || r->entries[i].is_part != parts) continue;
        uint64_t bit = r->entries[i].hash >> (64 - bits);
        filter[bit >> 6] |= UINT64_C(1) << (bit & 63);
    }
    r->filters[parts] = filter;
    r->filter_shift[parts] = 64 - bits;
    return 0;
}

int roster_seal(struct roster *r, struct problem *p) {
    struct arena arena;
    int error = roster_grow(r);
    arena_init(&arena, 1 << 20);
    for (uint32_t person = 0; error == 0 && person < r->person_count; person++) {
        struct roster_names names = { .given_count = 0 };
        size_t count;
        const struct roster_fact *facts = roster_facts(r, person, &count);
        for (size_t i = 0; error == 0 && i < count; i++) error = roster_index_fact(r, person, &facts[i], &arena, &names);
        if (error == 0) error = roster_index_pairs(r, person, ENTITY_PATIENT, &names);
        arena_reset(&arena);
    }
    arena_release(&arena);
    if (error == 0) error = roster_filter(r, false);
    if (error == 0) error = roster_filter(r, true);
    return error < 0 ? problem_set(p, error, "not enough memory for the roster's index") : 0;
}

const struct roster_entry *roster_find(const struct roster *r, enum roster_kind kind, uint64_t hash) {
    uint64_t key = roster_key(kind, hash);
    size_t parts = kind == ROSTER_KIND_PART;
    uint64_t bit = key >> r->filter_shift[parts];
    if (!(r->filters[parts][bit >> 6] >> (bit & 63) & 1)) return NULL;
    const struct roster_entry *e = roster_place(r, key);
    return e->hash == 0 ? NULL : e;
}

/* Several persons of one folder: all are looked at. */
static size_t roster_of_shared_folder(const struct roster *r, struct bytes folder, uint32_t *out_persons, size_t max) {
    size_t found = 0;
    for (uint32_t person = 0; person < r->person_count && found < max; person++) {
        size_t count;
        const struct roster_fact *facts = roster_facts(r, person, &count);
        for (size_t i = 0; i < count && found < max; i++) {
            if (facts[i].field == ROSTER_FOLDER && bytes_equal(roster_value(r, &facts[i]), folder)) out_persons[found++] = person;
        }
    }
    return found;
}

size_t roster_of_folder(const struct roster *r, struct bytes path, uint32_t *out_persons, size_t max) {
    size_t found = 0;
    for (size_t end = 1; r->folder_count > 0 && end <= path.len && found < max; end++) {
        if (end < path.len && path.ptr[end] != '/') continue;
        struct bytes folder = bytes_make(path.ptr, end);
        const struct roster_entry *e = roster_find(r, ROSTER_KIND_FOLDER, roster_folder_hash(folder));
        if (!e) continue;
        if (e->shared) found += roster_of_shared_folder(r, folder, out_persons + found, max - found);
        else out_persons[found++] = e->person;
    }
    return found;
}
