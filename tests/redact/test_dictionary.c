#include "redact/dictionary.h"

#include <errno.h>

#include "conf/base/buf.h"
#include "tests/harness.h"

static uint32_t find(const struct dictionary *d, struct bytes text) {
    uint64_t words[DICTIONARY_PHRASE_WORDS_MAX];
    int count = dictionary_split(text, words, DICTIONARY_PHRASE_WORDS_MAX);
    REQUIRE(count > 0);
    uint64_t hash = words[0];
    for (int i = 1; i < count; i++) hash = word_hash_join(hash, words[i]);
    return dictionary_find(d, hash);
}

TEST(dictionary, flags_add_up_and_the_largest_weight_counts) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    REQUIRE(dictionary_new(100, &d) == 0);
    REQUIRE(dictionary_add(d, BYTES("May"), FLAG_BIT(FLAG_MONTH), 0) == 0);
    REQUIRE(dictionary_add(d, BYTES("may"), FLAG_BIT(FLAG_GIVEN), 9u << 21) == 0);
    REQUIRE(dictionary_add(d, BYTES("MAY"), FLAG_BIT(FLAG_GIVEN), 4u << 21) == 0);
    uint32_t payload = find(d, BYTES("may"));
    CHECK_INT(dictionary_flags(d, payload), FLAG_BIT(FLAG_MONTH) | FLAG_BIT(FLAG_GIVEN));
    CHECK_INT(dictionary_weight_given(payload), 9);
    CHECK_INT(dictionary_weight_surname(payload), 0);
}

TEST(dictionary, what_was_packed_is_found_after_loading_and_nothing_else) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL, *loaded = NULL;
    _cleanup_(buf_release) struct buf image;
    buf_init(&image, 1 << 24);
    REQUIRE(dictionary_new(20000, &d) == 0);
    for (unsigned i = 0; i < 17576; i++) {
        char word[8] = { (char) ('a' + i % 26), (char) ('a' + i / 26 % 26), (char) ('a' + i / 676), 'z', 'q' };
        REQUIRE(dictionary_add(d, bytes_from_string(word), FLAG_BIT(FLAG_SURNAME), 1u << 16) == 0);
    }
    REQUIRE(dictionary_write(d, &image) == 0);
    REQUIRE(dictionary_load(buf_bytes(&image), 10, &loaded) == 0);
    CHECK_INT(loaded->entry_count, d->entry_count);
    CHECK(dictionary_flags(loaded, find(loaded, BYTES("abczq"))) & FLAG_BIT(FLAG_SURNAME));
    CHECK_INT(find(loaded, BYTES("absent")), 0);
}

TEST(dictionary, a_damaged_image_is_refused) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL, *loaded = NULL;
    _cleanup_(buf_release) struct buf image;
    buf_init(&image, 1 << 20);
    REQUIRE(dictionary_new(10, &d) == 0);
    REQUIRE(dictionary_add(d, BYTES("smith"), FLAG_BIT(FLAG_SURNAME), 0) == 0);
    REQUIRE(dictionary_write(d, &image) == 0);
    for (size_t len = 0; len < image.len; len += 13) CHECK_INT(dictionary_load(bytes_make(image.ptr, len), 0, &loaded), -EBADMSG);
    image.ptr[0] ^= 1;
    CHECK_INT(dictionary_load(buf_bytes(&image), 0, &loaded), -EBADMSG);
}

TEST(dictionary, a_keyword_has_a_class_of_its_own_and_keeps_its_flags) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    uint32_t a = 0, b = 0, again = 0;
    REQUIRE(dictionary_new(100, &d) == 0);
    REQUIRE(dictionary_add(d, BYTES("chart"), FLAG_BIT(FLAG_COMMON), 0) == 0);
    REQUIRE(dictionary_add_class(d, BYTES("chart"), &a) == 0);
    REQUIRE(dictionary_add_class(d, BYTES("mrn"), &b) == 0);
    REQUIRE(dictionary_add_class(d, BYTES("Chart"), &again) == 0);
    CHECK(a != b);
    CHECK_INT(a, again);
    CHECK_INT(d->classes[a], FLAG_BIT(FLAG_COMMON));
    REQUIRE(dictionary_add_class(d, BYTES("chart number"), &again) == 0);
    CHECK_INT(d->classes[a], FLAG_BIT(FLAG_COMMON) | FLAG_BIT(FLAG_PREFIX));
    CHECK_INT(d->classes[b], 0);
}

TEST(dictionary, a_full_table_is_an_error_and_no_loop) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    int r = 0;
    REQUIRE(dictionary_new(1, &d) == 0);
    for (unsigned i = 0; i < 4000 && r == 0; i++) {
        char word[8] = { (char) ('a' + i % 26), (char) ('a' + i / 26 % 26), (char) ('a' + i / 676) };
        r = dictionary_add(d, bytes_from_string(word), FLAG_BIT(FLAG_CITY), 0);
    }
    CHECK_INT(r, -E2BIG);
    CHECK_INT(find(d, BYTES("absent")), 0);
}

#define LIST_HEAD "# names\nsource: here\nlicence: public domain\nflags: surname\n\n"

TEST(dictionary, list_files_are_read_with_weights_and_phrases) {
    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    struct problem p = { 0 };
    REQUIRE(dictionary_new(100, &d) == 0);
    REQUIRE(dictionary_add_list(d, BYTES(LIST_HEAD "smith\t31\nvan der Berg\nO'Neil\t3\nMu\xC3\xB1oz\n"), "t.list", &p) == 0);
    CHECK_INT(dictionary_weight_surname(find(d, BYTES("Smith"))), 31);
    CHECK(dictionary_flags(d, find(d, BYTES("van der berg"))) & FLAG_BIT(FLAG_SURNAME));
    CHECK(dictionary_flags(d, find(d, BYTES("van"))) & FLAG_BIT(FLAG_PREFIX));
    CHECK_INT(dictionary_weight_surname(find(d, BYTES("o neil"))), 3);
    CHECK(find(d, BYTES("munoz")) != 0);
}

TEST(dictionary, a_wrong_list_is_refused_with_its_line) {
    static const struct {
        const char *text, *says;
    } cases[] = {
        { "source: x\nflags: surname\n\nsmith\n", "t.list:3: a list needs source:, licence: and flags:" },
        { "source: x\nlicence: y\nflags: surnames\n\nsmith\n", "t.list:3: not a header line" },
        { LIST_HEAD "smith\t99\n", "t.list:6: not a header line, flag, weight or entry" },
        { LIST_HEAD "---\n", "t.list:6:" },
        { "source: x\n", "t.list: no entries" },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        _cleanup_(dictionary_freep) struct dictionary *d = NULL;
        struct problem p = { 0 };
        REQUIRE(dictionary_new(100, &d) == 0);
        CHECK(dictionary_add_list(d, bytes_from_string(cases[i].text), "t.list", &p) < 0);
        if (!strstr(p.text, cases[i].says)) harness_fail(__FILE__, __LINE__, "case %zu says: %s", i, p.text);
    }
}
