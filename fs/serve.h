/* The guard's process from fork to exit: walls, state, session, loop. It reports to the monitor over a SOCK_SEQPACKET pair:
 *   serve  -> monitor  PREPARED   everything but the mount is there: mount now
 *   monitor -> serve   MOUNTED    read the device
 *   serve  -> monitor  READY      the kernel said INIT
 *   serve  -> monitor  FAILED     with an exit code and the problem's text
 * Threads: the child's own. */
#pragma once

#include "conf/actor.h"
#include "conf/base/problem.h"
#include "conf/conf.h"
#include "conf/keeper.h"
#include "fs/control.h"

enum serve_kind { SERVE_PREPARED = 1, SERVE_MOUNTED, SERVE_READY, SERVE_FAILED };

struct serve_message {
    uint32_t kind; /* enum serve_kind */
    int32_t exit_code;
    char text[512];
};

struct serve_options {
    const struct conf *conf;
    struct keeper *keeper;
    int fuse_fd;
    int channel;
    int scout_channel;
    int watch_channel; /* -1 none */
    struct control_sockets control;
    bool accept_loss; /* journal.h */
};

/* In the child. Returns the exit code. */
int serve_run(const struct serve_options *o);
/* EX_CONFIG and so on for an errno and where it came from. */
int serve_exit_code(int error);
