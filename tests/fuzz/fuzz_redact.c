/* Any bytes as a document: findings are ascending, disjoint and inside it; a refusal has a reason and nothing else. Its first byte chooses the name. */
#include <sodium.h>

#include "redact/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct engine *engine;
static struct scratch *scratch;

static void prepare(void) {
    struct profile profile = { 0 };
    struct problem p;
    struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20, .timeout_ms = 10000 };
    must(sodium_init() >= 0);
    must(engine_new(&options, &engine, &p) == 0 && scratch_new(engine, &scratch) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct redaction out;
    if (!engine) prepare();
    if (len == 0) return 0;
    struct document d = { .content = bytes_make(data + 1, len - 1), .path = data[0] % 2 ? BYTES("a.csv") : BYTES("a.txt") };
    redaction_init(&out, 1 << 22);
    int r = redact_find(engine, scratch, &d, &out);
    must((r < 0) == (out.refusal != REFUSAL_NONE));
    must(r == 0 || out.finding_count == 0);
    size_t last_end = 0;
    for (size_t i = 0; i < out.finding_count; i++) {
        must(out.findings[i].span.begin >= last_end && out.findings[i].span.begin < out.findings[i].span.end && out.findings[i].span.end <= d.content.len);
        last_end = out.findings[i].span.end;
    }
    redaction_release(&out);
    return 0;
}
