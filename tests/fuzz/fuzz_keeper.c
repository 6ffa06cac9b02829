/* The keeper's request parser: byte 0 chooses the request, the rest is its payload. Keys are fixed and in memory only. */
#include <errno.h>

#include "conf/base/attr.h"
#include "conf/keeper_serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static struct keeper_state state;
    static struct buf answer;
    if (answer.len_max == 0) {
        must(sodium_init() >= 0);
        buf_init(&answer, 1 << 20);
        state.keys.subject_fd = -1;
        state.keys.subject_month = UINT32_MAX; /* no step, no file */
    }
    /* The epoch slots would be written to disk: preparing and advancing are proven in test_keeper.c. */
    state.keys.slots[0] = (struct keyring_slot) { .fd = -1, .live = true, .epoch = 7 };
    state.keys.slots[1] = (struct keyring_slot) { .fd = -1, .live = true, .epoch = 8 };
    if (len == 0 || data[0] == KEEPER_EPOCH_ADVANCE) return 0;
    int r = keeper_answer(&state, data[0], bytes_make(data + 1, len - 1), &answer);
    must(r == 0 || r == -EBADMSG || r == -E2BIG || r == -ENOMEM);
    return 0;
}
