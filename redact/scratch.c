#include "redact/scratch.h"

#include <errno.h>
#include <time.h>

#include "conf/base/size.h"
#include "conf/limits.h"
#include "redact/engine.h"

enum {
    SCRATCH_MATCH_LIMIT = 20000,      /* steps of one confirmation; a sound rule needs some hundreds */
    SCRATCH_HEAP_LIMIT_KIB = 1024,
    SCRATCH_DEPTH_LIMIT = 500,
    SCRATCH_JIT_STACK_LEN = 256 * 1024,
    SCRATCH_TICK = 1024,
};

static uint64_t scratch_cpu_ns(void) {
    struct timespec t;
    int r = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    must(r == 0);
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

int scratch_new(const struct engine *e, struct scratch **out_scratch) {
    size_t len_max = LIMIT_SCRATCH_FIXED, factor = 0;
    if (!size_mul(e->document_len_max, LIMIT_SCRATCH_FACTOR, &factor) || !size_add(len_max, factor, &len_max)) return -EOVERFLOW;
    _cleanup_(scratch_freep) struct scratch *s = calloc(1, sizeof(*s));
    if (!s) return -ENOMEM;
    s->engine = e;
    arena_init(&s->arena, len_max);
    scan_init(&s->scan);
    s->match_data = pcre2_match_data_create(RULE_GROUPS_MAX + 4, NULL);
    s->match_context = pcre2_match_context_create(NULL);
    s->jit_stack = pcre2_jit_stack_create(32 * 1024, SCRATCH_JIT_STACK_LEN, NULL);
    s->last_ends = calloc(e->ruleset->rule_count + 1, sizeof(*s->last_ends));
    int r = tagger_scratch_new(e->tagger, e->dictionary, &s->tagger);
    if (r < 0) return r;
    if (!s->match_data || !s->match_context || !s->last_ends) return -ENOMEM;
    ignore(pcre2_set_match_limit(s->match_context, SCRATCH_MATCH_LIMIT)); /* always 0 */
    ignore(pcre2_set_depth_limit(s->match_context, SCRATCH_DEPTH_LIMIT));
    ignore(pcre2_set_heap_limit(s->match_context, SCRATCH_HEAP_LIMIT_KIB));
    /* Without code generation there is no stack to be had, and none needed. */
    if (s->jit_stack) pcre2_jit_stack_assign(s->match_context, NULL, s->jit_stack);
    *out_scratch = take_ptr(s);
    return 0;
}

void scratch_free(struct scratch *s) {
    if (!s) return;
    scan_release(&s->scan);
    tagger_scratch_free(s->tagger);
    arena_release(&s->arena);
    pcre2_match_data_free(s->match_data);
    pcre2_match_context_free(s->match_context);
    pcre2_jit_stack_free(s->jit_stack);
    free(s->last_ends);
    free(s);
}

void scratch_begin(struct scratch *s) {
    arena_reset(&s->arena);
    s->findings = (struct findings) { 0 };
    s->drops = (struct findings) { 0 };
    s->why = REFUSAL_NONE;
    s->confirmations = 0;
    s->deadline_ns = s->engine->timeout_ms ? scratch_cpu_ns() + (uint64_t) s->engine->timeout_ms * 1000000u : 0;
}

void scratch_begin_run(struct scratch *s) {
    memset(s->last_ends, 0, s->engine->ruleset->rule_count * sizeof(*s->last_ends));
}

int scratch_refuse(struct scratch *s, enum refusal why, int error) {
    if (s->why == REFUSAL_NONE) s->why = why;
    return error;
}

int scratch_tick(struct scratch *s) {
    return ++s->confirmations < SCRATCH_TICK ? 0 : scratch_tick_now(s);
}

int scratch_tick_now(struct scratch *s) {
    s->confirmations = 0;
    if (s->deadline_ns == 0 || scratch_cpu_ns() < s->deadline_ns) return 0;
    return scratch_refuse(s, REFUSAL_TIMEOUT, -ETIMEDOUT);
}

int scratch_add(struct scratch *s, struct finding f, bool drops) {
    int r = finding_add(drops ? &s->drops : &s->findings, &s->arena, f);
    return r < 0 ? scratch_refuse(s, REFUSAL_MEMORY, r) : 0;
}
