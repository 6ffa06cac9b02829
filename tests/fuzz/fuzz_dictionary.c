/* Any bytes as a packed dictionary, and as a list file: refused, or safe to look things up in. */
#include "redact/dictionary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    _cleanup_(dictionary_freep) struct dictionary *loaded = NULL, *listed = NULL;
    struct problem p = { 0 };
    if (dictionary_load(bytes_make(data, len), 10, &loaded) == 0) {
        for (uint64_t h = 1; h < 1000; h++) must(dictionary_class(dictionary_find(loaded, h * 0x9E3779B97F4A7C15u)) < loaded->class_count);
    }
    if (dictionary_new(100, &listed) < 0) return 0;
    if (dictionary_add_list(listed, bytes_make(data, len), "fuzz", &p) < 0) must(p.text[0] != '\0');
    return 0;
}
