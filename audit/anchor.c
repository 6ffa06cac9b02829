#include "audit/anchor.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/proof.h"
#include "audit/prove.h"
#include "audit/verify_state.h"
#include "conf/base/io.h"
#include "conf/base/text.h"

static int anchor_write_request(struct verify *v, uint64_t old_size, struct bytes head, struct buf *out) {
    struct proof proof = { 0 };
    struct proof_source source = { .subtree = prove_subtree, .context = v, .hasher = v->hasher };
    if (old_size > 0) {
        int r = proof_make_consistency(&source, old_size, v->head.size, &proof);
        if (r < 0) return r;
    }
    buf_append_printf(out, "old %llu\n", (unsigned long long) old_size);
    for (size_t i = 0; i < proof.count; i++) {
        text_base64_encode(bytes_make(proof.hash[i].raw, MERKLE_HASH_LEN), out);
        buf_append_byte(out, '\n');
    }
    buf_append_byte(out, '\n');
    return buf_append(out, head);
}

static int anchor_run_request(struct verify *v, uint64_t old_size, struct buf *out, struct problem *p) {
    _cleanup_(buf_release) struct buf head;
    buf_init(&head, NOTE_LEN_MAX);
    int r = verify_open(v, p);
    if (r < 0) return r;
    r = verify_load_head(v, &head);
    if (r < 0) return problem_set(p, r, "%s", v->report->finding_count > 0 ? v->report->finding[0].text : strerror(-r));
    if (old_size > v->head.size) {
        return problem_set(p, -EINVAL, "the log has %llu records, the witness saw %llu: it was cut, or this is another log",
                           (unsigned long long) v->head.size, (unsigned long long) old_size);
    }
    r = anchor_write_request(v, old_size, buf_bytes(&head), out);
    return r < 0 ? problem_set(p, r, "the log's files do not prove its growth (%s)", strerror(-r)) : 0;
}

int anchor_request(const char *dir, const struct note_key *stable, uint64_t old_size, struct buf *out, struct problem *p) {
    struct verify_options o = { .dir = dir, .stable = *stable };
    struct verify_report *report = calloc(1, sizeof(*report));
    struct verify *v = calloc(1, sizeof(*v));
    int r = report && v ? 0 : problem_set(p, -ENOMEM, "not enough memory");
    if (r == 0) {
        *v = (struct verify) { .o = &o, .report = report, .dir_fd = -1, .log_fd = -1 };
        r = anchor_run_request(v, old_size, out, p);
        verify_release(v);
    }
    free(v);
    free(report);
    return r;
}

static bool anchor_line(struct bytes *in, struct bytes *out) {
    const uint8_t *at = in->len > 0 ? memchr(in->ptr, '\n', in->len) : NULL;
    struct bytes newline;
    return at && bytes_take(in, (size_t) (at - in->ptr), out) && bytes_take(in, 1, &newline);
}

int anchor_read_witnesses(struct bytes text, struct note_key out[ANCHOR_WITNESSES_MAX], size_t *out_count) {
    struct bytes line;
    size_t count = 0;
    while (anchor_line(&text, &line)) {
        if (line.len == 0 || line.ptr[0] == '#') continue;
        if (count == ANCHOR_WITNESSES_MAX || note_key_parse(line, &out[count]) < 0 || out[count].algorithm != NOTE_ALGORITHM_COSIGNATURE) return -EBADMSG;
        count++;
    }
    if (text.len > 0) return -EBADMSG;
    *out_count = count;
    return 0;
}

/* The checkpoint behind the request's blank line, signed by this log. */
static int anchor_checkpoint(struct bytes request, const struct note_key *stable, struct bytes *out, struct verify_head *out_head) {
    struct bytes line = { 0 };
    if (!bytes_starts_with(request, BYTES("old "))) return -EBADMSG;
    while (anchor_line(&request, &line) && line.len > 0) {}
    struct note n;
    if (line.len > 0 || note_parse(request, &n) < 0 || verify_parse_head(&n, out_head) < 0) return -EBADMSG;
    if (note_verify(&n, stable, NULL) != NOTE_SIGNED || strcmp(out_head->origin, stable->name) != 0) return -EBADMSG;
    *out = request;
    return 0;
}

/* Every line must be a known witness's and right. */
static int anchor_check(const struct anchor_answer *a, struct bytes checkpoint) {
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, NOTE_LEN_MAX);
    struct note plain, n;
    int r = note_parse(checkpoint, &plain);
    if (r == 0) r = buf_append(&raw, plain.text);
    buf_append_byte(&raw, '\n');
    if (r == 0) r = buf_append(&raw, a->cosignatures);
    if (r == 0) r = note_parse(buf_bytes(&raw), &n);
    if (r < 0) return -EBADMSG;
    size_t good = 0;
    for (size_t i = 0; i < a->witness_count; i++) {
        r = note_verify(&n, &a->witnesses[i], NULL);
        if (r < 0) return r;
        good += r == NOTE_SIGNED;
    }
    return good > 0 && good == n.count ? 0 : -EBADMSG;
}

struct anchor_file {
    const char *suffix;
    struct bytes data;
};

/* The checkpoint and what somebody attests about it. */
static int anchor_store(const char *dir, uint64_t size, struct bytes checkpoint, const struct anchor_file *file, struct problem *p) {
    _cleanup_(close_fd) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) return problem_set(p, -errno, "%s cannot be opened (%s)", dir, strerror(errno));
    bool whole = faccessat(dir_fd, "log", F_OK, 0) == 0;
    char note[64], attested[64];
    int len = snprintf(note, sizeof(note), "%sanchor/%llu.note", whole ? "log/" : "", (unsigned long long) size);
    must(len > 0 && (size_t) len < sizeof(note));
    len = snprintf(attested, sizeof(attested), "%sanchor/%llu%s", whole ? "log/" : "", (unsigned long long) size, file->suffix);
    must(len > 0 && (size_t) len < sizeof(attested));
    int r = io_make_dirs_at(dir_fd, whole ? "log/anchor" : "anchor", 0750);
    if (r == 0) r = io_replace_file_at(dir_fd, note, checkpoint, 0640);
    if (r == 0) r = io_replace_file_at(dir_fd, attested, file->data, 0640);
    return r < 0 ? problem_set(p, r, "the anchor cannot be stored (%s)", strerror(-r)) : 0;
}

int anchor_add(const char *dir, const struct note_key *stable, const struct anchor_answer *a, uint64_t *out_size, struct problem *p) {
    struct bytes checkpoint;
    struct verify_head head;
    int r = anchor_checkpoint(a->request, stable, &checkpoint, &head);
    if (r < 0) return problem_set(p, r, "the request is not one of this log");
    r = anchor_check(a, checkpoint);
    if (r < 0) return problem_set(p, r, "the answer holds a signature that is wrong, or of none of the given witnesses; nothing was stored");
    r = anchor_store(dir, head.size, checkpoint, &(struct anchor_file) { ".cosig", a->cosignatures }, p);
    if (r == 0) *out_size = head.size;
    return r;
}

int anchor_add_timestamp(const char *dir, const struct note_key *stable, const struct anchor_stamp *s, uint64_t *out_size, struct problem *p) {
    struct note n;
    struct verify_head head;
    bool good = note_parse(s->checkpoint, &n) == 0 && verify_parse_head(&n, &head) == 0 && note_verify(&n, stable, NULL) == NOTE_SIGNED;
    if (!good) return problem_set(p, -EBADMSG, "the note is not a checkpoint of this log");
    int r = anchor_store(dir, head.size, s->checkpoint, &(struct anchor_file) { ".tsr", s->response }, p);
    if (r == 0) *out_size = head.size;
    return r;
}
