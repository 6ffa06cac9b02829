#include "redact/recognizer.h"

#include <string.h>

#include "conf/profile.h"
#include "tests/harness.h"

struct desk {
    struct engine *engine;
    struct scratch *scratch;
    struct redaction found;
};

static void desk_open(struct desk *d) {
    struct profile profile;
    struct problem p;
    must(profile_find("safe-harbor", &profile, &p) == 0);
    const struct engine_options options = { .profile = &profile, .document_len_max = 1 << 20 };
    *d = (struct desk){ 0 };
    must(engine_new(&options, &d->engine, &p) == 0);
    must(scratch_new(d->engine, &d->scratch) == 0);
    redaction_init(&d->found, 1 << 20);
}

static void desk_close(struct desk *d) {
    redaction_release(&d->found);
    scratch_free(d->scratch);
    engine_free(d->engine);
}

static void desk_read(struct desk *d, struct bytes text) {
    must(redact_find(d->engine, d->scratch, &(struct document){ .content = text, .path = BYTES("note.txt") }, &d->found) == 0);
}

/* Does one finding cover the words whole? */
static bool covers(const struct desk *d, struct bytes text, const char *words) {
    const uint8_t *at = memmem(text.ptr, text.len, words, strlen(words));
    must(at != NULL);
    struct span span = { .begin = (size_t) (at - text.ptr), .end = (size_t) (at - text.ptr) + strlen(words) };
    for (size_t i = 0; i < d->found.finding_count; i++) {
        if (span_contains(d->found.findings[i].span, span)) return true;
    }
    return false;
}

TEST(recognizer_tagger, a_name_without_label_or_list_is_found_by_the_tagger) {
    _cleanup_(desk_close) struct desk d;
    desk_open(&d);
    struct bytes text = BYTES("Vostarkin was brought in by the crew after a fall.");
    desk_read(&d, text);
    REQUIRE(d.found.finding_count == 1);
    CHECK_BYTES(bytes_slice(text, d.found.findings[0].span), BYTES("Vostarkin"));
    CHECK_INT(d.found.findings[0].source, FINDING_TAGGER);
    CHECK_STRING(engine_recognizer_name(d.engine, d.found.findings[0].recognizer), "tagger");
}

TEST(recognizer_tagger, a_protected_phrase_is_surer_than_the_model) {
    _cleanup_(desk_close) struct desk d;
    desk_open(&d);
    struct bytes text = BYTES("Vostarkin was brought in by the crew after a fall.");
    desk_read(&d, text);
    REQUIRE(d.found.finding_count == 1);
    CHECK(d.found.findings[0].score >= 500 && d.found.findings[0].score < 700);
}

TEST(recognizer_tagger, initials_and_hyphens_stay_with_their_name) {
    _cleanup_(desk_close) struct desk d;
    desk_open(&d);
    struct bytes text =
        BYTES("The films were shown to J. Q. Vostarkin on rounds, and her daughter Mei-Ling Brandt-Okoye agreed with the plan.");
    desk_read(&d, text);
    CHECK(covers(&d, text, "J. Q. Vostarkin"));
    CHECK(covers(&d, text, "Mei-Ling Brandt-Okoye"));
    CHECK(!covers(&d, text, "films"));
}

TEST(recognizer_tagger, a_sentence_of_clinical_words_is_left_alone) {
    _cleanup_(desk_close) struct desk d;
    desk_open(&d);
    desk_read(&d,
              BYTES("Swan-Ganz catheter placed. Foley to gravity. Crohn disease stable on Humira. Continue Lasix. Glasgow Coma Scale 15."));
    CHECK_INT(d.found.finding_count, 0);
}
