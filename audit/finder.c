#include "audit/finder.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "conf/base/io.h"
#include "conf/base/text.h"

#define FINDER_MAGIC "DFSIDX1"
enum { FINDER_HEAD_LEN = 24, FINDER_SEGMENT_LEN = 16, FINDER_PAGE_ENTRY_LEN = 40, FINDER_SEGMENT_RECORDS = FINDER_BUNDLES_A_SEGMENT * FINDER_WIDTH };

/* What is indexed. Each may stand in a query; a subject token is a patient's, an encounter's or a file's. */
enum finder_field { FINDER_SUBJECT, FINDER_USER, FINDER_UID, FINDER_PROGRAM, FINDER_CONTAINER, FINDER_POLICY };

static uint64_t finder_key(enum finder_field field, struct bytes text) {
    static const uint8_t zero[crypto_shorthash_KEYBYTES];
    uint8_t in[1 + 256], out[crypto_shorthash_BYTES];
    size_t len = text.len < sizeof(in) - 1 ? text.len : sizeof(in) - 1;
    in[0] = (uint8_t) field;
    memcpy(in + 1, text.ptr, len);
    ignore(crypto_shorthash(out, in, 1 + len, zero)); /* cannot fail */
    return bytes_load_be64(out);
}

/* "p12_…" is of month 12; false for what is no token. */
static bool finder_month(struct bytes token, uint32_t *out) {
    uint64_t month = 0;
    const uint8_t *end = token.len > 2 ? memchr(token.ptr, '_', token.len) : NULL;
    if (!end || !text_parse_u64(bytes_make(token.ptr + 1, (size_t) (end - token.ptr) - 1), &month) || month > UINT32_MAX) return false;
    *out = (uint32_t) month;
    return true;
}

/* ---- making */

struct finder_item {
    uint64_t key;
    uint32_t bundle;
};

struct finder_segment {
    uint32_t first_page, pages, month_least, month_greatest;
};

struct finder_builder {
    int fd;
    struct merkle_hasher *hasher;
    struct finder_item *items; /* of the segment under way */
    size_t count, room;
    struct finder_segment segment;
    uint64_t segment_index;
    struct buf segments, pages;
    int error;
};

int finder_builder_new(int pages_fd, struct finder_builder **out_builder) {
    struct finder_builder *b = calloc(1, sizeof(*b));
    if (!b) return -ENOMEM;
    b->fd = pages_fd;
    b->segment.month_least = UINT32_MAX;
    buf_init(&b->segments, FINDER_DIRECTORY_LEN_MAX);
    buf_init(&b->pages, FINDER_DIRECTORY_LEN_MAX);
    int r = merkle_hasher_new(&b->hasher);
    if (r < 0) {
        finder_builder_free(b);
        return r;
    }
    *out_builder = b;
    return 0;
}

void finder_builder_free(struct finder_builder *b) {
    if (!b) return;
    merkle_hasher_free(b->hasher);
    free(b->items);
    buf_release(&b->segments);
    buf_release(&b->pages);
    free(b);
}

static void finder_put(struct finder_builder *b, enum finder_field field, struct bytes text, uint32_t bundle) {
    if (text.len == 0 || b->error < 0) return;
    if (b->count == b->room) {
        size_t room = b->room ? b->room * 2 : 1 << 16;
        struct finder_item *items = realloc(b->items, room * sizeof(*items));
        if (!items) b->error = -ENOMEM;
        if (!items) return;
        b->items = items;
        b->room = room;
    }
    b->items[b->count++] = (struct finder_item) { finder_key(field, text), bundle };
}

static void finder_put_subject(struct finder_builder *b, struct bytes token, uint32_t bundle) {
    uint32_t month = 0;
    if (token.len == 0) return;
    /* What names no month belongs to all of them. */
    bool known = finder_month(token, &month);
    if (!known || month < b->segment.month_least) b->segment.month_least = known ? month : 0;
    if (!known || month > b->segment.month_greatest) b->segment.month_greatest = known ? month : UINT32_MAX;
    finder_put(b, FINDER_SUBJECT, token, bundle);
}

/* inf.enc is ["e1_…",…], as entry_read() has checked. */
static void finder_put_encounters(struct finder_builder *b, struct bytes list, uint32_t bundle) {
    for (size_t at = 2; at < list.len;) {
        const uint8_t *end = memchr(list.ptr + at, '"', list.len - at);
        if (!end) return;
        size_t len = (size_t) (end - list.ptr) - at;
        finder_put_subject(b, bytes_make(list.ptr + at, len), bundle);
        at += len + 3;
    }
}

static int finder_compare(const void *a, const void *b) {
    const struct finder_item *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->bundle > y->bundle) - (x->bundle < y->bundle);
}

static void finder_write_page(struct finder_builder *b, const uint8_t page[FINDER_PAGE_LEN]) {
    struct merkle_hash sum;
    const struct bytes part = bytes_make(page, FINDER_PAGE_LEN);
    merkle_sha256(b->hasher, &part, 1, &sum);
    (void) buf_append_be64(&b->pages, bytes_load_be64(page));
    (void) buf_append(&b->pages, bytes_make(sum.raw, sizeof(sum.raw)));
    if (b->error == 0) b->error = io_write_full(b->fd, part);
    b->segment.pages++;
}

static void finder_end_segment(struct finder_builder *b) {
    uint8_t page[FINDER_PAGE_LEN] = { 0 };
    size_t in_page = 0;
    if (b->error < 0) return;
    if (b->count > 0) qsort(b->items, b->count, sizeof(*b->items), finder_compare);
    for (size_t i = 0; i < b->count; i++) {
        if (i > 0 && finder_compare(&b->items[i - 1], &b->items[i]) == 0) continue;
        uint8_t *item = page + in_page++ * FINDER_ITEM_LEN;
        bytes_store_be64(item, b->items[i].key);
        item[8] = (uint8_t) b->items[i].bundle;
        if (in_page < FINDER_ITEMS_A_PAGE) continue;
        finder_write_page(b, page);
        memset(page, 0, sizeof(page));
        in_page = 0;
    }
    if (in_page > 0) {
        /* What is left over repeats the last item, so that the page stays sorted. */
        for (size_t i = in_page; i < FINDER_ITEMS_A_PAGE; i++) memcpy(page + i * FINDER_ITEM_LEN, page + (in_page - 1) * FINDER_ITEM_LEN, FINDER_ITEM_LEN);
        finder_write_page(b, page);
    }
    const uint32_t numbers[] = { b->segment.first_page, b->segment.pages, b->segment.month_least, b->segment.month_greatest };
    for (size_t i = 0; i < array_count(numbers); i++) (void) buf_append_be32(&b->segments, numbers[i]);
    b->segment = (struct finder_segment) { .first_page = b->segment.first_page + b->segment.pages, .month_least = UINT32_MAX };
    b->segment_index++;
    b->count = 0;
}

void finder_build_add(struct finder_builder *b, uint64_t index, const struct entry *e) {
    while (b->error == 0 && index / FINDER_SEGMENT_RECORDS > b->segment_index) finder_end_segment(b);
    uint32_t bundle = (uint32_t) (index % FINDER_SEGMENT_RECORDS / FINDER_WIDTH);
    finder_put_subject(b, entry_text(e, ENTRY_SUBJECT), bundle);
    finder_put_subject(b, entry_text(e, ENTRY_ENCOUNTER), bundle);
    finder_put_subject(b, entry_text(e, ENTRY_FILE), bundle);
    finder_put_encounters(b, entry_text(e, ENTRY_ENCOUNTERS), bundle);
    finder_put(b, FINDER_USER, entry_text(e, ENTRY_USER), bundle);
    finder_put(b, FINDER_USER, entry_text(e, ENTRY_BOUND), bundle);
    finder_put(b, FINDER_UID, entry_text(e, ENTRY_UID), bundle);
    finder_put(b, FINDER_PROGRAM, entry_text(e, ENTRY_EXE), bundle);
    finder_put(b, FINDER_CONTAINER, entry_text(e, ENTRY_CGROUP), bundle);
    finder_put(b, FINDER_POLICY, entry_text(e, ENTRY_POLICY), bundle);
}

int finder_build_end(struct finder_builder *b, uint64_t size, struct buf *out_directory) {
    while (b->error == 0 && b->segment_index * FINDER_SEGMENT_RECORDS < size) finder_end_segment(b);
    if (b->error < 0) return b->error;
    (void) buf_append(out_directory, bytes_make(FINDER_MAGIC, sizeof(FINDER_MAGIC)));
    (void) buf_append_be64(out_directory, size);
    (void) buf_append_be32(out_directory, (uint32_t) (b->segments.len / FINDER_SEGMENT_LEN));
    (void) buf_append_be32(out_directory, (uint32_t) (b->pages.len / FINDER_PAGE_ENTRY_LEN));
    (void) buf_append(out_directory, buf_bytes(&b->segments));
    (void) buf_append(out_directory, buf_bytes(&b->pages));
    if (buf_error(&b->segments) < 0 || buf_error(&b->pages) < 0) return -E2BIG;
    return buf_error(out_directory);
}

/* ---- reading */

struct finder {
    int fd; /* of the pages */
    struct buf directory;
    uint64_t size;
    uint32_t segment_count, page_count;
    const uint8_t *segments, *pages;
    struct merkle_hasher *hasher;
};

void finder_free(struct finder *f) {
    if (!f) return;
    close_fd(&f->fd);
    buf_release(&f->directory);
    merkle_hasher_free(f->hasher);
    free(f);
}

uint64_t finder_size(const struct finder *f) {
    return f->size;
}

void finder_digest(const struct finder *f, struct merkle_hash *out) {
    const struct bytes all = buf_bytes(&f->directory);
    merkle_sha256(f->hasher, &all, 1, out);
}

static struct finder_segment finder_segment_at(const struct finder *f, uint64_t i) {
    const uint8_t *at = f->segments + i * FINDER_SEGMENT_LEN;
    return (struct finder_segment) { bytes_load_be32(at), bytes_load_be32(at + 4), bytes_load_be32(at + 8), bytes_load_be32(at + 12) };
}

static bool finder_parse(struct finder *f) {
    struct bytes rest = buf_bytes(&f->directory), head, segments, pages;
    if (!bytes_take(&rest, FINDER_HEAD_LEN, &head) || memcmp(head.ptr, FINDER_MAGIC, sizeof(FINDER_MAGIC)) != 0) return false;
    f->size = bytes_load_be64(head.ptr + 8);
    f->segment_count = bytes_load_be32(head.ptr + 16);
    f->page_count = bytes_load_be32(head.ptr + 20);
    if (!bytes_take(&rest, (size_t) f->segment_count * FINDER_SEGMENT_LEN, &segments) || !bytes_take(&rest, (size_t) f->page_count * FINDER_PAGE_ENTRY_LEN, &pages)) return false;
    if (rest.len != 0 || f->size > (uint64_t) f->segment_count * FINDER_SEGMENT_RECORDS) return false;
    f->segments = segments.ptr;
    f->pages = pages.ptr;
    uint64_t next = 0;
    for (uint32_t i = 0; i < f->segment_count; i++) {
        struct finder_segment s = finder_segment_at(f, i);
        if (s.first_page != next) return false;
        next += s.pages;
    }
    return next == f->page_count;
}

int finder_open(const char *dir, struct finder **out_finder, struct problem *p) {
    _cleanup_(close_fd) int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) return problem_set(p, -errno, "there is no index in %s", dir);
    struct finder *f = calloc(1, sizeof(*f));
    if (!f) return problem_set(p, -ENOMEM, "out of memory");
    buf_init(&f->directory, FINDER_DIRECTORY_LEN_MAX);
    f->fd = openat(dir_fd, "pages", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int r = f->fd < 0 ? -errno : io_read_file_at(dir_fd, "directory", &f->directory);
    if (r == 0) r = merkle_hasher_new(&f->hasher);
    if (r == 0 && !finder_parse(f)) r = -EBADMSG;
    if (r == 0) {
        *out_finder = f;
        return 0;
    }
    finder_free(f);
    return problem_set(p, r, r == -ENOENT ? "there is no index in %s" : "the index in %s is not whole", dir);
}

static uint64_t finder_first_key(const struct finder *f, uint32_t page) {
    return bytes_load_be64(f->pages + (size_t) page * FINDER_PAGE_ENTRY_LEN);
}

static int finder_read_page(struct finder *f, uint32_t page, uint8_t out[FINDER_PAGE_LEN]) {
    struct merkle_hash sum;
    const struct bytes part = bytes_make(out, FINDER_PAGE_LEN);
    int r = io_pread_full(f->fd, out, FINDER_PAGE_LEN, (uint64_t) page * FINDER_PAGE_LEN);
    if (r < 0) return r == -ENODATA ? -EBADMSG : r;
    merkle_sha256(f->hasher, &part, 1, &sum);
    return memcmp(sum.raw, f->pages + (size_t) page * FINDER_PAGE_ENTRY_LEN + 8, sizeof(sum.raw)) == 0 ? 0 : -EBADMSG;
}

/* The first page of the segment that can hold the key: the one before the first that begins at or behind it. */
static uint32_t finder_first_page(const struct finder *f, const struct finder_segment *s, uint64_t key) {
    uint32_t low = 0, high = s->pages; /* pages below low begin before the key */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (finder_first_key(f, s->first_page + middle) < key) low = middle + 1;
        else high = middle;
    }
    return s->first_page + (low > 0 ? low - 1 : 0);
}

static void finder_mark_page(const uint8_t page[FINDER_PAGE_LEN], uint64_t key, uint64_t first_bundle, uint8_t *bits, size_t bits_len) {
    for (size_t i = 0; i < FINDER_ITEMS_A_PAGE; i++) {
        const uint8_t *item = page + i * FINDER_ITEM_LEN;
        uint64_t bundle = first_bundle + item[8];
        if (bytes_load_be64(item) == key && bundle / 8 < bits_len) bits[bundle / 8] |= (uint8_t) (1u << bundle % 8);
    }
}

static int finder_mark_key(struct finder *f, uint64_t segment, uint64_t key, uint8_t *bits, size_t bits_len) {
    uint8_t page[FINDER_PAGE_LEN];
    struct finder_segment s = finder_segment_at(f, segment);
    if (s.pages == 0) return 0;
    for (uint32_t at = finder_first_page(f, &s, key); at < s.first_page + s.pages && finder_first_key(f, at) <= key; at++) {
        int r = finder_read_page(f, at, page);
        if (r < 0) return r;
        finder_mark_page(page, key, segment * FINDER_BUNDLES_A_SEGMENT, bits, bits_len);
    }
    return 0;
}

/* What one condition asks for; the others are asked of the records. */
static bool finder_condition(const struct query *q, enum finder_field *out_field, const char **out_text) {
    const struct {
        enum finder_field field;
        const char *text;
    } conditions[] = { { FINDER_SUBJECT, q->file }, { FINDER_CONTAINER, q->container }, { FINDER_USER, q->user }, { FINDER_UID, q->uid }, { FINDER_PROGRAM, q->exe },
                       { FINDER_POLICY, q->policy && strlen(q->policy) == 64 ? q->policy : NULL } };
    for (size_t i = 0; i < array_count(conditions); i++) {
        if (!conditions[i].text) continue;
        *out_field = conditions[i].field;
        *out_text = conditions[i].text;
        return true;
    }
    return false;
}

bool finder_can_answer(const struct query *q) {
    enum finder_field field;
    const char *text;
    return q->subject_count > 0 || finder_condition(q, &field, &text);
}

static int finder_mark_subjects(struct finder *f, const struct query *q, uint64_t segment, uint8_t *bits, size_t bits_len) {
    struct finder_segment s = finder_segment_at(f, segment);
    for (size_t i = 0; i < q->subject_count; i++) {
        struct bytes token = bytes_from_string(q->subjects[i]);
        uint32_t month;
        if (finder_month(token, &month) && (month < s.month_least || month > s.month_greatest)) continue;
        int r = finder_mark_key(f, segment, finder_key(FINDER_SUBJECT, token), bits, bits_len);
        if (r < 0) return r;
    }
    return 0;
}

int finder_mark(struct finder *f, const struct query *q, uint8_t *bits, size_t bits_len) {
    enum finder_field field = FINDER_SUBJECT;
    const char *text = NULL;
    if (q->subject_count == 0 && !finder_condition(q, &field, &text)) return -EINVAL;
    for (uint64_t segment = 0; segment < f->segment_count; segment++) {
        int r = q->subject_count > 0 ? finder_mark_subjects(f, q, segment, bits, bits_len)
                                     : finder_mark_key(f, segment, finder_key(field, bytes_from_string(text)), bits, bits_len);
        if (r < 0) return r;
    }
    return 0;
}
