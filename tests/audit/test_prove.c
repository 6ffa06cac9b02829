#include "audit/prove.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/entry.h"
#include "conf/base/io.h"
#include "tests/audit/fixture.h"

TEST(prove, every_record_is_proved_and_nothing_else) {
    struct fixture f;
    fixture_init(&f);
    struct journal *j = fixture_create(&f);
    REQUIRE(j != NULL);
    struct event ev = fixture_event(EVENT_OPEN);
    for (int i = 0; i < 300; i++) CHECK_INT(journal_append(j, &ev, NULL), 0);
    CHECK_INT(journal_close(j), 0);
    struct prove_request q = { .dir = f.dir };
    char path[400];
    struct buf vkey, proof, entry;
    buf_init(&vkey, 1000);
    buf_init(&proof, NOTE_LEN_MAX + PROVE_LEN_MAX);
    buf_init(&entry, ENTRY_LEN_MAX);
    (void) snprintf(path, sizeof(path), "%s/log/log.vkey", f.dir);
    REQUIRE(io_read_file_at(AT_FDCWD, path, &vkey) == 0);
    REQUIRE(note_key_parse(bytes_make(vkey.ptr, vkey.len - 1), &q.stable) == 0);
    struct problem p = { "" };
    for (q.index = 0; q.index < 303; q.index += 43) {
        uint64_t index = 999;
        buf_reset(&proof);
        buf_reset(&entry);
        CHECK_INT(prove_make(&q, &proof, &entry, &p), 0);
        CHECK_INT(prove_check(buf_bytes(&proof), buf_bytes(&entry), &q.stable, &index, &p), 0);
        CHECK_INT(index, q.index);
        CHECK(proof.len < 1536); /* P4 */
        entry.ptr[10] ^= 1;
        CHECK_INT(prove_check(buf_bytes(&proof), buf_bytes(&entry), &q.stable, &index, &p), -EBADMSG);
        entry.ptr[10] ^= 1;
        for (size_t i = 0; i < proof.len; i += 11) {
            proof.ptr[i] ^= 1;
            /* The second signature is the epoch's: this key cannot judge it. */
            int r = prove_check(buf_bytes(&proof), buf_bytes(&entry), &q.stable, &index, &p);
            bool other = i + 400 > proof.len;
            if (r != -EBADMSG && !other) harness_fail(__FILE__, __LINE__, "byte %zu of %zu", i, proof.len);
            proof.ptr[i] ^= 1;
        }
    }
    q.index = 100000;
    CHECK_INT(prove_make(&q, &proof, &entry, &p), -ENOENT);
    buf_release(&vkey);
    buf_release(&proof);
    buf_release(&entry);
    fixture_release(&f);
}
