#include "redact/restore.h"

#include <errno.h>
#include <jansson.h>

#include "conf/base/text.h"
#include "redact/mention.h"
#include "redact/vault_seal.h"

static const char *const restore_class_names[RESTORE_CLASS_COUNT] = {
    [RESTORE_EXACT] = "exact", [RESTORE_NORMALISED] = "normalised", [RESTORE_BAD_CHECK] = "bad-check", [RESTORE_NEVER_ISSUED] = "never-issued",
    [RESTORE_NOT_SERVED] = "not-served", [RESTORE_SUFFIX_LOST] = "suffix-lost", [RESTORE_DESTROYED] = "destroyed",
    [RESTORE_DENIED] = "denied", [RESTORE_LABEL] = "label",
};

const char *restore_class_name(enum restore_class c) {
    must((unsigned) c < RESTORE_CLASS_COUNT);
    return restore_class_names[c];
}

bool restore_format_from_name(const char *name, enum restore_format *out) {
    static const struct {
        const char *name;
        enum restore_format format;
    } names[] = { { "auto", RESTORE_AUTO }, { "text", RESTORE_TEXT }, { "markdown", RESTORE_TEXT }, { "json", RESTORE_JSON },
                  { "jsonl", RESTORE_JSON }, { "csv", RESTORE_CSV },  { "xml", RESTORE_XML },       { "html", RESTORE_XML } };
    for (size_t i = 0; i < array_count(names); i++) {
        if (strcmp(names[i].name, name) != 0) continue;
        *out = names[i].format;
        return true;
    }
    return false;
}

uint64_t restore_report_restored(const struct restore_report *r) {
    return r->counts[RESTORE_EXACT] + r->counts[RESTORE_NORMALISED];
}

uint64_t restore_report_left(const struct restore_report *r) {
    return r->tokens - restore_report_restored(r);
}

/* ---- formats ----------------------------------------------------------------------------------------------------------------------- */

static bool restore_is_json(struct bytes b) {
    json_error_t error;
    json_t *value = json_loadb((const char *) b.ptr, b.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    bool is_container = json_is_object(value) || json_is_array(value) || json_is_string(value);
    json_decref(value);
    return is_container;
}

static bool restore_take_line(struct bytes *in, struct bytes *out) {
    if (in->len == 0) return false;
    const uint8_t *end = memchr(in->ptr, '\n', in->len);
    size_t len = end ? (size_t) (end - in->ptr) : in->len;
    *out = bytes_make(in->ptr, len);
    *in = bytes_make(in->ptr + len, in->len - len);
    if (end) *in = bytes_make(in->ptr + 1, in->len - 1);
    return true;
}

static enum restore_format restore_guess(struct bytes input) {
    size_t i = 0;
    while (i < input.len && text_is_space(input.ptr[i])) i++;
    /* "[PATIENT_…] came" begins like an array: only a whole parse decides. */
    if (i == input.len || !strchr("{[\"", input.ptr[i])) return RESTORE_TEXT;
    if (restore_is_json(input)) return RESTORE_JSON;
    size_t lines = 0;
    for (struct bytes rest = input, line; restore_take_line(&rest, &line);) {
        if (line.len == 0 || (line.len == 1 && line.ptr[0] == '\r')) continue;
        if (!restore_is_json(line)) return RESTORE_TEXT;
        lines++;
    }
    return lines > 0 ? RESTORE_JSON : RESTORE_TEXT;
}

static void restore_put_json(struct buf *out, struct bytes value) {
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        if (c == '"' || c == '\\') ignore(buf_append_printf(out, "\\%c", c)); /* sticky: the caller checks, here and below */
        else if (c == '\n') ignore(buf_append_string(out, "\\n"));
        else if (c == '\r') ignore(buf_append_string(out, "\\r"));
        else if (c == '\t') ignore(buf_append_string(out, "\\t"));
        else if (c < 0x20) ignore(buf_append_printf(out, "\\u%04x", c));
        else ignore(buf_append_byte(out, c));
    }
}

static void restore_put_xml(struct buf *out, struct bytes value) {
    for (size_t i = 0; i < value.len; i++) {
        switch (value.ptr[i]) {
        case '&': ignore(buf_append_string(out, "&amp;")); break; /* sticky: the caller checks */
        case '<': ignore(buf_append_string(out, "&lt;")); break;
        case '>': ignore(buf_append_string(out, "&gt;")); break;
        case '"': ignore(buf_append_string(out, "&quot;")); break;
        case '\'': ignore(buf_append_string(out, "&#39;")); break;
        default: ignore(buf_append_byte(out, value.ptr[i])); break;
        }
    }
}

static void restore_put(struct buf *out, enum restore_format format, struct bytes value) {
    if (format == RESTORE_JSON) restore_put_json(out, value);
    else if (format == RESTORE_XML) restore_put_xml(out, value);
    else ignore(buf_append(out, value)); /* sticky: the caller checks */
}

/* ---- one mention ------------------------------------------------------------------------------------------------------------------- */

struct restore {
    struct vault_reader *reader;
    const struct restore_options *options;
    struct bytes input;
    enum restore_format format;
    uint32_t *forms; /* of a known view */
    size_t form_count;
    size_t coded;    /* exact tokens so far: the place in forms */
    struct buf *out;
    struct buf value;
    struct restore_report report;
};

/* A word of another kind before the code is somebody else's token: a person's word fits every role of a person. */
static bool restore_entity_fits(const struct mention *m, const struct vault_issue *issue) {
    return !m->has_entity || vault_seal_space(m->entity) == issue->space;
}

static int restore_classify(struct restore *w, const struct mention *m, struct vault_issue *issue, enum restore_class *out) {
    switch (m->class) {
    case MENTION_LABEL: *out = RESTORE_LABEL; return 0;
    case MENTION_SUFFIX_LOST: *out = RESTORE_SUFFIX_LOST; return 0;
    case MENTION_BAD_CHECK: *out = RESTORE_BAD_CHECK; return 0;
    case MENTION_EXACT: case MENTION_NORMALISED: break;
    }
    int r = vault_reader_find(w->reader, m->code, issue);
    if (r < 0) return r;
    if (r == VAULT_NEVER_ISSUED || !restore_entity_fits(m, issue)) *out = RESTORE_NEVER_ISSUED;
    else if (!issue->of_this_destination) *out = RESTORE_NOT_SERVED;
    else *out = m->class == MENTION_EXACT ? RESTORE_EXACT : RESTORE_NORMALISED;
    if ((*out != RESTORE_EXACT && *out != RESTORE_NORMALISED) || !w->options->may) return 0;
    r = w->options->may(w->options->context, m->code, issue);
    if (r == 0) *out = RESTORE_DENIED;
    return r < 0 ? r : 0;
}

/* w->value holds what the mention stands for when the class says that it is restored. */
static int restore_mention(struct restore *w, const struct mention *m, enum restore_class *out_class) {
    struct vault_issue issue = { 0 };
    enum restore_class class = RESTORE_LABEL;
    int r = restore_classify(w, m, &issue, &class);
    if (r < 0) return r;
    buf_reset(&w->value);
    if (class == RESTORE_DENIED) w->coded++; /* it has its place among the view's forms */
    if (class == RESTORE_EXACT || class == RESTORE_NORMALISED) {
        uint32_t form = w->report.is_view ? (w->coded < w->form_count ? w->forms[w->coded] : 0) : VAULT_FORM_BEST;
        w->coded++;
        r = vault_reader_reveal(w->reader, m->code, form, &w->value);
        if (r < 0) return r;
        if (r == VAULT_DESTROYED) class = RESTORE_DESTROYED;
        else w->report.restored[issue.space]++;
    }
    w->report.counts[class]++;
    if (class != RESTORE_LABEL) w->report.tokens++;
    if (w->options->token_count_max > 0 && w->report.tokens > w->options->token_count_max) return -E2BIG;
    *out_class = class;
    return 0;
}

static int restore_span(struct restore *w, struct bytes text, struct buf *out, bool *out_changed) {
    struct mention m;
    size_t done = 0;
    for (size_t at = 0; mention_next(text, &at, &m);) {
        enum restore_class class;
        int r = restore_mention(w, &m, &class);
        if (r < 0) return r;
        if (class != RESTORE_EXACT && class != RESTORE_NORMALISED) continue;
        ignore(buf_append(out, bytes_slice(text, (struct span) { done, m.span.begin }))); /* sticky: checked below */
        restore_put(out, w->format, buf_bytes(&w->value));
        done = m.span.end;
        *out_changed = true;
    }
    ignore(buf_append(out, bytes_slice(text, (struct span) { done, text.len })));
    return buf_error(out);
}

/* ---- CSV ---------------------------------------------------------------------------------------------------------------------------- */

/* The field that begins at *at, raw, with its quotes. */
static struct bytes restore_take_field(struct bytes in, size_t *at) {
    size_t begin = *at, i = begin;
    bool quoted = i < in.len && in.ptr[i] == '"';
    if (quoted) i++;
    while (i < in.len) {
        uint8_t c = in.ptr[i];
        if (quoted && c == '"' && i + 1 < in.len && in.ptr[i + 1] == '"') i++;
        else if (quoted && c == '"') quoted = false;
        else if (!quoted && (c == ',' || c == ';' || c == '\t' || c == '\n' || c == '\r')) break;
        i++;
    }
    *at = i;
    return bytes_make(in.ptr + begin, i - begin);
}

static void restore_put_csv(struct buf *out, struct bytes value, bool quoted) {
    for (size_t i = 0; i < value.len; i++) quoted = quoted || strchr(",;\t\"\r\n", value.ptr[i]);
    if (quoted) ignore(buf_append_byte(out, '"')); /* sticky: the caller checks, here and below */
    for (size_t i = 0; i < value.len; i++) {
        if (quoted && value.ptr[i] == '"') ignore(buf_append_byte(out, '"'));
        ignore(buf_append_byte(out, value.ptr[i]));
    }
    if (quoted) ignore(buf_append_byte(out, '"'));
}

static int restore_field(struct restore *w, struct bytes raw) {
    _cleanup_(buf_release) struct buf plain, restored;
    buf_init(&plain, raw.len + 1);
    buf_init(&restored, w->out->len_max);
    bool quoted = raw.len >= 2 && raw.ptr[0] == '"' && raw.ptr[raw.len - 1] == '"', changed = false;
    struct bytes inner = quoted ? bytes_make(raw.ptr + 1, raw.len - 2) : raw;
    for (size_t i = 0; i < inner.len; i++) {
        ignore(buf_append_byte(&plain, inner.ptr[i])); /* sticky: checked below */
        if (quoted && inner.ptr[i] == '"' && i + 1 < inner.len && inner.ptr[i + 1] == '"') i++;
    }
    int r = buf_error(&plain);
    if (r == 0) r = restore_span(w, buf_bytes(&plain), &restored, &changed);
    if (r < 0) return r;
    if (changed) restore_put_csv(w->out, buf_bytes(&restored), quoted);
    else ignore(buf_append(w->out, raw)); /* sticky: checked below */
    return buf_error(w->out);
}

static int restore_csv(struct restore *w) {
    for (size_t at = 0; at < w->input.len;) {
        int r = restore_field(w, restore_take_field(w->input, &at));
        if (r < 0) return r;
        if (at < w->input.len) r = buf_append_byte(w->out, w->input.ptr[at++]);
        if (r < 0) return r;
    }
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------------------------- */

static int restore_look_up_view(struct restore *w) {
    uint8_t digest[32];
    crypto_generichash(digest, sizeof(digest), w->input.ptr, w->input.len, NULL, 0);
    int r = vault_reader_view(w->reader, digest, &w->forms, &w->form_count);
    w->report.is_view = r == VAULT_VIEW_KNOWN;
    return r < 0 ? r : 0;
}

int restore_text(struct vault_reader *reader, struct bytes input, const struct restore_options *options, struct buf *out,
                 struct restore_report *out_report) {
    struct restore w = { .reader = reader, .options = options, .input = input, .out = out, .format = options->format };
    if (w.format == RESTORE_AUTO) w.format = restore_guess(input);
    buf_init(&w.value, 2 * VAULT_SURFACE_LEN_MAX);
    bool changed = false;
    int r = options->mode == RESTORE_SURFACE ? restore_look_up_view(&w) : 0;
    if (r == 0) r = w.format == RESTORE_CSV ? restore_csv(&w) : restore_span(&w, input, out, &changed);
    buf_release(&w.value);
    free(w.forms);
    if (r < 0) {
        buf_reset(out);
        return r;
    }
    *out_report = w.report;
    return 0;
}
