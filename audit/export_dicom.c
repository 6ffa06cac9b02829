#include "audit/export.h"

/* DICOM PS3.15 A.5 audit message (RFC 3881's successor), as ATNA repositories take it. */

static void dicom_append(struct buf *out, struct bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == '<') buf_append_string(out, "&lt;");
        else if (c == '>') buf_append_string(out, "&gt;");
        else if (c == '&') buf_append_string(out, "&amp;");
        else buf_append_byte(out, c); /* an entry's strings hold no quote */
    }
}

static void dicom_event(const struct entry *e, struct buf *out) {
    bool bad = e->type == EVENT_DENY || e->type == EVENT_REFUSE;
    const char *code = "110110", *words = "Patient Record";
    if (e->type == EVENT_REID) {
        code = "110106";
        words = "Export";
    }
    if (e->type == EVENT_MOUNT || e->type == EVENT_UMOUNT || e->type == EVENT_GENESIS) {
        code = "110100";
        words = "Application Activity";
    }
    if (e->type == EVENT_QUERY) {
        code = "110101";
        words = "Audit Log Used";
    }
    if (e->type == EVENT_POLICY || e->type == EVENT_HALT || e->type == EVENT_RECOVER || e->type == EVENT_CLOCK) {
        code = "110113";
        words = "Security Alert";
    }
    buf_append_printf(out, "<AuditMessage><EventIdentification EventActionCode=\"%s\" EventDateTime=\"", export_is_access(e) && e->type != EVENT_REID ? "R" : "E");
    buf_append(out, entry_text(e, ENTRY_TIME));
    buf_append_printf(out, "\" EventOutcomeIndicator=\"%s\"><EventID csd-code=\"%s\" codeSystemName=\"DCM\" originalText=\"%s\"/>", bad ? "8" : "0", code, words);
    buf_append_printf(out, "<EventTypeCode csd-code=\"%s\" codeSystemName=\"deidfs\" originalText=\"%s\"/>", event_name(e->type), event_name(e->type));
    if (entry_has(e, ENTRY_WHY)) {
        buf_append_string(out, "<EventOutcomeDescription>");
        dicom_append(out, entry_text(e, ENTRY_WHY));
        buf_append_string(out, "</EventOutcomeDescription>");
    }
    buf_append_string(out, "</EventIdentification>");
}

static void dicom_object(struct buf *out, struct bytes token, bool patient) {
    if (token.len == 0) return;
    buf_append_string(out, "<ParticipantObjectIdentification ParticipantObjectID=\"");
    dicom_append(out, token);
    buf_append_string(out, patient ? "\" ParticipantObjectTypeCode=\"1\" ParticipantObjectTypeCodeRole=\"1\">"
                                     "<ParticipantObjectIDTypeCode csd-code=\"2\" codeSystemName=\"RFC-3881\" originalText=\"Patient Number\"/>"
                                   : "\" ParticipantObjectTypeCode=\"2\" ParticipantObjectTypeCodeRole=\"3\" ParticipantObjectDataLifeCycle=\"7\">"
                                     "<ParticipantObjectIDTypeCode csd-code=\"12\" codeSystemName=\"RFC-3881\" originalText=\"URI\"/>");
    buf_append_string(out, "<ParticipantObjectName>");
    dicom_append(out, token);
    buf_append_string(out, "</ParticipantObjectName>");
    if (!patient) buf_append_string(out, "<ParticipantObjectDescription><Anonymized>true</Anonymized></ParticipantObjectDescription>");
    buf_append_string(out, "</ParticipantObjectIdentification>");
}

int export_dicom(const struct export_context *c, const struct entry *e, struct buf *out) {
    if (e->type == EVENT_BEAT || e->type == EVENT_CLOSE || e->type == EVENT_KEY) return EXPORT_OMITTED;
    dicom_event(e, out);
    buf_append_string(out, "<ActiveParticipant UserID=\"");
    dicom_append(out, export_actor(e));
    if (entry_has(e, ENTRY_BOUND)) {
        buf_append_string(out, "\" AlternativeUserID=\"");
        dicom_append(out, export_account(e));
    }
    buf_append_printf(out, "\" UserIsRequestor=\"%s\"/>", entry_has(e, ENTRY_WHO) ? "true" : "false");
    buf_append_string(out, "<AuditSourceIdentification AuditSourceID=\"");
    dicom_append(out, bytes_from_string(c->origin));
    buf_append_string(out, "\"><AuditSourceTypeCode csd-code=\"4\"/></AuditSourceIdentification>");
    dicom_object(out, entry_text(e, ENTRY_SUBJECT), true);
    dicom_object(out, entry_text(e, ENTRY_FILE), false);
    return buf_append_string(out, "</AuditMessage>\n");
}
