#include "audit/export.h"

static int export_jsonl(const struct export_context *c, const struct entry *e, struct buf *out) {
    buf_append_printf(out, "{\"index\":%llu,\"entry\":", (unsigned long long) c->index);
    buf_append(out, e->text);
    return buf_append_string(out, "}\n");
}

/* 45 CFR 164.528(b)(2): date, recipient, what was disclosed, purpose; here by token, which the privacy officer links to the individual. */
static int export_disclosures(const struct export_context *c, const struct entry *e, struct buf *out) {
    if ((e->type != EVENT_OPEN && e->type != EVENT_REID) || !entry_has(e, ENTRY_SUBJECT)) return EXPORT_OMITTED;
    struct bytes fields[6] = { entry_text(e, ENTRY_TIME), entry_text(e, ENTRY_SUBJECT), export_actor(e), entry_text(e, ENTRY_FORMAT), entry_text(e, ENTRY_FILE),
                               entry_text(e, ENTRY_PURPOSE) };
    buf_append_printf(out, "%llu", (unsigned long long) c->index);
    for (size_t i = 0; i < array_count(fields); i++) {
        buf_append_byte(out, ',');
        buf_append(out, fields[i]);
    }
    buf_append_string(out, e->type == EVENT_REID ? ",identified" : ",de-identified view");
    return buf_append_string(out, "\r\n");
}

static const struct export_format export_formats[] = {
    { "jsonl", "the records themselves, one JSON object a line", "", "", export_jsonl },
    { "fhir", "FHIR R4 AuditEvent resources, one a line (NDJSON)", "", "", export_fhir },
    { "dicom", "DICOM PS3.15 audit messages (ATNA), one XML document a line", "", "", export_dicom },
    { "ocsf", "OCSF 1.x File System Activity (class 1001), one JSON object a line", "", "", export_ocsf },
    { "cef", "ArcSight Common Event Format, one event a line", "", "", export_cef },
    { "csv", "a table (RFC 4180)", "index,time,type,result,user,uid,auid,program,subject,encounter,file,format,policy,reason,bound,purpose,ticket\r\n", "", export_csv },
    { "disclosures", "accounting of disclosures (45 CFR 164.528), a table by subject token",
      "index,date,subject,recipient,what,file,purpose,form\r\n", "", export_disclosures },
};

const struct export_format *export_format_at(size_t i) {
    return i < array_count(export_formats) ? &export_formats[i] : NULL;
}

const struct export_format *export_format_find(const char *name) {
    for (size_t i = 0; i < array_count(export_formats); i++) {
        if (strcmp(export_formats[i].name, name) == 0) return &export_formats[i];
    }
    return NULL;
}

struct bytes export_account(const struct entry *e) {
    struct bytes user = entry_text(e, ENTRY_USER), uid = entry_text(e, ENTRY_UID);
    return user.len > 0 ? user : uid.len > 0 ? uid : BYTES("deidfs");
}

struct bytes export_actor(const struct entry *e) {
    struct bytes bound = entry_text(e, ENTRY_BOUND);
    return bound.len > 0 ? bound : export_account(e);
}

bool export_is_access(const struct entry *e) {
    return e->type == EVENT_OPEN || e->type == EVENT_LIST || e->type == EVENT_DENY || e->type == EVENT_REFUSE || e->type == EVENT_REID ||
           e->type == EVENT_INFER;
}
