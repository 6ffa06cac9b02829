/* A model image as a broken file may be: any bytes must be refused; the same bytes with a digest that fits must either be refused or tag a text with
 * findings that lie in it. First byte: how many row bits to claim. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "conf/base/size.h"
#include "redact/tagger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void fuzz_tag(const struct tagger *t) {
    static const uint8_t no_chars[256];
    static const struct bytes text = { .ptr = (const uint8_t *) "Mr. John Q. Smith was SEEN BY DR. LEE\nat Mercy 12 oak st", .len = 57 };
    struct dictionary *d = NULL;
    struct tagger_scratch *ts = NULL;
    struct scan scan;
    const struct finding *findings = NULL;
    size_t count = 0;
    scan_init(&scan);
    must(dictionary_new(16, &d) == 0 && tagger_scratch_new(t, d, &ts) == 0);
    must(scan_run(&scan, d, no_chars, text, (struct span){ .begin = 0, .end = text.len }) == 0);
    must(tagger_run(ts, &scan, &(struct tagger_options){ .every_word = true }, &findings, &count) == 0);
    for (size_t i = 0; i < count; i++) {
        must(findings[i].span.begin < findings[i].span.end && findings[i].span.end <= text.len && findings[i].score <= 1000);
        must(i == 0 || findings[i - 1].span.end <= findings[i].span.begin);
    }
    scan_release(&scan);
    tagger_scratch_free(ts);
    dictionary_free(d);
}

static void fuzz_sealed(const uint8_t *data, size_t len) {
    uint32_t bits = TAGGER_ROW_BITS_MIN + (uint32_t) (data[0] % 3);
    size_t body = TAGGER_HEAD_LEN + ((size_t) TAGGER_LANES << bits);
    uint8_t *image = calloc(1, body + TAGGER_DIGEST_LEN);
    must(image != NULL);
    if (len > 1) memcpy(image + 16, data + 1, size_min(len - 1, body - 16));
    memcpy(image, "DFTAGR01", 8);
    image[8] = (uint8_t) bits;
    image[12] = TAGGER_LABELS;
    unsigned digest_len = 0;
    must(EVP_Digest(image, body, image + body, &digest_len, EVP_sha256(), NULL) == 1);
    struct tagger *t = NULL;
    if (tagger_load(bytes_make(image, body + TAGGER_DIGEST_LEN), &t) == 0) fuzz_tag(t);
    tagger_free(t);
    free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct tagger *t = NULL;
    if (tagger_load(bytes_make(data, len), &t) == 0) {
        fuzz_tag(t);
        tagger_free(t);
    }
    if (len > 0) fuzz_sealed(data, len);
    return 0;
}
