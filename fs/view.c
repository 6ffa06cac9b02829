#include "fs/view.h"

#include <errno.h>
#include <openssl/evp.h>

#include "conf/base/size.h"

int view_new_take(struct buf *content, const uint32_t counts[ENTITY_COUNT], const char *format, struct view **out_view) {
    if (buf_error(content) < 0) return buf_error(content);
    struct view *v = calloc(1, sizeof(*v));
    if (!v) return -ENOMEM;
    if (EVP_Digest(content->ptr ? (const void *) content->ptr : "", content->len, v->digest, NULL, EVP_sha256(), NULL) != 1) {
        free(v);
        return -EIO;
    }
    v->refs = 1;
    v->format = format;
    memcpy(v->counts, counts, sizeof(v->counts));
    v->owner = *content;
    v->content = buf_bytes(content);
    buf_init(content, content->len_max);
    *out_view = v;
    return 0;
}

struct view *view_ref(struct view *v) {
    __atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
    return v;
}

void view_unref(struct view *v) {
    if (!v || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) > 0) return;
    buf_release(&v->owner);
    free(v);
}

bool view_is_of_month(const struct view *v, uint32_t month) {
    return v->about.month == 0 || v->about.month == month;
}

struct bytes view_read(const struct view *v, uint64_t offset, size_t len) {
    if (offset >= v->content.len) return bytes_make(NULL, 0);
    size_t left = v->content.len - (size_t) offset;
    return bytes_make(v->content.ptr + offset, size_min(left, len));
}
