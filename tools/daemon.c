#include "tools/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "conf/base/text.h"

/* As the mount binds it: below a descriptor of the folder, since sun_path is short. */
static int daemon_connect_at(const char *folder, const char *name, int *out_fd) {
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    _cleanup_(close_fd) int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    _cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (folder_fd < 0 || fd < 0) return -errno;
    int len = snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/%s", folder_fd, name);
    if (len < 0 || (size_t) len >= sizeof(at.sun_path)) return -ENAMETOOLONG;
    if (connect(fd, (const struct sockaddr *) &at, sizeof(at)) < 0) return -errno;
    *out_fd = take_fd(fd);
    return 0;
}

static int daemon_connect_open(const struct conf *c, int *out_fd) {
    char folder[PATH_MAX];
    const char *slash = strrchr(c->records_socket, '/');
    if (!slash) return -ENOENT;
    size_t len = slash == c->records_socket ? 1 : (size_t) (slash - c->records_socket);
    memcpy(folder, c->records_socket, len);
    folder[len] = '\0';
    return daemon_connect_at(folder, slash + 1, out_fd);
}

int daemon_connect(const struct conf *c, int *out_fd, struct problem *p) {
    int r = daemon_connect_at(c->state, "control.sock", out_fd);
    if (r == 0) return 0;
    if (r == -EACCES) return problem_set(p, r, "this user may not speak to the mount; be root or the owner of %s", c->state);
    return problem_set(p, -ECONNREFUSED, "no mount of this instance answers; is it mounted?");
}

int daemon_connect_records(const struct conf *c, int *out_fd, struct problem *p) {
    int own = daemon_connect(c, out_fd, p);
    if (own == 0 || !c->records_socket[0]) return own;
    int open = daemon_connect_open(c, out_fd);
    if (open == 0) return 0;
    if (own == -EACCES && open == -EACCES) return problem_set(p, -EACCES, "this user may not speak to the mount");
    return problem_set(p, -ECONNREFUSED, "no mount of this instance answers; is it mounted?");
}

/* A mount that is gone is an error to tell, not a signal to die of. */
static int daemon_send(int fd, struct bytes rest) {
    struct bytes sent;
    while (rest.len > 0) {
        ssize_t n = send(fd, rest.ptr, rest.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || !bytes_take(&rest, (size_t) n, &sent)) return -EPIPE;
    }
    return 0;
}

int daemon_exchange(int fd, struct bytes line, struct buf *answer, struct problem *p) {
    int r = daemon_send(fd, line);
    while (r == 0) {
        char chunk[1024];
        ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) r = n < 0 ? -errno : -ECONNRESET;
        else r = buf_append(answer, bytes_make(chunk, (size_t) n));
        if (r == 0 && chunk[n - 1] == '\n') return 0;
    }
    return problem_set(p, -EIO, "the mount hung up: %s", strerror(-r));
}

int daemon_read_answer(struct bytes answer, uint64_t *out_index, struct problem *p) {
    struct bytes rest = answer, head;
    if (bytes_ends_with(rest, BYTES("}\n"))) rest.len -= 2;
    if (bytes_starts_with(rest, BYTES("{\"index\":")) && bytes_take(&rest, 9, &head) && text_parse_u64(rest, out_index)) return 0;
    if (bytes_starts_with(rest, BYTES("{\"error\":\"")) && bytes_ends_with(rest, BYTES("\"")) && bytes_take(&rest, 10, &head))
        return problem_set(p, -EPERM, "%.*s", (int) (rest.len - 1), (const char *) rest.ptr);
    return problem_set(p, -EPERM, "the mount's answer is none that this program knows");
}
