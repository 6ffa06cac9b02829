#include "fs/clerk.h"

#include <errno.h>

#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;
static struct clerk *clerk;
static const struct ucred root = { .pid = 1 };

#define QUERY "{\"do\":\"query\",\"kind\":\"records\"}\n"

/* Our end of a connection that the clerk was given; heard: what the control socket had read already. */
static int hand_over(const char *heard) {
    int pair[2];
    const struct timeval patience = { .tv_sec = 60 };
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    REQUIRE(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
    clerk_consume(clerk, pair[1], &root, bytes_from_string(heard));
    return pair[0];
}

/* Lines that come before the end or so many; -1 when it hung up first. */
static int read_lines(int fd, int wanted) {
    int lines = 0;
    for (char c; lines < wanted;) {
        if (recv(fd, &c, 1, 0) != 1) return -1;
        lines += c == '\n';
    }
    return lines;
}

static void begin(void) {
    instance_make(&at, NULL);
    instance_start(&at);
    REQUIRE(clerk_new(at.guard, -1, &clerk) == 0);
}

static void end(void) {
    clerk_free(clerk);
    instance_stop(&at);
}

TEST(clerk, lines_that_were_heard_before_and_after_are_all_answered) {
    begin();
    int fd = hand_over(QUERY "{\"do\":");
    CHECK_INT(read_lines(fd, 1), 1);
    static const char rest[] = "\"query\",\"kind\":\"show\"}\n" QUERY "nonsense\n" QUERY;
    CHECK(send(fd, rest, sizeof(rest) - 1, MSG_NOSIGNAL) == (ssize_t) sizeof(rest) - 1);
    CHECK_INT(read_lines(fd, 4), 4);
    (void) close(fd);
    end();
}

TEST(clerk, many_connections_are_served_at_once) {
    enum { MANY = CLERK_PEERS_MAX - 1 };
    begin();
    int fds[MANY];
    for (size_t i = 0; i < MANY; i++) fds[i] = hand_over("{");
    static const char rest[] = "\"do\":\"query\",\"kind\":\"records\"}\n";
    for (size_t i = MANY; i-- > 0;) {
        CHECK(send(fds[i], rest, sizeof(rest) - 1, MSG_NOSIGNAL) == (ssize_t) sizeof(rest) - 1);
        CHECK_INT(read_lines(fds[i], 1), 1);
    }
    for (size_t i = 0; i < MANY; i++) (void) close(fds[i]);
    end();
}

TEST(clerk, a_line_without_an_end_is_dropped) {
    begin();
    static char junk[CLERK_LINE_LEN_MAX];
    memset(junk, '{', sizeof(junk));
    int fd = hand_over("");
    CHECK(send(fd, junk, sizeof(junk), MSG_NOSIGNAL) == (ssize_t) sizeof(junk));
    CHECK_INT(read_lines(fd, 1), -1);
    (void) close(fd);
    end();
}

TEST(clerk, what_hangs_up_before_it_is_taken_over_does_no_harm) {
    begin();
    for (int i = 0; i < 300; i++) (void) close(hand_over(i % 2 ? QUERY : "{"));
    int fd = -1;
    for (int tries = 0; fd < 0 && tries < 6000; tries++) { /* until those are gone */
        fd = hand_over(QUERY);
        if (read_lines(fd, 1) == 1) break;
        (void) close(fd);
        fd = -1;
        (void) usleep(10000);
    }
    CHECK(fd >= 0);
    if (fd >= 0) (void) close(fd);
    end();
}
