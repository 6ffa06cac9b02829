#include "audit/export.h"

/* FHIR R4 AuditEvent, shaped after IHE BALP: DICOM event codes, one patient an event, lifecycle 7 (de-identification) on the document.
 * Strings of entries are printable ASCII without quote and backslash: they stand in JSON as they are. */

#define DCM "http://dicom.nema.org/resources/ontology/DCM"

struct code {
    const char *code, *display;
};

static struct code fhir_type(enum event_type t) {
    if (t == EVENT_MOUNT || t == EVENT_UMOUNT || t == EVENT_GENESIS) return (struct code) { "110100", "Application Activity" };
    if (t == EVENT_QUERY) return (struct code) { "110101", "Audit Log Used" };
    if (t == EVENT_REID || t == EVENT_EXPORT || t == EVENT_INFER) return (struct code) { "110106", "Export" };
    if (t == EVENT_SESSION) return (struct code) { "110114", "User Authentication" };
    if (t == EVENT_KEY || t == EVENT_POLICY || t == EVENT_CLOCK || t == EVENT_HALT || t == EVENT_RECOVER) return (struct code) { "110113", "Security Alert" };
    return (struct code) { "110110", "Patient Record" };
}

static void fhir_identifier(struct buf *out, const char *system, struct bytes value) {
    buf_append_printf(out, "{\"identifier\":{\"system\":\"urn:deidfs:%s\",\"value\":\"", system);
    buf_append(out, value);
    buf_append_string(out, "\"}}");
}

static void fhir_subtype(const struct entry *e, struct buf *out) {
    const char *word = e->type == EVENT_REID ? "reidentify" : e->type == EVENT_OPEN ? "deidentify" : event_name(e->type);
    buf_append_printf(out, ",\"subtype\":[{\"system\":\"urn:deidfs:event\",\"code\":\"%s\",\"display\":\"%s\"}]", word, word);
}

/* Whom a session named asks; the account through which he does is an agent beside him. */
static void fhir_agent(const struct entry *e, struct buf *out) {
    static const char type[] = "{\"type\":{\"coding\":[{\"system\":\"" DCM "\",\"code\":\"110153\",\"display\":\"Source Role ID\"}]},\"who\":";
    bool person = entry_has(e, ENTRY_WHO);
    buf_append_string(out, ",\"agent\":[");
    if (entry_has(e, ENTRY_BOUND)) {
        buf_append_string(out, type);
        fhir_identifier(out, "user", export_account(e));
        buf_append_string(out, ",\"requestor\":false},");
    }
    buf_append_string(out, type);
    fhir_identifier(out, person ? "user" : "program", export_actor(e));
    buf_append_printf(out, ",\"requestor\":%s", person ? "true" : "false");
    if (entry_has(e, ENTRY_PURPOSE)) {
        buf_append_string(out, ",\"purposeOfUse\":[{\"text\":\"");
        buf_append(out, entry_text(e, ENTRY_PURPOSE));
        buf_append_string(out, "\"}]");
    }
    buf_append_string(out, "}]");
}

static void fhir_entities(const struct entry *e, struct buf *out) {
    struct bytes subject = entry_text(e, ENTRY_SUBJECT), file = entry_text(e, ENTRY_FILE);
    if (subject.len == 0 && file.len == 0) return;
    buf_append_string(out, ",\"entity\":[");
    if (subject.len > 0) {
        buf_append_string(out, "{\"what\":");
        fhir_identifier(out, "subject", subject);
        buf_append_string(out, ",\"type\":{\"system\":\"http://terminology.hl7.org/CodeSystem/audit-entity-type\",\"code\":\"1\",\"display\":\"Person\"},"
                               "\"role\":{\"system\":\"http://terminology.hl7.org/CodeSystem/object-role\",\"code\":\"1\",\"display\":\"Patient\"}}");
    }
    if (subject.len > 0 && file.len > 0) buf_append_byte(out, ',');
    if (file.len > 0) {
        buf_append_string(out, "{\"what\":");
        fhir_identifier(out, "file", file);
        buf_append_string(out, ",\"type\":{\"system\":\"http://terminology.hl7.org/CodeSystem/audit-entity-type\",\"code\":\"2\",\"display\":\"System Object\"},"
                               "\"role\":{\"system\":\"http://terminology.hl7.org/CodeSystem/object-role\",\"code\":\"3\",\"display\":\"Report\"},"
                               "\"lifecycle\":{\"system\":\"http://terminology.hl7.org/CodeSystem/dicom-audit-lifecycle\",\"code\":\"7\",\"display\":\"De-identification\"}}");
    }
    buf_append_string(out, "]");
}

int export_fhir(const struct export_context *c, const struct entry *e, struct buf *out) {
    if (e->type == EVENT_BEAT || e->type == EVENT_CLOSE) return EXPORT_OMITTED; /* their open says it */
    struct code type = fhir_type(e->type);
    bool bad = e->type == EVENT_DENY || e->type == EVENT_REFUSE;
    buf_append_printf(out, "{\"resourceType\":\"AuditEvent\",\"id\":\"r%llu\",\"type\":{\"system\":\"" DCM "\",\"code\":\"%s\",\"display\":\"%s\"}",
                      (unsigned long long) c->index, type.code, type.display);
    fhir_subtype(e, out);
    buf_append_printf(out, ",\"action\":\"%s\",\"recorded\":\"", e->type == EVENT_OPEN || e->type == EVENT_LIST || bad ? "R" : "E");
    buf_append(out, entry_text(e, ENTRY_TIME));
    buf_append_printf(out, "\",\"outcome\":\"%s\"", bad ? "8" : e->type == EVENT_HALT ? "12" : "0");
    if (entry_has(e, ENTRY_WHY)) {
        buf_append_string(out, ",\"outcomeDesc\":\"");
        buf_append(out, entry_text(e, ENTRY_WHY));
        buf_append_byte(out, '"');
    }
    fhir_agent(e, out);
    buf_append_printf(out, ",\"source\":{\"observer\":{\"display\":\"%s\"},\"type\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/security-source-type\","
                           "\"code\":\"4\",\"display\":\"Application Server\"}]}", c->origin);
    fhir_entities(e, out);
    return buf_append_string(out, "}\n");
}
