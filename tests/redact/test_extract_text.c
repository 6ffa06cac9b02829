#include "redact/extract.h"

#include <errno.h>

#include "tests/redact/bare_engine.h"

static int decode(struct bare_engine *b, struct bytes content, struct extraction *x) {
    scratch_begin(b->scratch);
    return extract_decode(b->scratch, content, x);
}

TEST(extract_text, every_encoding_decodes_to_utf8_with_a_way_back) {
    static const struct {
        struct bytes content, text;
        enum encoding encoding;
    } cases[] = {
        { BYTES("plain"), BYTES("plain"), ENCODING_UTF8 },
        { BYTES("\xEF\xBB\xBFJos\xC3\xA9"), BYTES("\xEF\xBB\xBFJos\xC3\xA9"), ENCODING_UTF8 },
        { BYTES("caf\xE9 \x80 ok"), BYTES("caf\xC3\xA9 \xE2\x82\xAC ok"), ENCODING_MIXED },
        { BYTES("\xFF\xFEJ\0\xE9\0"), BYTES("\xEF\xBB\xBFJ\xC3\xA9"), ENCODING_UTF16LE },
        { BYTES("\xFE\xFF\0J\0\xE9"), BYTES("\xEF\xBB\xBFJ\xC3\xA9"), ENCODING_UTF16BE },
        { BYTES("\xFF\xFE\x3D\xD8\x00\xDE"), BYTES("\xEF\xBB\xBF\xF0\x9F\x98\x80"), ENCODING_UTF16LE },
        { BYTES("\xFF\xFE\x3D\xD8J\0"), BYTES("\xEF\xBB\xBF\xEF\xBF\xBDJ"), ENCODING_UTF16LE },
        { BYTES("M\0R\0N\0 \0" "1\0" "2\0"), BYTES("MRN 12"), ENCODING_UTF16LE },
    };
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", NULL, 0);
    for (size_t i = 0; i < array_count(cases); i++) {
        struct extraction x;
        REQUIRE(decode(&b, cases[i].content, &x) == 0);
        CHECK_BYTES(x.text, cases[i].text);
        CHECK_INT(x.encoding, cases[i].encoding);
        CHECK_INT(map_position(&x.map, x.text.len), cases[i].content.len);
    }
}

TEST(extract_text, what_is_no_text_is_refused) {
    static const struct bytes cases[] = { BYTES("a\0b"), BYTES("\x01\x02\x03\x04\x05\x06"), BYTES("\x7F" "ELF\0\0\0") };
    _cleanup_(bare_engine_release) struct bare_engine b;
    bare_engine_init(&b, "", NULL, 0);
    for (size_t i = 0; i < array_count(cases); i++) {
        struct extraction x;
        CHECK_INT(decode(&b, cases[i], &x), -ENOTSUP);
        CHECK_INT(b.scratch->why, REFUSAL_FORMAT);
    }
    CHECK(extract_is_text(BYTES("tab\tline\r\nform\f escape \x1B[0m")));
}

TEST(extract_text, a_replacement_is_written_in_the_documents_encoding) {
    static const struct {
        enum encoding encoding;
        struct bytes expected;
    } cases[] = {
        { ENCODING_UTF8, BYTES("[A]\xC3\xA9") }, { ENCODING_UTF16LE, BYTES("[\0A\0]\0\xE9\0") }, { ENCODING_UTF16BE, BYTES("\0[\0A\0]\0\xE9") },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        _cleanup_(buf_release) struct buf out;
        struct extraction x = { .encoding = cases[i].encoding };
        buf_init(&out, 100);
        CHECK_INT(extract_put(&x, BYTES("[A]\xC3\xA9"), &out), 0);
        CHECK_BYTES(buf_bytes(&out), cases[i].expected);
    }
}
