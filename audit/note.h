/* C2SP signed notes and their verifier keys.
 *   text (ends with a newline) || "\n" || one or more lines "— " name " " base64(key id[4] || signature) "\n"
 * "—" is U+2014. vkey: name "+" hex8(key id) "+" base64(algorithm || public key). Key id = SHA-256(name || "\n" || algorithm || key)[:4].
 * Algorithm 1 is Ed25519 over the text; 4 is a witness's cosignature/v1 over "cosignature/v1\ntime T\n" || text, its signature T[8] || sig.
 * Threads: values. Source: c2sp.org/signed-note, c2sp.org/tlog-cosignature. */
#pragma once

#include "conf/base/buf.h"

enum {
    NOTE_LEN_MAX = 64 * 1024,
    NOTE_NAME_LEN_MAX = 300,
    NOTE_SIGNATURES_MAX = 64,
    NOTE_KEY_ID_LEN = 4,
    NOTE_PUBLIC_LEN = 32,
    NOTE_ED25519_LEN = 64,
    NOTE_COSIGNATURE_LEN = 72,
    NOTE_ALGORITHM_ED25519 = 1,
    NOTE_ALGORITHM_COSIGNATURE = 4,
    NOTE_VKEY_LEN_MAX = NOTE_NAME_LEN_MAX + 64,
};

struct note_key {
    char name[NOTE_NAME_LEN_MAX + 1];
    uint8_t id[NOTE_KEY_ID_LEN];
    uint8_t algorithm;
    uint8_t public[NOTE_PUBLIC_LEN];
};

/* Fills the key id. -EINVAL for a name with spaces, '+' or control characters, empty or too long. */
_must_use_ int note_key_make(const char *name, uint8_t algorithm, const uint8_t public[NOTE_PUBLIC_LEN], struct note_key *out);
/* One vkey, without a newline. -EBADMSG: not a vkey, key id wrong, unknown algorithm. */
_must_use_ int note_key_parse(struct bytes vkey, struct note_key *out);
int note_key_format(const struct note_key *k, char out[NOTE_VKEY_LEN_MAX]);

struct note_signature {
    struct bytes name;
    uint8_t id[NOTE_KEY_ID_LEN];
    uint8_t signature[NOTE_COSIGNATURE_LEN];
    size_t len;
};

/* Borrowed from the bytes it was parsed from. */
struct note {
    struct bytes text;
    size_t count;
    struct note_signature signatures[NOTE_SIGNATURES_MAX];
};

/* -EBADMSG: not a note. Exactly this form, to the last byte. */
_must_use_ int note_parse(struct bytes raw, struct note *out);

enum { NOTE_SIGNED = 0, NOTE_NOT_SIGNED = 1 };
/* NOTE_SIGNED: a signature of this key verifies. NOTE_NOT_SIGNED: none is there. -EBADMSG: one is there and is wrong.
 * out_time_s (may be NULL): of a cosignature. */
_must_use_ int note_verify(const struct note *n, const struct note_key *k, uint64_t *out_time_s);

/* Appends the signature line of an Ed25519 key. */
int note_append_signature(struct buf *out, const struct note_key *k, const uint8_t signature[NOTE_ED25519_LEN]);
