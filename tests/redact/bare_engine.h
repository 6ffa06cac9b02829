/* An engine of a test's own rules and words, without the shipped ones. Threads: one test. */
#pragma once

#include "redact/recognizer.h"
#include "tests/harness.h"

struct bare_engine {
    struct engine engine;
    struct scratch *scratch;
};

struct bare_word {
    const char *text;
    uint64_t flags;
};

static inline void bare_engine_init(struct bare_engine *b, const char *rules, const struct bare_word *words, size_t word_count) {
    _cleanup_(ruleset_builder_freep) struct ruleset_builder *builder = NULL;
    struct problem p = { 0 };
    *b = (struct bare_engine) { .engine = { .document_len_max = 1 << 20 } };
    REQUIRE(dictionary_new(1000, &b->engine.dictionary) == 0 && ruleset_builder_new(&builder) == 0);
    for (size_t i = 0; i < word_count; i++) {
        uint32_t weights = words[i].flags & FLAG_BIT(FLAG_COMMON) ? 20u << 26 : 15u << 16 | 15u << 21;
        REQUIRE(dictionary_add(b->engine.dictionary, bytes_from_string(words[i].text), words[i].flags, weights) == 0);
    }
    if (ruleset_add(builder, bytes_from_string(rules), "t", &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(ruleset_seal(builder, b->engine.dictionary, &b->engine.ruleset, &p) == 0);
    REQUIRE(scratch_new(&b->engine, &b->scratch) == 0);
    scratch_begin(b->scratch);
}

static inline void bare_engine_release(struct bare_engine *b) {
    scratch_free(b->scratch);
    ruleset_free(b->engine.ruleset);
    dictionary_free(b->engine.dictionary);
}

/* A new document, scanned. */
static inline struct scratch *bare_engine_scan(struct bare_engine *b, struct bytes text) {
    scratch_begin(b->scratch);
    scratch_begin_run(b->scratch);
    REQUIRE(scan_run(&b->scratch->scan, b->engine.dictionary, b->engine.ruleset->chars, text, (struct span) { .end = text.len }) == 0);
    return b->scratch;
}
