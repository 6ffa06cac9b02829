#include "redact/leak_scan.h"

#include <errno.h>

#include "conf/base/size.h"
#include "conf/base/text.h"

/* A value is at most LEAK_LEN_LONG letters of up to twelve bytes (%F0%9D%90%80) with gaps of up to eight escapes between: it lies within the
 * margin. The context is what stands before the first letter that is still to be looked at. */
enum { SCAN_BLOCK_LEN = 1 << 18, SCAN_MARGIN = 8192, SCAN_CONTEXT = 64 };

struct leak_scan {
    struct leak_set *set;
    int (*each)(void *context, const struct leak_hit *hit);
    void *context;
    uint8_t *block;
    size_t len;
    size_t begin;        /* of what was not looked at yet */
    uint64_t offset;     /* of block[0] in the stream */
    uint64_t line;       /* at counted */
    size_t counted;      /* newlines before this place in the block are in line */
    struct leak_text text;
    struct leak_hit *hits; /* of the block; offset in the block, line unset */
    size_t hit_count, hit_capacity;
    struct buf plain;
};

int leak_scan_new(struct leak_set *set, int (*each)(void *context, const struct leak_hit *hit), void *context, struct leak_scan **out_scan) {
    _cleanup_(leak_scan_freep) struct leak_scan *s = calloc(1, sizeof(*s));
    if (!s) return -ENOMEM;
    *s = (struct leak_scan) { .set = set, .each = each, .context = context, .line = 1 };
    buf_init(&s->plain, 2 * SCAN_MARGIN);
    s->block = malloc(SCAN_BLOCK_LEN);
    int r = s->block ? leak_text_init(&s->text, SCAN_BLOCK_LEN) : -ENOMEM;
    if (r == 0) *out_scan = take_ptr(s);
    return r;
}

void leak_scan_free(struct leak_scan *s) {
    if (!s) return;
    leak_text_release(&s->text);
    buf_release(&s->plain);
    if (s->block) explicit_bzero(s->block, SCAN_BLOCK_LEN);
    free(s->block);
    free(s->hits);
    free(s);
}

/* ---- one block --------------------------------------------------------------------------------------------------------------------- */

static int leak_scan_note(struct leak_scan *s, struct span raw, const struct leak_match *m) {
    if (s->hit_count == s->hit_capacity) {
        size_t capacity = s->hit_capacity ? 2 * s->hit_capacity : 64;
        struct leak_hit *hits = realloc(s->hits, capacity * sizeof(*hits));
        if (!hits) return -ENOMEM;
        s->hits = hits;
        s->hit_capacity = capacity;
    }
    s->hits[s->hit_count++] = (struct leak_hit) { .offset = raw.begin, .len = raw.end - raw.begin, .token = m->token, .weak = m->weak };
    return 0;
}

static bool leak_scan_digit_at(const struct leak_scan *s, size_t i) {
    return i < s->len && text_is_digit(s->block[i]);
}

/* 0.12345678, 1234567.8: parts of a decimal. Spelt so that positions before the block count as none. */
static bool leak_scan_is_fraction(const struct leak_scan *s, struct span raw) {
    bool before = raw.begin >= 2 && s->block[raw.begin - 1] == '.' && leak_scan_digit_at(s, raw.begin - 2);
    bool after = raw.end < s->len && s->block[raw.end] == '.' && leak_scan_digit_at(s, raw.end + 1);
    return before || after;
}

struct leak_row {
    size_t first, count;
    uint64_t hash;
    enum leak_gap gap;
};

static struct span leak_scan_span(const struct leak_scan *s, size_t first, size_t count, bool decoded) {
    return (struct span) { s->text.begins[first], leak_text_end(&s->text, bytes_make(s->block, s->len), decoded, first + count - 1) };
}

static int leak_scan_confirm(struct leak_scan *s, const struct leak_row *row, bool decoded, struct leak_match *out) {
    const struct leak_text *t = &s->text;
    struct span raw = leak_scan_span(s, row->first, row->count, decoded);
    struct bytes text = bytes_make(s->block + raw.begin, raw.end - raw.begin);
    struct leak_candidate c = { .letters = bytes_make(t->letters + row->first, row->count), .plain = text, .gap = row->gap,
                                .fraction = leak_scan_is_fraction(s, raw) };
    if (decoded) {
        buf_reset(&s->plain);
        int r = leak_text_decode(text, &s->plain);
        if (r < 0) return r == -E2BIG ? LEAK_FALSE : r;
        c.plain = buf_bytes(&s->plain);
    }
    return leak_set_confirm(s->set, row->hash, &c, out);
}

/* The longest value that begins at this letter; *out_next is the letter to go on from. */
static int leak_scan_row(struct leak_scan *s, size_t first, uint64_t lengths, bool decoded, size_t *out_next) {
    const struct leak_text *t = &s->text;
    const struct leak_filter *f = leak_set_filter(s->set);
    struct leak_row row = { .first = first, .hash = f->first };
    struct leak_match match = { .weak = false };
    size_t best = 0;
    bool escaped = false;
    while (row.count < LEAK_LEN_LONG && first + row.count < t->count && lengths >> row.count > 1) {
        size_t at = first + row.count;
        enum leak_gap gap = row.count > 0 ? leak_gap_of(t->marks[at]) : LEAK_GAP_NONE;
        if (gap == LEAK_GAP_FAR) break;
        if (gap > row.gap) row.gap = gap;
        escaped = escaped || (t->marks[at] & LEAK_ESCAPED);
        row.hash = leak_filter_add(f, row.hash, t->letters[at]);
        row.count++;
        bool ends = (t->marks[at] & LEAK_END) || row.count == LEAK_LEN_LONG;
        if (!ends || !(lengths >> row.count & 1) || (decoded && !escaped) || !leak_set_has(s->set, row.hash)) continue;
        struct leak_match m;
        int r = leak_scan_confirm(s, &row, decoded, &m);
        if (r < 0) return r;
        if (r == LEAK_FALSE) continue;
        best = row.count;
        match = m;
    }
    if (best == 0) return 0;
    *out_next = first + best;
    return leak_scan_note(s, leak_scan_span(s, first, best, decoded), &match);
}

static int leak_scan_read(struct leak_scan *s, size_t end, bool decoded, bool whole) {
    struct leak_text *t = &s->text;
    const struct leak_filter *f = leak_set_filter(s->set);
    leak_text_read(t, bytes_make(s->block, s->len), decoded, whole);
    size_t next = 0;
    for (size_t i = 0; i < t->start_count; i++) {
        size_t first = t->starts[i];
        if (first < next || t->begins[first] < s->begin) continue;
        if (t->begins[first] >= end) break;
        uint64_t lengths = leak_filter_lengths(f, t->letters + first);
        if (lengths == 0) continue;
        int r = leak_scan_row(s, first, lengths, decoded, &next);
        if (r < 0) return r;
    }
    /* What was found may reach beyond the end; the next block begins behind it. */
    return 0;
}

static int leak_scan_compare(const void *a, const void *b) {
    const struct leak_hit *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static void leak_scan_count_lines(struct leak_scan *s, size_t to) {
    uint64_t lines = 0;
    for (size_t i = s->counted; i < to; i++) lines += s->block[i] == '\n';
    s->line += lines;
    s->counted = to;
}

/* Both readings may have found the same; of two that overlap the longer stays. */
static void leak_scan_sort(struct leak_scan *s) {
    size_t kept = 0;
    qsort(s->hits, s->hit_count, sizeof(*s->hits), leak_scan_compare);
    for (size_t i = 0; i < s->hit_count; i++) {
        struct leak_hit *last = kept > 0 ? &s->hits[kept - 1] : NULL;
        bool overlaps = last && s->hits[i].offset < last->offset + last->len;
        if (!overlaps) s->hits[kept++] = s->hits[i];
        else if (s->hits[i].len > last->len) *last = s->hits[i];
    }
    s->hit_count = kept;
}

static int leak_scan_tell(struct leak_scan *s) {
    int r = 0;
    leak_scan_sort(s);
    for (size_t i = 0; i < s->hit_count && r == 0; i++) {
        leak_scan_count_lines(s, (size_t) s->hits[i].offset);
        s->hits[i].line = s->line;
        s->hits[i].offset += s->offset;
        r = s->each(s->context, &s->hits[i]);
    }
    s->hit_count = 0;
    return r;
}

static int leak_scan_block(struct leak_scan *s, bool whole) {
    size_t end = whole ? s->len : s->len - SCAN_MARGIN;
    int r = leak_scan_read(s, end, false, whole);
    if (r == 0 && s->text.has_escapes) r = leak_scan_read(s, end, true, whole);
    size_t reached = end;
    for (size_t i = 0; i < s->hit_count; i++) reached = size_max(reached, (size_t) (s->hits[i].offset + s->hits[i].len));
    if (r == 0) r = s->hit_count > 0 ? leak_scan_tell(s) : 0;
    if (r != 0 || whole) return r;
    size_t keep = end - SCAN_CONTEXT;
    leak_scan_count_lines(s, keep);
    s->offset += keep;
    memmove(s->block, s->block + keep, s->len - keep);
    s->len -= keep;
    s->begin = reached - keep;
    s->counted = 0;
    return 0;
}

int leak_scan_feed(struct leak_scan *s, struct bytes data) {
    while (data.len > 0) {
        size_t n = size_min(data.len, SCAN_BLOCK_LEN - s->len);
        memcpy(s->block + s->len, data.ptr, n);
        s->len += n;
        data = bytes_make(data.ptr + n, data.len - n);
        int r = s->len == SCAN_BLOCK_LEN ? leak_scan_block(s, false) : 0;
        if (r != 0) return r;
    }
    return 0;
}

int leak_scan_end(struct leak_scan *s) {
    int r = s->len > 0 ? leak_scan_block(s, true) : 0;
    s->len = s->begin = s->counted = s->hit_count = 0;
    s->offset = 0;
    s->line = 1;
    return r;
}
