/* One instance's configuration, read strictly (settings.h): an unknown section or key refuses all of it, with line number and the nearest
 * known spelling. The table in conf.c is the manual page's source: every key with type, default, unit and meaning.
 * Threads: immutable after conf_load(). Ownership: conf_free(). */
#pragma once

#include <limits.h>
#include <sys/types.h>

#include "conf/base/problem.h"
#include "conf/claim.h"
#include "conf/hours.h"
#include "conf/limits.h"
#include "conf/paths.h"
#include "conf/profile_file.h"

enum times_mode { TIMES_YEAR_GENERATION, TIMES_SHIFT, TIMES_SOURCE, TIMES_FIXED };
enum enforce { ENFORCE_DAEMON, ENFORCE_KERNEL };
enum watch_mode { WATCH_NONE, WATCH_FANOTIFY };
enum own_folder { OWN_FOLDER_UNLISTED, OWN_FOLDER_LISTED, OWN_FOLDER_NONE };
enum unknown_format { UNKNOWN_FORMAT_HIDE, UNKNOWN_FORMAT_DENY };

enum { CONF_ORIGIN_LEN_MAX = 255, CONF_DESTINATION_LEN_MAX = 63, CONF_WORD_LEN_MAX = 64 };

/* A list of users. */
struct conf_users {
    uid_t *ids;
    size_t count;
};
bool conf_users_hold(const struct conf_users *u, uid_t uid);
/* "alice, bob, 1001": names and numbers of this machine; free(out->ids). false with a problem: there is no such user. */
_must_use_ bool conf_users_read(const char *value, struct conf_users *out, struct problem *p);

/* A closed list of words that records may hold: letters, digits and ._:/@+- alone. */
struct conf_words {
    char (*words)[CONF_WORD_LEN_MAX + 1];
    size_t count;
};
bool conf_words_hold(const struct conf_words *w, const char *word);

/* Absolute paths, one after the other, each with its NUL. */
struct conf_programs {
    char text[LIMIT_CONF_LINE_LEN + 1];
    size_t count;
};

struct conf {
    char path[PATH_MAX];                         /* of the file itself */
    uint8_t digest[32];                          /* SHA-256 of its bytes */
    /* [instance] */
    char instance[LIMIT_INSTANCE_NAME_LEN + 1];  /* [a-z0-9][a-z0-9._-]* */
    char source[PATH_MAX];                       /* absolute */
    char state[PATH_MAX];                        /* absolute; keys/ vault/ journal/ public/ below it */
    char journal[PATH_MAX];                      /* default STATE/journal */
    char checkpoint_copy[PATH_MAX];              /* default STATE/guard/last-checkpoint; best on another file system */
    char origin[CONF_ORIGIN_LEN_MAX + 1];        /* of the journal: <domain>/<host>/<mount>/<8 base32> */
    char destination[CONF_DESTINATION_LEN_MAX + 1]; /* code space of the tokens; default "default" */
    char database[LIMIT_CONF_LINE_LEN + 1];      /* of a shared vault, for libpq; "" LMDB in STATE/vault */
    /* [policy] */
    struct profile profile;
    struct profile profile_before;               /* as named, before [policy] changed it */
    char profile_file[PATH_MAX];                 /* of a site's own profile; "" a built-in one */
    bool claim_is_given;
    enum claim claim;                            /* the weakest that is accepted; claim_of(&profile) is what the views support */
    size_t document_len_max;
    uint32_t redact_timeout_s;
    uint32_t self_test_s;                        /* how often canaries are rendered */
    enum unknown_format unknown_format;
    char rules[PATH_MAX];                        /* site rules, same syntax as redact/rules; "" none */
    char lists[PATH_MAX];                        /* folder of site lists; "" none */
    char roster[PATH_MAX];                       /* known patients, a file or a folder; "" none */
    bool sidecars;                               /* .deidfs-patient.* in the source's folders are read */
    bool require_roster;
    bool require_auid;
    bool tokenize_names;                         /* file and folder names; default yes, "no" only tightens nothing and is refused with safe-harbor */
    /* [mount] */
    uid_t owner;
    gid_t group;
    mode_t file_mode, dir_mode;                  /* masked to 0444, 0555 */
    enum times_mode times;
    uint32_t attr_ttl_ms;
    uint32_t workers;                            /* 0: one a processor */
    enum watch_mode watch;
    uint32_t nodes_max;                          /* names that the kernel may remember */
    size_t cache_len_max;                        /* ready views in memory */
    enum own_folder own_folder;                  /* .deidfs at the root */
    bool cross_devices;                          /* default no: RESOLVE_NO_XDEV */
    /* [access]: empty list = everybody may. Names resolved at load. */
    uid_t *users;
    size_t user_count;
    gid_t *groups;
    size_t group_count;
    struct conf_users shared_accounts;           /* denied unless bound by a session (fs/session.h) */
    struct conf_users session_users;             /* who may be named by a session */
    struct conf_users session_binders;           /* who, beside root and the state's owner, may name another */
    struct conf_programs programs;               /* who may read by what runs; none: any program */
    uint32_t purposes;                           /* bit i: purpose_at(i) may; 0: no purpose is asked for */
    struct hours hours;
    struct paths paths;                          /* what of the source is there at all */
    enum enforce enforce;
    /* [limits]: 0 none */
    uint32_t open_files_max;                     /* of one user at a time */
    uint32_t opens_per_hour, folders_per_hour;   /* of one user */
    size_t bytes_per_hour;
    /* [journal] */
    bool durability_strict;                      /* default yes: no reply before fdatasync */
    uint32_t epoch_s;                            /* default 60 */
    uint32_t retention_months;                   /* default 75 */
    /* [records] */
    char records_socket[PATH_MAX];               /* open to everybody, who is judged by his user id; "" none */
    struct conf_users recorders;                 /* may have inferences recorded */
    struct conf_users auditors;                  /* may have their reading of the journal recorded, and so may read it */
    struct conf_words services, models, destinations; /* what an inference record may name; models: "name" or "name@version" */
};

/* One key of the table: what the manual page, the commented configuration of deidfs-setup and completions print. Static strings. */
struct conf_key {
    const char *section;
    const char *key;
    const char *type;    /* "path", "yes | no", "size", …: what may stand behind the '=' */
    const char *fallback; /* the default as it would be written; "" none; NULL: the key must be given */
    const char *meaning; /* one or two sentences */
};
/* The i-th key in the order of the manual, NULL past the end. */
const struct conf_key *conf_key_at(size_t i);

/* An instance name becomes /etc/deidfs/NAME.conf; anything with a '/' is a path. Fails with a problem that says line and remedy. */
_must_use_ int conf_load(const char *name_or_path, struct conf **out_conf, struct problem *p);
/* From memory, for fuzzing and tests; path appears in problems. */
_must_use_ int conf_parse(struct bytes text, const char *path, struct conf **out_conf, struct problem *p);
void conf_free(struct conf *c);
static inline void conf_freep(struct conf **c) {
    conf_free(*c);
    *c = NULL;
}
