#include "audit/citation.h"

#include <errno.h>
#include <stdlib.h>

#include "conf/base/text.h"

enum { CITATION_KEY_LEN = 16, CITATION_HEX_LEN = 64, CITATION_ROOM_LEAST = 1 << 12 };

struct citation_key {
    uint8_t raw[CITATION_KEY_LEN]; /* all zero: an empty place */
};

struct citations {
    struct citation_key *places; /* open addressing; a power of two, at most half full */
    size_t room, count;
};

int citations_new(struct citations **out_citations) {
    struct citations *c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    c->room = CITATION_ROOM_LEAST;
    c->places = calloc(c->room, sizeof(*c->places));
    if (!c->places) {
        free(c);
        return -ENOMEM;
    }
    *out_citations = c;
    return 0;
}

void citations_free(struct citations *c) {
    if (!c) return;
    free(c->places);
    free(c);
}

size_t citation_count(const struct citations *c) {
    return c->count;
}

static bool citation_is_empty(const struct citation_key *k) {
    static const struct citation_key none;
    return memcmp(k, &none, sizeof(none)) == 0;
}

/* Digests are evenly spread: their first bytes say where. */
static struct citation_key *citation_place(struct citation_key *places, size_t room, const struct citation_key *k) {
    size_t at = (size_t) bytes_load_be64(k->raw) & (room - 1);
    while (!citation_is_empty(&places[at]) && memcmp(&places[at], k, sizeof(*k)) != 0) at = (at + 1) & (room - 1);
    return &places[at];
}

static int citation_grow(struct citations *c) {
    if (c->room / 2 >= CITATION_VIEWS_MAX) return -ENOSPC;
    struct citation_key *places = calloc(c->room * 2, sizeof(*places));
    if (!places) return -ENOMEM;
    for (size_t i = 0; i < c->room; i++) {
        if (!citation_is_empty(&c->places[i])) *citation_place(places, c->room * 2, &c->places[i]) = c->places[i];
    }
    free(c->places);
    c->places = places;
    c->room *= 2;
    return 0;
}

static bool citation_key_of(struct bytes hex, struct citation_key *out) {
    return hex.len == CITATION_HEX_LEN && text_hex_decode(bytes_make(hex.ptr, (size_t) 2 * CITATION_KEY_LEN), out->raw, CITATION_KEY_LEN) && !citation_is_empty(out);
}

static int citation_put(struct citations *c, struct bytes hex) {
    struct citation_key k;
    if (!citation_key_of(hex, &k)) return 0;
    int r = c->count * 2 >= c->room ? citation_grow(c) : 0;
    if (r < 0) return r;
    struct citation_key *place = citation_place(c->places, c->room, &k);
    c->count += citation_is_empty(place);
    *place = k;
    return 0;
}

/* inf.in is ["<64 hex>",…], as entry_read() has checked. */
int citation_add(struct citations *c, const struct entry *e) {
    if (e->type != EVENT_INFER) return 0;
    struct bytes list = entry_text(e, ENTRY_INPUTS);
    for (size_t at = 2; at + CITATION_HEX_LEN < list.len; at += CITATION_HEX_LEN + 3) {
        int r = citation_put(c, bytes_make(list.ptr + at, CITATION_HEX_LEN));
        if (r < 0) return r;
    }
    return 0;
}

bool citation_has(const struct citations *c, const struct entry *e) {
    struct citation_key k;
    return citation_key_of(entry_text(e, ENTRY_VIEW), &k) && !citation_is_empty(citation_place(c->places, c->room, &k));
}

bool citation_is_orphan(const struct citations *c, const struct entry *e) {
    struct citation_key k;
    if (e->type != EVENT_OPEN || entry_has(e, ENTRY_TICKET) || !citation_key_of(entry_text(e, ENTRY_VIEW), &k)) return false;
    return !citation_has(c, e);
}
