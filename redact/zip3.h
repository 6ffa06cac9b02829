/* zip3: which three-digit ZIP prefixes may be shown: those whose area holds more than 20,000 people (45 CFR 164.514(b)(2)(i)(B)).
 * An allow-list with a vintage: a prefix without an area is never shown. ZIP3_UNION withholds what any of the three censuses withholds.
 * Threads: constant tables. */
#pragma once

#include "conf/base/bytes.h"
#include "conf/profile.h"

enum { ZIP3_COUNT = 1000 };

/* prefix 0..999. Vintages 2000 and 2010 know no areas of their own: their lists are subtracted from the areas of 2020. */
bool zip3_may_show(unsigned prefix, enum zip3_vintage vintage, enum zip3_mode mode);
