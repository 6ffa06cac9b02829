/* A pattern, a line end, a text: where PCRE2 matches the pattern, the sieve passes. */
#include "redact/ruleset.h"

enum { FUZZ_PATTERN_LEN_MAX = 200, FUZZ_TEXT_LEN_MAX = 64, FUZZ_STEPS_MAX = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void fuzz_compare(const pcre2_code *code, const struct sieve *s, struct bytes text) {
    pcre2_match_data *found = pcre2_match_data_create(4, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    must(found && context);
    ignore(pcre2_set_match_limit(context, FUZZ_STEPS_MAX)); /* always 0 */
    for (size_t at = 0; at <= text.len; at++) {
        int r = pcre2_match(code, text.ptr, text.len, at, 0, found, context);
        must(r < 0 || sieve_passes(s, text, at));
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    const uint8_t *end = len > 0 ? memchr(data, '\n', len) : NULL;
    struct problem p = { 0 };
    struct sieve s;
    struct arena a;
    pcre2_code *code = NULL;
    if (!end || end - data > FUZZ_PATTERN_LEN_MAX || len - (size_t) (end - data) > FUZZ_TEXT_LEN_MAX) return 0;
    struct bytes pattern = bytes_make(data, (size_t) (end - data)), text = bytes_make(end + 1, len - pattern.len - 1);
    if (rule_compile(pattern, true, &code, &p) < 0) return 0;
    arena_init(&a, 16 << 20);
    if (sieve_make(&a, pattern, &s) == 0) fuzz_compare(code, &s, text);
    arena_release(&a);
    pcre2_code_free(code);
    return 0;
}
