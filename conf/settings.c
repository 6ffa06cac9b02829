#include "conf/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <sodium.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/base/text.h"
#include "conf/limits.h"

enum line_kind { LINE_EMPTY, LINE_SECTION, LINE_SETTING };

/* One reading in progress. Strings are offsets into `memory` until nothing moves any more. */
struct reading {
    const char *path;
    struct problem *problem;
    struct buf memory;
    struct buf sections;    /* of struct place */
    struct buf setting_lines; /* of struct place: line and section of every setting line, in order */
    struct buf found;       /* of struct place: what inih made of each */
    size_t found_count;
};

struct place {
    size_t section; /* offsets of NUL-terminated strings in memory */
    size_t key;
    size_t value;
    uint32_t line;
};

static int reading_refuse(const struct reading *r, uint32_t line, const char *why) {
    return problem_set(r->problem, -EBADMSG, "%s:%u: %s", r->path, line, why);
}

static int reading_keep(struct reading *r, struct bytes text, size_t *out_offset) {
    *out_offset = r->memory.len;
    int error = buf_append(&r->memory, text);
    return error < 0 ? error : buf_append_byte(&r->memory, 0);
}

static struct bytes reading_trim(struct bytes b) {
    while (b.len > 0 && text_is_space(b.ptr[b.len - 1])) b.len--;
    while (b.len > 0 && text_is_space(b.ptr[0])) b = bytes_make(b.ptr + 1, b.len - 1);
    return b;
}

/* Where inih would start an inline comment: a blank, then ';'. */
static bool reading_has_comment(struct bytes line) {
    for (size_t i = 1; i < line.len; i++) {
        if (line.ptr[i] == ';' && text_is_space(line.ptr[i - 1])) return true;
    }
    return false;
}

static const char *reading_fault_in_bytes(struct bytes line) {
    if (line.len > LIMIT_CONF_LINE_LEN) return "line is longer than 197 bytes; break it up (comments too)";
    if (memchr(line.ptr, '\0', line.len)) return "line holds a NUL byte";
    if (memchr(line.ptr, '\r', line.len)) return "line ends in CR; save the file with Unix line ends";
    if (!text_utf8_is_valid(line)) return "line is not UTF-8";
    for (size_t i = 0; i < line.len; i++) {
        if ((line.ptr[i] < ' ' && line.ptr[i] != '\t') || line.ptr[i] == 0x7F) return "line holds a control character";
    }
    return NULL;
}

static int reading_section(struct reading *r, struct bytes line, uint32_t number) {
    line = reading_trim(line);
    if (line.ptr[line.len - 1] != ']') return reading_refuse(r, number, "a section line is [name] and nothing else; put comments on their own line");
    struct bytes name = bytes_slice(line, (struct span) { 1, line.len - 1 });
    if (name.len == 0 || name.len > SETTINGS_NAME_LEN_MAX) return reading_refuse(r, number, "a section's name has 1 to 49 bytes");
    if (memchr(name.ptr, ']', name.len) || reading_has_comment(name)) return reading_refuse(r, number, "a section's name holds no ']' and no ' ;'");
    struct place place = { .line = number };
    int error = reading_keep(r, name, &place.section);
    return error < 0 ? error : buf_append(&r->sections, bytes_make(&place, sizeof(place)));
}

static int reading_setting(struct reading *r, struct bytes line, uint32_t number) {
    if (text_is_space(line.ptr[0])) return reading_refuse(r, number, "line is indented; every setting starts in the first column");
    if (r->sections.len == 0) return reading_refuse(r, number, "setting before the first [section]");
    const uint8_t *equals = memchr(line.ptr, '=', line.len);
    if (!equals) return reading_refuse(r, number, "neither a [section], a comment nor key = value");
    struct bytes key = reading_trim(bytes_make(line.ptr, (size_t) (equals - line.ptr)));
    if (key.len == 0 || key.len > SETTINGS_NAME_LEN_MAX) return reading_refuse(r, number, "a key has 1 to 49 bytes");
    /* inih takes ':' for '=' and would see another key than a reader does. */
    if (memchr(key.ptr, ':', key.len)) return reading_refuse(r, number, "a key holds no ':'; write key = value");
    if (reading_has_comment(line)) return reading_refuse(r, number, "' ;' would cut the value; put comments on their own line");
    struct place place = { .line = number };
    memcpy(&place.section, r->sections.ptr + r->sections.len - sizeof(struct place), sizeof(place.section));
    return buf_append(&r->setting_lines, bytes_make(&place, sizeof(place)));
}

static int reading_line(struct reading *r, struct bytes line, uint32_t number) {
    const char *fault = line.len > 0 ? reading_fault_in_bytes(line) : NULL;
    if (fault) return reading_refuse(r, number, fault);
    struct bytes content = reading_trim(line);
    if (content.len == 0 || content.ptr[0] == ';' || content.ptr[0] == '#') return 0;
    if (line.ptr[0] == '[') return reading_section(r, line, number);
    return reading_setting(r, line, number);
}

static int reading_lines(struct reading *r, struct bytes text) {
    if (text.len > LIMIT_CONF_FILE_LEN) return problem_set(r->problem, -EBADMSG, "%s: larger than %d bytes", r->path, LIMIT_CONF_FILE_LEN);
    if (bytes_starts_with(text, BYTES("\xEF\xBB\xBF"))) return reading_refuse(r, 1, "file starts with a byte order mark; save it without");
    uint32_t number = 0;
    while (text.len > 0) {
        number++;
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        if (!end) return reading_refuse(r, number, "last line has no newline; the file may have been cut");
        size_t len = (size_t) (end - text.ptr);
        int error = reading_line(r, bytes_make(text.ptr, len), number);
        if (error < 0) return error;
        text = bytes_make(end + 1, text.len - len - 1);
    }
    return 0;
}

/* inih's callback: nonzero goes on. Its pointers die with the call. */
static int reading_take(void *context, const char *section, const char *key, const char *value) {
    struct reading *r = context;
    struct place place;
    if ((r->found_count + 1) * sizeof(place) > r->setting_lines.len) return 0;
    memcpy(&place, r->setting_lines.ptr + r->found_count * sizeof(place), sizeof(place));
    if (strcmp(section, (const char *) r->memory.ptr + place.section) != 0) return 0;
    if (reading_keep(r, bytes_from_string(key), &place.key) < 0) return 0;
    if (reading_keep(r, bytes_from_string(value), &place.value) < 0) return 0;
    if (buf_append(&r->found, bytes_make(&place, sizeof(place))) < 0) return 0;
    r->found_count++;
    return 1;
}

static int reading_parse(struct reading *r, struct bytes text) {
    _cleanup_(free_ptr) char *copy = malloc(text.len + 1);
    if (!copy) return -ENOMEM;
    if (text.len > 0) memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    int line = ini_parse_string(copy, reading_take, r);
    int error = buf_error(&r->memory) < 0 ? buf_error(&r->memory) : buf_error(&r->found);
    if (error < 0) return problem_set(r->problem, error, "%s: out of memory", r->path);
    if (line != 0) return reading_refuse(r, line > 0 ? (uint32_t) line : 1, "cannot be read as key = value");
    /* Two readers of one text that disagree: neither is believed. */
    if (r->found.len != r->setting_lines.len) return problem_set(r->problem, -EBADMSG, "%s: read in two ways with two results", r->path);
    return 0;
}

static int settings_compare(const void *a, const void *b) {
    const struct setting *const *x = a, *const *y = b;
    int c = strcmp((*x)->section, (*y)->section);
    if (c == 0) c = strcmp((*x)->key, (*y)->key);
    return c != 0 ? c : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static int settings_compare_sections(const void *a, const void *b) {
    const struct settings_section *const *x = a, *const *y = b;
    int c = strcmp((*x)->name, (*y)->name);
    return c != 0 ? c : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static int settings_refuse_repeats(const struct settings *s, const char *path, struct problem *p) {
    size_t most = s->count > s->section_count ? s->count : s->section_count;
    _cleanup_(free_ptr) const void **order = calloc(most + 1, sizeof(*order));
    if (!order) return -ENOMEM;
    for (size_t i = 0; i < s->section_count; i++) order[i] = &s->sections[i];
    qsort(order, s->section_count, sizeof(*order), settings_compare_sections);
    for (size_t i = 1; i < s->section_count; i++) {
        const struct settings_section *a = order[i - 1], *b = order[i];
        if (strcmp(a->name, b->name) != 0) continue;
        return problem_set(p, -EBADMSG, "%s:%u: [%s] is already on line %u; keep one", path, b->line, b->name, a->line);
    }
    for (size_t i = 0; i < s->count; i++) order[i] = &s->items[i];
    qsort(order, s->count, sizeof(*order), settings_compare);
    for (size_t i = 1; i < s->count; i++) {
        const struct setting *a = order[i - 1], *b = order[i];
        if (strcmp(a->section, b->section) != 0 || strcmp(a->key, b->key) != 0) continue;
        return problem_set(p, -EBADMSG, "%s:%u: %s is already set on line %u; keep one", path, b->line, b->key, a->line);
    }
    return 0;
}

/* The strings stop moving here: offsets become pointers. */
static int settings_build(struct reading *r, struct settings **out) {
    _cleanup_(settings_freep) struct settings *s = calloc(1, sizeof(*s));
    if (!s) return -ENOMEM;
    s->count = r->found.len / sizeof(struct place);
    s->section_count = r->sections.len / sizeof(struct place);
    s->items = calloc(s->count + 1, sizeof(*s->items));
    s->sections = calloc(s->section_count + 1, sizeof(*s->sections));
    s->memory = malloc(r->memory.len + 1);
    if (!s->items || !s->sections || !s->memory) return -ENOMEM;
    if (r->memory.len > 0) memcpy(s->memory, r->memory.ptr, r->memory.len);
    for (size_t i = 0; i < s->count; i++) {
        struct place at;
        memcpy(&at, r->found.ptr + i * sizeof(at), sizeof(at));
        s->items[i] = (struct setting) { s->memory + at.section, s->memory + at.key, s->memory + at.value, at.line };
    }
    for (size_t i = 0; i < s->section_count; i++) {
        struct place at;
        memcpy(&at, r->sections.ptr + i * sizeof(at), sizeof(at));
        s->sections[i] = (struct settings_section) { s->memory + at.section, at.line };
    }
    *out = take_ptr(s);
    return 0;
}

static void reading_release(struct reading *r) {
    buf_release(&r->memory);
    buf_release(&r->sections);
    buf_release(&r->setting_lines);
    buf_release(&r->found);
}

int settings_parse(struct bytes text, const char *path, struct settings **out_settings, struct problem *p) {
    _cleanup_(reading_release) struct reading r = { .path = path, .problem = p };
    buf_init(&r.memory, 4 * (size_t) LIMIT_CONF_FILE_LEN);
    buf_init(&r.sections, sizeof(struct place) * LIMIT_CONF_FILE_LEN);
    buf_init(&r.setting_lines, sizeof(struct place) * LIMIT_CONF_FILE_LEN);
    buf_init(&r.found, sizeof(struct place) * LIMIT_CONF_FILE_LEN);
    int error = reading_lines(&r, text);
    if (error == 0) error = reading_parse(&r, text);
    _cleanup_(settings_freep) struct settings *s = NULL;
    if (error == 0) error = settings_build(&r, &s);
    if (error == 0) error = settings_refuse_repeats(s, path, p);
    if (error == -ENOMEM) return problem_set(p, error, "%s: out of memory", path);
    if (error < 0) return error;
    must(crypto_hash_sha256(s->digest, text.len > 0 ? text.ptr : (const uint8_t *) "", text.len) == 0);
    *out_settings = take_ptr(s);
    return 0;
}

/* Whoever can write the configuration decides what is shown: only root and the caller may be able to. */
static int settings_check_file(int fd, const char *path, struct problem *p) {
    struct stat st;
    if (fstat(fd, &st) < 0) return problem_set(p, -errno, "%s: %m", path);
    if (!S_ISREG(st.st_mode)) return problem_set(p, -EINVAL, "%s: not a regular file", path);
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return problem_set(p, -EPERM, "%s: owned by uid %u; root or you must own it (chown root)", path, st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return problem_set(p, -EPERM, "%s: writable by group or others (mode %04o); chmod go-w", path, st.st_mode & 07777u);
    if (st.st_size > LIMIT_CONF_FILE_LEN) return problem_set(p, -EBADMSG, "%s: larger than %d bytes", path, LIMIT_CONF_FILE_LEN);
    return 0;
}

int settings_load(const char *path, struct settings **out_settings, struct problem *p) {
    _cleanup_(close_fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ELOOP) return problem_set(p, -ELOOP, "%s: is a symbolic link; name the file itself", path);
    if (fd < 0) return problem_set(p, -errno, "%s: %m", path);
    int error = settings_check_file(fd, path, p);
    if (error < 0) return error;
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, LIMIT_CONF_FILE_LEN);
    error = io_read_all(fd, &text);
    if (error == -E2BIG) return problem_set(p, -EBADMSG, "%s: larger than %d bytes", path, LIMIT_CONF_FILE_LEN);
    if (error < 0) return problem_set(p, error, "%s: %s", path, strerrordesc_np(-error));
    return settings_parse(buf_bytes(&text), path, out_settings, p);
}

void settings_free(struct settings *s) {
    if (!s) return;
    free(s->items);
    free(s->sections);
    free(s->memory);
    free(s);
}
