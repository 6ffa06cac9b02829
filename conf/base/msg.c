#include "conf/base/msg.h"

#include <errno.h>
#include <sys/socket.h>

static const uint8_t MSG_MAGIC[4] = { 'D', 'F', 'M', '1' };

static int msg_send_part(int fd, struct bytes data) {
    while (data.len > 0) {
        ssize_t n = send(fd, data.ptr, data.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        data.ptr += n;
        data.len -= (size_t) n;
    }
    return 0;
}

int msg_send(int fd, uint32_t type, struct bytes payload) {
    if (payload.len > MSG_PAYLOAD_LEN_MAX) return -E2BIG;
    uint8_t small[4096];
    memcpy(small, MSG_MAGIC, 4);
    bytes_store_be32(small + 4, type);
    bytes_store_be32(small + 8, (uint32_t) payload.len);
    bytes_store_be32(small + 12, 0);
    /* One system call for the common small message. */
    size_t inlined = payload.len <= sizeof(small) - MSG_HEADER_LEN ? payload.len : 0;
    if (inlined > 0) memcpy(small + MSG_HEADER_LEN, payload.ptr, inlined);
    int r = msg_send_part(fd, bytes_make(small, MSG_HEADER_LEN + inlined));
    if (inlined > 0) explicit_bzero(small, sizeof(small));
    if (r < 0 || inlined == payload.len) return r;
    return msg_send_part(fd, payload);
}

/* 0 bytes at the very beginning is the peer's good-bye, later it is a broken message. */
static int msg_receive_part(int fd, uint8_t *to, size_t len, bool at_start) {
    size_t have = 0;
    while (have < len) {
        ssize_t n = recv(fd, to + have, len - have, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        if (n == 0) return at_start && have == 0 ? -EPIPE : -EBADMSG;
        have += (size_t) n;
    }
    return 0;
}

int msg_receive(int fd, uint32_t *out_type, struct buf *payload) {
    uint8_t header[MSG_HEADER_LEN];
    buf_reset(payload);
    int r = msg_receive_part(fd, header, sizeof(header), true);
    if (r < 0) return r;
    size_t len = bytes_load_be32(header + 8);
    if (memcmp(header, MSG_MAGIC, 4) != 0 || bytes_load_be32(header + 12) != 0 || len > MSG_PAYLOAD_LEN_MAX) return -EBADMSG;
    uint8_t *to = NULL;
    r = buf_extend(payload, len, &to);
    if (r < 0) return r;
    if (len > 0) r = msg_receive_part(fd, to, len, false);
    if (r < 0) return r;
    *out_type = bytes_load_be32(header + 4);
    return 0;
}

bool msg_take_u32(struct bytes *in, uint32_t *out) {
    struct bytes raw;
    if (!bytes_take(in, 4, &raw)) return false;
    *out = bytes_load_be32(raw.ptr);
    return true;
}

bool msg_take_u64(struct bytes *in, uint64_t *out) {
    struct bytes raw;
    if (!bytes_take(in, 8, &raw)) return false;
    *out = bytes_load_be64(raw.ptr);
    return true;
}

bool msg_take_bytes(struct bytes *in, struct bytes *out) {
    struct bytes rest = *in;
    uint32_t len = 0;
    if (!msg_take_u32(&rest, &len) || !bytes_take(&rest, len, out)) return false;
    *in = rest;
    return true;
}

int msg_put_bytes(struct buf *out, struct bytes data) {
    if (data.len > MSG_PAYLOAD_LEN_MAX) return -E2BIG;
    ignore(buf_append_be32(out, (uint32_t) data.len)); /* sticky: the next append tells */
    return buf_append(out, data);
}
