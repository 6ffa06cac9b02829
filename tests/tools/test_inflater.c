#include "tools/inflater.h"

#include <errno.h>
#include <zlib.h>

#include "conf/base/buf.h"
#include "tests/harness.h"

static int take(void *context, struct bytes data) {
    return buf_append(context, data);
}

static int refuse(void *context, struct bytes data) {
    (void) context;
    (void) data;
    return -ECANCELED;
}

static void pack(struct bytes data, struct buf *out) {
    z_stream z = { .avail_in = (uInt) data.len };
    union {
        const uint8_t *given;
        Bytef *wanted;
    } in = { .given = data.ptr };
    uint8_t packed[4096];
    z.next_in = in.wanted;
    z.next_out = packed;
    z.avail_out = sizeof(packed);
    REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END);
    REQUIRE(buf_append(out, bytes_make(packed, sizeof(packed) - z.avail_out)) == 0);
    (void) deflateEnd(&z);
}

static void open_all(struct inflater **f, struct buf *packed, struct buf *out) {
    REQUIRE(inflater_new(f) == 0);
    buf_init(packed, 1 << 20);
    buf_init(out, 64 << 20);
}

static void close_all(struct inflater *f, struct buf *packed, struct buf *out) {
    inflater_free(f);
    buf_release(packed);
    buf_release(out);
}

TEST(inflater, members_in_a_row_come_out_whole_however_they_are_cut) {
    struct inflater *f;
    struct buf packed, out;
    open_all(&f, &packed, &out);
    pack(BYTES("one, "), &packed);
    pack(BYTES(""), &packed);
    pack(BYTES("two"), &packed);
    CHECK(inflater_is_packed(buf_bytes(&packed)));
    for (size_t piece = 1; piece < packed.len; piece++) {
        inflater_reset(f);
        buf_reset(&out);
        for (size_t at = 0; at < packed.len; at += piece) {
            size_t n = packed.len - at < piece ? packed.len - at : piece;
            CHECK_INT(inflater_feed(f, bytes_make(packed.ptr + at, n), take, &out), 0);
        }
        CHECK_BYTES(buf_bytes(&out), BYTES("one, two"));
        CHECK(inflater_is_whole(f));
    }
    close_all(f, &packed, &out);
}

TEST(inflater, cut_and_damaged_streams_are_told_apart_from_whole_ones) {
    struct inflater *f;
    struct buf packed, out;
    open_all(&f, &packed, &out);
    pack(BYTES("a text that is long enough to be damaged in the middle of it, a text"), &packed);
    CHECK_INT(inflater_feed(f, bytes_make(packed.ptr, packed.len - 3), take, &out), 0);
    CHECK(!inflater_is_whole(f));
    inflater_reset(f);
    packed.ptr[packed.len / 2] ^= 0x55;
    CHECK_INT(inflater_feed(f, buf_bytes(&packed), take, &out), -EBADMSG);
    inflater_reset(f);
    CHECK_INT(inflater_feed(f, BYTES("no gzip at all"), take, &out), -EBADMSG);
    CHECK(!inflater_is_packed(BYTES("\x1F\x8B")));
    close_all(f, &packed, &out);
}

TEST(inflater, much_comes_out_in_pieces_and_a_refusal_ends_it) {
    struct inflater *f;
    struct buf packed, out;
    static uint8_t zeros[3 << 20];
    open_all(&f, &packed, &out);
    pack(bytes_make(zeros, sizeof(zeros)), &packed);
    CHECK_INT(inflater_feed(f, buf_bytes(&packed), take, &out), 0);
    CHECK_INT(out.len, sizeof(zeros));
    inflater_reset(f);
    CHECK_INT(inflater_feed(f, buf_bytes(&packed), refuse, NULL), -ECANCELED);
    close_all(f, &packed, &out);
}
