/* What the journal's tests share: keys and a keeper in the test's private folder, a journal there, events to append.
 * Threads: one test at a time. */
#pragma once

#include <fcntl.h>
#include <stdio.h>

#include "audit/journal.h"
#include "audit/note.h"
#include "conf/base/io.h"
#include "conf/keyring.h"
#include "tests/harness.h"

#define FIXTURE_ORIGIN "example.org/host/notes/abcd2345"

struct fixture {
    char state[300];
    char dir[320];
    char guard[340];
    struct keeper *keeper;
    struct journal_options options;
};

/* Keys (made when missing), a keeper, paths; no journal yet. */
static inline void fixture_init(struct fixture *f) {
    struct problem p = { "" };
    memset(f, 0, sizeof(*f));
    must(snprintf(f->state, sizeof(f->state), "%s", harness_temp_dir()) > 0);
    must(snprintf(f->dir, sizeof(f->dir), "%s/journal", f->state) > 0);
    must(snprintf(f->guard, sizeof(f->guard), "%s/guard/last-checkpoint", f->state) > 0);
    must(keyring_create(f->state, &p) == 0);
    must(keeper_start(f->state, &f->keeper, &p) == 0);
    f->options = (struct journal_options) {
        .dir = f->dir, .checkpoint_copy = f->guard, .origin = FIXTURE_ORIGIN, .epoch_s = 3600, .durability_strict = true,
    };
}

static inline void fixture_release(struct fixture *f) {
    keeper_free(f->keeper);
    f->keeper = NULL;
}

static inline struct journal *fixture_open(struct fixture *f) {
    struct problem p = { "" };
    struct journal *j = NULL;
    int r = journal_open(&f->options, f->keeper, &j, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "journal_open: %d %s", r, p.text);
    return j;
}

static inline struct journal *fixture_create(struct fixture *f) {
    struct problem p = { "" };
    int r = journal_create(&f->options, f->keeper, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "journal_create: %d %s", r, p.text);
    return r < 0 ? NULL : fixture_open(f);
}

/* What an auditor pins: "log.vkey", "epoch/0/vkey". */
static inline struct note_key fixture_key(const struct fixture *f, const char *name) {
    char path[400];
    struct note_key k = { 0 };
    struct buf raw;
    buf_init(&raw, 1000);
    must(snprintf(path, sizeof(path), "%s/log/%s", f->dir, name) > 0);
    must(io_read_file_at(AT_FDCWD, path, &raw) == 0 && note_key_parse(bytes_make(raw.ptr, raw.len - 1), &k) == 0);
    buf_release(&raw);
    return k;
}

static const struct actor fixture_actor = {
    .uid = 1001, .gid = 1001, .process_uid = 1001, .auid = 1001, .session = 42, .pid = 31337, .start = 8640012, .pid_namespace = 4026531836,
    .user = "svc-indexer", .exe = "/usr/bin/python3.11", .cgroup_token = "c1_abc",
};

static inline struct event fixture_event(enum event_type type) {
    struct event ev = { .type = type, .has_policy = type != EVENT_CLOSE, .who = type == EVENT_CLOSE ? NULL : &fixture_actor };
    memset(ev.policy_digest, 0x6f, sizeof(ev.policy_digest));
    if (type == EVENT_DENY) ev.refusal = REFUSAL_POLICY;
    if (type == EVENT_REFUSE) ev.refusal = REFUSAL_FORMAT;
    if (type == EVENT_OPEN) {
        (void) snprintf(ev.object.file, sizeof(ev.object.file), "f1_abcdefghijklmnopqrstuvwx");
        (void) snprintf(ev.object.subject, sizeof(ev.object.subject), "p1_abcdefghijklmnopqrstuvwx");
        ev.object.format = "text";
        ev.has_view = true;
    }
    return ev;
}
