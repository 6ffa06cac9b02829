/* An engine of the shipped rules with a roster, and documents with their findings in place: "[PATIENT] was seen".
 * PERSON is shown as PATIENT: which of them somebody is, identity.c decides over the whole document. Threads: one test. */
#pragma once

#include <stdio.h>

#include "redact/redact.h"
#include "tests/harness.h"

static inline struct engine *known_engine(const char *roster, bool require, struct engine_report *report) {
    struct problem p = { 0 };
    struct profile profile;
    struct engine *e = NULL;
    const struct engine_text text = { bytes_from_string(roster), "roster" };
    REQUIRE(profile_find("safe-harbor", &profile, &p) == 0);
    const struct engine_options o = { .profile = &profile, .rosters = &text, .roster_count = roster ? 1 : 0, .require_roster = require, .document_len_max = 1 << 20,
                                      .report = report };
    if (engine_new(&o, &e, &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(e != NULL);
    return e;
}

static inline struct roster *known_roster(const char *text) {
    struct problem p = { 0 };
    struct roster *r = NULL;
    REQUIRE(roster_new(&r) == 0);
    if (roster_add(r, bytes_from_string(text), "roster", NULL, &p) < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(roster_seal(r, &p) == 0);
    return r;
}

struct known_document {
    const char *text, *path;
    const struct roster *patients;
};

/* The text with each finding's class in its place; "refused: <why>" for a refusal. One static buffer. */
static inline const char *known_view(struct engine *e, struct known_document k) {
    static char out[8192];
    struct scratch *s = NULL;
    struct redaction r;
    struct document d = { .content = bytes_from_string(k.text), .path = bytes_from_string(k.path ? k.path : ""), .patients = k.patients };
    REQUIRE(scratch_new(e, &s) == 0);
    redaction_init(&r, 0);
    size_t at = 0, len = 0;
    if (redact_find(e, s, &d, &r) < 0) len = (size_t) snprintf(out, sizeof(out), "refused: %s", refusal_name(r.refusal));
    for (size_t i = 0; r.refusal == REFUSAL_NONE && i <= r.finding_count; i++) {
        size_t end = i < r.finding_count ? r.findings[i].span.begin : d.content.len;
        len += (size_t) snprintf(out + len, sizeof(out) - len, "%.*s", (int) (end - at), k.text + at);
        if (i == r.finding_count) break;
        len += (size_t) snprintf(out + len, sizeof(out) - len, "[%s]", r.findings[i].entity == ENTITY_PERSON ? "PATIENT" : entity_name(r.findings[i].entity));
        at = r.findings[i].span.end;
    }
    REQUIRE(len < sizeof(out));
    redaction_release(&r);
    scratch_free(s);
    return out;
}
