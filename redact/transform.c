#include "redact/transform.h"

#include <errno.h>

#include "conf/base/size.h"
#include "conf/base/text.h"
#include "redact/date.h"
#include "redact/identity.h"
#include "redact/keymap.h"
#include "redact/mention.h"
#include "redact/normalize.h"
#include "redact/surrogate.h"
#include "redact/zip3.h"

enum { TRANSFORM_AGE_MAX = 89, TRANSFORM_TITLE_LEN = 16, TRANSFORM_ROUNDS_MAX = 16 };

/* One finding, or a token that no edit wrote, on its way to an edit. */
struct transform_item {
    struct span span;
    enum entity entity;     /* as shown */
    enum action action;
    uint8_t kind;           /* of finding.kind */
    struct bytes surface;   /* without possessive */
    struct bytes possessive;
    struct bytes normal;
    uint32_t request;       /* of its coin */
};

/* Whose name it is, beyond the document (tokens.md: never one person by name alone): the record's patient is one person under all of his names;
 * another name of the record is that of somebody around him; who treats is the same for all patients, and none of them. Where the document belongs
 * to no record, a name is all there is. */
struct transform_owner {
    struct bytes record;
    bool one_patient;
};

struct transform_work {
    const struct transform *t;
    struct bytes text;
    struct transform_item *items;
    size_t count;
    struct vault_request *requests;
    struct vault_coin *coins;
    size_t request_count;
    struct keymap labels;   /* entity and normal form -> number */
    uint32_t label_count[ENTITY_COUNT + PROFILE_KINDS_MAX];
    struct vault_standin *standins;
    size_t standin_count;
    struct transform_owner owner;
    int32_t offset_days;    /* of dates; 0: none drawn */
    size_t *written;        /* of each edit: bytes of its token or label, without possessive */
    uint16_t year_now;
    bool is_name;           /* a file name: no brackets */
    bool has_old_age;       /* an age of 90 or more stands in the document: no birth year then */
};

static int transform_fail(int error, enum refusal why, enum refusal *out_why) {
    if (out_why) *out_why = error == -ENOMEM ? REFUSAL_MEMORY : why;
    return error;
}

static int transform_copy(const struct transform_work *w, struct bytes head, struct bytes tail, struct bytes *out) {
    size_t len = 0;
    if (!size_add(head.len, tail.len, &len)) return -EOVERFLOW;
    uint8_t *to = arena_alloc_dirty(w->t->arena, len + 1, 1);
    if (!to) return -ENOMEM;
    if (head.len > 0) memcpy(to, head.ptr, head.len);
    if (tail.len > 0) memcpy(to + head.len, tail.ptr, tail.len);
    *out = bytes_make(to, len);
    return 0;
}

/* ---- items ------------------------------------------------------------------------------------------------------------------------- */

/* "'s" and its typographic form stay outside: [PATIENT_KTVHMQX]'s. */
static size_t transform_possessive_len(struct bytes s) {
    static const char *const forms[] = { "'s", "'S", "\xe2\x80\x99s", "\xe2\x80\x99S" };
    for (size_t i = 0; i < array_count(forms); i++) {
        struct bytes form = bytes_from_string(forms[i]);
        if (s.len > form.len && bytes_ends_with(s, form)) return form.len;
    }
    return 0;
}

static struct transform_item transform_item_of(const struct transform_work *w, const struct finding *f) {
    struct bytes all = bytes_slice(w->text, f->span);
    size_t tail = entity_is_person(f->entity) ? transform_possessive_len(all) : 0;
    must(f->kind <= w->t->profile->kind_count);
    return (struct transform_item) {
        .span = f->span,
        .entity = f->entity,
        .action = f->is_section ? ACTION_DROP : f->kind ? w->t->profile->kinds[f->kind - 1].action : w->t->profile->action[f->entity],
        .kind = f->kind,
        .surface = bytes_make(all.ptr, all.len - tail),
        .possessive = bytes_make(tail ? all.ptr + all.len - tail : NULL, tail),
    };
}

/* A string that reads as a token of ours is an identifier like any other: coded where identifiers are, so that it comes back exactly. */
static struct transform_item transform_item_planted(const struct transform_work *w, struct span span) {
    enum action a = w->t->profile->action[ENTITY_OTHER_ID];
    struct transform_item item = { .span = span, .entity = ENTITY_OTHER_ID, .surface = bytes_slice(w->text, span) };
    item.action = a == ACTION_KEEP ? ACTION_LABEL : a;
    return item;
}

static bool transform_mention_is_dangerous(const struct mention *m) {
    return m->class == MENTION_EXACT || m->class == MENTION_NORMALISED || m->class == MENTION_LABEL;
}

static int transform_collect(struct transform_work *w, const struct finding *findings, size_t count) {
    w->items = arena_alloc(w->t->arena, count + 1, sizeof(*w->items));
    if (!w->items) return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        must(findings[i].span.end <= w->text.len && (i == 0 || findings[i - 1].span.end <= findings[i].span.begin));
        if (!span_is_empty(findings[i].span)) w->items[w->count++] = transform_item_of(w, &findings[i]);
    }
    return 0;
}

/* ---- identity ---------------------------------------------------------------------------------------------------------------------- */

static bool transform_needs_identity(const struct transform_item *item) {
    return entity_is_person(item->entity) && item->action != ACTION_KEEP && item->action != ACTION_DROP;
}

static int transform_resolve_persons(struct transform_work *w) {
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) n += transform_needs_identity(&w->items[i]);
    if (n == 0) return 0;
    struct identity_name *names = arena_alloc(w->t->arena, n, sizeof(*names));
    if (!names) return -ENOMEM;
    size_t k = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct transform_item *item = &w->items[i];
        if (!transform_needs_identity(item)) continue;
        size_t before = size_min(item->span.begin, TRANSFORM_TITLE_LEN);
        names[k].entity = item->entity;
        names[k].surface = item->surface;
        names[k].before = bytes_make(w->text.ptr + item->span.begin - before, before);
        k++;
    }
    int r = identity_resolve(names, n, w->t->arena);
    if (r < 0) return r;
    k = 0;
    for (size_t i = 0; i < w->count; i++) {
        struct transform_item *item = &w->items[i];
        if (!transform_needs_identity(item)) continue;
        item->normal = names[k].normal;
        item->entity = names[k].role;
        /* The role that the document settled decides, so that one person reads the same everywhere; but no role makes a name readable. */
        enum action by_role = w->t->profile->action[item->entity];
        if (by_role != ACTION_KEEP) item->action = by_role;
        k++;
    }
    return 0;
}

/* The word that tokens and labels show. */
static const char *transform_word(const struct transform_work *w, const struct transform_item *item) {
    return item->kind ? w->t->profile->kinds[item->kind - 1].name : entity_name(item->entity);
}

/* A class of the site's own has values of its own: COHORT 17 is not OTHER_ID 17. Its name decides, not its place, which a site may change. */
static int transform_normalise_kind(struct transform_work *w, struct transform_item *item) {
    struct bytes name = bytes_from_string(transform_word(w, item));
    return transform_copy(w, bytes_make(name.ptr, name.len + 1), item->normal, &item->normal);
}

static int transform_normalise(struct transform_work *w) {
    int r = transform_resolve_persons(w);
    for (size_t i = 0; i < w->count && r == 0; i++) {
        struct transform_item *item = &w->items[i];
        if (!item->normal.ptr) r = normalize_value(item->entity, item->surface, w->t->arena, &item->normal);
        if (r == 0 && item->kind) r = transform_normalise_kind(w, item);
    }
    return r;
}

/* ---- ages ------------------------------------------------------------------------------------------------------------------------- */

/* The largest number an age's spelling names; -1 none. Decimals count by their whole part. */
static int transform_age_of(struct bytes s) {
    int largest = -1;
    for (size_t i = 0; i < s.len;) {
        if (!text_is_digit(s.ptr[i])) {
            i++;
            continue;
        }
        int n = 0;
        while (i < s.len && text_is_digit(s.ptr[i])) {
            if (n < 100000) n = n * 10 + (s.ptr[i] - '0');
            i++;
        }
        if (n > largest) largest = n;
        while (i < s.len && s.ptr[i] == '.' && i + 1 < s.len && text_is_digit(s.ptr[i + 1])) {
            for (i++; i < s.len && text_is_digit(s.ptr[i]);) i++;
        }
    }
    if (largest < 0) largest = date_spelt_number(s);
    return largest;
}

static bool transform_age_is_old_word(struct bytes normal) {
    static const char *const words[] = { "nonagenarian", "centenarian", "supercentenarian", "nineties", "hundreds" };
    for (size_t i = 0; i < array_count(words); i++) {
        if (memmem(normal.ptr, normal.len, words[i], strlen(words[i]))) return true;
    }
    return false;
}

static void transform_look_for_old_age(struct transform_work *w) {
    for (size_t i = 0; i < w->count; i++) {
        const struct transform_item *item = &w->items[i];
        if (item->entity != ENTITY_AGE) continue;
        if (transform_age_of(item->surface) > TRANSFORM_AGE_MAX || transform_age_is_old_word(item->normal)) w->has_old_age = true;
    }
}

/* ---- coins ------------------------------------------------------------------------------------------------------------------------- */

/* What makes two requests one: the space of the entity, the normal form, the surface. */
static int transform_request_key(const struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    size_t len = 0;
    if (!size_add(item->normal.len, item->surface.len, &len) || !size_add(len, 2, &len)) return -EOVERFLOW;
    uint8_t *to = arena_alloc_dirty(w->t->arena, len, 1);
    if (!to) return -ENOMEM;
    to[0] = (uint8_t) item->entity;
    memcpy(to + 1, item->normal.ptr, item->normal.len);
    to[1 + item->normal.len] = 0;
    memcpy(to + 2 + item->normal.len, item->surface.ptr, item->surface.len);
    *out = bytes_make(to, len);
    return 0;
}

/* The one value of that entity; NULL when there is none or several. */
static const struct transform_item *transform_only(const struct transform_work *w, enum entity entity, bool *out_any) {
    const struct transform_item *only = NULL;
    *out_any = false;
    for (size_t i = 0; i < w->count; i++) {
        const struct transform_item *item = &w->items[i];
        if (item->entity != entity) continue;
        if (*out_any && !(only && bytes_equal(only->normal, item->normal))) return NULL;
        *out_any = true;
        only = item;
    }
    return only;
}

/* The patient a document is about, where it is certain: its one medical record number, else its one patient. NULL otherwise. */
static const struct transform_item *transform_patient(const struct transform_work *w) {
    bool any = false;
    const struct transform_item *mrn = transform_only(w, ENTITY_MRN, &any);
    return any ? mrn : transform_only(w, ENTITY_PATIENT, &any);
}

/* The record that the document belongs to: its own one number, else the folder's where it has none. Empty: several, or nobody knows. */
static struct bytes transform_record(const struct transform_work *w) {
    bool any = false;
    const struct transform_item *mrn = transform_only(w, ENTITY_MRN, &any);
    return mrn ? mrn->normal : any ? bytes_make(NULL, 0) : w->t->record;
}

static struct bytes transform_subject(const struct transform_work *w) {
    const struct transform_item *patient = transform_patient(w);
    struct bytes record = transform_record(w);
    return record.len > 0 ? record : patient ? patient->normal : record;
}

/* "smith" and "j smith" may be anybody. */
static bool transform_is_whole_name(struct bytes normal) {
    const uint8_t *blank = normal.len > 0 ? memchr(normal.ptr, ' ', normal.len) : NULL;
    return blank && blank - normal.ptr > 1 && normal.len - (size_t) (blank + 1 - normal.ptr) > 1;
}

static struct transform_owner transform_owner_of(const struct transform_work *w) {
    bool any = false;
    return (struct transform_owner) { .record = transform_record(w), .one_patient = transform_only(w, ENTITY_PATIENT, &any) != NULL };
}

static int transform_own(const struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    const struct transform_owner *o = &w->owner;
    *out = bytes_make(NULL, 0);
    if (!entity_is_person(item->entity)) return 0;
    if (item->entity == ENTITY_PROVIDER) return transform_copy(w, bytes_make("", 1), item->normal, out); /* no record begins with NUL */
    if (o->record.len == 0) return 0;
    struct bytes normal = item->entity == ENTITY_PATIENT && o->one_patient ? bytes_make(NULL, 0) : item->normal, head;
    int r = transform_copy(w, o->record, bytes_make("", 1), &head); /* with its NUL: a record's end is no part of a name */
    return r < 0 ? r : transform_copy(w, head, normal, out);
}

static struct bytes transform_say_about(const struct transform_work *w, const struct transform_item *item, char *code) {
    if (!item) return bytes_make(NULL, 0);
    if (item->action == ACTION_CODE) token_format_name(&w->coins[item->request].token, code);
    return item->normal;
}

static void transform_tell_about(const struct transform_work *w, struct about *out) {
    bool any = false;
    *out = (struct about) { .shift_days = w->offset_days };
    out->patient = transform_say_about(w, transform_patient(w), out->patient_code);
    out->encounter = transform_say_about(w, transform_only(w, ENTITY_ENCOUNTER, &any), out->encounter_code);
}

static int transform_mint(struct transform_work *w, enum refusal *out_why) {
    struct keymap seen;
    keymap_init(&seen, w->t->arena);
    w->requests = arena_alloc(w->t->arena, w->count + 1, sizeof(*w->requests));
    w->coins = arena_alloc(w->t->arena, w->count + 1, sizeof(*w->coins));
    if (!w->requests || !w->coins) return transform_fail(-ENOMEM, REFUSAL_MEMORY, out_why);
    for (size_t i = 0; i < w->count; i++) {
        struct transform_item *item = &w->items[i];
        if (item->action != ACTION_CODE) continue;
        struct bytes key;
        uint32_t *number = NULL;
        bool is_new = false;
        int r = transform_request_key(w, item, &key);
        if (r == 0) r = keymap_put(&seen, key, &number, &is_new);
        if (r < 0) return transform_fail(r, REFUSAL_LIMIT, out_why);
        if (is_new) {
            *number = (uint32_t) w->request_count;
            struct vault_request *request = &w->requests[w->request_count++];
            *request = (struct vault_request) { .entity = item->entity, .normal = item->normal, .surface = item->surface,
                                                .is_whole_name = transform_is_whole_name(item->normal) };
            r = transform_own(w, item, &request->owner);
            if (r < 0) return transform_fail(r, REFUSAL_MEMORY, out_why);
        }
        item->request = *number;
    }
    if (w->request_count == 0) return 0;
    if (!w->t->vault) return transform_fail(-EINVAL, REFUSAL_VAULT, out_why);
    int r = vault_mint(w->t->vault, transform_subject(w), w->requests, w->request_count, w->coins);
    /* The keeper's channel is the only pipe in there. */
    if (r < 0) return transform_fail(r, r == -EPIPE ? REFUSAL_KEEPER : REFUSAL_VAULT, out_why);
    return 0;
}

/* ---- stand-ins --------------------------------------------------------------------------------------------------------------------- */

static struct vault_standin *transform_put_standin(struct transform_work *w, enum entity e, struct bytes normal) {
    struct vault_standin *s = &w->standins[w->standin_count++];
    *s = (struct vault_standin) { .entity = e, .normal = normal };
    return s;
}

/* Whose offset moves the dates: the patient's; where nobody certain is named, the document's own, so that it stays the same too. */
static int transform_put_offset(struct transform_work *w) {
    static const char word[] = "date-offset";
    struct bytes subject = transform_subject(w);
    uint8_t digest[32];
    if (subject.len == 0) {
        crypto_generichash(digest, sizeof(digest), w->text.ptr, w->text.len, NULL, 0);
        subject = bytes_make(digest, sizeof(digest));
    }
    struct bytes normal;
    int r = transform_copy(w, bytes_make(word, sizeof(word)), subject, &normal);
    if (r < 0) return r;
    struct vault_standin *s = transform_put_standin(w, ENTITY_DATE, normal);
    bytes_store_be32((uint8_t *) s->text, (uint32_t) surrogate_date_offset());
    s->text_len = 4;
    return 0;
}

static int transform_put_surrogate(struct transform_work *w, struct keymap *seen, struct transform_item *item) {
    struct bytes who, key;
    uint8_t space = (uint8_t) (entity_is_person(item->entity) ? ENTITY_PERSON : item->entity);
    uint32_t *number = NULL;
    bool is_new = false;
    int r = transform_own(w, item, &who);
    if (who.len == 0) who = item->normal;
    if (r == 0) r = transform_copy(w, bytes_make(&space, 1), who, &key);
    if (r == 0) r = keymap_put(seen, key, &number, &is_new);
    if (r < 0) return r;
    if (is_new) {
        *number = (uint32_t) w->standin_count;
        struct vault_standin *s = transform_put_standin(w, item->entity, who);
        s->text_len = surrogate_draw(item->entity, item->surface, s->text);
    }
    item->request = *number;
    return 0;
}

/* All stand-ins of the document in one transaction; the offset is the first. */
static int transform_stand_in(struct transform_work *w, enum refusal *out_why) {
    struct keymap seen;
    /* The file's time moves as the patient's dates do, also where the document itself holds none. */
    bool shifts = !w->is_name && w->t->profile->action[ENTITY_DATE] == ACTION_SHIFT && transform_patient(w);
    size_t wanted = shifts;
    for (size_t i = 0; i < w->count; i++) {
        shifts = shifts || w->items[i].action == ACTION_SHIFT;
        wanted += w->items[i].action == ACTION_SURROGATE || w->items[i].action == ACTION_SHIFT;
    }
    w->standin_count = 0;
    if (wanted == 0) return 0;
    w->standins = arena_alloc(w->t->arena, wanted + 1, sizeof(*w->standins));
    if (!w->standins) return transform_fail(-ENOMEM, REFUSAL_MEMORY, out_why);
    keymap_init(&seen, w->t->arena);
    int r = shifts ? transform_put_offset(w) : 0;
    for (size_t i = 0; i < w->count && r == 0; i++) {
        if (w->items[i].action == ACTION_SURROGATE) r = transform_put_surrogate(w, &seen, &w->items[i]);
    }
    if (r < 0) return transform_fail(r, REFUSAL_LIMIT, out_why);
    r = w->t->vault ? vault_stand_in(w->t->vault, w->standins, w->standin_count) : -EINVAL;
    if (r < 0) return transform_fail(r, r == -EPIPE ? REFUSAL_KEEPER : REFUSAL_VAULT, out_why);
    if (shifts) w->offset_days = (int32_t) bytes_load_be32((const uint8_t *) w->standins[0].text);
    return 0;
}

/* ---- replacements ------------------------------------------------------------------------------------------------------------------ */

static int transform_label(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    struct bytes key;
    uint8_t *to = arena_alloc_dirty(w->t->arena, item->normal.len + 1, 1);
    if (!to) return -ENOMEM;
    to[0] = (uint8_t) item->entity;
    memcpy(to + 1, item->normal.ptr, item->normal.len);
    key = bytes_make(to, item->normal.len + 1);
    uint32_t *number = NULL;
    bool is_new = false;
    int r = keymap_put(&w->labels, key, &number, &is_new);
    if (r < 0) return r;
    if (is_new) *number = ++w->label_count[item->kind ? ENTITY_COUNT + item->kind - 1 : (int) item->entity];
    char text[ENTITY_NAME_LEN_MAX + 16], suffix[12] = "";
    bool plain = w->t->profile->label_style == LABEL_PLAIN && !w->is_name; /* two names in one folder must not become one */
    int n = plain ? 0 : snprintf(suffix, sizeof(suffix), "-%u", *number);
    must(n >= 0 && (size_t) n < sizeof(suffix));
    n = snprintf(text, sizeof(text), w->is_name ? "%s%s" : "[%s%s]", transform_word(w, item), suffix);
    must(n > 0 && (size_t) n < sizeof(text));
    return transform_copy(w, bytes_make(text, (size_t) n), item->possessive, out);
}

static int transform_code(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    char text[TOKEN_TEXT_LEN_MAX + 1];
    const struct token *t = &w->coins[item->request].token;
    int n = snprintf(text, sizeof(text), w->is_name ? "%s_%s" : "[%s_%s]", transform_word(w, item), t->code);
    must(n > 0 && (size_t) n < sizeof(text));
    return transform_copy(w, bytes_make(text, (size_t) n), item->possessive, out);
}

/* The year alone; a label where there is none, and where the year would tell an age over 89. */
static int transform_year(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    struct date_years y;
    date_read_years(item->surface, w->year_now, &y);
    bool is_birth = item->entity == ENTITY_BIRTH_DATE;
    if (y.count == 0 || !w->t->profile->keeps_year || (is_birth && (y.century_guessed || (w->has_old_age && w->t->profile->birth_year_needs_age)))) {
        return transform_label(w, item, out);
    }
    uint16_t low = y.year[0], high = y.year[0];
    for (size_t i = 1; i < y.count; i++) {
        if (y.year[i] < low) low = y.year[i];
        if (y.year[i] > high) high = y.year[i];
    }
    /* A year so long ago is the birth year of somebody of 90, or indicates such an age. */
    if (low + TRANSFORM_AGE_MAX < w->year_now) return transform_label(w, item, out);
    char text[16];
    bool keeps_time = w->t->profile->keeps_time && !is_birth; /* the minute of a birth is a record's own */
    struct span time = { 0, 0 };
    bool has_time = keeps_time && low == high && date_find_time(item->surface, &time);
    int n = low == high ? snprintf(text, sizeof(text), "%u%s", low, has_time ? " " : "") : snprintf(text, sizeof(text), "%u-%u", low, high);
    must(n > 0 && (size_t) n < sizeof(text));
    return transform_copy(w, bytes_make(text, (size_t) n), bytes_slice(item->surface, time), out);
}

static int transform_zip3(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    struct bytes s = item->surface;
    size_t digits = 0;
    unsigned prefix = 0;
    while (digits < s.len && text_is_digit(s.ptr[digits])) {
        if (digits < 3) prefix = prefix * 10 + (unsigned) (s.ptr[digits] - '0');
        digits++;
    }
    const struct profile *p = w->t->profile;
    bool readable = digits == 5 || digits == 9;
    bool shown = readable && zip3_may_show(prefix, p->zip3_vintage, p->zip3_mode);
    return transform_copy(w, shown ? bytes_make(s.ptr, 3) : BYTES("000"), bytes_make(NULL, 0), out);
}

/* What may stand behind a capped age: nothing that could tell more than that it is one. */
static bool transform_age_tail_is_plain(struct bytes tail) {
    static const char *const plain[] = { "year", "years", "yr", "yrs", "y", "o", "yo", "old", "of", "age" };
    for (size_t i = 0; i < tail.len;) {
        size_t begin = i;
        while (i < tail.len && text_is_alpha(tail.ptr[i])) i++;
        bool known = i == begin;
        for (size_t k = 0; k < array_count(plain) && !known; k++) {
            known = i - begin == strlen(plain[k]) && strncasecmp((const char *) tail.ptr + begin, plain[k], i - begin) == 0;
        }
        if (!known) return false;
        if (i == begin && !strchr(" -/.", tail.ptr[i])) return false;
        if (i == begin) i++;
    }
    return true;
}

/* 45 CFR 164.514(b)(2)(i)(C): ages over 89 become "90+". */
static int transform_age(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    struct bytes s = item->surface;
    bool old_word = transform_age_is_old_word(item->normal);
    int age = transform_age_of(s);
    if (age < 0 && !old_word) return transform_label(w, item, out);
    if (age <= TRANSFORM_AGE_MAX && !old_word) {
        *out = s;
        return 0;
    }
    size_t digits = 0;
    while (digits < s.len && text_is_digit(s.ptr[digits])) digits++;
    struct bytes tail = bytes_make(s.ptr + digits, s.len - digits);
    bool keeps_tail = digits > 0 && transform_age_tail_is_plain(tail);
    return transform_copy(w, BYTES("90+"), keeps_tail ? tail : bytes_make(NULL, 0), out);
}

/* A shifted birth date says the age as well as the true one: none at 90. */
static int transform_shift(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    struct date_years y;
    date_read_years(item->surface, w->year_now, &y);
    bool old = w->has_old_age && item->entity == ENTITY_BIRTH_DATE;
    for (size_t i = 0; i < y.count; i++) old = old || y.year[i] + TRANSFORM_AGE_MAX < w->year_now;
    if (old || w->offset_days == 0) return transform_label(w, item, out);
    const struct surrogate_move by = { .days = w->offset_days, .year_now = w->year_now, .keeps_time = w->t->profile->keeps_time };
    int r = surrogate_date_move(item->surface, &by, w->t->arena, out);
    return r == SURROGATE_UNREADABLE ? transform_label(w, item, out) : r;
}

static int transform_surrogate(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    const struct vault_standin *s = &w->standins[item->request];
    struct bytes text = bytes_make(s->text, s->text_len);
    int r = entity_is_person(item->entity) ? surrogate_name_dress(text, item->surface, item->normal, w->t->arena, &text) : 0;
    return r < 0 ? r : transform_copy(w, text, item->possessive, out);
}

static bool transform_is_wordish(const struct transform_work *w, size_t at) {
    return at < w->text.len && (text_is_alnum(w->text.ptr[at]) || w->text.ptr[at] == '_');
}

/* Nothing; a blank where two words would grow together, into a token perhaps. */
static struct bytes transform_dropped(const struct transform_work *w, const struct transform_item *item) {
    bool joins = item->span.begin > 0 && transform_is_wordish(w, item->span.begin - 1) && transform_is_wordish(w, item->span.end);
    return joins ? BYTES(" ") : bytes_make("", 0);
}

static int transform_replace(struct transform_work *w, const struct transform_item *item, struct bytes *out) {
    switch (item->action) {
    case ACTION_DROP: *out = transform_dropped(w, item); return 0;
    case ACTION_LABEL: return transform_label(w, item, out);
    case ACTION_CODE: return transform_code(w, item, out);
    case ACTION_YEAR: return transform_year(w, item, out);
    case ACTION_ZIP3: return transform_zip3(w, item, out);
    case ACTION_AGE: return transform_age(w, item, out);
    case ACTION_KEEP: *out = bytes_slice(w->text, item->span); return 0;
    case ACTION_SHIFT: return transform_shift(w, item, out);
    case ACTION_SURROGATE: return transform_surrogate(w, item, out);
    }
    must(false); /* every action is carried out */
    return -EINVAL;
}

static int transform_write(struct transform_work *w, struct edits *out) {
    struct edits e = { .items = arena_alloc(w->t->arena, w->count + 1, sizeof(*e.items)),
                       .forms = arena_alloc(w->t->arena, w->count + 1, sizeof(*e.forms)) };
    w->written = arena_alloc(w->t->arena, w->count + 1, sizeof(*w->written));
    if (!e.items || !e.forms || !w->written) return -ENOMEM;
    for (size_t i = 0; i < w->count; i++) {
        const struct transform_item *item = &w->items[i];
        struct edit *edit = &e.items[e.count++];
        edit->span = item->span;
        int r = transform_replace(w, item, &edit->replacement);
        if (r < 0) return r;
        w->written[i] = edit->replacement.len - (edit->replacement.len > item->possessive.len ? item->possessive.len : 0);
        if (item->action == ACTION_CODE) e.forms[e.form_count++] = w->coins[item->request].form;
    }
    *out = e;
    return 0;
}

/* ---- the view, read as a re-identifier will ------------------------------------------------------------------------------------------- */

/* Edits change what stands beside the bytes they leave: "PATIENT_KTVHMQXSmith" holds no token until Smith has become one. So the text is put
 * together once and read again: a token or label that no edit wrote is an item of its own, and all begins anew. */

struct transform_preview {
    struct bytes text;
    size_t *begins; /* of each edit's replacement in text */
};

static int transform_build_preview(struct transform_work *w, const struct edits *e, struct transform_preview *out) {
    size_t len = w->text.len;
    for (size_t i = 0; i < e->count; i++) {
        if (!size_add(len, e->items[i].replacement.len, &len)) return -EOVERFLOW;
    }
    uint8_t *to = arena_alloc_dirty(w->t->arena, len + 1, 1);
    size_t *begins = arena_alloc_dirty(w->t->arena, e->count + 1, sizeof(*begins));
    if (!to || !begins) return -ENOMEM;
    size_t at = 0, done = 0;
    for (size_t i = 0; i <= e->count; i++) {
        struct bytes left = bytes_slice(w->text, (struct span) { done, i < e->count ? e->items[i].span.begin : w->text.len });
        if (left.len > 0) memcpy(to + at, left.ptr, left.len);
        at += left.len;
        if (i == e->count) break;
        begins[i] = at;
        struct bytes replacement = e->items[i].replacement;
        if (replacement.len > 0) memcpy(to + at, replacement.ptr, replacement.len);
        at += replacement.len;
        done = e->items[i].span.end;
    }
    *out = (struct transform_preview) { .text = bytes_make(to, at), .begins = begins };
    return 0;
}

/* Did the edit write it? Its own label, or its own code with nothing but brackets around. */
static bool transform_wrote(const struct transform_work *w, const struct transform_preview *p, size_t i, const struct mention *m) {
    const struct transform_item *item = &w->items[i];
    struct span own = { p->begins[i], p->begins[i] + w->written[i] };
    if (item->action == ACTION_CODE) {
        return span_contains(m->span, own) && memcmp(m->code, w->coins[item->request].token.code, TOKEN_CODE_LEN) == 0;
    }
    return m->class == MENTION_LABEL && m->span.begin == own.begin && m->span.end == own.end;
}

/* A place of the preview in the source; inside an edit, the edit's begin or end. */
static size_t transform_source_of(const struct transform_preview *p, const struct edits *e, size_t at, bool is_end) {
    size_t low = 0, high = e->count; /* the last edit that begins before at (an end), or not after it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = is_end ? p->begins[middle] < at : p->begins[middle] <= at;
        if (before) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return at;
    const struct edit *edit = &e->items[low - 1];
    size_t end = p->begins[low - 1] + edit->replacement.len;
    if (at < end || (is_end && at == end)) return is_end ? edit->span.end : edit->span.begin;
    return edit->span.end + (at - end);
}

/* Items and foreign spans, both ascending, become one list; what overlaps becomes one planted item over all of it. */
static int transform_cover(struct transform_work *w, const struct span *spans, size_t count) {
    struct transform_item *items = arena_alloc(w->t->arena, w->count + count + 1, sizeof(*items));
    if (!items) return -ENOMEM;
    size_t n = 0, i = 0, k = 0;
    while (i < w->count || k < count) {
        bool item_first = i < w->count && (k == count || w->items[i].span.begin <= spans[k].begin);
        struct transform_item next = item_first ? w->items[i++] : transform_item_planted(w, spans[k++]);
        bool overlaps = n > 0 && next.span.begin < items[n - 1].span.end;
        if (overlaps) items[n - 1] = transform_item_planted(w, span_union(items[n - 1].span, next.span));
        else items[n++] = next;
    }
    w->items = items;
    w->count = n;
    return 0;
}

/* "[COHORT-1]": mention.h knows the built-in words alone. Its length, 0 where none begins. */
static size_t transform_kind_label_len(const struct transform_work *w, size_t at) {
    for (size_t i = 0; i < w->t->profile->kind_count; i++) {
        struct bytes name = bytes_from_string(w->t->profile->kinds[i].name), rest = bytes_make(w->text.ptr + at + 1, w->text.len - at - 1);
        size_t end = name.len + 1;
        if (rest.len <= end || !bytes_starts_with(rest, name) || rest.ptr[name.len] != '-') continue;
        while (end < rest.len && text_is_digit(rest.ptr[end])) end++;
        if (end > name.len + 1 && end < rest.len && rest.ptr[end] == ']') return end + 2;
    }
    return 0;
}

static int transform_cover_kind_labels(struct transform_work *w) {
    size_t count = 0;
    struct span *spans = NULL;
    if (w->t->profile->kind_count == 0) return 0;
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !(spans = arena_alloc_dirty(w->t->arena, count + 1, sizeof(*spans)))) return -ENOMEM;
        count = 0;
        for (size_t at = 0; at < w->text.len; at++) {
            size_t len = w->text.ptr[at] == '[' ? transform_kind_label_len(w, at) : 0;
            if (len == 0) continue;
            if (pass == 1) spans[count] = (struct span) { at, at + len };
            count++;
            at += len - 1;
        }
    }
    return count == 0 ? 0 : transform_cover(w, spans, count);
}

/* Covers what no edit wrote. *out_found: something was, the edits are to be made again. */
static int transform_cover_foreign(struct transform_work *w, const struct edits *e, bool *out_found) {
    struct transform_preview p;
    int r = transform_build_preview(w, e, &p);
    if (r < 0) return r;
    struct mention m;
    size_t i = 0, found = 0, room = 0;
    struct span *spans = NULL;
    for (size_t at = 0; mention_next(p.text, &at, &m);) {
        if (!transform_mention_is_dangerous(&m)) continue;
        while (i < e->count && p.begins[i] + e->items[i].replacement.len <= m.span.begin) i++;
        if (i < e->count && transform_wrote(w, &p, i, &m)) continue;
        if (found == room) {
            struct span *more = arena_alloc_dirty(w->t->arena, room * 2 + 16, sizeof(*more));
            if (!more) return -ENOMEM;
            if (found > 0) memcpy(more, spans, found * sizeof(*more));
            spans = more;
            room = room * 2 + 16;
        }
        spans[found++] = (struct span) { transform_source_of(&p, e, m.span.begin, false), transform_source_of(&p, e, m.span.end, true) };
    }
    *out_found = found > 0;
    return found == 0 ? 0 : transform_cover(w, spans, found);
}

/* ---- the whole ----------------------------------------------------------------------------------------------------------------------- */

static int transform_make_edits(struct transform_work *w, struct edits *out, enum refusal *out_why) {
    for (size_t i = 0; i < w->count; i++) w->items[i].normal = bytes_make(NULL, 0);
    keymap_init(&w->labels, w->t->arena);
    memset(w->label_count, 0, sizeof(w->label_count));
    w->request_count = 0;
    int r = transform_normalise(w);
    if (r < 0) return transform_fail(r, REFUSAL_LIMIT, out_why);
    transform_look_for_old_age(w);
    w->owner = transform_owner_of(w);
    r = transform_mint(w, out_why);
    if (r == 0) r = transform_stand_in(w, out_why);
    if (r < 0) return r;
    r = transform_write(w, out);
    return r < 0 ? transform_fail(r, REFUSAL_LIMIT, out_why) : 0;
}

static int transform_run(struct transform_work *w, const struct finding *findings, size_t count, struct edits *out, enum refusal *out_why) {
    w->year_now = w->t->year_now ? w->t->year_now : date_year_now();
    int r = transform_collect(w, findings, count);
    if (r == 0) r = transform_cover_kind_labels(w);
    if (r < 0) return transform_fail(r, REFUSAL_LIMIT, out_why);
    for (int round = 0; round < TRANSFORM_ROUNDS_MAX; round++) {
        struct edits e;
        bool found = false;
        r = transform_make_edits(w, &e, out_why);
        if (r < 0) return r;
        r = transform_cover_foreign(w, &e, &found);
        if (r < 0) return transform_fail(r, REFUSAL_LIMIT, out_why);
        if (!found) {
            transform_tell_about(w, &e.about);
            *out = e;
            return 0;
        }
    }
    return transform_fail(-ELOOP, REFUSAL_LIMIT, out_why);
}

int transform_apply(const struct transform *t, struct bytes text, const struct finding *findings, size_t count, struct edits *out,
                    enum refusal *out_why) {
    struct transform_work w = { .t = t, .text = text };
    return transform_run(&w, findings, count, out, out_why);
}

int transform_seal_view(const struct transform *t, const struct edits *e, struct bytes view, enum refusal *out_why) {
    if (e->form_count == 0) return 0;
    uint8_t digest[32];
    crypto_generichash(digest, sizeof(digest), view.ptr, view.len, NULL, 0);
    int r = vault_note_view(t->vault, digest, e->forms, e->form_count);
    return r < 0 ? transform_fail(r, REFUSAL_VAULT, out_why) : 0;
}

int transform_name(const struct transform *t, struct bytes name, const struct finding *findings, size_t count, struct buf *out,
                   bool *out_changed, enum refusal *out_why) {
    struct transform_work w = { .t = t, .text = name, .is_name = true };
    struct edits e;
    int r = transform_run(&w, findings, count, &e, out_why);
    if (r < 0) return r;
    size_t at = 0;
    bool changed = false;
    for (size_t i = 0; i < e.count; i++) {
        struct span s = e.items[i].span;
        changed = changed || !bytes_equal(bytes_slice(name, s), e.items[i].replacement);
        ignore(buf_append(out, bytes_slice(name, (struct span) { at, s.begin }))); /* sticky: checked below */
        ignore(buf_append(out, e.items[i].replacement));
        at = s.end;
    }
    ignore(buf_append(out, bytes_slice(name, (struct span) { at, name.len })));
    r = buf_error(out);
    if (r < 0) return transform_fail(r, REFUSAL_LIMIT, out_why);
    *out_changed = changed;
    return 0;
}
