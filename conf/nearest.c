#include "conf/nearest.h"

#include <string.h>

#include "conf/base/size.h"
#include "conf/base/text.h"

static uint8_t nearest_fold(char c) {
    return c == '-' ? '_' : text_to_lower((uint8_t) c);
}

static size_t nearest_least(size_t a, size_t b, size_t c) {
    return size_min(a, size_min(b, c));
}

/* Rows of the distance table are kept three at a time: a swap of neighbours looks two rows back. */
static size_t nearest_distance(const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t rows[3][NEAREST_WORD_LEN_MAX + 1];
    for (size_t j = 0; j <= b_len; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool same = nearest_fold(a[i - 1]) == nearest_fold(b[j - 1]);
            now[j] = nearest_least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
            bool swapped = i > 1 && j > 1 && nearest_fold(a[i - 1]) == nearest_fold(b[j - 2]) &&
                           nearest_fold(a[i - 2]) == nearest_fold(b[j - 1]);
            if (swapped) now[j] = size_min(now[j], before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *nearest_word(const char *word, const char *const *known, size_t count) {
    size_t word_len = strlen(word);
    if (word_len == 0 || word_len > NEAREST_WORD_LEN_MAX) return NULL;
    size_t best_distance = size_min(NEAREST_DISTANCE_MAX, size_max(1, word_len / 3)) + 1;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(known[i]);
        if (len > NEAREST_WORD_LEN_MAX) continue;
        size_t distance = nearest_distance(word, word_len, known[i], len);
        if (distance >= best_distance) continue;
        best_distance = distance;
        best = known[i];
    }
    return best;
}
