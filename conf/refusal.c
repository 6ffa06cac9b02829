#include "conf/refusal.h"

#include "conf/base/attr.h"

static const struct {
    const char *name;
    const char *help;
} refusal_table[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = { "none", "Nothing was refused." },
    [REFUSAL_FORMAT] = { "format", "No reader for this content; convert it to text, or leave it hidden." },
    [REFUSAL_TOO_LARGE] = { "too-large", "The document is larger than max_document; raise it or split the document." },
    [REFUSAL_TIMEOUT] = { "timeout", "Redaction took longer than redact_timeout; raise it, or look at the document with deidfs-check." },
    [REFUSAL_LIMIT] = { "limit", "The detection engine reached one of its limits; the document may be crafted. Look at it with deidfs-check." },
    [REFUSAL_MEMORY] = { "memory", "Not enough memory for this document; raise the service's limit." },
    [REFUSAL_COVERAGE] = { "coverage", "An identifier would have stayed readable; this is a bug, please report it." },
    [REFUSAL_VAULT] = { "vault", "The vault could not store a token; check its disk space and permissions." },
    [REFUSAL_KEEPER] = { "keeper", "The keeper process is gone; restart the mount." },
    [REFUSAL_SOURCE] = { "source", "The source could not be read; check the disk and the permissions of the service user." },
    [REFUSAL_CHANGED] = { "changed", "The source kept changing while it was read; try again." },
    [REFUSAL_JOURNAL] = { "journal", "The journal could not be written; check its disk space. No view without its record." },
    [REFUSAL_POLICY] = { "policy", "The policy does not allow this reader." },
    [REFUSAL_ROSTER] = { "roster", "require_roster is set and no roster covers this document." },
    [REFUSAL_MALFORMED] = { "malformed", "The document breaks its own format." },
};

const char *refusal_name(enum refusal r) {
    must((unsigned) r < REFUSAL_COUNT);
    return refusal_table[r].name;
}

const char *refusal_help(enum refusal r) {
    must((unsigned) r < REFUSAL_COUNT);
    return refusal_table[r].help;
}
