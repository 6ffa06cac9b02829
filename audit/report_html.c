#include "audit/report.h"

#include "conf/base/clock.h"
#include "conf/base/text.h"

enum { CHART_WIDTH = 960, CHART_HEIGHT = 160, REPORT_ROWS_MAX = 40 };

static const char style[] =
    "body{font:14px/1.45 system-ui,sans-serif;color:#1a1a1a;max-width:62rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;"
    "margin:2rem 0 .5rem;border-bottom:1px solid #ccc}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px "
    "solid #e4e4e4;vertical-align:top}th{font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.v{padding:.8rem 1rem;border-left:6px solid;"
    "margin:1rem 0}.ok{border-color:#2a7d46;background:#eef7f1}.bad{border-color:#b3261e;background:#fdefee}.part{border-color:#b07400;background:#fdf6e7}"
    "td:last-child,td:first-child{white-space:nowrap}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}ul{margin:.3rem 0;padding-left:1.2rem}.q{color:#555}svg{width:100%;height:auto;display:block}"
    "@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}tr,svg{break-inside:avoid}}";

static unsigned long long ull(uint64_t v) {
    return (unsigned long long) v;
}

static void html_text(struct buf *out, struct bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '<') buf_append_string(out, "&lt;");
        else if (c == '>') buf_append_string(out, "&gt;");
        else if (c == '&') buf_append_string(out, "&amp;");
        else if (c == '"') buf_append_string(out, "&quot;");
        else buf_append_byte(out, c);
    }
}

static void html_string(struct buf *out, const char *s) {
    html_text(out, bytes_from_string(s));
}

/* "2026-11-22 01:02:03" */
static void html_time(struct buf *out, uint64_t time_us) {
    char text[CLOCK_TEXT_LEN + 1];
    clock_format(time_us, text);
    buf_append_printf(out, "%.10s %.8s", text, text + 11);
}

static void html_findings(struct buf *out, const struct verify_report *v, enum verify_kind kind, const char *title) {
    if (v->found[kind] == 0) return;
    buf_append_printf(out, "<p><b>%s</b></p><ul>", title);
    for (size_t i = 0; i < v->finding_count; i++) {
        if (v->finding[i].kind != kind) continue;
        buf_append_string(out, "<li>");
        html_string(out, v->finding[i].text);
        buf_append_string(out, "</li>");
    }
    buf_append_string(out, "</ul>");
}

static void html_verdict(struct buf *out, const struct verify_report *v) {
    static const char *const classes[] = { "ok", "bad", "part" };
    static const char *const words[] = { "Verified, as far as was checked.", "Tampered or damaged: this page describes records that cannot be trusted.",
                                         "Incomplete: what is here verified, but not all is here." };
    buf_append_printf(out, "<div class=\"v %s\"><b>%s</b><br>%llu records, epochs %llu to %llu, from ", classes[v->verdict], words[v->verdict], ull(v->size),
                      ull(v->epoch_first), ull(v->epoch_last));
    html_time(out, v->time_first_us);
    buf_append_string(out, " to ");
    html_time(out, v->time_last_us);
    buf_append_string(out, " UTC. Root <code>");
    text_base64_encode(bytes_make(v->root.raw, MERKLE_HASH_LEN), out);
    buf_append_string(out, "</code>");
    html_findings(out, v, VERIFY_BAD, "Bad");
    html_findings(out, v, VERIFY_MISSING, "Missing");
    buf_append_string(out, "</div><p>Checked: the signatures of the checkpoint and of every epoch's end, the chain of epoch keys, every hash of every tile, the form of "
                           "every record, the clock, the heartbeats, and that nothing else lies in the log.</p>");
    html_findings(out, v, VERIFY_UNCHECKED, "Not checked");
    html_findings(out, v, VERIFY_NOTICE, "To notice");
}

static void html_timeline(struct buf *out, const struct report_view *r) {
    uint64_t most = 1;
    for (size_t i = 0; i < REPORT_BUCKETS; i++) {
        uint64_t all = r->opens[i] + r->denials[i];
        if (all > most) most = all;
    }
    buf_append_printf(out, "<h2>Accesses over time</h2><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"accesses over time\">", CHART_WIDTH, CHART_HEIGHT + 24);
    unsigned width = CHART_WIDTH / REPORT_BUCKETS;
    for (size_t i = 0; i < REPORT_BUCKETS; i++) {
        unsigned x = (unsigned) i * width, opens = (unsigned) (r->opens[i] * CHART_HEIGHT / most), denials = (unsigned) (r->denials[i] * CHART_HEIGHT / most);
        /* One denial among thousands of opens must still be seen. */
        if (r->denials[i] > 0 && denials < 2) denials = 2;
        if (r->opens[i] > 0 && opens == 0) opens = 1;
        unsigned top = opens + denials > CHART_HEIGHT ? 0 : CHART_HEIGHT - opens - denials;
        if (opens > 0) buf_append_printf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"#3b6ea5\"/>", x, CHART_HEIGHT - opens, width - 1, opens);
        if (denials > 0) buf_append_printf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"#b3261e\"/>", x, top, width - 1, denials);
    }
    buf_append_printf(out, "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#888\"/><text x=\"0\" y=\"%d\" font-size=\"12\">", CHART_HEIGHT, CHART_WIDTH,
                      CHART_HEIGHT, CHART_HEIGHT + 18);
    html_time(out, r->bucket_begin_us);
    buf_append_printf(out, "</text><text x=\"%d\" y=\"%d\" font-size=\"12\" text-anchor=\"end\">", CHART_WIDTH, CHART_HEIGHT + 18);
    html_time(out, r->bucket_begin_us + r->bucket_us * REPORT_BUCKETS);
    buf_append_printf(out, "</text></svg><p class=\"q\">One bar is %llu min; the highest is %llu. Blue: documents opened; red: denied or refused.</p>",
                      ull(r->bucket_us / 60000000u), ull(most));
}

static void html_hours(struct buf *out, const struct report_user *u) {
    uint32_t most = 1;
    for (size_t i = 0; i < 24; i++) most = u->by_hour[i] > most ? u->by_hour[i] : most;
    buf_append_string(out, "<svg viewBox=\"0 0 120 16\" style=\"width:120px\" role=\"img\" aria-label=\"by hour of the day\">");
    for (unsigned i = 0; i < 24; i++) {
        unsigned height = u->by_hour[i] * 16 / most;
        if (u->by_hour[i] > 0 && height == 0) height = 1;
        bool night = i < REPORT_DAY_BEGIN || i >= REPORT_DAY_END;
        buf_append_printf(out, "<rect x=\"%u\" y=\"%u\" width=\"4\" height=\"%u\" fill=\"%s\"/>", i * 5, 16 - height, height, night ? "#b07400" : "#3b6ea5");
    }
    buf_append_string(out, "</svg>");
}

/* Index of the next user by opens below the last; selection, since the table is short. */
static size_t html_next_user(const struct report_view *r, const bool *shown) {
    size_t best = r->user_count;
    for (size_t i = 0; i < r->user_count; i++) {
        if (!shown[i] && (best == r->user_count || r->users[i].opens > r->users[best].opens)) best = i;
    }
    return best;
}

static void html_users(struct buf *out, const struct report_view *r) {
    bool shown[REPORT_USERS_MAX] = { false };
    buf_append_string(out, "<h2>Users and patients</h2><table><tr><th>User</th><th class=\"n\">Opened</th><th class=\"n\">Distinct patients</th><th class=\"n\">Most in an hour</th>"
                           "<th class=\"n\">Denied</th><th class=\"n\">Re-identified</th><th>Hour of day (UTC)</th><th>First, last</th></tr>");
    for (size_t row = 0; row < r->user_count && row < REPORT_ROWS_MAX; row++) {
        size_t i = html_next_user(r, shown);
        const struct report_user *u = &r->users[i];
        shown[i] = true;
        buf_append_string(out, "<tr><td>");
        html_string(out, u->name);
        buf_append_printf(out, "</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td class=\"n\">%llu</td><td>", ull(u->opens),
                          ull(u->patients), ull(u->patients_hour_max), ull(u->denials), ull(u->reidentified));
        html_hours(out, u);
        buf_append_string(out, "</td><td>");
        html_time(out, u->first_us);
        buf_append_string(out, "<br>");
        html_time(out, u->last_us);
        buf_append_string(out, "</td></tr>");
    }
    buf_append_string(out, "</table>");
    if (r->user_count > REPORT_ROWS_MAX) buf_append_printf(out, "<p class=\"q\">and %zu more users</p>", r->user_count - REPORT_ROWS_MAX);
    if (r->lower_bounds) buf_append_string(out, "<p class=\"q\">There were more users or patients than this page counts: figures are lower bounds.</p>");
}

static uint64_t html_median_opens(const struct report_view *r) {
    /* The smallest volume that at least half of the users do not exceed. */
    for (size_t i = 0; i < r->user_count; i++) {
        size_t below = 0, not_above = 0;
        for (size_t k = 0; k < r->user_count; k++) {
            below += r->users[k].opens < r->users[i].opens;
            not_above += r->users[k].opens <= r->users[i].opens;
        }
        if (below * 2 <= r->user_count && not_above * 2 >= r->user_count) return r->users[i].opens;
    }
    return 0;
}

static void html_anomalies(struct buf *out, const struct report_view *r) {
    uint64_t median = html_median_opens(r);
    size_t count = 0;
    buf_append_string(out, "<h2>Anomalies</h2><ul>");
    for (size_t i = 0; i < r->user_count; i++) {
        const struct report_user *u = &r->users[i];
        struct buf *o = out;
        if (u->patients_hour_max > REPORT_PATIENTS_AN_HOUR) {
            count++;
            buf_append_string(o, "<li><b>");
            html_string(o, u->name);
            buf_append_printf(o, "</b> opened documents of %llu distinct patients within one hour (more than %d)</li>", ull(u->patients_hour_max), REPORT_PATIENTS_AN_HOUR);
        }
        if (median > 0 && u->opens > median * REPORT_VOLUME_FACTOR) {
            count++;
            buf_append_string(o, "<li><b>");
            html_string(o, u->name);
            buf_append_printf(o, "</b> opened %llu documents, more than %d times the median of %llu</li>", ull(u->opens), REPORT_VOLUME_FACTOR, ull(median));
        }
        if (u->off_hours > 0) {
            count++;
            buf_append_string(o, "<li><b>");
            html_string(o, u->name);
            buf_append_printf(o, "</b> opened %llu documents before %02d:00, after %02d:00 or at a weekend (UTC)</li>", ull(u->off_hours), REPORT_DAY_BEGIN, REPORT_DAY_END);
        }
    }
    buf_append_string(out, count == 0 ? "<li>none by the rules of this page</li></ul>" : "</ul>");
}

static void html_bar_row(struct buf *out, const char *name, uint64_t value, uint64_t most) {
    buf_append_string(out, "<tr><td>");
    html_string(out, name);
    buf_append_printf(out, "</td><td class=\"n\">%llu</td><td style=\"width:60%%\"><svg viewBox=\"0 0 400 10\" preserveAspectRatio=\"none\" style=\"height:10px\"><rect width=\"%llu\" height=\"10\" "
                           "fill=\"#3b6ea5\"/></svg></td></tr>", ull(value), ull(most > 0 ? 1 + value * 399 / most : 0));
}

static void html_tallies(struct buf *out, const char *title, const char *what, const struct report_tallies *t) {
    uint64_t most = 0;
    for (size_t i = 0; i < t->count; i++) most = t->items[i].count > most ? t->items[i].count : most;
    buf_append_printf(out, "<h2>%s</h2><p class=\"q\">%s</p><table>", title, what);
    for (size_t i = 0; i < t->count; i++) html_bar_row(out, t->items[i].name, t->items[i].count, most);
    buf_append_string(out, t->count == 0 ? "<tr><td>none</td></tr></table>" : "</table>");
    if (t->others > 0) buf_append_printf(out, "<p class=\"q\">and %llu more of other kinds</p>", ull(t->others));
}

static void html_counts(struct buf *out, const struct report_view *r) {
    uint64_t most = 0;
    buf_append_string(out, "<h2>Denials and refusals</h2><table>");
    for (unsigned i = 0; i < REFUSAL_COUNT; i++) most = r->refusals[i] > most ? r->refusals[i] : most;
    for (unsigned i = 0; i < REFUSAL_COUNT; i++) {
        if (r->refusals[i] > 0) html_bar_row(out, refusal_name((enum refusal) i), r->refusals[i], most);
    }
    buf_append_string(out, most == 0 ? "<tr><td>none</td></tr></table>" : "</table>");
    buf_append_printf(out, "<h2>Re-identification</h2><p>%llu re-identifications, %llu tokens restored.</p>", ull(r->reidentified), ull(r->restored));
    html_tallies(out, "Inferences", "Calls of models by service, model, destination and what became of the answer. What was read and never cited: deidfs-journal orphans.", r->calls);
    html_tallies(out, "Sessions", "Bindings of a named user and a purpose to a process tree (deidfs-session).", r->sessions);
    html_tallies(out, "Readings of this journal", "Queries, exports and reports; each is a record with the digest of what was shown.", r->readings);
    buf_append_string(out, "<h2>What was redacted in the documents opened</h2><table>");
    most = 0;
    for (unsigned i = 0; i < ENTITY_COUNT; i++) most = r->redactions[i] > most ? r->redactions[i] : most;
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        if (r->redactions[i] > 0) html_bar_row(out, entity_name((enum entity) i), r->redactions[i], most);
    }
    buf_append_string(out, most == 0 ? "<tr><td>nothing was counted</td></tr></table>" : "</table>");
}

static void html_notes(struct buf *out, const struct report_view *r) {
    buf_append_string(out, "<h2>Changes of state and first appearances</h2><table><tr><th class=\"n\">Record</th><th>Time (UTC)</th><th>What</th></tr>");
    for (size_t i = 0; i < r->note_count; i++) {
        buf_append_printf(out, "<tr><td class=\"n\">%llu</td><td>", ull(r->notes[i].index));
        html_time(out, r->notes[i].time_us);
        buf_append_string(out, "</td><td>");
        html_string(out, r->notes[i].text);
        buf_append_string(out, "</td></tr>");
    }
    buf_append_string(out, "</table>");
    if (r->notes_left_out > 0) buf_append_printf(out, "<p class=\"q\">and %llu more: see deidfs-journal query</p>", ull(r->notes_left_out));
}

int report_write(const struct report *report, const struct verify_report *v, struct buf *out) {
    struct report_view r;
    report_view(report, &r);
    buf_append_string(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Journal report</title>"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><style>");
    buf_append_string(out, style);
    buf_append_string(out, "</style></head><body><h1>Journal of access to de-identified documents</h1><p class=\"q\"><code>");
    html_string(out, v->origin);
    buf_append_string(out, "</code>, written by deidfs-journal " DEIDFS_VERSION " on ");
    html_time(out, clock_realtime_us());
    buf_append_string(out, " UTC. Patients and files appear as tokens; nothing on this page identifies a patient.</p>");
    html_verdict(out, v);
    html_timeline(out, &r);
    html_anomalies(out, &r);
    html_users(out, &r);
    html_counts(out, &r);
    html_notes(out, &r);
    return buf_append_string(out, "</body></html>\n");
}
