#include "redact/engine.h"

#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "redact/recognizer.h"

/* Part of the digest: a change of code that changes views must change it. */
#define ENGINE_VERSION "deidfs engine 2"
enum { ENGINE_KEYWORDS_MAX = 20000 };

static int engine_rules(struct engine *e, const struct engine_options *options, struct problem *p) {
    _cleanup_(ruleset_builder_freep) struct ruleset_builder *b = NULL;
    int r = ruleset_builder_new(&b);
    if (r < 0) return problem_set(p, r, "out of memory");
    for (size_t i = 0; i < embedded_rules_count; i++) {
        const struct embedded *file = &embedded_rules[i];
        r = ruleset_add(b, bytes_make(file->begin, (size_t) (file->end - file->begin)), file->name, p);
        if (r < 0) return r;
    }
    if (options->report) options->report->rule_count = ruleset_builder_count(b);
    ruleset_know_kinds(b, e->profile.kinds, e->profile.kind_count);
    if (options->site_rules.len > 0) {
        r = ruleset_add(b, options->site_rules, options->site_rules_path ? options->site_rules_path : "site rules", p);
        if (r < 0) return r;
    }
    if (options->report) options->report->site_rule_count = ruleset_builder_count(b) - options->report->rule_count;
    return ruleset_seal(b, e->dictionary, &e->ruleset, p);
}

static int engine_dictionary(struct engine *e, const struct engine_options *options, struct problem *p) {
    struct bytes image = bytes_make(embedded_dictionary[0].begin, (size_t) (embedded_dictionary[0].end - embedded_dictionary[0].begin));
    size_t lines = 0;
    for (size_t i = 0; i < options->list_count; i++) {
        for (size_t k = 0; k < options->lists[i].text.len; k++) lines += options->lists[i].text.ptr[k] == '\n';
    }
    /* A phrase has up to five beginnings, each an entry of its own. */
    int r = dictionary_load(image, ENGINE_KEYWORDS_MAX + lines * DICTIONARY_PHRASE_WORDS_MAX, &e->dictionary);
    if (r < 0) return problem_set(p, r, "the built-in dictionary cannot be used: build the program again");
    size_t before = e->dictionary->entry_count;
    for (size_t i = 0; i < options->list_count; i++) {
        r = dictionary_add_list(e->dictionary, options->lists[i].text, options->lists[i].path, p);
        if (r < 0) return r;
    }
    if (options->report) options->report->list_entry_count = e->dictionary->entry_count - before;
    return 0;
}

static int engine_roster(struct engine *e, const struct engine_options *options, struct problem *p) {
    struct bytes forms = bytes_make(embedded_nicknames[0].begin, (size_t) (embedded_nicknames[0].end - embedded_nicknames[0].begin));
    int r = nicknames_new(forms, &e->nicknames);
    if (r < 0) return problem_set(p, r, "the built-in nicknames cannot be used: build the program again");
    e->require_roster = options->require_roster;
    if (options->roster_count == 0) return 0;
    r = roster_new(&e->roster);
    if (r < 0) return problem_set(p, r, "out of memory");
    for (size_t i = 0; r == 0 && i < options->roster_count; i++)
        r = roster_add(e->roster, options->rosters[i].text, options->rosters[i].path, options->report ? &options->report->roster : NULL, p);
    if (r == 0) r = roster_seal(e->roster, p);
    if (r == 0 && options->report) options->report->roster_len = roster_len(e->roster);
    return r;
}

static void engine_digest_part(EVP_MD_CTX *c, struct bytes part, bool *ok) {
    uint8_t len[8];
    bytes_store_be64(len, part.len);
    *ok = *ok && EVP_DigestUpdate(c, len, sizeof(len)) == 1 && (part.len == 0 || EVP_DigestUpdate(c, part.ptr, part.len) == 1);
}

/* Whatever in a profile decides a view. */
static void engine_digest_profile(EVP_MD_CTX *c, const struct profile *profile, bool *ok) {
    enum { PARAMETERS = 8 };
    uint8_t fields[ENTITY_COUNT + PARAMETERS] = { 0 }, *to = fields + ENTITY_COUNT;
    for (size_t i = 0; i < ENTITY_COUNT; i++) fields[i] = (uint8_t) profile->action[i];
    bytes_store_be16(to, profile->score_min);
    to[2] = (uint8_t) profile->zip3_mode;
    to[3] = profile->birth_year_needs_age;
    to[4] = (uint8_t) profile->zip3_vintage;
    to[5] = (uint8_t) profile->label_style;
    to[6] = profile->keeps_year;
    to[7] = profile->keeps_time;
    engine_digest_part(c, bytes_from_string(profile->name), ok);
    engine_digest_part(c, bytes_make(fields, sizeof(fields)), ok);
    engine_digest_part(c, bytes_from_string(profile->sections_keep), ok);
    engine_digest_part(c, bytes_from_string(profile->sections_drop), ok);
    for (size_t i = 0; i < profile->kind_count; i++) {
        uint8_t action = (uint8_t) profile->kinds[i].action;
        engine_digest_part(c, bytes_from_string(profile->kinds[i].name), ok);
        engine_digest_part(c, bytes_make(&action, 1), ok);
    }
}

/* The digest stands in every record. A plain one of a short roster could be guessed from a list of names and birth dates: Argon2 makes each guess cost
 * what the whole roster costs us once. */
static bool engine_digest_roster(EVP_MD_CTX *c, const struct engine *e, const struct engine_options *options) {
    enum { ROSTER_PASSES = 2 };
    static const unsigned char salt[crypto_pwhash_SALTBYTES] = "deidfs roster 1";
    const uint8_t required = e->require_roster;
    uint8_t plain[32], slow[32];
    bool ok = true;
    engine_digest_part(c, bytes_make(&required, sizeof(required)), &ok);
    for (size_t i = 0; ok && i < options->roster_count; i++) {
        crypto_generichash(plain, sizeof(plain), options->rosters[i].text.ptr, options->rosters[i].text.len, NULL, 0);
        ok = crypto_pwhash(slow, sizeof(slow), (const char *) plain, sizeof(plain), salt, ROSTER_PASSES, 16 << 20, crypto_pwhash_ALG_ARGON2ID13) == 0;
        engine_digest_part(c, bytes_make(slow, sizeof(slow)), &ok);
    }
    return ok;
}

/* Texts that follow each other: how many there are keeps one list from passing for the next. */
static void engine_digest_lists(EVP_MD_CTX *c, const struct engine_options *options, bool *ok) {
    uint8_t count[8];
    bytes_store_be64(count, options->list_count);
    engine_digest_part(c, bytes_make(count, sizeof(count)), ok);
    for (size_t i = 0; i < options->list_count; i++) engine_digest_part(c, options->lists[i].text, ok);
}

/* What the engine does not use itself, but whoever calls it: which codes the vault gives, and whether documents come with patients. */
static void engine_digest_use(EVP_MD_CTX *c, const struct engine_options *options, bool *ok) {
    const uint8_t sidecars = options->sidecars;
    engine_digest_part(c, bytes_from_string(options->destination ? options->destination : ""), ok);
    engine_digest_part(c, bytes_make(&sidecars, sizeof(sidecars)), ok);
}

static int engine_digest_make(struct engine *e, const struct engine_options *options) {
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    if (!c) return -ENOMEM;
    bool ok = EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1;
    engine_digest_part(c, BYTES(ENGINE_VERSION " " DEIDFS_VERSION), &ok);
    for (size_t i = 0; i < embedded_rules_count; i++) {
        engine_digest_part(c, bytes_make(embedded_rules[i].begin, (size_t) (embedded_rules[i].end - embedded_rules[i].begin)), &ok);
    }
    engine_digest_part(c, bytes_make(embedded_dictionary[0].begin, (size_t) (embedded_dictionary[0].end - embedded_dictionary[0].begin)), &ok);
    engine_digest_part(c, bytes_make(embedded_nicknames[0].begin, (size_t) (embedded_nicknames[0].end - embedded_nicknames[0].begin)), &ok);
    engine_digest_part(c, bytes_make(tagger_digest(e->tagger), TAGGER_DIGEST_LEN), &ok);
    engine_digest_part(c, options->site_rules, &ok);
    engine_digest_lists(c, options, &ok);
    engine_digest_use(c, options, &ok);
    ok = ok && engine_digest_roster(c, e, options);
    engine_digest_profile(c, &e->profile, &ok);
    ok = ok && EVP_DigestFinal_ex(c, e->digest, NULL) == 1;
    EVP_MD_CTX_free(c);
    return ok ? 0 : -EIO;
}

int engine_new(const struct engine_options *options, struct engine **out_engine, struct problem *p) {
    _cleanup_(engine_freep) struct engine *e = calloc(1, sizeof(*e));
    if (!e) return problem_set(p, -ENOMEM, "out of memory");
    must(options->profile && embedded_dictionary_count == 1 && embedded_tagger_count == 1);
    e->profile = *options->profile;
    e->document_len_max = options->document_len_max;
    e->timeout_ms = options->timeout_ms;
    int r = engine_dictionary(e, options, p);
    if (r < 0) return r;
    struct bytes image = bytes_make(embedded_tagger[0].begin, (size_t) (embedded_tagger[0].end - embedded_tagger[0].begin));
    r = tagger_load(image, &e->tagger);
    if (r < 0) return problem_set(p, r, "the built-in tagger model cannot be used: build the program again");
    r = engine_rules(e, options, p);
    if (r == 0) r = engine_roster(e, options, p);
    if (r < 0) return r;
    r = engine_digest_make(e, options);
    if (r < 0) return problem_set(p, r, "the rules' digest could not be computed");
    *out_engine = take_ptr(e);
    return 0;
}

void engine_free(struct engine *e) {
    if (!e) return;
    ruleset_free(e->ruleset);
    tagger_free(e->tagger);
    nicknames_free(e->nicknames);
    roster_free(e->roster);
    dictionary_free(e->dictionary);
    free(e);
}

const uint8_t *engine_digest(const struct engine *e) {
    return e->digest;
}

const char *engine_recognizer_name(const struct engine *e, uint16_t recognizer) {
    static const char *const names[RECOGNIZER_BUILTIN_COUNT] = {
        [RECOGNIZER_LIMIT] = "limit", [RECOGNIZER_OPAQUE] = "opaque", [RECOGNIZER_CREDENTIAL] = "name-before-credential",
        [RECOGNIZER_NAME_LIST] = "name-list", [RECOGNIZER_REPEAT] = "repeat", [RECOGNIZER_COLUMN] = "column",
        [RECOGNIZER_TAGGER] = "tagger", [RECOGNIZER_PROTECT] = "protect", [RECOGNIZER_SECTION] = "section",
        [RECOGNIZER_ROSTER] = "roster",
    };
    if (recognizer < RECOGNIZER_BUILTIN_COUNT) return names[recognizer];
    must((size_t) recognizer - RECOGNIZER_BUILTIN_COUNT < e->ruleset->rule_count);
    return e->ruleset->rules[recognizer - RECOGNIZER_BUILTIN_COUNT].name;
}
