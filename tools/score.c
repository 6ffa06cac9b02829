#include "tools/score.h"

#include <errno.h>
#include <math.h>

#include "conf/base/size.h"
#include "conf/base/text.h"

enum { MARK_PREDICTED = 1, MARK_REQUIRED = 2, MARK_OPTIONAL = 4 };

/* One table for the names of all evaluation sets: label, then the entities that fit it. */
static const struct {
    const char *name;
    const char *entities; /* between spaces */
} fits[] = {
    { "NAME", " PATIENT PERSON PROVIDER NAME " },
    { "PROVIDER", " PROVIDER PERSON PATIENT NAME " },
    { "DATE", " DATE BIRTH_DATE HOLIDAY DATE_TIME " },
    { "HOSPITAL", " FACILITY EMPLOYER ORGANIZATION " },
    { "ORG", " EMPLOYER FACILITY ORGANIZATION " },
    { "LOCATION", " CITY COUNTY STATE STREET ZIP GEOCODE FACILITY LOCATION " },
    { "STREET", " STREET LOCATION " },
    { "CITY", " CITY COUNTY LOCATION " },
    { "ZIP", " ZIP " },
    { "PHONE", " PHONE FAX PHONE_NUMBER " },
    { "FAX", " FAX PHONE PHONE_NUMBER " },
    { "EMAIL", " EMAIL EMAIL_ADDRESS " },
    { "SSN", " SSN US_SSN US_ITIN " },
    { "MRN", " MRN MEDICAL_RECORD_NUMBER " },
    { "ACCOUNT", " ACCOUNT CREDIT_CARD IBAN_CODE US_BANK_NUMBER " },
    { "HEALTH_PLAN", " HEALTH_PLAN US_MBI " },
    { "LICENSE", " LICENSE PROVIDER_ID US_DRIVER_LICENSE MEDICAL_LICENSE US_NPI " },
    { "IP", " IP IP_ADDRESS " },
    { "DEVICE", " DEVICE MAC_ADDRESS " },
    { "ID_OTHER", " ENCOUNTER ACCESSION ORDER SPECIMEN UID OTHER_ID " },
    { "BIOMETRIC", " BIOMETRIC OTHER_ID " },
    { "PHOTO", " PHOTO OTHER_ID URL " },
};

bool score_type_fits(const char *name, const char *entity) {
    if (strcmp(name, entity) == 0) return true;
    char word[GOLD_NAME_LEN_MAX + 3];
    if (snprintf(word, sizeof(word), " %s ", entity) >= (int) sizeof(word)) return false;
    for (size_t i = 0; i < array_count(fits); i++) {
        if (strcmp(fits[i].name, name) == 0) return strstr(fits[i].entities, word) != NULL;
    }
    return false;
}

static bool counts(uint8_t c) {
    return text_is_alnum(c) || c >= 0x80;
}

static struct span cut(struct span s, size_t len) {
    return (struct span) { size_min(s.begin, len), size_min(s.end, len) };
}

static void mark(uint8_t *marks, const struct gold_labels *labels, size_t len, uint8_t bit) {
    for (size_t i = 0; i < labels->count; i++) {
        struct span s = cut(labels->items[i].span, len);
        for (size_t k = s.begin; k < s.end; k++) marks[k] |= bit;
    }
}

static bool any(const uint8_t *marks, struct span s, uint8_t bits) {
    for (size_t k = s.begin; k < s.end; k++) {
        if (marks[k] & bits) return true;
    }
    return false;
}

struct scoring {
    struct score *score;
    const struct score_document *d;
    const uint8_t *marks;
    score_listener listener;
    void *context;
};

static void tell(const struct scoring *x, enum score_error error, struct span span, uint16_t name) {
    if (x->listener) x->listener(x->context, error, x->d->gold, span, name);
}

static bool typed(const struct scoring *x, const struct gold_label *label) {
    for (size_t i = 0; i < x->d->predictions->count; i++) {
        const struct gold_label *p = &x->d->predictions->items[i];
        bool overlap = p->span.begin < label->span.end && label->span.begin < p->span.end;
        if (overlap && score_type_fits(x->d->set->names[label->name], x->d->names[p->name])) return true;
    }
    return false;
}

/* Returns whether the span leaks. */
static bool score_required(const struct scoring *x, const struct gold_label *label) {
    uint64_t bytes = 0, covered = 0;
    for (size_t k = label->span.begin; k < label->span.end; k++) {
        if (!counts((uint8_t) x->d->gold->text[k])) continue;
        bytes++;
        covered += x->marks[k] & MARK_PREDICTED;
    }
    struct score_class *to[] = { &x->score->all, &x->score->classes[label->name] };
    bool fitting = typed(x, label);
    for (size_t i = 0; i < array_count(to); i++) {
        to[i]->count++;
        to[i]->full += covered == bytes;
        to[i]->touched += covered > 0;
        to[i]->typed += fitting;
        to[i]->bytes += bytes;
        to[i]->bytes_leaked += bytes - covered;
    }
    if (covered < bytes) tell(x, SCORE_LEAK, label->span, label->name);
    return covered < bytes;
}

static void score_protected(const struct scoring *x) {
    for (size_t i = 0; i < x->d->gold->protect.count; i++) {
        const struct gold_label *zone = &x->d->gold->protect.items[i];
        bool hit = any(x->marks, zone->span, MARK_PREDICTED);
        struct score_kind *to[] = { &x->score->protect, &x->score->kinds[zone->name] };
        for (size_t k = 0; k < array_count(to); k++) {
            to[k]->count++;
            to[k]->hit += hit;
        }
        if (hit) tell(x, SCORE_PROTECT, zone->span, zone->name);
    }
}

static void score_predictions(const struct scoring *x) {
    for (size_t i = 0; i < x->d->predictions->count; i++) {
        const struct gold_label *p = &x->d->predictions->items[i];
        struct span s = cut(p->span, x->d->gold->text_len);
        bool right = any(x->marks, s, MARK_REQUIRED | MARK_OPTIONAL);
        x->score->predictions_right += right;
        x->score->predictions_wrong += !right;
        if (!right) tell(x, SCORE_OVER, s, p->name);
    }
    for (size_t k = 0; k < x->d->gold->text_len; k++) {
        if (!counts((uint8_t) x->d->gold->text[k]) || (x->marks[k] & (MARK_REQUIRED | MARK_OPTIONAL))) continue;
        x->score->rest_bytes++;
        x->score->over_bytes += x->marks[k] & MARK_PREDICTED;
    }
}

int score_add(struct score *s, const struct score_document *d, score_listener listener, void *context) {
    const struct gold *g = d->gold;
    _cleanup_(free_ptr) uint8_t *marks = calloc(g->text_len + 1, 1);
    if (!marks) return -ENOMEM;
    mark(marks, d->predictions, g->text_len, MARK_PREDICTED);
    mark(marks, &g->spans, g->text_len, MARK_REQUIRED);
    mark(marks, &g->optional, g->text_len, MARK_OPTIONAL);
    struct scoring x = { s, d, marks, listener, context };
    bool leak = false;
    for (size_t i = 0; i < g->spans.count; i++) leak |= score_required(&x, &g->spans.items[i]);
    s->documents++;
    s->documents_leaked += leak;
    score_predictions(&x);
    score_protected(&x);
    return 0;
}

void score_interval(uint64_t hits, uint64_t count, double *out_low, double *out_high) {
    const double z = 1.959963984540054; /* the normal distribution's 97.5 % point */
    if (count == 0) {
        *out_low = 0;
        *out_high = 1;
        return;
    }
    double n = (double) count, p = (double) hits / n;
    double middle = p + z * z / (2 * n), half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)), scale = 1 + z * z / n;
    *out_low = fmax(0, (middle - half) / scale);
    *out_high = fmin(1, (middle + half) / scale);
}

static void merge_class(struct score_class *to, const struct score_class *from) {
    to->count += from->count;
    to->full += from->full;
    to->touched += from->touched;
    to->typed += from->typed;
    to->bytes += from->bytes;
    to->bytes_leaked += from->bytes_leaked;
}

void score_merge(struct score *to, const struct score *from) {
    to->documents += from->documents;
    to->documents_leaked += from->documents_leaked;
    to->documents_refused += from->documents_refused;
    to->predictions_right += from->predictions_right;
    to->predictions_wrong += from->predictions_wrong;
    to->rest_bytes += from->rest_bytes;
    to->over_bytes += from->over_bytes;
    merge_class(&to->all, &from->all);
    to->protect.count += from->protect.count;
    to->protect.hit += from->protect.hit;
    for (size_t i = 0; i < GOLD_NAME_COUNT_MAX; i++) {
        merge_class(&to->classes[i], &from->classes[i]);
        to->kinds[i].count += from->kinds[i].count;
        to->kinds[i].hit += from->kinds[i].hit;
    }
}
