#include "fs/status.h"

#include "tests/fs/instance.h"
#include "tests/harness.h"

static struct instance at;

static size_t count(struct bytes in, const char *what) {
    size_t n = 0, len = strlen(what);
    for (size_t i = 0; i + len <= in.len; i++) n += memcmp(in.ptr + i, what, len) == 0;
    return n;
}

TEST(status, the_three_forms_hold_the_same_numbers_and_no_name_of_the_source) {
    _cleanup_(buf_release) struct buf lines, json, metrics;
    buf_init(&lines, 1 << 16), buf_init(&json, 1 << 16), buf_init(&metrics, 1 << 16);
    instance_make(&at, NULL);
    instance_write(&at, "Jane-Doe/visit.txt", "text\n");
    instance_start(&at);
    at.guard->counters.opens = 4711;
    status_write(at.guard, STATUS_LINES, &lines);
    status_write(at.guard, STATUS_JSON, &json);
    status_write(at.guard, STATUS_METRICS, &metrics);
    CHECK_INT(count(buf_bytes(&lines), "\nopens_total 4711\n"), 1);
    CHECK_INT(count(buf_bytes(&json), "\"opens_total\":4711"), 1);
    CHECK_INT(count(buf_bytes(&metrics), "deidfs_opens_total{instance=\"t\"} 4711\n"), 1);
    CHECK_INT(count(buf_bytes(&metrics), "# TYPE "), count(buf_bytes(&metrics), "{instance=\"t\"}"));
    CHECK_INT(count(buf_bytes(&lines), "\n"), count(buf_bytes(&json), ",") + 1);
    const struct buf *all[] = { &lines, &json, &metrics };
    for (size_t i = 0; i < 3; i++) CHECK_INT(count(buf_bytes(all[i]), "Doe") + count(buf_bytes(all[i]), "visit") + count(buf_bytes(all[i]), at.root), 0);
    instance_stop(&at);
}
