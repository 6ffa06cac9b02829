/* Tokens: [PATIENT_KTVHMQX] = '[' ENTITY '_' CODE ']'; CODE is six random letters of twenty consonants and a check letter of a quasigroup of
 * order 20 (Damm's construction), which catches every single-letter error and every swap of neighbours (tokens.md).
 * Threads: values and pure functions; token_random draws from the system's CSPRNG. */
#pragma once

#include "conf/base/bytes.h"
#include "conf/entity.h"

enum { TOKEN_CODE_LEN = 7, TOKEN_TEXT_LEN_MAX = 1 + ENTITY_NAME_LEN_MAX + 1 + TOKEN_CODE_LEN + 1 };

struct token {
    enum entity entity;
    char code[TOKEN_CODE_LEN + 1];
};

/* A fresh code; never one that spells a clinical abbreviation (HTN, CHF, DVT …). */
void token_random(enum entity entity, struct token *out);
bool token_check(const char code[TOKEN_CODE_LEN]);
/* All codes that two faults make of this one and that check nevertheless: what a careful vault does not issue beside it. A fault is a wrong
 * letter, a swap of neighbours, a letter lost or added. Returns how many; a code may be there twice. */
enum { TOKEN_NEIGHBOUR_COUNT_MAX = 21 * 19 + 6 * 7 * 19 + 6 * 6 + 7 * 7 * 20 };
size_t token_neighbours(const char code[TOKEN_CODE_LEN], char (*out)[TOKEN_CODE_LEN]);
/* A number of its own for every code that checks, below TOKEN_RANK_COUNT; -1 for one that does not. */
enum { TOKEN_RANK_COUNT = 64000000 };
int32_t token_rank(const char code[TOKEN_CODE_LEN]);
/* With brackets; returns the length. out has room for TOKEN_TEXT_LEN_MAX + 1. */
size_t token_format(const struct token *t, char *out);
/* Without brackets: in file names. */
size_t token_format_name(const struct token *t, char *out);
/* Exactly one token in canonical form, whole input. */
_must_use_ bool token_parse(struct bytes text, struct token *out);
