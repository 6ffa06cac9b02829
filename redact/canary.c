#include "redact/canary.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "redact/engine.h"

enum { CANARY_VALUES = 9, CANARY_VALUE_LEN = 64, CANARY_TEXT_LEN = 1024, CANARY_VIEW_LEN_MAX = 1 << 16 };

struct canary_value {
    enum entity entity;
    char text[CANARY_VALUE_LEN];
};

struct canary_patient {
    struct canary_value values[CANARY_VALUES]; /* in the order of canary_kinds */
};

enum canary_kind { CANARY_GIVEN, CANARY_FAMILY, CANARY_DOCTOR, CANARY_MRN, CANARY_SSN, CANARY_PHONE, CANARY_EMAIL, CANARY_BIRTH, CANARY_STREET };

/* A stream of numbers that the seed decides. */
struct canary_dice {
    uint8_t bytes[512];
    size_t at;
};

static unsigned canary_roll(struct canary_dice *d, unsigned sides) {
    must(d->at + 2 <= sizeof(d->bytes));
    unsigned n = (unsigned) d->bytes[d->at] << 8 | d->bytes[d->at + 1];
    d->at += 2;
    return n % sides;
}

/* No name of a list and no English word, so that no stand-in is ever equal to one. The three names of one patient begin differently: what is
 * kept of one is nothing of another. */
static void canary_name(struct canary_dice *d, enum canary_kind kind, char *out) {
    static const char *const all[][4] = { [CANARY_GIVEN] = { "Quor", "Zeb", "Vask", "Jux" }, [CANARY_FAMILY] = { "Wynth", "Thryl", "Korv", "Drax" },
                                          [CANARY_DOCTOR] = { "Xand", "Brylo", "Phax", "Mivv" } };
    const char *const *begins = all[kind];
    static const char *const ends[] = { "vane", "ulith", "morrow", "andrel", "quist", "obin", "ettrin", "ofar", "ymir", "igast" };
    int n = snprintf(out, CANARY_VALUE_LEN, "%s%s", begins[canary_roll(d, 4)], ends[canary_roll(d, array_count(ends))]);
    must(n > 0 && n < CANARY_VALUE_LEN);
}

static void canary_set(struct canary_patient *p, enum canary_kind kind, enum entity e, int printed) {
    must(printed > 0 && printed < CANARY_VALUE_LEN);
    p->values[kind].entity = e;
}

/* Telephone numbers 555-01xx, the domain .example and the SSN's area 9xx belong to nobody (NANP, RFC 2606, SSA). */
static void canary_draw(struct canary_dice *d, unsigned number, struct canary_patient *p) {
    canary_name(d, CANARY_GIVEN, p->values[CANARY_GIVEN].text);
    canary_name(d, CANARY_FAMILY, p->values[CANARY_FAMILY].text);
    canary_name(d, CANARY_DOCTOR, p->values[CANARY_DOCTOR].text);
    canary_set(p, CANARY_GIVEN, ENTITY_PATIENT, 1);
    canary_set(p, CANARY_FAMILY, ENTITY_PATIENT, 1);
    canary_set(p, CANARY_DOCTOR, ENTITY_PROVIDER, 1);
    canary_set(p, CANARY_MRN, ENTITY_MRN, snprintf(p->values[CANARY_MRN].text, CANARY_VALUE_LEN, "9%03u%04u", number, canary_roll(d, 10000)));
    canary_set(p, CANARY_SSN, ENTITY_SSN,
               snprintf(p->values[CANARY_SSN].text, CANARY_VALUE_LEN, "219-%02u-%04u", 10 + canary_roll(d, 90), 1000 + canary_roll(d, 9000)));
    canary_set(p, CANARY_PHONE, ENTITY_PHONE,
               snprintf(p->values[CANARY_PHONE].text, CANARY_VALUE_LEN, "(%03u) 555-01%02u", 212 + canary_roll(d, 500), canary_roll(d, 100)));
    canary_set(p, CANARY_EMAIL, ENTITY_EMAIL,
               snprintf(p->values[CANARY_EMAIL].text, CANARY_VALUE_LEN, "%.16s.%u@clinic.example", p->values[CANARY_FAMILY].text, canary_roll(d, 10000)));
    canary_set(p, CANARY_BIRTH, ENTITY_BIRTH_DATE,
               snprintf(p->values[CANARY_BIRTH].text, CANARY_VALUE_LEN, "%02u/%02u/%u", 1 + canary_roll(d, 12), 1 + canary_roll(d, 28), 1960 + canary_roll(d, 40)));
    canary_set(p, CANARY_STREET, ENTITY_STREET,
               snprintf(p->values[CANARY_STREET].text, CANARY_VALUE_LEN, "%u %.16s Street", 1000 + canary_roll(d, 9000), p->values[CANARY_DOCTOR].text));
}

static int canary_write_note(const struct canary_patient *p, char *out) {
    const struct canary_value *v = p->values;
    return snprintf(out, CANARY_TEXT_LEN,
                    "Patient: %s %s\nMRN: %s\nDOB: %s\nSSN: %s\nPhone: %s\nEmail: %s\nAddress: %s\nAttending: Dr. %s\n\n"
                    "History of present illness: Mr. %s reports no chest pain.\nAssessment: stable on metoprolol 25 mg.\n",
                    v[CANARY_GIVEN].text, v[CANARY_FAMILY].text, v[CANARY_MRN].text, v[CANARY_BIRTH].text, v[CANARY_SSN].text, v[CANARY_PHONE].text,
                    v[CANARY_EMAIL].text, v[CANARY_STREET].text, v[CANARY_DOCTOR].text, v[CANARY_FAMILY].text);
}

static int canary_write_table(const struct canary_patient *p, char *out) {
    const struct canary_value *v = p->values;
    return snprintf(out, CANARY_TEXT_LEN,
                    "MRN,Patient Name,DOB,SSN,Phone,Email,Medication\n%s,\"%s, %s\",%s,%s,%s,%s,metoprolol\n%s,\"%s, %s\",%s,%s,%s,%s,metoprolol\n",
                    v[CANARY_MRN].text, v[CANARY_FAMILY].text, v[CANARY_GIVEN].text, v[CANARY_BIRTH].text, v[CANARY_SSN].text, v[CANARY_PHONE].text,
                    v[CANARY_EMAIL].text, v[CANARY_MRN].text, v[CANARY_FAMILY].text, v[CANARY_GIVEN].text, v[CANARY_BIRTH].text, v[CANARY_SSN].text,
                    v[CANARY_PHONE].text, v[CANARY_EMAIL].text);
}

static bool canary_holds(struct bytes text, const char *what) {
    return text.len > 0 && memmem(text.ptr, text.len, what, strlen(what)) != NULL;
}

/* What the document held and the policy does not keep must be gone from the view. */
static void canary_look(const struct engine *e, const struct canary_patient *p, struct bytes text, struct bytes view, struct canary_report *r) {
    bool sections = e->profile.sections_keep[0] || e->profile.sections_drop[0];
    for (size_t i = 0; i < CANARY_VALUES; i++) {
        const struct canary_value *v = &p->values[i];
        if (e->profile.action[v->entity] == ACTION_KEEP || !canary_holds(text, v->text)) continue;
        r->identifiers++;
        if (!canary_holds(view, v->text)) continue;
        if (r->leaked++ == 0) r->entity = v->entity;
    }
    r->lost += !sections && !canary_holds(view, "metoprolol");
}

struct canary_work {
    const struct engine *engine;
    struct scratch *scratch;
    struct vault *vault;
    crypto_generichash_state digest; /* of the views so far */
    struct canary_report report;
};

static int canary_render(struct canary_work *w, const struct document *d, const struct canary_patient *p) {
    struct redaction red;
    struct canary_report *r = &w->report;
    redaction_init(&red, CANARY_VIEW_LEN_MAX);
    int error = redact_document(w->engine, w->scratch, w->vault, d, &red);
    r->documents++;
    if (error < 0 || red.refusal != REFUSAL_NONE) {
        if (r->refused++ == 0) r->refusal = red.refusal;
        error = error == -ENOMEM ? error : 0;
    } else {
        canary_look(w->engine, p, d->content, buf_bytes(&red.view), r);
        crypto_generichash_update(&w->digest, red.view.ptr, red.view.len);
    }
    redaction_release(&red);
    return error;
}

int canary_run(const struct engine *e, struct scratch *s, struct vault *v, const uint8_t seed[CANARY_SEED_LEN], struct canary_report *out) {
    static_assert(CANARY_SEED_LEN == randombytes_SEEDBYTES, "the dice take such seeds");
    struct canary_work w = { .engine = e, .scratch = s, .vault = v };
    struct canary_dice dice = { .at = 0 };
    int error = 0;
    randombytes_buf_deterministic(dice.bytes, sizeof(dice.bytes), seed);
    crypto_generichash_init(&w.digest, NULL, 0, sizeof(w.report.digest));
    for (unsigned i = 0; i < CANARY_PATIENTS && error == 0; i++) {
        struct canary_patient p = { 0 };
        char text[CANARY_TEXT_LEN], path[64];
        bool table = i % 2 == 1;
        canary_draw(&dice, i, &p);
        int n = table ? canary_write_table(&p, text) : canary_write_note(&p, text);
        must(n > 0 && n < CANARY_TEXT_LEN);
        int m = snprintf(path, sizeof(path), ".canaries/%u.%s", i, table ? "csv" : "txt");
        must(m > 0 && (size_t) m < sizeof(path));
        const struct document d = { .content = bytes_make(text, (size_t) n), .path = bytes_make(path, (size_t) m), .is_self_test = true };
        error = canary_render(&w, &d, &p);
    }
    crypto_generichash_final(&w.digest, w.report.digest, sizeof(w.report.digest));
    if (error == 0) *out = w.report;
    return error;
}

bool canary_passed(const struct canary_report *r, struct problem *why) {
    if (r->leaked > 0)
        ignore(problem_set(why, 0, "the self-test found %u of %u identifiers in its own views, the first a %s: the policy does not redact", r->leaked,
                           r->identifiers, entity_name(r->entity))); /* the result says it all */
    else if (r->refused > 0)
        ignore(problem_set(why, 0, "%u of %u self-test documents were refused (%s): %s", r->refused, r->documents, refusal_name(r->refusal),
                           refusal_help(r->refusal)));
    else if (r->lost > 0)
        ignore(problem_set(why, 0, "the self-test lost clinical text in %u of %u documents: the policy redacts everything", r->lost, r->documents));
    return r->leaked == 0 && r->refused == 0 && r->lost == 0;
}
