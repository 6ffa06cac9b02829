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
