#include "redact/nickname.h"

#include <errno.h>

#include "redact/engine.h"
#include "redact/word.h"
#include "tests/harness.h"

static uint64_t hash(const char *word) {
    uint8_t shape;
    return word_hash((const uint8_t *) word, strlen(word), strlen(word), &shape);
}

static bool stands_for(const struct nicknames *n, const char *name, const char *form) {
    const uint64_t *forms;
    size_t count = nickname_find(n, hash(name), &forms);
    for (size_t i = 0; i < count; i++)
        if (forms[i] == hash(form)) return true;
    return false;
}

TEST(nickname, forms_are_found_in_both_directions) {
    _cleanup_(nicknames_freep) struct nicknames *n = NULL;
    REQUIRE(nicknames_new(BYTES("# comment\n\nzorin zo  zorry\nmira mi"), &n) == 0);
    CHECK(stands_for(n, "zorin", "zo") && stands_for(n, "zorin", "zorry") && stands_for(n, "Zo", "zorin") && stands_for(n, "mira", "mi"));
    CHECK(!stands_for(n, "zo", "zorry") && !stands_for(n, "zorin", "mi") && !stands_for(n, "nobody", "zo"));
    CHECK(!stands_for(NULL, "zorin", "zo"));
}

TEST(nickname, an_empty_list_is_refused) {
    struct nicknames *n = NULL;
    CHECK_INT(nicknames_new(BYTES("# nothing\n"), &n), -EBADMSG);
    CHECK_INT(nicknames_new(BYTES("  \n"), &n), -EBADMSG);
    CHECK(n == NULL);
}

TEST(nickname, the_shipped_list_knows_bob) {
    _cleanup_(nicknames_freep) struct nicknames *n = NULL;
    REQUIRE(nicknames_new(bytes_make(embedded_nicknames[0].begin, (size_t) (embedded_nicknames[0].end - embedded_nicknames[0].begin)), &n) == 0);
    CHECK(stands_for(n, "robert", "bob") && stands_for(n, "peggy", "margaret") && stands_for(n, "william", "bill"));
}
