#include "tools/inflater.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

enum { INFLATER_OUT_LEN = 1 << 17, INFLATER_GZIP_WINDOW = 16 + MAX_WBITS };

struct inflater {
    z_stream stream;
    bool whole;
    uint64_t done;
    uint8_t out[INFLATER_OUT_LEN];
};

int inflater_new(struct inflater **out_inflater) {
    struct inflater *f = calloc(1, sizeof(*f));
    if (!f || inflateInit2(&f->stream, INFLATER_GZIP_WINDOW) != Z_OK) {
        free(f);
        return -ENOMEM;
    }
    *out_inflater = f;
    return 0;
}

void inflater_free(struct inflater *f) {
    if (!f) return;
    (void) inflateEnd(&f->stream);
    explicit_bzero(f->out, sizeof(f->out));
    free(f);
}

void inflater_reset(struct inflater *f) {
    (void) inflateReset(&f->stream); /* fails only on a stream that was never made */
    f->whole = false;
    f->done = 0;
}

bool inflater_is_packed(struct bytes head) {
    return bytes_starts_with(head, BYTES("\x1F\x8B\x08"));
}

bool inflater_is_whole(const struct inflater *f) {
    return f->whole;
}

int inflater_feed(struct inflater *f, struct bytes packed, int (*take)(void *context, struct bytes data), void *context) {
    union {
        const uint8_t *given;
        Bytef *wanted; /* zlib does not write to it */
    } in = { .given = packed.ptr };
    f->stream.next_in = in.wanted;
    f->stream.avail_in = (uInt) packed.len;
    while (f->stream.avail_in > 0 || f->stream.avail_out == 0) {
        if (f->whole && f->stream.avail_in > 0) {
            (void) inflateReset(&f->stream);
            f->whole = false;
        }
        f->stream.next_out = f->out;
        f->stream.avail_out = INFLATER_OUT_LEN;
        int z = inflate(&f->stream, Z_NO_FLUSH);
        size_t len = INFLATER_OUT_LEN - f->stream.avail_out;
        f->done += len;
        int r = len > 0 ? take(context, bytes_make(f->out, len)) : 0;
        if (r != 0) return r;
        if (z == Z_BUF_ERROR) break; /* it waits for more */
        if (z != Z_OK && z != Z_STREAM_END) return -EBADMSG;
        if (f->done > INFLATER_LEN_MAX) return -EFBIG;
        f->whole = z == Z_STREAM_END;
    }
    return 0;
}
