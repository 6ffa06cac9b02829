#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>

#include "tools/journal.h"
#include "tools/recorder.h"

void journal_reading_options(struct journal_reading *r, struct tool_option out[JOURNAL_READING_OPTIONS]) {
    const struct tool_option options[JOURNAL_READING_OPTIONS] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &r->key },
        { 'c', "config", "FILE", "configuration or instance name of the mount, where this reading is recorded", &r->config },
        { 0, "copy", NULL, "DIR is a copy of a journal: there is nowhere to record this reading", &r->copy },
    };
    memcpy(out, options, sizeof(options));
}

int journal_lock_state(const char *dir) {
    static const char *const names[] = { "lock", "../lock" };
    _cleanup_(close_fd) int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; dir_fd >= 0 && i < array_count(names); i++) {
        if (faccessat(dir_fd, i == 0 ? "log" : "checkpoint", F_OK, 0) < 0) continue;
        _cleanup_(close_fd) int fd = openat(dir_fd, names[i], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0) return flock(fd, LOCK_SH | LOCK_NB) < 0 ? 1 : 0;
        if (errno != ENOENT) return 1; /* there is one that this user may not look at */
    }
    return -ENOENT;
}

int journal_reading_begin(const struct tool *t, struct journal_reading *r, const char *operand) {
    struct problem p = { "" };
    if (!r->key) tool_usage_error(t, "--key is missing");
    if (!operand && !r->config) tool_usage_error(t, "the journal's folder is missing; or name its instance with --config");
    if (r->config && r->copy) tool_usage_error(t, "--config or --copy, not both");
    journal_read_key(t, "key", r->key, &r->stable);
    if (r->config && conf_load(r->config, &r->conf, &p) < 0) return tool_fail(t, TOOL_INCOMPLETE, &p);
    r->dir = operand ? operand : r->conf->journal;
    int lock = r->config ? 0 : journal_lock_state(r->dir);
    if (lock == 1) tool_usage_error(t, "%s is being written: name its instance with --config, where this reading is recorded", r->dir);
    if (lock == 0 && !r->config && !r->copy)
        tool_usage_error(t, "%s is a mount's journal: name its instance with --config, where this reading is recorded; or say that it is a --copy", r->dir);
    return spool_open(&r->spool, &p) < 0 ? tool_fail(t, TOOL_INCOMPLETE, &p) : TOOL_OK;
}

int journal_record_range(const struct conf *c, const struct journal_range *r, uint64_t *out_index, struct problem *p) {
    _cleanup_(buf_release) struct buf line;
    struct recorder *recorder = NULL;
    buf_init(&line, SUBMISSION_LEN_MAX);
    int e = submission_write_range(r->range, r->type, r->about, &line);
    if (e == 0) e = recorder_open(c, &recorder, p);
    if (e == 0) e = recorder_submit(recorder, buf_bytes(&line), out_index, p);
    int closed = recorder_close(recorder);
    if (e == 0 && closed < 0) e = problem_set(p, closed, "the journal could not be closed (%s)", strerror(-closed));
    return e;
}

int journal_reading_end(const struct tool *t, struct journal_reading *r, uint64_t size, uint64_t count, int verdict) {
    struct problem p = { "" }, why = { "" };
    uint8_t digest[32];
    int e = spool_digest(&r->spool, digest);
    if (r->range.to == 0) r->range.to = size;
    r->range.count = count;
    r->range.digest = digest;
    if (e < 0) ignore(problem_set(&p, e, "the output could not be written whole")); /* the exit code says the same */
    if (e == 0 && r->conf) {
        uint64_t index = 0;
        const struct journal_range range = { .type = r->export ? EVENT_EXPORT : EVENT_QUERY, .range = &r->range, .about = r->about };
        e = journal_record_range(r->conf, &range, &index, &why);
        if (e < 0) ignore(problem_set(&p, e, "this reading could not be recorded, so nothing is shown: %s", why.text)); /* as above */
    }
    if (e == 0 && (spool_pour(&r->spool, stdout) < 0 || tool_flush() < 0)) e = problem_set(&p, -EIO, "the output could not be written whole");
    if (e == 0 && !r->conf) (void) fprintf(stderr, "%s: not recorded: this is a copy\n", t->name);
    spool_release(&r->spool);
    conf_free(r->conf);
    r->conf = NULL;
    return e < 0 ? tool_fail(t, TOOL_INCOMPLETE, &p) : verdict;
}
