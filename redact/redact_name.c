/* Names of files and folders: a path component is read as text whose '_' are blanks, and with less patience than a note: what looks like a name or a
 * number of somebody is one. */
#include <errno.h>

#include "conf/base/text.h"
#include "conf/limits.h"
#include "redact/extract.h"
#include "redact/recognizer.h"
#include "redact/resolve.h"
#include "redact/transform.h"

enum { NAME_SCORE = 800, NAME_NUMBER_LEN_MIN = 5 };

#define NAME_ORDINARY                                                                                                             \
    (FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_ANATOMY) | FLAG_BIT(FLAG_CLINICAL)          \
     | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_MONTH) | FLAG_BIT(FLAG_WEEKDAY) | FLAG_BIT(FLAG_ROLE) | FLAG_BIT(FLAG_FACILITY_HEAD)   \
     | FLAG_BIT(FLAG_STATE_CODE))
#define NAME_OF_SOMEBODY (FLAG_BIT(FLAG_SURNAME) | FLAG_BIT(FLAG_GIVEN) | FLAG_BIT(FLAG_NICKNAME))

/* Where the extension begins: it stays. Of "a.b.txt" only ".txt"; a folder has none. */
static size_t name_stem_len(struct bytes name, bool is_folder) {
    if (is_folder) return name.len;
    for (size_t i = name.len; i-- > 1 && name.len - i <= 6;) {
        if (name.ptr[i] == '.') return i;
        if (!text_is_alnum(name.ptr[i])) break;
    }
    return name.len;
}

static uint64_t name_flags(const struct scratch *s, uint32_t i) {
    return i < s->scan.word_count ? scan_flags(&s->scan, s->engine->dictionary, i) : 0;
}

/* A name, and more often that than anything else. */
static bool name_word_is_strong(const struct scratch *s, uint32_t i) {
    uint64_t flags = name_flags(s, i);
    if (!(flags & NAME_OF_SOMEBODY) || (flags & NAME_ORDINARY & ~FLAG_BIT(FLAG_COMMON))) return false;
    if (!(flags & FLAG_BIT(FLAG_COMMON))) return true;
    uint32_t payload = s->scan.words[i].payload, surname = dictionary_weight_surname(payload), given = dictionary_weight_given(payload);
    return (surname > given ? surname : given) >= dictionary_weight_common(payload);
}

/* Beside a strong one, an ordinary word that lists know as a name too belongs to it ("Grace_Hope"). */
static bool name_word_is_somebody(const struct scratch *s, uint32_t i) {
    uint64_t flags = name_flags(s, i);
    if (s->scan.words[i].len < 2) return false;
    if (name_word_is_strong(s, i)) return true;
    if (!(flags & NAME_OF_SOMEBODY)) return false;
    if (flags & (FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_DRUG))) return false;
    return (i > 0 && name_word_is_strong(s, i - 1)) || (i + 1 < s->scan.word_count && name_word_is_strong(s, i + 1));
}

static int name_recognize(struct scratch *s) {
    for (uint32_t i = 0; i < s->scan.word_count; i++) {
        const struct word *w = &s->scan.words[i];
        struct finding f = { .span = scan_span(&s->scan, i), .score = NAME_SCORE, .source = FINDING_LIST, .recognizer = RECOGNIZER_NAME_LIST };
        if (w->shape & WORD_DIGITS) {
            if (w->len < NAME_NUMBER_LEN_MIN) continue;
            f.entity = ENTITY_MRN;
        } else {
            /* An unknown capitalised word beside a name is the rest of it. */
            if (!name_word_is_somebody(s, i)) continue;
            f.entity = ENTITY_PATIENT;
        }
        int r = scratch_add(s, f, false);
        if (r < 0) return r;
    }
    return 0;
}

static int name_scan(struct scratch *s, struct bytes stem, struct run *run) {
    uint8_t *flat = arena_alloc(&s->arena, stem.len + 1, 1);
    if (!flat) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    for (size_t i = 0; i < stem.len; i++) flat[i] = stem.ptr[i] == '_' ? ' ' : stem.ptr[i];
    if (fold_text(&s->arena, bytes_make(flat, stem.len), &run->text, &run->map) < 0) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    scratch_begin_run(s);
    int r = scan_run(&s->scan, s->engine->dictionary, s->engine->ruleset->chars, run->text, (struct span) { .end = run->text.len });
    if (r < 0) return scratch_refuse(s, REFUSAL_MEMORY, r);
    r = recognizer_pattern_run(s);
    if (r == 0) r = recognizer_name_run(s);
    if (r == 0) r = recognizer_protect_run(s);
    if (r == 0) r = name_recognize(s);
    if (r == 0) resolve_findings(run->text, &s->findings, &s->drops);
    return r;
}

static int name_find(struct scratch *s, struct bytes name, bool is_folder) {
    struct run run;
    if (name.len > LIMIT_FILE_NAME_LEN) return scratch_refuse(s, REFUSAL_TOO_LARGE, -ENAMETOOLONG);
    if (!text_utf8_is_valid(name)) {
        /* Nobody can tell what these bytes say: all of them are replaced. */
        return scratch_add(s, (struct finding) { .span = { .end = name.len }, .entity = ENTITY_OTHER_ID, .score = 1000, .source = FINDING_LABEL }, false);
    }
    int r = name_scan(s, bytes_make(name.ptr, name_stem_len(name, is_folder)), &run);
    if (r < 0) return r;
    for (size_t i = 0; i < s->findings.count; i++) s->findings.items[i].span = map_span(&run.map, s->findings.items[i].span);
    return 0;
}

int redact_name(const struct engine *e, struct scratch *s, struct vault *v, struct bytes folder, struct bytes name, bool is_folder, struct buf *out,
                bool *out_changed) {
    must(s->engine == e);
    (void) folder; /* a component is read alone: its folder's name is redacted on its own */
    scratch_begin(s);
    if (name.len == 0) {
        *out_changed = false;
        return 0;
    }
    int r = name_find(s, name, is_folder);
    struct transform t = { .profile = &e->profile, .vault = v, .arena = &s->arena };
    enum refusal why = REFUSAL_NONE;
    if (r == 0) r = transform_name(&t, name, s->findings.items, s->findings.count, out, out_changed, &why);
    arena_reset(&s->arena);
    return r;
}
