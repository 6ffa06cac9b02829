/* record: the patient's record number in the names of the folders above a document ("patients/Smith_John_00482913/visit.txt"). Where the document
 * itself names no record, its patient's names belong to this one: "Mr. Smith" in one note is "John Smith" of the next, and nobody of another
 * folder (identity.h). It decides codes alone; the journal names no patient by it.
 * Threads: pure. */
#pragma once

#include "conf/base/arena.h"

/* The normal form (normalize.h, MRN) of the one number of five digits or more in the name of the lowest folder that has any; dates are none. Empty:
 * there is none, or several. path is below the source root; its last component, the file, is not read. -ENOMEM. */
_must_use_ int record_of_path(struct bytes path, struct arena *arena, struct bytes *out);
