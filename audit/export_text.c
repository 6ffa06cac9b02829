#include "audit/export.h"

/* OCSF, CEF and CSV: the flat forms that log collectors take. */

static unsigned ocsf_activity(enum event_type t) {
    if (t == EVENT_OPEN || t == EVENT_DENY || t == EVENT_REFUSE) return 14; /* Open */
    if (t == EVENT_LIST || t == EVENT_REID) return 2;                       /* Read */
    if (t == EVENT_MOUNT) return 12;                                        /* Mount */
    if (t == EVENT_UMOUNT) return 13;                                       /* Unmount */
    return 99;                                                              /* Other: activity_name says */
}

/* What nobody did (genesis, a close) has a user's name alone: an empty uid or program would be no value of their types. */
static void ocsf_actor(struct buf *out, const struct entry *e) {
    struct bytes uid = entry_text(e, ENTRY_UID), exe = entry_text(e, ENTRY_EXE);
    buf_append_string(out, ",\"actor\":{\"user\":{\"name\":\"");
    buf_append(out, export_actor(e));
    if (uid.len > 0) {
        buf_append_string(out, "\",\"uid\":\"");
        buf_append(out, uid);
    }
    buf_append_string(out, "\"}");
    if (entry_has(e, ENTRY_PID)) {
        buf_append_printf(out, ",\"process\":{\"pid\":%llu", (unsigned long long) entry_number(e, ENTRY_PID));
        if (exe.len > 0) {
            buf_append_string(out, ",\"file\":{\"type_id\":1,\"name\":\"");
            buf_append(out, exe);
            buf_append_string(out, "\"}");
        }
        buf_append_byte(out, '}');
    }
    buf_append_byte(out, '}');
}

int export_ocsf(const struct export_context *c, const struct entry *e, struct buf *out) {
    if (e->type == EVENT_BEAT || e->type == EVENT_KEY) return EXPORT_OMITTED;
    bool bad = e->type == EVENT_DENY || e->type == EVENT_REFUSE;
    unsigned activity = ocsf_activity(e->type);
    struct bytes file = entry_text(e, ENTRY_FILE);
    buf_append_printf(out, "{\"class_uid\":1001,\"category_uid\":1,\"activity_id\":%u,\"activity_name\":\"%s\",\"type_uid\":%u,\"severity_id\":%u,\"time\":%llu,"
                           "\"status_id\":%u,\"metadata\":{\"version\":\"1.3.0\",\"uid\":\"%llu\",\"log_name\":\"%s\",\"product\":{\"name\":\"deidfs\",\"vendor_name\":\"deidfs\"}}",
                      activity, event_name(e->type), 100100 + activity, bad ? 3u : 1u, (unsigned long long) (e->time_us / 1000), bad ? 2u : 1u,
                      (unsigned long long) c->index, c->origin);
    ocsf_actor(out, e);
    buf_append_string(out, ",\"device\":{\"type_id\":1,\"hostname\":\"");
    buf_append_string(out, c->origin);
    buf_append_string(out, "\"},\"file\":{\"type_id\":1,\"name\":\"");
    buf_append(out, file.len > 0 ? file : BYTES("-"));
    buf_append_string(out, "\"},\"raw_data\":\"");
    for (size_t i = 0; i < e->text.len; i++) {
        if (e->text.ptr[i] == '"') buf_append_byte(out, '\\');
        buf_append_byte(out, e->text.ptr[i]);
    }
    return buf_append_string(out, "\"}\n");
}

/* In an extension '=' and '\' are escaped; an entry's strings hold no '\'. */
static void cef_pair(struct buf *out, const char *key, struct bytes value) {
    if (value.len == 0) return;
    buf_append_printf(out, " %s=", key);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '=') buf_append_byte(out, '\\');
        buf_append_byte(out, value.ptr[i]);
    }
}

int export_cef(const struct export_context *c, const struct entry *e, struct buf *out) {
    bool bad = e->type == EVENT_DENY || e->type == EVENT_REFUSE || e->type == EVENT_HALT;
    buf_append_printf(out, "CEF:0|deidfs|deidfs|" DEIDFS_VERSION "|%s|deidfs %s|%u|externalId=%llu rt=%llu", event_name(e->type), event_name(e->type), bad ? 6u : 2u,
                      (unsigned long long) c->index, (unsigned long long) (e->time_us / 1000));
    cef_pair(out, "dvchost", bytes_from_string(c->origin));
    cef_pair(out, "suser", entry_text(e, ENTRY_USER));
    cef_pair(out, "suid", entry_text(e, ENTRY_UID));
    cef_pair(out, "sproc", entry_text(e, ENTRY_EXE));
    cef_pair(out, "fname", entry_text(e, ENTRY_FILE));
    cef_pair(out, "outcome", entry_text(e, ENTRY_RESULT));
    cef_pair(out, "reason", entry_text(e, ENTRY_WHY));
    if (entry_has(e, ENTRY_SUBJECT)) buf_append_string(out, " cs1Label=subject");
    cef_pair(out, "cs1", entry_text(e, ENTRY_SUBJECT));
    return buf_append_byte(out, '\n');
}

int export_csv(const struct export_context *c, const struct entry *e, struct buf *out) {
    static const enum entry_field fields[] = {
        ENTRY_TIME, ENTRY_TYPE, ENTRY_RESULT, ENTRY_USER, ENTRY_UID, ENTRY_AUID, ENTRY_EXE, ENTRY_SUBJECT, ENTRY_ENCOUNTER, ENTRY_FILE, ENTRY_FORMAT,
        ENTRY_POLICY, ENTRY_WHY, ENTRY_BOUND, ENTRY_PURPOSE, ENTRY_TICKET,
    };
    buf_append_printf(out, "%llu", (unsigned long long) c->index);
    for (size_t i = 0; i < array_count(fields); i++) {
        struct bytes value = entry_text(e, fields[i]);
        bool quoted = value.len > 0 && memchr(value.ptr, ',', value.len);
        buf_append_string(out, quoted ? ",\"" : ",");
        buf_append(out, value);
        if (quoted) buf_append_byte(out, '"');
    }
    return buf_append_string(out, "\r\n");
}
