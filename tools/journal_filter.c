#include <fcntl.h>
#include <string.h>

#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "conf/base/text.h"
#include "conf/subject.h"
#include "tools/journal.h"

void journal_filter_options(struct journal_filter *f, struct tool_option out[JOURNAL_FILTER_OPTIONS]) {
    const struct tool_option options[JOURNAL_FILTER_OPTIONS] = {
        { 0, "user", "NAME", "records of this user", &f->user },
        { 0, "uid", "UID", "records of this user id", &f->uid },
        { 0, "program", "PATH", "records of this program (path or token)", &f->exe },
        { 0, "file", "TOKEN", "records about this file token", &f->file },
        { 0, "container", "TOKEN", "records from this container token", &f->container },
        { 0, "ruleset", "DIGEST", "records under this policy digest, or one that begins so", &f->policy },
        { 0, "result", "WORD", "allow, deny, refuse or ok", &f->result },
        { 0, "type", "LIST", "event types, separated by commas", &f->type },
        { 0, "from", "TIME", "from this time on (2026-11-22 or 2026-11-22T10:00:00Z)", &f->from },
        { 0, "to", "TIME", "before this time", &f->to },
        { 0, "token", "TOKEN", "records about this patient or encounter token", &f->token },
        { 0, "patient", NULL, "records about the patient whose id is on standard input", &f->patient },
        { 0, "encounter", NULL, "records about the encounter whose id is on standard input", &f->encounter },
        { 0, "path", NULL, "records about the file whose path below the source is on standard input", &f->path },
        { 0, "subject-key", "FILE", "the privacy officer's key, for --patient, --encounter, --path", &f->subject_key },
    };
    memcpy(out, options, sizeof(options));
}

uint64_t journal_read_time(const struct tool *t, const char *option, const char *text) {
    char whole[CLOCK_TEXT_LEN + 1] = "0000-00-00T00:00:00.000000Z";
    size_t len = strlen(text);
    uint64_t us = 0;
    if (len > 0 && text[len - 1] == 'Z') len--;
    if (len >= 10 && len < CLOCK_TEXT_LEN) memcpy(whole, text, len);
    if (len < 10 || len >= CLOCK_TEXT_LEN || !clock_parse(bytes_make(whole, CLOCK_TEXT_LEN), &us)) {
        tool_usage_error(t, "%s: %s is no time in UTC (2026-11-22 or 2026-11-22T10:00:00Z)", option, text);
    }
    return us;
}

static uint32_t filter_types(const struct tool *t, const char *list) {
    uint32_t types = 0;
    while (*list) {
        size_t len = strcspn(list, ",");
        enum event_type type;
        if (!event_from_name(bytes_make(list, len), &type)) tool_usage_error(t, "--type: there is no event type \"%.*s\"", (int) len, list);
        types |= UINT32_C(1) << type;
        list += len + (list[len] == ',');
    }
    return types;
}

void journal_read_subject_key(const struct tool *t, const char *path, struct journal_subject_key *out) {
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, 256);
    if (io_read_file_at(AT_FDCWD, path, &raw) < 0) tool_usage_error(t, "--subject-key: %s cannot be read", path);
    struct bytes parts[3], rest = buf_bytes(&raw);
    uint64_t first = 0, current = 0;
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *at = rest.len > 0 ? memchr(rest.ptr, i < 2 ? ' ' : '\n', rest.len) : NULL;
        struct bytes dropped;
        if (!at || !bytes_take(&rest, (size_t) (at - rest.ptr), &parts[i]) || !bytes_take(&rest, 1, &dropped)) tool_usage_error(t, "--subject-key: %s is not such a key", path);
    }
    bool good = text_parse_u64(parts[0], &first) && text_parse_u64(parts[1], &current) && current >= first && current <= UINT32_MAX;
    if (!good || !text_hex_decode(parts[2], out->key.raw, KEY_LEN)) tool_usage_error(t, "--subject-key: %s is not such a key", path);
    out->first = (uint32_t) first;
    out->month = (uint32_t) current;
}

/* One token a month from the key's month on; months to come cost nothing and are right once they come. */
static size_t filter_make_tokens(const struct tool *t, struct journal_filter *f, char (*tokens)[EVENT_TOKEN_LEN_MAX]) {
    if (!f->subject_key) tool_usage_error(t, "--subject-key is missing: the tokens of an id can be made only with the privacy officer's key");
    _cleanup_(key_wipe) struct key k, next;
    _cleanup_(buf_release) struct buf id;
    struct journal_subject_key given;
    journal_read_subject_key(t, f->subject_key, &given);
    k = given.key;
    key_wipe(&given.key);
    uint32_t month = given.month - given.first, today = subject_month_of(clock_realtime_us());
    f->months = today > given.month ? today - given.month : 0;
    buf_init(&id, 4096);
    if (io_read_all(STDIN_FILENO, &id) < 0) tool_usage_error(t, "standard input cannot be read, or is longer than an id");
    struct bytes text = buf_bytes(&id);
    while (text.len > 0 && text_is_space(text.ptr[text.len - 1])) text.len--;
    if (text.len == 0) tool_usage_error(t, "standard input holds no id");
    char kind = f->patient ? 'p' : f->encounter ? 'e' : 'f';
    size_t count = 0;
    for (; count < QUERY_TOKENS_MAX; count++, month++) {
        char token[SUBJECT_TOKEN_LEN_MAX + 1];
        subject_token(&k, month, kind, text, token);
        memcpy(tokens[count], token, sizeof(token));
        subject_key_next(&k, &next);
        k = next;
    }
    return count;
}

void journal_filter_read(const struct tool *t, struct journal_filter *f, char (*tokens)[EVENT_TOKEN_LEN_MAX], struct query *out) {
    *out = (struct query) {
        .user = f->user, .uid = f->uid, .exe = f->exe, .file = f->file, .container = f->container, .policy = f->policy, .result = f->result, .subjects = tokens,
    };
    if (f->type) out->types = filter_types(t, f->type);
    if (f->from) out->from_us = journal_read_time(t, "--from", f->from);
    if (f->to) out->to_us = journal_read_time(t, "--to", f->to);
    if (f->patient + f->encounter + f->path + (f->token != NULL) > 1) tool_usage_error(t, "only one of --patient, --encounter, --path and --token");
    if (f->patient || f->encounter || f->path) out->subject_count = filter_make_tokens(t, f, tokens);
    if (f->token) {
        if (strlen(f->token) >= EVENT_TOKEN_LEN_MAX) tool_usage_error(t, "--token: %s is longer than any token", f->token);
        memcpy(tokens[0], f->token, strlen(f->token) + 1);
        out->subject_count = 1;
    }
}

void journal_filter_about(const struct journal_filter *f, const struct query *q, char out[EVENT_TOKEN_LEN_MAX]) {
    const char *about = q->subject_count > 0 ? q->subjects[f->months < q->subject_count ? f->months : 0] : f->file;
    out[0] = '\0';
    if (about && event_is_token(bytes_from_string(about))) memcpy(out, about, strlen(about) + 1);
}
