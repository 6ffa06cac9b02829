#include "tools/explainer.h"

#include <errno.h>
#include <stdio.h>

#include "conf/base/text.h"
#include "tools/tool.h"

enum { EXPLAINER_CONTEXT_LEN = 32, EXPLAINER_LEN_MAX = 1 << 30 };

/* Clauses of 45 CFR 164.514(b)(2)(i) that belong together share a colour (ECMA-48 SGR, bright background). */
static const struct {
    const char *clauses, *sgr, *words;
} explainer_groups[] = {
    { "A", "30;103", "names" },        { "B-", "30;102", "places" },          { "C", "30;106", "dates, ages" },
    { "DEFNO", "30;105", "contact" },  { "GHIJKLMR", "30;104", "numbers" },   { "PQ", "30;101", "biometrics" },
};

static size_t explainer_group(enum entity e) {
    for (size_t i = 0; i < array_count(explainer_groups); i++) {
        if (strchr(explainer_groups[i].clauses, entity_clause(e))) return i;
    }
    return 0;
}

/* Line breaks and tabs stay; other control characters (ESC of a terminal's commands, also those of C1) become U+FFFD. */
static void explainer_put(struct buf *out, struct bytes text) {
    for (size_t i = 0; i < text.len;) {
        uint32_t scalar = 0;
        size_t len = text_utf8_decode(bytes_make(text.ptr + i, text.len - i), &scalar);
        bool plain = len > 0 && (scalar >= 0x20 || scalar == '\n' || scalar == '\t') && !(scalar >= 0x7F && scalar < 0xA0);
        if (plain) ignore(buf_append(out, bytes_make(text.ptr + i, len))); /* sticky, here and below */
        else ignore(buf_append_string(out, "\xEF\xBF\xBD"));
        i += len > 0 ? len : 1;
    }
}

/* The same on one line. */
static void explainer_put_flat(struct buf *out, struct bytes text) {
    size_t begin = out->len;
    explainer_put(out, text);
    for (size_t i = begin; i < out->len; i++) {
        if (out->ptr[i] == '\n' || out->ptr[i] == '\t') out->ptr[i] = ' ';
    }
}

static void explainer_mark(struct buf *out, const struct explanation *x, size_t item, size_t number, bool color) {
    const struct finding *f = &x->items[item].finding;
    const char *sgr = explainer_groups[explainer_group(f->entity)].sgr;
    if (color) ignore(buf_append_printf(out, "\x1b[%sm", sgr));
    else ignore(buf_append_printf(out, "[%zu %s: ", number, entity_name(f->entity)));
    explainer_put(out, bytes_slice(x->text, x->items[item].place));
    if (color) ignore(buf_append_printf(out, "\x1b[0m\x1b[2m%zu\x1b[0m", number));
    else ignore(buf_append_byte(out, ']'));
}

/* Does this item open a place of its own that is redacted? */
static bool explainer_opens(const struct explanation *x, size_t i, size_t last_end) {
    const struct explain_item *item = &x->items[i];
    return item->fate == EXPLAIN_WON && item->place.begin >= last_end;
}

static void explainer_body(struct buf *out, const struct explanation *x, bool color) {
    size_t at = 0, number = 0;
    for (size_t i = 0; i < x->count; i++) {
        if (!explainer_opens(x, i, at)) continue;
        explainer_put(out, bytes_slice(x->text, (struct span) { at, x->items[i].place.begin }));
        explainer_mark(out, x, i, ++number, color);
        at = x->items[i].place.end;
    }
    explainer_put(out, bytes_slice(x->text, (struct span) { at, x->text.len }));
    ignore(buf_append_byte(out, '\n'));
}

static void explainer_who(struct buf *out, const struct engine *e, uint16_t recognizer) {
    const char *path;
    size_t line;
    ignore(buf_append_string(out, engine_recognizer_name(e, recognizer)));
    if (explain_rule_place(e, recognizer, &path, &line)) ignore(buf_append_printf(out, " (%s:%zu)", path, line));
}

static void explainer_line(struct buf *out, const struct engine *e, const struct explanation *x, const struct explain_item *item) {
    const struct finding *f = &item->finding;
    ignore(buf_append_printf(out, "%s \"", entity_name(f->entity)));
    explainer_put_flat(out, bytes_slice(x->text, f->span));
    ignore(buf_append_printf(out, "\"  %u.%03u  %s  ", f->score / 1000u, f->score % 1000u, explain_source_name(f->source)));
    explainer_who(out, e, f->recognizer);
    if (item->pass == 2) ignore(buf_append_string(out, ", second pass"));
    if (item->fate == EXPLAIN_WON) return;
    ignore(buf_append_printf(out, "; %s", explain_fate_words(item->fate)));
    if (item->fate == EXPLAIN_BELOW || (item->fate == EXPLAIN_DROPPED && item->by == f->recognizer)) return;
    ignore(buf_append_byte(out, ' '));
    explainer_who(out, e, item->by);
}

static void explainer_list(struct buf *out, const struct engine *e, const struct explanation *x) {
    size_t at = 0, number = 0;
    for (size_t i = 0; i < x->count; i++) {
        if (explainer_opens(x, i, at)) {
            at = x->items[i].place.end;
            ignore(buf_append_printf(out, "%5zu  ", ++number));
        } else {
            ignore(buf_append_string(out, x->items[i].fate >= EXPLAIN_DROPPED ? "    -  " : "       "));
        }
        explainer_line(out, e, x, &x->items[i]);
        ignore(buf_append_byte(out, '\n'));
    }
}

static void explainer_legend(struct buf *out, bool color) {
    ignore(buf_append_string(out, "\nFindings by place: class, text, score, kind of source, recognizer or rule; below each what lost to it; \"-\" stays readable.\n"));
    for (size_t i = 0; color && i < array_count(explainer_groups); i++)
        ignore(buf_append_printf(out, "\x1b[%sm %s \x1b[0m ", explainer_groups[i].sgr, explainer_groups[i].words));
    if (color) ignore(buf_append_byte(out, '\n'));
}

static int explainer_write(struct buf *out) {
    int r = buf_error(out);
    if (r == 0 && fwrite(out->ptr, 1, out->len, stdout) != out->len) r = -EIO;
    buf_release(out);
    return r;
}

int explainer_print_text(const struct engine *e, const struct explanation *x, bool color) {
    struct buf out;
    buf_init(&out, EXPLAINER_LEN_MAX);
    explainer_body(&out, x, color);
    explainer_legend(&out, color);
    explainer_list(&out, e, x);
    return explainer_write(&out);
}

/* ---- JSON ---- */

static void explainer_json_text(struct buf *out, const char *key, struct bytes text) {
    ignore(buf_append_printf(out, ",\"%s\":", key));
    ignore(tool_json_string(out, text)); /* sticky */
}

static void explainer_json_who(struct buf *out, const struct engine *e, const char *key, uint16_t recognizer) {
    const char *path;
    size_t line;
    explainer_json_text(out, key, bytes_from_string(engine_recognizer_name(e, recognizer)));
    if (!explain_rule_place(e, recognizer, &path, &line)) return;
    ignore(buf_append_printf(out, ",\"%s_rule\":{\"file\":", key));
    ignore(tool_json_string(out, bytes_from_string(path)));
    ignore(buf_append_printf(out, ",\"line\":%zu}", line));
}

static struct bytes explainer_context(struct bytes text, struct span s, bool before) {
    size_t begin = before ? (s.begin > EXPLAINER_CONTEXT_LEN ? s.begin - EXPLAINER_CONTEXT_LEN : 0) : s.end;
    size_t end = before ? s.begin : (text.len - s.end > EXPLAINER_CONTEXT_LEN ? s.end + EXPLAINER_CONTEXT_LEN : text.len);
    while (begin < end && (text.ptr[begin] & 0xC0) == 0x80) begin++;
    while (end > begin && end < text.len && (text.ptr[end] & 0xC0) == 0x80) end--;
    return bytes_slice(text, (struct span) { begin, end });
}

static void explainer_json_item(struct buf *out, const struct engine *e, const struct explanation *x, const struct explain_item *item) {
    const struct finding *f = &item->finding;
    ignore(buf_append_printf(out, "{\"start\":%zu,\"end\":%zu,\"type\":\"%s\",\"score\":%u.%03u,\"source\":\"%s\",\"pass\":%u", f->span.begin, f->span.end,
                             entity_name(f->entity), f->score / 1000u, f->score % 1000u, explain_source_name(f->source), item->pass));
    explainer_json_who(out, e, "recognizer", f->recognizer);
    ignore(buf_append_printf(out, ",\"fate\":\"%s\",\"place\":[%zu,%zu]", explain_fate_name(item->fate), item->place.begin, item->place.end));
    if (item->fate != EXPLAIN_WON) explainer_json_who(out, e, "by", item->by);
    explainer_json_text(out, "text", bytes_slice(x->text, f->span));
    explainer_json_text(out, "before", explainer_context(x->text, f->span, true));
    explainer_json_text(out, "after", explainer_context(x->text, f->span, false));
    ignore(buf_append_byte(out, '}'));
}

int explainer_print_json(const struct engine *e, const struct explanation *x, const struct redaction *r) {
    struct buf out;
    buf_init(&out, EXPLAINER_LEN_MAX);
    ignore(buf_append_printf(&out, "{\"format\":\"%s\"", r->format ? r->format : "unknown"));
    explainer_json_text(&out, "text", x->text);
    ignore(buf_append_string(&out, ",\"findings\":["));
    for (size_t i = 0; i < x->count; i++) {
        if (i > 0) ignore(buf_append_byte(&out, ','));
        explainer_json_item(&out, e, x, &x->items[i]);
    }
    ignore(buf_append_string(&out, "]}\n"));
    return explainer_write(&out);
}
