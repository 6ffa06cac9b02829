/* Property: what a note identifies does not depend on how its letters are encoded. Every note of tests/cases is rewritten letter by letter: accents
 * apart, other spaces, dashes and quotes, characters of no width, full-width and mathematical letters, Cyrillic and Greek ones that look alike. The same
 * letters must be found in the rewriting, with the same entities, at its own offsets. */
#include <fcntl.h>
#include <stdlib.h>

#include "conf/base/io.h"
#include "conf/base/text.h"
#include "redact/redact.h"
#include "tests/harness.h"

enum { NOTE_LEN_MAX = 1 << 16, GROWTH = 16 };

/* Writes the scalar in another way; `i` is its place, for rewritings that take every other one. */
typedef void rewriting(uint32_t c, size_t i, struct buf *out);

static void put(struct buf *out, uint32_t c) {
    uint8_t bytes[4];
    REQUIRE(buf_append(out, bytes_make(bytes, text_utf8_encode(c, bytes))) == 0);
}

static bool is_ascii_letter(uint32_t c) {
    return c < 0x80 && text_is_alnum((uint8_t) c) && !(c >= '0' && c <= '9');
}

static void no_break_spaces(uint32_t c, size_t i, struct buf *out) {
    put(out, c == ' ' ? (i % 2 ? 0xA0 : 0x202F) : c);
}

static void other_dashes(uint32_t c, size_t i, struct buf *out) {
    static const uint32_t dashes[] = { 0x2010, 0x2011, 0x2013, 0x2212, 0xFE63 };
    put(out, c == '-' ? dashes[i % 5] : c);
}

static void curly_quotes(uint32_t c, size_t i, struct buf *out) {
    put(out, c == '\'' ? (i % 2 ? 0x2019 : 0x2BC) : c == '"' ? (i % 2 ? 0x201C : 0x201D) : c);
}

static void zero_width(uint32_t c, size_t i, struct buf *out) {
    static const uint32_t nothing[] = { 0x200B, 0x200D, 0x2060, 0xAD, 0xFEFF, 0x34F };
    put(out, c);
    if (is_ascii_letter(c) || (c >= '0' && c <= '9')) put(out, nothing[i % 6]);
}

static void full_width(uint32_t c, size_t i, struct buf *out) {
    (void) i;
    put(out, c > ' ' && c < 0x7F ? c - '!' + 0xFF01 : c);
}

static void mathematical(uint32_t c, size_t i, struct buf *out) {
    if (c >= 'A' && c <= 'Z') put(out, (i % 2 ? 0x1D400 : 0x1D5D4) + (c - 'A'));
    else if (c >= 'a' && c <= 'z') put(out, 0x1D5EE + (c - 'a'));
    else if (c >= '0' && c <= '9') put(out, 0x1D7CE + (c - '0'));
    else put(out, c);
}

static void look_alikes(uint32_t c, size_t i, struct buf *out) {
    static const struct {
        char plain;
        uint16_t cyrillic, greek;
    } alike[] = {
        { 'A', 0x410, 0x391 }, { 'B', 0x412, 0x392 }, { 'C', 0x421, 0x3F9 }, { 'E', 0x415, 0x395 }, { 'H', 0x41D, 0x397 }, { 'I', 0x406, 0x399 },
        { 'J', 0x408, 0x408 }, { 'K', 0x41A, 0x39A }, { 'M', 0x41C, 0x39C }, { 'O', 0x41E, 0x39F }, { 'P', 0x420, 0x3A1 }, { 'S', 0x405, 0x405 },
        { 'T', 0x422, 0x3A4 }, { 'X', 0x425, 0x3A7 }, { 'Y', 0x423, 0x3A5 }, { 'a', 0x430, 0x3B1 }, { 'c', 0x441, 0x3F2 }, { 'e', 0x435, 0x435 },
        { 'i', 0x456, 0x3B9 }, { 'j', 0x458, 0x3F3 }, { 'o', 0x43E, 0x3BF }, { 'p', 0x440, 0x3C1 }, { 's', 0x455, 0x455 }, { 'x', 0x445, 0x3C7 },
        { 'y', 0x443, 0x3B3 },
    };
    for (size_t k = 0; k < array_count(alike); k++) {
        if (c == (uint32_t) alike[k].plain) c = i % 3 == 0 ? alike[k].cyrillic : i % 3 == 1 ? alike[k].greek : c;
    }
    put(out, c);
}

/* Of Latin-1's letters: the base of each and its mark; '.' where there is none. */
static void accents_apart(uint32_t c, size_t i, struct buf *out) {
    static const char bases[] = "AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.y";
    static const char marks[] = "`'^~\"o.,`'^\"`'^\".~`'^~\"..`'^\"'..`'^~\"o.,`'^\"`'^\".~`'^~\"..`'^\"'.\"";
    static const struct {
        char sign;
        uint16_t mark;
    } combining[] = { { '`', 0x300 }, { '\'', 0x301 }, { '^', 0x302 }, { '~', 0x303 }, { '"', 0x308 }, { 'o', 0x30A }, { ',', 0x327 } };
    (void) i;
    bool is_marked = c >= 0xC0 && c <= 0xFF && bases[c - 0xC0] != '.';
    put(out, is_marked ? (uint32_t) bases[c - 0xC0] : c);
    for (size_t k = 0; is_marked && k < array_count(combining); k++) {
        if (marks[c - 0xC0] == combining[k].sign) put(out, combining[k].mark);
    }
}

static const struct {
    const char *name;
    rewriting *write;
} rewritings[] = {
    { "no-break spaces", no_break_spaces }, { "dashes", other_dashes }, { "curly quotes", curly_quotes }, { "zero width", zero_width },
    { "full width", full_width }, { "mathematical", mathematical }, { "look-alikes", look_alikes }, { "accents apart", accents_apart },
};

struct bench {
    struct engine *engine;
    struct scratch *scratch;
    struct redaction plain, other;
    struct buf note, rewritten;
    size_t at[NOTE_LEN_MAX + 1]; /* of the note's bytes in the rewriting */
};

static void find(struct bench *b, struct bytes text, struct redaction *out, uint8_t *entities) {
    struct document d = { .content = text };
    REQUIRE(redact_find(b->engine, b->scratch, &d, out) == 0);
    memset(entities, 0, text.len);
    for (size_t i = 0; i < out->finding_count; i++) {
        struct span s = out->findings[i].span;
        REQUIRE(s.end <= text.len && s.begin < s.end);
        memset(entities + s.begin, 1 + (int) out->findings[i].entity, s.end - s.begin);
    }
}

static void rewrite(struct bench *b, rewriting *write) {
    struct bytes text = buf_bytes(&b->note);
    buf_reset(&b->rewritten);
    for (size_t in = 0, i = 0; in < text.len; i++) {
        uint32_t c;
        size_t taken = text_utf8_decode(bytes_make(text.ptr + in, text.len - in < 4 ? text.len - in : 4), &c);
        REQUIRE(taken > 0);
        for (size_t k = 0; k < taken; k++) b->at[in + k] = b->rewritten.len;
        write(c, i, &b->rewritten);
        in += taken;
    }
}

/* The same letters, the same entities. */
static void compare(struct bench *b, const char *name, const uint8_t *plain, const uint8_t *other) {
    struct bytes text = buf_bytes(&b->note);
    for (size_t i = 0; i < text.len; i++) {
        if (!text_is_alnum(text.ptr[i]) || plain[i] == other[b->at[i]]) continue;
        size_t from = i > 30 ? i - 30 : 0, to = i + 30 < text.len ? i + 30 : text.len;
        harness_fail(__FILE__, __LINE__, "%s: entity %d became %d at \"%.*s\"", name, plain[i] - 1, other[b->at[i]] - 1, (int) (to - from), (const char *) text.ptr + from);
        return;
    }
}

static void check_note(struct bench *b) {
    static uint8_t plain[NOTE_LEN_MAX], other[NOTE_LEN_MAX * GROWTH];
    REQUIRE(b->note.len < NOTE_LEN_MAX);
    find(b, buf_bytes(&b->note), &b->plain, plain);
    for (size_t k = 0; k < array_count(rewritings); k++) {
        rewrite(b, rewritings[k].write);
        find(b, buf_bytes(&b->rewritten), &b->other, other);
        compare(b, rewritings[k].name, plain, other);
    }
}

/* The text of a marked line: {TYPE|text} is text. */
static void take_line(struct buf *note, const char *line, size_t len) {
    for (size_t i = 0; i < len; i++) {
        const char *bar = line[i] == '{' ? memchr(line + i, '|', len - i) : NULL;
        if (bar) i = (size_t) (bar - line);
        else if (line[i] != '}') REQUIRE(buf_append_byte(note, (uint8_t) line[i]) == 0);
    }
    REQUIRE(buf_append_byte(note, '\n') == 0);
}

static void check_file(struct bench *b, const char *file) {
    _cleanup_(buf_release) struct buf marked;
    char path[512];
    size_t notes = 0;
    snprintf(path, sizeof(path), "%s/tests/cases/%s", harness_source_dir(), file);
    buf_init(&marked, 1 << 20);
    REQUIRE(io_read_file_at(AT_FDCWD, path, &marked) == 0);
    const char *at = (const char *) marked.ptr, *end = at + marked.len;
    buf_reset(&b->note);
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t) (end - at));
        size_t len = (size_t) ((line_end ? line_end : end) - at);
        if (len > 4 && memcmp(at, "=== ", 4) == 0) {
            if (notes++ > 0) check_note(b);
            buf_reset(&b->note);
        } else {
            take_line(&b->note, at, len);
        }
        at += len + 1;
    }
    check_note(b);
    CHECK(notes > 10);
}

TEST(rewriting, a_notes_findings_survive_every_way_to_write_its_letters) {
    static const char *const files[] = { "desks.marked", "notes.marked", "plain.marked", "wards.marked" };
    static struct bench b;
    struct problem p = { 0 };
    struct profile profile;
    REQUIRE(profile_find("safe-harbor", &profile, &p) == 0);
    struct engine_options options = { .profile = &profile, .document_len_max = 1 << 24, .timeout_ms = 60000 };
    if (engine_new(&options, &b.engine, &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(b.engine && scratch_new(b.engine, &b.scratch) == 0);
    redaction_init(&b.plain, 0);
    redaction_init(&b.other, 0);
    buf_init(&b.note, NOTE_LEN_MAX);
    buf_init(&b.rewritten, NOTE_LEN_MAX * GROWTH);
    for (size_t i = 0; i < array_count(files); i++) check_file(&b, files[i]);
    buf_release(&b.note);
    buf_release(&b.rewritten);
    redaction_release(&b.plain);
    redaction_release(&b.other);
    scratch_free(b.scratch);
    engine_free(b.engine);
}
