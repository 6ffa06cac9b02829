#include "redact/dictionary.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#include "conf/base/size.h"
#include "conf/base/text.h"
#include "redact/fold.h"

enum { DICTIONARY_HEADER_LEN = 64, DICTIONARY_LINE_LEN_MAX = 4096, DICTIONARY_ENTRIES_MAX = 1 << 24, DICTIONARY_PAGE_LEN = 2 << 20 };
static_assert(sizeof(struct dictionary_bucket) == 64, "a bucket is a cache line");
static const char dictionary_magic[8] = "DFDICT01";

static int dictionary_allocate(size_t bucket_count, struct dictionary **out) {
    _cleanup_(dictionary_freep) struct dictionary *d = calloc(1, sizeof(*d));
    if (!d) return -ENOMEM;
    /* Every look-up is a random one: huge pages spare it a walk through the page tables. */
    size_t len = (bucket_count * sizeof(*d->buckets) + DICTIONARY_PAGE_LEN - 1) & ~(size_t) (DICTIONARY_PAGE_LEN - 1);
    d->buckets = aligned_alloc(len >= DICTIONARY_PAGE_LEN ? DICTIONARY_PAGE_LEN : 64, len);
    d->classes = calloc(DICTIONARY_CLASSES_MAX + 1, sizeof(*d->classes));
    d->class_is_own = calloc(DICTIONARY_CLASSES_MAX + 1, 1);
    if (!d->buckets || !d->classes || !d->class_is_own) return -ENOMEM;
    ignore(madvise(d->buckets, len, MADV_HUGEPAGE)); /* advice only */
    memset(d->buckets, 0, bucket_count * sizeof(*d->buckets));
    d->bucket_count = (uint32_t) bucket_count;
    d->class_count = 1;
    *out = take_ptr(d);
    return 0;
}

int dictionary_new(size_t entry_count_max, struct dictionary **out_dictionary) {
    if (entry_count_max > DICTIONARY_ENTRIES_MAX) return -E2BIG;
    return dictionary_allocate(entry_count_max / 5 + 16, out_dictionary);
}

void dictionary_free(struct dictionary *d) {
    if (!d) return;
    free(d->buckets);
    free(d->classes);
    free(d->class_is_own);
    free(d);
}

size_t dictionary_len(const struct dictionary *d) {
    return (size_t) d->bucket_count * sizeof(*d->buckets) + d->class_count * sizeof(*d->classes);
}

int dictionary_write(const struct dictionary *d, struct buf *out) {
    uint32_t header[14] = { d->bucket_count, d->class_count };
    ignore(buf_append(out, bytes_make(dictionary_magic, sizeof(dictionary_magic))));
    ignore(buf_append(out, bytes_make(header, sizeof(header))));
    ignore(buf_append(out, bytes_make(d->buckets, (size_t) d->bucket_count * sizeof(*d->buckets))));
    ignore(buf_append(out, bytes_make(d->classes, d->class_count * sizeof(*d->classes))));
    return buf_error(out); /* sticky: one check tells of all four */
}

int dictionary_load(struct bytes image, size_t more_count, struct dictionary **out_dictionary) {
    struct bytes header, buckets, classes;
    uint32_t counts[2];
    if (!bytes_take(&image, DICTIONARY_HEADER_LEN, &header)) return -EBADMSG;
    if (memcmp(header.ptr, dictionary_magic, sizeof(dictionary_magic)) != 0) return -EBADMSG;
    memcpy(counts, header.ptr + sizeof(dictionary_magic), sizeof(counts));
    if (counts[0] == 0 || counts[1] == 0 || counts[1] > DICTIONARY_CLASSES_MAX) return -EBADMSG;
    if (!bytes_take(&image, (size_t) counts[0] * sizeof(struct dictionary_bucket), &buckets)) return -EBADMSG;
    if (!bytes_take(&image, (size_t) counts[1] * sizeof(uint64_t), &classes) || image.len != 0) return -EBADMSG;

    _cleanup_(dictionary_freep) struct dictionary *d = NULL;
    int r = dictionary_allocate(counts[0], &d);
    if (r < 0) return r;
    memcpy(d->buckets, buckets.ptr, buckets.len);
    memcpy(d->classes, classes.ptr, classes.len);
    d->class_count = counts[1];
    for (size_t b = 0; b < counts[0]; b++) {
        for (size_t i = 0; i < 8; i++) {
            if (dictionary_class(d->buckets[b].payload[i]) >= counts[1]) return -EBADMSG;
            d->entry_count += d->buckets[b].payload[i] != 0;
        }
    }
    if (d->entry_count + more_count > (size_t) counts[0] * 7) return -E2BIG;
    *out_dictionary = take_ptr(d);
    return 0;
}

static uint32_t *dictionary_at(const struct dictionary *d, uint64_t hash) {
    for (uint32_t at = dictionary_bucket_of(d, hash);; at = at + 1 == d->bucket_count ? 0 : at + 1) {
        struct dictionary_bucket *b = &d->buckets[at];
        int slot = dictionary_slot(b, (uint32_t) (hash >> 32));
        if (slot >= 0) return &b->payload[slot];
        if (b->payload[7] == 0) return NULL; /* filled in order: the last one is free, so nothing overflowed */
    }
}

uint32_t dictionary_find_on(const struct dictionary *d, uint64_t hash) {
    const uint32_t *payload = dictionary_at(d, hash);
    return payload ? *payload : 0;
}

static int dictionary_class_for(struct dictionary *d, uint64_t flags, uint32_t *out_class) {
    for (uint32_t c = d->class_count - 1; c > 0; c--) {
        if (d->classes[c] != flags || d->class_is_own[c]) continue;
        *out_class = c;
        return 0;
    }
    if (d->class_count > DICTIONARY_CLASSES_MAX) return -E2BIG;
    d->classes[d->class_count] = flags;
    *out_class = d->class_count++;
    return 0;
}

static int dictionary_insert(struct dictionary *d, uint64_t hash, uint32_t payload) {
    /* A table more than 7/8 full would make every miss walk; the image is packed for less. */
    if (d->entry_count >= (size_t) d->bucket_count * 7) return -E2BIG;
    for (uint32_t at = dictionary_bucket_of(d, hash);; at = at + 1 == d->bucket_count ? 0 : at + 1) {
        struct dictionary_bucket *b = &d->buckets[at];
        for (size_t i = 0; i < 8; i++) {
            if (b->payload[i] != 0) continue;
            b->fingerprint[i] = (uint32_t) (hash >> 32);
            b->payload[i] = payload;
            d->entry_count++;
            return 0;
        }
    }
}

static uint32_t dictionary_weights_max(uint32_t a, uint32_t b) {
    uint32_t out = 0;
    for (unsigned shift = 16; shift <= 26; shift += 5) {
        uint32_t x = a >> shift & 31, y = b >> shift & 31;
        out |= (x > y ? x : y) << shift;
    }
    return out;
}

static int dictionary_put(struct dictionary *d, uint64_t hash, uint64_t flags, uint32_t weights) {
    uint32_t *payload = dictionary_at(d, hash);
    uint32_t class = 0;
    if (payload && d->class_is_own[dictionary_class(*payload)]) {
        class = dictionary_class(*payload);
        d->classes[class] |= flags;
    } else {
        uint64_t all = flags | (payload ? dictionary_flags(d, *payload) : 0);
        int r = dictionary_class_for(d, all, &class);
        if (r < 0) return r;
    }
    uint32_t value = class | dictionary_weights_max(payload ? *payload : 0, weights);
    if (!payload) return dictionary_insert(d, hash, value);
    *payload = value;
    return 0;
}

int dictionary_split(struct bytes text, uint64_t *out_hashes, size_t max) {
    uint8_t folded[4 * DICTIONARY_LINE_LEN_MAX];
    size_t len = 0, count = 0;
    if (text.len > DICTIONARY_LINE_LEN_MAX) return -EINVAL;
    for (size_t at = 0; at < text.len;) {
        uint32_t scalar;
        size_t taken = text_utf8_decode(bytes_make(text.ptr + at, size_min(4, text.len - at)), &scalar);
        if (taken == 0) return -EINVAL;
        len += fold_scalar(scalar, folded + len);
        at += taken;
    }
    for (size_t i = 0; i < len;) {
        size_t begin = i;
        bool digits = text_is_digit(folded[i]);
        while (i < len && (digits ? text_is_digit(folded[i]) : text_is_alpha(folded[i]) || folded[i] >= 0x80)) i++;
        if (i == begin) {
            i++;
            continue;
        }
        uint8_t shape;
        if (count == max) return -EINVAL;
        out_hashes[count++] = word_hash(folded + begin, i - begin, len - begin, &shape);
    }
    return count > 0 ? (int) count : -EINVAL;
}

/* Marks all beginnings of the phrase and gives its own hash. */
static int dictionary_open(struct dictionary *d, struct bytes text, uint64_t *out_hash) {
    uint64_t words[DICTIONARY_PHRASE_WORDS_MAX];
    int count = dictionary_split(text, words, DICTIONARY_PHRASE_WORDS_MAX);
    if (count < 0) return count;
    uint64_t hash = words[0];
    for (int i = 1; i < count; i++) {
        int r = dictionary_put(d, hash, FLAG_BIT(FLAG_PREFIX), 0);
        if (r < 0) return r;
        hash = word_hash_join(hash, words[i]);
    }
    *out_hash = hash;
    return 0;
}

int dictionary_add(struct dictionary *d, struct bytes text, uint64_t flags, uint32_t weights) {
    uint64_t hash = 0;
    int r = dictionary_open(d, text, &hash);
    if (r < 0) return r;
    return dictionary_put(d, hash, flags, weights);
}

int dictionary_add_class(struct dictionary *d, struct bytes text, uint32_t *out_class) {
    uint64_t hash = 0;
    int r = dictionary_open(d, text, &hash);
    if (r < 0) return r;
    uint32_t *payload = dictionary_at(d, hash);
    if (payload && d->class_is_own[dictionary_class(*payload)]) {
        *out_class = dictionary_class(*payload);
        return 0;
    }
    if (d->class_count > DICTIONARY_CLASSES_MAX) return -E2BIG;
    uint32_t class = d->class_count;
    if (payload) {
        d->classes[class] = dictionary_flags(d, *payload);
        *payload = (*payload & ~UINT32_C(0xFFFF)) | class;
    } else {
        r = dictionary_insert(d, hash, class);
        if (r < 0) return r;
    }
    d->class_is_own[class] = 1;
    d->class_count++;
    *out_class = class;
    return 0;
}
