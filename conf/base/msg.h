/* Messages between our own processes over a stream socket: typed, length-checked, bounded, answered in order.
 *    0  4  magic "DFM1"    4  4  type, big endian    8  4  payload length    12  4  zero    16  …  payload
 * A peer that breaks the form is a broken peer: -EBADMSG, the channel is not used again.
 * Threads: one at a time at each end; callers lock. */
#pragma once

#include "conf/base/buf.h"

enum { MSG_HEADER_LEN = 16, MSG_PAYLOAD_LEN_MAX = 64 * 1024 * 1024 };

/* -EPIPE when the peer is gone (no SIGPIPE). */
_must_use_ int msg_send(int fd, uint32_t type, struct bytes payload);
/* payload is reset first; -EPIPE at the end of the stream between messages, -EBADMSG within one. */
_must_use_ int msg_receive(int fd, uint32_t *out_type, struct buf *payload);

/* Readers for payloads: false when too few bytes are left; nothing is taken then. */
_must_use_ bool msg_take_u32(struct bytes *in, uint32_t *out);
_must_use_ bool msg_take_u64(struct bytes *in, uint64_t *out);
/* u32 length, then the bytes. */
_must_use_ bool msg_take_bytes(struct bytes *in, struct bytes *out);
int msg_put_bytes(struct buf *out, struct bytes data);
