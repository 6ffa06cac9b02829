#include "redact/engine.h"

#include <errno.h>
#include <openssl/evp.h>

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
    ruleset_know_kinds(b, e->profile.kinds, e->profile.kind_count);
    if (options->site_rules.len > 0) {
        r = ruleset_add(b, options->site_rules, options->site_rules_path ? options->site_rules_path : "site rules", p);
        if (r < 0) return r;
    }
    return ruleset_seal(b, e->dictionary, &e->ruleset, p);
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

static int engine_digest_make(struct engine *e, const struct engine_options *options) {
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    if (!c) return -ENOMEM;
    bool ok = EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1;
    engine_digest_part(c, BYTES(ENGINE_VERSION " " DEIDFS_VERSION), &ok);
    for (size_t i = 0; i < embedded_rules_count; i++) {
        engine_digest_part(c, bytes_make(embedded_rules[i].begin, (size_t) (embedded_rules[i].end - embedded_rules[i].begin)), &ok);
    }
    engine_digest_part(c, bytes_make(embedded_dictionary[0].begin, (size_t) (embedded_dictionary[0].end - embedded_dictionary[0].begin)), &ok);
    engine_digest_part(c, bytes_make(tagger_digest(e->tagger), TAGGER_DIGEST_LEN), &ok);
    engine_digest_part(c, options->site_rules, &ok);
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
    struct bytes image = bytes_make(embedded_dictionary[0].begin, (size_t) (embedded_dictionary[0].end - embedded_dictionary[0].begin));
    int r = dictionary_load(image, ENGINE_KEYWORDS_MAX, &e->dictionary);
    if (r < 0) return problem_set(p, r, "the built-in dictionary cannot be used: build the program again");
    image = bytes_make(embedded_tagger[0].begin, (size_t) (embedded_tagger[0].end - embedded_tagger[0].begin));
    r = tagger_load(image, &e->tagger);
    if (r < 0) return problem_set(p, r, "the built-in tagger model cannot be used: build the program again");
    r = engine_rules(e, options, p);
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
    };
    if (recognizer < RECOGNIZER_BUILTIN_COUNT) return names[recognizer];
    must((size_t) recognizer - RECOGNIZER_BUILTIN_COUNT < e->ruleset->rule_count);
    return e->ruleset->rules[recognizer - RECOGNIZER_BUILTIN_COUNT].name;
}
