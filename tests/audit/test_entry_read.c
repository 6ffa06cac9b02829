#include <errno.h>

#include "audit/entry.h"
#include "tests/harness.h"

#define GOOD "{\"boot\":\"6f1c2a9be07d\",\"h\":181,\"mono\":5,\"open\":12,\"out\":{\"bytes\":3,\"red\":{\"date\":1,\"mrn\":2}},\"res\":\"ok\",\"time\":\"2026-11-21T21:44:05.123456Z\",\"type\":\"close\",\"v\":1}"

static int read_text(struct bytes text) {
    struct entry e;
    return entry_read(text, &e);
}

TEST(entry_read, a_canonical_entry_is_taken_apart) {
    struct entry e;
    CHECK_INT(entry_read(BYTES(GOOD), &e), 0);
    CHECK_INT(e.type, EVENT_CLOSE);
    CHECK_INT(entry_number(&e, ENTRY_OPEN), 12);
    CHECK_INT(entry_number(&e, ENTRY_BYTES), 3);
    CHECK_BYTES(entry_text(&e, ENTRY_RED), BYTES("{\"date\":1,\"mrn\":2}"));
    CHECK(!entry_has(&e, ENTRY_READS));
    CHECK_BYTES(entry_text(&e, ENTRY_USER), BYTES(""));
}

TEST(entry_read, what_is_not_canonical_is_refused) {
    static const struct {
        const char *from, *to;
    } changes[] = {
        { "{\"boot\"", "{ \"boot\"" },         { "\"h\":181", "\"h\":0181" },            { "\"h\":181", "\"h\":-1" },           { "\"h\":181", "\"h\":1.0" },
        { "\"h\":181", "\"h\":1e3" },          { "\"h\":181", "\"h\":9007199254740992" }, { "\"h\":181", "\"h\":\"181\"" },      { "\"h\":181,", "\"h\":181,\"h\":181," },
        { "\"h\":181,\"mono\":5", "\"mono\":5,\"h\":181" }, { "\"h\":181", "\"i\":181" },  { "ok", "o\\u006b" },                  { "6f1c2a9be07d", "6F1C2A9BE07D" },
        { "6f1c2a9be07d", "6f1c2a9be0" },      { "05.123456Z", "05.12345Z" },             { "2026-11-21", "2026-02-30" },        { "\"v\":1", "\"v\":2" },
        { "\"date\":1,\"mrn\":2", "\"mrn\":2,\"date\":1" }, { "\"date\":1", "\"date\":0" }, { "\"date\":1", "\"data\":1" },        { "\"date\":1", "\"DATE\":1" },
        { "\"close\"", "\"shut\"" },           { "\"close\"", "\"open\"" },              { "\"v\":1}", "\"v\":1,}" },           { "\"v\":1}", "\"v\":1}}" },
        { "\"v\":1}", "\"v\":1} " },           { "\"v\":1}", "\"v\":1" },                { "\"open\":12,", "" },                { "\"mono\":5,", "" },
        { "{\"bytes\":3", "{\"bytes\":[3]" },  { "\"res\":\"ok\"", "\"res\":\"\"" },     { "\"res\":\"ok\"", "\"res\":\"o\xc3\xa9\"" }, { "\"out\":{\"bytes\":3", "\"out\":{\"deep\":{}" },
    };
    for (size_t i = 0; i < array_count(changes); i++) {
        char text[1000];
        const char *at = strstr(GOOD, changes[i].from);
        must(at != NULL);
        int len = snprintf(text, sizeof(text), "%.*s%s%s", (int) (at - GOOD), GOOD, changes[i].to, at + strlen(changes[i].from));
        must(len > 0 && (size_t) len < sizeof(text));
        if (read_text(bytes_from_string(text)) != -EBADMSG) harness_fail(__FILE__, __LINE__, "taken: %s", text);
    }
}

TEST(entry_read, every_cut_is_refused) {
    struct bytes good = BYTES(GOOD);
    for (size_t len = 0; len < good.len; len++) CHECK_INT(read_text(bytes_make(good.ptr, len)), -EBADMSG);
}

TEST(entry_read, an_entry_over_the_limit_is_refused) {
    static char text[ENTRY_LEN_MAX + 2];
    memset(text, ' ', sizeof(text));
    CHECK_INT(read_text(bytes_make(text, sizeof(text))), -EBADMSG);
}
