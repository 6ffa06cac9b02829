/* inflater: gzip files (RFC 1952), also several in a row, unpacked piece by piece through zlib. What one stream may become is bounded, so that a
 * small hostile file does not keep a search busy for ever.
 * Threads: one owner. Ownership: inflater_free(). */
#pragma once

#include "conf/base/bytes.h"

#define INFLATER_LEN_MAX ((uint64_t) 64 << 30)

struct inflater;
_must_use_ int inflater_new(struct inflater **out_inflater);
void inflater_free(struct inflater *f);
void inflater_reset(struct inflater *f);
/* By its first bytes. */
bool inflater_is_packed(struct bytes head);
/* take gets the unpacked pieces; its non-zero result ends the call and is returned. -EBADMSG: damaged; -EFBIG past INFLATER_LEN_MAX. */
_must_use_ int inflater_feed(struct inflater *f, struct bytes packed, int (*take)(void *context, struct bytes data), void *context);
/* The last member has come to its end. */
bool inflater_is_whole(const struct inflater *f);
