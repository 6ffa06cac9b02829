/* Any bytes as an answer to be re-identified, over a real vault with a few values. The first byte chooses format and mode; the bytes 1 to 6 behind it
 * stand for the vault's own tokens, so that a mutation keeps them whole. What holds no token comes back as it was; JSON stays JSON; counts add up. */
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/keyring.h"
#include "redact/restore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { VALUE_COUNT = 6 };
static const struct {
    enum entity entity;
    const char *normal, *surface;
} values[VALUE_COUNT] = {
    { ENTITY_PATIENT, "john \"jack\" smith", "John \"Jack\" Smith" }, { ENTITY_MRN, "00482913", "0048-2913" },
    { ENTITY_STREET, "12 elm st", "12 Elm <Street>,\nApt 3" },          { ENTITY_EMAIL, "a&b@c.org", "a&b@c.org" },
    { ENTITY_PERSON, "josé", "Jos\xC3\xA9" },                          { ENTITY_OTHER_ID, "back\\slash", "back\\slash\x01" },
};
static struct vault_reader *reader;
static char tokens[VALUE_COUNT][TOKEN_TEXT_LEN_MAX + 1];
static char folder[] = "/tmp/deidfs-fuzz-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void) st;
    (void) kind;
    (void) ftw;
    return remove(path);
}

static void leave(void) {
    vault_reader_free(reader);
    (void) nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void prepare(void) {
    struct problem p = { .text = "" };
    struct keeper *keeper = NULL;
    struct vault *vault = NULL;
    uint8_t seal_to[KEY_LEN];
    char path[64];
    struct key secret;
    struct vault_request requests[VALUE_COUNT];
    struct vault_coin coins[VALUE_COUNT];
    must(sodium_init() >= 0 && mkdtemp(folder) != NULL);
    const struct vault_place place = { .state_dir = folder, .destination = "rag" };
    must(keyring_create(folder, &p) == 0 && keyring_load_reidentify_public(folder, seal_to, &p) == 0 && keeper_start(folder, &keeper, &p) == 0);
    must(vault_open(&place, keeper, seal_to, &vault, &p) == 0);
    for (size_t i = 0; i < VALUE_COUNT; i++)
        requests[i] = (struct vault_request) { .entity = values[i].entity, .normal = bytes_from_string(values[i].normal), .surface = bytes_from_string(values[i].surface) };
    must(vault_mint(vault, BYTES("00482913"), requests, VALUE_COUNT, coins) == 0);
    for (size_t i = 0; i < VALUE_COUNT; i++) token_format(&coins[i].token, tokens[i]);
    vault_free(vault);
    keeper_free(keeper);
    must(snprintf(path, sizeof(path), "%s/reidentify/reidentify.key", folder) > 0);
    must(keyring_load_reidentify_secret(path, &secret, &p) == 0 && vault_reader_open(&place, &secret, &reader, &p) == 0);
    must(atexit(leave) == 0);
}

static bool is_json(struct bytes b) {
    json_error_t error;
    json_t *value = json_loadb((const char *) b.ptr, b.len, JSON_ALLOW_NUL, &error);
    json_decref(value);
    return value != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct buf input, out;
    struct restore_report report = { .tokens = 0 };
    if (!reader) prepare();
    if (len == 0 || len > 1 << 16) return 0;
    buf_init(&input, len * (TOKEN_TEXT_LEN_MAX + 1));
    buf_init(&out, (size_t) 1 << 28);
    for (size_t i = 1; i < len; i++) {
        if (data[i] >= 1 && data[i] <= VALUE_COUNT) must(buf_append_string(&input, tokens[data[i] - 1]) == 0);
        else must(buf_append_byte(&input, data[i]) == 0);
    }
    struct restore_options o = { .format = (enum restore_format) (data[0] % 5), .mode = data[0] & 0x40 ? RESTORE_CANONICAL : RESTORE_SURFACE };
    must(restore_text(reader, buf_bytes(&input), &o, &out, &report) == 0);
    uint64_t sum = 0;
    for (int c = 0; c < RESTORE_CLASS_COUNT; c++) sum += report.counts[c];
    must(sum == report.tokens + report.counts[RESTORE_LABEL] && restore_report_restored(&report) + restore_report_left(&report) == report.tokens);
    if (restore_report_restored(&report) == 0) must(bytes_equal(buf_bytes(&input), buf_bytes(&out)));
    bool as_json = o.format == RESTORE_AUTO || o.format == RESTORE_JSON;
    if (as_json && is_json(buf_bytes(&input))) must(is_json(buf_bytes(&out)));
    buf_release(&input);
    buf_release(&out);
    return 0;
}
