#include "audit/submission.h"

#include <errno.h>
#include <jansson.h>

#include "audit/entry.h"
#include "audit/retain.h"
#include "conf/base/text.h"
#include "conf/purpose.h"

static const char *const submission_queries[] = { "records", "patient", "encounter", "file", "user", "ruleset", "container", "show",
                                                  "prove",   "report",  "orphans",   "index",  "breach", "replay" };
static const char *const submission_exports[] = { "jsonl", "fhir", "dicom", "ocsf", "cef", "csv", "disclosures" };
static const char *const submission_anchors[] = { "cosig", "tsr" };
static const char *const submission_retains[] = { RETAIN_PRUNE, RETAIN_HOLD, RETAIN_RELEASE, RETAIN_SUBJECTS };

static const char *submission_word_of(const char *const *words, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) return words[i];
    }
    return NULL;
}

const char *submission_kind_find(const char *kind, enum event_type type) {
    if (type == EVENT_EXPORT) return submission_word_of(submission_exports, array_count(submission_exports), kind);
    if (type == EVENT_ANCHOR) return submission_word_of(submission_anchors, array_count(submission_anchors), kind);
    if (type == EVENT_RETAIN) return submission_word_of(submission_retains, array_count(submission_retains), kind);
    return submission_word_of(submission_queries, array_count(submission_queries), kind);
}

static bool submission_take_word(const json_t *v, char *out) {
    const char *text = json_string_value(v);
    size_t len = text ? json_string_length(v) : 0;
    if (len == 0 || len > SUBMISSION_WORD_LEN_MAX || strlen(text) != len) return false;
    memcpy(out, text, len + 1);
    return true;
}

/* Printable UTF-8 of a bounded length: it is only ever hashed, or compared with names. */
static bool submission_take_text(const json_t *v, char *out) {
    const char *text = json_string_value(v);
    size_t len = text ? json_string_length(v) : 0;
    if (len == 0 || len > SUBMISSION_TEXT_LEN_MAX || strlen(text) != len) return false;
    memcpy(out, text, len + 1);
    return true;
}

static bool submission_take_digest(const json_t *v, uint8_t out[32]) {
    return json_is_string(v) && text_hex_decode(bytes_make(json_string_value(v), json_string_length(v)), out, 32);
}

static bool submission_take_token(const json_t *v, char out[EVENT_TOKEN_LEN_MAX]) {
    struct bytes text = bytes_make(json_string_value(v), json_string_length(v));
    if (!json_is_string(v) || text.len >= EVENT_TOKEN_LEN_MAX || !event_is_token(text)) return false;
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

static bool submission_take_number(const json_t *v, uint64_t *out) {
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || (uint64_t) n > ENTRY_INTEGER_MAX) return false;
    *out = (uint64_t) n;
    return true;
}

static bool submission_take_inputs(const json_t *v, struct submission *s) {
    size_t count = json_array_size(v);
    if (!json_is_array(v) || count > EVENT_INPUTS_MAX) return false;
    for (size_t i = 0; i < count; i++) {
        if (!submission_take_digest(json_array_get(v, i), s->inputs[i])) return false;
    }
    s->input_count = count;
    return true;
}

static bool submission_take_encounters(const json_t *v, struct submission *s) {
    size_t count = json_array_size(v);
    if (!json_is_array(v) || count > EVENT_ENCOUNTERS_MAX) return false;
    for (size_t i = 0; i < count; i++) {
        if (!submission_take_token(json_array_get(v, i), s->encounters[i]) || s->encounters[i][0] != 'e') return false;
    }
    s->encounter_count = count;
    return true;
}

static bool submission_take_infer(struct submission *s, const char *key, const json_t *v) {
    if (strcmp(key, "service") == 0) return submission_take_word(v, s->service);
    if (strcmp(key, "model") == 0) return submission_take_word(v, s->model);
    if (strcmp(key, "version") == 0) return submission_take_word(v, s->version);
    if (strcmp(key, "destination") == 0) return submission_take_word(v, s->destination);
    if (strcmp(key, "template") == 0) return s->has_template = submission_take_digest(v, s->template_digest);
    if (strcmp(key, "output") == 0) return s->has_output = submission_take_digest(v, s->output_digest);
    if (strcmp(key, "inputs") == 0) return submission_take_inputs(v, s);
    if (strcmp(key, "encounters") == 0) return submission_take_encounters(v, s);
    if (strcmp(key, "user") == 0) return submission_take_text(v, s->user);
    if (strcmp(key, "override") != 0 || !json_is_string(v)) return false;
    s->override = event_override_find(json_string_value(v));
    return s->override != NULL;
}

static bool submission_take_range(struct submission *s, const char *key, const json_t *v) {
    if (strcmp(key, "from") == 0) return submission_take_number(v, &s->range.from);
    if (strcmp(key, "to") == 0) return submission_take_number(v, &s->range.to);
    if (strcmp(key, "count") == 0) return submission_take_number(v, &s->range.count);
    if (strcmp(key, "about") == 0) return submission_take_token(v, s->about);
    if (strcmp(key, "sha256") == 0) {
        s->range.digest = s->digest;
        return submission_take_digest(v, s->digest);
    }
    if (strcmp(key, "kind") != 0 || !json_is_string(v)) return false;
    s->range.kind = submission_kind_find(json_string_value(v), s->type);
    return s->range.kind != NULL;
}

static bool submission_take_session(struct submission *s, const char *key, const json_t *v) {
    if (strcmp(key, "user") == 0) return submission_take_text(v, s->user);
    if (strcmp(key, "ticket") == 0) return submission_take_text(v, s->ticket);
    if (strcmp(key, "purpose") != 0 || !json_is_string(v)) return false;
    s->purpose = purpose_find(json_string_value(v));
    return s->purpose != NULL;
}

static bool submission_take(struct submission *s, const char *key, const json_t *v) {
    if (strcmp(key, "do") == 0) return true;
    if (s->type == EVENT_INFER) return submission_take_infer(s, key, v);
    if (s->type == EVENT_SESSION) return submission_take_session(s, key, v);
    return submission_take_range(s, key, v);
}

static const char *submission_missing(const struct submission *s) {
    if (s->type == EVENT_INFER) return s->service[0] == '\0' ? "service" : s->model[0] == '\0' ? "model" : !s->has_output ? "output" : NULL;
    if (s->type == EVENT_SESSION) return s->user[0] == '\0' ? "user" : !s->purpose ? "purpose" : s->ticket[0] == '\0' ? "ticket" : NULL;
    return !s->range.kind ? "kind" : s->range.to < s->range.from ? "to" : NULL;
}

/* Our own word for a member that we know: what a stranger wrote is not repeated. */
static const char *submission_known(const char *key) {
    static const char *const keys[] = { "service", "model", "version", "destination", "template", "output", "inputs", "encounters", "user", "override",
                                        "from",    "to",    "count",   "about",       "sha256",   "kind",   "purpose", "ticket" };
    return submission_word_of(keys, array_count(keys), key);
}

static int submission_read(const json_t *root, struct submission *out, struct problem *p) {
    static const enum event_type types[] = { EVENT_INFER, EVENT_QUERY, EVENT_EXPORT, EVENT_SESSION, EVENT_ANCHOR, EVENT_RETAIN };
    const char *what = json_string_value(json_object_get(root, "do"));
    size_t i = 0;
    while (i < array_count(types) && (!what || strcmp(event_name(types[i]), what) != 0)) i++;
    if (i == array_count(types)) return problem_set(p, -EBADMSG, "\"do\" must be infer, query, export, session, anchor or retain");
    struct submission s = { .type = types[i], .override = "none" };
    for (void *it = json_object_iter((json_t *) (uintptr_t) root); it; it = json_object_iter_next((json_t *) (uintptr_t) root, it)) {
        const char *key = json_object_iter_key(it), *known = submission_known(key);
        if (submission_take(&s, key, json_object_iter_value(it))) continue;
        return known ? problem_set(p, -EBADMSG, "\"%s\" is not of its form, or %s has no such member; see deidfs-journal(1), RECORDS", known, what)
                     : problem_set(p, -EBADMSG, "there is an unknown member; see deidfs-journal(1), RECORDS");
    }
    const char *missing = submission_missing(&s);
    if (missing) return problem_set(p, -EBADMSG, "\"%s\" is missing or too small", missing);
    *out = s;
    if (s.range.digest) out->range.digest = out->digest;
    return 0;
}

int submission_parse(struct bytes line, struct submission *out, struct problem *p) {
    if (line.len > SUBMISSION_LEN_MAX) return problem_set(p, -EBADMSG, "the line is longer than %d bytes", (int) SUBMISSION_LEN_MAX);
    json_t *root = json_loadb((const char *) line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
    int r = json_is_object(root) ? submission_read(root, out, p) : problem_set(p, -EBADMSG, "the line is not one JSON object");
    json_decref(root);
    return r;
}

int submission_check(struct submission *s, const struct conf *c, struct problem *p) {
    if (s->type != EVENT_INFER) return 0;
    char model[2 * SUBMISSION_WORD_LEN_MAX + 2];
    int len = snprintf(model, sizeof(model), "%s%s%s", s->model, s->version[0] ? "@" : "", s->version);
    must(len > 0 && (size_t) len < sizeof(model));
    if (s->destination[0] == '\0') memcpy(s->destination, c->destination, strlen(c->destination) + 1);
    if (!conf_words_hold(&c->services, s->service)) return problem_set(p, -EPERM, "the service is not listed in %s: [records] services", c->path);
    if (!conf_words_hold(&c->models, model)) return problem_set(p, -EPERM, "the model with this version is not listed in %s: [records] models", c->path);
    if (strcmp(s->destination, c->destination) != 0 && !conf_words_hold(&c->destinations, s->destination))
        return problem_set(p, -EPERM, "the destination is not listed in %s: [records] destinations", c->path);
    return 0;
}

bool submission_admits(enum event_type type, const struct conf *c, uid_t owner, uid_t peer) {
    if (peer == 0 || peer == owner || type == EVENT_SESSION) return true;
    if (type == EVENT_RETAIN) return false;
    return conf_users_hold(type == EVENT_INFER ? &c->recorders : &c->auditors, peer);
}

int submission_event(struct submission *s, struct keeper *k, struct event *out) {
    *out = (struct event) { .type = s->type };
    if (s->type != EVENT_INFER) {
        out->range = &s->range;
        memcpy(s->about[0] == 'p' ? out->object.subject : s->about[0] == 'e' ? out->object.encounter : out->object.file, s->about, sizeof(s->about));
        return 0;
    }
    int r = s->user[0] ? keeper_subject(k, 'u', bytes_from_string(s->user), s->user_token) : 0;
    if (r < 0) return r;
    s->infer = (struct event_infer) {
        .service = s->service, .model = s->model, .version = s->version, .destination = s->destination, .override = s->override,
        .template_digest = s->has_template ? s->template_digest : NULL, .output_digest = s->output_digest,
        .inputs = s->inputs, .input_count = s->input_count, .encounters = s->encounters, .encounter_count = s->encounter_count,
        .user = s->user_token,
    };
    out->infer = &s->infer;
    return 0;
}

int submission_write_range(const struct event_range *range, enum event_type type, const char *about, struct buf *out) {
    buf_append_printf(out, "{\"do\":\"%s\",\"kind\":\"%s\",\"from\":%llu,\"to\":%llu,\"count\":%llu", event_name(type), range->kind,
                      (unsigned long long) range->from, (unsigned long long) range->to, (unsigned long long) range->count);
    char hex[65];
    if (range->digest) text_hex_encode(bytes_make(range->digest, 32), hex);
    if (range->digest) buf_append_printf(out, ",\"sha256\":\"%s\"", hex);
    if (about && about[0]) buf_append_printf(out, ",\"about\":\"%s\"", about);
    return buf_append_string(out, "}\n");
}
