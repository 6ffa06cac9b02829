#include "conf/keeper_serve.h"

#include <errno.h>

#include "conf/base/clock.h"
#include "conf/base/msg.h"
#include "conf/base/text.h"
#include "conf/entity.h"
#include "conf/keeper.h"
#include "conf/subject.h"

/* The keys are wiped with the frame; the seed expands to libsodium's 64-byte secret for each signature: 20 us, and no second copy at rest. */
static int keeper_sign_with(const struct key *seed, struct bytes text, uint8_t out[KEEPER_SIGNATURE_LEN]) {
    unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    int r = crypto_sign_seed_keypair(public, secret, seed->raw);
    if (r == 0) r = crypto_sign_detached(out, NULL, text.ptr, text.len, secret);
    sodium_memzero(secret, sizeof(secret));
    return r == 0 ? 0 : -EIO;
}

static void keeper_public_of(const struct key *seed, uint8_t out[KEEPER_PUBLIC_LEN]) {
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
    must(crypto_sign_seed_keypair(out, secret, seed->raw) == 0);
    sodium_memzero(secret, sizeof(secret));
}

/* The lower live epoch is the current one; after a crash between prepare and advance both are live. */
static struct keyring_slot *keeper_slot_current(struct keyring *k) {
    struct keyring_slot *a = &k->slots[0], *b = &k->slots[1];
    if (a->live && b->live) return a->epoch < b->epoch ? a : b;
    return a->live ? a : b;
}

static struct keyring_slot *keeper_slot_other(struct keyring *k, const struct keyring_slot *slot) {
    return slot == &k->slots[0] ? &k->slots[1] : &k->slots[0];
}

static void keeper_index_one(const struct key *k, struct bytes scope, const struct keeper_value *v, uint8_t out[KEEPER_INDEX_LEN]) {
    const unsigned char entity_part[3] = { 0, (unsigned char) v->entity, 0 };
    crypto_generichash_state state;
    must(crypto_generichash_init(&state, k->raw, sizeof(k->raw), KEEPER_INDEX_LEN) == 0);
    must(crypto_generichash_update(&state, scope.ptr, scope.len) == 0);
    must(crypto_generichash_update(&state, entity_part, sizeof(entity_part)) == 0);
    must(crypto_generichash_update(&state, v->value.ptr, v->value.len) == 0);
    must(crypto_generichash_final(&state, out, KEEPER_INDEX_LEN) == 0);
    sodium_memzero(&state, sizeof(state));
}

static int keeper_answer_index(struct keeper_state *s, struct bytes in, struct buf *answer) {
    struct bytes scope;
    uint32_t count = 0;
    /* A NUL in the scope would let two scopes run together. */
    if (!msg_take_bytes(&in, &scope) || !msg_take_u32(&in, &count) || (scope.len > 0 && memchr(scope.ptr, 0, scope.len))) return -EBADMSG;
    for (uint32_t i = 0; i < count; i++) {
        struct keeper_value v;
        uint32_t entity = 0;
        uint8_t index[KEEPER_INDEX_LEN];
        if (!msg_take_u32(&in, &entity) || entity >= ENTITY_COUNT || !msg_take_bytes(&in, &v.value)) return -EBADMSG;
        v.entity = (enum entity) entity;
        keeper_index_one(&s->keys.index, scope, &v, index);
        ignore(buf_append(answer, bytes_make(index, sizeof(index)))); /* sticky; keeper_serve checks */
    }
    return in.len == 0 ? 0 : -EBADMSG;
}

static int keeper_answer_subject(struct keeper_state *s, struct bytes in, struct buf *answer) {
    uint32_t kind = 0;
    struct bytes id;
    if (!msg_take_u32(&in, &kind) || !msg_take_bytes(&in, &id) || in.len != 0) return -EBADMSG;
    if (kind == 0 || kind > 127 || !strchr(SUBJECT_KINDS, (int) kind)) return -EBADMSG;
    int r = keyring_subject_step(&s->keys, subject_month_of(clock_realtime_us()));
    if (r < 0) return r;
    char token[SUBJECT_TOKEN_LEN_MAX + 1];
    subject_token(&s->keys.subject, s->keys.subject_month - s->keys.subject_first_month, (char) kind, id, token);
    return msg_put_bytes(answer, bytes_from_string(token));
}

static int keeper_answer_local_key(struct keeper_state *s, struct bytes in, struct buf *answer) {
    struct bytes purpose;
    char label[64] = "deidfs-local-";
    size_t at = strlen(label);
    if (!msg_take_bytes(&in, &purpose) || in.len != 0 || purpose.len == 0 || purpose.len >= sizeof(label) - at) return -EBADMSG;
    memcpy(label + at, purpose.ptr, purpose.len);
    _cleanup_(key_wipe) struct key k = { 0 };
    /* What hosts with one vault must read alike comes from the key that they share. */
    bool is_shared = bytes_starts_with(purpose, BYTES("vault-"));
    secret_derive(is_shared ? &s->keys.index : &s->keys.local, label, &k);
    return buf_append(answer, bytes_make(k.raw, sizeof(k.raw)));
}

static int keeper_answer_epoch_public(struct keeper_state *s, struct buf *answer) {
    const struct keyring_slot *slot = keeper_slot_current(&s->keys);
    uint8_t public[KEEPER_PUBLIC_LEN];
    keeper_public_of(&slot->seed, public);
    ignore(buf_append_be64(answer, slot->epoch)); /* sticky */
    return buf_append(answer, bytes_make(public, sizeof(public)));
}

static int keeper_answer_prepare(struct keeper_state *s, struct buf *answer) {
    const struct keyring_slot *current = keeper_slot_current(&s->keys);
    struct keyring_slot *next = keeper_slot_other(&s->keys, current);
    if (!next->live) {
        _cleanup_(key_wipe) struct key seed;
        randombytes_buf(seed.raw, sizeof(seed.raw));
        int r = keyring_slot_write(next, true, current->epoch + 1, &seed);
        if (r < 0) return r;
    }
    uint8_t public[KEEPER_PUBLIC_LEN];
    keeper_public_of(&next->seed, public);
    return buf_append(answer, bytes_make(public, sizeof(public)));
}

static int keeper_answer_advance(struct keeper_state *s) {
    struct keyring_slot *current = keeper_slot_current(&s->keys);
    if (!keeper_slot_other(&s->keys, current)->live) return -EINVAL;
    return keyring_slot_write(current, false, 0, NULL);
}

static bool keeper_take_line(struct bytes *in, struct bytes *out) {
    const uint8_t *end = in->len > 0 ? memchr(in->ptr, '\n', in->len) : NULL;
    if (!end || !bytes_take(in, (size_t) (end - in->ptr), out)) return false;
    struct bytes newline;
    return bytes_take(in, 1, &newline);
}

/* A checkpoint is exactly three lines; whoever takes the guard over cannot have other texts signed, nor a smaller tree. */
static int keeper_check_checkpoint(struct keeper_state *s, struct bytes text) {
    struct bytes origin, size, root;
    uint64_t value = 0;
    uint8_t decoded[64];
    size_t decoded_len = 0;
    if (!keeper_take_line(&text, &origin) || !keeper_take_line(&text, &size) || !keeper_take_line(&text, &root) || text.len != 0) return -EINVAL;
    if (origin.len == 0 || origin.len >= sizeof(s->origin) || !text_parse_u64(size, &value) || root.len != 44) return -EINVAL;
    if (sodium_base642bin(decoded, sizeof(decoded), (const char *) root.ptr, root.len, NULL, &decoded_len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return -EINVAL;
    }
    if (decoded_len != 32 || value < s->signed_size) return -EINVAL;
    if (s->origin[0] != '\0' && !bytes_equal(origin, bytes_from_string(s->origin))) return -EINVAL;
    memcpy(s->origin, origin.ptr, origin.len);
    s->origin[origin.len] = '\0';
    s->signed_size = value;
    return 0;
}

static int keeper_answer_sign(struct keeper_state *s, struct bytes in, struct buf *answer) {
    uint32_t with_next = 0;
    struct bytes text;
    if (!msg_take_u32(&in, &with_next) || !msg_take_bytes(&in, &text) || in.len != 0) return -EBADMSG;
    const struct keyring_slot *current = keeper_slot_current(&s->keys);
    const struct keyring_slot *next = keeper_slot_other(&s->keys, current);
    if (with_next && !next->live) return -EINVAL;
    int r = keeper_check_checkpoint(s, text);
    if (r < 0) return r;
    uint8_t signatures[3][KEEPER_SIGNATURE_LEN] = { 0 };
    r = keeper_sign_with(&s->keys.journal, text, signatures[0]);
    if (r == 0) r = keeper_sign_with(&current->seed, text, signatures[1]);
    if (r == 0 && with_next) r = keeper_sign_with(&next->seed, text, signatures[2]);
    return r < 0 ? r : buf_append(answer, bytes_make(signatures, sizeof(signatures)));
}

static int keeper_answer_stable_public(struct keeper_state *s, struct buf *answer) {
    uint8_t public[KEEPER_PUBLIC_LEN];
    keeper_public_of(&s->keys.journal, public);
    return buf_append(answer, bytes_make(public, sizeof(public)));
}

static int keeper_dispatch(struct keeper_state *s, uint32_t type, struct bytes request, struct buf *answer) {
    switch (type) {
    case KEEPER_INDEX: return keeper_answer_index(s, request, answer);
    case KEEPER_SUBJECT: return keeper_answer_subject(s, request, answer);
    case KEEPER_LOCAL_KEY: return keeper_answer_local_key(s, request, answer);
    case KEEPER_SIGN: return keeper_answer_sign(s, request, answer);
    default: break;
    }
    if (request.len != 0) return -EBADMSG;
    switch (type) {
    case KEEPER_STABLE_PUBLIC: return keeper_answer_stable_public(s, answer);
    case KEEPER_EPOCH_PUBLIC: return keeper_answer_epoch_public(s, answer);
    case KEEPER_EPOCH_PREPARE: return keeper_answer_prepare(s, answer);
    case KEEPER_EPOCH_ADVANCE: return keeper_answer_advance(s);
    default: return -EBADMSG;
    }
}

int keeper_answer(struct keeper_state *state, uint32_t type, struct bytes request, struct buf *answer) {
    buf_reset(answer);
    int r = buf_append_be32(answer, 0);
    if (r == 0) r = keeper_dispatch(state, type, request, answer);
    if (r == 0) r = buf_error(answer);
    if (r == 0 || r == -EBADMSG) return r;
    buf_reset(answer); /* a refusal carries its reason and nothing else */
    return buf_append_be32(answer, (uint32_t) -r);
}

int keeper_serve(int fd, struct keeper_state *state) {
    struct buf request, answer;
    buf_init(&request, MSG_PAYLOAD_LEN_MAX);
    buf_init(&answer, MSG_PAYLOAD_LEN_MAX);
    int r;
    do {
        uint32_t type = 0;
        r = msg_receive(fd, &type, &request);
        if (r == 0) r = keeper_answer(state, type, buf_bytes(&request), &answer);
        if (r == 0) r = msg_send(fd, type, buf_bytes(&answer));
    } while (r == 0);
    buf_release(&request);
    buf_release(&answer);
    return r == -EPIPE ? 0 : r;
}
