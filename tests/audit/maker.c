/* journal_maker STATE RECORDS STARTS [PATIENTS]: keys and a journal below the folder STATE (made when missing), RECORDS varied records written in STARTS
 * runs, each cleanly stopped (so STARTS epochs). For interoperability tests, benchmarks and golden vectors. Prints the size of the log. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "audit/journal.h"
#include "conf/keyring.h"

#define MAKER_ORIGIN "example.org/host/notes/abcd2345"

static const struct {
    const char *user;
    const char *exe;
    uint32_t uid;
} readers[] = {
    { "svc-indexer", "/usr/bin/python3.11", 1001 }, { "mchen", "/usr/bin/less", 1002 }, { "jrivera", "/usr/bin/grep", 1003 }, { "akim", "/usr/bin/cat", 1004 },
};

static uint64_t patients = 97;

/* Every kind of access in turn; patients, files and readers from the number. */
static void make_event(uint64_t i, uint64_t opened_at, struct actor *who, struct event *ev) {
    static uint32_t counts[ENTITY_COUNT];
    counts[ENTITY_DATE] = (uint32_t) (i % 23);
    counts[ENTITY_MRN] = 1;
    counts[ENTITY_PATIENT] = (uint32_t) (3 + i % 5);
    *who = (struct actor) {
        .uid = readers[i % 7 % 4].uid, .gid = 1000, .process_uid = readers[i % 7 % 4].uid, .auid = i % 5 == 0 ? ACTOR_AUID_UNSET : 1000, .session = 3,
        .pid = (uint32_t) (3000 + i % 100), .start = 86400, .pid_namespace = 4026531836,
    };
    must(snprintf(who->user, sizeof(who->user), "%s", readers[i % 7 % 4].user) > 0);
    must(snprintf(who->exe, sizeof(who->exe), "%s", readers[i % 7 % 4].exe) > 0);
    *ev = (struct event) { .type = i % 2 == 0 ? EVENT_OPEN : EVENT_CLOSE, .handle = i / 2 + 1 };
    if (i % 11 == 0) { /* within a session */
        must(snprintf(who->bound, sizeof(who->bound), "alice") > 0);
        ev->purpose = "HOPERAT";
        ev->ticket = "t1_ticket";
    }
    if (i % 40 == 38) ev->type = EVENT_DENY;
    if (i % 40 == 39) ev->type = EVENT_REFUSE;
    if (ev->type == EVENT_CLOSE) {
        ev->opened_at = opened_at;
        ev->bytes_served = 2000 + i % 9000;
        ev->reads = 1;
        return;
    }
    ev->who = who;
    ev->has_policy = true;
    memset(ev->policy_digest, 0x5a, sizeof(ev->policy_digest));
    must(snprintf(ev->object.file, sizeof(ev->object.file), "f1_file%05llu", (unsigned long long) (i % 500)) > 0);
    must(snprintf(ev->object.subject, sizeof(ev->object.subject), "p1_patient%03llu", (unsigned long long) (i % patients)) > 0);
    ev->object.format = "text";
    if (ev->type == EVENT_DENY) ev->refusal = REFUSAL_POLICY;
    if (ev->type == EVENT_REFUSE) ev->refusal = REFUSAL_FORMAT;
    if (ev->type != EVENT_OPEN) return;
    ev->has_view = true;
    memset(ev->view_digest, (int) (i & 0xff), sizeof(ev->view_digest));
    ev->counts = counts;
}

static int make_run(struct journal *j, uint64_t begin, uint64_t end) {
    uint64_t opened_at = 0;
    for (uint64_t i = begin; i < end; i++) {
        struct actor who;
        struct event ev;
        make_event(i, opened_at, &who, &ev);
        /* Only the last record waits for the disk: these journals are made, not measured. */
        int r = i + 1 == end ? journal_append_wait(j, &ev, NULL) : journal_append(j, &ev, ev.type == EVENT_OPEN ? &opened_at : NULL);
        if (r < 0) return r;
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) {
        (void) fprintf(stderr, "usage: journal_maker STATE RECORDS STARTS [PATIENTS]\n");
        return 64;
    }
    must(sodium_init() >= 0);
    if (argc == 5) patients = strtoull(argv[4], NULL, 10);
    if (patients == 0) return 64;
    char dir[4096], guard[4096];
    uint64_t records = strtoull(argv[2], NULL, 10), starts = strtoull(argv[3], NULL, 10);
    must(snprintf(dir, sizeof(dir), "%s/journal", argv[1]) > 0 && snprintf(guard, sizeof(guard), "%s/guard/last-checkpoint", argv[1]) > 0);
    if (mkdir(argv[1], 0700) < 0 && errno != EEXIST) return 73;
    struct problem p = { "" };
    struct keeper *k = NULL;
    struct journal_options o = { .dir = dir, .checkpoint_copy = guard, .origin = MAKER_ORIGIN, .epoch_s = 3600, .durability_strict = true };
    int r = keyring_create(argv[1], &p);
    if (r == 0) r = keeper_start(argv[1], &k, &p);
    if (r == 0) r = journal_create(&o, k, &p);
    if (r == -EEXIST) r = 0;
    struct journal_status s = { 0 };
    for (uint64_t i = 0; i < starts && r == 0; i++) {
        struct journal *j = NULL;
        r = journal_open(&o, k, &j, &p);
        if (r == 0) r = make_run(j, records * i / starts, records * (i + 1) / starts);
        if (r == 0) r = journal_checkpoint(j);
        if (j) journal_status(j, &s);
        int e = journal_close(j);
        if (r == 0) r = e;
    }
    keeper_free(k);
    if (r < 0) (void) fprintf(stderr, "journal_maker: %s (%d)\n", p.text, r);
    else printf("%llu\n", (unsigned long long) s.checkpoint_size);
    return r < 0 ? 74 : 0;
}
