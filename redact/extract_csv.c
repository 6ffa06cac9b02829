/* CSV and its kin (RFC 4180; comma, tab, semicolon or bar): cells become paragraphs of the text, so that no rule reads across two of them; columns are
 * known by their header. The text keeps its length: structure bytes become form feeds and blanks in a copy that only recognizers see. */
#include <errno.h>

#include "conf/base/size.h"
#include "conf/limits.h"
#include "redact/column.h"
#include "redact/extract.h"
#include "redact/recognizer.h"

enum { CSV_SNIFF_LINES = 64, CSV_COLUMN_SCORE = 960, CSV_HEADER_SCORE = 1000 };

struct csv {
    struct scratch *scratch;
    struct bytes text; /* decoded */
    uint8_t *flat;     /* the recognizers' copy */
    size_t at;
    uint8_t delimiter;
};

struct csv_cell {
    struct span span;  /* without quotes */
    bool ends_row;
};

/* Columns of the row that begins at *at, quotes respected; *at moves behind it. *out_whole: the row's end was seen. */
static size_t csv_count_columns(struct bytes text, size_t *at, uint8_t delimiter, bool *out_whole) {
    size_t count = 1, i = *at;
    bool quoted = false;
    *out_whole = false;
    for (; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        count += c == delimiter;
        if (c == '\n') {
            *out_whole = true;
            i++;
            break;
        }
    }
    *at = i;
    return count;
}

/* How many columns the header has, if at least half of the first rows agree; else 0. A row that lost a comma must not cost all others their columns. */
static size_t csv_agreement(struct bytes head, uint8_t delimiter) {
    size_t columns = 0, rows = 0, agreeing = 0;
    for (size_t at = 0; at < head.len && rows < CSV_SNIFF_LINES;) {
        bool whole;
        size_t begin = at, n = csv_count_columns(head, &at, delimiter, &whole);
        if (!whole && rows > 0 && n != columns) break; /* cut by the head's end */
        if (at - begin <= 1 && n == 1) continue;       /* an empty line */
        if (rows++ == 0) columns = n;
        else agreeing += n == columns;
    }
    return rows >= 2 && columns >= 2 && 2 * agreeing >= rows - 1 ? columns : 0;
}

uint8_t extract_csv_delimiter(struct bytes head) {
    static const uint8_t delimiters[] = { ',', '\t', ';', '|' };
    uint8_t best = 0;
    size_t columns = 1;
    for (size_t i = 0; i < array_count(delimiters); i++) {
        size_t n = csv_agreement(head, delimiters[i]);
        if (n <= columns) continue;
        columns = n;
        best = delimiters[i];
    }
    return best;
}

/* Inside quotes: "" is one quote. In the copy the closing and doubled quotes become blanks. */
static void csv_quoted_cell(struct csv *c, struct csv_cell *out) {
    c->flat[c->at] = '\f';
    out->span.begin = ++c->at;
    for (; c->at < c->text.len; c->at++) {
        if (c->text.ptr[c->at] != '"') continue;
        if (c->at + 1 == c->text.len || c->text.ptr[c->at + 1] != '"') break;
        c->flat[c->at++] = '"';
        c->flat[c->at] = ' ';
    }
    out->span.end = c->at;
    if (c->at < c->text.len) c->flat[c->at++] = '\f';
}

static bool csv_next_cell(struct csv *c, struct csv_cell *out) {
    struct csv_cell cell = { .span = { .begin = c->at, .end = c->at } };
    if (c->at >= c->text.len) return false;
    bool quoted = c->text.ptr[c->at] == '"';
    if (quoted) csv_quoted_cell(c, &cell);
    while (c->at < c->text.len && c->text.ptr[c->at] != c->delimiter && c->text.ptr[c->at] != '\n') c->at++;
    if (!quoted) cell.span.end = c->at;
    if (!quoted && cell.span.end > cell.span.begin && c->text.ptr[cell.span.end - 1] == '\r') cell.span.end--;
    cell.ends_row = c->at == c->text.len || c->text.ptr[c->at] == '\n';
    if (c->at < c->text.len) c->flat[c->at++] = '\f';
    *out = cell;
    return true;
}

struct csv_columns {
    enum entity *entities; /* ENTITY_COUNT: an unknown column */
    size_t count;
};

static int csv_header(struct csv *c, struct csv_columns *out, struct findings *known) {
    struct csv_columns columns = { .entities = arena_alloc(&c->scratch->arena, LIMIT_CSV_COLUMNS, sizeof(*columns.entities)) };
    struct csv_cell cell;
    if (!columns.entities) return scratch_refuse(c->scratch, REFUSAL_MEMORY, -ENOMEM);
    while (csv_next_cell(c, &cell)) {
        if (columns.count == LIMIT_CSV_COLUMNS) return scratch_refuse(c->scratch, REFUSAL_LIMIT, -E2BIG);
        enum entity entity = (enum entity) ENTITY_COUNT;
        enum column_match match = column_find(c->scratch->engine->ruleset, bytes_slice(c->text, cell.span), &entity);
        columns.entities[columns.count++] = entity;
        struct finding head = { .span = cell.span, .score = CSV_HEADER_SCORE, .recognizer = RECOGNIZER_COLUMN };
        if (match == COLUMN_WHOLE && finding_add(known, &c->scratch->arena, head) < 0) return scratch_refuse(c->scratch, REFUSAL_MEMORY, -ENOMEM);
        if (cell.ends_row) break;
    }
    *out = columns;
    return 0;
}

static struct span csv_trim(struct bytes text, struct span s) {
    while (s.begin < s.end && (text.ptr[s.begin] == ' ' || text.ptr[s.begin] == '\t')) s.begin++;
    while (s.end > s.begin && (text.ptr[s.end - 1] == ' ' || text.ptr[s.end - 1] == '\t' || text.ptr[s.end - 1] == '\r')) s.end--;
    return s;
}

static int csv_rows(struct csv *c, const struct csv_columns *columns, struct findings *fields) {
    struct csv_cell cell;
    size_t column = 0;
    while (csv_next_cell(c, &cell)) {
        /* More cells than headers: what it is nobody knows; the recognizers read it all the same. */
        enum entity entity = column < columns->count ? columns->entities[column] : (enum entity) ENTITY_COUNT;
        struct span span = csv_trim(c->text, cell.span);
        column = cell.ends_row ? 0 : column + 1;
        if ((unsigned) entity >= ENTITY_COUNT || span_is_empty(span)) continue;
        struct finding f = { .span = span, .entity = entity, .score = CSV_COLUMN_SCORE, .source = FINDING_FIELD, .recognizer = RECOGNIZER_COLUMN };
        if (finding_add(fields, &c->scratch->arena, f) < 0) return scratch_refuse(c->scratch, REFUSAL_MEMORY, -ENOMEM);
    }
    return 0;
}

int extract_csv(struct scratch *s, struct bytes content, struct extraction *out) {
    struct extraction x;
    struct csv_columns columns = { 0 };
    struct findings fields = { 0 }, headers = { 0 };
    int r = extract_decode(s, content, &x);
    if (r < 0) return r;
    struct csv c = { .scratch = s, .text = x.text };
    c.delimiter = extract_csv_delimiter(bytes_make(x.text.ptr, size_min(x.text.len, 64 * 1024)));
    if (c.delimiter == 0) return -EBADMSG;
    c.flat = arena_alloc_dirty(&s->arena, x.text.len, 1);
    x.runs = arena_alloc(&s->arena, 1, sizeof(*x.runs));
    if (!c.flat || !x.runs) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    memcpy(c.flat, x.text.ptr, x.text.len);
    r = csv_header(&c, &columns, &headers);
    if (r == 0) r = csv_rows(&c, &columns, &fields);
    if (r < 0) return r;
    if (fold_text(&s->arena, bytes_make(c.flat, x.text.len), &x.runs[0].text, &x.runs[0].map) < 0) return scratch_refuse(s, REFUSAL_MEMORY, -ENOMEM);
    x.run_count = 1;
    x.fields = fields.items;
    x.field_count = fields.count;
    x.headers = headers.items;
    x.header_count = headers.count;
    x.delimiter = c.delimiter;
    *out = x;
    return 0;
}
