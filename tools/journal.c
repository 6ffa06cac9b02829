#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "audit/anchor.h"
#include "audit/verify.h"
#include "conf/base/clock.h"
#include "conf/base/io.h"
#include "tools/journal.h"
#include "tools/tool.h"

/* deidfs-journal(1): what an auditor runs. verify needs a public key and the files, and no other part of the product. */

static const char exit_codes[] =
    "Exit codes: 0 verified, 1 tampered or damaged, 2 incomplete, stale or unreadable, 3 wrong usage.\n"
    "What was not checked is printed as such; nothing else may be taken as checked.\n";

struct journal_arguments {
    const char *key, *epoch_key, *since, *max_age, *witnesses, *quorum, *tsa;
    bool json, quiet;
};

/* A vkey, or a file that holds one line with it. */
void journal_read_key(const struct tool *t, const char *option, const char *given, struct note_key *out) {
    if (note_key_parse(bytes_from_string(given), out) == 0) return;
    _cleanup_(buf_release) struct buf raw;
    buf_init(&raw, NOTE_VKEY_LEN_MAX);
    int r = io_read_file_at(AT_FDCWD, given, &raw);
    if (r < 0) tool_usage_error(t, "--%s: neither a verifier key (name+hash+base64) nor a readable file (%s)", option, strerror(-r));
    struct bytes text = buf_bytes(&raw);
    while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r')) text.len--;
    if (note_key_parse(text, out) < 0) tool_usage_error(t, "--%s: the file holds no verifier key, or its key hash is wrong", option);
}

/* "90", "90s", "15m", "2h", "1d". */
static uint64_t read_age(const struct tool *t, const char *text) {
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    char digits[32] = "";
    size_t len = strlen(text);
    uint64_t factor = 1;
    for (size_t i = 0; len > 1 && i < array_count(units); i++) {
        if (text[len - 1] == units[i].unit) factor = units[i].seconds;
    }
    if (len > 1 && (text[len - 1] < '0' || text[len - 1] > '9')) len--;
    if (len >= sizeof(digits)) tool_usage_error(t, "--max-age: %s is too long", text);
    memcpy(digits, text, len);
    return tool_number(t, "--max-age", digits, 1, UINT32_MAX) * factor;
}

const char *journal_verdict_name(enum verify_verdict v) {
    return v == VERIFY_OK ? "ok" : v == VERIFY_TAMPERED ? "tampered" : "incomplete";
}

static const char *kind_name(enum verify_kind k) {
    static const char *const names[VERIFY_KINDS] = { "bad", "missing", "notice", "not checked" };
    return names[k];
}

static void print_text(const struct verify_report *r) {
    char first[CLOCK_TEXT_LEN + 1] = "", last[CLOCK_TEXT_LEN + 1] = "";
    clock_format(r->time_first_us, first);
    clock_format(r->time_last_us, last);
    bool all = r->verdict == VERIFY_OK && r->found[VERIFY_UNCHECKED] == 0;
    printf("%s: %s%s\n", journal_verdict_name(r->verdict), r->origin[0] ? r->origin : "no checkpoint of this key",
           all || r->verdict != VERIFY_OK ? "" : " (what was checked; see below for what was not)");
    if (r->size > 0) {
        printf("records      %llu, %s to %s\n", (unsigned long long) r->size, first, last);
        if (r->minimum > 0) printf("pruned       those below %llu\n", (unsigned long long) r->minimum);
        printf("epochs       %llu to %llu\n", (unsigned long long) r->epoch_first, (unsigned long long) r->epoch_last);
    }
    for (size_t k = 0; k < VERIFY_KINDS; k++) {
        uint64_t shown = 0;
        for (size_t i = 0; i < r->finding_count; i++) {
            if ((size_t) r->finding[i].kind != k) continue;
            printf("%-12s %s\n", kind_name((enum verify_kind) k), r->finding[i].text);
            shown++;
        }
        if (shown < r->found[k]) printf("%-12s and %llu more of this kind\n", kind_name((enum verify_kind) k), (unsigned long long) (r->found[k] - shown));
    }
    if (r->wal_entries > 0) printf("%-12s %llu records beyond the checkpoint are chained in the write-ahead log; nothing has signed them yet\n", "not checked", (unsigned long long) r->wal_entries);
}

static int print_json(const struct verify_report *r) {
    _cleanup_(buf_release) struct buf out;
    buf_init(&out, 1 << 20);
    char first[CLOCK_TEXT_LEN + 1] = "", last[CLOCK_TEXT_LEN + 1] = "";
    clock_format(r->time_first_us, first);
    clock_format(r->time_last_us, last);
    buf_append_printf(&out, "{\"verdict\":\"%s\",\"size\":%llu,\"minimum\":%llu,\"epoch_first\":%llu,\"epoch_last\":%llu,\"time_first\":\"%s\",\"time_last\":\"%s\",\"origin\":",
                      journal_verdict_name(r->verdict), (unsigned long long) r->size, (unsigned long long) r->minimum, (unsigned long long) r->epoch_first,
                      (unsigned long long) r->epoch_last, first, last);
    tool_json_string(&out, bytes_from_string(r->origin));
    buf_append_string(&out, ",\"records\":{");
    for (unsigned i = 0, shown = 0; i < EVENT_COUNT; i++) {
        if (r->counts[i] > 0) buf_append_printf(&out, "%s\"%s\":%llu", shown++ ? "," : "", event_name((enum event_type) i), (unsigned long long) r->counts[i]);
    }
    buf_append_string(&out, "},\"findings\":[");
    for (size_t i = 0; i < r->finding_count; i++) {
        buf_append_printf(&out, "%s{\"kind\":\"%s\",\"text\":", i ? "," : "", kind_name(r->finding[i].kind));
        tool_json_string(&out, bytes_from_string(r->finding[i].text));
        buf_append_byte(&out, '}');
    }
    buf_append_printf(&out, "],\"bad\":%llu,\"missing\":%llu,\"notices\":%llu,\"not_checked\":%llu,\"unsigned_wal_records\":%llu,\"receipt\":",
                      (unsigned long long) r->found[VERIFY_BAD], (unsigned long long) r->found[VERIFY_MISSING],
                      (unsigned long long) r->found[VERIFY_NOTICE], (unsigned long long) r->found[VERIFY_UNCHECKED], (unsigned long long) r->wal_entries);
    _cleanup_(buf_release) struct buf receipt;
    buf_init(&receipt, 1024);
    verify_receipt(r, &receipt);
    tool_json_string(&out, bytes_make(receipt.ptr, receipt.len - 1));
    buf_append_string(&out, "}\n");
    int e = buf_error(&out);
    if (e == 0 && fwrite(out.ptr, 1, out.len, stdout) != out.len) e = -EIO;
    return e;
}

void journal_show_progress(void *context, uint64_t done, uint64_t total) {
    struct tool_progress *p = context;
    p->total = total;
    tool_progress_step(p, done);
}

static int print_report(const struct verify_report *r, bool json) {
    if (json) return print_json(r);
    print_text(r);
    if (r->verdict == VERIFY_TAMPERED) return 0;
    _cleanup_(buf_release) struct buf receipt;
    buf_init(&receipt, 1024);
    int e = verify_receipt(r, &receipt);
    if (e == 0) printf("%.*s", (int) receipt.len, (const char *) receipt.ptr);
    return e;
}

/* A saved checkpoint or receipt for --since. */
static void read_since(const struct tool *t, const char *path, struct buf *raw, struct verify_options *o) {
    int r = path ? io_read_file_at(AT_FDCWD, path, raw) : 0;
    if (r < 0) tool_usage_error(t, "--since: %s cannot be read (%s)", path, strerror(-r));
    if (path && raw->len == 0) tool_usage_error(t, "--since: %s is empty", path);
    o->since = buf_bytes(raw);
}

static int command_verify(int argc, char **argv) {
    struct journal_arguments a = { 0 };
    const struct tool_option options[] = {
        { 'k', "key", "VKEY|FILE", "the log's public key, as given at setup (required)", &a.key },
        { 'e', "epoch-key", "VKEY|FILE", "the first epoch's public key, as given at setup", &a.epoch_key },
        { 's', "since", "FILE", "a checkpoint or receipt saved earlier", &a.since },
        { 'a', "max-age", "TIME", "the newest record's greatest age: 90s, 15m, 2h, 1d", &a.max_age },
        { 'w', "witnesses", "FILE", "witnesses' public keys, one a line", &a.witnesses },
        { 'q', "quorum", "N", "so many of them must have signed an anchor (default: all)", &a.quorum },
        { 't', "tsa", "FILE", "PEM certificates of timestamping authorities", &a.tsa },
        { 0, "json", NULL, "print one JSON object", &a.json },
    };
    const struct tool t = {
        .name = "deidfs-journal verify", .operands = "DIR", .summary = "Verifies a journal with public keys alone.", .options = options,
        .option_count = array_count(options), .operand_least = 1, .operand_most = 1, .details = exit_codes, .usage_exit = JOURNAL_USAGE,
    };
    int first = tool_options(&t, argc, argv);
    if (!a.key) tool_usage_error(&t, "--key is missing: it was printed by deidfs-setup and is kept in log/log.vkey, but take it from where you saved it");
    struct tool_progress progress;
    struct verify_options o = { .dir = argv[first], .on_progress = journal_show_progress, .context = &progress };
    struct note_key epoch;
    journal_read_key(&t, "key", a.key, &o.stable);
    if (a.epoch_key) {
        journal_read_key(&t, "epoch-key", a.epoch_key, &epoch);
        o.epoch = &epoch;
    }
    if (a.max_age) o.max_age_s = read_age(&t, a.max_age);
    _cleanup_(buf_release) struct buf since;
    buf_init(&since, NOTE_LEN_MAX);
    read_since(&t, a.since, &since, &o);
    o.tsa_file = a.tsa;
    static struct note_key witnesses[ANCHOR_WITNESSES_MAX];
    if (a.quorum && !a.witnesses) tool_usage_error(&t, "--quorum needs --witnesses");
    if (a.witnesses) {
        o.witnesses = witnesses;
        o.witness_count = journal_read_witnesses(&t, a.witnesses, witnesses);
        o.witness_quorum = a.quorum ? tool_number(&t, "--quorum", a.quorum, 1, o.witness_count) : o.witness_count;
    }
    struct verify_report report;
    struct problem p = { "" };
    tool_progress_begin(&progress, "verifying records", 0);
    int r = verify_run(&o, &report, &p);
    tool_progress_end(&progress);
    if (r == -EINVAL || r == -EKEYREJECTED) tool_usage_error(&t, "%s", p.text);
    if (r < 0) return tool_fail(&t, TOOL_INCOMPLETE, &p);
    r = print_report(&report, a.json);
    if (r == 0) r = tool_flush();
    return r < 0 ? TOOL_INCOMPLETE : (int) report.verdict;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    { "verify", command_verify },
    { "show", journal_show },
    { "query", journal_query },
    { "export", journal_export },
    { "report", journal_report },
    { "index", journal_index },
    { "infer", journal_infer },
    { "orphans", journal_orphans },
    { "breach", journal_breach },
    { "replay", journal_replay },
    { "prove", journal_prove },
    { "check-proof", journal_check_proof },
    { "witness-request", journal_witness_request },
    { "witness-add", journal_witness_add },
    { "timestamp-request", journal_timestamp_request },
    { "timestamp-add", journal_timestamp_add },
    { "archive", journal_archive },
    { "retain", journal_retain },
    { "hold", journal_hold },
    { "forget", journal_forget },
};

int main(int argc, char **argv) {
    static const struct tool t = {
        .name = "deidfs-journal", .operands = "COMMAND [options] DIR", .summary = "Verifies and reads the journal of a deidfs mount.",
        .operand_least = 1, .operand_most = INT_MAX,
        .details = "commands:\n"
                   "  verify       is the journal whole and unchanged?\n"
                   "  show         print the records as JSON lines\n"
                   "  query        who read what, when: the records that match\n"
                   "  export       the same in the forms other systems read\n"
                   "  report       one page for an auditor\n"
                   "  index        make the index that query uses\n"
                   "  infer        record model calls: who, which model, which views, what came of it\n"
                   "  orphans      views that were read and that no inference or ticket accounts for\n"
                   "  breach       how far a suspected breach reaches, by when it must be told, and the worksheet\n"
                   "  replay       render documents again: are the views still what the records say?\n"
                   "  prove        a record's proof that verifies offline\n"
                   "  check-proof  does a proof hold?\n"
                   "  witness-request  print what a witness is to sign\n"
                   "  witness-add      store what it answered\n"
                   "  timestamp-request  print an RFC 3161 request over the checkpoint\n"
                   "  timestamp-add      store what the authority answered\n"
                   "  archive      write the log as zips for the shelf\n"
                   "  retain       what is older than the retention period; --prune removes it, on record\n"
                   "  hold         set or release a legal hold, which forbids that\n"
                   "  forget       destroy the subject keys of past months\n",
        .usage_exit = JOURNAL_USAGE,
    };
    for (size_t i = 0; argc > 1 && i < array_count(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    }
    int first = tool_options(&t, argc, argv);
    tool_usage_error(&t, "there is no command \"%s\"", argv[first]);
}
