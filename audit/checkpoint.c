#include "audit/checkpoint.h"

#include <errno.h>

#include "conf/base/text.h"

int checkpoint_format(const struct checkpoint *c, struct buf *out) {
    buf_append_printf(out, "%s\n%llu\n", c->origin, (unsigned long long) c->size);
    text_base64_encode(bytes_make(c->root.raw, MERKLE_HASH_LEN), out);
    return buf_append_byte(out, '\n');
}

static bool checkpoint_take_line(struct bytes *in, struct bytes *out) {
    const uint8_t *at = in->len > 0 ? memchr(in->ptr, '\n', in->len) : NULL;
    if (!at) return false;
    struct bytes newline;
    return bytes_take(in, (size_t) (at - in->ptr), out) && bytes_take(in, 1, &newline);
}

int checkpoint_parse(struct bytes text, struct checkpoint *out) {
    struct bytes origin, size, root;
    if (!checkpoint_take_line(&text, &origin) || !checkpoint_take_line(&text, &size) || !checkpoint_take_line(&text, &root)) return -EBADMSG;
    struct checkpoint c = { 0 };
    if (text.len > 0 || origin.len == 0 || origin.len > CHECKPOINT_ORIGIN_LEN_MAX || !text_parse_u64(size, &c.size)) return -EBADMSG;
    if (memchr(origin.ptr, '\0', origin.len)) return -EBADMSG;
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, 128);
    if (root.len != 44 || text_base64_decode(root, &raw) < 0 || raw.len != MERKLE_HASH_LEN) return -EBADMSG;
    memcpy(c.origin, origin.ptr, origin.len);
    memcpy(c.root.raw, raw.ptr, MERKLE_HASH_LEN);
    *out = c;
    return 0;
}
