#include "tools/gold.h"

#include <errno.h>
#include <stdio.h>

#include "conf/base/io.h"
#include "tests/harness.h"

static const char *written(const char *text) {
    static char path[4096];
    ignore(snprintf(path, sizeof(path), "%s/set.jsonl", harness_temp_dir())); /* fits */
    FILE *f = fopen(path, "w");
    REQUIRE(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

TEST(gold, a_document_is_read_with_all_its_labels) {
    struct gold_set set = { 0 };
    struct problem p = { "" };
    int r = gold_read(written("{\"id\":\"a\",\"text\":\"J\\u00f6rg 5/5\",\"spans\":[{\"start\":0,\"end\":5,\"type\":\"NAME\",\"text\":\"J\"}],"
                              "\"optional\":[],\"protect\":[{\"start\":6,\"end\":9,\"kind\":\"strength\"}]}\n\n"
                              "{\"id\":\"b\",\"text\":\"x\",\"spans\":[],\"optional\":[{\"start\":0,\"end\":1,\"type\":\"AGE\"}]}\n"),
                      &set, &p);
    CHECK_STRING(p.text, "");
    REQUIRE(r == 0 && set.count == 2);
    CHECK_STRING(set.items[0].id, "a");
    CHECK_INT(set.items[0].text_len, 9);
    CHECK_INT(set.items[0].spans.count, 1);
    CHECK_STRING(set.names[set.items[0].spans.items[0].name], "NAME");
    CHECK_STRING(set.names[set.items[0].protect.items[0].name], "strength");
    CHECK_INT(set.items[1].optional.count, 1);
    gold_set_release(&set);
}

static void check_refused(const char *text, const char *says, int line) {
    struct gold_set set = { 0 };
    struct problem p = { "" };
    int r = gold_read(written(text), &set, &p);
    if (r != -EBADMSG || !strstr(p.text, says)) harness_fail(__FILE__, line, "said \"%s\" (%d), expected \"%s\"", p.text, r, says);
    gold_set_release(&set);
}
#define REFUSED(text, says) check_refused(text, says, __LINE__)

TEST(gold, malformed_lines_are_refused_with_their_number) {
    REFUSED("{\"id\":\"a\",\"text\":\"x\",\"spans\":[]}\nnonsense\n", "set.jsonl:2: not JSON");
    REFUSED("[1]\n", "set.jsonl:1: not an object");
    REFUSED("{\"text\":\"x\"}\n", "no id");
    REFUSED("{\"id\":\"a\"}\n", "no text");
    REFUSED("{\"id\":\"a\",\"text\":\"x\",\"spans\":[{\"start\":0,\"end\":2,\"type\":\"N\"}]}\n", "outside the text");
    REFUSED("{\"id\":\"a\",\"text\":\"x\",\"spans\":[{\"start\":1,\"end\":0,\"type\":\"N\"}]}\n", "outside the text");
    REFUSED("{\"id\":\"a\",\"text\":\"x\",\"spans\":[{\"start\":-1,\"end\":0,\"type\":\"N\"}]}\n", "outside the text");
    REFUSED("{\"id\":\"a\",\"text\":\"x\",\"spans\":[{\"end\":0}]}\n", "needs start and end");
    REFUSED("{\"id\":\"a\",\"text\":\"x\",\"spans\":{\"start\":0}}\n", "are lists");
}

TEST(gold, a_missing_file_is_named) {
    struct gold_set set = { 0 };
    struct problem p = { "" };
    CHECK_INT(gold_read("/nonexistent/set.jsonl", &set, &p), -ENOENT);
    CHECK(strstr(p.text, "/nonexistent/set.jsonl") != NULL);
    gold_set_release(&set);
}

TEST(gold, predictions_need_no_text_and_are_found_by_id) {
    struct gold_set set = { 0 };
    struct problem p = { "" };
    REQUIRE(gold_read_predictions(written("{\"id\":\"c\",\"spans\":[]}\n{\"id\":\"a\",\"spans\":[{\"start\":5,\"end\":9,\"type\":\"PERSON\"}]}\n"
                                          "{\"id\":\"b\",\"spans\":[]}\n"),
                                  &set, &p) == 0);
    REQUIRE(gold_find(&set, "a") != NULL);
    CHECK_INT(gold_find(&set, "a")->spans.count, 1);
    CHECK(gold_find(&set, "b") && gold_find(&set, "c"));
    CHECK(gold_find(&set, "d") == NULL);
    gold_set_release(&set);
}

TEST(gold, names_past_the_tables_end_share_its_last_place) {
    struct gold_set set = { 0 };
    char name[16];
    for (unsigned i = 0; i < GOLD_NAME_COUNT_MAX + 5; i++) {
        ignore(snprintf(name, sizeof(name), "N%u", i)); /* fits */
        CHECK(gold_name_intern(&set, name) < GOLD_NAME_COUNT_MAX);
    }
    CHECK_INT(gold_name_intern(&set, "N7"), 7);
}
