/* The key test of the engine: a scan that tries rules at triggers finds exactly what PCRE2 finds when it searches the whole text, rule after rule. */
#include "redact/recognizer.h"

#include "tests/harness.h"

/* A rule as a site would write it, and the same as one pattern over the whole text. WB is our edge of a word of letters. */
#define WB "(?<![A-Za-z\\x80-\\xff])"
#define WE "(?![A-Za-z\\x80-\\xff])"
#define GAP "(?:[ \\t]{1,40}|-|'|`|\\.[ \\t]{0,40}|/|_|[ \\t]{0,20}\\n[ \\t]{0,20})"
static const struct {
    const char *rule, *whole;
} pairs[] = {
    { " keyword mrn, med rec, med rec no\n pattern [ :#]{0,3}\\K[0-9]{2,8}(?![0-9])\n",
      WB "(?i:med" GAP "rec" GAP "no|med" GAP "rec|mrn)" WE "[ :#]{0,3}\\K[0-9]{2,8}(?![0-9])" },
    { " keyword seen, dob\n anchor at\n pattern (?i:seen|dob) [0-9]{1,2}/[0-9]{1,2}(?![0-9])\n", WB "(?i:seen|dob) [0-9]{1,2}/[0-9]{1,2}(?![0-9])" },
    { " number d{3}-d{2}-\n pattern [0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9])\n", "(?<![0-9A-Za-z\\x80-\\xff])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![0-9])" },
    { " number d{1,2}/d{1,2}\n pattern [0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{2,4})?(?![0-9])\n",
      "(?<![0-9A-Za-z\\x80-\\xff])[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{2,4})?(?![0-9])" },
    { " mixed a1\n pattern [A-Z]{1,3}[0-9]{2,6}(?![0-9A-Za-z\\x80-\\xff])\n",
      "(?<![0-9A-Za-z\\x80-\\xff])[A-Z]{1,3}[0-9]{2,6}(?![0-9A-Za-z\\x80-\\xff])" },
    { " char @\n pattern [A-Za-z0-9._%+-]{1,64}@[a-z]{1,9}\\.[a-z]{2,4}(?![A-Za-z\\x80-\\xff])\n",
      "(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[a-z]{1,9}\\.[a-z]{2,4}(?![A-Za-z\\x80-\\xff])" },
    { " char (\n pattern \\([0-9]{3}\\)[ ]?[0-9]{3}-[0-9]{4}(?![0-9])\n", "\\([0-9]{3}\\)[ ]?[0-9]{3}-[0-9]{4}(?![0-9])" },
};

struct bench {
    struct engine engine;
    struct scratch *scratch;
    pcre2_code *whole[array_count(pairs)];
};

static void bench_init(struct bench *b) {
    _cleanup_(ruleset_builder_freep) struct ruleset_builder *builder = NULL;
    struct problem p = { 0 };
    *b = (struct bench) { .engine = { .document_len_max = 1 << 22 } };
    REQUIRE(dictionary_new(1000, &b->engine.dictionary) == 0 && ruleset_builder_new(&builder) == 0);
    for (size_t i = 0; i < array_count(pairs); i++) {
        char text[1024];
        int len = snprintf(text, sizeof(text), "rule r%zu\n entity OTHER_ID\n score 900\n source label\n%s", i, pairs[i].rule);
        if (ruleset_add(builder, bytes_make(text, (size_t) len), "t", &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
        if (rule_compile(bytes_from_string(pairs[i].whole), false, &b->whole[i], &p) < 0) harness_fail(__FILE__, __LINE__, "%zu: %s", i, p.text);
        REQUIRE(b->whole[i] != NULL);
    }
    REQUIRE(ruleset_seal(builder, b->engine.dictionary, &b->engine.ruleset, &p) == 0);
    REQUIRE(scratch_new(&b->engine, &b->scratch) == 0);
}

static void bench_release(struct bench *b) {
    for (size_t i = 0; i < array_count(pairs); i++) pcre2_code_free(b->whole[i]);
    scratch_free(b->scratch);
    ruleset_free(b->engine.ruleset);
    dictionary_free(b->engine.dictionary);
}

static void run_engine(struct bench *b, struct bytes text) {
    struct scratch *s = b->scratch;
    scratch_begin(s);
    scratch_begin_run(s);
    for (size_t begin = 0; begin < text.len; begin += SCAN_CHUNK_LEN) {
        size_t end = begin + SCAN_CHUNK_LEN < text.len ? begin + SCAN_CHUNK_LEN : text.len;
        REQUIRE(scan_run(&s->scan, b->engine.dictionary, b->engine.ruleset->chars, text, (struct span) { .begin = begin, .end = end }) == 0);
        REQUIRE(recognizer_pattern_run(s) == 0);
    }
    finding_sort(&s->findings);
}

/* The next finding of one rule at or after *i; NULL none. */
static const struct finding *next_of(const struct findings *f, size_t rule, size_t *i) {
    while (*i < f->count && f->items[*i].recognizer != RECOGNIZER_BUILTIN_COUNT + rule) (*i)++;
    return *i < f->count ? &f->items[(*i)++] : NULL;
}

static bool check_rule(struct bench *b, size_t rule, struct bytes text) {
    size_t i = 0;
    for (size_t at = 0;;) {
        int r = pcre2_match(b->whole[rule], text.ptr, text.len, at, 0, b->scratch->match_data, NULL);
        const struct finding *f = next_of(&b->scratch->findings, rule, &i);
        if (r < 0) return f == NULL;
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(b->scratch->match_data);
        if (!f || f->span.begin != ends[0] || f->span.end != ends[1]) return false;
        at = ends[1];
    }
}

static uint32_t seed = 7;
static uint32_t next_random(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static size_t make_text(char *text, size_t len) {
    static const char *const parts[] = {
        "mrn", "MRN", "med rec", "Med. Rec. no", "med\nrec", "seen", "DOB", "xmrn", "mrns", "12", "123", "1234567", "078-05-1120", "078-05-11201", "4/5", "04/05/2019",
        "120/80", "AB1234", "A1", "ABCD12", "a.b+c@mail.org", "@", "@x.com", "(617) 555-0123", "(617)555-0123", "(", ")", ":", "#", " ", " ", " ", "\n", "\n\n", "-", "/",
        ".", ",", "_", "\t", " \xC3\xA9mrn 12 ", "word", "no", "rec", "12/", "078-", "x@y.co", "seen 4/5", "dob 12/31",
    };
    size_t n = 0;
    while (n + 24 < len) {
        const char *part = parts[next_random(array_count(parts))];
        size_t part_len = strlen(part);
        memcpy(text + n, part, part_len);
        n += part_len;
        if (next_random(3) == 0) text[n++] = ' ';
    }
    return n;
}

TEST(recognizer_pattern, scan_and_confirmation_find_what_a_sequential_search_finds) {
    _cleanup_(bench_release) struct bench b;
    char text[700];
    bench_init(&b);
    for (size_t round = 0; round < 4000; round++) {
        struct bytes t = bytes_make(text, make_text(text, 40 + round % 640));
        run_engine(&b, t);
        for (size_t rule = 0; rule < array_count(pairs); rule++) {
            if (check_rule(&b, rule, t)) continue;
            harness_fail(__FILE__, __LINE__, "round %zu rule %zu differs on: %.*s", round, rule, (int) t.len, text);
            return;
        }
    }
}

TEST(recognizer_pattern, long_documents_give_equal_matches_at_every_seam) {
    _cleanup_(bench_release) struct bench b;
    enum { LEN = 1 << 20 };
    bench_init(&b);
    char *text = malloc(LEN);
    REQUIRE(text != NULL);
    struct bytes t = bytes_make(text, make_text(text, LEN));
    run_engine(&b, t);
    for (size_t rule = 0; rule < array_count(pairs); rule++) {
        if (!check_rule(&b, rule, t)) harness_fail(__FILE__, __LINE__, "rule %zu differs", rule);
    }
    free(text);
}

static void engine_with(const char *rules, struct engine *e, struct scratch **s) {
    _cleanup_(ruleset_builder_freep) struct ruleset_builder *builder = NULL;
    struct problem p = { 0 };
    *e = (struct engine) { .document_len_max = 1 << 20 };
    REQUIRE(dictionary_new(1000, &e->dictionary) == 0 && ruleset_builder_new(&builder) == 0);
    if (ruleset_add(builder, bytes_from_string(rules), "t", &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(ruleset_seal(builder, e->dictionary, &e->ruleset, &p) == 0 && scratch_new(e, s) == 0);
    scratch_begin(*s);
    scratch_begin_run(*s);
}

static void engine_done(struct engine *e, struct scratch *s) {
    scratch_free(s);
    ruleset_free(e->ruleset);
    dictionary_free(e->dictionary);
}

TEST(recognizer_pattern, a_match_limit_redacts_the_window_and_is_never_no_match) {
    struct engine e;
    struct scratch *s;
    char text[700] = "bomb ";
    engine_with("rule r\n entity MRN\n score 900\n source label\n keyword bomb\n pattern [ ](?:a{1,30}){1,30}(?:a{1,30}){1,30}b\n", &e, &s);
    memset(text + 5, 'a', 600);
    struct bytes t = bytes_make(text, 605);
    REQUIRE(scan_run(&s->scan, e.dictionary, e.ruleset->chars, t, (struct span) { .end = t.len }) == 0);
    REQUIRE(recognizer_pattern_run(s) == 0);
    REQUIRE(s->findings.count == 1);
    CHECK_INT(s->findings.items[0].recognizer, RECOGNIZER_LIMIT);
    CHECK_INT(s->findings.items[0].span.end, t.len);
    engine_done(&e, s);
}

TEST(recognizer_pattern, a_match_cut_by_its_window_goes_on_to_the_end_of_the_run) {
    struct engine e;
    struct scratch *s;
    char text[3000] = "see http://";
    engine_with("rule r\n entity URL\n score 900\n source label\n keyword http\n anchor at\n pattern http://[^\\s]{1,2000}\n", &e, &s);
    memset(text + 11, '/', sizeof(text) - 11);
    memcpy(text + 2500, " end", 4);
    struct bytes t = bytes_make(text, sizeof(text));
    REQUIRE(scan_run(&s->scan, e.dictionary, e.ruleset->chars, t, (struct span) { .end = t.len }) == 0);
    REQUIRE(recognizer_pattern_run(s) == 0);
    REQUIRE(s->findings.count == 1);
    CHECK_INT(s->findings.items[0].span.begin, 4);
    CHECK_INT(s->findings.items[0].span.end, 2500);
    engine_done(&e, s);
}

TEST(recognizer_pattern, context_words_decide_as_needed_and_avoided) {
    static const struct {
        const char *text;
        size_t count;
    } cases[] = { { "zip is 12345", 1 }, { "12345 alone", 0 }, { "zip far away from the number 12345", 0 }, { "zip 12345 mg", 0 }, { "postal code then 12345", 1 } };
    struct engine e;
    struct scratch *s;
    engine_with("context where zip, postal code\ncontext dose mg, ml\nrule r\n entity ZIP\n score 900\n source list\n number d{5}\n pattern [0-9]{5}\n"
                " need before 4 where\n avoid after 1 dose\n", &e, &s);
    for (size_t i = 0; i < array_count(cases); i++) {
        struct bytes t = bytes_from_string(cases[i].text);
        scratch_begin(s);
        scratch_begin_run(s);
        REQUIRE(scan_run(&s->scan, e.dictionary, e.ruleset->chars, t, (struct span) { .end = t.len }) == 0);
        REQUIRE(recognizer_pattern_run(s) == 0);
        if (s->findings.count != cases[i].count) harness_fail(__FILE__, __LINE__, "%s", cases[i].text);
    }
    engine_done(&e, s);
}
