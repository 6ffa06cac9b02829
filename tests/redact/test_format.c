#include "redact/format.h"

#include "tests/harness.h"

TEST(format, content_decides_and_the_name_only_chooses) {
    static const struct {
        struct bytes head;
        const char *path;
        enum format format;
    } cases[] = {
        { BYTES("a note"), "x.txt", FORMAT_TEXT }, { BYTES("a note"), "x.pdf", FORMAT_TEXT }, { BYTES("a,b\n1,2\n"), "x.csv", FORMAT_CSV },
        { BYTES("a,b\n1,2\n"), "X.CSV", FORMAT_CSV }, { BYTES("a,b\n1,2\n"), "x.txt", FORMAT_TEXT }, { BYTES("a\tb\n1\t2\n"), "x.tsv", FORMAT_CSV },
        { BYTES("no table\nat all\n"), "x.csv", FORMAT_TEXT }, { BYTES("%PDF-1.4\n"), "x.txt", FORMAT_UNKNOWN }, { BYTES("{\\rtf1 x}"), "x.txt", FORMAT_UNKNOWN },
        { BYTES("\xEF\xBB\xBF  <?xml version='1.0'?>"), "x.txt", FORMAT_UNKNOWN }, { BYTES("\x0BMSH|^~\\&|"), "x.txt", FORMAT_UNKNOWN },
        { BYTES("<!DOCTYPE html>"), "", FORMAT_UNKNOWN }, { BYTES("[ {\"a\":1}]"), "", FORMAT_UNKNOWN }, { BYTES("{}"), "", FORMAT_UNKNOWN },
        { BYTES("<ClinicalDocument xmlns"), "", FORMAT_UNKNOWN }, { BYTES("<!-- c --><a/>"), "", FORMAT_UNKNOWN },
        { BYTES("<5 mg"), "", FORMAT_TEXT }, { BYTES("[Dictated]"), "", FORMAT_TEXT }, { BYTES("{not json}"), "", FORMAT_TEXT }, { BYTES("a\0b"), "x.txt", FORMAT_UNKNOWN }, { BYTES(""), "x.txt", FORMAT_TEXT },
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        enum format f = format_of(cases[i].head, bytes_from_string(cases[i].path));
        if (f != cases[i].format) harness_fail(__FILE__, __LINE__, "case %zu is %d", i, (int) f);
    }
    CHECK_STRING(format_name(FORMAT_CSV), "csv");
    CHECK(format_name(FORMAT_UNKNOWN) == NULL);
}
