/* What looks like an identifier and is none: protected phrases, eponyms before what they name. And its contrary: runs too long to be text. */
#include "conf/base/text.h"
#include "redact/recognizer.h"

enum { PROTECT_SCORE = 840, PROTECT_OPAQUE_LEN = 1024 };

static int protect_drop(struct scratch *s, uint32_t first, uint32_t last) {
    struct span span = { .begin = scan_span(&s->scan, first).begin, .end = scan_span(&s->scan, last).end };
    struct finding f = { .span = span, .entity = ENTITY_OTHER_ID, .score = PROTECT_SCORE, .source = FINDING_LIST, .recognizer = RECOGNIZER_PROTECT };
    return scratch_add(s, f, true);
}

/* "Maria Garcia saw …": a given name that is no eponym stands right before, so this is a person and what follows is no head. */
static bool protect_is_person(const struct scratch *s, uint32_t first) {
    if (first == 0 || s->scan.words[first].gap != GAP_SPACE || !word_is_capital(&s->scan.words[first - 1])) return false;
    uint64_t before = scan_flags(&s->scan, s->engine->dictionary, first - 1);
    return (before & FLAG_BIT(FLAG_GIVEN)) && !(before & (FLAG_BIT(FLAG_EPONYM) | FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_STOP)));
}

static bool protect_is_one_of(const struct scratch *s, uint32_t i, const char *const *words, size_t count) {
    for (size_t k = 0; k < count; k++) {
        if (text_equals_lower(scan_word(&s->scan, i), words[k])) return true;
    }
    return false;
}

/* "a Kocher was placed", "the Bovie", "s/p Whipple": what follows an article or stands after "status post" is a thing, unless another name or a family follows. */
static bool protect_follows_article(const struct scratch *s, uint32_t first) {
    static const char *const before[] = { "a", "an", "the", "no", "another", "two", "both", "via" };
    static const char *const people[] = { "family", "household", "residence", "home", "brothers", "sisters", "boy", "girl", "baby", "couple", "estate" };
    const struct scan *scan = &s->scan;
    if (first == 0 || scan->words[first].gap != GAP_SPACE || (scan->words[first - 1].shape & WORD_UPPER) > (scan->words[first].shape & WORD_UPPER)) return false;
    bool after_status = first > 1 && scan->words[first - 1].gap == GAP_SLASH && text_equals_lower(scan_word(scan, first - 1), "p");
    if (!after_status && !protect_is_one_of(s, first - 1, before, array_count(before))) return false;
    if (first + 1 >= scan->word_count) return true;
    const struct word *next = &scan->words[first + 1];
    if (next->gap == GAP_HYPHEN || (next->gap == GAP_SPACE && word_is_capital(next) && (scan->words[first].shape & WORD_UPPER) == 0)) return false;
    return next->gap != GAP_SPACE || !protect_is_one_of(s, first + 1, people, array_count(people));
}

/* "Romberg negative", "Whipple POD 2". */
static bool protect_precedes_result(const struct scratch *s, uint32_t first) {
    static const char *const results[] = { "positive", "negative", "pos", "neg", "absent", "pod", "equivocal" };
    const struct scan *scan = &s->scan;
    return first + 1 < scan->word_count && scan->words[first + 1].gap == GAP_SPACE && protect_is_one_of(s, first + 1, results, array_count(results));
}

/* "the artery of Heubner", "duct of Wirsung": what the eponym names stands before it. */
static bool protect_follows_head(const struct scratch *s, uint32_t first) {
    const struct scan *scan = &s->scan;
    if (first < 2 || scan->words[first].gap != GAP_SPACE || scan->words[first - 1].gap != GAP_SPACE) return false;
    if (!text_equals_lower(scan_word(scan, first - 1), "of")) return false;
    return (scan_flags(scan, s->engine->dictionary, first - 2) & (FLAG_BIT(FLAG_EPONYM_HEAD) | FLAG_BIT(FLAG_ANATOMY))) != 0;
}

/* "Parkinson disease", "Parkinson's disease", "Guillain-Barre syndrome", "Foley catheter": the eponym with all up to its head. */
static int protect_eponym(struct scratch *s, uint32_t first) {
    const struct scan *scan = &s->scan;
    const struct dictionary *d = s->engine->dictionary;
    if (protect_follows_article(s, first) || protect_precedes_result(s, first) || protect_follows_head(s, first)) return protect_drop(s, first, first);
    for (uint32_t i = first + 1; i < scan->word_count && i <= first + 5; i++) {
        const struct word *w = &scan->words[i];
        uint64_t flags = scan_flags(scan, d, i);
        if (w->gap == GAP_BREAK || w->gap == GAP_COMMA || w->gap == GAP_COLON || w->gap == GAP_OTHER || w->gap == GAP_OTHER_LINE) return 0;
        if (w->gap == GAP_PERIOD_SPACE) return 0;
        if (flags & FLAG_BIT(FLAG_EPONYM_HEAD)) return protect_drop(s, first, i);
        bool possessive = w->gap == GAP_APOSTROPHE && w->len == 1;
        bool joins = (flags & FLAG_BIT(FLAG_EPONYM)) || (w->gap == GAP_SPACE && w->len <= 3 && !word_is_capital(w));
        if (!possessive && !joins) return 0;
    }
    return 0;
}

static int protect_phrases(struct scratch *s, uint32_t i) {
    const struct scan *scan = &s->scan;
    for (uint32_t k = scan->words[i].phrase; k; k = scan->phrases[k - 1].shorter) {
        const struct scan_phrase *p = &scan->phrases[k - 1];
        if ((dictionary_flags(s->engine->dictionary, p->payload) & FLAG_BIT(FLAG_PROTECT)) == 0) continue;
        return protect_drop(s, i, i + p->word_count - 1u);
    }
    return 0;
}

static int protect_opaque(struct scratch *s, uint32_t i) {
    struct finding f = { .span = scan_span(&s->scan, i), .entity = ENTITY_OTHER_ID, .score = 1000, .source = FINDING_LIST, .recognizer = RECOGNIZER_OPAQUE };
    return scratch_add(s, f, false);
}

int recognizer_protect_run(struct scratch *s) {
    const struct scan *scan = &s->scan;
    for (uint32_t i = scan->core_first; i < scan->core_end; i++) {
        const struct word *w = &scan->words[i];
        int r = 0;
        if (w->len >= PROTECT_OPAQUE_LEN) r = protect_opaque(s, i);
        if (w->phrase && r == 0) r = protect_phrases(s, i);
        if (w->payload && r == 0) {
            uint64_t flags = scan_flags(scan, s->engine->dictionary, i);
            if (flags & FLAG_BIT(FLAG_PROTECT)) r = protect_drop(s, i, i);
            else if ((flags & FLAG_BIT(FLAG_EPONYM)) && !protect_is_person(s, i)) r = protect_eponym(s, i);
        }
        if (r < 0) return r;
    }
    return 0;
}
