/* sieve_pattern: a rule's pattern read into a graph of places, for sieve.c. The graph takes every text that PCRE2 would take from here, and more.
 * Threads: one owner. */
#pragma once

#include "conf/base/bytes.h"

enum { SIEVE_SETS_MAX = 256, SIEVE_NODES_MAX = 2500, SIEVE_PLACES_MAX = 2500, SIEVE_DEPTH_MAX = 100 };

/* One bit a byte. */
struct sieve_set {
    uint64_t bits[4];
};

enum sieve_place_kind {
    PLACE_BYTE,    /* takes a byte of the set, then `to` */
    PLACE_FORK,    /* `to` or `or_to` */
    PLACE_AHEAD,   /* goes on where the next byte is of the set */
    PLACE_BEHIND,  /* goes on where the byte before is of the set, or at_begin holds */
    PLACE_EDGE,    /* goes on where one of both neighbours is of the set */
    PLACE_NO_EDGE, /* goes on where both are, or none */
    PLACE_ACCEPT,
};

struct sieve_place {
    enum sieve_place_kind kind;
    bool at_begin;
    uint16_t set;
    uint16_t to, or_to;
};

enum sieve_node_kind { NODE_EMPTY, NODE_BYTE, NODE_TEST, NODE_JOIN, NODE_EITHER, NODE_REPEAT, NODE_LOOK_AHEAD, NODE_ANYTHING };
/* The pattern as a tree; operands by index. */
struct sieve_node {
    enum sieve_node_kind kind;
    enum sieve_place_kind test;
    bool at_begin;
    uint16_t set;
    uint16_t a, b;
    uint16_t min, max; /* max UINT16_MAX: no end */
    uint32_t size;     /* places it takes, or more */
};

/* What a positive look-ahead does to the text behind it. */
enum sieve_look_ahead { LOOK_AHEAD_ENDS, LOOK_AHEAD_SKIPPED };

struct sieve_reading {
    enum sieve_look_ahead look_ahead;
    uint32_t copied_places_max; /* a repetition that needs more is taken as "so often or oftener": what is over its bound is PCRE2's to refuse */
};

struct sieve_pattern {
    struct sieve_place places[SIEVE_PLACES_MAX];
    size_t place_count;
    struct sieve_set sets[SIEVE_SETS_MAX];
    size_t set_count;
    uint16_t first;
    bool look_ahead_inside; /* a look-ahead with something behind it */
    struct sieve_node nodes[SIEVE_NODES_MAX];
    size_t node_count;
    uint32_t copied_places_max;
};

/* False: not understood, or too large. */
_must_use_ bool sieve_pattern_read(struct sieve_pattern *out, struct bytes pattern, struct sieve_reading how);
