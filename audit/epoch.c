#include "audit/epoch.h"

#include <errno.h>

static int epoch_key(const char *origin, uint64_t number, const uint8_t public[KEEPER_PUBLIC_LEN], struct note_key *out) {
    char name[NOTE_NAME_LEN_MAX + 1];
    int len = snprintf(name, sizeof(name), "%s/epoch/%llu", origin, (unsigned long long) number);
    if (len < 0 || (size_t) len >= sizeof(name)) return -ENAMETOOLONG;
    return note_key_make(name, NOTE_ALGORITHM_ED25519, public, out);
}

int epoch_load(struct keeper *k, const char *origin, struct epoch *out) {
    struct epoch e = { 0 };
    uint8_t public[KEEPER_PUBLIC_LEN];
    int r = keeper_stable_public(k, public);
    if (r == 0) r = note_key_make(origin, NOTE_ALGORITHM_ED25519, public, &e.stable);
    if (r == 0) r = keeper_epoch_public(k, &e.number, public);
    if (r == 0) r = epoch_key(origin, e.number, public, &e.current);
    if (r < 0) return r;
    *out = e;
    return 0;
}

int epoch_prepare(struct epoch *e, struct keeper *k, const char *origin) {
    uint8_t public[KEEPER_PUBLIC_LEN];
    int r = keeper_epoch_prepare(k, public);
    if (r == 0) r = epoch_key(origin, e->number + 1, public, &e->next);
    e->has_next = r == 0;
    return r;
}

int epoch_sign(const struct epoch *e, struct keeper *k, const struct checkpoint *c, bool final, struct buf *out_note) {
    must(!final || e->has_next);
    size_t begin = out_note->len;
    struct keeper_signatures s;
    int r = checkpoint_format(c, out_note);
    if (r == 0) r = keeper_sign(k, bytes_make(out_note->ptr + begin, out_note->len - begin), final, &s);
    if (r < 0) return r;
    buf_append_byte(out_note, '\n');
    note_append_signature(out_note, &e->stable, s.stable);
    note_append_signature(out_note, &e->current, s.epoch);
    if (final) note_append_signature(out_note, &e->next, s.next);
    r = buf_error(out_note);
    struct note n;
    if (r == 0) r = note_parse(bytes_make(out_note->ptr + begin, out_note->len - begin), &n);
    if (r < 0) return r;
    bool good = note_verify(&n, &e->stable, NULL) == NOTE_SIGNED && note_verify(&n, &e->current, NULL) == NOTE_SIGNED;
    if (final) good = good && note_verify(&n, &e->next, NULL) == NOTE_SIGNED;
    return good ? 0 : -EKEYREJECTED;
}

int epoch_advance(struct epoch *e, struct keeper *k) {
    must(e->has_next);
    int r = keeper_epoch_advance(k);
    if (r < 0) return r;
    e->current = e->next;
    e->number++;
    e->has_next = false;
    return 0;
}

void epoch_path(char out[EPOCH_PATH_LEN], uint64_t number, const char *file) {
    int len = snprintf(out, EPOCH_PATH_LEN, "epoch/%llu/%s", (unsigned long long) number, file);
    must(len > 0 && len < EPOCH_PATH_LEN);
}
