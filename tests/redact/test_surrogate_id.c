#include "redact/surrogate.h"

#include "conf/base/text.h"
#include "tests/harness.h"

TEST(surrogate_id, a_number_keeps_its_shape) {
    char out[SURROGATE_LEN_MAX];
    struct bytes surface = BYTES("AB-004829/x");
    for (int n = 0; n < 1000; n++) {
        REQUIRE(surrogate_draw(ENTITY_MRN, surface, out) == surface.len);
        for (size_t i = 0; i < surface.len; i++) {
            uint8_t c = (uint8_t) out[i], s = surface.ptr[i];
            CHECK(text_is_digit(c) == text_is_digit(s) && text_is_upper(c) == text_is_upper(s) && text_is_lower(c) == text_is_lower(s));
        }
    }
}

TEST(surrogate_id, every_entity_has_one_that_fits) {
    static uint8_t long_surface[4096];
    char out[SURROGATE_LEN_MAX];
    memset(long_surface, '7', sizeof(long_surface));
    for (unsigned e = 0; e < ENTITY_COUNT; e++) {
        size_t len = surrogate_draw((enum entity) e, bytes_make(long_surface, sizeof(long_surface)), out);
        CHECK(len > 0 && len <= SURROGATE_LEN_MAX);
    }
}

TEST(surrogate_id, phones_and_addresses_are_of_the_kinds_kept_for_examples) {
    char out[SURROGATE_LEN_MAX];
    for (int n = 0; n < 200; n++) {
        size_t len = surrogate_draw(ENTITY_PHONE, BYTES("x"), out);
        CHECK(memmem(out, len, "-555-01", 7) != NULL);
        len = surrogate_draw(ENTITY_EMAIL, BYTES("x"), out);
        CHECK(bytes_ends_with(bytes_make(out, len), BYTES("@example.org")));
        len = surrogate_draw(ENTITY_IP, BYTES("x"), out);
        CHECK(bytes_starts_with(bytes_make(out, len), BYTES("192.0.2.")));
    }
}
