/* Documents made to hurt: every one is answered, by a whole view or a refusal, within the engine's own limits of time and memory. */
#include <errno.h>
#include <stdlib.h>

#include "conf/limits.h"
#include "redact/redact.h"
#include "redact/scratch.h"
#include "tests/harness.h"
#include "tests/redact/hostile.h"
#include "tests/redact/huge.h"

static const char label[] = "\nMRN: 00482913\n";

TEST(redact_hostile, every_hostile_document_is_answered_and_hides_its_number) {
    _cleanup_(engine_freep) struct engine *engine = NULL;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    enum { LEN = 512 * 1024 };
    struct engine_options options = { .profile = &profile, .document_len_max = 2 * LEN, .timeout_ms = 30000 };
    if (engine_new(&options, &engine, &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(engine != NULL && scratch_new(engine, &s) == 0);
    uint8_t *text = malloc(LEN);
    REQUIRE(text != NULL);
    for (size_t i = 0; i < hostile_count(); i++) {
        struct redaction out;
        redaction_init(&out, 4 * LEN);
        hostile_fill(i, text, LEN - sizeof(label));
        memcpy(text + LEN - sizeof(label), label, sizeof(label) - 1);
        text[LEN - 1] = '\n';
        struct document d = { .content = bytes_make(text, LEN) };
        int r = redact_find(engine, s, &d, &out);
        /* A limit of time would mean that work is not linear: 512 KB take milliseconds. */
        if (out.refusal == REFUSAL_TIMEOUT || out.refusal == REFUSAL_MEMORY) harness_fail(__FILE__, __LINE__, "%s: %s", hostile_name(i), refusal_name(out.refusal));
        size_t number = LEN - sizeof(label) + 6;
        bool hidden = r < 0;
        for (size_t k = 0; k < out.finding_count; k++) hidden |= out.findings[k].span.begin <= number && out.findings[k].span.end >= number + 8;
        if (!hidden) harness_fail(__FILE__, __LINE__, "%s: the number after it stays readable", hostile_name(i));
        redaction_release(&out);
    }
    free(text);
}

TEST(redact_hostile, a_budget_of_time_that_is_used_up_refuses_the_document) {
    _cleanup_(engine_freep) struct engine *engine = NULL;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    enum { LEN = 32 << 20 };
    struct redaction out;
    struct engine_options options = { .profile = &profile, .document_len_max = LEN, .timeout_ms = 1 };
    REQUIRE(engine_new(&options, &engine, &p) == 0 && scratch_new(engine, &s) == 0);
    uint8_t *text = malloc(LEN);
    REQUIRE(text != NULL);
    hostile_fill(0, text, LEN);
    redaction_init(&out, LEN);
    struct document d = { .content = bytes_make(text, LEN) };
    CHECK_INT(redact_find(engine, s, &d, &out), -ETIMEDOUT);
    CHECK_INT(out.refusal, REFUSAL_TIMEOUT);
    CHECK_INT(out.finding_count, 0);
    redaction_release(&out);
    free(text);
}

/* Small here; bench_engine --huge runs the full sizes and measures time and memory. */
TEST(redact_hostile, what_is_only_long_is_answered_within_the_memory_that_its_length_allows) {
    _cleanup_(engine_freep) struct engine *engine = NULL;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    enum { LEN = 2 << 20 };
    struct engine_options options = { .profile = &profile, .document_len_max = LEN, .timeout_ms = 60000 };
    REQUIRE(engine_new(&options, &engine, &p) == 0 && scratch_new(engine, &s) == 0);
    uint8_t *text = malloc(LEN);
    REQUIRE(text != NULL);
    for (size_t i = 0; i < array_count(huge_documents); i++) {
        const struct huge *h = &huge_documents[i];
        struct redaction out;
        redaction_init(&out, LEN);
        huge_fill(h, text, LEN);
        struct document d = { .content = bytes_make(text, LEN) };
        if (redact_find(engine, s, &d, &out) < 0) harness_fail(__FILE__, __LINE__, "%s: %s", h->name, refusal_name(out.refusal));
        if (out.finding_count < h->hits_least * (LEN >> 20)) harness_fail(__FILE__, __LINE__, "%s: %zu findings", h->name, out.finding_count);
        if (s->arena.reserved > LIMIT_SCRATCH_FIXED + (size_t) LIMIT_SCRATCH_FACTOR * LEN) harness_fail(__FILE__, __LINE__, "%s: %zu bytes", h->name, s->arena.reserved);
        redaction_release(&out);
    }
    free(text);
}

TEST(redact_hostile, a_byte_more_than_max_document_is_refused_as_too_large) {
    _cleanup_(engine_freep) struct engine *engine = NULL;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    struct profile profile = { 0 };
    struct problem p = { 0 };
    enum { LEN = 1 << 20 };
    struct engine_options options = { .profile = &profile, .document_len_max = LEN };
    REQUIRE(engine_new(&options, &engine, &p) == 0 && scratch_new(engine, &s) == 0);
    uint8_t *text = malloc(LEN + 1);
    REQUIRE(text != NULL);
    huge_fill(&huge_documents[0], text, LEN + 1);
    for (size_t over = 0; over <= 1; over++) {
        struct redaction out;
        redaction_init(&out, LEN);
        struct document d = { .content = bytes_make(text, LEN + over) };
        CHECK_INT(redact_find(engine, s, &d, &out), over ? -EFBIG : 0);
        CHECK_INT(out.refusal, over ? REFUSAL_TOO_LARGE : REFUSAL_NONE);
        redaction_release(&out);
    }
    free(text);
}
