/* scan: a stretch of folded text as words, each with hash, shape, gap and what the dictionary says: one pass, one cache line a word.
 * Everything after it works on words. The tagger reads the same records.
 *
 * A scan covers a window of at most SCAN_WINDOW_LEN_MAX bytes around the stretch that findings may begin in: two kilobytes of what stands before it and
 * one of what follows, so that context is whole at every seam and the work per byte does not depend on the document's length.
 *
 * Threads: one scratch, one thread. Memory: grown once, kept for the next document, at most SCAN_WORDS_MAX records. */
#pragma once

#include "redact/dictionary.h"

enum {
    SCAN_CHUNK_LEN = 64 * 1024,  /* findings begin in it */
    SCAN_LEFT_LEN = 2 * 1024,    /* context before it */
    SCAN_RIGHT_LEN = 1024,       /* context after it */
    SCAN_WINDOW_LEN_MAX = SCAN_CHUNK_LEN + SCAN_LEFT_LEN + SCAN_RIGHT_LEN + WORD_LEN_MAX,
};

struct scan_charset;
/* A listed phrase of two to six words. */
struct scan_phrase {
    uint32_t word;    /* index of its first word */
    uint32_t payload;
    uint32_t shorter; /* 1 + index of the next shorter phrase at the same word; 0: none */
    uint8_t word_count;
};

struct scan {
    struct bytes text;      /* the whole run, folded */
    struct span window;     /* what was scanned */
    struct span core;       /* findings begin here */
    size_t base;            /* window.begin: words count from here */
    struct word *words;
    uint32_t word_count;
    uint32_t word_capacity;
    uint32_t core_first, core_end; /* words that begin in the core */
    struct scan_phrase *phrases;
    uint32_t phrase_count;
    uint32_t phrase_capacity;
    struct scan_charset *charset; /* of the trigger characters it was last run with */
    uint32_t *edges;        /* begins of runs of one class, then their ends; scan_run() alone uses it */
    uint32_t *chars;        /* offsets from base of trigger characters (those that rules name: @ ( + # [ * : | %), ascending */
    uint32_t char_count;
};

void scan_init(struct scan *s);
/* Wipes and frees. */
void scan_release(struct scan *s);
/* Scans the window around core (within text, at most SCAN_CHUNK_LEN). chars: 256 flags, which bytes are trigger characters. -ENOMEM;
 * -E2BIG where phrases within phrases outgrow the table. */
_must_use_ int scan_run(struct scan *s, const struct dictionary *d, const uint8_t chars[256], struct bytes text, struct span core);

/* The word's bytes. */
static inline struct bytes scan_word(const struct scan *s, uint32_t i) {
    return bytes_make(s->text.ptr + s->base + s->words[i].begin, s->words[i].len);
}
/* Its place in the run. */
static inline struct span scan_span(const struct scan *s, uint32_t i) {
    size_t begin = s->base + s->words[i].begin;
    return (struct span) { .begin = begin, .end = begin + s->words[i].len };
}
/* Flags of the dictionary; 0 when not listed. */
static inline uint64_t scan_flags(const struct scan *s, const struct dictionary *d, uint32_t i) {
    return d->classes[dictionary_class(s->words[i].payload)];
}
/* First word that begins at or after the place in the run; word_count where there is none. */
uint32_t scan_word_at(const struct scan *s, size_t at);
