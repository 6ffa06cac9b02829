/* Any bytes as an INI file: refused or read, never crashed on; what is read holds the loader's promises. */
#include "conf/settings.h"

#include "conf/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    struct problem p;
    if (settings_parse(bytes_make(data, len), "fuzz", &s, &p) < 0) return 0;
    must(len <= LIMIT_CONF_FILE_LEN && (len == 0 || data[len - 1] == '\n'));
    for (size_t i = 0; i < s->count; i++) {
        const struct setting *item = &s->items[i];
        must(strlen(item->key) > 0 && strlen(item->key) <= SETTINGS_NAME_LEN_MAX);
        must(strlen(item->key) + strlen(item->value) < LIMIT_CONF_LINE_LEN);
        must(!strchr(item->value, '\n') && !strchr(item->value, '\r'));
    }
    return 0;
}
