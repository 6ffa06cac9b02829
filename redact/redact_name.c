/* Names of files and folders: a path component is read as text whose '_' are blanks, and by the opposite rule of a note's: a word stays only where the
 * dictionary knows it as an ordinary, clinical or document word. There is no sentence around a file name that could tell a patient from a topic. */
#include <errno.h>

#include "conf/base/text.h"
#include "conf/limits.h"
#include "redact/extract.h"
#include "redact/patient.h"
#include "redact/recognizer.h"
#include "redact/record.h"
#include "redact/resolve.h"
#include "redact/transform.h"

enum { NAME_SCORE = 800, NAME_NUMBER_LEN_MIN = 4, NAME_YEAR_LEN = 4 };

#define NAME_THING                                                                                                                \
    (FLAG_BIT(FLAG_DRUG) | FLAG_BIT(FLAG_ANATOMY) | FLAG_BIT(FLAG_CLINICAL) | FLAG_BIT(FLAG_MONTH) | FLAG_BIT(FLAG_WEEKDAY)        \
     | FLAG_BIT(FLAG_ROLE) | FLAG_BIT(FLAG_RELATION) | FLAG_BIT(FLAG_FACILITY_HEAD) | FLAG_BIT(FLAG_EPONYM_HEAD) | FLAG_BIT(FLAG_PROTECT)    \
     | FLAG_BIT(FLAG_STATE_CODE) | FLAG_BIT(FLAG_SEASON) | FLAG_BIT(FLAG_TITLE) | FLAG_BIT(FLAG_CREDENTIAL))
#define NAME_NEVER_SOMEBODY (FLAG_BIT(FLAG_STOP) | FLAG_BIT(FLAG_HEADER) | FLAG_BIT(FLAG_UNIT))
#define NAME_ORDINARY (FLAG_BIT(FLAG_COMMON) | NAME_THING | NAME_NEVER_SOMEBODY)
#define NAME_OF_SOMEBODY (FLAG_BIT(FLAG_SURNAME) | FLAG_BIT(FLAG_GIVEN) | FLAG_BIT(FLAG_NICKNAME))

/* What programs and people call files, and no list of words holds. */
static bool name_is_file_word(struct bytes w) {
    static const char *const words[] = { "readme", "doc", "docs", "img", "jpg", "pdf", "csv", "txt", "tmp", "todo", "info", "misc", "config", "admin",
                                         "fax", "faxes", "email", "emails", "inbox", "backup", "export", "exports", "import", "utf", "ascii" };
    for (size_t i = 0; i < array_count(words); i++) {
        if (text_equals_lower(w, words[i])) return true;
    }
    return false;
}

/* Where the extension begins: a known one stays, whatever else follows a period is part of the name ("visit.Jones"). A folder has none. */
static size_t name_stem_len(struct bytes name, bool is_folder) {
    static const char *const extensions[] = { "txt", "text", "csv", "tsv", "md", "log", "json", "jsonl", "ndjson", "xml", "html", "htm", "rtf", "pdf", "doc",
                                              "docx", "xls", "xlsx", "ppt", "pptx", "odt", "eml", "mbox", "msg", "hl7", "x12", "edi", "dcm", "dat", "ini",
                                              "tif", "tiff", "jpg", "jpeg", "png", "gz", "zip" };
    for (size_t e = 0; !is_folder && e < array_count(extensions); e++) {
        size_t len = strlen(extensions[e]);
        if (name.len < len + 2 || name.ptr[name.len - len - 1] != '.') continue;
        if (text_equals_lower(bytes_make(name.ptr + name.len - len, len), extensions[e])) return name.len - len - 1;
    }
    return name.len;
}

/* One part of a name: a word, or a piece of "JohnSmith". */
struct name_piece {
    struct span span; /* in the folded text */
    uint32_t payload;
    uint64_t flags;
};

/* More often somebody's name than anything else. */
static bool name_is_strong(const struct name_piece *p) {
    uint32_t surname = dictionary_weight_surname(p->payload), given = dictionary_weight_given(p->payload), common = dictionary_weight_common(p->payload);
    uint32_t weight = surname > given ? surname : given;
    if (!(p->flags & NAME_OF_SOMEBODY) || (p->flags & NAME_NEVER_SOMEBODY)) return false;
    return (p->flags & NAME_THING) ? weight >= common + 4 && weight >= 20 : weight >= common;
}

static bool name_is_kept(const struct scratch *s, const struct name_piece *p) {
    if (name_is_strong(p)) return false;
    return (p->flags & NAME_ORDINARY) || name_is_file_word(bytes_slice(s->scan.text, p->span));
}

static bool name_year(struct bytes digits) {
    return digits.len == NAME_YEAR_LEN && (memcmp(digits.ptr, "19", 2) == 0 || memcmp(digits.ptr, "20", 2) == 0);
}

/* The next piece of a word of letters: up to where a capital follows a small letter. */
static struct name_piece name_next_piece(const struct scratch *s, uint32_t word, size_t begin) {
    struct span whole = scan_span(&s->scan, word);
    const uint8_t *text = s->scan.text.ptr;
    size_t end = begin + 1;
    while (end < whole.end && !(text_is_upper(text[end]) && text_is_lower(text[end - 1]))) end++;
    struct name_piece p = { .span = { .begin = begin, .end = end }, .payload = s->scan.words[word].payload };
    if (end - begin < span_len(whole)) {
        uint8_t shape = 0;
        p.payload = dictionary_find(s->engine->dictionary, word_hash(text + begin, end - begin, end - begin, &shape));
    }
    p.flags = dictionary_flags(s->engine->dictionary, p.payload);
    return p;
}

static int name_add(struct scratch *s, struct span span, enum entity entity) {
    struct finding f = { .span = span, .entity = entity, .score = NAME_SCORE, .source = FINDING_LIST, .recognizer = RECOGNIZER_NAME_LIST };
    return scratch_add(s, f, false);
}

/* beside: a piece that was taken out stands right before; then an initial, or a word that may be a name ("Grace_Hope"), goes with it. */
static int name_recognize_word(struct scratch *s, uint32_t i, bool *beside) {
    struct span whole = scan_span(&s->scan, i);
    for (size_t at = whole.begin; at < whole.end;) {
        struct name_piece p = name_next_piece(s, i, at);
        bool initial = span_len(p.span) == 1;
        bool goes = initial ? *beside : !name_is_kept(s, &p) || (*beside && (p.flags & NAME_OF_SOMEBODY) && !(p.flags & NAME_NEVER_SOMEBODY));
        int r = goes ? name_add(s, p.span, ENTITY_PATIENT) : 0;
        if (r < 0) return r;
        *beside = goes;
        at = p.span.end;
    }
    return 0;
}

/* Forward, then backward over the words: a name taken out takes its neighbours on both sides with it. */
static int name_recognize(struct scratch *s) {
    bool beside = false;
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < s->scan.word_count; i++) {
        const struct word *w = &s->scan.words[i];
        if (word_is_letters(w)) {
            r = name_recognize_word(s, i, &beside);
        } else if (w->len >= NAME_NUMBER_LEN_MIN && !name_year(scan_word(&s->scan, i))) {
            r = name_add(s, scan_span(&s->scan, i), ENTITY_MRN);
        }
    }
    beside = false;
    for (uint32_t i = s->scan.word_count; r == 0 && i-- > 0;) {
        if (word_is_letters(&s->scan.words[i])) r = name_recognize_word(s, i, &beside);
    }
    return r;
}

/* Patients of the roster: whoever it knows, and in their own folders all forms of their names. */
static int name_recognize_roster(struct scratch *s, struct patient *patient) {
    int r = recognizer_roster_run(patient, s);
    if (r == 0) r = patient_add_persons(patient, s);
    return r < 0 || patient_is_empty(patient) ? r : recognizer_patient_run(patient, s);
}

static int name_scan(struct scratch *s, struct bytes stem, struct patient *patient, struct run *run) {
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
    if (r == 0) r = name_recognize_roster(s, patient);
    if (r == 0) resolve_findings(run->text, &s->findings, &s->drops);
    return r;
}

static int name_find(struct scratch *s, struct bytes folder, struct bytes name, bool is_folder) {
    struct run run;
    struct patient *patient = NULL;
    if (name.len > LIMIT_FILE_NAME_LEN) return scratch_refuse(s, REFUSAL_TOO_LARGE, -ENAMETOOLONG);
    if (!text_utf8_is_valid(name)) {
        /* Nobody can tell what these bytes say: all of them are replaced. */
        return scratch_add(s, (struct finding) { .span = { .end = name.len }, .entity = ENTITY_OTHER_ID, .score = 1000, .source = FINDING_LABEL }, false);
    }
    int r = recognizer_roster_begin(s, &(struct document) { .path = folder }, &patient);
    if (r == 0) r = name_scan(s, bytes_make(name.ptr, name_stem_len(name, is_folder)), patient, &run);
    if (r < 0) return r;
    for (size_t i = 0; i < s->findings.count; i++) s->findings.items[i].span = map_span(&run.map, s->findings.items[i].span);
    return 0;
}

/* The last folder counts: "folder/" and any file in it. */
static int name_record(struct bytes folder, struct arena *arena, struct bytes *out) {
    uint8_t *path = arena_alloc_dirty(arena, folder.len + 1, 1);
    if (!path) return -ENOMEM;
    if (folder.len > 0) memcpy(path, folder.ptr, folder.len);
    path[folder.len] = '/';
    return record_of_path(bytes_make(path, folder.len + 1), arena, out);
}

int redact_name(const struct engine *e, struct scratch *s, struct vault *v, struct bytes folder, struct bytes name, bool is_folder, struct buf *out,
                bool *out_changed) {
    must(s->engine == e);
    scratch_begin(s);
    if (name.len == 0) {
        *out_changed = false;
        return 0;
    }
    int r = name_find(s, folder, name, is_folder);
    struct transform t = { .profile = &e->profile, .vault = v, .arena = &s->arena };
    enum refusal why = REFUSAL_NONE;
    /* A component is read alone; the folders above it only tell whose file it is. */
    if (r == 0) r = name_record(folder, &s->arena, &t.record);
    if (r == 0) r = transform_name(&t, name, s->findings.items, s->findings.count, out, out_changed, &why);
    arena_reset(&s->arena);
    return r;
}
