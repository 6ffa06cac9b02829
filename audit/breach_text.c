#include "audit/breach.h"

#include "conf/base/clock.h"
#include "conf/base/text.h"

/* The breach worksheet in its two forms. All appends are sticky: the end tells. */

static unsigned long long ull(uint64_t v) {
    return (unsigned long long) v;
}

static void breach_day(uint64_t us, char out[CLOCK_TEXT_LEN + 1]) {
    clock_format(us, out);
    out[10] = '\0';
}

/* A name of the journal's as code that ends no code and no table cell. */
static void breach_put_name(struct buf *out, const char *name) {
    buf_append_byte(out, '`');
    for (; *name; name++) buf_append_byte(out, *name == '`' || *name == '|' ? '?' : (uint8_t) *name);
    buf_append_byte(out, '`');
}

static void breach_put_tallies(struct buf *out, const char *title, const struct report_tallies *t) {
    buf_append_printf(out, "\n%s:\n\n", title);
    if (t->count == 0) buf_append_string(out, "- none\n");
    for (size_t i = 0; i < t->count; i++) {
        buf_append_string(out, "- ");
        breach_put_name(out, t->items[i].name);
        buf_append_printf(out, ": %llu\n", ull(t->items[i].count));
    }
    if (t->others > 0) buf_append_printf(out, "- others, which had no room here: %llu records\n", ull(t->others));
}

static void breach_put_condition(struct buf *out, const char *name, const char *value) {
    if (!value) return;
    buf_append_printf(out, "- %s: ", name);
    breach_put_name(out, value);
    buf_append_byte(out, '\n');
}

static void breach_put_scope(const struct breach_page *p, struct buf *out) {
    const struct query *q = p->query;
    char from[CLOCK_TEXT_LEN + 1], to[CLOCK_TEXT_LEN + 1];
    clock_format(q->from_us, from);
    clock_format(q->to_us, to);
    buf_append_printf(out, "## Scope\n\n- window: %s to %s (UTC; an access belongs to the moment of its open)\n", q->from_us ? from : "the log's begin", q->to_us ? to : "the log's end");
    breach_put_condition(out, "destination", p->destination);
    breach_put_condition(out, "policy digest", q->policy);
    breach_put_condition(out, "user", q->user);
    breach_put_condition(out, "user id", q->uid);
    breach_put_condition(out, "program", q->exe);
    breach_put_condition(out, "file token", q->file);
    breach_put_condition(out, "container", q->container);
    breach_put_condition(out, "result", q->result);
    breach_put_condition(out, "about", p->subject);
    if (p->destination)
        buf_append_string(out, "\nThe views that inferences to this destination name as their input, whoever opened them; what a program sent there without recording an inference "
                               "is not among them.\n");
}

static void breach_put_individuals(const struct breach_page *p, struct buf *out) {
    const struct breach_figures *f = p->figures;
    buf_append_printf(out, "\n## Individuals\n\n| | |\n|---|---|\n| at most, among opens with a patient token | %llu |\n| at least | %llu |\n"
                           "| opens of individuals unknown (no patient token) | %llu |\n| 500 or more | **%s** |\n",
                      ull(f->most), ull(f->least), ull(f->unknown), breach_size_name(f->size));
    buf_append_printf(out, "\nHow it was counted: distinct patient tokens over %llu token months. A token changes monthly, so a patient seen in two months is counted twice in the "
                           "first figure; the second is the fullest month alone, and holds if a patient has one id. A query for one patient counts one. A document names one patient here, whatever "
                           "others its text is about, and an open without a token may be of any number: settle both by hand.\n",
                      ull(f->months));
}

static void breach_put_dates(const struct breach_page *p, struct buf *out) {
    char discovered[CLOCK_TEXT_LEN + 1], due[CLOCK_TEXT_LEN + 1], secretary[CLOCK_TEXT_LEN + 1];
    enum breach_size size = p->figures->size;
    breach_day(p->discovered_us, discovered);
    breach_day(breach_due(p->discovered_us), due);
    breach_day(breach_due_secretary(p->discovered_us, size), secretary);
    buf_append_printf(out, "\n## Dates\n\n| what | latest | rule |\n|---|---|---|\n| discovered | %s | 164.404(a)(2): known, or would have been with reasonable diligence |\n"
                           "| individuals | %s | 164.404(b): without unreasonable delay, at most 60 calendar days |\n", discovered, due);
    buf_append_printf(out, "| Secretary of HHS | %s | %s |\n", secretary,
                      size == BREACH_FEW ? "164.408(c): fewer than 500; 60 days after the end of the year of the discovery" : "164.408(b): 500 or more, or not excluded; with the individuals");
    if (size == BREACH_FEW) buf_append_string(out, "| media | none | 164.406: at most 500 individuals |\n");
    else buf_append_printf(out, "| media | %s | 164.406: if more than 500 residents of one State or jurisdiction, which no journal knows |\n", due);
    buf_append_printf(out, "| covered entity, if you are its business associate | %s | 164.410(b); your contract may ask for less |\n", due);
}

static void breach_put_accesses(const struct breach_page *p, struct buf *out) {
    const struct breach_figures *f = p->figures;
    char first[CLOCK_TEXT_LEN + 1], last[CLOCK_TEXT_LEN + 1];
    clock_format(f->first_us, first);
    clock_format(f->last_us, last);
    buf_append_printf(out, "\n### 1. Nature and extent of the information: identifiers, likelihood of re-identification (164.402(2)(i))\n\n"
                           "What readers were served are redacted views. Found in them and treated as the policy in force says (hidden, replaced or kept):\n\n"
                           "| class | 164.514(b)(2)(i) | found |\n|---|---|---|\n");
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        if (f->found[i] > 0) buf_append_printf(out, "| %s | %c | %llu |\n", entity_name((enum entity) i), entity_clause((enum entity) i), ull(f->found[i]));
    }
    buf_append_printf(out, "\nReally given in clear: %llu values by %llu re-identifications in scope. (deidfs-reidentify has a journal of its own: scope that too.) "
                           "Identifiers that the redaction did not find are in no journal: run the newest rules over the documents (deidfs-filter --json) and enter what they find more.\n",
                      ull(f->restored), ull(f->reidentifications));
    buf_append_string(out, "\n- classes that were in clear: ______\n- clinical sensitivity: ______\n- likelihood of re-identification, why: ______\n"
                           "\n### 2. The unauthorized person who used it or to whom it was disclosed (164.402(2)(ii))\n");
    breach_put_tallies(out, "Records in scope by user", &f->users);
    breach_put_tallies(out, "By program", &f->programs);
    breach_put_tallies(out, "By policy digest", &f->policies);
    buf_append_string(out, "\n- who of them was not authorized: ______\n- bound by HIPAA or a like duty: ______\n"
                           "\n### 3. Was it actually acquired or viewed? (164.402(2)(iii))\n\n");
    buf_append_printf(out, "- opens: %llu; of these closed with no byte served: %llu; without a close record (still open, or cut off): %llu\n- reads: %llu; bytes served: %llu\n", ull(f->opens),
                      ull(f->unread), ull(f->unclosed), ull(f->reads), ull(f->bytes));
    if (f->records > 0) buf_append_printf(out, "- earliest: %s\n- latest: %s\n", first, last);
    buf_append_string(out, "- what else shows that it was, or was not: ______\n\n### 4. To what extent was the risk mitigated? (164.402(2)(iv))\n\n"
                           "- assurances obtained, copies destroyed, access ended: ______\n");
}

static void breach_put_evidence(const struct breach_page *p, struct buf *out) {
    const struct breach_figures *f = p->figures;
    const struct verify_report *v = p->verified;
    char hex[65];
    text_hex_encode(bytes_make(f->indices, sizeof(f->indices)), hex);
    buf_append_printf(out, "\n## Evidence\n\n- verdict on the log: **%s**\n- records in scope: %llu", v->verdict == VERIFY_OK ? "ok" : v->verdict == VERIFY_TAMPERED ? "tampered" : "incomplete", ull(f->records));
    if (f->records > 0) buf_append_printf(out, ", indices %llu to %llu", ull(f->first), ull(f->last));
    buf_append_printf(out, "\n- SHA-256 of their indices: %s\n- this reading: %s\n", hex,
                      p->recorded ? "recorded in the journal with the SHA-256 of this page" : "not recorded: a copy was read");
    if (v->minimum > 0) buf_append_printf(out, "- pruned: the records below %llu; where the window reaches back to them all figures are too low\n", ull(v->minimum));
    for (size_t i = 0; i < v->finding_count; i++) buf_append_printf(out, "- %s: %s\n", v->finding[i].kind == VERIFY_UNCHECKED ? "not checked" : "found", v->finding[i].text);
    buf_append_string(out, "\nEvery record counted was read in the pass that gave this verdict on all of the log against its signed checkpoint. The indices are those that `deidfs-journal query "
                           "--type open,reid` prints under the same conditions (one decimal a line is what is hashed).\n");
    if (v->verdict == VERIFY_TAMPERED) buf_append_string(out, "\n**The log is tampered or damaged: these figures are no evidence, and there is no receipt.**\n");
    if (v->verdict == VERIFY_TAMPERED) return;
    buf_append_string(out, "\nReceipt, for verify --since:\n\n```\n");
    (void) verify_receipt(v, out); /* sticky, as all above */
    buf_append_string(out, "```\n");
    if (p->proof.len == 0) return;
    buf_append_printf(out, "\nProof of record %llu with the signed checkpoint (C2SP tlog-proof, for check-proof):\n\n```\n", ull(f->last));
    buf_append(out, p->proof);
    buf_append_string(out, "```\n");
}

int breach_write_text(const struct breach_page *p, struct buf *out) {
    buf_append_string(out, "# Breach worksheet (45 CFR 164.400-414)\n\nFacts are from the journal of ");
    breach_put_name(out, p->verified->origin);
    buf_append_string(out, ". Lines that end in ______ are for a human being to judge. An acquisition, access, use or disclosure that Subpart E does not permit is presumed to be a breach "
                           "unless a low probability of compromise is shown by these factors (164.402(2)).\n\n");
    breach_put_scope(p, out);
    breach_put_individuals(p, out);
    breach_put_dates(p, out);
    buf_append_string(out, "\n## Four factors\n");
    breach_put_accesses(p, out);
    buf_append_string(out, "\n## Judgement\n\n- an exception of 164.402(1) applies: ______\n- probability that the information was compromised: ______\n- breach, to be told: ______\n"
                           "- decided by, on: ______\n");
    breach_put_evidence(p, out);
    return buf_error(out);
}

static void breach_json_tallies(struct buf *out, const char *name, const struct report_tallies *t) {
    buf_append_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < t->count; i++) {
        buf_append_string(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        (void) text_json_string(bytes_from_string(t->items[i].name), out); /* sticky */
        buf_append_printf(out, ",\"records\":%llu}", ull(t->items[i].count));
    }
    buf_append_printf(out, "],\"%s_others\":%llu", name, ull(t->others));
}

static void breach_json_member(struct buf *out, const char *name, const char *value) {
    buf_append_printf(out, ",\"%s\":", name);
    if (value) (void) text_json_string(bytes_from_string(value), out); /* sticky */
    else buf_append_string(out, "null");
}

static void breach_json_scope(const struct breach_page *p, struct buf *out) {
    const struct query *q = p->query;
    buf_append_printf(out, "{\"scope\":{\"from_us\":%llu,\"to_us\":%llu", ull(q->from_us), ull(q->to_us));
    breach_json_member(out, "destination", p->destination);
    breach_json_member(out, "policy", q->policy);
    breach_json_member(out, "user", q->user);
    breach_json_member(out, "uid", q->uid);
    breach_json_member(out, "program", q->exe);
    breach_json_member(out, "file", q->file);
    breach_json_member(out, "container", q->container);
    breach_json_member(out, "result", q->result);
    breach_json_member(out, "about", p->subject);
    buf_append_byte(out, '}');
}

static void breach_json_figures(const struct breach_page *p, struct buf *out) {
    const struct breach_figures *f = p->figures;
    char discovered[CLOCK_TEXT_LEN + 1], due[CLOCK_TEXT_LEN + 1], secretary[CLOCK_TEXT_LEN + 1];
    breach_day(p->discovered_us, discovered);
    breach_day(breach_due(p->discovered_us), due);
    breach_day(breach_due_secretary(p->discovered_us, f->size), secretary);
    buf_append_printf(out, ",\"individuals\":{\"most\":%llu,\"least\":%llu,\"token_months\":%llu,\"opens_of_unknown\":%llu,\"500_or_more\":\"%s\"}", ull(f->most), ull(f->least), ull(f->months),
                      ull(f->unknown), breach_size_name(f->size));
    buf_append_printf(out, ",\"dates\":{\"discovered\":\"%s\",\"individuals\":\"%s\",\"secretary\":\"%s\"}", discovered, due, secretary);
    clock_format(f->first_us, discovered);
    clock_format(f->last_us, due);
    buf_append_printf(out, ",\"accesses\":{\"opens\":%llu,\"unread\":%llu,\"unclosed\":%llu,\"reads\":%llu,\"bytes\":%llu,\"reidentifications\":%llu,\"restored\":%llu", ull(f->opens), ull(f->unread),
                      ull(f->unclosed), ull(f->reads), ull(f->bytes), ull(f->reidentifications), ull(f->restored));
    if (f->records > 0) buf_append_printf(out, ",\"earliest\":\"%s\",\"latest\":\"%s\"", discovered, due);
    buf_append_string(out, "},\"found\":{");
    for (unsigned i = 0, shown = 0; i < ENTITY_COUNT; i++) {
        if (f->found[i] > 0) buf_append_printf(out, "%s\"%s\":%llu", shown++ > 0 ? "," : "", entity_name((enum entity) i), ull(f->found[i]));
    }
    buf_append_byte(out, '}');
    breach_json_tallies(out, "users", &f->users);
    breach_json_tallies(out, "programs", &f->programs);
    breach_json_tallies(out, "policies", &f->policies);
}

int breach_write_json(const struct breach_page *p, struct buf *out) {
    const struct breach_figures *f = p->figures;
    const struct verify_report *v = p->verified;
    char hex[65];
    _cleanup_(buf_release) struct buf receipt;
    buf_init(&receipt, 1024);
    int r = verify_receipt(v, &receipt);
    if (r < 0) return r;
    text_hex_encode(bytes_make(f->indices, sizeof(f->indices)), hex);
    breach_json_scope(p, out);
    breach_json_figures(p, out);
    buf_append_printf(out, ",\"evidence\":{\"verdict\":\"%s\",\"records\":%llu,\"first\":%llu,\"last\":%llu,\"indices_sha256\":\"%s\",\"pruned_below\":%llu,\"recorded\":%s,\"receipt\":",
                      v->verdict == VERIFY_OK ? "ok" : v->verdict == VERIFY_TAMPERED ? "tampered" : "incomplete", ull(f->records), ull(f->first), ull(f->last), hex, ull(v->minimum),
                      p->recorded ? "true" : "false");
    if (v->verdict == VERIFY_TAMPERED) buf_append_string(out, "null");
    else (void) text_json_string(bytes_make(receipt.ptr, receipt.len - 1), out); /* sticky, as all below */
    buf_append_string(out, ",\"proof\":");
    if (p->proof.len > 0) (void) text_json_string(p->proof, out);
    else buf_append_string(out, "null");
    buf_append_string(out, ",\"findings\":[");
    for (size_t i = 0; i < v->finding_count; i++) {
        if (i > 0) buf_append_byte(out, ',');
        (void) text_json_string(bytes_from_string(v->finding[i].text), out);
    }
    buf_append_string(out, "]}}\n");
    return buf_error(out);
}
