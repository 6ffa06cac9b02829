/* station: an instance as an administrator sets it up, for tests of the programs that work on one: deidfs-setup made it, deidfs-filter mints its
 * tokens, the verifier reads its journal of re-identification. All real; link with program_dep, audit_dep, verify_dep.
 * Threads: one test. */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/verify.h"
#include "conf/base/io.h"
#include "tests/harness.h"
#include "tests/program.h"

#define STATION_NOTE                                                                                                   \
    "Patient: John Q. Smith, MRN: 00482913\nDr. Jane Roe called 617-555-0100.\nMr. Smith lives in Boston. jqs@hospital.org\n"

struct station {
    char dir[300];
    char state[320];
    char config[340];
    char journal[360]; /* of re-identification */
};

static inline void station_open(struct station *s, const char *name) {
    char docs[320];
    must(snprintf(s->dir, sizeof(s->dir), "%s", harness_temp_dir()) < (int) sizeof(s->dir));
    must(snprintf(docs, sizeof(docs), "%s/docs-%s", s->dir, name) > 0 && mkdir(docs, 0700) == 0);
    must(snprintf(s->state, sizeof(s->state), "%s/%s", s->dir, name) > 0);
    must(snprintf(s->config, sizeof(s->config), "%s/notes.conf", s->state) > 0);
    must(snprintf(s->journal, sizeof(s->journal), "%s/reidentify/journal", s->state) > 0);
    _cleanup_(program_release) struct program_result r;
    PROGRAM(&r, "tools/deidfs-setup", "--instance", "notes", "--source", docs, "--state", s->state);
    if (r.exit != 0) harness_fail(__FILE__, __LINE__, "deidfs-setup: %s", program_err(&r));
    REQUIRE(r.exit == 0);
}

/* The text's view; its values are in the vault. */
static inline void station_view(const struct station *s, const char *text, struct program_result *out) {
    const char *argv[] = { "tools/deidfs-filter", "-c", s->config, NULL };
    program_run(argv, bytes_from_string(text), out);
    if (out->exit != 0) harness_fail(__FILE__, __LINE__, "deidfs-filter: %s", program_err(out));
    REQUIRE(out->exit == 0);
}

struct station_records {
    uint64_t counts[EVENT_COUNT];
    uint64_t restored, left; /* of the last reid record */
};

static inline void station_count(void *context, uint64_t index, const struct entry *e) {
    struct station_records *records = context;
    (void) index;
    records->counts[e->type]++;
    if (e->type != EVENT_REID) return;
    records->left = entry_number(e, ENTRY_NUMBER_A);
    records->restored = entry_number(e, ENTRY_NUMBER_B);
}

static inline struct note_key station_vkey(const struct station *s, const char *name) {
    char path[420];
    struct note_key k = { 0 };
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, 1000);
    must(snprintf(path, sizeof(path), "%s/log/%s", s->journal, name) > 0);
    must(io_read_file_at(AT_FDCWD, path, &raw) == 0 && note_key_parse(bytes_make(raw.ptr, raw.len - 1), &k) == 0);
    return k;
}

/* What the journal of re-identification holds, once it has been verified with its own keys; false: it does not verify. */
static inline bool station_verify(const struct station *s, struct station_records *out) {
    struct problem p = { "" };
    static struct verify_report report;
    struct note_key epoch = station_vkey(s, "epoch/0/vkey");
    *out = (struct station_records) { .counts = { 0 } };
    struct verify_options o = { .dir = s->journal, .stable = station_vkey(s, "log.vkey"), .epoch = &epoch, .on_entry = station_count, .context = out };
    int r = verify_run(&o, &report, &p);
    if (r < 0) printf("# %s\n", p.text);
    if (r == 0 && report.verdict != VERIFY_OK) printf("# %s\n", report.finding_count ? report.finding[0].text : "not whole");
    return r == 0 && report.verdict == VERIFY_OK;
}

/* Runs a part of a test in a mount namespace of its own, where STATE/reidentify lies on a small file system; SKIPs where that cannot be had.
 * part returns 0 or the number of the fact that failed. */
enum { STATION_NO_NAMESPACE = 77 };

static inline int station_move_apart(const struct station *s, const char *size) {
    char aside[360], command[1600], options[64];
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return STATION_NO_NAMESPACE;
    must(snprintf(aside, sizeof(aside), "%s/aside", s->dir) > 0 && snprintf(options, sizeof(options), "size=%s", size) > 0);
    if (mkdir(aside, 0700) < 0 || mount("tmpfs", aside, "tmpfs", 0, options) < 0) return STATION_NO_NAMESPACE;
    must(snprintf(command, sizeof(command), "cp -a %s/reidentify/. %s/ && mount --move %s %s/reidentify", s->state, aside, aside, s->state) > 0);
    return system(command) == 0 ? 0 : STATION_NO_NAMESPACE;
}

static inline void station_apart(const struct station *s, const char *size, int (*part)(const struct station *s)) {
    if (getuid() != 0) SKIP("needs root for a file system of its own");
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        int r = station_move_apart(s, size);
        _exit(r == 0 ? part(s) : r);
    }
    int status = 0;
    must(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATION_NO_NAMESPACE) SKIP("no mount namespace or tmpfs here");
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

/* Fills the file system of STATE/reidentify to its last block. */
static inline bool station_fill(const struct station *s) {
    char command[800];
    must(snprintf(command, sizeof(command), "head -c 100M /dev/zero > %s/reidentify/big 2>/dev/null; test -s %s/reidentify/big", s->state, s->state) > 0);
    return system(command) == 0;
}

static inline bool station_read_only(const struct station *s) {
    char path[360];
    must(snprintf(path, sizeof(path), "%s/reidentify", s->state) > 0);
    return mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0;
}
