/* A stand-in for the engine, linked into tests alone and never into the product: it leaves the text as it is but for runs of digits with four
 * or more digits in them, which become as many 'x'; slow when the document says so; a document named *.raw stays as it is, byte for byte, for
 * load generators that write what they like. Lets the mount be tested for what is the mount's own: sizes, versions, flights, records. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/text.h"
#include "redact/canary.h"
#include "redact/redact.h"

struct engine {
    uint8_t digest[32];
};
struct scratch {
    int unused;
};

int engine_new(const struct engine_options *options, struct engine **out_engine, struct problem *p) {
    (void) options;
    (void) p;
    *out_engine = calloc(1, sizeof(**out_engine));
    if (!*out_engine) return -ENOMEM;
    memset((*out_engine)->digest, 0x5a, 32);
    return 0;
}

void engine_free(struct engine *e) {
    free(e);
}

const uint8_t *engine_digest(const struct engine *e) {
    return e->digest;
}

const char *engine_recognizer_name(const struct engine *e, uint16_t recognizer) {
    (void) e;
    (void) recognizer;
    return "identity";
}

int scratch_new(const struct engine *e, struct scratch **out_scratch) {
    (void) e;
    *out_scratch = calloc(1, sizeof(**out_scratch));
    return *out_scratch ? 0 : -ENOMEM;
}

void scratch_free(struct scratch *s) {
    free(s);
}

void redaction_init(struct redaction *r, size_t view_len_max) {
    *r = (struct redaction) { 0 };
    buf_init(&r->view, view_len_max);
}

void redaction_release(struct redaction *r) {
    buf_release(&r->view);
}

static bool identity_is_raw(struct bytes path) {
    return bytes_ends_with(path, BYTES(".raw"));
}

enum refusal redact_probe(const struct engine *e, struct bytes head, struct bytes path) {
    (void) e;
    return head.len > 0 && memchr(head.ptr, 0, head.len) && !identity_is_raw(path) ? REFUSAL_FORMAT : REFUSAL_NONE;
}

static void identity_mask(struct buf *b) {
    for (size_t i = 0; i < b->len;) {
        size_t end = i, digits = 0;
        while (end < b->len && (text_is_digit(b->ptr[end]) || b->ptr[end] == '-')) digits += text_is_digit(b->ptr[end++]);
        if (digits >= 4) memset(b->ptr + i, 'x', end - i);
        i = end > i ? end : i + 1;
    }
}

int redact_document(const struct engine *e, struct scratch *s, struct vault *v, const struct document *d, struct redaction *out) {
    (void) s;
    (void) v;
    if (redact_probe(e, d->content, d->path) != REFUSAL_NONE) {
        out->refusal = REFUSAL_FORMAT;
        return -EBADMSG;
    }
    if (bytes_starts_with(d->content, BYTES("SLOW"))) {
        struct timespec three = { .tv_sec = 3 };
        (void) nanosleep(&three, NULL);
    }
    if (bytes_starts_with(d->content, BYTES("REFUSE"))) {
        out->refusal = REFUSAL_LIMIT;
        return -E2BIG;
    }
    if (buf_append(&out->view, d->content) < 0) {
        out->refusal = REFUSAL_MEMORY;
        return -ENOMEM;
    }
    if (!identity_is_raw(d->path)) identity_mask(&out->view);
    out->format = "text";
    out->counts[ENTITY_MRN] = 1;
    return 0;
}

int redact_name(const struct engine *e, struct scratch *s, struct vault *v, struct bytes folder, struct bytes name, bool is_folder,
                struct buf *out, bool *out_changed) {
    (void) e;
    (void) s;
    (void) v;
    (void) folder;
    (void) is_folder;
    int r = buf_append(out, name);
    if (r < 0) return r;
    identity_mask(out);
    *out_changed = !bytes_equal(buf_bytes(out), name);
    return 0;
}

/* Passes, unless the file that the environment names is there: then redaction has stopped to work. */
int canary_run(const struct engine *e, struct scratch *s, struct vault *v, const uint8_t seed[CANARY_SEED_LEN], struct canary_report *out) {
    (void) e;
    (void) s;
    (void) v;
    (void) seed;
    const char *leak = getenv("DEIDFS_IDENTITY_LEAK");
    *out = (struct canary_report) { .documents = 1, .identifiers = 1, .leaked = leak && access(leak, F_OK) == 0, .entity = ENTITY_MRN };
    return 0;
}

bool canary_passed(const struct canary_report *r, struct problem *why) {
    if (r->leaked > 0) ignore(problem_set(why, 0, "a planted failure: the policy does not redact")); /* the result says it */
    return r->leaked == 0;
}
