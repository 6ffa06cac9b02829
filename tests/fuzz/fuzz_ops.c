/* The request handlers of the mount, asked by a kernel of our own (tests/fs/kernel.h) over a real instance with the stand-in engine. The input is a
 * script: each step is a byte that chooses a request, a byte that chooses a node, then what the request needs. Bodies have the kernel's form, since the
 * kernel is trusted to keep it; names, numbers, flags, order and what happens to the source meanwhile are the fuzzer's.
 * Held: every request has exactly one answer; nothing answered holds an identifier of the source; what is forgotten and closed is freed. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "conf/base/size.h"
#include "tests/fs/instance.h"
#include "tests/fs/kernel.h"
#include "tests/harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Stands in for the harness, whose main() is not wanted here: a failed requirement is a find. */
static char fuzz_dir[64];

void harness_fail(const char *file, int line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void) fprintf(stderr, "%s:%d: ", file, line);
    (void) vfprintf(stderr, format, args);
    (void) fprintf(stderr, "\n");
    va_end(args);
    abort();
}

void harness_leave(void) {
    abort();
}

const char *harness_temp_dir(void) {
    (void) snprintf(fuzz_dir, sizeof(fuzz_dir), "/tmp/deidfs-fuzz-ops-XXXXXX");
    must(mkdtemp(fuzz_dir) != NULL);
    return fuzz_dir;
}

static int fuzz_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void) st, (void) kind, (void) ftw;
    ignore(remove(path)); /* what stays is litter in /tmp */
    return 0;
}

enum { NODES_MAX = 64, HANDLES_MAX = 32, STEPS_MAX = 256, ANSWER_LEN = 8192 };

static struct instance at;
static struct kernel *k;
static struct fuzz_node {
    uint64_t id, lookups;
} nodes[NODES_MAX];
static struct fuzz_handle {
    uint64_t node, fh;
    bool is_folder;
} handles[HANDLES_MAX];
static size_t node_count, handle_count;
static uint8_t answer[ANSWER_LEN];

static int fuzz_empty(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    return ftw->level > 0 ? fuzz_remove(path, st, kind, ftw) : 0;
}

/* A script may have put a file where a folder was: everything goes first. */
static void fuzz_fill_source(void) {
    must(nftw(at.source, fuzz_empty, 16, FTW_DEPTH | FTW_PHYS) == 0);
    instance_write(&at, "note.txt", "MRN 12345678 fine\n");
    instance_write(&at, "ward/a.txt", "one 12345678\n");
    instance_write(&at, "MRN 12345678/b.txt", "two\n");
    instance_write(&at, ".deidfs/status", "12345678\n");
}

static void fuzz_end(void) {
    kernel_stop(k);
    instance_stop(&at);
    ignore(nftw(at.root, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS)); /* as above */
}

static void fuzz_begin(void) {
    must(sodium_init() >= 0);
    instance_make(&at, "[mount]\nattr_ttl = 0ms\n[journal]\ndurability = crash\n");
    fuzz_fill_source();
    instance_start(&at);
    k = kernel_start(at.guard);
    must(atexit(fuzz_end) == 0);
}

/* ---- the script */

struct script {
    struct bytes left;
};

static uint64_t script_number(struct script *s, size_t len) {
    struct bytes b;
    uint64_t v = 0;
    if (!bytes_take(&s->left, size_min(len, s->left.len), &b)) return 0;
    for (size_t i = 0; i < b.len; i++) v = v << 8 | b.ptr[i];
    return v;
}

/* A name as the kernel gives it: without NUL or '/', with a NUL behind; one byte of length first. */
static struct bytes script_name(struct script *s, char out[512]) {
    struct bytes b;
    size_t n = 0, len = (size_t) script_number(s, 1);
    must(bytes_take(&s->left, size_min(len, s->left.len), &b));
    for (size_t i = 0; i < b.len; i++) {
        if (b.ptr[i] != 0 && b.ptr[i] != '/') out[n++] = (char) b.ptr[i];
    }
    if (n == 0) out[n++] = 'x';
    out[n++] = '\0';
    return bytes_make(out, n);
}

static uint64_t script_node(struct script *s) {
    uint64_t which = script_number(s, 1);
    return which == 0 ? 1 : which == 255 ? 4711 : node_count > 0 ? nodes[which % node_count].id : 1;
}

static long ask(uint32_t opcode, uint64_t node, struct bytes in) {
    long n = kernel_ask(k, opcode, node, in, answer, sizeof(answer));
    size_t have = n > 0 ? size_min((size_t) n, sizeof(answer)) : 0;
    must(have == 0 || memmem(answer, have, "12345678", 8) == NULL);
    return n;
}

static void remember(uint64_t id) {
    for (size_t i = 0; i < node_count; i++) {
        if (nodes[i].id != id) continue;
        nodes[i].lookups++;
        return;
    }
    if (node_count < NODES_MAX) nodes[node_count++] = (struct fuzz_node) { id, 1 };
    else kernel_forget(k, id, 1);
}

static void step_lookup(struct script *s) {
    char name[512];
    struct fuse_entry_out e;
    uint64_t parent = script_node(s);
    if (ask(FUSE_LOOKUP, parent, script_name(s, name)) <= 0) return;
    memcpy(&e, answer, sizeof(e));
    if (e.nodeid != 0) remember(e.nodeid);
}

static void step_open(struct script *s, bool is_folder) {
    uint64_t node = script_node(s);
    const struct fuse_open_in in = { .flags = is_folder ? O_RDONLY | O_DIRECTORY : (uint32_t) script_number(s, 1) & (O_ACCMODE | O_TRUNC | O_APPEND) };
    struct fuse_open_out out;
    if (handle_count == HANDLES_MAX) return;
    if (ask(is_folder ? FUSE_OPENDIR : FUSE_OPEN, node, bytes_make(&in, sizeof(in))) <= 0) return;
    memcpy(&out, answer, sizeof(out));
    handles[handle_count++] = (struct fuzz_handle) { node, out.fh, is_folder };
}

/* Each entry with a node id counts as a lookup. */
static void take_entries(long len) {
    for (long i = 0; i + (long) offsetof(struct fuse_direntplus, dirent.name) <= len;) {
        struct fuse_direntplus d;
        memcpy(&d, answer + i, offsetof(struct fuse_direntplus, dirent.name));
        if (d.entry_out.nodeid != 0) remember(d.entry_out.nodeid);
        i += (long) FUSE_DIRENT_ALIGN(offsetof(struct fuse_direntplus, dirent.name) + d.dirent.namelen);
    }
}

static void step_read(struct script *s, uint32_t folder_opcode) {
    uint64_t which = script_number(s, 1), offset = script_number(s, 2);
    uint32_t size = (uint32_t) script_number(s, 2) % ANSWER_LEN;
    if (handle_count == 0) return;
    const struct fuzz_handle *h = &handles[which % handle_count];
    const struct fuse_read_in in = { .fh = h->fh, .offset = which > 250 ? UINT64_MAX - offset : offset, .size = size };
    uint32_t opcode = h->is_folder ? folder_opcode : FUSE_READ;
    long n = ask(opcode, h->node, bytes_make(&in, sizeof(in)));
    if (opcode == FUSE_READDIRPLUS && n > 0) take_entries(n);
}

static void release(size_t i) {
    const struct fuse_release_in in = { .fh = handles[i].fh };
    must(ask(handles[i].is_folder ? FUSE_RELEASEDIR : FUSE_RELEASE, handles[i].node, bytes_make(&in, sizeof(in))) == 0);
    handles[i] = handles[--handle_count];
}

static void step_getxattr(struct script *s) {
    static const char *const known[] = { "user.deidfs.status", "user.deidfs.view_sha256", "user.deidfs.entities", "user.deidfs.patient", "security.capability" };
    uint8_t body[sizeof(struct fuse_getxattr_in) + 512];
    char name[512];
    uint64_t node = script_node(s), which = script_number(s, 1);
    const struct fuse_getxattr_in in = { .size = (uint32_t) script_number(s, 1) };
    struct bytes text = which < array_count(known) ? bytes_make(known[which], strlen(known[which]) + 1) : script_name(s, name);
    memcpy(body, &in, sizeof(in));
    memcpy(body + sizeof(in), text.ptr, text.len);
    ignore(ask(FUSE_GETXATTR, node, bytes_make(body, sizeof(in) + text.len))); /* any answer is one */
}

/* What would change something: EROFS or no such call, whatever it says. */
static void step_mutate(struct script *s) {
    static const uint32_t codes[] = { FUSE_SETATTR, FUSE_MKNOD, FUSE_MKDIR, FUSE_RENAME, FUSE_RENAME2, FUSE_LINK, FUSE_CREATE, FUSE_WRITE, FUSE_SETXATTR,
                                      FUSE_FALLOCATE, FUSE_FLUSH, FUSE_FSYNC, FUSE_LSEEK, FUSE_COPY_FILE_RANGE, FUSE_POLL, FUSE_BMAP, FUSE_SYNCFS };
    uint8_t body[256] = { 0 };
    char name[512];
    uint32_t opcode = codes[script_number(s, 1) % array_count(codes)];
    uint64_t node = script_node(s);
    struct bytes text = script_name(s, name);
    memcpy(body + 64, text.ptr, size_min(text.len, 100));
    memcpy(body + 170, "other\0value", 11);
    must(ask(opcode, node, bytes_make(body, sizeof(body))) < 0);
}

/* The source changes under the readers' feet. */
static void step_source(struct script *s) {
    static const char *const names[] = { "note.txt", "ward/a.txt", "new.txt", "ward", "MRN 12345678/b.txt" };
    char path[2 * PATH_MAX], other[2 * PATH_MAX], text[600] = "x ";
    uint64_t what = script_number(s, 1);
    (void) snprintf(path, sizeof(path), "%s/%s", at.source, names[what % array_count(names)]);
    (void) snprintf(other, sizeof(other), "%s/%s", at.source, names[what / 8 % array_count(names)]);
    switch (what >> 6) {
    case 0:
        ignore(rename(path, other)); /* whatever becomes of it */
        return;
    case 1:
        ignore(remove(path)); /* as above */
        return;
    default:
        ignore(script_name(s, text + 2)); /* into text */
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd >= 0) ignore(write(fd, text, strlen(text))); /* as above */
        close_fd(&fd);
    }
}

static void step(struct script *s) {
    const struct fuse_getattr_in getattr = { 0 };
    switch (script_number(s, 1) % 16) {
    case 0: case 1: case 2: step_lookup(s); return;
    case 3: ignore(ask(FUSE_GETATTR, script_node(s), bytes_make(&getattr, sizeof(getattr)))); return; /* any answer is one */
    case 4: case 5: step_open(s, false); return;
    case 6: step_open(s, true); return;
    case 7: step_read(s, FUSE_READDIR); return;
    case 8: step_read(s, FUSE_READDIRPLUS); return;
    case 9: if (handle_count > 0) release((size_t) script_number(s, 1) % handle_count); return;
    case 10: step_getxattr(s); return;
    case 11: step_mutate(s); return;
    case 12: step_source(s); return;
    case 13: kernel_as(k, (uint32_t) getpid() + (uint32_t) script_number(s, 1) % 2, (uint32_t) script_number(s, 1) % 3); return;
    case 14: kernel_forget(k, 4711 + script_number(s, 1), script_number(s, 8)); return;
    default: ignore(ask(FUSE_STATFS, script_node(s), bytes_make(NULL, 0))); return; /* as above */
    }
}

static void settle(void) {
    enum { TICKETS = 2, DEPTH = 3 }; /* a promise of each of two threads may hold a file and its folders for a while */
    while (handle_count > 0) release(handle_count - 1);
    for (size_t i = 0; i < node_count; i++) kernel_forget(k, nodes[i].id, nodes[i].lookups);
    node_count = 0;
    must(ask(FUSE_STATFS, 1, bytes_make(NULL, 0)) > 0); /* in order: the forgets are done */
    for (int i = 0; i < 60000 && inodes_count(at.guard->inodes) > 1 + TICKETS * DEPTH; i++) (void) usleep(1000); /* calls end after their answers */
    must(inodes_count(at.guard->inodes) <= 1 + TICKETS * DEPTH);
    for (size_t i = 0; i < GUARD_UID_SLOTS; i++) must(__atomic_load_n(&at.guard->handles_held[i], __ATOMIC_RELAXED) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct script s = { .left = bytes_make(data, len) };
    if (!k) fuzz_begin();
    kernel_as(k, (uint32_t) getpid(), 0);
    for (int i = 0; i < STEPS_MAX && s.left.len > 0; i++) step(&s);
    kernel_as(k, (uint32_t) getpid(), 0);
    settle();
    fuzz_fill_source();
    return 0;
}
