/* Tables in plain text: a line of headers, cells apart by a tab, a bar or two blanks, and the rows below it. What a header names needs no label in the cell.
 *     MRN         LAST NAME    DOB
 *     7093147298  GOUDREAU     03/20/1982                                                                                                   */
#include "conf/base/size.h"
#include "conf/base/text.h"
#include "redact/recognizer.h"

enum {
    TABLE_COLUMNS_MAX = 24,
    TABLE_LINE_LEN_MAX = 1024,
    TABLE_HEADER_LINE_LEN_MAX = 240, /* prose that is not wrapped is longer */
    TABLE_HEADER_LEN_MAX = 40, /* of one cell */
    TABLE_SCORE = 900,
};

struct table_row {
    struct span cells[TABLE_COLUMNS_MAX];
    size_t count;
};

struct table {
    enum entity entities[TABLE_COLUMNS_MAX]; /* ENTITY_COUNT: an unknown column */
    size_t count;                            /* 0: no table is open */
};

static bool table_is_cell_end(struct bytes text, size_t at, size_t end) {
    uint8_t c = text.ptr[at];
    if (c == '\t' || c == '|') return true;
    return c == ' ' && at + 1 < end && text.ptr[at + 1] == ' ';
}

/* Cells of a line, trimmed, empty ones at the edges left out. False: more than fit. */
static bool table_split(struct bytes text, struct span line, struct table_row *out) {
    struct table_row row = { .count = 0 };
    size_t i = line.begin;
    while (i < line.end) {
        while (i < line.end && (text.ptr[i] == ' ' || text.ptr[i] == '\t' || text.ptr[i] == '|')) i++;
        size_t begin = i;
        while (i < line.end && !table_is_cell_end(text, i, line.end)) i++;
        size_t end = i;
        while (end > begin && (text.ptr[end - 1] == ' ' || text.ptr[end - 1] == '\r')) end--;
        if (begin == end) continue;
        if (row.count == TABLE_COLUMNS_MAX) return false;
        row.cells[row.count++] = (struct span) { .begin = begin, .end = end };
    }
    *out = row;
    return true;
}

static bool table_has(struct bytes text, struct span s, bool (*is)(uint8_t)) {
    for (size_t i = s.begin; i < s.end; i++) {
        if (is(text.ptr[i])) return true;
    }
    return false;
}

/* "|---|:--|" below a Markdown header. */
static bool table_is_rule(struct bytes text, const struct table_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        if (table_has(text, row->cells[i], text_is_alnum)) return false;
    }
    return row->count > 0;
}

static bool table_is_header(const struct ruleset *set, struct bytes text, const struct table_row *row, struct table *out) {
    struct table table = { .count = row->count };
    size_t known = 0;
    if (row->count < 2) return false;
    for (size_t i = 0; i < row->count; i++) {
        struct span cell = row->cells[i];
        if (span_len(cell) > TABLE_HEADER_LEN_MAX || table_has(text, cell, text_is_digit) || text.ptr[cell.end - 1] == ':') return false;
        if (!table_has(text, cell, text_is_alpha)) return false;
    }
    for (size_t i = 0; i < row->count; i++) {
        table.entities[i] = (enum entity) ENTITY_COUNT;
        known += ruleset_column_find(set, bytes_slice(text, row->cells[i]), &table.entities[i]);
    }
    if (known == 0) return false;
    *out = table;
    return true;
}

/* Could the cell hold what its header names? A dash or "unknown" is no number. */
static bool table_cell_fits(struct bytes text, struct span cell, enum entity entity) {
    if (entity_is_person(entity)) return table_has(text, cell, text_is_alpha) && !table_has(text, cell, text_is_digit);
    return table_has(text, cell, text_is_alnum);
}

static int table_report(struct scratch *s, struct bytes text, const struct table *table, const struct table_row *row) {
    for (size_t i = 0; i < row->count; i++) {
        enum entity entity = table->entities[i];
        if ((unsigned) entity >= ENTITY_COUNT || !table_cell_fits(text, row->cells[i], entity)) continue;
        struct finding f = { .span = row->cells[i], .entity = entity, .score = TABLE_SCORE, .source = FINDING_FIELD, .recognizer = RECOGNIZER_COLUMN };
        int r = scratch_add(s, f, false);
        if (r < 0) return r;
    }
    return 0;
}

/* Lines without any separator are most lines, and decided here. */
static bool table_may_be(struct bytes line, bool is_open) {
    if (line.len < 3 || line.len > (is_open ? TABLE_LINE_LEN_MAX : TABLE_HEADER_LINE_LEN_MAX)) return false;
    return memchr(line.ptr, '\t', line.len) || memmem(line.ptr, line.len, "  ", 2) || memchr(line.ptr, '|', line.len);
}

static int table_line(struct scratch *s, struct bytes text, struct span line, struct table *table) {
    struct table_row row;
    if (!table_may_be(bytes_slice(text, line), table->count > 0) || !table_split(text, line, &row)) {
        table->count = 0;
        return 0;
    }
    if (table->count > 0 && table_is_rule(text, &row)) return 0;
    if (table_is_header(s->engine->ruleset, text, &row, table)) return 0;
    if (row.count == table->count) return table_report(s, text, table, &row);
    table->count = 0;
    return 0;
}

int recognizer_table_run(struct scratch *s, struct bytes text) {
    struct table table = { .count = 0 };
    for (size_t begin = 0; begin < text.len;) {
        const uint8_t *newline = memchr(text.ptr + begin, '\n', text.len - begin);
        size_t end = newline ? (size_t) (newline - text.ptr) : text.len;
        int r = table_line(s, text, (struct span) { .begin = begin, .end = end }, &table);
        if (r < 0) return r;
        begin = end + 1;
    }
    return 0;
}
