/* Any bytes as a signed note, a verifier key, a checkpoint: refused or taken, never crashed on; what is taken is written back the same. */
#include "audit/checkpoint.h"
#include "audit/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct bytes raw = bytes_make(data, len);
    struct note_key k;
    if (note_key_parse(raw, &k) == 0) {
        char again[NOTE_VKEY_LEN_MAX];
        must(note_key_format(&k, again) == 0);
    }
    struct note n;
    if (note_parse(raw, &n) < 0) return 0;
    must(n.count > 0 && n.count <= NOTE_SIGNATURES_MAX && n.text.len < len);
    struct checkpoint c;
    if (checkpoint_parse(n.text, &c) < 0) return 0;
    _cleanup_(buf_release) struct buf text;
    buf_init(&text, CHECKPOINT_TEXT_LEN_MAX);
    must(checkpoint_format(&c, &text) == 0 && bytes_equal(buf_bytes(&text), n.text));
    return 0;
}
