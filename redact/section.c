#include "redact/section.h"

#include <errno.h>

#include "conf/base/text.h"
#include "redact/engine.h"
#include "redact/recognizer.h"

enum { SECTION_HEADING_LEN_MAX = 60, SECTION_WORDS_LEN_MAX = 64, SECTION_CAPITALS_MIN = 6 };

/* A heading's words in lower case, one blank between. */
struct section_words {
    char text[SECTION_WORDS_LEN_MAX + 1];
    size_t len;
};

/* Headings of a note's own, and what they are short for. Written for deidfs after the usual outline of admission, progress, operative and discharge
 * notes. */
static const struct {
    const char *words, *meaning; /* NULL: itself */
} section_headings[] = {
    { "a and p", "assessment and plan" }, { "a p", "assessment and plan" }, { "addendum", NULL }, { "admission diagnosis", NULL },
    { "admitting diagnosis", "admission diagnosis" }, { "allergies", NULL }, { "allergies and adverse reactions", "allergies" }, { "assessment", NULL },
    { "assessment and plan", NULL }, { "assessment plan", "assessment and plan" }, { "attestation", NULL }, { "birth history", NULL },
    { "brief hospital course", "hospital course" }, { "cc", "chief complaint" }, { "chief complaint", NULL }, { "clinical history", NULL },
    { "clinical information", NULL }, { "complications", NULL }, { "conclusion", NULL }, { "consultants", NULL }, { "current medications", "medications" },
    { "description of procedure", NULL }, { "diagnoses", "diagnosis" }, { "diagnosis", NULL }, { "discharge condition", NULL },
    { "discharge diagnoses", "discharge diagnosis" }, { "discharge diagnosis", NULL }, { "discharge instructions", NULL },
    { "discharge medications", NULL }, { "disposition", NULL }, { "emergency department course", NULL }, { "exam", "physical examination" },
    { "family history", NULL }, { "fh", "family history" }, { "fhx", "family history" }, { "final diagnosis", NULL }, { "findings", NULL },
    { "follow up", NULL }, { "followup", "follow up" }, { "gynecologic history", NULL }, { "history and physical", NULL },
    { "history of present illness", NULL }, { "home medications", NULL }, { "hospital course", NULL }, { "hpi", "history of present illness" },
    { "imaging", NULL }, { "immunizations", NULL }, { "impression", NULL }, { "impressions", "impression" }, { "indication", NULL },
    { "indications", "indication" }, { "interval history", NULL }, { "laboratory", NULL }, { "laboratory data", "laboratory" }, { "labs", "laboratory" },
    { "meds", "medications" }, { "medications", NULL }, { "medications on admission", NULL }, { "medications on discharge", "discharge medications" },
    { "mental status examination", NULL }, { "objective", NULL }, { "obstetrical history", NULL }, { "operative findings", NULL },
    { "past medical history", NULL }, { "past surgical history", NULL }, { "pe", "physical examination" }, { "physical exam", "physical examination" },
    { "physical examination", NULL }, { "plan", NULL }, { "pmh", "past medical history" }, { "pmhx", "past medical history" },
    { "postoperative diagnosis", NULL }, { "preoperative diagnosis", NULL }, { "problem list", NULL }, { "problems", "problem list" },
    { "procedure", NULL }, { "procedures", "procedure" }, { "prognosis", NULL }, { "psh", "past surgical history" }, { "pshx", "past surgical history" },
    { "radiology", NULL }, { "reason for admission", NULL }, { "reason for consultation", NULL }, { "reason for referral", NULL },
    { "reason for visit", NULL }, { "recommendations", NULL }, { "review of systems", NULL }, { "ros", "review of systems" }, { "sh", "social history" },
    { "shx", "social history" }, { "social history", NULL }, { "subjective", NULL }, { "technique", NULL }, { "vital signs", NULL },
    { "vitals", "vital signs" },
};

/* Letters and digits stay; "&" is "and"; whatever else parts words. False: longer than a heading is, or no letter in it. */
static bool section_read_words(struct bytes in, struct section_words *out) {
    struct section_words w = { .len = 0 };
    bool gap = false, letter = false;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        bool plain = text_is_alnum(c) || c >= 0x80, and = c == '&';
        gap = gap || !plain;
        if (!plain && !and) continue;
        if (w.len + 5 > SECTION_WORDS_LEN_MAX) return false;
        if (gap && w.len > 0) w.text[w.len++] = ' ';
        gap = and;
        letter = letter || text_is_alpha(c) || c >= 0x80;
        if (and) memcpy(w.text + w.len, "and", 3);
        else w.text[w.len] = (char) text_to_lower(c);
        w.len += and ? 3 : 1;
    }
    *out = w;
    return letter;
}

static bool section_equals(const struct section_words *w, const char *words) {
    return strlen(words) == w->len && memcmp(w->text, words, w->len) == 0;
}

/* Replaces an abbreviation by what it means; false where the heading is none of a note's own. */
static bool section_resolve(struct section_words *w) {
    for (size_t i = 0; i < array_count(section_headings); i++) {
        if (!section_equals(w, section_headings[i].words)) continue;
        const char *meaning = section_headings[i].meaning;
        if (meaning) {
            w->len = strlen(meaning);
            memcpy(w->text, meaning, w->len);
        }
        return true;
    }
    return false;
}

static bool section_is_listed(const struct section_words *w, const char *list) {
    while (*list) {
        size_t len = strcspn(list, ",");
        struct section_words named;
        if (section_read_words(bytes_make(list, len), &named)) {
            ignore(section_resolve(&named)); /* a site's own heading is itself */
            if (named.len == w->len && memcmp(named.text, w->text, w->len) == 0) return true;
        }
        list += len + (list[len] == ',');
    }
    return false;
}

/* ---- headings --------------------------------------------------------------------------------------------------------------------- */

struct section_heading {
    bool is_own;    /* of a note's own */
    bool is_listed; /* by the profile */
    size_t end;     /* where its text begins */
};

/* "2. ", "## ", "**": what headings are dressed with. */
static size_t section_skip_dress(struct bytes line, bool *out_marked) {
    size_t i = 0;
    while (i < line.len && memchr(" \t#*_>-", line.ptr[i], 7)) {
        bool stars = line.ptr[i] == '*' && i + 1 < line.len && line.ptr[i + 1] == '*'; /* one alone is an item of a list */
        *out_marked = *out_marked || line.ptr[i] == '#' || stars;
        i++;
    }
    size_t digits = i;
    while (digits < line.len && text_is_digit(line.ptr[digits])) digits++;
    bool numbered = digits > i && digits < line.len && (line.ptr[digits] == '.' || line.ptr[digits] == ')');
    return numbered ? digits + 1 : i;
}

/* "SOCIAL HX", not "BP" or "WBC", which name a value. */
static bool section_is_capitals(struct bytes words) {
    size_t upper = 0;
    for (size_t i = 0; i < words.len; i++) {
        if (text_is_lower(words.ptr[i])) return false;
        upper += text_is_upper(words.ptr[i]);
    }
    return upper >= SECTION_CAPITALS_MIN;
}

/* Is the line a heading, or does it begin with one? *out's end counts from the line's begin. */
static bool section_read_heading(const struct profile *p, struct bytes line, struct section_heading *out) {
    bool marked = false;
    size_t begin = section_skip_dress(line, &marked);
    struct bytes rest = bytes_make(line.ptr + begin, line.len - begin);
    const uint8_t *colon = rest.len > 0 ? memchr(rest.ptr, ':', rest.len) : NULL;
    size_t len = colon ? (size_t) (colon - rest.ptr) : rest.len;
    struct section_words words;
    if (len > SECTION_HEADING_LEN_MAX || !section_read_words(bytes_make(rest.ptr, len), &words)) return false;
    struct section_heading h = { .end = begin + len + (colon ? 1 : 0) };
    while (h.end < line.len && memchr("*_# ", line.ptr[h.end], 4)) h.end++;
    h.is_own = section_resolve(&words);
    h.is_listed = section_is_listed(&words, p->sections_keep[0] ? p->sections_keep : p->sections_drop);
    bool looks = h.is_own || h.is_listed || marked || section_is_capitals(bytes_make(rest.ptr, len));
    if (!looks) return false;
    *out = h;
    return true;
}

/* ---- sections --------------------------------------------------------------------------------------------------------------------- */

struct section_walk {
    const struct profile *profile;
    struct bytes text;
    struct section_spans spans;
    size_t room;
    struct arena *arena;
};

static int section_put(struct section_walk *w, size_t begin, size_t end) {
    while (begin < end && text_is_space(w->text.ptr[begin])) begin++;
    while (end > begin && text_is_space(w->text.ptr[end - 1])) end--;
    if (begin == end) return 0;
    if (w->spans.count == w->room) {
        size_t room = w->room * 2 + 16;
        struct span *more = arena_alloc_dirty(w->arena, room, sizeof(*more));
        if (!more) return -ENOMEM;
        if (w->spans.count > 0) memcpy(more, w->spans.items, w->spans.count * sizeof(*more));
        w->spans.items = more;
        w->room = room;
    }
    w->spans.items[w->spans.count++] = (struct span) { begin, end };
    return 0;
}

/* One piece between form feeds. dropped_from: where what is not shown began; SIZE_MAX while text is shown. */
static int section_walk_piece(struct section_walk *w, struct span piece, bool is_cell) {
    bool keeps = w->profile->sections_keep[0] != '\0', any = false;
    size_t dropped_from = keeps ? piece.begin : SIZE_MAX, count_before = w->spans.count;
    int r = 0;
    for (size_t at = piece.begin; at < piece.end && r == 0;) {
        const uint8_t *newline = memchr(w->text.ptr + at, '\n', piece.end - at);
        size_t end = newline ? (size_t) (newline - w->text.ptr) : piece.end;
        struct section_heading h;
        bool heads = section_read_heading(w->profile, bytes_make(w->text.ptr + at, end - at), &h);
        bool shows = heads && (keeps ? h.is_listed : h.is_own && !h.is_listed);
        bool hides = heads && (keeps ? !h.is_listed : h.is_listed);
        any = any || (heads && (h.is_own || h.is_listed));
        if (dropped_from != SIZE_MAX && (shows || (hides && !keeps))) {
            r = section_put(w, dropped_from, at);
            dropped_from = SIZE_MAX;
        }
        if (hides && dropped_from == SIZE_MAX) dropped_from = keeps ? at : at + h.end;
        at = end + 1;
    }
    if (r == 0 && dropped_from != SIZE_MAX) r = section_put(w, dropped_from, piece.end);
    if (is_cell && !any) w->spans.count = count_before;
    return r;
}

int section_find(const struct profile *p, struct bytes text, struct arena *arena, struct section_spans *out) {
    struct section_walk w = { .profile = p, .text = text, .arena = arena };
    bool has_cells = text.len > 0 && memchr(text.ptr, '\f', text.len);
    int r = 0;
    for (size_t at = 0; at < text.len && r == 0;) {
        const uint8_t *feed = memchr(text.ptr + at, '\f', text.len - at);
        size_t end = feed ? (size_t) (feed - text.ptr) : text.len;
        r = section_walk_piece(&w, (struct span) { at, end }, has_cells);
        at = end + 1;
    }
    if (r == 0) *out = w.spans;
    return r;
}

static int section_collect(struct scratch *s, const struct extraction *x, struct findings *out) {
    for (size_t i = 0; i < x->run_count; i++) {
        struct section_spans found = { 0 };
        int r = section_find(&s->engine->profile, x->runs[i].text, &s->arena, &found);
        for (size_t k = 0; k < found.count && r == 0; k++) {
            struct finding f = { .span = map_span(&x->runs[i].map, found.items[k]), .entity = ENTITY_OTHER_ID, .score = 1000, .source = FINDING_LABEL,
                                 .recognizer = RECOGNIZER_SECTION, .is_section = true };
            if (!span_is_empty(f.span)) r = finding_add(out, &s->arena, f);
        }
        if (r < 0) return r;
    }
    return 0;
}

int section_apply(struct scratch *s, const struct extraction *x, struct findings *findings) {
    const struct profile *p = &s->engine->profile;
    struct findings all = { 0 };
    if (!p->sections_keep[0] && !p->sections_drop[0]) return 0;
    int r = section_collect(s, x, &all);
    for (size_t i = 0; i < findings->count && r == 0; i++) r = finding_add(&all, &s->arena, findings->items[i]);
    if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
    finding_sort(&all);
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++) {
        struct finding *last = kept > 0 ? &all.items[kept - 1] : NULL;
        if (!last || !span_overlaps(last->span, all.items[i].span)) {
            all.items[kept++] = all.items[i];
            continue;
        }
        struct span both = span_union(last->span, all.items[i].span);
        if (all.items[i].is_section) *last = all.items[i];
        last->span = both;
    }
    all.count = kept;
    *findings = all;
    return 0;
}
