/* Two steps: the pattern becomes a graph of places (a place waits for a byte of a set, tests its neighbours, or forks), the graph becomes tables. */
#include "redact/sieve.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "conf/base/size.h"
#include "redact/sieve_pattern.h"

enum { STATE_DEAD = 0, STATE_PASS = 1, STATE_FIRST = 2, SIEVE_EXACT_STATES_MAX = 64, SIEVE_EXACT_PLACES = 160, SIEVE_LOOSE_PLACES = 24, SIEVE_MEMBERS_MEAN = 120 };

/* A state: the places the text may have reached, and what is known of the byte before. */
struct sieve_state {
    uint64_t mark;         /* the same for equal sets of places, in any order */
    uint32_t first, count; /* of builder.members */
    uint16_t group;
    bool tests;            /* some of them are tests */
};

struct sieve_builder {
    struct sieve_pattern pattern;
    uint8_t class_of[256];
    uint8_t class_byte[SIEVE_CLASSES_MAX];  /* one byte of each class */
    uint8_t group_of[SIEVE_CLASSES_MAX];    /* classes that look-behinds do not tell apart */
    size_t class_count, group_count;
    struct sieve_state states[SIEVE_STATES_MAX];
    size_t state_count, state_max;
    uint16_t members[SIEVE_STATES_MAX * SIEVE_MEMBERS_MEAN];
    size_t member_count;
    uint16_t next[SIEVE_STATES_MAX][SIEVE_CLASSES_MAX];
    uint16_t start[SIEVE_CLASSES_MAX + 1];
    /* The set being gathered. */
    uint32_t seen[SIEVE_PLACES_MAX];
    uint32_t round;
    uint16_t gathered[SIEVE_PLACES_MAX];
    size_t gathered_count;
    uint16_t stack[SIEVE_PLACES_MAX + 2], open[SIEVE_PLACES_MAX];
    bool accepts;
};

static bool sieve_set_has(const struct sieve_set *s, uint8_t byte) {
    return s->bits[byte >> 6] >> (byte & 63) & 1;
}

/* Splits classes by the set. False: too many. */
static bool sieve_refine(uint8_t of[256], size_t *count, const struct sieve_set *set) {
    uint16_t to[2][256];
    size_t n = 0;
    memset(to, 0xFF, sizeof(to));
    for (unsigned c = 0; c < 256; c++) {
        uint16_t *mapped = &to[sieve_set_has(set, (uint8_t) c)][of[c]];
        if (*mapped == UINT16_MAX) *mapped = (uint16_t) n++;
        of[c] = (uint8_t) *mapped;
    }
    *count = n;
    return n <= SIEVE_CLASSES_MAX;
}

static bool sieve_classes(struct sieve_builder *b) {
    uint8_t groups[256] = { 0 };
    memset(b->class_of, 0, sizeof(b->class_of));
    b->class_count = b->group_count = 1;
    for (size_t i = 0; i < b->pattern.set_count; i++) {
        if (!sieve_refine(b->class_of, &b->class_count, &b->pattern.sets[i])) return false;
    }
    for (size_t i = 0; i < b->pattern.place_count; i++) {
        const struct sieve_place *p = &b->pattern.places[i];
        if (p->kind != PLACE_BEHIND && p->kind != PLACE_EDGE && p->kind != PLACE_NO_EDGE) continue;
        if (!sieve_refine(groups, &b->group_count, &b->pattern.sets[p->set])) return false;
    }
    for (unsigned c = 256; c-- > 0;) b->class_byte[b->class_of[c]] = (uint8_t) c;
    for (size_t c = 0; c < b->class_count; c++) b->group_of[c] = groups[b->class_byte[c]];
    return true;
}

/* Does a test hold between a byte of this group (or the text's beginning) and the next one? */
static bool sieve_test(const struct sieve_builder *b, const struct sieve_place *p, size_t group, uint8_t next) {
    const struct sieve_set *set = &b->pattern.sets[p->set];
    bool before = false, after = sieve_set_has(set, next);
    if (p->kind == PLACE_AHEAD) return after;
    bool at_begin = group == b->group_count;
    for (size_t c = 0; c < b->class_count && !at_begin; c++) {
        if (b->group_of[c] == group) before = sieve_set_has(set, b->class_byte[c]);
    }
    if (p->kind == PLACE_BEHIND) return at_begin ? p->at_begin : before;
    return (before != after) == (p->kind == PLACE_EDGE);
}

static void sieve_gather_begin(struct sieve_builder *b) {
    b->round++;
    b->gathered_count = 0;
    b->accepts = false;
}

/* The place with all that forks lead to. Tests wait for the next byte. */
static void sieve_gather(struct sieve_builder *b, uint16_t place) {
    size_t depth = 0;
    b->stack[depth++] = place;
    while (depth > 0) {
        uint16_t at = b->stack[--depth];
        if (b->seen[at] == b->round) continue;
        b->seen[at] = b->round;
        const struct sieve_place *p = &b->pattern.places[at];
        if (p->kind == PLACE_ACCEPT) b->accepts = true;
        if (p->kind != PLACE_FORK) {
            b->gathered[b->gathered_count++] = at;
            continue;
        }
        must(depth + 2 <= array_count(b->stack)); /* each fork is taken off once and leaves one more than it took */
        b->stack[depth++] = p->to;
        b->stack[depth++] = p->or_to;
    }
}

/* Are these the places that were gathered? There are as many. */
static bool sieve_is_gathered(const struct sieve_builder *b, const struct sieve_state *s) {
    for (size_t i = 0; i < s->count; i++) {
        if (b->seen[b->members[s->first + i]] != b->round) return false;
    }
    return true;
}

/* The state of what was gathered: an old one, a new one, or PASS where the tables are full. */
static uint16_t sieve_state_of(struct sieve_builder *b, size_t group) {
    struct sieve_state made = { .first = (uint32_t) b->member_count, .count = (uint32_t) b->gathered_count, .group = (uint16_t) group };
    if (b->accepts) return STATE_PASS;
    if (b->gathered_count == 0) return STATE_DEAD;
    for (size_t i = 0; i < b->gathered_count; i++) {
        made.mark += (b->gathered[i] + UINT64_C(1)) * 0x9E3779B97F4A7C15u;
        made.tests |= b->pattern.places[b->gathered[i]].kind != PLACE_BYTE;
    }
    for (size_t i = STATE_FIRST; i < b->state_count; i++) {
        const struct sieve_state *s = &b->states[i];
        if (s->mark == made.mark && s->group == group && s->count == made.count && sieve_is_gathered(b, s)) return (uint16_t) i;
    }
    if (b->state_count == b->state_max || b->member_count + b->gathered_count > array_count(b->members)) return STATE_PASS;
    b->states[b->state_count] = made;
    memcpy(b->members + b->member_count, b->gathered, b->gathered_count * sizeof(*b->gathered));
    b->member_count += b->gathered_count;
    return (uint16_t) b->state_count++;
}

/* The places that the state opens once the next byte is known: those behind tests that hold. */
static void sieve_open_tests(struct sieve_builder *b, const struct sieve_state *s, uint8_t byte) {
    for (size_t i = 0; i < s->count; i++) sieve_gather(b, b->members[s->first + i]);
    for (size_t i = 0; i < b->gathered_count; i++) { /* grows while it is read */
        const struct sieve_place *p = &b->pattern.places[b->gathered[i]];
        if (p->kind != PLACE_BYTE && p->kind != PLACE_ACCEPT && sieve_test(b, p, s->group, byte)) sieve_gather(b, p->to);
    }
}

/* Where a byte of the class leads from the state. */
static uint16_t sieve_step(struct sieve_builder *b, size_t from, size_t class) {
    struct sieve_state s = b->states[from];
    uint8_t byte = b->class_byte[class];
    const uint16_t *places = b->members + s.first;
    size_t count = s.count, open_count = 0;
    if (s.tests) {
        sieve_gather_begin(b);
        sieve_open_tests(b, &s, byte);
        if (b->accepts) return STATE_PASS;
        places = b->gathered;
        count = b->gathered_count;
    }
    for (size_t i = 0; i < count; i++) {
        const struct sieve_place *p = &b->pattern.places[places[i]];
        if (p->kind == PLACE_BYTE && sieve_set_has(&b->pattern.sets[p->set], byte)) b->open[open_count++] = p->to;
    }
    sieve_gather_begin(b);
    for (size_t i = 0; i < open_count; i++) sieve_gather(b, b->open[i]);
    return sieve_state_of(b, b->group_of[class]);
}

/* States in the order of their distance from the beginning: what is cut off is what lies farthest. */
static void sieve_states(struct sieve_builder *b, size_t count_max) {
    b->state_max = count_max;
    b->state_count = STATE_FIRST;
    b->member_count = 0;
    for (size_t group = 0; group <= b->group_count; group++) {
        sieve_gather_begin(b);
        sieve_gather(b, b->pattern.first);
        b->start[group] = sieve_state_of(b, group);
    }
    for (size_t i = STATE_FIRST; i < b->state_count; i++) {
        for (size_t c = 0; c < b->class_count; c++) b->next[i][c] = sieve_step(b, i, c);
    }
}

static int sieve_publish(const struct sieve_builder *b, struct arena *a, struct sieve_machine *out) {
    size_t width = b->class_count;
    uint16_t *next = arena_alloc(a, b->state_count * width, sizeof(*next));
    uint16_t *start = arena_alloc(a, width + 1, sizeof(*start));
    if (!next || !start) return -ENOMEM;
    for (size_t i = STATE_FIRST; i < b->state_count; i++) {
        for (size_t c = 0; c < width; c++) next[i * width + c] = (uint16_t) (b->next[i][c] * width);
    }
    for (size_t c = 0; c < width; c++) start[c] = (uint16_t) (b->start[b->group_of[c]] * width);
    start[width] = (uint16_t) (b->start[b->group_count] * width);
    memcpy(out->class_of, b->class_of, sizeof(out->class_of));
    out->class_count = (uint16_t) width;
    out->next = next;
    out->start = start;
    return 0;
}

static_assert(SIEVE_STATES_MAX * SIEVE_CLASSES_MAX <= UINT16_MAX, "a state's row is found by 16 bits");

/* False: not understood. Bounds of repetitions are kept where the states stay few: tables that are used beside each other must fit the cache. */
static bool sieve_machine_make(struct sieve_builder *b, struct bytes pattern, enum sieve_look_ahead look_ahead) {
    struct sieve_reading exact = { .look_ahead = look_ahead, .copied_places_max = SIEVE_EXACT_PLACES }, loose = { .look_ahead = look_ahead, .copied_places_max = SIEVE_LOOSE_PLACES };
    if (sieve_pattern_read(&b->pattern, pattern, exact) && sieve_classes(b)) {
        sieve_states(b, SIEVE_EXACT_STATES_MAX);
        if (b->state_count < SIEVE_EXACT_STATES_MAX) return true;
    }
    if (!sieve_pattern_read(&b->pattern, pattern, loose) || !sieve_classes(b)) return false;
    sieve_states(b, SIEVE_STATES_MAX);
    return true;
}

int sieve_make(struct arena *a, struct bytes pattern, struct sieve *out) {
    struct sieve_builder *b = malloc(sizeof(*b));
    struct sieve_machine *machines = arena_alloc(a, SIEVE_MACHINES_MAX, sizeof(*machines));
    size_t count = 0;
    int r = b && machines ? 0 : -ENOMEM;
    if (b) {
        memset(b->seen, 0, sizeof(b->seen));
        b->round = 0;
    }
    for (size_t i = 0; i < SIEVE_MACHINES_MAX && r == 0; i++) {
        if (!sieve_machine_make(b, pattern, i == 0 ? LOOK_AHEAD_ENDS : LOOK_AHEAD_SKIPPED)) break;
        r = sieve_publish(b, a, &machines[count]);
        count++;
        if (!b->pattern.look_ahead_inside) break; /* both machines would be the same */
    }
    free(b);
    if (r == 0) *out = (struct sieve) { .machines = machines, .count = count };
    return r;
}

static inline bool sieve_machine_passes(const struct sieve_machine *m, struct bytes text, size_t at) {
    size_t width = m->class_count;
    size_t state = m->start[at > 0 ? m->class_of[text.ptr[at - 1]] : width];
    size_t end = text.len - at > SIEVE_WALK_LEN ? at + SIEVE_WALK_LEN : text.len;
    for (; state > width && at < end; at++) state = m->next[state + m->class_of[text.ptr[at]]];
    return state != STATE_DEAD;
}

bool sieve_passes(const struct sieve *s, struct bytes text, size_t at) {
    for (size_t i = 0; i < s->count; i++) {
        if (!sieve_machine_passes(&s->machines[i], text, at)) return false;
    }
    return true;
}

/* Adds the bytes that lead on from the state, and marks where they lead. */
static void sieve_head_step(const struct sieve_machine *m, size_t state, uint64_t bytes[4], bool reached[SIEVE_STATES_MAX]) {
    for (unsigned c = 0; c < 256; c++) {
        size_t next = state == STATE_PASS ? STATE_PASS : m->next[state * m->class_count + m->class_of[c]] / m->class_count;
        if (next == STATE_DEAD) continue;
        bytes[c >> 6] |= UINT64_C(1) << (c & 63);
        reached[next] = true;
    }
}

void sieve_head(const struct sieve *s, size_t offset, uint64_t out_bytes[4]) {
    memset(out_bytes, 0xFF, 4 * sizeof(*out_bytes));
    for (size_t i = 0; i < s->count; i++) {
        const struct sieve_machine *m = &s->machines[i];
        bool here[SIEVE_STATES_MAX] = { false };
        uint64_t bytes[4] = { 0 };
        for (size_t c = 0; c <= m->class_count; c++) here[m->start[c] / m->class_count] = true;
        for (size_t k = 0; k <= offset; k++) {
            bool reached[SIEVE_STATES_MAX] = { false };
            memset(bytes, 0, sizeof(bytes));
            for (size_t state = STATE_PASS; state < SIEVE_STATES_MAX; state++) {
                if (here[state]) sieve_head_step(m, state, bytes, reached);
            }
            memcpy(here, reached, sizeof(here));
        }
        for (size_t k = 0; k < 4; k++) out_bytes[k] &= bytes[k];
    }
}
