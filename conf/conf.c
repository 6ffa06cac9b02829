#include "conf/conf.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "conf/base/size.h"
#include "conf/base/text.h"
#include "conf/nearest.h"
#include "conf/purpose.h"
#include "conf/settings.h"

/* A setter reads one value into its field; false: the value is not of the key's type. */
struct conf_field {
    struct conf_key doc;
    bool (*set)(const struct conf_field *f, void *to, const char *value, struct problem *p);
    size_t offset;   /* of the field in struct conf */
    size_t len;      /* of the field, NUL included, for texts */
    uint64_t least;  /* for numbers, in the field's unit */
    uint64_t most;
    const char *const *words; /* for enumerations, NULL at the end; the index is the value */
};

static bool conf_set_path(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) p;
    size_t len = strlen(value);
    if (len == 0 && f->doc.fallback) return true;
    if (len == 0 || value[0] != '/' || len >= f->len) return false;
    while (len > 1 && value[len - 1] == '/') len--;
    memcpy(to, value, len);
    ((char *) to)[len] = '\0';
    return true;
}

/* Names of instances and destinations become file names, journal origins and parts of keys: one safe alphabet. */
static bool conf_set_name(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) p;
    size_t len = strlen(value);
    if (len == 0 || len >= f->len) return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t) value[i];
        bool plain = text_is_lower(c) || text_is_digit(c);
        if (!plain && (i == 0 || !strchr("._-", c))) return false;
    }
    memcpy(to, value, len + 1);
    return true;
}

/* <domain>/<host>/<mount>/<8 random base32>: the random part makes a journal that was made anew another journal. */
static bool conf_set_origin(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) p;
    size_t len = strlen(value), slashes = 0;
    if (len == 0 || len >= f->len) return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t) value[i];
        if (!text_is_alnum(c) && !strchr("._-/", c)) return false;
        if (c == '/' && (i == 0 || value[i - 1] == '/')) return false;
        slashes += c == '/';
    }
    if (slashes != 3 || strlen(strrchr(value, '/') + 1) != 8) return false;
    memcpy(to, value, len + 1);
    return true;
}

/* A URL without a password: the configuration is readable by everybody. */
static bool conf_set_database(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    size_t len = strlen(value);
    if (len >= f->len) return false;
    const char *at = strchr(value, '@'), *user = strstr(value, "://");
    bool has_password = at && user && memchr(user + 3, ':', (size_t) (at - user - 3 > 0 ? at - user - 3 : 0));
    if (has_password || strstr(value, "password=")) {
        ignore(problem_set(p, -EPERM, "no password in the configuration; use ~/.pgpass or peer authentication")); /* false says it all */
        return false;
    }
    if (len > 0 && strncmp(value, "postgresql://", 13) != 0 && strncmp(value, "postgres://", 11) != 0) return false;
    memcpy(to, value, len + 1);
    return true;
}

static bool conf_set_bool(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    (void) p;
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0) return false;
    *(bool *) to = yes;
    return true;
}

/* An enumeration's field is an int or an unsigned of the same size: the index of the word. */
static bool conf_set_word(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) p;
    for (int i = 0; f->words[i]; i++) {
        if (strcmp(f->words[i], value) != 0) continue;
        memcpy(to, &i, sizeof(i));
        return true;
    }
    return false;
}

/* strict is the first word: the index's opposite is what the field says. */
static bool conf_set_durability(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    int index = 0;
    if (strcmp(value, "relaxed") == 0) {
        ignore(problem_set(p, -EINVAL, "durability = relaxed is now called crash")); /* the caller refuses the value */
        return false;
    }
    if (!conf_set_word(f, &index, value, p)) return false;
    *(bool *) to = index == 0;
    return true;
}

struct conf_suffix {
    const char *text;
    uint64_t factor;
};

/* A decimal number with one of the suffixes; the number times the factor lies within the field's bounds. */
static bool conf_read_number(const struct conf_field *f, const char *value, const struct conf_suffix *suffixes, size_t count, uint64_t *out) {
    size_t digits = strspn(value, "0123456789");
    uint64_t v = 0;
    if (!text_parse_u64(bytes_make(value, digits), &v)) return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value + digits, suffixes[i].text) != 0) continue;
        if (__builtin_mul_overflow(v, suffixes[i].factor, &v)) return false;
        if (v < f->least || v > f->most) return false;
        *out = v;
        return true;
    }
    return false;
}

static bool conf_set_size(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    static const struct conf_suffix suffixes[] = { { "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 } };
    (void) p;
    uint64_t v = 0;
    if (!conf_read_number(f, value, suffixes, array_count(suffixes), &v)) return false;
    *(size_t *) to = (size_t) v;
    return true;
}

static bool conf_set_seconds(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    static const struct conf_suffix suffixes[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 } };
    (void) p;
    uint64_t v = 0;
    if (!conf_read_number(f, value, suffixes, array_count(suffixes), &v)) return false;
    *(uint32_t *) to = (uint32_t) v;
    return true;
}

static bool conf_set_milliseconds(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    static const struct conf_suffix suffixes[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 } };
    (void) p;
    uint64_t v = 0;
    if (!conf_read_number(f, value, suffixes, array_count(suffixes), &v)) return false;
    *(uint32_t *) to = (uint32_t) v;
    return true;
}

static bool conf_set_u32(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    static const struct conf_suffix none[] = { { "", 1 } };
    (void) p;
    uint64_t v = 0;
    if (!conf_read_number(f, value, none, array_count(none), &v)) return false;
    *(uint32_t *) to = (uint32_t) v;
    return true;
}

/* Three octal digits behind a 0; whatever they say, a view is never writable, and a file never executable. */
static bool conf_set_mode(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) p;
    if (strlen(value) != 4 || strspn(value, "01234567") != 4 || value[0] != '0') return false;
    mode_t mode = (mode_t) strtoul(value, NULL, 8);
    if ((mode & ~(mode_t) f->most) != 0) return false;
    *(mode_t *) to = mode;
    return true;
}

static bool conf_find_user(const char *name, uid_t *out) {
    uint64_t id = 0;
    if (text_parse_u64(bytes_from_string(name), &id) && id < UINT32_MAX) {
        *out = (uid_t) id;
        return true;
    }
    char memory[16384];
    struct passwd entry, *found = NULL;
    if (getpwnam_r(name, &entry, memory, sizeof(memory), &found) != 0 || !found) return false;
    *out = entry.pw_uid;
    return true;
}

static bool conf_find_group(const char *name, gid_t *out) {
    uint64_t id = 0;
    if (text_parse_u64(bytes_from_string(name), &id) && id < UINT32_MAX) {
        *out = (gid_t) id;
        return true;
    }
    char memory[65536];
    struct group entry, *found = NULL;
    if (getgrnam_r(name, &entry, memory, sizeof(memory), &found) != 0 || !found) return false;
    *out = entry.gr_gid;
    return true;
}

static bool conf_set_user(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    if (conf_find_user(value, to)) return true;
    ignore(problem_set(p, -ENOENT, "no user \"%s\" on this machine (getent passwd)", value)); /* false says it all */
    return false;
}

static bool conf_set_group(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    if (conf_find_group(value, to)) return true;
    ignore(problem_set(p, -ENOENT, "no group \"%s\" on this machine (getent group)", value)); /* as above */
    return false;
}

/* uid_t and gid_t are both 32 bits here, so one list reader serves both. */
static_assert(sizeof(uid_t) == sizeof(uint32_t) && sizeof(gid_t) == sizeof(uint32_t), "ids are 32 bits");

struct id_list {
    uint32_t *ids;
    size_t count;
};

static bool conf_read_ids(const char *value, bool groups, struct id_list *out, struct problem *p) {
    size_t room = 1;
    for (const char *c = value; *c; c++) room += *c == ',';
    _cleanup_(free_ptr) uint32_t *ids = calloc(room, sizeof(*ids));
    char list[256];
    if (!ids || strlen(value) >= sizeof(list)) return false;
    memcpy(list, value, strlen(value) + 1);
    size_t count = 0;
    char *rest = NULL;
    for (char *name = strtok_r(list, ", \t", &rest); name; name = strtok_r(NULL, ", \t", &rest)) {
        bool known = groups ? conf_set_group(NULL, &ids[count], name, p) : conf_set_user(NULL, &ids[count], name, p);
        if (!known) return false;
        if (++count == room) break;
    }
    if (strtok_r(NULL, ", \t", &rest)) return false; /* names parted by blanks alone: not a list */
    *out = (struct id_list) { .ids = take_ptr(ids), .count = count };
    return true;
}

static bool conf_set_users(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    struct id_list list = { 0 };
    if (value[0] == '\0') return true;
    if (!conf_read_ids(value, false, &list, p)) return false;
    struct conf *c = to;
    c->users = list.ids;
    c->user_count = list.count;
    return true;
}

static bool conf_set_groups(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    struct id_list list = { 0 };
    if (value[0] == '\0') return true;
    if (!conf_read_ids(value, true, &list, p)) return false;
    struct conf *c = to;
    c->groups = list.ids;
    c->group_count = list.count;
    return true;
}

bool conf_users_read(const char *value, struct conf_users *out, struct problem *p) {
    struct id_list list = { 0 };
    if (!conf_read_ids(value, false, &list, p)) return false;
    *out = (struct conf_users) { .ids = list.ids, .count = list.count };
    return true;
}

/* A list of users that is a field of its own. */
static bool conf_set_user_list(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    return value[0] == '\0' || conf_users_read(value, to, p);
}

bool conf_users_hold(const struct conf_users *u, uid_t uid) {
    for (size_t i = 0; i < u->count; i++) {
        if (u->ids[i] == uid) return true;
    }
    return false;
}

/* What may stand in a record: nothing that JSON, XML or a shell would have to escape. */
static bool conf_is_word(const char *word) {
    size_t len = strlen(word);
    if (len == 0 || len > CONF_WORD_LEN_MAX || !text_is_alnum((uint8_t) word[0])) return false;
    for (size_t i = 0; i < len; i++) {
        if (!text_is_alnum((uint8_t) word[i]) && !strchr("._:/@+-", word[i])) return false;
    }
    return true;
}

static bool conf_read_words(char *list, size_t room, struct conf_words *out) {
    char *rest = NULL;
    for (char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        word += strspn(word, " \t");
        for (size_t len = strlen(word); len > 0 && (word[len - 1] == ' ' || word[len - 1] == '\t');) word[--len] = '\0';
        if (out->count == room || !conf_is_word(word)) return false;
        memcpy(out->words[out->count++], word, strlen(word) + 1);
    }
    return true;
}

static bool conf_set_word_list(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    (void) p;
    char list[256];
    size_t room = 1, len = strlen(value);
    if (len == 0) return true;
    if (len >= sizeof(list)) return false;
    for (const char *c = value; *c; c++) room += *c == ',';
    memcpy(list, value, len + 1);
    struct conf_words words = { .words = calloc(room, sizeof(*words.words)) };
    if (!words.words || !conf_read_words(list, room, &words)) {
        free(words.words);
        return false;
    }
    *(struct conf_words *) to = words;
    return true;
}

bool conf_words_hold(const struct conf_words *w, const char *word) {
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->words[i], word) == 0) return true;
    }
    return false;
}

static bool conf_set_hours(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    (void) p;
    return hours_parse(value, to);
}

static bool conf_set_purposes(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    char copy[LIMIT_CONF_LINE_LEN + 1], *rest = NULL;
    uint32_t mask = 0;
    (void) f;
    if (strlen(value) >= sizeof(copy)) return false;
    memcpy(copy, value, strlen(value) + 1);
    for (char *word = strtok_r(copy, ", ", &rest); word; word = strtok_r(NULL, ", ", &rest)) {
        uint32_t i = 0;
        while (purpose_at(i) && strcmp(purpose_at(i), word) != 0) i++;
        if (!purpose_at(i)) {
            ignore(problem_set(p, -EINVAL, "\"%.32s\" is no purpose; they are " PURPOSE_WORDS, word)); /* false says it all */
            return false;
        }
        mask |= 1u << i;
    }
    memcpy(to, &mask, sizeof(mask));
    return true;
}

static bool conf_set_globs(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    (void) p;
    return paths_parse(value, to);
}

static bool conf_set_programs(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    struct conf_programs list = { .count = 0 };
    char copy[sizeof(list.text)], *rest = NULL;
    size_t len = strlen(value), at = 0;
    (void) f;
    if (len >= sizeof(copy)) return false;
    memcpy(copy, value, len + 1);
    for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        word += strspn(word, " ");
        for (len = strlen(word); len > 0 && word[len - 1] == ' ';) word[--len] = '\0';
        if (word[0] != '/') {
            ignore(problem_set(p, -EINVAL, "\"%s\" is not an absolute path", word)); /* false says it all */
            return false;
        }
        memcpy(list.text + at, word, len + 1);
        at += len + 1;
        list.count++;
    }
    *(struct conf_programs *) to = list;
    return true;
}

/* A path names a site's profile file; a bare word a built-in profile. */
static bool conf_set_profile(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    struct conf *c = to;
    if (!strchr(value, '/')) {
        if (profile_find(value, &c->profile, p) < 0) return false;
        c->claim = claim_of(&c->profile, NULL);
    } else {
        const struct conf_field path = { .len = sizeof(c->profile_file) };
        struct profile_file file;
        if (!conf_set_path(&path, c->profile_file, value, p) || profile_file_load(value, &file, p) < 0) return false;
        c->profile = file.profile;
        c->claim = file.claim;
        c->claim_is_given = file.claim_is_given;
    }
    c->profile_before = c->profile;
    return true;
}

static bool conf_set_parameter(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    return profile_set(to, f->doc.key, value, p) == 0;
}

/* The profile's own claim unless another one is accepted by name. */
static bool conf_set_claim(const struct conf_field *f, void *to, const char *value, struct problem *p) {
    (void) f;
    (void) p;
    struct conf *c = to;
    if (value[0] == '\0') return true;
    c->claim_is_given = true;
    return claim_from_name(value, &c->claim);
}

static const char *const conf_words_times[] = { "year+generation", "shift", "source", "fixed", NULL };
static const char *const conf_words_enforce[] = { "daemon", "kernel", NULL };
static const char *const conf_words_own_folder[] = { "unlisted", "listed", "none", NULL };
static const char *const conf_words_watch[] = { "none", "fanotify", NULL };
static const char *const conf_words_unknown[] = { "hide", "deny", NULL };
static const char *const conf_words_durability[] = { "strict", "crash", NULL };

#define AT(member) .offset = offsetof(struct conf, member)
#define TEXT_AT(member) AT(member), .len = sizeof(((struct conf *) NULL)->member)

/* Order of sections and keys: the manual's. A key's default goes through the same setter as a written value.
 * profile stands before the keys that adjust it. */
static const struct conf_field conf_fields[] = {
    { .doc = { "instance", "name", "name", NULL,
               "The instance: a-z, 0-9, '.', '_' and '-', at most 64. First field of the fstab line and name of the file system." },
      .set = conf_set_name, TEXT_AT(instance) },
    { .doc = { "instance", "source", "path", NULL,
               "Folder of documents that the mount shows de-identified. Consumers must not be able to read it themselves." },
      .set = conf_set_path, TEXT_AT(source) },
    { .doc = { "instance", "state", "path", "",
               "Keys, vault, journal and public keys of this instance, mode 0700. Empty: /var/lib/deidfs/NAME." },
      .set = conf_set_path, TEXT_AT(state) },
    { .doc = { "instance", "journal", "path", "", "Folder of the signed journal; best on a file system of its own. Empty: STATE/journal." },
      .set = conf_set_path, TEXT_AT(journal) },
    { .doc = { "instance", "checkpoint_copy", "path", "",
               "Second copy of the last checkpoint, which betrays a journal that was rolled back; best on another file system than the "
               "journal. Empty: STATE/guard/last-checkpoint." },
      .set = conf_set_path, TEXT_AT(checkpoint_copy) },
    { .doc = { "instance", "origin", "domain/host/mount/random", NULL,
               "Name of the journal in its checkpoints, ending in 8 random characters. Made by deidfs-setup; never change it." },
      .set = conf_set_origin, TEXT_AT(origin) },
    { .doc = { "instance", "destination", "name", "default",
               "Code space of the tokens: two destinations cannot join their copies by token." },
      .set = conf_set_name, TEXT_AT(destination) },

    { .doc = { "instance", "database", "postgresql://…", "",
               "PostgreSQL database of a vault that several hosts share; passwords belong in ~/.pgpass. Empty: LMDB in STATE/vault." },
      .set = conf_set_database, TEXT_AT(database) },

    { .doc = { "policy", "profile", "name | path", "safe-harbor",
               "What happens to each class of identifier: a built-in profile, or the path of a site's profile file; see PROFILES." },
      .set = conf_set_profile, .offset = 0 },
    { .doc = { "policy", "actions", "entity action, …", "",
               "Changes to the profile, entity by entity: \"phone drop, city label\". What shows more than the profile, or weakens its claim, needs"
               " claim." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "claim", "safe-harbor | limited-data-set | expert-determination | identifiable", "",
               "The weakest claim about the views that is accepted. Empty: the profile's own. A profile that supports less is refused." },
      .set = conf_set_claim, .offset = 0 },
    { .doc = { "policy", "provider_names", "code | label | drop | surrogate | keep", "",
               "What happens to names of those who treat. The Safe Harbor rule does not ask for them to go. Empty: as the profile says." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "keep_year", "yes | no", "",
               "no: dates that the profile reduces to their year are labelled instead. Empty: as the profile says (yes)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "time_of_day", "keep | drop", "",
               "A time of day that stands within a date: 2019-03-05 12:30. Times that stand alone always stay. Empty: as the profile says (drop, but"
               " keep where dates are shifted)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "label_style", "numbered | plain", "",
               "numbered: [PHONE-1], equal values of a document with equal numbers. plain: [PHONE], which deidfs-reidentify counts as a token that"
               " lost its code. Empty: as the profile says (numbered)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "entities", "name action, …", "",
               "Classes of identifier of the site's own, which its rules find: \"COHORT code, BADGE label\"; 3 to 15 letters each, actions code, label,"
               " drop or surrogate. Records count them as other_id. Empty: as the profile says." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "sections_keep", "heading, …", "",
               "Of a document only the sections under these headings are shown: \"assessment, plan\". Text before the first heading, and a note without"
               " any, is dropped. Empty: as the profile says (all)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "sections_drop", "heading, …", "",
               "The text under these headings is not shown: \"social history, family history\". Not together with sections_keep. Empty: as the profile"
               " says (none)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "min_score", "0 .. 1000", "",
               "Findings that score below, per mille, are left alone; more than 0 supports no safe harbor. Empty: as the profile says (0: a doubtful"
               " finding is redacted)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "zip3_mode", "current | union", "",
               "Which census decides whether three digits of a ZIP code may stay. union: only where all of 2000, 2010 and 2020 allow it. current:"
               " that of zip3_vintage alone. Empty: as the profile says (union)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "zip3_vintage", "2020 | 2010 | 2000", "",
               "The census of zip3_mode = current. Empty: as the profile says (2020)." },
      .set = conf_set_parameter, AT(profile) },
    { .doc = { "policy", "max_document", "size", "256M", "Larger documents are refused." },
      .set = conf_set_size, AT(document_len_max), .least = 1, .most = LIMIT_DOCUMENT_LEN },
    { .doc = { "policy", "redact_timeout", "duration", "30s", "A document that needs longer is refused." },
      .set = conf_set_seconds, AT(redact_timeout_s), .least = 1, .most = 3600 },
    { .doc = { "policy", "self_test", "duration", "1h",
               "How often fictitious patients are rendered, in memory, to see that redaction works; each time is recorded. A failure withdraws all"
               " access until a reload that passes." },
      .set = conf_set_seconds, AT(self_test_s), .least = 1, .most = 86400 },
    { .doc = { "policy", "unknown_format", "hide | deny", "hide",
               "Documents in a format nobody here reads: not listed, or listed and refused with EIO." },
      .set = conf_set_word, AT(unknown_format), .words = conf_words_unknown },
    { .doc = { "policy", "rules", "path", "", "File with the site's own rules, in the syntax of the built-in ones." },
      .set = conf_set_path, TEXT_AT(rules) },
    { .doc = { "policy", "lists", "path", "", "Folder with the site's own lists of names, places and exceptions." },
      .set = conf_set_path, TEXT_AT(lists) },
    { .doc = { "policy", "roster", "path", "", "Known patients: a file, or a folder of files: CSV with a header row, FHIR Patient, HL7 v2 ADT. See ROSTERS." },
      .set = conf_set_path, TEXT_AT(roster) },
    { .doc = { "policy", "sidecars", "yes | no", "no",
               "Read .deidfs-patient.csv, .json and .hl7 in the source's folders: the patients of all documents in that folder and below." },
      .set = conf_set_bool, AT(sidecars) },
    { .doc = { "policy", "require_roster", "yes | no", "no", "Refuse documents that no patient of the roster covers." },
      .set = conf_set_bool, AT(require_roster) },
    { .doc = { "policy", "require_auid", "yes | no", "no",
               "Refuse readers without an audit login id. Services and containers usually have none." },
      .set = conf_set_bool, AT(require_auid) },
    { .doc = { "policy", "tokenize_names", "yes | no", "yes",
               "Redact identifiers in file and folder names. \"no\" is refused with profiles that claim more." },
      .set = conf_set_bool, AT(tokenize_names) },

    { .doc = { "mount", "owner", "user", "root", "Owner of everything in the view." },
      .set = conf_set_user, AT(owner) },
    { .doc = { "mount", "group", "group", "root", "Group of everything in the view." },
      .set = conf_set_group, AT(group) },
    { .doc = { "mount", "file_mode", "mode", "0444", "Mode of files, at most 0444." },
      .set = conf_set_mode, AT(file_mode), .most = 0444 },
    { .doc = { "mount", "dir_mode", "mode", "0555", "Mode of folders, at most 0555." },
      .set = conf_set_mode, AT(dir_mode), .most = 0555 },
    { .doc = { "mount", "times", "year+generation | shift | source | fixed", "year+generation",
               "Times of files: the year of the source's and a counter that grows with each change of the view; the source's, moved as far as the dates"
               " of the document's patient (with a profile that shifts dates; where no patient is certain, as year+generation); the source's own; or one"
               " constant." },
      .set = conf_set_word, AT(times), .words = conf_words_times },
    { .doc = { "mount", "attr_ttl", "duration", "1s", "How long the kernel may answer stat(2) from memory. 0ms: never." },
      .set = conf_set_milliseconds, AT(attr_ttl_ms), .most = 3600000 },
    { .doc = { "mount", "workers", "0 .. 256", "0", "Threads that redact. 0: one a processor." },
      .set = conf_set_u32, AT(workers), .most = 256 },
    { .doc = { "mount", "watch", "none | fanotify", "none",
               "fanotify: changes of the source are told to the kernel at once, so that attr_ttl may be long. Needs a local source whose file system has"
               " file handles (ext4, xfs, btrfs); elsewhere a line in the log says that attr_ttl decides." },
      .set = conf_set_word, AT(watch), .words = conf_words_watch },
    { .doc = { "mount", "nodes", "1000 .. 100000000", "250000",
               "Names that the kernel may remember, some 500 bytes of our memory each; past that the oldest are taken from it. More are quicker for walks over"
               " and over a larger source." },
      .set = conf_set_u32, AT(nodes_max), .least = 1000, .most = 100000000 },
    { .doc = { "mount", "cache", "size", "256M", "Memory for ready views." },
      .set = conf_set_size, AT(cache_len_max), .most = (uint64_t) 1 << 40 },
    { .doc = { "mount", "own_folder", "unlisted | listed | none", "unlisted",
               "The folder .deidfs at the root, with status and manifest: reached by its name but not listed, so that copying and indexing the"
               " mount does not read it; listed; or not there." },
      .set = conf_set_word, AT(own_folder), .words = conf_words_own_folder },
    { .doc = { "mount", "cross_devices", "yes | no", "no", "Show what other file systems, mounted under the source, hold." },
      .set = conf_set_bool, AT(cross_devices) },

    { .doc = { "access", "users", "user, user, …", "", "Who may open documents. With groups also empty: everybody who reaches the mount." },
      .set = conf_set_users, .offset = 0 },
    { .doc = { "access", "groups", "group, group, …", "", "Members of these groups may, too." },
      .set = conf_set_groups, .offset = 0 },
    { .doc = { "access", "shared_accounts", "user, user, …", "",
               "Accounts that several people or jobs use, perhaps root among them: denied unless deidfs-session(1) bound a named user to the process." },
      .set = conf_set_user_list, AT(shared_accounts) },
    { .doc = { "access", "session_users", "user, user, …", "", "Who may be named by deidfs-session(1). An account may always name itself, unless it is shared." },
      .set = conf_set_user_list, AT(session_users) },
    { .doc = { "access", "session_binders", "user, user, …", "", "Accounts that, beside root and the state's owner, may bind another user to their processes." },
      .set = conf_set_user_list, AT(session_binders) },
    { .doc = { "access", "programs", "path, path, …", "",
               "Only these programs may open documents: what runs must be the very file that stands at the path now, owned by root and written by nobody"
               " else. An interpreter stands for all its scripts. Empty: any program." },
      .set = conf_set_programs, AT(programs) },
    { .doc = { "access", "purposes", "purpose, purpose, …", "",
               "Documents may be opened only for these purposes of use (" PURPOSE_WORDS "), as deidfs-session(1) bound them to the process. Empty: none is"
               " asked for." },
      .set = conf_set_purposes, AT(purposes) },
    { .doc = { "access", "hours", "Mon-Fri 07:00-19:00, Sat 08:00-12:00", "",
               "When documents may be opened, in local time. A span that ends before it begins runs past midnight. Empty: always." },
      .set = conf_set_hours, AT(hours) },
    { .doc = { "access", "include", "glob, glob, …", "",
               "Only files are shown that match, or lie below a folder that does: see PATHS. Empty: all." },
      .set = conf_set_globs, AT(paths.include) },
    { .doc = { "access", "exclude", "glob, glob, …", "",
               "Files and folders that match are not there, nor is what lies below them: see PATHS. Stronger than include." },
      .set = conf_set_globs, AT(paths.exclude) },
    { .doc = { "access", "enforce", "daemon | kernel", "daemon",
               "Who holds to owner, group, file_mode and dir_mode. daemon: everything is presented as 0444 and 0555 and decided at open(2), so that a"
               " denial is recorded. kernel: what it refuses is not recorded." },
      .set = conf_set_word, AT(enforce), .words = conf_words_enforce },

    { .doc = { "limits", "open_files", "1 .. 1000000", "8192", "Files that one user may hold open at a time; more fail with EMFILE and a record." },
      .set = conf_set_u32, AT(open_files_max), .least = 1, .most = 1000000 },
    { .doc = { "limits", "opens_per_hour", "number", "0",
               "Files that one user may open within an hour of the clock; more fail with EDQUOT and a record. 0: no limit." },
      .set = conf_set_u32, AT(opens_per_hour), .most = 1000000000 },
    { .doc = { "limits", "folders_per_hour", "number", "0", "Folders that one user may list within an hour of the clock, likewise." },
      .set = conf_set_u32, AT(folders_per_hour), .most = 1000000000 },
    { .doc = { "limits", "bytes_per_hour", "size", "0",
               "Bytes of documents that one user may open within an hour of the clock, counted by the whole view at each open(2), likewise." },
      .set = conf_set_size, AT(bytes_per_hour), .most = (uint64_t) 1 << 50 },

    { .doc = { "journal", "durability", "strict | crash", "strict",
               "strict: no first byte before the record is on the disk. crash: before it is written; a crash of the program then loses no record, "
               "but a power cut may." },
      .set = conf_set_durability, AT(durability_strict), .words = conf_words_durability },
    { .doc = { "journal", "epoch", "duration", "60s", "How often the signing key is replaced and the old one destroyed." },
      .set = conf_set_seconds, AT(epoch_s), .least = 1, .most = 86400 },
    { .doc = { "journal", "retention", "months", "75",
               "How long deidfs-journal retain keeps records; a month counts 31 days. The default is six years (45 CFR 164.316(b)(2)(i)) and three months." },
      .set = conf_set_u32, AT(retention_months), .least = 0, .most = 1200 },

    { .doc = { "records", "socket", "path", "",
               "A second control socket that every user may connect to; what he may have recorded is decided by his user id. Empty: only STATE/control.sock." },
      .set = conf_set_path, TEXT_AT(records_socket) },
    { .doc = { "records", "recorders", "user, user, …", "", "Accounts that may have inferences recorded, beside root and the state's owner." },
      .set = conf_set_user_list, AT(recorders) },
    { .doc = { "records", "auditors", "user, user, …", "", "Accounts that may read the journal: each reading is recorded first. Beside root and the state's owner." },
      .set = conf_set_user_list, AT(auditors) },
    { .doc = { "records", "services", "word, word, …", "", "Services that inference records may name." },
      .set = conf_set_word_list, AT(services) },
    { .doc = { "records", "models", "word, word, …", "", "Models that inference records may name: name, or name@version." },
      .set = conf_set_word_list, AT(models) },
    { .doc = { "records", "destinations", "word, word, …", "", "Destinations that inference records may name, beside the instance's own." },
      .set = conf_set_word_list, AT(destinations) },
};
enum { CONF_FIELD_COUNT = array_count(conf_fields) };

const struct conf_key *conf_key_at(size_t i) {
    return i < CONF_FIELD_COUNT ? &conf_fields[i].doc : NULL;
}

static int conf_refuse_unknown_section(const struct settings_section *s, const char *path, struct problem *p) {
    const char *names[CONF_FIELD_COUNT];
    for (size_t i = 0; i < CONF_FIELD_COUNT; i++) {
        names[i] = conf_fields[i].doc.section;
        if (strcmp(names[i], s->name) == 0) return 0;
    }
    const char *near = nearest_word(s->name, names, CONF_FIELD_COUNT);
    return problem_set(p, -EBADMSG, "%s:%u: no section [%s]%s%s%s", path, s->line, s->name, near ? "; did you mean [" : "", near ? near : "",
                       near ? "]?" : "");
}

/* The nearest key of the same section; else a key of that very name in another section. */
static int conf_refuse_unknown_key(const struct setting *s, const char *path, struct problem *p) {
    const char *keys[CONF_FIELD_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < CONF_FIELD_COUNT; i++) {
        const struct conf_key *k = &conf_fields[i].doc;
        if (strcmp(k->section, s->section) == 0) keys[count++] = k->key;
        if (strcmp(k->key, s->key) == 0) return problem_set(p, -EBADMSG, "%s:%u: %s belongs in section [%s]", path, s->line, s->key, k->section);
    }
    const char *near = nearest_word(s->key, keys, count);
    return problem_set(p, -EBADMSG, "%s:%u: [%s] has no key %s%s%s%s", path, s->line, s->section, s->key, near ? "; did you mean " : "",
                       near ? near : "", near ? "?" : "");
}

static const struct conf_field *conf_field_of(const struct setting *s) {
    for (size_t i = 0; i < CONF_FIELD_COUNT; i++) {
        const struct conf_key *k = &conf_fields[i].doc;
        if (strcmp(k->section, s->section) == 0 && strcmp(k->key, s->key) == 0) return &conf_fields[i];
    }
    return NULL;
}

static int conf_set(struct conf *c, const struct conf_field *f, const char *value, uint32_t line, struct problem *p) {
    struct problem why = { 0 };
    if (f->set(f, (char *) c + f->offset, value, &why)) return 0;
    if (why.text[0] != '\0') return problem_set(p, -EBADMSG, "%s:%u: %s: %s", c->path, line, f->doc.key, why.text);
    return problem_set(p, -EBADMSG, "%s:%u: %s = %s is not of the form: %s (see deidfs.conf(5))", c->path, line, f->doc.key, value, f->doc.type);
}

static int conf_refuse_unknown(const struct settings *s, const char *path, struct problem *p) {
    for (size_t i = 0; i < s->section_count; i++) {
        int r = conf_refuse_unknown_section(&s->sections[i], path, p);
        if (r < 0) return r;
    }
    for (size_t i = 0; i < s->count; i++) {
        if (!conf_field_of(&s->items[i])) return conf_refuse_unknown_key(&s->items[i], path, p);
    }
    return 0;
}

/* Every key in the table's order, from the file or by its default. */
static int conf_set_all(struct conf *c, const struct settings *s, struct problem *p) {
    for (size_t i = 0; i < CONF_FIELD_COUNT; i++) {
        const struct conf_field *f = &conf_fields[i];
        const struct setting *given = NULL;
        for (size_t j = 0; j < s->count && !given; j++) {
            if (conf_field_of(&s->items[j]) == f) given = &s->items[j];
        }
        if (!given && !f->doc.fallback) return problem_set(p, -EBADMSG, "%s: [%s] needs %s = …", c->path, f->doc.section, f->doc.key);
        int r = conf_set(c, f, given ? given->value : f->doc.fallback, given ? given->line : 0, p);
        if (r < 0) return r;
    }
    return 0;
}

static bool conf_path_is_within(const char *path, const char *folder) {
    size_t len = strlen(folder);
    if (len == 1) return true;
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static int conf_default_path(char *path, const char *folder, const char *name, const char *conf_path, struct problem *p) {
    if (path[0] != '\0') return 0;
    size_t folder_len = strlen(folder), name_len = strlen(name);
    if (folder_len + name_len + 2 > PATH_MAX) return problem_set(p, -EBADMSG, "%s: [instance] state: path too long", conf_path);
    memcpy(path, folder, folder_len);
    path[folder_len] = '/';
    memcpy(path + folder_len + 1, name, name_len + 1);
    return 0;
}

static int conf_finish(struct conf *c, struct problem *p) {
    int r = conf_default_path(c->state, "/var/lib/deidfs", c->instance, c->path, p);
    if (r == 0) r = conf_default_path(c->journal, c->state, "journal", c->path, p);
    if (r == 0) r = conf_default_path(c->checkpoint_copy, c->state, "guard/last-checkpoint", c->path, p);
    if (r < 0) return r;
    /* Keys, vault and journal in the view, or documents among the keys: both would be read by the wrong people. */
    if (conf_path_is_within(c->state, c->source) || conf_path_is_within(c->journal, c->source) || conf_path_is_within(c->checkpoint_copy, c->source))
        return problem_set(p, -EBADMSG, "%s: [instance] state, journal and checkpoint_copy must lie outside source", c->path);
    if (conf_path_is_within(c->source, c->state)) return problem_set(p, -EBADMSG, "%s: [instance] source must lie outside state", c->path);
    if (conf_path_is_within(c->checkpoint_copy, c->journal))
        return problem_set(p, -EBADMSG, "%s: [instance] checkpoint_copy must lie outside the journal it guards", c->path);
    static const char *const coded[] = { "safe-harbor", "safe-harbor-labels", "strict", "part2-strict" };
    for (size_t i = 0; i < array_count(coded) && !c->tokenize_names; i++) {
        if (strcmp(c->profile.base, coded[i]) == 0)
            return problem_set(p, -EBADMSG, "%s: [policy] tokenize_names = no shows names that profile %s promises to remove", c->path, coded[i]);
    }
    if (c->times == TIMES_SHIFT && c->profile.action[ENTITY_DATE] != ACTION_SHIFT)
        return problem_set(p, -EBADMSG, "%s: [mount] times = shift needs a profile that shifts dates; %s does not", c->path, c->profile.name);
    struct problem why = { 0 };
    if (claim_require(&c->profile, c->claim, &why) < 0) return problem_set(p, -EBADMSG, "%s: [policy] %s (accept it with claim = …)", c->path, why.text);
    if (!c->claim_is_given && profile_loosens(&c->profile_before, &c->profile, &why))
        return problem_set(p, -EBADMSG, "%s: [policy] %s; if that is meant, accept what the views then support with claim = %s", c->path, why.text,
                           claim_name(claim_of(&c->profile, NULL)));
    if (c->require_roster && c->roster[0] == '\0' && !c->sidecars)
        return problem_set(p, -EBADMSG, "%s: [policy] require_roster = yes needs roster = … or sidecars = yes", c->path);
    return 0;
}

static int conf_from_settings(const struct settings *s, const char *path, struct conf **out_conf, struct problem *p) {
    _cleanup_(conf_freep) struct conf *c = calloc(1, sizeof(*c));
    if (!c) return problem_set(p, -ENOMEM, "%s: out of memory", path);
    if (strlen(path) >= sizeof(c->path)) return problem_set(p, -ENAMETOOLONG, "path of the configuration is too long");
    memcpy(c->path, path, strlen(path) + 1);
    memcpy(c->digest, s->digest, sizeof(c->digest));
    int r = conf_refuse_unknown(s, path, p);
    if (r == 0) r = conf_set_all(c, s, p);
    if (r == 0) r = conf_finish(c, p);
    if (r < 0) return r;
    *out_conf = take_ptr(c);
    return 0;
}

int conf_parse(struct bytes text, const char *path, struct conf **out_conf, struct problem *p) {
    _cleanup_(settings_freep) struct settings *s = NULL;
    int r = settings_parse(text, path, &s, p);
    return r < 0 ? r : conf_from_settings(s, path, out_conf, p);
}

int conf_load(const char *name_or_path, struct conf **out_conf, struct problem *p) {
    char path[PATH_MAX];
    char name[LIMIT_INSTANCE_NAME_LEN + 1];
    const struct conf_field instance = { .len = sizeof(name) };
    bool is_path = strchr(name_or_path, '/') != NULL;
    if (!is_path && !conf_set_name(&instance, name, name_or_path, p))
        return problem_set(p, -EINVAL, "\"%s\" is no instance name; a path to a configuration needs a '/', as in ./%s", name_or_path, name_or_path);
    int len = snprintf(path, sizeof(path), is_path ? "%s" : "/etc/deidfs/%s.conf", name_or_path);
    if (len < 0 || (size_t) len >= sizeof(path)) return problem_set(p, -ENAMETOOLONG, "path of the configuration is too long");
    _cleanup_(settings_freep) struct settings *s = NULL;
    int r = settings_load(path, &s, p);
    if (r == -ENOENT && !is_path) return problem_set(p, r, "%s: no such instance; make it with deidfs-setup --instance %s", path, name_or_path);
    return r < 0 ? r : conf_from_settings(s, path, out_conf, p);
}

void conf_free(struct conf *c) {
    if (!c) return;
    free(c->users);
    free(c->groups);
    struct conf_users *users[] = { &c->shared_accounts, &c->session_users, &c->session_binders, &c->recorders, &c->auditors };
    for (size_t i = 0; i < array_count(users); i++) free(users[i]->ids);
    struct conf_words *words[] = { &c->services, &c->models, &c->destinations };
    for (size_t i = 0; i < array_count(words); i++) free(words[i]->words);
    free(c);
}
