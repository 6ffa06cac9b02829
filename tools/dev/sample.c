#include "tools/dev/sample.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <jansson.h>
#include <sysexits.h>

#include "conf/base/io.h"
#include "conf/base/size.h"
#include "conf/base/text.h"

enum { LIST_LEN_MAX = 64 << 20, DICTIONARY_ENTRIES = 900000 };
static const size_t memory_len_max = (size_t) 8 << 30;

void sample_list_init(struct sample_list *l) {
    *l = (struct sample_list){ 0 };
    arena_init(&l->memory, memory_len_max);
}

void sample_list_release(struct sample_list *l) {
    free(l->items);
    arena_release(&l->memory);
}

void sample_text_init(struct sample_text *t) {
    *t = (struct sample_text){ 0 };
    arena_init(&t->memory, memory_len_max);
    scan_init(&t->scan);
}

void sample_text_release(struct sample_text *t) {
    arena_release(&t->memory);
    scan_release(&t->scan);
}

void sample_text_scan(struct sample_text *t, const struct dictionary *d, const char *text, size_t len) {
    static const uint8_t no_chars[256];
    arena_reset(&t->memory);
    t->map = (struct map){ 0 };
    t->text = bytes_make(text, len);
    if (fold_text(&t->memory, t->text, &t->folded, &t->map) < 0) errx(EX_OSERR, "out of memory");
    struct span core = { .begin = 0, .end = size_min(t->folded.len, SCAN_CHUNK_LEN) };
    if (scan_run(&t->scan, d, no_chars, t->folded, core) < 0) errx(EX_OSERR, "out of memory");
}

enum { KIND_CITY = 3, KIND_STREET = 5 };

static bool sample_has_digit(struct bytes text, size_t begin, size_t end) {
    for (size_t i = begin; i < end && i < text.len; i++) {
        if (text_is_digit(text.ptr[i])) return true;
    }
    return false;
}

/* The kind a set's type stands for; -1 none, -2 unknown on purpose. */
static int sample_kind(const char *type, bool optional) {
    static const struct {
        const char *type;
        int kind;
    } table[] = {
        { "NAME", 0 }, { "PATIENT", 0 },  { "PERSON", 0 }, { "PROVIDER", 1 }, { "HOSPITAL", 2 }, { "FACILITY", 2 },
        { "CITY", 3 }, { "LOCATION", 3 }, { "COUNTY", 3 }, { "ORG", 4 },      { "EMPLOYER", 4 }, { "STREET", 5 },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(type, table[i].type) != 0) continue;
        if (!optional || table[i].kind == 4) return table[i].kind;
        return -2;
    }
    return -1;
}

/* Marks the words that a span touches. */
static void sample_mark(const struct sample_text *t, json_t *span, bool optional, uint8_t *labels) {
    size_t begin = (size_t) json_integer_value(json_object_get(span, "start")),
           end = (size_t) json_integer_value(json_object_get(span, "end"));
    const char *type = json_string_value(json_object_get(span, "type"));
    int kind = type ? sample_kind(type, optional) : -1;
    if (kind == -1) return;
    if (kind == KIND_CITY && sample_has_digit(t->text, begin, end)) kind = KIND_STREET; /* a LOCATION that is a whole address */
    bool first = true;
    for (uint32_t i = 0; i < t->scan.word_count; i++) {
        struct span at = map_span(&t->map, scan_span(&t->scan, i));
        if (at.begin >= end) break;
        if (at.end <= begin) continue;
        labels[i] =
            kind == -2 ? SAMPLE_UNKNOWN : (uint8_t) (first ? tagger_label_begin((unsigned) kind) : tagger_label_inside((unsigned) kind));
        first = false;
    }
}

static void *sample_alloc(struct sample_list *l, size_t count, size_t len) {
    void *p = arena_alloc(&l->memory, count + 1, len);
    if (p == NULL) errx(EX_OSERR, "out of memory");
    return p;
}

static void sample_add(struct sample_list *l, const struct dictionary *d, const struct sample_text *t, json_t *document) {
    const struct scan *s = &t->scan;
    struct sample item = { .word_count = s->word_count };
    item.sketches = sample_alloc(l, s->word_count, sizeof(*item.sketches));
    item.gaps = sample_alloc(l, s->word_count, 1);
    item.labels = sample_alloc(l, s->word_count, 1);
    item.line_labels = sample_alloc(l, s->word_count, sizeof(uint32_t));
    uint32_t end = 0;
    for (uint32_t begin = 0; begin < s->word_count; begin = end) {
        end = feature_line_end(s, begin);
        enum feature_case line_case = feature_line_case(s, begin, end);
        for (uint32_t i = begin; i < end; i++) {
            feature_sketch(&s->words[i], scan_word(s, i), scan_flags(s, d, i), line_case, &item.sketches[i]);
            item.gaps[i] = feature_gap(s, i);
            item.line_labels[i] = feature_label(s, i);
        }
    }
    size_t k;
    json_t *span;
    json_array_foreach(json_object_get(document, "optional"), k, span) sample_mark(t, span, true, item.labels);
    json_array_foreach(json_object_get(document, "spans"), k, span) sample_mark(t, span, false, item.labels);
    if (l->count == l->capacity) {
        l->capacity = l->capacity == 0 ? 1024 : l->capacity * 2;
        l->items = reallocarray(l->items, l->capacity, sizeof(*l->items));
        if (l->items == NULL) errx(EX_OSERR, "out of memory");
    }
    l->items[l->count++] = item;
}

void sample_list_read(struct sample_list *l, const struct dictionary *d, const char *path, unsigned one_in) {
    FILE *file = fopen(path, "re");
    if (file == NULL) err(EX_NOINPUT, "%s", path);
    struct sample_text t;
    sample_text_init(&t);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len = 0;
    for (unsigned number = 0; (len = getline(&line, &capacity, file)) > 0; number++) {
        if (number % one_in != 0) continue;
        json_t *document = json_loadb(line, (size_t) len, 0, NULL);
        json_t *text = json_object_get(document, "text");
        if (text == NULL) errx(EX_DATAERR, "%s:%u: not a labelled document", path, number + 1);
        sample_text_scan(&t, d, json_string_value(text), json_string_length(text));
        sample_add(l, d, &t, document);
        json_decref(document);
    }
    free(line);
    sample_text_release(&t);
    (void) fclose(file);
}

static int sample_is_list(const struct dirent *entry) {
    size_t n = strlen(entry->d_name);
    return n > 5 && strcmp(entry->d_name + n - 5, ".list") == 0;
}

struct dictionary *sample_dictionary(const char *folder) {
    struct dictionary *d = NULL;
    struct problem p;
    if (dictionary_new(DICTIONARY_ENTRIES, &d) < 0) errx(EX_OSERR, "out of memory");
    int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, sample_is_list, alphasort);
    if (folder_fd < 0 || n <= 0) err(EX_NOINPUT, "%s: no lists", folder);
    for (int i = 0; i < n; i++) {
        struct buf text;
        buf_init(&text, LIST_LEN_MAX);
        if (io_read_file_at(folder_fd, entries[i]->d_name, &text) < 0)
            errx(EX_NOINPUT, "%s/%s: cannot be read", folder, entries[i]->d_name);
        if (dictionary_add_list(d, buf_bytes(&text), entries[i]->d_name, &p) < 0) errx(EX_DATAERR, "%s", p.text);
        buf_release(&text);
        free(entries[i]);
    }
    free(entries);
    (void) close(folder_fd);
    return d;
}
