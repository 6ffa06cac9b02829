#include "audit/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "conf/base/io.h"
#include "tests/audit/authority.h"
#include "tests/harness.h"

TEST(timestamp, an_authority_s_answer_is_taken_for_its_text_and_no_other) {
    const char *dir = harness_temp_dir();
    _cleanup_(close_fd) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct bytes text = BYTES("example.org/log\n12\nroot\n");
    struct problem p = { "" };
    struct buf request, response;
    char ca[400];
    buf_init(&request, TIMESTAMP_LEN_MAX);
    buf_init(&response, TIMESTAMP_LEN_MAX);
    must(snprintf(ca, sizeof(ca), "%s/tsa.pem", dir) > 0);
    CHECK_INT(timestamp_request(text, &request, &p), 0);
    CHECK_INT(io_create_file_at(fd, "request", buf_bytes(&request), 0600), 0);
    if (!authority_makes(dir, "request", "response")) SKIP("openssl(1) makes no test authority here");
    CHECK_INT(io_read_file_at(fd, "response", &response), 0);
    uint64_t at = 0, now = (uint64_t) time(NULL) * 1000000u;
    CHECK_INT(timestamp_check(buf_bytes(&response), text, ca, &at, &p), 0);
    CHECK(at <= now && now - at < UINT64_C(60) * 1000000u);
    CHECK_INT(timestamp_check(buf_bytes(&response), BYTES("example.org/log\n13\nroot\n"), ca, &at, &p), -EBADMSG);
    CHECK_INT(timestamp_check(buf_bytes(&request), text, ca, &at, &p), -EBADMSG);
    CHECK_INT(timestamp_check(bytes_make(response.ptr, response.len - 1), text, ca, &at, &p), -EBADMSG);
    response.ptr[response.len - 5] ^= 1; /* within the signature */
    CHECK_INT(timestamp_check(buf_bytes(&response), text, ca, &at, &p), -EBADMSG);
    response.ptr[response.len - 5] ^= 1;
    /* Another authority of the same name. */
    CHECK_INT(renameat(fd, "tsa.pem", fd, "first.pem"), 0);
    CHECK(authority_makes(dir, "request", "second"));
    CHECK_INT(timestamp_check(buf_bytes(&response), text, ca, &at, &p), -EBADMSG);
    CHECK_INT(timestamp_check(buf_bytes(&response), text, "/dev/null", &at, &p), -EINVAL);
    buf_release(&request);
    buf_release(&response);
}
