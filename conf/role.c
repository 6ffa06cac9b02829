#include "conf/role.h"

#include <errno.h>
#include <unistd.h>

#include "conf/base/text.h"
#include "conf/nearest.h"
#include "conf/purpose.h"
#include "conf/settings.h"

enum { ROLE_TOKENS_MAX = 10000000, ROLE_SECONDS_MAX = 30 * 86400, ROLE_APPROVAL_DEFAULT_S = 3600 };
#define ROLE_SECTION "role "

/* ---- lists ------------------------------------------------------------------------------------------------------------------------- */

/* The next word of "a, b, c"; false at the end. */
static bool role_take_word(const char **at, struct bytes *out) {
    *at += strspn(*at, ", \t");
    size_t len = strcspn(*at, ", \t");
    *out = bytes_make(*at, len);
    *at += len;
    return len > 0;
}

static bool role_is_all(const char *value) {
    return strcmp(value, "all") == 0;
}

static bool role_set_users(struct conf_users *to, const char *value, struct problem *p) {
    return conf_users_read(value, to, p);
}

static bool role_set_purposes(uint64_t *to, const char *value) {
    const char *at = value;
    uint64_t bits = 0;
    for (struct bytes word; role_take_word(&at, &word);) {
        size_t i = 0;
        while (purpose_at(i) && !bytes_equal(word, bytes_from_string(purpose_at(i)))) i++;
        if (!purpose_at(i)) return false;
        bits |= UINT64_C(1) << i;
    }
    *to = bits;
    return bits != 0;
}

static bool role_set_entities(uint64_t *to, const char *value) {
    const char *at = value;
    uint64_t bits = 0;
    for (struct bytes word; role_take_word(&at, &word);) {
        char upper[ENTITY_NAME_LEN_MAX + 1];
        enum entity e;
        if (word.len > ENTITY_NAME_LEN_MAX) return false;
        for (size_t i = 0; i < word.len; i++) upper[i] = (char) text_to_upper(word.ptr[i]);
        if (!entity_from_name(bytes_make(upper, word.len), &e)) return false;
        bits |= UINT64_C(1) << e;
    }
    *to = bits;
    return bits != 0;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------------------------- */

static bool role_read_number(struct bytes text, uint64_t most, uint64_t *out) {
    uint64_t v = 0;
    if (!text_parse_u64(text, &v) || v == 0 || v > most) return false;
    *out = v;
    return true;
}

/* "90s", "15m", "8h", "1d". */
static bool role_read_time(struct bytes text, uint32_t *out) {
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    for (size_t i = 0; i < array_count(units) && text.len > 1; i++) {
        uint64_t n = 0;
        if (text.ptr[text.len - 1] != (uint8_t) units[i].unit) continue;
        if (!role_read_number(bytes_make(text.ptr, text.len - 1), ROLE_SECONDS_MAX / units[i].seconds, &n)) return false;
        *out = (uint32_t) n * units[i].seconds;
        return true;
    }
    return false;
}

static bool role_set_rate(struct role *to, const char *value) {
    const char *slash = strchr(value, '/');
    uint64_t tokens = 0;
    uint32_t seconds = 0;
    if (!slash || !role_read_number(bytes_make(value, (size_t) (slash - value)), ROLE_TOKENS_MAX, &tokens)) return false;
    if (!role_read_time(bytes_from_string(slash + 1), &seconds)) return false;
    to->rate_tokens = tokens;
    to->rate_s = seconds;
    return true;
}

/* ---- one setting ------------------------------------------------------------------------------------------------------------------- */

static bool role_set_text(char *to, size_t len, const char *value) {
    if (strlen(value) >= len) return false;
    memcpy(to, value, strlen(value) + 1);
    return value[0] != '\0';
}

static bool role_set_yes(bool *to, const char *value) {
    *to = strcmp(value, "yes") == 0;
    return *to || strcmp(value, "no") == 0;
}

static const char *const role_keys[] = { "users",      "destinations", "purposes",  "entities", "patients",
                                         "max_tokens", "rate",         "approvers", "approval", "leakscan" };
enum role_key { KEY_USERS, KEY_DESTINATIONS, KEY_PURPOSES, KEY_ENTITIES, KEY_PATIENTS, KEY_MAX_TOKENS, KEY_RATE, KEY_APPROVERS, KEY_APPROVAL, KEY_LEAKSCAN };

static bool role_set(struct role *r, enum role_key key, const char *value, struct problem *p) {
    uint64_t n = 0;
    switch (key) {
    case KEY_USERS: return role_set_users(&r->users, value, p);
    case KEY_APPROVERS: return role_set_users(&r->approvers, value, p);
    case KEY_DESTINATIONS: return role_set_text(r->destinations, sizeof(r->destinations), value);
    case KEY_PURPOSES:
        if (role_is_all(value)) r->purposes = UINT64_MAX;
        return role_is_all(value) || role_set_purposes(&r->purposes, value);
    case KEY_ENTITIES:
        if (role_is_all(value)) r->entities = UINT64_MAX;
        return role_is_all(value) || role_set_entities(&r->entities, value);
    case KEY_PATIENTS: return role_is_all(value) || (value[0] == '/' && role_set_text(r->patients, sizeof(r->patients), value));
    case KEY_MAX_TOKENS:
        if (!role_read_number(bytes_from_string(value), ROLE_TOKENS_MAX, &n)) return false;
        r->tokens_max = (uint32_t) n;
        return true;
    case KEY_RATE: return role_set_rate(r, value);
    case KEY_APPROVAL: return role_read_time(bytes_from_string(value), &r->approval_s);
    case KEY_LEAKSCAN: return role_set_yes(&r->may_scan, value);
    }
    return false;
}

static int role_take(struct role *r, const struct setting *s, const char *path, struct problem *p) {
    struct problem why = { 0 };
    size_t key = 0;
    while (key < array_count(role_keys) && strcmp(role_keys[key], s->key) != 0) key++;
    if (key == array_count(role_keys)) {
        const char *near = nearest_word(s->key, role_keys, array_count(role_keys));
        return problem_set(p, -EBADMSG, "%s:%u: a role has no key %s%s%s%s", path, s->line, s->key, near ? "; did you mean " : "", near ? near : "",
                           near ? "?" : "");
    }
    if (role_set(r, (enum role_key) key, s->value, &why)) return 0;
    return problem_set(p, -EBADMSG, "%s:%u: %s = %s: %s", path, s->line, s->key, s->value, why.text[0] ? why.text : "see ROLES in deidfs-reidentify(1)");
}

/* ---- the file ---------------------------------------------------------------------------------------------------------------------- */

/* The name becomes part of a file's. */
static bool role_set_name(struct role *r, const char *section) {
    if (strncmp(section, ROLE_SECTION, strlen(ROLE_SECTION)) != 0) return false;
    const char *name = section + strlen(ROLE_SECTION);
    size_t len = strlen(name);
    if (len == 0 || len > ROLE_NAME_LEN_MAX) return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t) name[i];
        if (!text_is_lower(c) && !text_is_digit(c) && (c != '-' || i == 0)) return false;
    }
    memcpy(r->name, name, len + 1);
    return true;
}

static int role_read(const struct settings *s, size_t section, const char *path, struct role *r, struct problem *p) {
    const struct settings_section *head = &s->sections[section];
    *r = (struct role) { .tokens_max = ROLE_TOKENS_DEFAULT, .approval_s = ROLE_APPROVAL_DEFAULT_S };
    if (!role_set_name(r, head->name))
        return problem_set(p, -EBADMSG, "%s:%u: [%s]: a section is [role NAME], NAME of a-z, 0-9 and '-', at most %d", path, head->line, head->name,
                           ROLE_NAME_LEN_MAX);
    for (size_t k = 0; k < s->count; k++) {
        int e = strcmp(s->items[k].section, head->name) == 0 ? role_take(r, &s->items[k], path, p) : 0;
        if (e < 0) return e;
    }
    if (r->users.count > 0 && r->destinations[0]) return 0;
    return problem_set(p, -EBADMSG, "%s:%u: role %s needs users and destinations", path, head->line, r->name);
}

static int roles_read(const struct settings *s, const char *path, struct roles *out, struct problem *p) {
    out->items = calloc(s->section_count ? s->section_count : 1, sizeof(*out->items));
    if (!out->items) return -ENOMEM;
    if (s->section_count > ROLE_COUNT_MAX) return problem_set(p, -E2BIG, "%s: more than %d roles", path, ROLE_COUNT_MAX);
    for (size_t i = 0; i < s->section_count; i++) {
        int e = role_read(s, i, path, &out->items[out->count++], p);
        if (e < 0) return e;
    }
    memcpy(out->digest, s->digest, sizeof(out->digest));
    return 0;
}

static int roles_of(const struct settings *s, const char *path, struct roles **out_roles, struct problem *p) {
    _cleanup_(roles_freep) struct roles *r = calloc(1, sizeof(*r));
    if (!r) return -ENOMEM;
    int e = roles_read(s, path, r, p);
    if (e == 0) *out_roles = take_ptr(r);
    return e;
}

int roles_parse(struct bytes text, const char *path, struct roles **out_roles, struct problem *p) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    int r = settings_parse(text, path, &s, p);
    return r < 0 ? r : roles_of(s, path, out_roles, p);
}

int roles_load(const char *path, struct roles **out_roles, struct problem *p) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    if (access(path, F_OK) < 0 && errno == ENOENT) return problem_set(p, -ENOENT, "%s: there is no such file", path);
    int r = settings_load(path, &s, p);
    return r < 0 ? r : roles_of(s, path, out_roles, p);
}

void roles_free(struct roles *r) {
    if (!r) return;
    for (size_t i = 0; i < r->count; i++) {
        free(r->items[i].users.ids);
        free(r->items[i].approvers.ids);
    }
    free(r->items);
    free(r);
}

/* ---- asked ------------------------------------------------------------------------------------------------------------------------- */

static bool role_has_destination(const struct role *r, const char *destination) {
    const char *at = r->destinations;
    if (role_is_all(at)) return true;
    for (struct bytes word; role_take_word(&at, &word);) {
        if (bytes_equal(word, bytes_from_string(destination))) return true;
    }
    return false;
}

static bool role_has_purpose(const struct role *r, const char *purpose) {
    for (size_t i = 0; purpose_at(i); i++) {
        if (strcmp(purpose_at(i), purpose) == 0) return r->purposes >> i & 1;
    }
    return false;
}

const struct role *roles_find(const struct roles *r, uid_t user, const char *destination, const char *purpose) {
    for (size_t i = 0; i < r->count; i++) {
        const struct role *role = &r->items[i];
        bool fits = purpose ? role_has_purpose(role, purpose) : role->may_scan;
        if (fits && conf_users_hold(&role->users, user) && role_has_destination(role, destination)) return role;
    }
    return NULL;
}

/* The vault keeps all persons under one entity: whoever may see one role of them may see the others. */
bool role_has_entity(const struct role *r, enum entity e) {
    const uint64_t persons = UINT64_C(1) << ENTITY_PATIENT | UINT64_C(1) << ENTITY_PERSON | UINT64_C(1) << ENTITY_PROVIDER;
    return r->entities & (entity_is_person(e) ? persons : UINT64_C(1) << e);
}

bool role_approves(const struct role *r, uid_t approver, uid_t asker) {
    return approver != asker && conf_users_hold(&r->approvers, approver);
}
