#include "fs/probe.h"

#include <errno.h>
#include "fs/beside.h"

enum { PROBE_LEN = 64 * 1024 };

bool probe_is_hidden(const struct policy *p, const struct catalog_record *record) {
    return record->state == CATALOG_REFUSED && record->refusal == REFUSAL_FORMAT && p->conf->unknown_format == UNKNOWN_FORMAT_HIDE;
}

int probe_file(struct guard *g, const struct policy *p, const char *path, const struct source_version *v, struct catalog_record *out) {
    const struct catalog_key key = beside_key(g, p, path, v);
    if (catalog_get(g->catalog, &key, out)) return 0;
    uint8_t *head = malloc(PROBE_LEN);
    if (!head) return -ENOMEM;
    size_t len = 0;
    int r = source_read_head(g->source, path, head, PROBE_LEN, &len);
    if (r == 0) {
        enum refusal refusal = redact_probe(p->engine, bytes_make(head, len), bytes_from_string(path));
        *out = (struct catalog_record) { .state = refusal == REFUSAL_NONE ? CATALOG_PROBED : CATALOG_REFUSED, .refusal = refusal };
        catalog_put(g->catalog, &key, out);
    } else if (r != -ENOENT) {
        *out = (struct catalog_record) { .state = CATALOG_PROBED }; /* there, but unreadable: GETATTR and OPEN will say why */
        r = 0;
    }
    explicit_bzero(head, len);
    free(head);
    return r;
}
