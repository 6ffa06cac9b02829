/* train: fits the tagger's model to labelled documents and writes its image. A linear-chain conditional random field, stochastic gradient with AdaGrad,
 * one thread, the same bytes from the same input. Features are those of redact/feature.c, so that what is learnt is what will be seen.
 * Words that are part of a name lose their identity and their lists at random: context, shape and affixes must carry.
 *
 * usage: train --lists DIR --out MODEL [--rows BITS] [--epochs N] [--bias MILLINATS] FILE.jsonl[:ONE_IN] … */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <openssl/evp.h>
#include <sysexits.h>

#include "conf/base/io.h"
#include "conf/base/size.h"
#include "tools/dev/sample.h"

enum {
    LANES = TAGGER_LANES,
    FEATURES = 3 * FEATURE_WORD_COUNT + 2 * FEATURE_FAR_COUNT + FEATURE_CONTEXT_COUNT,
    SEQUENCE_MAX = 400,
    COUNT_BITS = 24,
    COUNT_MIN = 3
};
enum { UNITS = 32 }; /* of a row in one nat: weights reach ±4 nats */
static const uint32_t none = UINT32_MAX;

/* Vectors are passed only within this file. */
#pragma GCC diagnostic ignored "-Wpsabi"
typedef float lanes __attribute__((vector_size(4 * LANES)));

struct train {
    uint32_t row_bits;
    lanes *weights, *squares;
    float transitions[LANES][LANES], transition_squares[LANES][LANES];
    uint8_t *counts;
    uint64_t random;
    double loss;
    size_t words;
    float rate;
    /* One sequence. */
    struct feature_sketch near[SEQUENCE_MAX + 2 * FEATURE_REACH];
    uint32_t rows[SEQUENCE_MAX][FEATURES];
    lanes potential[SEQUENCE_MAX], alpha[SEQUENCE_MAX], beta[SEQUENCE_MAX];
};

/* xorshift64*: repeatable everywhere. */
static uint32_t train_random(struct train *t) {
    t->random ^= t->random >> 12;
    t->random ^= t->random << 25;
    t->random ^= t->random >> 27;
    return (uint32_t) ((t->random * 0x2545F4914F6CDD1Du) >> 32);
}

static bool train_chance(struct train *t, unsigned per_cent) {
    return train_random(t) % 100 < per_cent;
}

/* What a word is allowed to be known by, this time. */
static void train_forget(struct train *t, uint8_t label, struct feature_sketch *sketch) {
    static const uint8_t identity[1 + TAGGER_KINDS] = { 8, 60, 60, 18, 45, 25, 18 },
                                      lists[1 + TAGGER_KINDS] = { 5, 35, 35, 12, 35, 15, 12 };
    unsigned group = label == TAGGER_OUTSIDE || label == SAMPLE_UNKNOWN ? 0 : 1 + tagger_label_kind(label);
    bool no_identity = train_chance(t, identity[group]);
    feature_forget(sketch, no_identity, no_identity && train_chance(t, lists[group] * 100u / identity[group]));
}

/* Features of the words begin … end of a document, with neighbours beyond. near holds the sketches, forgetful or not. */
static void train_features(struct train *t, const struct sample *d, uint32_t begin, uint32_t end,
                           void (*each)(struct train *, uint32_t, unsigned, uint32_t)) {
    static const struct feature_sketch nothing;
    for (uint32_t i = begin; i < end; i++) {
        struct feature_place place = { .label = d->line_labels[i] };
        uint32_t features[FEATURES];
        unsigned n = 0;
        for (unsigned offset = 0; offset < FEATURE_OFFSETS; offset++) {
            int64_t at = (int64_t) i + (int64_t) offset - FEATURE_REACH;
            bool here = at >= 0 && at < d->word_count;
            place.near[offset] = here ? &t->near[at - (int64_t) begin + FEATURE_REACH] : &nothing;
            place.gap[offset] = here ? d->gaps[at] : GAP_BREAK;
            if (!here) continue;
            n += feature_of_word(place.near[offset], offset, features + n);
        }
        place.gap[FEATURE_OFFSETS] = GAP_BREAK;
        feature_of_place(&place, features + n);
        n += FEATURE_CONTEXT_COUNT;
        for (unsigned k = 0; k < n; k++) each(t, i - begin, k, features[k]);
        for (unsigned k = n; k < FEATURES; k++) t->rows[i - begin][k] = none;
    }
}

static void train_near(struct train *t, const struct sample *d, uint32_t begin, uint32_t end, bool forget) {
    for (int64_t at = (int64_t) begin - FEATURE_REACH; at < (int64_t) end + FEATURE_REACH; at++) {
        if (at < 0 || at >= d->word_count) continue;
        struct feature_sketch *to = &t->near[at - (int64_t) begin + FEATURE_REACH];
        *to = d->sketches[at];
        if (forget) train_forget(t, d->labels[at], to);
    }
}

static void train_count(struct train *t, uint32_t place, unsigned k, uint32_t feature) {
    (void) place;
    (void) k;
    uint8_t *count = &t->counts[feature >> (32 - COUNT_BITS)];
    if (*count < UINT8_MAX) ++*count;
}

static void train_row(struct train *t, uint32_t place, unsigned k, uint32_t feature) {
    bool kept = t->counts[feature >> (32 - COUNT_BITS)] >= COUNT_MIN;
    t->rows[place][k] = kept ? tagger_row(t->row_bits, feature) : none;
}

static lanes train_potential(const struct train *t, uint32_t i) {
    lanes sum = { 0 };
    for (unsigned k = 0; k < FEATURES; k++) {
        if (t->rows[i][k] != none) sum += t->weights[t->rows[i][k]];
    }
    float max = sum[0];
    for (unsigned y = 1; y < TAGGER_LABELS; y++) max = fmaxf(max, sum[y]);
    for (unsigned y = 0; y < LANES; y++) sum[y] = y < TAGGER_LABELS ? expf(sum[y] - max) : 0;
    return sum;
}

static lanes train_normalised(lanes v, float *out_sum) {
    float sum = 0;
    for (unsigned y = 0; y < TAGGER_LABELS; y++) sum += v[y];
    *out_sum = sum;
    return v / ((lanes){ 0 } + (sum > 1e-30f ? sum : 1e-30f));
}

static void train_transitions(const struct train *t, lanes out[LANES], lanes out_back[LANES]) {
    for (unsigned from = 0; from < LANES; from++) {
        for (unsigned to = 0; to < LANES; to++) {
            float v = tagger_label_follows(from, to) ? expf(t->transitions[from][to]) : 0;
            out[from][to] = v;
            out_back[to][from] = v;
        }
    }
}

static void train_adagrad(lanes *weight, lanes *square, lanes gradient, float rate) {
    *square += gradient * gradient;
    for (unsigned y = 0; y < TAGGER_LABELS; y++) (*weight)[y] -= rate * gradient[y] / sqrtf((*square)[y] + 1e-6f);
}

static void train_update_transitions(struct train *t, float gradient[LANES][LANES]) {
    for (unsigned from = 0; from < TAGGER_LABELS; from++) {
        for (unsigned to = 0; to < TAGGER_LABELS; to++) {
            float g = gradient[from][to];
            if (g == 0.0f) continue;
            t->transition_squares[from][to] += g * g;
            t->transitions[from][to] -= 0.5f * t->rate * g / sqrtf(t->transition_squares[from][to] + 1e-6f);
        }
    }
}

/* One step down the gradient of -log p(labels | words). */
static void train_sequence(struct train *t, const uint8_t *labels, uint32_t count) {
    lanes over[LANES], back[LANES];
    float transition_gradient[LANES][LANES] = { { 0 } }, sum = 0;
    train_transitions(t, over, back);
    for (uint32_t i = 0; i < count; i++) {
        t->potential[i] = train_potential(t, i);
        lanes v = { 0 };
        if (i == 0) v = over[TAGGER_OUTSIDE];
        for (unsigned from = 0; i > 0 && from < TAGGER_LABELS; from++) v += over[from] * t->alpha[i - 1][from];
        t->alpha[i] = train_normalised(v * t->potential[i], &sum);
    }
    lanes after = { 0 };
    for (unsigned y = 0; y < TAGGER_LABELS; y++) after[y] = 1;
    for (uint32_t i = count; i-- > 0;) {
        t->beta[i] = after;
        lanes v = { 0 };
        for (unsigned to = 0; to < TAGGER_LABELS; to++) v += back[to] * (t->potential[i][to] * after[to]);
        after = train_normalised(v, &sum);
    }
    for (uint32_t i = 0; i < count; i++) {
        lanes gradient = train_normalised(t->alpha[i] * t->beta[i], &sum);
        t->loss -= log(fmax((double) gradient[labels[i]], 1e-30));
        if (i > 0) {
            lanes arrive = t->potential[i] * t->beta[i], pair[LANES];
            float all = 0;
            for (unsigned from = 0; from < TAGGER_LABELS; from++) {
                pair[from] = over[from] * arrive * t->alpha[i - 1][from];
                for (unsigned to = 0; to < TAGGER_LABELS; to++) all += pair[from][to];
            }
            for (unsigned from = 0; all > 1e-30f && from < TAGGER_LABELS; from++) {
                for (unsigned to = 0; to < TAGGER_LABELS; to++) transition_gradient[from][to] += pair[from][to] / all;
            }
            transition_gradient[labels[i - 1]][labels[i]] -= 1;
        }
        gradient[labels[i]] -= 1;
        if (fabsf(gradient[labels[i]]) < 0.002f) continue;
        for (unsigned k = 0; k < FEATURES; k++) {
            uint32_t row = t->rows[i][k];
            if (row != none) train_adagrad(&t->weights[row], &t->squares[row], gradient, t->rate);
        }
    }
    train_update_transitions(t, transition_gradient);
    t->words += count;
}

/* Sequences: from break to break, without the words that teach nothing. */
static void train_document(struct train *t, const struct sample *d, bool counting) {
    for (uint32_t begin = 0, end = 0; begin < d->word_count; begin = end) {
        end = begin + 1;
        if (d->labels[begin] == SAMPLE_UNKNOWN) continue;
        while (end < d->word_count && end - begin < SEQUENCE_MAX && d->gaps[end] != GAP_BREAK && d->labels[end] != SAMPLE_UNKNOWN) end++;
        train_near(t, d, begin, end, !counting);
        train_features(t, d, begin, end, counting ? train_count : train_row);
        if (!counting) train_sequence(t, d->labels + begin, end - begin);
    }
}

static void train_shuffle(struct train *t, uint32_t *order, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t k = train_random(t) % i;
        uint32_t swap = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swap;
    }
}

static void train_store32(uint8_t *p, uint32_t v) {
    for (unsigned i = 0; i < 4; i++) p[i] = (uint8_t) (v >> (8 * i));
}

static void train_write(const struct train *t, const char *path, int bias) {
    size_t body = TAGGER_HEAD_LEN + ((size_t) LANES << t->row_bits);
    uint8_t *image = calloc(1, body + TAGGER_DIGEST_LEN);
    if (image == NULL) errx(EX_OSERR, "out of memory");
    memcpy(image, "DFTAGR01", 8);
    train_store32(image + 8, t->row_bits);
    train_store32(image + 12, TAGGER_LABELS);
    train_store32(image + 16, UNITS * 256);
    train_store32(image + 20, (uint32_t) (bias * UNITS / 1000));
    for (unsigned from = 0; from < LANES; from++) {
        for (unsigned to = 0; to < LANES; to++) {
            uint16_t v = (uint16_t) (int16_t) lrintf(t->transitions[from][to] * UNITS);
            image[32 + (from * LANES + to) * 2] = (uint8_t) v;
            image[32 + (from * LANES + to) * 2 + 1] = (uint8_t) (v >> 8);
        }
    }
    size_t clipped = 0, used = 0;
    for (size_t row = 0; row < (size_t) 1 << t->row_bits; row++) {
        for (unsigned y = 0; y < LANES; y++) {
            float v = rintf(t->weights[row][y] * UNITS);
            clipped += fabsf(v) > 127;
            used += fabsf(v) > 0;
            image[TAGGER_HEAD_LEN + row * LANES + y] = (uint8_t) (int8_t) fmaxf(-127, fminf(127, v));
        }
    }
    (void) fprintf(stderr, "weights: %zu not zero, %zu clipped\n", used, clipped);
    unsigned digest_len = 0;
    if (EVP_Digest(image, body, image + body, &digest_len, EVP_sha256(), NULL) != 1) errx(EX_SOFTWARE, "SHA-256 failed");
    if (io_replace_file_at(AT_FDCWD, path, bytes_make(image, body + TAGGER_DIGEST_LEN), 0644) < 0) err(EX_CANTCREAT, "%s", path);
    free(image);
}

static void train_epochs(struct train *t, const struct sample_list *samples, unsigned epochs) {
    uint32_t *order = calloc(samples->count + 1, sizeof(*order));
    if (order == NULL) errx(EX_OSERR, "out of memory");
    for (size_t i = 0; i < samples->count; i++) order[i] = (uint32_t) i;
    for (size_t i = 0; i < samples->count; i++) train_document(t, &samples->items[i], true);
    for (unsigned epoch = 0; epoch < epochs; epoch++) {
        t->loss = 0;
        t->words = 0;
        t->rate = 0.12f / (1.0f + 0.5f * (float) epoch);
        train_shuffle(t, order, samples->count);
        for (size_t i = 0; i < samples->count; i++) train_document(t, &samples->items[order[i]], false);
        (void) fprintf(stderr, "epoch %u: %zu words, loss %.5f nats a word\n", epoch + 1, t->words, t->loss / (double) t->words);
    }
    free(order);
}

int main(int argc, char **argv) {
    static const struct option options[] = { { "lists", 1, NULL, 'l' },  { "out", 1, NULL, 'o' },  { "rows", 1, NULL, 'r' },
                                             { "epochs", 1, NULL, 'e' }, { "bias", 1, NULL, 'b' }, { 0 } };
    const char *lists = NULL, *out = NULL;
    unsigned epochs = 4;
    int bias = 0, c = 0;
    struct train *t = aligned_alloc(64, (sizeof(*t) + 63) / 64 * 64);
    if (t == NULL) errx(EX_OSERR, "out of memory");
    memset(t, 0, sizeof(*t));
    t->random = 0x5DEECE66Du;
    t->row_bits = 18;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'l')
            lists = optarg;
        else if (c == 'o')
            out = optarg;
        else if (c == 'r')
            t->row_bits = (uint32_t) strtoul(optarg, NULL, 10);
        else if (c == 'e')
            epochs = (unsigned) strtoul(optarg, NULL, 10);
        else if (c == 'b')
            bias = (int) strtol(optarg, NULL, 10);
        else
            return EX_USAGE;
    }
    if (!lists || !out || optind == argc || t->row_bits < TAGGER_ROW_BITS_MIN || t->row_bits > TAGGER_ROW_BITS_MAX) {
        errx(EX_USAGE, "usage: train --lists DIR --out MODEL [--rows BITS] [--epochs N] [--bias MILLINATS] FILE.jsonl[:ONE_IN] …");
    }
    struct dictionary *d = sample_dictionary(lists);
    struct sample_list samples;
    sample_list_init(&samples);
    for (int i = optind; i < argc; i++) {
        char *colon = strrchr(argv[i], ':');
        unsigned one_in = colon ? (unsigned) strtoul(colon + 1, NULL, 10) : 1;
        if (colon) *colon = '\0';
        sample_list_read(&samples, d, argv[i], one_in > 0 ? one_in : 1);
    }
    size_t rows = (size_t) 1 << t->row_bits;
    t->weights = aligned_alloc(64, rows * sizeof(lanes));
    t->squares = aligned_alloc(64, rows * sizeof(lanes));
    t->counts = calloc(1, (size_t) 1 << COUNT_BITS);
    if (!t->weights || !t->squares || !t->counts) errx(EX_OSERR, "out of memory");
    memset(t->weights, 0, rows * sizeof(lanes));
    memset(t->squares, 0, rows * sizeof(lanes));
    train_epochs(t, &samples, epochs);
    train_write(t, out, bias);
    free(t->weights);
    free(t->squares);
    free(t->counts);
    free(t);
    sample_list_release(&samples);
    dictionary_free(d);
    return 0;
}
