/* leak_text: a stretch of text as a search for known identifiers reads it: letters and digits alone, folded, each with its place in the text and
 * what stands around it. "SMITH,\n John", "smith_john" and "SmithJohn" are one row of letters. Bytes are read twice where they hold escapes: as
 * they stand, and decoded (JSON \u0020 and \n, also doubled; %20; &#32;; quoted-printable =20).
 * Threads: one owner; the folding table is filled by leak_text_init(). */
#pragma once

#include "conf/base/buf.h"

enum leak_mark {
    LEAK_START = 1,   /* a word begins here: behind a separator, at a new hump ("JohnSmith"), between letters and digits */
    LEAK_END = 2,     /* a word may end behind this letter */
    LEAK_ESCAPED = 4, /* it was escaped, or what stands before it was */
    LEAK_WIDE = 8,    /* it takes more than one byte of the raw text */
};
/* What stands before a letter; the rows of a value may be parted by no more than its kind allows. */
enum leak_gap {
    LEAK_GAP_NONE,
    LEAK_GAP_ONE,  /* one space, hyphen or slash */
    LEAK_GAP_FEW,  /* up to three of these and of . ( ) + */
    LEAK_GAP_TEXT, /* up to LEAK_GAP_LEN_MAX of anything */
    LEAK_GAP_FAR,
};
enum { LEAK_GAP_LEN_MAX = 8, LEAK_FOLD_COUNT = 0x3000 };

/* Mark in the low 4 bits, gap in the high. */
static inline enum leak_gap leak_gap_of(uint8_t mark) {
    return (enum leak_gap) (mark >> 4);
}

struct leak_text {
    size_t capacity;  /* bytes of raw text */
    size_t count;     /* rows below */
    uint8_t *letters; /* folded, UTF-8; eight readable bytes behind the last */
    uint8_t *marks;
    uint32_t *begins; /* where the character that a letter is part of begins in the raw text */
    uint32_t *starts; /* indices of letters marked LEAK_START, in order */
    size_t start_count;
    bool has_escapes; /* the raw reading met something that decoding would change */
    uint32_t fold[LEAK_FOLD_COUNT]; /* length in the low byte, then up to three bytes */
};

/* Room for capacity bytes of raw text. -ENOMEM. */
_must_use_ int leak_text_init(struct leak_text *t, size_t capacity);
/* Wipes. */
void leak_text_release(struct leak_text *t);
/* raw is at most capacity long. whole: the raw text ends here, so that its last word ends. */
void leak_text_read(struct leak_text *t, struct bytes raw, bool decode, bool whole);
/* Where the character ends that letter is part of; raw and decode as leak_text_read() had them. */
size_t leak_text_end(const struct leak_text *t, struct bytes raw, bool decode, size_t letter);
/* Appends the raw text with its escapes decoded. */
_must_use_ int leak_text_decode(struct bytes raw, struct buf *out);
