/* A message as a broken or hostile peer may send it: any bytes on a stream socket, then its end. */
#include <sys/socket.h>

#include "conf/base/attr.h"
#include "conf/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    int pair[2];
    if (len > 65536) return 0; /* more than a socket buffers would block */
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    if (len > 0) must(send(pair[0], data, len, MSG_NOSIGNAL) == (ssize_t) len);
    close_fd(&pair[0]);
    struct buf payload;
    buf_init(&payload, 1 << 20);
    uint32_t type = 0;
    while (msg_receive(pair[1], &type, &payload) == 0) {
        struct bytes in = buf_bytes(&payload), part;
        uint32_t v = 0;
        while (msg_take_bytes(&in, &part)) must(part.len <= payload.len);
        ignore(msg_take_u32(&in, &v)); /* any outcome is right; it only must not read past the end */
    }
    buf_release(&payload);
    close_fd(&pair[1]);
    return 0;
}
