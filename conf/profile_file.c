#include "conf/profile_file.h"

#include <errno.h>

#include "conf/base/text.h"
#include "conf/nearest.h"
#include "conf/settings.h"

enum { PROFILE_FILE_KEYS_MAX = 32 };

static const char *profile_file_value(const struct settings *s, const char *key) {
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->items[i].key, key) == 0) return s->items[i].value;
    }
    return NULL;
}

static bool profile_file_name_is_plain(const char *name) {
    size_t len = strlen(name);
    if (len == 0 || len >= PROFILE_NAME_LEN_MAX) return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t) name[i];
        bool plain = text_is_lower(c) || text_is_digit(c);
        if (!plain && (i == 0 || !strchr("._-", c))) return false;
    }
    return true;
}

/* The parameter's line, or its refusal with the nearest key there is. */
static int profile_file_set(struct profile *to, const struct setting *s, const char *path, struct problem *p) {
    static const char *const own[] = { "name", "extends", "claim" };
    const char *known[PROFILE_FILE_KEYS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < array_count(own); i++) {
        if (strcmp(s->key, own[i]) == 0) return 0;
        known[count++] = own[i];
    }
    struct problem why = { 0 };
    int r = profile_set(to, s->key, s->value, &why);
    if (r == 0) return 0;
    if (r != -ENOENT) return problem_set(p, -EBADMSG, "%s:%u: %s: %s", path, s->line, s->key, why.text);
    for (size_t i = 0; profile_parameter_at(i); i++) {
        must(count < PROFILE_FILE_KEYS_MAX);
        known[count++] = profile_parameter_at(i);
    }
    const char *near = nearest_word(s->key, known, count);
    return problem_set(p, -EBADMSG, "%s:%u: [profile] has no key %s%s%s%s", path, s->line, s->key, near ? "; did you mean " : "", near ? near : "",
                       near ? "?" : "");
}

static int profile_file_head(const struct settings *s, const char *path, struct profile *out, struct problem *p) {
    for (size_t i = 0; i < s->section_count; i++) {
        if (strcmp(s->sections[i].name, "profile") != 0)
            return problem_set(p, -EBADMSG, "%s:%u: a profile file has one section, [profile]", path, s->sections[i].line);
    }
    const char *name = profile_file_value(s, "name"), *extends = profile_file_value(s, "extends");
    if (!name || !extends) return problem_set(p, -EBADMSG, "%s: [profile] needs %s = …", path, name ? "extends" : "name");
    struct problem why = { 0 };
    if (profile_find(extends, out, &why) < 0) return problem_set(p, -EBADMSG, "%s: extends: %s", path, why.text);
    if (!profile_file_name_is_plain(name) || profile_find(name, &(struct profile) { 0 }, NULL) == 0)
        return problem_set(p, -EBADMSG, "%s: name = %s: give it a name of its own: a-z, 0-9, '.', '_' and '-', at most %d", path, name,
                           PROFILE_NAME_LEN_MAX - 1);
    memcpy(out->name, name, strlen(name) + 1);
    return 0;
}

static int profile_file_check(const struct settings *s, const char *path, struct profile_file *f, struct problem *p) {
    const char *claim = profile_file_value(s, "claim");
    struct profile base;
    struct problem why = { 0 };
    must(profile_find(f->profile.base, &base, NULL) == 0); /* it was found by profile_file_head() */
    f->claim = claim_of(&base, NULL);
    f->claim_is_given = claim && claim[0];
    if (f->claim_is_given && !claim_from_name(claim, &f->claim)) return problem_set(p, -EBADMSG, "%s: claim = %s is no claim (see deidfs.conf(5))", path, claim);
    if (claim_require(&f->profile, f->claim, &why) < 0) return problem_set(p, -EBADMSG, "%s: %s (accept it with claim = …)", path, why.text);
    if (!f->claim_is_given && profile_loosens(&base, &f->profile, &why))
        return problem_set(p, -EBADMSG, "%s: %s; if that is meant, accept what the views then support with claim = %s", path, why.text,
                           claim_name(claim_of(&f->profile, NULL)));
    return 0;
}

static int profile_file_read(const struct settings *s, const char *path, struct profile_file *out, struct problem *p) {
    struct profile_file f = { 0 };
    int r = profile_file_head(s, path, &f.profile, p);
    for (size_t i = 0; i < s->count && r == 0; i++) r = profile_file_set(&f.profile, &s->items[i], path, p);
    if (r == 0) r = profile_file_check(s, path, &f, p);
    if (r == 0) *out = f;
    return r;
}

int profile_file_parse(struct bytes text, const char *path, struct profile_file *out, struct problem *p) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    int r = settings_parse(text, path, &s, p);
    return r < 0 ? r : profile_file_read(s, path, out, p);
}

int profile_file_load(const char *path, struct profile_file *out, struct problem *p) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    int r = settings_load(path, &s, p);
    return r < 0 ? r : profile_file_read(s, path, out, p);
}
