/* Any bytes as a journal entry: refused, or read with every field inside the bytes; what is read is one line of printable ASCII. */
#include "audit/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct entry e;
    if (entry_read(bytes_make(data, len), &e) < 0) return 0;
    must(len <= ENTRY_LEN_MAX && (unsigned) e.type < EVENT_COUNT);
    for (size_t i = 0; i < len; i++) must(data[i] >= 0x20 && data[i] <= 0x7e && data[i] != '\\');
    for (unsigned i = 0; i < ENTRY_FIELD_COUNT; i++) {
        struct bytes text = entry_text(&e, (enum entry_field) i);
        if (text.len == 0) continue;
        must(text.ptr >= data && text.ptr + text.len <= data + len);
        must(entry_number(&e, (enum entry_field) i) <= UINT64_MAX);
    }
    return 0;
}
