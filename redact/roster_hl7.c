/* A roster as HL7 v2 messages (ADT and others): PID, NK1, IN1, GT1 and MRG of every message; batches and MLLP frames are read through. Separators are
 * those of the message's MSH. Source: HL7 v2.5.1, chapters 2 (encoding), 3 (PID, NK1, MRG) and 6 (GT1, IN1). */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/roster.h"

struct hl7_reader {
    struct roster_reader *roster;
    uint8_t field, component, repetition, escape, subcomponent;
};

/* The n-th part (from 0) between separators; empty past the end. */
static struct bytes hl7_part(struct bytes in, uint8_t separator, size_t n) {
    for (size_t begin = 0;; n--) {
        const uint8_t *end = in.len > begin ? memchr(in.ptr + begin, separator, in.len - begin) : NULL;
        size_t stop = end ? (size_t) (end - in.ptr) : in.len;
        if (n == 0) return bytes_make(in.ptr + begin, stop - begin);
        if (!end) return bytes_make(in.ptr + in.len, 0);
        begin = stop + 1;
    }
}

static size_t hl7_count(struct bytes in, uint8_t separator) {
    size_t n = 1;
    for (size_t i = 0; i < in.len; i++) n += in.ptr[i] == separator;
    return in.len > 0 ? n : 0;
}

/* \F\ \S\ \T\ \R\ \E\ stand for separators; other escapes (formatting, hexadecimal) are left out. */
static void hl7_unescape(const struct hl7_reader *h, struct bytes in, struct buf *out) {
    for (size_t i = 0; i < in.len; i++) {
        const uint8_t *end = in.ptr[i] == h->escape ? memchr(in.ptr + i + 1, h->escape, in.len - i - 1) : NULL;
        if (!end) {
            ignore(buf_append_byte(out, in.ptr[i])); /* sticky */
            continue;
        }
        size_t len = (size_t) (end - in.ptr) - i - 1;
        uint8_t code = len == 1 ? in.ptr[i + 1] : 0;
        if (code == 'F') ignore(buf_append_byte(out, h->field));
        else if (code == 'S') ignore(buf_append_byte(out, h->component));
        else if (code == 'T') ignore(buf_append_byte(out, h->subcomponent));
        else if (code == 'R') ignore(buf_append_byte(out, h->repetition));
        else if (code == 'E') ignore(buf_append_byte(out, h->escape));
        i += len + 1;
    }
}

static int hl7_put(const struct hl7_reader *h, enum roster_field field, struct bytes value) {
    struct buf plain;
    if (value.len == 0 || bytes_equal(value, BYTES("\"\""))) return 0; /* "" deletes a value */
    buf_init(&plain, 4096);
    hl7_unescape(h, hl7_part(value, h->subcomponent, 0), &plain);
    int r = buf_error(&plain);
    if (r == 0) r = roster_put(h->roster, field, buf_bytes(&plain));
    else r = roster_refuse(h->roster, "a field of more than 4096 bytes");
    buf_release(&plain);
    return r;
}

/* XPN: family^given^middle. A relative's is one value. */
static int hl7_name(const struct hl7_reader *h, struct bytes field, bool is_relative) {
    int r = 0;
    for (size_t i = 0, count = hl7_count(field, h->repetition); r == 0 && i < count; i++) {
        struct bytes name = hl7_part(field, h->repetition, i);
        struct bytes family = hl7_part(name, h->component, 0), given = hl7_part(name, h->component, 1), middle = hl7_part(name, h->component, 2);
        if (!is_relative) {
            r = hl7_put(h, ROSTER_FAMILY, family);
            if (r == 0) r = hl7_put(h, ROSTER_GIVEN, given);
            if (r == 0) r = hl7_put(h, ROSTER_GIVEN, middle);
            continue;
        }
        uint8_t whole[ROSTER_VALUE_LEN_MAX];
        if (given.len + middle.len + family.len + 2 > sizeof(whole)) continue;
        size_t len = 0;
        const struct bytes parts[] = { given, middle, family };
        for (size_t k = 0; k < array_count(parts); k++) {
            if (parts[k].len == 0) continue;
            if (len > 0) whole[len++] = ' ';
            memcpy(whole + len, parts[k].ptr, parts[k].len);
            len += parts[k].len;
        }
        r = hl7_put(h, ROSTER_RELATIVE, bytes_make(whole, len));
    }
    return r;
}

/* CX: value^^^authority^type. */
static int hl7_ids(const struct hl7_reader *h, struct bytes field, enum roster_field otherwise) {
    int r = 0;
    for (size_t i = 0, count = hl7_count(field, h->repetition); r == 0 && i < count; i++) {
        struct bytes id = hl7_part(field, h->repetition, i), type = hl7_part(id, h->component, 4);
        enum roster_field to = otherwise;
        if (bytes_equal(type, BYTES("SS"))) to = ROSTER_SSN;
        else if (bytes_equal(type, BYTES("MR"))) to = ROSTER_MRN;
        else if (bytes_equal(type, BYTES("AN"))) to = ROSTER_ACCOUNT;
        else if (bytes_equal(type, BYTES("DL"))) to = ROSTER_LICENSE;
        r = hl7_put(h, to, hl7_part(id, h->component, 0));
    }
    return r;
}

/* XAD: street^other^city^state^zip^country^type^^county. */
static int hl7_address(const struct hl7_reader *h, struct bytes field) {
    int r = 0;
    for (size_t i = 0, count = hl7_count(field, h->repetition); r == 0 && i < count; i++) {
        struct bytes a = hl7_part(field, h->repetition, i);
        r = hl7_put(h, ROSTER_STREET, hl7_part(a, h->component, 0));
        if (r == 0) r = hl7_put(h, ROSTER_CITY, hl7_part(a, h->component, 2));
        if (r == 0) r = hl7_put(h, ROSTER_ZIP, hl7_part(a, h->component, 4));
    }
    return r;
}

/* XTN: number^use^equipment^e-mail^country^area^local. */
static int hl7_phone(const struct hl7_reader *h, struct bytes field) {
    int r = 0;
    for (size_t i = 0, count = hl7_count(field, h->repetition); r == 0 && i < count; i++) {
        struct bytes t = hl7_part(field, h->repetition, i);
        struct bytes area = hl7_part(t, h->component, 5), local = hl7_part(t, h->component, 6);
        r = hl7_put(h, ROSTER_PHONE, hl7_part(t, h->component, 0));
        if (r == 0 && memchr(t.ptr, '@', t.len)) r = hl7_put(h, ROSTER_EMAIL, hl7_part(t, h->component, 3));
        uint8_t number[64];
        if (r < 0 || area.len == 0 || local.len == 0 || area.len + local.len > sizeof(number)) continue;
        memcpy(number, area.ptr, area.len);
        memcpy(number + area.len, local.ptr, local.len);
        r = hl7_put(h, ROSTER_PHONE, bytes_make(number, area.len + local.len));
    }
    return r;
}

enum hl7_type { HL7_IDS, HL7_ACCOUNT, HL7_SSN, HL7_LICENSE, HL7_PLAN, HL7_NAME, HL7_RELATIVE, HL7_BIRTH, HL7_ADDRESS, HL7_COUNTY, HL7_PHONE };

static int hl7_field(const struct hl7_reader *h, enum hl7_type type, struct bytes field) {
    switch (type) {
    case HL7_IDS: return hl7_ids(h, field, ROSTER_MRN);
    case HL7_ACCOUNT: return hl7_ids(h, field, ROSTER_ACCOUNT);
    case HL7_SSN: return hl7_ids(h, field, ROSTER_SSN);
    case HL7_LICENSE: return hl7_ids(h, field, ROSTER_LICENSE);
    case HL7_PLAN: return hl7_ids(h, field, ROSTER_HEALTH_PLAN);
    case HL7_NAME: return hl7_name(h, field, false);
    case HL7_RELATIVE: return hl7_name(h, field, true);
    case HL7_BIRTH: return hl7_put(h, ROSTER_BIRTH_DATE, field);
    case HL7_ADDRESS: return hl7_address(h, field);
    case HL7_COUNTY: return hl7_put(h, ROSTER_COUNTY, field);
    case HL7_PHONE: return hl7_phone(h, field);
    }
    return 0;
}

static const struct {
    char segment[4];
    uint8_t number;
    uint8_t type; /* enum hl7_type */
} hl7_fields[] = {
    { "PID", 2, HL7_IDS },      { "PID", 3, HL7_IDS },      { "PID", 4, HL7_IDS },      { "PID", 5, HL7_NAME },     { "PID", 6, HL7_RELATIVE },
    { "PID", 7, HL7_BIRTH },    { "PID", 9, HL7_NAME },     { "PID", 11, HL7_ADDRESS }, { "PID", 12, HL7_COUNTY },  { "PID", 13, HL7_PHONE },
    { "PID", 14, HL7_PHONE },   { "PID", 18, HL7_ACCOUNT }, { "PID", 19, HL7_SSN },     { "PID", 20, HL7_LICENSE }, { "NK1", 2, HL7_RELATIVE },
    { "NK1", 4, HL7_ADDRESS },  { "NK1", 5, HL7_PHONE },    { "NK1", 6, HL7_PHONE },    { "IN1", 36, HL7_PLAN },    { "IN1", 49, HL7_PLAN },
    { "GT1", 3, HL7_RELATIVE }, { "GT1", 5, HL7_ADDRESS },  { "GT1", 6, HL7_PHONE },    { "MRG", 1, HL7_IDS },      { "MRG", 7, HL7_NAME },
};

static int hl7_segment(struct hl7_reader *h, struct bytes segment) {
    if (bytes_starts_with(segment, BYTES("MSH")) || bytes_starts_with(segment, BYTES("FHS")) || bytes_starts_with(segment, BYTES("BHS"))) {
        if (segment.len < 8) return roster_refuse(h->roster, "MSH without its separators");
        h->field = segment.ptr[3];
        h->component = segment.ptr[4];
        h->repetition = segment.ptr[5];
        h->escape = segment.ptr[6];
        h->subcomponent = segment.ptr[7];
        if (text_is_alnum(h->field) || h->field == h->component) return roster_refuse(h->roster, "MSH with separators that are none");
        return roster_end_person(h->roster);
    }
    if (h->field == 0) return roster_refuse(h->roster, "a segment before any MSH");
    if (bytes_starts_with(segment, BYTES("PID"))) {
        int r = roster_begin_person(h->roster);
        if (r < 0) return r;
    }
    for (size_t i = 0; i < array_count(hl7_fields) && h->roster->open; i++) {
        if (segment.len < 4 || memcmp(segment.ptr, hl7_fields[i].segment, 3) != 0 || segment.ptr[3] != h->field) continue;
        int r = hl7_field(h, (enum hl7_type) hl7_fields[i].type, hl7_part(segment, h->field, hl7_fields[i].number));
        if (r < 0) return r;
    }
    return 0;
}

int roster_read_hl7(struct roster_reader *roster, struct bytes text) {
    struct hl7_reader h = { .roster = roster };
    size_t before = roster_person_count(roster->roster);
    roster->line = 0;
    for (size_t at = 0; at < text.len;) {
        size_t begin = at;
        while (at < text.len && text.ptr[at] != '\r' && text.ptr[at] != '\n') at++;
        struct bytes segment = bytes_make(text.ptr + begin, at - begin);
        at += at + 1 < text.len && text.ptr[at] == '\r' && text.ptr[at + 1] == '\n' ? 2 : 1;
        roster->line++;
        /* MLLP frames: VT before, FS behind. */
        while (segment.len > 0 && segment.ptr[0] <= ' ') segment = bytes_make(segment.ptr + 1, segment.len - 1);
        while (segment.len > 0 && segment.ptr[segment.len - 1] <= ' ') segment.len--;
        if (segment.len == 0) continue;
        int r = hl7_segment(&h, segment);
        if (r < 0) return r;
    }
    int r = roster_end_person(roster);
    if (r < 0) return r;
    return roster_person_count(roster->roster) > before ? 0 : roster_refuse(roster, "no PID segment");
}
