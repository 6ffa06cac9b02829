#include "audit/note.h"

#include <errno.h>
#include <sodium.h>

#include "conf/base/text.h"

static bool note_name_is_valid(struct bytes name) {
    if (name.len == 0 || name.len > NOTE_NAME_LEN_MAX) return false;
    for (size_t i = 0; i < name.len; i++) {
        /* The specification allows any Unicode but spaces and '+'; names here are ASCII. */
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || name.ptr[i] == '+') return false;
    }
    return true;
}

static void note_key_set_id(struct note_key *k) {
    crypto_hash_sha256_state s;
    uint8_t digest[crypto_hash_sha256_BYTES];
    uint8_t middle[2] = { '\n', k->algorithm };
    ignore(crypto_hash_sha256_init(&s)); /* these three cannot fail */
    ignore(crypto_hash_sha256_update(&s, (const uint8_t *) k->name, strlen(k->name)));
    ignore(crypto_hash_sha256_update(&s, middle, sizeof(middle)));
    ignore(crypto_hash_sha256_update(&s, k->public, NOTE_PUBLIC_LEN));
    ignore(crypto_hash_sha256_final(&s, digest));
    memcpy(k->id, digest, NOTE_KEY_ID_LEN);
}

int note_key_make(const char *name, uint8_t algorithm, const uint8_t public[NOTE_PUBLIC_LEN], struct note_key *out) {
    struct bytes text = bytes_from_string(name);
    if (!note_name_is_valid(text)) return -EINVAL;
    struct note_key k = { .algorithm = algorithm };
    memcpy(k.name, text.ptr, text.len);
    memcpy(k.public, public, NOTE_PUBLIC_LEN);
    note_key_set_id(&k);
    *out = k;
    return 0;
}

/* Takes up to the separator, which is dropped. */
static bool note_take_until(struct bytes *in, char separator, struct bytes *out) {
    const uint8_t *at = in->len > 0 ? memchr(in->ptr, separator, in->len) : NULL;
    if (!at || !bytes_take(in, (size_t) (at - in->ptr), out)) return false;
    struct bytes dropped;
    return bytes_take(in, 1, &dropped);
}

int note_key_parse(struct bytes vkey, struct note_key *out) {
    struct bytes name, hex;
    uint8_t id[NOTE_KEY_ID_LEN];
    if (!note_take_until(&vkey, '+', &name) || !note_take_until(&vkey, '+', &hex)) return -EBADMSG;
    if (!note_name_is_valid(name) || !text_hex_decode(hex, id, sizeof(id))) return -EBADMSG;
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, 256);
    if (vkey.len > 128 || text_base64_decode(vkey, &raw) < 0 || raw.len != 1 + NOTE_PUBLIC_LEN) return -EBADMSG;
    if (raw.ptr[0] != NOTE_ALGORITHM_ED25519 && raw.ptr[0] != NOTE_ALGORITHM_COSIGNATURE) return -EBADMSG;
    struct note_key k = { .algorithm = raw.ptr[0] };
    memcpy(k.name, name.ptr, name.len);
    memcpy(k.public, raw.ptr + 1, NOTE_PUBLIC_LEN);
    note_key_set_id(&k);
    if (memcmp(k.id, id, sizeof(id)) != 0) return -EBADMSG;
    *out = k;
    return 0;
}

int note_key_format(const struct note_key *k, char out[NOTE_VKEY_LEN_MAX]) {
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, NOTE_VKEY_LEN_MAX);
    char hex[2 * NOTE_KEY_ID_LEN + 1];
    uint8_t raw[1 + NOTE_PUBLIC_LEN] = { k->algorithm };
    memcpy(raw + 1, k->public, NOTE_PUBLIC_LEN);
    text_hex_encode(bytes_make(k->id, NOTE_KEY_ID_LEN), hex);
    buf_append_printf(&text, "%s+%s+", k->name, hex);
    text_base64_encode(bytes_make(raw, sizeof(raw)), &text);
    buf_append_byte(&text, 0);
    if (buf_error(&text) < 0) return buf_error(&text);
    memcpy(out, text.ptr, text.len);
    return 0;
}

static int note_parse_signature(struct bytes line, struct note_signature *out) {
    if (!bytes_starts_with(line, BYTES("\xe2\x80\x94 "))) return -EBADMSG;
    struct bytes skipped, name;
    if (!bytes_take(&line, 4, &skipped) || !note_take_until(&line, ' ', &name) || !note_name_is_valid(name)) return -EBADMSG;
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, 8192);
    if (line.len > 4096 || text_base64_decode(line, &raw) < 0) return -EBADMSG;
    if (raw.len <= NOTE_KEY_ID_LEN) return -EBADMSG;
    struct note_signature s = { .name = name, .len = raw.len - NOTE_KEY_ID_LEN };
    memcpy(s.id, raw.ptr, NOTE_KEY_ID_LEN);
    /* A signature of another algorithm may be longer: it is kept as unknown, with no bytes. */
    if (s.len <= sizeof(s.signature)) memcpy(s.signature, raw.ptr + NOTE_KEY_ID_LEN, s.len);
    *out = s;
    return 0;
}

int note_parse(struct bytes raw, struct note *out) {
    if (raw.len == 0 || raw.len > NOTE_LEN_MAX || raw.ptr[raw.len - 1] != '\n') return -EBADMSG;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] < 0x20 && raw.ptr[i] != '\n') return -EBADMSG;
    }
    /* The last blank line separates. */
    size_t split = 0;
    for (size_t i = 0; i + 1 < raw.len; i++) {
        if (raw.ptr[i] == '\n' && raw.ptr[i + 1] == '\n') split = i + 1;
    }
    if (split == 0 || !text_utf8_is_valid(raw)) return -EBADMSG;
    struct note n = { .text = bytes_make(raw.ptr, split) };
    struct bytes rest = bytes_make(raw.ptr + split + 1, raw.len - split - 1), line;
    while (note_take_until(&rest, '\n', &line)) {
        if (n.count == NOTE_SIGNATURES_MAX) return -EBADMSG;
        int r = note_parse_signature(line, &n.signatures[n.count]);
        if (r < 0) return r;
        n.count++;
    }
    if (n.count == 0 || rest.len > 0) return -EBADMSG;
    *out = n;
    return 0;
}

static int note_verify_cosignature(struct bytes text, const struct note_signature *s, const struct note_key *k, uint64_t *out_time_s) {
    if (s->len != NOTE_COSIGNATURE_LEN) return -EBADMSG;
    uint64_t time_s = bytes_load_be64(s->signature);
    _cleanup_(buf_release) struct buf message;
    buf_init(&message, NOTE_LEN_MAX + 128);
    buf_append_printf(&message, "cosignature/v1\ntime %llu\n", (unsigned long long) time_s);
    if (buf_append(&message, text) < 0) return -EBADMSG;
    if (crypto_sign_verify_detached(s->signature + 8, message.ptr, message.len, k->public) != 0) return -EBADMSG;
    if (out_time_s) *out_time_s = time_s;
    return NOTE_SIGNED;
}

int note_verify(const struct note *n, const struct note_key *k, uint64_t *out_time_s) {
    for (size_t i = 0; i < n->count; i++) {
        const struct note_signature *s = &n->signatures[i];
        if (!bytes_equal(s->name, bytes_from_string(k->name)) || memcmp(s->id, k->id, NOTE_KEY_ID_LEN) != 0) continue;
        if (k->algorithm == NOTE_ALGORITHM_COSIGNATURE) return note_verify_cosignature(n->text, s, k, out_time_s);
        if (s->len != NOTE_ED25519_LEN) return -EBADMSG;
        return crypto_sign_verify_detached(s->signature, n->text.ptr, n->text.len, k->public) == 0 ? NOTE_SIGNED : -EBADMSG;
    }
    return NOTE_NOT_SIGNED;
}

int note_append_signature(struct buf *out, const struct note_key *k, const uint8_t signature[NOTE_ED25519_LEN]) {
    uint8_t raw[NOTE_KEY_ID_LEN + NOTE_ED25519_LEN];
    memcpy(raw, k->id, NOTE_KEY_ID_LEN);
    memcpy(raw + NOTE_KEY_ID_LEN, signature, NOTE_ED25519_LEN);
    buf_append_string(out, "\xe2\x80\x94 ");
    buf_append_string(out, k->name);
    buf_append_byte(out, ' ');
    text_base64_encode(bytes_make(raw, sizeof(raw)), out);
    return buf_append_byte(out, '\n');
}
