/* identity: which names of a document are one person. "John Q. Smith", "SMITH, JOHN", "Mr. Smith" and "John" in one record are one identity,
 * whose normal form is the fullest name; "Smith" beside both John and Mary Smith stays a value of its own. Nothing here
 * reaches beyond the document: whose name it is in other documents is decided by the record they belong to (transform.c, record.h), never by the
 * name alone (tokens.md).
 *
 * A name joins an identity when every word of it fits (equal, or an initial), the family name or the whole given name among them, generation
 * (Jr., III) and title (Mr., Mrs.) do not speak against it, and no second identity fits as well. A provider and a patient never join.
 * Threads: one document. Memory: in the arena. */
#pragma once

#include "conf/base/arena.h"
#include "conf/entity.h"

struct identity_name {
    enum entity entity;    /* PATIENT, PERSON or PROVIDER */
    struct bytes surface;  /* as it stands, without possessive */
    struct bytes before;   /* a few bytes of text in front, for the title */
    /* results */
    struct bytes normal;   /* of the identity: equal for all of its names */
    enum entity role;      /* the identity's: PATIENT and PROVIDER win over PERSON */
};

/* Fills the results of all names. -ENOMEM. */
_must_use_ int identity_resolve(struct identity_name *names, size_t count, struct arena *arena);
