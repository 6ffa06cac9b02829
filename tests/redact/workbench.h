/* workbench: an instance for tests of tokens: keys, keeper, vault, profile and an arena, in the test's own folder.
 * Threads: one test. */
#pragma once

#include <libpq-fe.h>
#include <stdio.h>

#include "conf/keyring.h"
#include "redact/transform.h"
#include "redact/vault_reader.h"
#include "tests/harness.h"

struct workbench {
    char dir[256];
    struct keeper *keeper;
    struct vault *vault;
    uint8_t public_key[KEY_LEN];
    struct arena arena;
    struct profile profile;
    struct bytes record; /* of the documents to come */
};

/* The store under test: LMDB, or with DEIDFS_TEST_POSTGRES set (tests/redact/with-postgres) a schema of that database, named after the folder. */
static inline struct vault_place workbench_place(const char *dir, const char *destination) {
    static char database[512];
    const char *conninfo = getenv("DEIDFS_TEST_POSTGRES");
    struct vault_place place = { .state_dir = dir, .destination = destination };
    if (!conninfo) return place;
    uint8_t digest[16];
    char name[33], sql[96];
    crypto_generichash(digest, sizeof(digest), (const uint8_t *) dir, strlen(dir), NULL, 0);
    sodium_bin2hex(name, sizeof(name), digest, sizeof(digest));
    PGconn *conn = PQconnectdb(conninfo);
    snprintf(sql, sizeof(sql), "CREATE SCHEMA IF NOT EXISTS t%s", name);
    PQclear(PQexec(conn, "SET client_min_messages = error"));
    PGresult *made = PQexec(conn, sql);
    if (PQresultStatus(made) != PGRES_COMMAND_OK) harness_fail(__FILE__, __LINE__, "%s", PQerrorMessage(conn));
    PQclear(made);
    PQfinish(conn);
    snprintf(database, sizeof(database), "%s&options=-csearch_path%%3Dt%s", conninfo, name);
    place.database = database;
    return place;
}

static inline void workbench_open(struct workbench *b, const char *profile, const char *destination) {
    struct problem p = { .text = "" };
    if (!b->dir[0]) snprintf(b->dir, sizeof(b->dir), "%s", harness_temp_dir());
    int r = keyring_create(b->dir, &p);
    if (r == 0) r = keyring_load_reidentify_public(b->dir, b->public_key, &p);
    if (r == 0) r = keeper_start(b->dir, &b->keeper, &p);
    const struct vault_place place = workbench_place(b->dir, destination);
    if (r == 0) r = vault_open(&place, b->keeper, b->public_key, &b->vault, &p);
    if (r == 0) r = profile_find(profile, &b->profile, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(r == 0);
    arena_init(&b->arena, (size_t) 1 << 30);
}

static inline void workbench_close(struct workbench *b) {
    vault_freep(&b->vault);
    keeper_freep(&b->keeper);
    arena_release(&b->arena);
}

/* The vault must be closed: LMDB knows one handle a process. */
static inline struct vault_reader *workbench_reader(struct workbench *b, const char *destination) {
    struct problem p = { .text = "" };
    char path[300];
    struct key secret;
    struct vault_reader *reader = NULL;
    snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", b->dir);
    int r = keyring_load_reidentify_secret(path, &secret, &p);
    const struct vault_place place = workbench_place(b->dir, destination);
    if (r == 0) r = vault_reader_open(&place, &secret, &reader, &p);
    if (r < 0) harness_fail(__FILE__, __LINE__, "%s", p.text);
    REQUIRE(r == 0);
    return reader;
}

/* The view of a text with these findings, noted in the vault. */
static inline void workbench_view(struct workbench *b, struct bytes text, const struct finding *findings, size_t count, struct buf *out) {
    struct transform t = { .profile = &b->profile, .vault = b->vault, .arena = &b->arena, .year_now = 2026, .record = b->record };
    enum refusal why = REFUSAL_NONE;
    struct edits e = { 0 };
    REQUIRE(transform_apply(&t, text, findings, count, &e, &why) == 0);
    size_t at = 0;
    buf_reset(out);
    for (size_t i = 0; i < e.count; i++) {
        REQUIRE(e.items[i].span.begin >= at && e.items[i].span.end <= text.len);
        ignore(buf_append(out, bytes_make(text.ptr + at, e.items[i].span.begin - at))); /* sticky: checked below */
        ignore(buf_append(out, e.items[i].replacement));
        at = e.items[i].span.end;
    }
    ignore(buf_append(out, bytes_make(text.ptr + at, text.len - at)));
    REQUIRE(buf_error(out) == 0);
    REQUIRE(transform_seal_view(&t, &e, buf_bytes(out), &why) == 0);
    arena_reset(&b->arena);
}

/* Text with its findings marked: {MRN:00482913}. Both outputs have room for the marked text. */
static inline size_t workbench_parse(const char *marked, char *text, struct finding *findings) {
    size_t len = 0, n = 0;
    while (*marked) {
        const char *colon = *marked == '{' ? strchr(marked, ':') : NULL;
        const char *close = colon ? strchr(colon, '}') : NULL;
        enum entity e;
        if (!close || !entity_from_name(bytes_make(marked + 1, (size_t) (colon - marked - 1)), &e)) {
            text[len++] = *marked++;
            continue;
        }
        size_t value_len = (size_t) (close - colon - 1);
        findings[n++] = (struct finding) { .span = { len, len + value_len }, .entity = e, .score = 1000 };
        memcpy(text + len, colon + 1, value_len);
        len += value_len;
        marked = close + 1;
    }
    text[len] = 0;
    return n;
}
