#include "redact/token.h"

#include <assert.h>
#include <sodium.h>

/* Consonants only: no code spells a word, holds a digit, or is taken for a number again. Y is left out as half a vowel. */
static const char TOKEN_LETTERS[] = "BCDFGHJKLMNPQRSTVWXZ";
enum { TOKEN_ORDER = sizeof(TOKEN_LETTERS) - 1, TOKEN_DATA_LEN = TOKEN_CODE_LEN - 1 };
static_assert(TOKEN_ORDER == 20, "the quasigroup below is GF(4) x GF(5)");

/* Abbreviations a reader of charts would take for medicine, and strings nobody wants to see in one. Source: our own list. */
static const char *const TOKEN_STOP[] = {
    "HTN", "CHF", "DVT", "PRN", "NPH", "TBG", "BPH", "RBC", "WBC", "HBV", "HCV", "HPV", "HSV", "CMV", "RSV", "BMP", "CMP", "CBC", "LFT",
    "TFT", "PFT", "TSH", "FSH", "GFR", "BNP", "CRP", "HDL", "LDL", "TNF", "CSF", "CNS", "PNS", "CVD", "CVP", "PVC", "PVD", "SVT", "VTX",
    "TKR", "THR", "DJD", "DDD", "DKD", "CKD", "MDD", "PTSD", "DNR", "DNH", "PND", "SBP", "DBP", "MRN", "SSN", "DTR", "DTP", "MMR", "PPD",
    "PPM", "QHS", "QTC", "QRS", "RLQ", "LLQ", "RVR", "LVH", "RVH", "LBBB", "RBBB", "NSR", "PSVT", "VSD", "PDD", "GTT", "HRT", "HSM", "NKD",
    "NST", "PMH", "PSH", "RRR", "SNF", "TPN", "WNL", "XRT", "BMR", "CTX", "MTX", "DMD", "TMJ", "TMP", "NGT", "PTT", "PRBC", "FFP", "MCV",
    "MCH", "RDW", "MPV", "PCR", "PCP", "NPN", "STD", "MCL", "PCL", "LCL", "CLL", "CML", "NHL", "MDS", "HCC", "RCC", "SCC", "BCC", "GBM",
    "SLP", "WWW", "XXX", "KKK", "FCK", "SHT", "CNT", "DCK", "NGR", "FGT", "SLT",
};

/* Damm's check letter over a totally anti-symmetric quasigroup. Order 20 is the direct product of the linear ones over GF(4), 2x + y, and
 * GF(5), 2x + y: c*x*y = c*y*x only for x = y, so every single error and every swap of neighbours changes the result (tested over all). */
static unsigned token_quasi(unsigned x, unsigned y) {
    static const uint8_t double4[4] = { 0, 2, 3, 1 };
    unsigned low = (2 * (x % 5) + y % 5) % 5;
    unsigned high = double4[x / 5] ^ (y / 5);
    return high * 5 + low;
}

static unsigned token_quasi_double(unsigned x) {
    return token_quasi(x, 0);
}

static unsigned token_add(unsigned x, unsigned y) {
    return (x / 5 ^ y / 5) * 5 + (x % 5 + y % 5) % 5;
}

/* Over GF(4) every element is its own negative. */
static unsigned token_negative(unsigned x) {
    return x / 5 * 5 + (5 - x % 5) % 5;
}

static int token_letter(char c) {
    const char *at = c ? strchr(TOKEN_LETTERS, c) : NULL;
    return at ? (int) (at - TOKEN_LETTERS) : -1;
}

/* The letter that brings the interim result to 0. */
static char token_check_letter(const char data[TOKEN_DATA_LEN]) {
    unsigned interim = 0;
    for (int i = 0; i < TOKEN_DATA_LEN; i++) interim = token_quasi(interim, (unsigned) token_letter(data[i]));
    for (unsigned last = 0; last < TOKEN_ORDER; last++) {
        if (token_quasi(interim, last) == 0) return TOKEN_LETTERS[last];
    }
    must(false); /* a quasigroup's rows are permutations */
    return 0;
}

static bool token_spells_something(const char *code) {
    for (size_t i = 0; i < array_count(TOKEN_STOP); i++) {
        if (strstr(code, TOKEN_STOP[i])) return true;
    }
    return false;
}

void token_random(enum entity entity, struct token *out) {
    must((unsigned) entity < ENTITY_COUNT);
    struct token t = { .entity = entity };
    do {
        for (int i = 0; i < TOKEN_DATA_LEN; i++) t.code[i] = TOKEN_LETTERS[randombytes_uniform(TOKEN_ORDER)];
        t.code[TOKEN_DATA_LEN] = token_check_letter(t.code);
    } while (token_spells_something(t.code));
    *out = t;
}

bool token_check(const char code[TOKEN_CODE_LEN]) {
    unsigned interim = 0;
    for (int i = 0; i < TOKEN_CODE_LEN; i++) {
        int letter = token_letter(code[i]);
        if (letter < 0) return false;
        interim = token_quasi(interim, (unsigned) letter);
    }
    return interim == 0;
}

/* The code is linear: the letter at i counts doubled 6 - i times. What a change at i does, a change at j > i by the negative of its (j - i)-fold
 * double undoes. */
static size_t token_put_two_wrong(const char *code, char (*out)[TOKEN_CODE_LEN]) {
    size_t count = 0;
    for (int i = 0; i < TOKEN_CODE_LEN; i++) {
        for (unsigned change = 1; change < TOKEN_ORDER; change++) {
            unsigned undo = change;
            for (int j = i + 1; j < TOKEN_CODE_LEN; j++) {
                undo = token_quasi_double(undo);
                memcpy(out[count], code, TOKEN_CODE_LEN);
                out[count][i] = TOKEN_LETTERS[token_add((unsigned) token_letter(code[i]), change)];
                out[count][j] = TOKEN_LETTERS[token_add((unsigned) token_letter(code[j]), token_negative(undo))];
                count++;
            }
        }
    }
    return count;
}

static void token_swap(char *code, int at) {
    char c = code[at];
    code[at] = code[at + 1];
    code[at + 1] = c;
}

/* Keeps what is at out[count] if it is another code that checks. */
static size_t token_keep(const char *code, char (*out)[TOKEN_CODE_LEN], size_t count) {
    return count + (token_check(out[count]) && memcmp(out[count], code, TOKEN_CODE_LEN) != 0);
}

static size_t token_put_swapped(const char *code, char (*out)[TOKEN_CODE_LEN], size_t count) {
    for (int i = 0; i + 1 < TOKEN_CODE_LEN; i++) {
        char swapped[TOKEN_CODE_LEN];
        memcpy(swapped, code, TOKEN_CODE_LEN);
        token_swap(swapped, i);
        for (int k = 0; k + 1 < TOKEN_CODE_LEN; k++) {
            memcpy(out[count], swapped, TOKEN_CODE_LEN);
            token_swap(out[count], k);
            count = token_keep(code, out, count);
        }
        for (int k = 0; k < TOKEN_CODE_LEN * TOKEN_ORDER; k++) {
            memcpy(out[count], swapped, TOKEN_CODE_LEN);
            out[count][k / TOKEN_ORDER] = TOKEN_LETTERS[k % TOKEN_ORDER];
            count = token_keep(code, out, count);
        }
    }
    return count;
}

/* One letter lost and one added, in either order: what lies between moves by one place. */
static size_t token_put_moved(const char *code, char (*out)[TOKEN_CODE_LEN], size_t count) {
    for (int lost = 0; lost < TOKEN_CODE_LEN; lost++) {
        char six[TOKEN_CODE_LEN];
        memcpy(six, code, (size_t) lost);
        memcpy(six + lost, code + lost + 1, (size_t) (TOKEN_DATA_LEN - lost));
        for (int k = 0; k < TOKEN_CODE_LEN * TOKEN_ORDER; k++) {
            int at = k / TOKEN_ORDER;
            memcpy(out[count], six, (size_t) at);
            out[count][at] = TOKEN_LETTERS[k % TOKEN_ORDER];
            memcpy(out[count] + at + 1, six + at, (size_t) (TOKEN_DATA_LEN - at));
            count = token_keep(code, out, count);
        }
    }
    return count;
}

/* The room is for more than can check at once, so that the last candidate always fits. */
size_t token_neighbours(const char code[TOKEN_CODE_LEN], char (*out)[TOKEN_CODE_LEN]) {
    size_t count = token_put_two_wrong(code, out);
    count = token_put_swapped(code, out, count);
    return token_put_moved(code, out, count);
}

int32_t token_rank(const char code[TOKEN_CODE_LEN]) {
    int32_t rank = 0;
    if (!token_check(code)) return -1;
    for (int i = 0; i < TOKEN_DATA_LEN; i++) rank = rank * TOKEN_ORDER + token_letter(code[i]);
    return rank;
}

size_t token_format_name(const struct token *t, char *out) {
    const char *name = entity_name(t->entity);
    size_t len = strlen(name);
    memcpy(out, name, len);
    out[len++] = '_';
    memcpy(out + len, t->code, TOKEN_CODE_LEN);
    len += TOKEN_CODE_LEN;
    out[len] = 0;
    return len;
}

size_t token_format(const struct token *t, char *out) {
    out[0] = '[';
    size_t len = 1 + token_format_name(t, out + 1);
    out[len++] = ']';
    out[len] = 0;
    return len;
}

bool token_parse(struct bytes text, struct token *out) {
    if (text.len < TOKEN_CODE_LEN + 4 || text.ptr[0] != '[' || text.ptr[text.len - 1] != ']') return false;
    struct bytes inner = bytes_make(text.ptr + 1, text.len - 2);
    size_t name_len = inner.len - TOKEN_CODE_LEN - 1;
    if (inner.ptr[name_len] != '_') return false;
    struct token t = { 0 };
    if (!entity_from_name(bytes_make(inner.ptr, name_len), &t.entity)) return false;
    memcpy(t.code, inner.ptr + name_len + 1, TOKEN_CODE_LEN);
    if (!token_check(t.code)) return false;
    *out = t;
    return true;
}
