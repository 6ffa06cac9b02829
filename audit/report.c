#include "audit/report.h"

#include <errno.h>

#include "conf/base/clock.h"
#include "conf/base/text.h"

#define REPORT_HOUR_US (UINT64_C(3600) * 1000000u)
#define REPORT_BUCKET_US (UINT64_C(60) * 1000000u)

struct report {
    struct report_user users[REPORT_USERS_MAX];
    size_t user_count;
    char programs[REPORT_PROGRAMS_MAX][REPORT_NAME_LEN];
    size_t program_count;
    struct report_note notes[REPORT_NOTES_MAX];
    size_t note_count;
    uint64_t notes_left_out;
    uint64_t opens[REPORT_BUCKETS], denials[REPORT_BUCKETS];
    uint64_t bucket_begin_us, bucket_us;
    uint64_t redactions[ENTITY_COUNT];
    uint64_t refusals[REFUSAL_COUNT];
    uint64_t reidentified, restored, inferences;
    struct report_tallies calls, sessions, readings;
    bool lower_bounds;
    uint64_t *pairs; /* open addressing; 0 empty */
    size_t pair_count, pair_capacity;
};

int report_new(struct report **out_report) {
    _cleanup_(report_freep) struct report *r = calloc(1, sizeof(*r));
    if (!r) return -ENOMEM;
    r->pair_capacity = 1 << 16;
    r->pairs = calloc(r->pair_capacity, sizeof(*r->pairs));
    if (!r->pairs) return -ENOMEM;
    *out_report = take_ptr(r);
    return 0;
}

void report_free(struct report *r) {
    if (!r) return;
    free(r->pairs);
    free(r);
}

/* FNV-1a: these are figures for a page; a collision makes one too low. */
static uint64_t report_hash(uint64_t h, struct bytes data) {
    for (size_t i = 0; i < data.len; i++) h = (h ^ data.ptr[i]) * UINT64_C(0x100000001b3);
    return h == 0 ? 1 : h;
}

static void report_put_pair(uint64_t *table, size_t capacity, uint64_t h, bool *out_new) {
    size_t at = (size_t) h & (capacity - 1);
    while (table[at] != 0 && table[at] != h) at = (at + 1) & (capacity - 1);
    *out_new = table[at] == 0;
    table[at] = h;
}

/* True when it was not seen before. */
static bool report_is_new(struct report *r, uint64_t h) {
    bool fresh = false;
    if (r->pair_count * 2 >= r->pair_capacity && r->pair_capacity < 2 * (size_t) REPORT_PAIRS_MAX) {
        uint64_t *grown = calloc(r->pair_capacity * 2, sizeof(*grown));
        for (size_t i = 0; grown && i < r->pair_capacity; i++) {
            if (r->pairs[i] != 0) report_put_pair(grown, r->pair_capacity * 2, r->pairs[i], &fresh);
        }
        if (grown) {
            free(r->pairs);
            r->pairs = grown;
            r->pair_capacity *= 2;
        }
    }
    if (r->pair_count * 2 >= r->pair_capacity) {
        r->lower_bounds = true;
        return false;
    }
    report_put_pair(r->pairs, r->pair_capacity, h, &fresh);
    r->pair_count += fresh;
    return fresh;
}

static void report_note(struct report *r, uint64_t index, const struct entry *e, const char *what, struct bytes word) {
    if (r->note_count == REPORT_NOTES_MAX) {
        r->notes_left_out++;
        return;
    }
    struct report_note *n = &r->notes[r->note_count++];
    n->index = index;
    n->time_us = e->time_us;
    ignore(snprintf(n->text, sizeof(n->text), "%s%s%.*s", what, word.len > 0 ? ": " : "", (int) (word.len < 100 ? word.len : 100), (const char *) word.ptr)); /* cut is fine */
}

void report_tally(struct report_tallies *t, const struct buf *name) {
    if (buf_error(name) < 0 || name->len == 0) return; /* longer than what we write */
    for (size_t i = 0; i < t->count; i++) {
        if (!bytes_equal(bytes_from_string(t->items[i].name), buf_bytes(name))) continue;
        t->items[i].count++;
        return;
    }
    if (t->count == REPORT_TALLIES_MAX) {
        t->others++;
        return;
    }
    struct report_tally *item = &t->items[t->count++];
    memcpy(item->name, name->ptr, name->len); /* the rest is zero */
    item->count = 1;
}

struct bytes report_actor(const struct entry *e, char out[REPORT_NAME_LEN]) {
    struct bytes name = entry_text(e, ENTRY_USER), bound = entry_text(e, ENTRY_BOUND);
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, REPORT_NAME_LEN - 1);
    if (name.len == 0) name = entry_text(e, ENTRY_UID);
    if (bound.len > 0) (void) buf_append(&text, bound);
    if (bound.len > 0) (void) buf_append_string(&text, " (as ");
    (void) buf_append(&text, name);
    if (bound.len > 0) (void) buf_append_string(&text, ")");
    if (buf_error(&text) < 0 || text.len == 0) return bytes_make(NULL, 0);
    memcpy(out, text.ptr, text.len);
    return bytes_make(out, text.len);
}

static struct report_user *report_find_user(struct report *r, uint64_t index, const struct entry *e) {
    char text[REPORT_NAME_LEN];
    struct bytes name = report_actor(e, text);
    if (name.len == 0) return NULL;
    for (size_t i = 0; i < r->user_count; i++) {
        if (bytes_equal(name, bytes_from_string(r->users[i].name))) return &r->users[i];
    }
    if (r->user_count == REPORT_USERS_MAX) {
        r->lower_bounds = true;
        return NULL;
    }
    struct report_user *u = &r->users[r->user_count++];
    memcpy(u->name, name.ptr, name.len);
    u->first_us = e->time_us;
    u->first_index = index;
    report_note(r, index, e, "user seen for the first time", name);
    return u;
}

static void report_see_program(struct report *r, uint64_t index, const struct entry *e) {
    struct bytes exe = entry_text(e, ENTRY_EXE);
    if (exe.len == 0 || exe.len >= REPORT_NAME_LEN) return;
    for (size_t i = 0; i < r->program_count; i++) {
        if (bytes_equal(exe, bytes_from_string(r->programs[i]))) return;
    }
    if (r->program_count == REPORT_PROGRAMS_MAX) return;
    memcpy(r->programs[r->program_count++], exe.ptr, exe.len);
    report_note(r, index, e, "program seen for the first time", exe);
}

/* Minutes at first; whenever the page's width is full, two buckets become one. */
static uint64_t *report_bucket(struct report *r, uint64_t time_us, uint64_t *of) {
    if (r->bucket_us == 0) {
        r->bucket_us = REPORT_BUCKET_US;
        r->bucket_begin_us = time_us - time_us % REPORT_BUCKET_US;
    }
    if (time_us < r->bucket_begin_us) return &of[0]; /* the clock was set back; the note about it says so */
    while ((time_us - r->bucket_begin_us) / r->bucket_us >= REPORT_BUCKETS) {
        for (size_t i = 0; i < REPORT_BUCKETS; i++) {
            bool second_half = i >= REPORT_BUCKETS / 2;
            r->opens[i] = second_half ? 0 : r->opens[2 * i] + r->opens[2 * i + 1];
            r->denials[i] = second_half ? 0 : r->denials[2 * i] + r->denials[2 * i + 1];
        }
        r->bucket_us *= 2;
    }
    return &of[(time_us - r->bucket_begin_us) / r->bucket_us];
}

static void report_add_open(struct report *r, struct report_user *u, const struct entry *e) {
    (*report_bucket(r, e->time_us, r->opens))++;
    if (!u) return;
    uint64_t hour = e->time_us / REPORT_HOUR_US;
    unsigned of_day = (unsigned) (hour % 24), weekday = (unsigned) ((hour / 24 + 4) % 7); /* 1 January 1970 was a Thursday; 0 is Sunday */
    u->opens++;
    u->by_hour[of_day]++;
    u->off_hours += of_day < REPORT_DAY_BEGIN || of_day >= REPORT_DAY_END || weekday == 0 || weekday == 6;
    struct bytes subject = entry_text(e, ENTRY_SUBJECT);
    if (subject.len == 0) return;
    uint64_t h = report_hash(report_hash(UINT64_C(0xcbf29ce484222325), bytes_from_string(u->name)), subject);
    u->patients += report_is_new(r, h);
    if (hour != u->hour) u->patients_hour = 0;
    u->hour = hour;
    u->patients_hour += report_is_new(r, report_hash(h, bytes_make(&hour, sizeof(hour))));
    if (u->patients_hour > u->patients_hour_max) u->patients_hour_max = u->patients_hour;
}

void report_counts(struct bytes red, uint64_t by_entity[ENTITY_COUNT]) {
    size_t at = 1;
    while (at + 3 < red.len) {
        uint8_t name[ENTITY_NAME_LEN_MAX];
        size_t len = 0;
        for (at++; at < red.len && red.ptr[at] != '"' && len < sizeof(name); at++) name[len++] = text_to_upper(red.ptr[at]);
        uint64_t n = 0;
        for (at += 2; at < red.len && text_is_digit(red.ptr[at]); at++) n = n * 10 + (uint64_t) (red.ptr[at] - '0');
        at++;
        enum entity e;
        if (entity_from_name(bytes_make(name, len), &e)) by_entity[e] += n;
    }
}

static void report_add_refusal(struct report *r, struct report_user *u, const struct entry *e) {
    (*report_bucket(r, e->time_us, r->denials))++;
    if (u) u->denials++;
    struct bytes why = entry_text(e, ENTRY_WHY);
    for (unsigned i = 0; i < REFUSAL_COUNT; i++) {
        if (bytes_equal(why, bytes_from_string(refusal_name((enum refusal) i)))) r->refusals[i]++;
    }
}

static void report_add_state(struct report *r, uint64_t index, const struct entry *e) {
    static const char *const words[EVENT_COUNT] = {
        [EVENT_GENESIS] = "the log begins", [EVENT_MOUNT] = "mounted", [EVENT_UMOUNT] = "unmounted", [EVENT_POLICY] = "policy in force",
        [EVENT_RECOVER] = "recovered after a stop that was not clean", [EVENT_CLOCK] = "the host's clock was set", [EVENT_ANCHOR] = "anchored",
        [EVENT_RETAIN] = "retention", [EVENT_COVERAGE] = "coverage judged",
        [EVENT_HALT] = "the journal halted",
    };
    if (!words[e->type]) return;
    struct bytes word = entry_text(e, ENTRY_CLAIM);
    if (word.len == 0) word = entry_text(e, ENTRY_KIND);
    /* The hourly word that redaction works is no news; that it does not is ("from": identifiers found again). */
    bool is_test = e->type == EVENT_QUERY && bytes_equal(word, BYTES("self-test"));
    if (is_test && entry_number(e, ENTRY_NUMBER_B) == 0) return;
    if (e->type == EVENT_POLICY && entry_has(e, ENTRY_POLICY)) word = bytes_make(entry_text(e, ENTRY_POLICY).ptr, 16);
    report_note(r, index, e, is_test ? "redaction FAILED its own test" : words[e->type], word);
}

static void report_add_call(struct report *r, const struct entry *e) {
    static const struct {
        const char *before;
        enum entry_field field;
    } parts[] = { { "", ENTRY_WORD_D }, { ", ", ENTRY_WORD_B }, { "@", ENTRY_WORD_E }, { " to ", ENTRY_WORD_A }, { ", override ", ENTRY_WORD_C } };
    _cleanup_(buf_release) struct buf name;
    buf_init(&name, REPORT_TALLY_LEN - 1);
    for (size_t i = 0; i < array_count(parts); i++) {
        if (!entry_has(e, parts[i].field)) continue;
        (void) buf_append_string(&name, parts[i].before);
        (void) buf_append(&name, entry_text(e, parts[i].field));
    }
    r->inferences++;
    report_tally(&r->calls, &name);
}

/* What is done with the journal and around reading it, by whom. */
static void report_add_doing(struct report *r, const struct entry *e) {
    char actor[REPORT_NAME_LEN];
    bool session = e->type == EVENT_SESSION && !entry_has(e, ENTRY_STOP), reading = e->type == EVENT_QUERY || e->type == EVENT_EXPORT;
    if (!session && !reading) return;
    _cleanup_(buf_release) struct buf name;
    buf_init(&name, REPORT_TALLY_LEN - 1);
    (void) buf_append(&name, report_actor(e, actor));
    (void) buf_append_string(&name, ", ");
    if (reading) (void) buf_append_printf(&name, "%s ", event_name(e->type));
    (void) buf_append(&name, entry_text(e, session ? ENTRY_PURPOSE : ENTRY_KIND));
    report_tally(session ? &r->sessions : &r->readings, &name);
}

void report_add(void *report, uint64_t index, const struct entry *e) {
    struct report *r = report;
    struct report_user *u = report_find_user(r, index, e);
    report_see_program(r, index, e);
    if (u) u->last_us = e->time_us;
    if (e->type == EVENT_OPEN) report_add_open(r, u, e);
    if (e->type == EVENT_DENY || e->type == EVENT_REFUSE) report_add_refusal(r, u, e);
    if (e->type == EVENT_INFER) report_add_call(r, e);
    report_add_doing(r, e);
    if (e->type == EVENT_REID) {
        r->reidentified++;
        r->restored += entry_number(e, ENTRY_NUMBER_B);
        if (u) u->reidentified++;
    }
    if (entry_has(e, ENTRY_RED) && e->type == EVENT_OPEN) report_counts(entry_text(e, ENTRY_RED), r->redactions);
    report_add_state(r, index, e);
}

void report_view(const struct report *r, struct report_view *out) {
    *out = (struct report_view) {
        .users = r->users, .user_count = r->user_count, .notes = r->notes, .note_count = r->note_count, .notes_left_out = r->notes_left_out,
        .opens = r->opens, .denials = r->denials, .bucket_begin_us = r->bucket_begin_us, .bucket_us = r->bucket_us, .redactions = r->redactions,
        .refusals = r->refusals, .reidentified = r->reidentified, .restored = r->restored, .inferences = r->inferences,
        .calls = &r->calls, .sessions = &r->sessions, .readings = &r->readings, .lower_bounds = r->lower_bounds,
    };
}
