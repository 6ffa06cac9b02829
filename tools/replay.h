/* replay: a source document rendered again under an instance's configuration, with its own vault, and held against the digest of the view that was
 * shown. Knows no journal.
 * Threads: one. Ownership: replay_free(). */
#pragma once

#include "conf/conf.h"
#include "conf/keeper.h"
#include "conf/refusal.h"

enum replay_verdict {
    REPLAY_SAME,
    REPLAY_DIFFERS, /* same policy, same source, another view */
    REPLAY_CANNOT,
};

/* Why it cannot be said whether the view is the same. */
enum replay_reason {
    REPLAY_NO_REASON,
    REPLAY_POLICY,  /* today's policy is not the record's */
    REPLAY_GONE,    /* no file of the source has the record's token */
    REPLAY_CHANGED, /* file, sidecar or a folder with sidecars is newer than the record */
    REPLAY_MONTH,   /* the record's tokens are of a month for which there is no key */
    REPLAY_REFUSED, /* the document is refused now, or cannot be read */
};
const char *replay_verdict_name(enum replay_verdict v);
const char *replay_reason_name(enum replay_reason r);

struct replay;

/* Engine, keys and vault, as the mount has them; c is borrowed. TOOL_OK, or an exit code: TOOL_UNAVAILABLE keys or vault, TOOL_CONFIG rules, lists or
 * roster, TOOL_NO_INPUT the source. */
_must_use_ int replay_new(const struct conf *c, struct replay **out_replay, struct problem *p);
void replay_free(struct replay *r);
/* For tokens of the present month. Borrowed. */
struct keeper *replay_keeper(struct replay *r);
const uint8_t *replay_policy(const struct replay *r);

/* One document, rendered when somebody first asks what was shown of it. */
struct replay_document {
    const char *path;       /* below the source */
    bool rendered, refused;
    uint64_t written_us;    /* the file's bytes */
    uint64_t touched_us;    /* whatever else could have made the view another: file, sidecars, their folders */
    uint8_t digest[32];     /* of the view */
};
/* One view that was shown of it. */
struct replay_view {
    uint64_t time_us;
    const uint8_t *policy, *digest; /* 32 bytes each */
};
/* The document is not rendered if it cannot be the same: nothing is minted for text that was never shown. A negative errno only when key, vault or
 * memory fail. */
_must_use_ int replay_judge(struct replay *r, struct replay_document *d, const struct replay_view *v, enum replay_verdict *out, enum replay_reason *out_why);
