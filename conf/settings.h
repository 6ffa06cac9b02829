/* Settings: an INI file read strictly, before anybody gives its keys a meaning (coverage.md, "Loader"). Both deidfs.conf and the coverage
 * registry come through here.
 * inih 55 splits lines over ~197 bytes silently, so that the tail of a long comment becomes a setting; it merges repeated keys, joins indented
 * lines, cuts section names at 49 characters and values at " ;". So the text is refused, with the line and the remedy, if it holds any of
 * those, a NUL, CR, byte order mark or a byte that is not UTF-8, or ends without a newline. What is left, inih reads as everybody expects.
 * Threads: immutable after loading. Ownership: settings_free(). */
#pragma once

#include "conf/base/bytes.h"
#include "conf/base/problem.h"

enum { SETTINGS_NAME_LEN_MAX = 49, SETTINGS_DIGEST_LEN = 32 };

struct setting {
    const char *section; /* as written between the brackets */
    const char *key;
    const char *value;   /* without the blanks around it; may be "" */
    uint32_t line;       /* from 1 */
};

struct settings_section {
    const char *name;
    uint32_t line;
};

struct settings {
    struct setting *items; /* in the file's order; no (section, key) twice */
    size_t count;
    struct settings_section *sections; /* in the file's order, empty ones too; no name twice */
    size_t section_count;
    uint8_t digest[SETTINGS_DIGEST_LEN]; /* SHA-256 of the file's bytes */
    char *memory;                        /* what the strings point into */
};

/* Opens without following a symbolic link, demands a regular file of at most LIMIT_CONF_FILE_LEN bytes that root or the caller owns and that
 * neither group nor others may write, reads it once. -EPERM for an owner or mode that cannot be trusted, -EBADMSG for the text. */
_must_use_ int settings_load(const char *path, struct settings **out_settings, struct problem *p);
/* From memory; path appears in problems only. */
_must_use_ int settings_parse(struct bytes text, const char *path, struct settings **out_settings, struct problem *p);
void settings_free(struct settings *s);
/* For _cleanup_(settings_freep). */
static inline void settings_freep(struct settings **s) {
    settings_free(*s);
    *s = NULL;
}
