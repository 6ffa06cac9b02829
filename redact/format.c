#include "redact/format.h"

#include <errno.h>

#include "conf/base/size.h"
#include "conf/base/text.h"

enum { FORMAT_HEAD_LEN = 64 * 1024 };

static bool format_ends_with(struct bytes path, const char *suffix) {
    size_t len = strlen(suffix);
    return path.len >= len && text_equals_lower(bytes_make(path.ptr + path.len - len, len), suffix);
}

static bool format_begins(struct bytes head, const char *word) {
    size_t len = strlen(word);
    return head.len >= len && text_equals_lower(bytes_make(head.ptr, len), word);
}

static struct bytes format_skip_blanks(struct bytes head) {
    if (bytes_starts_with(head, BYTES("\xEF\xBB\xBF"))) head = bytes_make(head.ptr + 3, head.len - 3);
    while (head.len > 0 && (text_is_space(head.ptr[0]) || head.ptr[0] == 0x0B)) head = bytes_make(head.ptr + 1, head.len - 1);
    return head;
}

/* "{" or "[" and then what only JSON goes on with. A note may begin with "[Dictated but not read]". */
static bool format_is_json(struct bytes head) {
    if (head.len == 0 || (head.ptr[0] != '{' && head.ptr[0] != '[')) return false;
    bool object = head.ptr[0] == '{';
    struct bytes rest = format_skip_blanks(bytes_make(head.ptr + 1, head.len - 1));
    if (rest.len == 0) return false;
    return object ? rest.ptr[0] == '"' || rest.ptr[0] == '}' : rest.ptr[0] == '{' || rest.ptr[0] == '"' || rest.ptr[0] == '[';
}

/* Structured text that needs a reader of its own: shown as plain text, fields without labels would pass. */
static bool format_is_structured(struct bytes head) {
    static const char *const beginnings[] = {
        "{\\rtf", "msh|", "fhs|", "bhs|", "isa*", "%pdf-", "%!ps", "begin:vcard",
        "begin:vcalendar", "mime-version:",
    };
    for (size_t i = 0; i < array_count(beginnings); i++) {
        if (format_begins(head, beginnings[i])) return true;
    }
    /* Any mark-up, whatever its root: "<" and a letter, "?" or "!". "< 5 mg" is none. */
    if (head.len > 1 && head.ptr[0] == '<' && (text_is_alpha(head.ptr[1]) || head.ptr[1] == '?' || head.ptr[1] == '!' || head.ptr[1] == '/')) return true;
    return format_is_json(head);
}

enum format format_of(struct bytes head, struct bytes path) {
    head.len = size_min(head.len, FORMAT_HEAD_LEN);
    if (!extract_is_text(head)) return FORMAT_UNKNOWN;
    if (format_is_structured(format_skip_blanks(head))) return FORMAT_UNKNOWN;
    bool named = format_ends_with(path, ".csv") || format_ends_with(path, ".tsv");
    if (named && extract_csv_delimiter(head) != 0) return FORMAT_CSV;
    return FORMAT_TEXT;
}

const char *format_name(enum format f) {
    switch (f) {
    case FORMAT_TEXT: return "text";
    case FORMAT_CSV: return "csv";
    case FORMAT_UNKNOWN: return NULL;
    }
    return NULL;
}

int format_extract(enum format f, struct scratch *s, struct bytes content, struct extraction *out) {
    switch (f) {
    case FORMAT_TEXT: return extract_text(s, content, out);
    case FORMAT_CSV: {
        int r = extract_csv(s, content, out);
        /* Past the head it is no table: what it is then is text. */
        return r == -EBADMSG ? extract_text(s, content, out) : r;
    }
    case FORMAT_UNKNOWN: break;
    }
    return scratch_refuse(s, REFUSAL_FORMAT, -ENOTSUP);
}
