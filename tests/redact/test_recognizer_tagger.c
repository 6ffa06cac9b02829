#include "redact/recognizer.h"

#include "conf/profile.h"
#include "tests/harness.h"

TEST(recognizer_tagger, a_name_without_label_or_list_is_found_by_the_tagger) {
    struct profile profile;
    struct problem p;
    REQUIRE(profile_find("safe-harbor", &profile, &p) == 0);
    const struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
    _cleanup_(engine_freep) struct engine *e = NULL;
    _cleanup_(scratch_freep) struct scratch *s = NULL;
    REQUIRE(engine_new(&options, &e, &p) == 0);
    REQUIRE(scratch_new(e, &s) == 0);
    struct bytes text = BYTES("Vostarkin was brought in by the crew after a fall.");
    struct redaction out;
    redaction_init(&out, 1 << 20);
    REQUIRE(redact_find(e, s, &(struct document) { .content = text, .path = BYTES("note.txt") }, &out) == 0);
    REQUIRE(out.finding_count == 1);
    CHECK_BYTES(bytes_slice(text, out.findings[0].span), BYTES("Vostarkin"));
    CHECK_INT(out.findings[0].source, FINDING_TAGGER);
    CHECK_STRING(engine_recognizer_name(e, out.findings[0].recognizer), "tagger");
    redaction_release(&out);
}
