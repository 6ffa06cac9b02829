#include "tests/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "conf/base/io.h"

static void program_path(const char *name, char out[PATH_MAX]) {
    const char *build = getenv("DEIDFS_BUILD_DIR");
    int len = name[0] == '/' ? snprintf(out, PATH_MAX, "%s", name) : snprintf(out, PATH_MAX, "%s/%s", build ? build : "build", name);
    must(len > 0 && len < PATH_MAX);
}

/* Files, not pipes: neither side can wait for the other. */
static int program_file(struct bytes content) {
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    must(fd >= 0 && io_write_full(fd, content) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void program_take(int fd, struct buf *out) {
    must(lseek(fd, 0, SEEK_SET) == 0 && io_read_all(fd, out) == 0 && buf_append_byte(out, 0) == 0);
    out->len--;
    close_fd(&fd);
}

void program_run(const char *const *argv, struct bytes input, struct program_result *out) {
    char path[PATH_MAX];
    program_path(argv[0], path);
    int in = program_file(input), to = program_file(BYTES("")), err = program_file(BYTES(""));
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        must(dup2(in, 0) == 0 && dup2(to, 1) == 1 && dup2(err, 2) == 2);
        (void) alarm(60);
        union {
            const char *const *given;
            char *const *wanted; /* execv(3) does not write to them */
        } words = { .given = argv };
        (void) execv(path, words.wanted);
        _exit(127);
    }
    int status = 0;
    must(waitpid(pid, &status, 0) == pid);
    out->exit = WIFEXITED(status) ? WEXITSTATUS(status) : PROGRAM_KILLED + WTERMSIG(status);
    buf_init(&out->out, PROGRAM_OUTPUT_LEN_MAX);
    buf_init(&out->err, PROGRAM_OUTPUT_LEN_MAX);
    program_take(to, &out->out);
    program_take(err, &out->err);
    close_fd(&in);
}

void program_release(struct program_result *r) {
    buf_release(&r->out);
    buf_release(&r->err);
}

const char *program_out(const struct program_result *r) {
    return (const char *) r->out.ptr;
}

const char *program_err(const struct program_result *r) {
    return (const char *) r->err.ptr;
}
