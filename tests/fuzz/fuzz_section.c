/* Any text under any headings: hidden stretches are ascending, disjoint and within the text. The first line is the list of headings. */
#include "redact/section.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct profile p;
    struct arena arena;
    struct section_spans spans;
    char headings[128] = "";
    const uint8_t *line = len > 0 ? memchr(data, '\n', len) : NULL;
    size_t list = line ? (size_t) (line - data) : 0;
    if (list == 0 || list >= sizeof(headings) || memchr(data, 0, list)) return 0;
    memcpy(headings, data, list);
    must(profile_find("safe-harbor", &p, NULL) == 0);
    if (profile_set(&p, len % 2 ? "sections_keep" : "sections_drop", headings, NULL) < 0) return 0;
    struct bytes text = bytes_make(line + 1, len - list - 1);
    arena_init(&arena, 64 << 20);
    if (section_find(&p, text, &arena, &spans) == 0) {
        size_t at = 0;
        for (size_t i = 0; i < spans.count; i++) {
            must(spans.items[i].begin >= at && spans.items[i].end > spans.items[i].begin && spans.items[i].end <= text.len);
            at = spans.items[i].end;
        }
    }
    arena_release(&arena);
    return 0;
}
