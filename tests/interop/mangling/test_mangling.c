/* What language models and tool chains do to tokens, and that every one of it lands in the right class: restored to the right person, or left
 * and counted. Four axes (brackets, word, separator, code) in all their combinations, a table of single cases, and random mutations.
 * In patterns: $E entity word, $e lower, $T title case; $C code, $c lower, $a first three letters, $b last four, $S letters with blanks;
 * $X the code with one wrong letter, $Y two neighbours swapped, $Z one letter missing, $N a code that was never issued. */
#include <stdio.h>

#include "redact/mention.h"
#include "redact/restore.h"
#include "tests/redact/workbench.h"

enum { PATTERN_LEN_MAX = 512, PERSONS = 2000, MUTATIONS_DEFAULT = 1000000 };

struct subject {
    const char *entity; /* of its token */
    char code[TOKEN_CODE_LEN + 1];
    const char *value;
};

struct fixture {
    struct workbench w;
    struct vault_reader *reader;
    struct subject patient, plan;
    char never[TOKEN_CODE_LEN + 1];
    size_t by_class[RESTORE_CLASS_COUNT];
    size_t count;
};

static void fixture_open(struct fixture *f) {
    struct vault_coin coins[2];
    const struct vault_request requests[] = { { .entity = ENTITY_PATIENT, .normal = BYTES("john smith"), .surface = BYTES("John Smith") },
                                              { .entity = ENTITY_HEALTH_PLAN, .normal = BYTES("H123"), .surface = BYTES("H-123") } };
    workbench_open(&f->w, "safe-harbor", "rag");
    REQUIRE(vault_mint(f->w.vault, bytes_make(NULL, 0), requests, 2, coins) == 0);
    f->patient = (struct subject) { .entity = "PATIENT", .value = "John Smith" };
    f->plan = (struct subject) { .entity = "HEALTH_PLAN", .value = "H-123" };
    memcpy(f->patient.code, coins[0].token.code, sizeof(f->patient.code));
    memcpy(f->plan.code, coins[1].token.code, sizeof(f->plan.code));
    struct token t;
    do token_random(ENTITY_PATIENT, &t);
    while (strcmp(t.code, f->patient.code) == 0 || strcmp(t.code, f->plan.code) == 0);
    memcpy(f->never, t.code, sizeof(f->never));
    vault_freep(&f->w.vault);
    f->reader = workbench_reader(&f->w, "rag");
}

static void fixture_close(struct fixture *f) {
    vault_reader_freep(&f->reader);
    workbench_close(&f->w);
}

static size_t put(char *to, const char *text, size_t len, int letter_case) {
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool lower = letter_case == 'l' || (letter_case == 't' && i > 0 && text[i - 1] != '_');
        to[i] = lower && c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }
    return len;
}

static size_t put_wrong(const struct fixture *f, const struct subject *s, char kind, char *to) {
    char code[TOKEN_CODE_LEN + 1];
    memcpy(code, s->code, sizeof(code));
    if (kind == 'X') code[3] = code[3] == 'B' ? 'C' : 'B';
    if (kind == 'N') memcpy(code, f->never, sizeof(code));
    for (int i = 0; kind == 'Y' && i + 1 < TOKEN_CODE_LEN; i++) {
        if (code[i] == code[i + 1]) continue;
        code[i] = s->code[i + 1];
        code[i + 1] = s->code[i];
        break;
    }
    return put(to, code, kind == 'Z' ? TOKEN_CODE_LEN - 1 : TOKEN_CODE_LEN, 'u');
}

static size_t put_part(const struct fixture *f, const struct subject *s, char kind, char *to) {
    size_t n = 0;
    switch (kind) {
    case 'E': return put(to, s->entity, strlen(s->entity), 'u');
    case 'e': return put(to, s->entity, strlen(s->entity), 'l');
    case 'T': return put(to, s->entity, strlen(s->entity), 't');
    case 'C': return put(to, s->code, TOKEN_CODE_LEN, 'u');
    case 'c': return put(to, s->code, TOKEN_CODE_LEN, 'l');
    case 'a': return put(to, s->code, 3, 'u');
    case 'b': return put(to, s->code + 3, 4, 'u');
    case 'S':
        for (int i = 0; i < TOKEN_CODE_LEN; i++) {
            to[n++] = s->code[i];
            if (i + 1 < TOKEN_CODE_LEN) to[n++] = ' ';
        }
        return n;
    default: return put_wrong(f, s, kind, to);
    }
}

static size_t expand(const struct fixture *f, const struct subject *s, const char *pattern, char *to) {
    size_t n = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p == '@') n += put(to + n, s->value, strlen(s->value), 'u');
        else if (*p == '$') n += put_part(f, s, *++p, to + n);
        else to[n++] = *p;
        REQUIRE(n + 32 < PATTERN_LEN_MAX);
    }
    to[n] = 0;
    return n;
}

static int class_of(const struct restore_report *r) {
    for (int c = 0; c < RESTORE_CLASS_COUNT; c++) {
        if (r->counts[c] > 0) return c;
    }
    return RESTORE_CLASS_COUNT;
}

/* expected: the output's pattern; the class is then by whether it holds the value. */
static void check(struct fixture *f, const struct subject *s, const char *pattern, const char *expected, int class) {
    char in[PATTERN_LEN_MAX], want[PATTERN_LEN_MAX];
    struct restore_report report;
    struct restore_options o = { .format = RESTORE_TEXT };
    struct buf out;
    buf_init(&out, 1 << 16);
    size_t len = expand(f, s, pattern, in), want_len = expand(f, s, expected, want);
    REQUIRE(restore_text(f->reader, bytes_make(in, len), &o, &out, &report) == 0);
    if (!bytes_equal(buf_bytes(&out), bytes_make(want, want_len)))
        harness_fail(__FILE__, __LINE__, "\"%s\" became \"%.*s\", expected \"%s\"", in, (int) out.len, (const char *) out.ptr, want);
    int got = class_of(&report);
    bool fits = class >= 0 ? got == class : got == (int) RESTORE_EXACT || got == (int) RESTORE_NORMALISED;
    if (!fits) harness_fail(__FILE__, __LINE__, "\"%s\" is of class %d", in, got);
    if (got < RESTORE_CLASS_COUNT) f->by_class[got]++;
    f->count++;
    buf_release(&out);
}

static const struct {
    const char *open, *close;
    const char *around; /* what stays around the value: '@' in it */
} brackets[] = {
    { "[", "]", "@" },       { "", "", "@" },          { "(", ")", "(@)" },     { "{", "}", "@" },           { "<", ">", "@" },
    { "\\[", "\\]", "@" },   { "&#91;", "&#93;", "@" }, { "%5B", "%5D", "@" },   { "\\u005b", "\\u005d", "@" }, { "&lbrack;", "&rbrack;", "@" },
    { "\xe3\x80\x90", "\xe3\x80\x91", "@" },           { "\xef\xbc\xbb", "\xef\xbc\xbd", "@" },              { "[ ", " ]", "@" },
    { "**[", "]**", "**@**" }, { "*", "*", "*@*" },     { "`", "`", "`@`" },     { "\"", "\"", "\"@\"" },     { "'", "'", "'@'" },
    { "[**", "**]", "@" },   { "> ", "", "> @" },      { "- ", "", "- @" },     { "| ", " |", "| @ |" },     { "<b>", "</b>", "<b>@</b>" },
    { "&lt;", "&gt;", "@" }, { "__", "__", "__@__" },  { "~~", "~~", "~~@~~" }, { "[", "](#)", "@(#)" },     { "#", "", "#@" },
};
static const char *const words[] = { "$E", "$e", "$T" };
static const char *const separators[] = { "_", "\\_", "-", " ", "&#95;", "%5F", "\xef\xbc\xbf", ": ", " - ", "_\n", "__", "\\\\_", "\xe2\x80\x91", "&lowbar;", "_\xe2\x80\x8b", " #" };
static const char *const codes[] = { "$C", "$c", "$a-\n$b", "$a\n$b", "$a$b", "**$C**", "$a\xc2\xad$b", "$a\xe2\x80\x8b$b", "$S", "$a<wbr>$b", "$a\\n$b", "$a ##$b" };

TEST(mangling, every_combination_of_dress_is_restored_to_the_right_value) {
    struct fixture f = { .count = 0 };
    char pattern[256];
    fixture_open(&f);
    const struct subject *subjects[] = { &f.patient, &f.plan };
    for (size_t b = 0; b < array_count(brackets); b++) {
        for (size_t w = 0; w < array_count(words); w++) {
            for (size_t s = 0; s < array_count(separators); s++) {
                for (size_t c = 0; c < array_count(codes); c++) {
                    /* A bold code's closing stars stay where no bracket takes them in. */
                    bool open_stars = strchr(codes[c], '*') && strcmp(brackets[b].around, "@") != 0;
                    bool bare_stars = strchr(codes[c], '*') && brackets[b].open[0] == 0;
                    if (open_stars || bare_stars) continue;
                    snprintf(pattern, sizeof(pattern), "saw %s%s%s%s%s today", brackets[b].open, words[w], separators[s], codes[c], brackets[b].close);
                    char expected[64];
                    snprintf(expected, sizeof(expected), "saw %s today", brackets[b].around);
                    for (size_t k = 0; k < array_count(subjects); k++) check(&f, subjects[k], pattern, expected, -1);
                }
            }
        }
    }
    printf("# %zu combinations\n", f.count);
    CHECK(f.count >= 300);
    fixture_close(&f);
}

TEST(mangling, single_cases_land_in_their_class) {
    static const struct {
        const char *in, *out;
        int class;
    } cases[] = {
        { "[$E_$C]", "@", RESTORE_EXACT },
        { "[$E_$C]'s chart", "@'s chart", RESTORE_EXACT },
        { "[$E_$C]s", "@s", RESTORE_EXACT },
        { "Dear [$E_$C],", "Dear @,", RESTORE_EXACT },
        { "{\"name\": \"[$E_$C]\"}", "{\"name\": \"@\"}", RESTORE_EXACT },
        { "{\\\"name\\\": \\\"[$E_$C]\\\"}", "{\\\"name\\\": \\\"@\\\"}", RESTORE_EXACT },
        { "| [$E_$C] | 47 |", "| @ | 47 |", RESTORE_EXACT },
        { "a,[$E_$C],b", "a,@,b", RESTORE_EXACT },
        { "[[$E_$C]]", "[@]", RESTORE_EXACT },
        { "http://x/?p=%5B$E_$C%5D&q", "http://x/?p=@&q", RESTORE_NORMALISED },
        { "$E_$Cs", "@s", RESTORE_NORMALISED },
        { "$E_$C's", "@'s", RESTORE_NORMALISED },
        { "$E_$C\xe2\x80\x99s", "@\xe2\x80\x99s", RESTORE_NORMALISED },
        { "$e_$cs", "@s", RESTORE_NORMALISED },
        { "[$E_$C", "[@", RESTORE_NORMALISED },
        { "$E_$C]", "@]", RESTORE_NORMALISED },
        { "[$E_$C, MRN]", "[@, MRN]", RESTORE_NORMALISED },
        { "$E$C", "@", RESTORE_NORMALISED },
        { "$E_$C.txt", "@.txt", RESTORE_NORMALISED },
        { "$E_$C_2019.txt", "@_2019.txt", RESTORE_NORMALISED },
        { "[PACIENTE_$C]", "@", RESTORE_NORMALISED },
        { "[PATIENTIN_$C]", "@", RESTORE_NORMALISED },
        { "[MALADE_$C]", "@", RESTORE_NORMALISED },
        { "[PAZIENTE_$C]", "@", RESTORE_NORMALISED },
        { "[DOENTE_$C]", "@", RESTORE_NORMALISED },
        { "[PACJENT_$C]", "@", RESTORE_NORMALISED },
        { "[HASTA_$C]", "@", RESTORE_NORMALISED },
        { "[BENHNHAN_$C]", "@", RESTORE_NORMALISED },
        { "[\xe6\x82\xa3\xe8\x80\x85_$C]", "@", RESTORE_NORMALISED },
        { "[\xed\x99\x98\xec\x9e\x90_$C]", "@", RESTORE_NORMALISED },
        { "[\xd0\x9f\xd0\xb0\xd1\x86\xd0\xb8\xd0\xb5\xd0\xbd\xd1\x82_$C]", "@", RESTORE_NORMALISED },
        { "[\xd9\x85\xd8\xb1\xd9\x8a\xd8\xb6_$C]", "@", RESTORE_NORMALISED },
        { "[PACIENTE\\_$c]", "@", RESTORE_NORMALISED },
        { "[ $E _ $C ]", "@", RESTORE_NORMALISED },
        { "[$E_$X]", "[$E_$X]", RESTORE_BAD_CHECK },
        { "$E_$X", "$E_$X", RESTORE_BAD_CHECK },
        { "[$E_$Y]", "[$E_$Y]", RESTORE_BAD_CHECK },
        { "$E_$Y", "$E_$Y", RESTORE_BAD_CHECK },
        { "[$E_$Z]", "[$E_$Z]", RESTORE_BAD_CHECK },
        { "[$E_A$b$a]", "[$E_A$b$a]", RESTORE_BAD_CHECK },
        { "[PACIENTE_$X]", "[PACIENTE_$X]", RESTORE_BAD_CHECK },
        { "[$E_$N]", "[$E_$N]", RESTORE_NEVER_ISSUED },
        { "$e_$N", "$e_$N", RESTORE_NEVER_ISSUED },
        { "**$E_$N**", "**$E_$N**", RESTORE_NEVER_ISSUED },
        { "[VEHICLE_$C]", "[VEHICLE_$C]", RESTORE_NEVER_ISSUED },
        { "[$E]", "[$E]", RESTORE_SUFFIX_LOST },
        { "the [$E] said", "the [$E] said", RESTORE_SUFFIX_LOST },
        { "[PHONE-1]", "[PHONE-1]", RESTORE_LABEL },
        { "[$E-12]", "[$E-12]", RESTORE_LABEL },
        { "the patient said", "the patient said", RESTORE_CLASS_COUNT },
        { "$C alone", "$C alone", RESTORE_CLASS_COUNT },
        { "$E presents", "$E presents", RESTORE_CLASS_COUNT },
    };
    struct fixture f = { .count = 0 };
    fixture_open(&f);
    const struct subject *subjects[] = { &f.patient, &f.plan };
    for (size_t i = 0; i < array_count(cases); i++) {
        for (size_t k = 0; k < array_count(subjects); k++) check(&f, subjects[k], cases[i].in, cases[i].out, cases[i].class);
    }
    for (int c = 0; c < RESTORE_CLASS_COUNT; c++) printf("# %-14s %zu\n", restore_class_name((enum restore_class) c), f.by_class[c]);
    fixture_close(&f);
}

/* One or two random faults in a token: another letter, a swap of neighbours, a letter lost or doubled, another case. */
static size_t mutate(char *text, size_t len) {
    static const char letters[] = "BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxzAEIOUY0123456789_-[] ";
    size_t at = randombytes_uniform((uint32_t) len);
    switch (randombytes_uniform(5)) {
    case 0: text[at] = letters[randombytes_uniform(20)]; break;
    case 1: text[at] = letters[randombytes_uniform(sizeof(letters) - 1)]; break;
    case 2:
        if (at + 1 < len) {
            char c = text[at];
            text[at] = text[at + 1];
            text[at + 1] = c;
        }
        break;
    case 3:
        memmove(text + at, text + at + 1, len - at - 1);
        len--;
        break;
    default:
        memmove(text + at + 1, text + at, len - at);
        len++;
        break;
    }
    return len;
}

static void mint_persons(struct workbench *w, struct vault_coin *coins) {
    static struct vault_request requests[PERSONS];
    static char names[PERSONS][16];
    for (size_t i = 0; i < PERSONS; i++) {
        int n = snprintf(names[i], sizeof(names[i]), "p%zu", i);
        requests[i] = (struct vault_request) { .entity = ENTITY_PATIENT, .normal = bytes_make(names[i], (size_t) n), .surface = bytes_make(names[i], (size_t) n) };
    }
    REQUIRE(vault_mint(w->vault, bytes_make(NULL, 0), requests, PERSONS, coins) == 0);
}

static int compare_coins(const void *a, const void *b) {
    return memcmp(((const struct vault_coin *) a)->token.code, ((const struct vault_coin *) b)->token.code, TOKEN_CODE_LEN);
}

static bool is_another_person(const struct vault_coin *coins, const struct mention *m, const char *own) {
    struct vault_coin key = { .form = 0 };
    memcpy(key.token.code, m->code, TOKEN_CODE_LEN);
    if (m->class > MENTION_NORMALISED || memcmp(m->code, own, TOKEN_CODE_LEN) == 0) return false;
    return bsearch(&key, coins, PERSONS, sizeof(*coins), compare_coins) != NULL;
}

/* MANGLING_MUTATIONS=10000000 for the figure of the closing note; a tenth of it in every run. */
TEST(mangling, no_mutation_names_another_person) {
    static struct vault_coin coins[PERSONS];
    struct workbench w = { 0 };
    const char *asked = getenv("MANGLING_MUTATIONS");
    unsigned long mutations = asked ? strtoul(asked, NULL, 10) : MUTATIONS_DEFAULT, wrong = 0, read = 0;
    workbench_open(&w, "safe-harbor", "rag");
    mint_persons(&w, coins);
    qsort(coins, PERSONS, sizeof(coins[0]), compare_coins);
    for (unsigned long i = 0; i < mutations; i++) {
        char text[TOKEN_TEXT_LEN_MAX + 8];
        const struct token *own = &coins[randombytes_uniform(PERSONS)].token;
        size_t len = token_format(own, text), at = 0;
        len = mutate(text, len);
        if (i % 2) len = mutate(text, len);
        struct mention m;
        if (!mention_next(bytes_make(text, len), &at, &m)) continue;
        read++;
        wrong += is_another_person(coins, &m, own->code);
    }
    printf("# %lu mutations over %d persons, %lu still read as a mention, %lu name another person\n", mutations, PERSONS, read, wrong);
    CHECK_INT(wrong, 0);
    workbench_close(&w);
}
