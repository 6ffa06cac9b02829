#include "conf/base/msg.h"

#include <errno.h>
#include <sys/socket.h>

#include "tests/harness.h"

TEST(msg, arrives_whole_and_the_end_is_told) {
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    struct buf payload;
    buf_init(&payload, MSG_PAYLOAD_LEN_MAX);
    uint8_t large[20000];
    memset(large, 'x', sizeof(large));
    CHECK_INT(msg_send(pair[0], 7, BYTES("hello")), 0);
    CHECK_INT(msg_send(pair[0], 8, bytes_make(large, sizeof(large))), 0);
    close_fd(&pair[0]);
    uint32_t type = 0;
    CHECK_INT(msg_receive(pair[1], &type, &payload), 0);
    CHECK_INT(type, 7);
    CHECK_BYTES(buf_bytes(&payload), BYTES("hello"));
    CHECK_INT(msg_receive(pair[1], &type, &payload), 0);
    CHECK_INT(payload.len, sizeof(large));
    CHECK_INT(msg_receive(pair[1], &type, &payload), -EPIPE);
    CHECK_INT(msg_send(pair[1], 1, BYTES("x")), -EPIPE);
    buf_release(&payload);
    close_fd(&pair[1]);
}

TEST(msg, foreign_bytes_and_cut_messages_are_refused) {
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    struct buf payload;
    buf_init(&payload, 100);
    uint32_t type = 0;
    CHECK_INT(send(pair[0], "DFM1\0\0\0\1\0\0\0\4\0\0\0\0ab", 18, 0), 18);
    close_fd(&pair[0]);
    CHECK_INT(msg_receive(pair[1], &type, &payload), -EBADMSG);
    buf_release(&payload);
    close_fd(&pair[1]);
}
