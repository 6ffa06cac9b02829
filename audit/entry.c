#include "audit/entry.h"

#include <errno.h>
#include <fcntl.h>

#include "conf/base/clock.h"
#include "conf/base/text.h"

void entry_stamp_boot(struct entry_stamp *out) {
    char text[64] = "";
    _cleanup_(close_fd) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    size_t len = 0;
    for (ssize_t i = 0; i < n && len < ENTRY_BOOT_LEN; i++) {
        bool hex = text_is_digit((uint8_t) text[i]) || (text[i] >= 'a' && text[i] <= 'f');
        if (hex) out->boot[len++] = text[i];
    }
    /* Without a boot id every start is its own boot: nothing is then compared over the gap. */
    while (len < ENTRY_BOOT_LEN) out->boot[len++] = '0';
    out->boot[len] = '\0';
}

void entry_stamp_now(struct entry_stamp *s) {
    s->mono_us = clock_boottime_us();
    s->time_us = clock_realtime_us();
}

bool entry_clock_jumps(const struct entry_stamp *before, const struct entry_stamp *after) {
    if (memcmp(before->boot, after->boot, ENTRY_BOOT_LEN) != 0) return after->time_us + ENTRY_CLOCK_STEP_US < before->time_us;
    if (after->mono_us < before->mono_us) return true;
    /* REALTIME - BOOTTIME, as a signed difference of differences. */
    int64_t step = (int64_t) (after->time_us - after->mono_us) - (int64_t) (before->time_us - before->mono_us);
    uint64_t size = step < 0 ? (uint64_t) -step : (uint64_t) step;
    return size > ENTRY_CLOCK_STEP_US;
}

/* A writer with a sticky error; the first member of an object has no comma. */
struct writer {
    uint8_t *out;
    size_t len;
    int error;
    bool comma;
};

static void writer_raw(struct writer *w, const char *s, size_t len) {
    if (w->error < 0) return;
    if (len > ENTRY_LEN_MAX - w->len) {
        w->error = -E2BIG;
        return;
    }
    memcpy(w->out + w->len, s, len);
    w->len += len;
}

static void writer_key(struct writer *w, const char *key) {
    if (w->comma) writer_raw(w, ",", 1);
    writer_raw(w, "\"", 1);
    writer_raw(w, key, strlen(key));
    writer_raw(w, "\":", 2);
    w->comma = true;
}

static void writer_open(struct writer *w, const char *key) {
    writer_key(w, key);
    writer_raw(w, "{", 1);
    w->comma = false;
}

static void writer_close(struct writer *w) {
    writer_raw(w, "}", 1);
    w->comma = true;
}

static void writer_quoted(struct writer *w, const char *value) {
    size_t len = strlen(value);
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t) value[i];
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
            if (w->error == 0) w->error = -EINVAL;
            return;
        }
    }
    writer_raw(w, "\"", 1);
    writer_raw(w, value, len);
    writer_raw(w, "\"", 1);
}

/* Absent when NULL or empty. */
static void writer_string(struct writer *w, const char *key, const char *value) {
    if (!value || value[0] == '\0') return;
    writer_key(w, key);
    writer_quoted(w, value);
}

static void writer_decimal(struct writer *w, uint64_t v) {
    if (v > ENTRY_INTEGER_MAX) {
        if (w->error == 0) w->error = -EINVAL;
        return;
    }
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char) ('0' + v % 10);
        v /= 10;
    } while (v > 0);
    writer_raw(w, digits + at, sizeof(digits) - at);
}

static void writer_number(struct writer *w, const char *key, uint64_t v) {
    writer_key(w, key);
    writer_decimal(w, v);
}

/* Absent when NULL. */
static void writer_digest(struct writer *w, const char *key, const uint8_t *digest) {
    if (!digest) return;
    char hex[65];
    text_hex_encode(bytes_make(digest, 32), hex);
    writer_string(w, key, hex);
}

static void writer_object(struct writer *w, const struct event *ev) {
    const struct event_object *o = &ev->object;
    if (!entry_allows(ev->type, ENTRY_OBJECT)) return;
    if (!o->format && !o->file[0] && !o->subject[0] && !o->encounter[0]) return;
    writer_open(w, "obj");
    writer_string(w, "cls", o->format);
    writer_string(w, "enc", o->encounter);
    writer_string(w, "file", o->file);
    writer_string(w, "subj", o->subject);
    writer_close(w);
}

const uint8_t entry_entity_order[ENTITY_COUNT] = {
    ENTITY_ACCESSION, ENTITY_ACCOUNT, ENTITY_AGE, ENTITY_BIOMETRIC, ENTITY_BIRTH_DATE, ENTITY_CITY, ENTITY_COUNTY, ENTITY_DATE,
    ENTITY_DEVICE, ENTITY_EMAIL, ENTITY_EMPLOYER, ENTITY_ENCOUNTER, ENTITY_FACILITY, ENTITY_FAX, ENTITY_GEOCODE, ENTITY_HEALTH_PLAN,
    ENTITY_HOLIDAY, ENTITY_IP, ENTITY_LICENSE, ENTITY_MRN, ENTITY_ORDER, ENTITY_OTHER_ID, ENTITY_PATIENT, ENTITY_PERSON, ENTITY_PHONE,
    ENTITY_PHOTO, ENTITY_PROVIDER, ENTITY_PROVIDER_ID, ENTITY_SPECIMEN, ENTITY_SSN, ENTITY_STATE, ENTITY_STREET, ENTITY_UID, ENTITY_URL,
    ENTITY_VEHICLE, ENTITY_ZIP,
};

static void writer_counts(struct writer *w, const uint32_t *counts) {
    writer_open(w, "red");
    for (size_t i = 0; i < ENTITY_COUNT; i++) {
        enum entity e = (enum entity) entry_entity_order[i];
        if (counts[e] == 0) continue;
        char key[ENTITY_NAME_LEN_MAX + 1] = "";
        const char *name = entity_name(e);
        for (size_t c = 0; name[c] && c < ENTITY_NAME_LEN_MAX; c++) key[c] = (char) text_to_lower((uint8_t) name[c]);
        writer_number(w, key, counts[e]);
    }
    writer_close(w);
}

static void writer_out(struct writer *w, const struct event *ev) {
    bool close = ev->type == EVENT_CLOSE;
    if (!entry_allows(ev->type, ENTRY_OUT)) return;
    if (!close && !ev->counts && !ev->has_view) return;
    writer_open(w, "out");
    if (close) writer_number(w, "bytes", ev->bytes_served);
    if (close) writer_number(w, "reads", ev->reads);
    if (ev->counts) writer_counts(w, ev->counts);
    if (ev->has_view) writer_digest(w, "sha256", ev->view_digest);
    writer_close(w);
}

static void writer_who(struct writer *w, const struct event *ev) {
    const struct actor *a = ev->who;
    if (!a || !entry_allows(ev->type, ENTRY_WHO)) return;
    writer_open(w, "who");
    writer_key(w, "auid");
    if (a->auid < 0) writer_raw(w, "null", 4);
    else writer_decimal(w, (uint64_t) a->auid);
    writer_string(w, "bound", a->bound);
    writer_string(w, "cg", a->cgroup_token);
    writer_string(w, "exe", a->exe[0] ? a->exe : a->exe_token);
    writer_number(w, "gid", a->gid);
    writer_number(w, "pid", a->pid);
    writer_number(w, "pidns", a->pid_namespace);
    if (a->process_uid != a->uid) writer_number(w, "puid", a->process_uid);
    writer_number(w, "ses", a->session);
    writer_number(w, "start", a->start);
    writer_number(w, "uid", a->uid);
    writer_string(w, "user", a->user);
    writer_close(w);
}

static void writer_log(struct writer *w, const char *key, const struct event_log *l) {
    writer_open(w, key);
    bool genesis = l->origin != NULL;
    if (genesis) writer_string(w, "e", l->epoch_vkey);
    writer_number(w, "epoch", l->epoch);
    if (genesis) {
        writer_number(w, "epoch_s", l->epoch_s);
        writer_number(w, "form", 1);
        writer_string(w, "origin", l->origin);
        writer_digest(w, "pred", l->predecessor);
        writer_string(w, "s", l->stable_vkey);
    } else {
        must(l->epoch > 0);
        writer_number(w, "prev", l->epoch - 1);
        writer_string(w, "vkey", l->epoch_vkey);
    }
    writer_close(w);
}

static void writer_range(struct writer *w, const char *key, const struct event_range *r) {
    must(r != NULL);
    writer_open(w, key);
    writer_number(w, "count", r->count);
    writer_number(w, "from", r->from);
    writer_string(w, "kind", r->kind);
    writer_digest(w, "sha256", r->digest);
    writer_number(w, "to", r->to);
    writer_close(w);
}

static void writer_infer(struct writer *w, const struct event_infer *inf) {
    must(inf != NULL && inf->input_count <= EVENT_INPUTS_MAX && inf->encounter_count <= EVENT_ENCOUNTERS_MAX);
    writer_open(w, "inf");
    writer_string(w, "dest", inf->destination);
    if (inf->encounter_count > 0) writer_key(w, "enc");
    for (size_t i = 0; i < inf->encounter_count; i++) {
        writer_raw(w, i > 0 ? "," : "[", 1);
        writer_quoted(w, inf->encounters[i]);
    }
    if (inf->encounter_count > 0) writer_raw(w, "]", 1);
    writer_key(w, "in");
    writer_raw(w, "[", 1);
    for (size_t i = 0; i < inf->input_count; i++) {
        char hex[65];
        text_hex_encode(bytes_make(inf->inputs[i], 32), hex);
        if (i > 0) writer_raw(w, ",", 1);
        writer_quoted(w, hex);
    }
    writer_raw(w, "]", 1);
    writer_string(w, "model", inf->model);
    writer_digest(w, "out", inf->output_digest);
    writer_string(w, "over", inf->override);
    writer_string(w, "svc", inf->service);
    writer_digest(w, "tmpl", inf->template_digest);
    writer_string(w, "user", inf->user);
    writer_string(w, "ver", inf->version);
    writer_close(w);
}

static void writer_digests(struct writer *w, const struct event_digests *d) {
    if (!d) return;
    writer_open(w, "dig");
    writer_digest(w, "conf", d->conf);
    writer_digest(w, "cov", d->coverage);
    writer_digest(w, "model", d->model);
    writer_digest(w, "rules", d->rules);
    writer_close(w);
}

static void writer_numbers(struct writer *w, const char *key, const char *const names[4], const uint64_t number[4]) {
    writer_open(w, key);
    for (size_t i = 0; i < 4 && names[i]; i++) writer_number(w, names[i], number[i]);
    writer_close(w);
}

static void writer_reid(struct writer *w, const struct event *ev) {
    writer_open(w, "reid");
    writer_digest(w, "in", ev->input_digest);
    if (ev->inference > 0) writer_number(w, "inf", ev->inference);
    writer_number(w, "left", ev->left);
    if (ev->infer) writer_string(w, "model", ev->infer->model);
    writer_digest(w, "out", ev->output_digest);
    if (ev->infer) writer_string(w, "over", ev->infer->override);
    writer_number(w, "restored", ev->restored);
    if (ev->infer) writer_digest(w, "tmpl", ev->infer->template_digest);
    writer_close(w);
}

/* Members a..k: before "mono". */
static void writer_first_half(struct writer *w, const struct event *ev, const struct entry_stamp *s) {
    static const char *const clock[4] = { "after", "before", NULL, NULL };
    static const char *const gaps[4] = { "b", "d", "w", NULL };
    if (ev->type == EVENT_ANCHOR) writer_range(w, "anc", ev->range);
    writer_string(w, "boot", s->boot);
    if (entry_allows(ev->type, ENTRY_CLAIM)) writer_string(w, "claim", ev->claim);
    if (ev->type == EVENT_CLOCK) {
        uint64_t number[4] = { ev->number[1], ev->number[0], 0, 0 };
        writer_numbers(w, "clk", clock, number);
    }
    if (ev->type == EVENT_COVERAGE) writer_numbers(w, "cov", gaps, ev->number);
    if (entry_allows(ev->type, ENTRY_DIGESTS)) writer_digests(w, ev->digests);
    if (ev->type == EVENT_EXPORT) writer_range(w, "exp", ev->range);
    if (ev->handle != 0 && entry_allows(ev->type, ENTRY_HANDLE)) writer_number(w, "h", ev->handle);
    if (ev->type == EVENT_INFER) writer_infer(w, ev->infer);
    if (ev->type == EVENT_KEY) writer_log(w, "key", ev->log);
    if (ev->type == EVENT_GENESIS) writer_log(w, "log", ev->log);
    writer_number(w, "mono", s->mono_us);
}

static const char *event_result(enum event_type t) {
    if (t == EVENT_OPEN || t == EVENT_LIST) return "allow";
    if (t == EVENT_DENY) return "deny";
    if (t == EVENT_REFUSE) return "refuse";
    return "ok";
}

/* Members n..w: after "mono". */
static void writer_second_half(struct writer *w, const struct event *ev, const struct entry_stamp *s) {
    static const char *const beat[4] = { "close", "deny", "open", "refuse" };
    static const char *const recover[4] = { "from", "lost", "to", "torn" };
    if (ev->type == EVENT_BEAT) {
        uint64_t number[4] = { ev->number[1], ev->number[2], ev->number[0], ev->number[3] };
        writer_numbers(w, "n", beat, number);
    }
    writer_object(w, ev);
    if (ev->type == EVENT_OPEN) writer_string(w, "op", "read");
    if (ev->type == EVENT_CLOSE) writer_number(w, "open", ev->opened_at);
    writer_out(w, ev);
    if (ev->has_policy && entry_allows(ev->type, ENTRY_POLICY)) writer_digest(w, "pol", ev->policy_digest);
    if (entry_allows(ev->type, ENTRY_PURPOSE)) writer_string(w, "purp", ev->purpose);
    if (ev->type == EVENT_QUERY) writer_range(w, "qry", ev->range);
    if (ev->type == EVENT_RECOVER) {
        uint64_t number[4] = { ev->number[0], ev->number[3], ev->number[1], ev->number[2] };
        writer_numbers(w, "rec", recover, number);
    }
    if (ev->type == EVENT_REID) writer_reid(w, ev);
    writer_string(w, "res", event_result(ev->type));
    if (ev->type == EVENT_RETAIN) writer_range(w, "ret", ev->range);
    if (ev->stop && entry_allows(ev->type, ENTRY_STOP)) writer_number(w, "stop", 1);
    if (entry_allows(ev->type, ENTRY_TICKET)) writer_string(w, "tick", ev->ticket);
    char time[CLOCK_TEXT_LEN + 1];
    clock_format(s->time_us, time);
    writer_string(w, "time", time);
    writer_string(w, "type", event_name(ev->type));
    writer_number(w, "v", 1);
    writer_who(w, ev);
    if (ev->refusal != REFUSAL_NONE && entry_allows(ev->type, ENTRY_WHY)) writer_string(w, "why", refusal_name(ev->refusal));
}

int entry_encode(const struct event *ev, const struct entry_stamp *s, uint8_t out[ENTRY_LEN_MAX], size_t *out_len) {
    struct writer w = { .out = out };
    writer_raw(&w, "{", 1);
    writer_first_half(&w, ev, s);
    writer_second_half(&w, ev, s);
    writer_raw(&w, "}", 1);
    if (w.error < 0) return w.error;
    /* A record that its own verifier refuses must never be written: the reader of the document is refused instead. */
    struct entry check;
    if (entry_read(bytes_make(out, w.len), &check) < 0) return -EINVAL;
    *out_len = w.len;
    return 0;
}
