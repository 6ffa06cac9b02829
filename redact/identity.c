#include "redact/identity.h"

#include <assert.h>
#include <errno.h>

#include "conf/base/text.h"
#include "redact/keymap.h"
#include "redact/normalize.h"

enum { IDENTITY_WORDS_MAX = 8, IDENTITY_CANDIDATES_MAX = 256 };
enum identity_gender { GENDER_UNKNOWN, GENDER_MALE, GENDER_FEMALE };

/* A name in parts: words[0 .. given_count) given names and initials, then the family name's words. */
struct identity_parts {
    struct bytes words[IDENTITY_WORDS_MAX];
    size_t count;
    size_t given_count;
    struct bytes generation; /* "jr", "iii"; empty */
    enum identity_gender gender;
    bool opaque;             /* more words than a name has: a value of its own */
};

struct identity {
    struct identity_parts parts; /* of the fullest name */
    struct bytes normal;
    enum entity role;
    enum identity_gender gender;
    uint32_t next;               /* in the chain of the same word, 1-based; by family word and by first given word */
    uint32_t next_given;
};

static const struct {
    const char *word;
    enum identity_gender gender;
} identity_titles[] = {
    { "mr", GENDER_MALE },     { "mister", GENDER_MALE }, { "sir", GENDER_MALE },    { "mrs", GENDER_FEMALE }, { "ms", GENDER_FEMALE },
    { "miss", GENDER_FEMALE }, { "madam", GENDER_FEMALE }, { "mx", GENDER_UNKNOWN }, { "dr", GENDER_UNKNOWN }, { "doctor", GENDER_UNKNOWN },
    { "prof", GENDER_UNKNOWN }, { "professor", GENDER_UNKNOWN }, { "rev", GENDER_UNKNOWN }, { "hon", GENDER_UNKNOWN },
};
static const char *const identity_credentials[] = {
    "md", "do", "phd", "rn", "np", "pa", "pac", "dds", "dmd", "esq", "lpn", "lcsw", "msw", "facs", "facp", "pharmd", "dpm", "od", "psyd", "bsn",
    "msn", "dnp", "crna", "cnm", "fnp", "aprn", "mph", "ms", "mba", "cma", "emt", "pt", "dpt", "ot", "slp", "rd", "frcpc", "faap", "facc",
};
static const char *const identity_generations[] = { "jr", "sr", "ii", "iii", "iv", "junior", "senior", "2nd", "3rd" };
static const char *const identity_particles[] = {
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "el", "al", "bin", "ibn", "st", "ter", "ten",
};

static bool identity_is_listed(struct bytes word, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(word, bytes_from_string(list[i]))) return true;
    }
    return false;
}

static const enum identity_gender *identity_title_of(struct bytes word) {
    for (size_t i = 0; i < array_count(identity_titles); i++) {
        if (bytes_equal(word, bytes_from_string(identity_titles[i].word))) return &identity_titles[i].gender;
    }
    return NULL;
}

/* The next word of a folded name; apostrophes and full stops inside it fall away ("O'Brien", "Ph.D."), a hyphen parts ("Anne-Marie"). */
static bool identity_take_word(struct bytes *in, uint8_t *to, struct bytes *out, bool *out_comma) {
    size_t len = 0, i = 0;
    while (i < in->len) {
        uint8_t c = in->ptr[i];
        if (text_is_alnum(c) || c >= 0x80) to[len++] = c;
        else if (len > 0 && c != '\'' && !(c == '.' && i + 2 < in->len && in->ptr[i + 2] == '.')) break;
        else if (c == ',' && len == 0) *out_comma = true;
        i++;
    }
    *in = bytes_make(in->ptr + i, in->len - i);
    *out = bytes_make(to, len);
    return len > 0;
}

static void identity_put_word(struct identity_parts *p, struct bytes word) {
    if (p->count == IDENTITY_WORDS_MAX) {
        p->opaque = true;
        return;
    }
    p->words[p->count++] = word;
}

/* Families come last: "Ludwig van der Rohe" has three words of family name. */
static void identity_split(struct identity_parts *p, size_t family_first_count) {
    if (family_first_count > 0 && family_first_count < p->count) {
        struct bytes rotated[IDENTITY_WORDS_MAX];
        for (size_t i = 0; i < p->count; i++) rotated[i] = p->words[(i + family_first_count) % p->count];
        memcpy(p->words, rotated, sizeof(rotated[0]) * p->count);
        p->given_count = p->count - family_first_count;
        return;
    }
    if (p->count < 2) return;
    size_t given = p->count - 1;
    while (given > 1 && identity_is_listed(p->words[given - 1], identity_particles, array_count(identity_particles))) given--;
    p->given_count = given;
}

static int identity_parse(struct bytes surface, struct arena *arena, struct identity_parts *out) {
    struct bytes rest;
    int r = normalize_fold(surface, arena, &rest);
    if (r < 0) return r;
    uint8_t *to = arena_alloc_dirty(arena, rest.len + 1, 1);
    if (!to) return -ENOMEM;
    struct identity_parts p = { 0 };
    size_t before_comma = 0;
    bool comma = false;
    for (struct bytes word; identity_take_word(&rest, to, &word, &comma); to += word.len) {
        const enum identity_gender *title = p.count == 0 || comma ? identity_title_of(word) : NULL;
        bool follows = p.count > 0;
        if (title) {
            if (*title != GENDER_UNKNOWN) p.gender = *title;
            continue;
        }
        if (follows && identity_is_listed(word, identity_generations, array_count(identity_generations))) {
            p.generation = word;
            continue;
        }
        if (follows && comma && identity_is_listed(word, identity_credentials, array_count(identity_credentials))) continue;
        if (comma && before_comma == 0) before_comma = p.count;
        identity_put_word(&p, word);
    }
    identity_split(&p, before_comma);
    *out = p;
    return 0;
}

/* The title that stands in front of a span: "Mrs. " */
static enum identity_gender identity_gender_before(struct bytes before) {
    size_t end = before.len;
    while (end > 0 && (before.ptr[end - 1] == ' ' || before.ptr[end - 1] == '.')) end--;
    size_t begin = end;
    while (begin > 0 && text_is_alpha(before.ptr[begin - 1])) begin--;
    uint8_t word[8];
    if (end - begin == 0 || end - begin > sizeof(word)) return GENDER_UNKNOWN;
    for (size_t i = begin; i < end; i++) word[i - begin] = text_to_lower(before.ptr[i]);
    const enum identity_gender *title = identity_title_of(bytes_make(word, end - begin));
    return title ? *title : GENDER_UNKNOWN;
}

static int identity_normal(const struct identity_parts *p, struct arena *arena, struct bytes *out) {
    size_t len = p->generation.len + 1;
    for (size_t i = 0; i < p->count; i++) len += p->words[i].len + 1;
    uint8_t *to = arena_alloc_dirty(arena, len, 1);
    if (!to) return -ENOMEM;
    size_t at = 0;
    for (size_t i = 0; i <= p->count; i++) {
        struct bytes word = i < p->count ? p->words[i] : p->generation;
        if (word.len == 0) continue;
        if (at > 0) to[at++] = ' ';
        memcpy(to + at, word.ptr, word.len);
        at += word.len;
    }
    *out = bytes_make(to, at);
    return 0;
}

static bool identity_word_fits(struct bytes a, struct bytes b) {
    if (a.len == 1 || b.len == 1) return a.ptr[0] == b.ptr[0];
    return bytes_equal(a, b);
}

/* Do the given names of the shorter fit those of the fuller, in order? A missing middle name fits. */
static bool identity_given_fits(const struct identity_parts *s, const struct identity_parts *f) {
    size_t at = 0;
    for (size_t i = 0; i < s->given_count; i++) {
        if (i == 0 && !identity_word_fits(s->words[0], f->words[0])) return false;
        while (at < f->given_count && !identity_word_fits(s->words[i], f->words[at])) at++;
        if (at == f->given_count) return false;
        at++;
    }
    return true;
}

static bool identity_family_fits(const struct identity_parts *s, const struct identity_parts *f) {
    size_t n = s->count - s->given_count;
    if (n != f->count - f->given_count) return false;
    for (size_t i = 0; i < n; i++) {
        if (!bytes_equal(s->words[s->given_count + i], f->words[f->given_count + i])) return false;
    }
    return true;
}

static bool identity_fits(const struct identity_parts *s, const struct identity *id, enum entity role) {
    const struct identity_parts *f = &id->parts;
    if ((role == ENTITY_PATIENT && id->role == ENTITY_PROVIDER) || (role == ENTITY_PROVIDER && id->role == ENTITY_PATIENT)) return false;
    if (s->gender != GENDER_UNKNOWN && id->gender != GENDER_UNKNOWN && s->gender != id->gender) return false;
    if (s->generation.len > 0 && !bytes_equal(s->generation, f->generation)) return false;
    if (s->count == 1) {
        bool is_given = f->given_count > 0 && bytes_equal(s->words[0], f->words[0]);
        bool is_family = bytes_equal(s->words[0], f->words[f->count - 1]);
        return s->words[0].len > 1 && (is_given || is_family);
    }
    return f->given_count > 0 && identity_family_fits(s, f) && identity_given_fits(s, f);
}

struct identity_set {
    struct identity *items;
    uint32_t count;
    struct keymap by_family; /* last family word -> 1-based head of chain */
    struct keymap by_given;
    struct keymap by_normal; /* a parsed name's own normal form -> 1-based identity */
};

/* The one identity that fits, or 0: none, or more than one. */
static uint32_t identity_find(const struct identity_set *set, const struct identity_parts *s, enum entity role) {
    uint32_t found = 0;
    size_t looked = 0;
    struct bytes last = s->words[s->count - 1];
    const uint32_t *head = keymap_get(&set->by_family, last);
    for (uint32_t i = head ? *head : 0; i != 0; i = set->items[i - 1].next) {
        if (++looked > IDENTITY_CANDIDATES_MAX) return 0;
        if (!identity_fits(s, &set->items[i - 1], role)) continue;
        if (found != 0) return 0;
        found = i;
    }
    head = s->count == 1 ? keymap_get(&set->by_given, last) : NULL;
    for (uint32_t i = head ? *head : 0; i != 0; i = set->items[i - 1].next_given) {
        if (++looked > IDENTITY_CANDIDATES_MAX) return 0;
        if (i == found || !identity_fits(s, &set->items[i - 1], role)) continue;
        if (found != 0) return 0;
        found = i;
    }
    return found;
}

static int identity_add(struct identity_set *set, const struct identity_parts *p, struct bytes normal, enum entity role, uint32_t *out) {
    uint32_t number = set->count + 1;
    struct identity *id = &set->items[set->count];
    *id = (struct identity) { .parts = *p, .normal = normal, .role = role, .gender = p->gender };
    uint32_t *head = NULL;
    bool is_new = false;
    int r = keymap_put(&set->by_family, p->words[p->count - 1], &head, &is_new);
    if (r < 0) return r;
    id->next = *head;
    *head = number;
    if (p->given_count > 0) {
        r = keymap_put(&set->by_given, p->words[0], &head, &is_new);
        if (r < 0) return r;
        id->next_given = *head;
        *head = number;
    }
    set->count = number;
    *out = number;
    return 0;
}

struct identity_order {
    struct identity_parts parts;
    struct bytes normal;
    size_t letters;
    size_t index;
};

/* Fullest first: more words, then more letters, then the first in the text. */
static int identity_compare(const void *pa, const void *pb) {
    const struct identity_order *a = pa, *b = pb;
    if (a->parts.count != b->parts.count) return a->parts.count > b->parts.count ? -1 : 1;
    if (a->letters != b->letters) return a->letters > b->letters ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static enum entity identity_stronger(enum entity a, enum entity b) {
    return a == ENTITY_PERSON ? b : a;
}

/* A name's own key: its normal form and the side it is on, so that Dr. John Smith and the patient John Smith stay two. */
static int identity_key(const struct identity_order *o, const struct identity_name *n, struct arena *arena, struct bytes *out) {
    uint8_t *to = arena_alloc_dirty(arena, o->normal.len + 2, 1);
    if (!to) return -ENOMEM;
    to[0] = (uint8_t) ('0' + (int) n->entity);
    to[1] = (uint8_t) ('0' + (int) o->parts.gender);
    if (o->normal.len > 0) memcpy(to + 2, o->normal.ptr, o->normal.len);
    *out = bytes_make(to, o->normal.len + 2);
    return 0;
}

static int identity_place(struct identity_set *set, const struct identity_order *o, const struct identity_name *n, struct arena *arena,
                          uint32_t *out) {
    struct bytes key;
    int r = identity_key(o, n, arena, &key);
    if (r < 0) return r;
    uint32_t *known = NULL;
    bool is_new = false;
    r = keymap_put(&set->by_normal, key, &known, &is_new);
    if (r < 0) return r;
    if (is_new) {
        uint32_t found = identity_find(set, &o->parts, n->entity);
        if (found == 0) r = identity_add(set, &o->parts, o->normal, n->entity, &found);
        if (r < 0) return r;
        *known = found;
    }
    struct identity *id = &set->items[*known - 1];
    id->role = identity_stronger(id->role, n->entity);
    if (id->gender == GENDER_UNKNOWN) id->gender = o->parts.gender;
    *out = *known;
    return 0;
}

static int identity_prepare(struct identity_name *n, size_t index, struct arena *arena, struct identity_order *out) {
    struct identity_order o = { .index = index };
    int r = identity_parse(n->surface, arena, &o.parts);
    if (r < 0) return r;
    if (o.parts.gender == GENDER_UNKNOWN) o.parts.gender = identity_gender_before(n->before);
    if (o.parts.count == 0 || o.parts.opaque) {
        o.parts.opaque = true;
        o.parts.count = 0;
        r = normalize_value(n->entity, n->surface, arena, &o.normal);
    } else {
        r = identity_normal(&o.parts, arena, &o.normal);
    }
    if (r < 0) return r;
    for (size_t i = 0; i < o.parts.count; i++) o.letters += o.parts.words[i].len;
    *out = o;
    return 0;
}

int identity_resolve(struct identity_name *names, size_t count, struct arena *arena) {
    if (count == 0) return 0;
    struct identity_set set = { .items = arena_alloc_dirty(arena, count, sizeof(*set.items)) };
    struct identity_order *order = arena_alloc_dirty(arena, count, sizeof(*order));
    uint32_t *placed = arena_alloc(arena, count, sizeof(*placed));
    if (!set.items || !order || !placed) return -ENOMEM;
    keymap_init(&set.by_family, arena);
    keymap_init(&set.by_given, arena);
    keymap_init(&set.by_normal, arena);
    for (size_t i = 0; i < count; i++) {
        int r = identity_prepare(&names[i], i, arena, &order[i]);
        if (r < 0) return r;
    }
    qsort(order, count, sizeof(*order), identity_compare);
    for (size_t i = 0; i < count; i++) {
        struct identity_name *n = &names[order[i].index];
        n->normal = order[i].normal;
        n->role = n->entity;
        if (order[i].parts.opaque) continue;
        int r = identity_place(&set, &order[i], n, arena, &placed[order[i].index]);
        if (r < 0) return r;
    }
    for (size_t i = 0; i < count; i++) {
        if (placed[i] == 0) continue;
        names[i].normal = set.items[placed[i] - 1].normal;
        names[i].role = set.items[placed[i] - 1].role;
    }
    return 0;
}
