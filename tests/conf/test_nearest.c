#include "conf/nearest.h"

#include "tests/harness.h"

static const char *const known[] = { "source", "state", "max_document", "redact_timeout", "roster", "require_roster" };

static const char *nearest(const char *word) {
    const char *near = nearest_word(word, known, array_count(known));
    return near ? near : "";
}

TEST(nearest, one_letter_wrong_missing_or_too_many_is_found) {
    CHECK_STRING(nearest("sourse"), "source");
    CHECK_STRING(nearest("stat"), "state");
    CHECK_STRING(nearest("rosterr"), "roster");
}

TEST(nearest, swapped_neighbours_count_once) {
    CHECK_STRING(nearest("soucre"), "source");
    CHECK_STRING(nearest("rosetr"), "roster");
}

TEST(nearest, case_and_dashes_cost_nothing) {
    CHECK_STRING(nearest("Max-Document"), "max_document");
}

TEST(nearest, the_nearer_of_two_wins) {
    CHECK_STRING(nearest("require_rooster"), "require_roster");
}

TEST(nearest, a_word_that_is_far_from_all_has_no_neighbour) {
    CHECK(nearest_word("password", known, array_count(known)) == NULL);
    CHECK(nearest_word("", known, array_count(known)) == NULL);
    CHECK(nearest_word("ab", known, array_count(known)) == NULL);
}

TEST(nearest, a_word_longer_than_any_is_not_compared) {
    char word[200];
    memset(word, 's', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    CHECK(nearest_word(word, known, array_count(known)) == NULL);
}
