#include "redact/zip3.h"

#include "tests/harness.h"

static size_t shown(enum zip3_vintage vintage, enum zip3_mode mode) {
    size_t n = 0;
    for (unsigned i = 0; i < ZIP3_COUNT; i++) n += zip3_may_show(i, vintage, mode);
    return n;
}

TEST(zip3, of_2020_876_prefixes_may_be_shown) {
    CHECK_INT(shown(ZIP3_2020, ZIP3_CURRENT), 876);
}

TEST(zip3, the_small_areas_of_2020_are_withheld) {
    static const unsigned small[] = { 36, 59, 102, 202, 203, 204, 205, 369, 556, 692, 753, 772, 821, 823, 878, 879, 884, 893 };
    for (size_t i = 0; i < array_count(small); i++) CHECK(!zip3_may_show(small[i], ZIP3_2020, ZIP3_CURRENT));
}

/* 23 prefixes are small in one census or another; those of them that 2020 knows at all are subtracted from its 894 areas. */
TEST(zip3, the_union_withholds_what_any_census_withholds) {
    static const unsigned all[] = { 36, 59, 63, 102, 202, 203, 204, 205, 369, 556, 692, 753, 772, 790, 821, 823, 830, 831, 878, 879, 884, 890, 893 };
    CHECK_INT(array_count(all), 23);
    for (size_t i = 0; i < array_count(all); i++) CHECK(!zip3_may_show(all[i], ZIP3_2020, ZIP3_UNION));
    for (unsigned i = 0; i < ZIP3_COUNT; i++) {
        if (zip3_may_show(i, ZIP3_2020, ZIP3_UNION)) {
            CHECK(zip3_may_show(i, ZIP3_2020, ZIP3_CURRENT) && zip3_may_show(i, ZIP3_2010, ZIP3_CURRENT) && zip3_may_show(i, ZIP3_2000, ZIP3_CURRENT));
        }
    }
}

TEST(zip3, a_prefix_without_an_area_is_never_shown) {
    CHECK(!zip3_may_show(0, ZIP3_2020, ZIP3_CURRENT));
    CHECK(!zip3_may_show(1, ZIP3_2000, ZIP3_CURRENT));
    CHECK(!zip3_may_show(1000, ZIP3_2020, ZIP3_CURRENT));
    CHECK(zip3_may_show(21, ZIP3_2020, ZIP3_UNION));
}
