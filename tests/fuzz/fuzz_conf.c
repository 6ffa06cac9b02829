/* Any bytes as a configuration: what is accepted is within every bound that other parts rely on. */
#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    _cleanup_(conf_freep) struct conf *c = NULL;
    struct problem p;
    if (conf_parse(bytes_make(data, len), "fuzz", &c, &p) < 0) return 0;
    must(c->instance[0] != '\0' && !strchr(c->instance, '/'));
    must(c->source[0] == '/' && c->state[0] == '/' && c->journal[0] == '/' && c->checkpoint_copy[0] == '/');
    must((c->file_mode & ~(mode_t) 0444) == 0 && (c->dir_mode & ~(mode_t) 0555) == 0);
    must(c->document_len_max > 0 && c->document_len_max <= LIMIT_DOCUMENT_LEN);
    must(c->redact_timeout_s > 0 && c->epoch_s > 0 && c->workers <= 256);
    return 0;
}
