/* Inode numbers as shown: a keyed permutation of the source's, so that they say nothing of age or order, stay the same across remounts and
 * never meet within one device. Threads: pure. */
#pragma once

#include "conf/base/secret.h"

/* Never 0. */
uint64_t ino_shown(const struct key *key, uint64_t dev, uint64_t ino);
