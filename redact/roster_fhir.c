/* A roster as FHIR R4 Patient resources: one, a Bundle, a list, or one a line (NDJSON). Source: hl7.org/fhir/R4/patient.html. */
#include <errno.h>
#include <jansson.h>

#include "conf/base/text.h"
#include "redact/roster.h"

static int fhir_put(struct roster_reader *r, enum roster_field field, const json_t *value) {
    if (!json_is_string(value)) return 0;
    return roster_put(r, field, bytes_make(json_string_value(value), json_string_length(value)));
}

static bool fhir_is(const json_t *value, const char *text) {
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* HumanName. whole: as one value (a relative's); parts else. */
static int fhir_name(struct roster_reader *r, const json_t *name, bool is_relative) {
    const json_t *given = json_object_get(name, "given"), *family = json_object_get(name, "family");
    size_t i;
    const json_t *part;
    int e = fhir_put(r, is_relative ? ROSTER_RELATIVE : ROSTER_NAME, json_object_get(name, "text"));
    if (!is_relative) {
        if (e == 0) e = fhir_put(r, ROSTER_FAMILY, family);
        json_array_foreach(given, i, part) {
            if (e == 0) e = fhir_put(r, ROSTER_GIVEN, part);
        }
        return e;
    }
    struct buf whole;
    buf_init(&whole, 4 * ROSTER_VALUE_LEN_MAX);
    json_array_foreach(given, i, part) {
        if (json_is_string(part)) ignore(buf_append_printf(&whole, "%s ", json_string_value(part))); /* sticky; too long is refused below */
    }
    if (json_is_string(family)) ignore(buf_append_string(&whole, json_string_value(family)));
    if (e == 0 && whole.len > 0) e = roster_put(r, ROSTER_RELATIVE, buf_bytes(&whole));
    buf_release(&whole);
    return e;
}

static int fhir_names(struct roster_reader *r, const json_t *list) {
    size_t i;
    const json_t *name;
    int e = 0;
    json_array_foreach(list, i, name) {
        if (e == 0) e = fhir_name(r, name, false);
    }
    return e;
}

static int fhir_telecom(struct roster_reader *r, const json_t *list) {
    size_t i;
    const json_t *t;
    int e = 0;
    json_array_foreach(list, i, t) {
        const json_t *system = json_object_get(t, "system"), *value = json_object_get(t, "value");
        if (e < 0) break;
        if (fhir_is(system, "email")) e = fhir_put(r, ROSTER_EMAIL, value);
        else if (fhir_is(system, "fax")) e = fhir_put(r, ROSTER_FAX, value);
        else if (!fhir_is(system, "url")) e = fhir_put(r, ROSTER_PHONE, value);
    }
    return e;
}

static int fhir_address(struct roster_reader *r, const json_t *a) {
    size_t i;
    const json_t *line;
    int e = fhir_put(r, ROSTER_CITY, json_object_get(a, "city"));
    if (e == 0) e = fhir_put(r, ROSTER_COUNTY, json_object_get(a, "district"));
    if (e == 0) e = fhir_put(r, ROSTER_ZIP, json_object_get(a, "postalCode"));
    json_array_foreach(json_object_get(a, "line"), i, line) {
        if (e == 0) e = fhir_put(r, ROSTER_STREET, line);
    }
    return e;
}

/* By the code of HL7 table 0203, else by what its system's name says. */
static enum roster_field fhir_field_of(const json_t *identifier) {
    static const struct {
        const char *code;
        enum roster_field field;
    } codes[] = {
        { "MR", ROSTER_MRN }, { "SS", ROSTER_SSN }, { "SB", ROSTER_SSN }, { "DL", ROSTER_LICENSE }, { "AN", ROSTER_ACCOUNT }, { "MB", ROSTER_HEALTH_PLAN },
        { "MC", ROSTER_HEALTH_PLAN }, { "MA", ROSTER_HEALTH_PLAN }, { "SN", ROSTER_HEALTH_PLAN }, { "PI", ROSTER_MRN }, { "PT", ROSTER_MRN },
    };
    const json_t *coding = json_array_get(json_object_get(json_object_get(identifier, "type"), "coding"), 0);
    const json_t *code = json_object_get(coding, "code"), *system = json_object_get(identifier, "system");
    for (size_t i = 0; i < array_count(codes); i++) {
        if (fhir_is(code, codes[i].code)) return codes[i].field;
    }
    return fhir_is(system, "http://hl7.org/fhir/sid/us-ssn") ? ROSTER_SSN : ROSTER_OTHER_ID;
}

static int fhir_identifiers(struct roster_reader *r, const json_t *list) {
    size_t i;
    const json_t *identifier;
    int e = 0;
    json_array_foreach(list, i, identifier) {
        if (e == 0) e = fhir_put(r, fhir_field_of(identifier), json_object_get(identifier, "value"));
    }
    return e;
}

static int fhir_contact(struct roster_reader *r, const json_t *c) {
    int e = fhir_name(r, json_object_get(c, "name"), true);
    if (e == 0) e = fhir_telecom(r, json_object_get(c, "telecom"));
    return e == 0 ? fhir_address(r, json_object_get(c, "address")) : e;
}

static int fhir_patient(struct roster_reader *r, const json_t *p) {
    size_t i;
    const json_t *item;
    int e = roster_begin_person(r);
    if (e == 0) e = fhir_names(r, json_object_get(p, "name"));
    if (e == 0) e = fhir_put(r, ROSTER_BIRTH_DATE, json_object_get(p, "birthDate"));
    if (e == 0) e = fhir_telecom(r, json_object_get(p, "telecom"));
    if (e == 0) e = fhir_identifiers(r, json_object_get(p, "identifier"));
    json_array_foreach(json_object_get(p, "address"), i, item) {
        if (e == 0) e = fhir_address(r, item);
    }
    json_array_foreach(json_object_get(p, "contact"), i, item) {
        if (e == 0) e = fhir_contact(r, item);
    }
    return e < 0 ? e : roster_end_person(r);
}

/* A resource: a Patient, a Bundle's entries, or one that is neither and tells nothing of names. */
static int fhir_resource(struct roster_reader *r, const json_t *resource) {
    size_t i;
    const json_t *item;
    int e = 0;
    if (json_is_array(resource)) {
        json_array_foreach(resource, i, item) {
            if (e == 0 && fhir_is(json_object_get(item, "resourceType"), "Patient")) e = fhir_patient(r, item);
        }
        return e;
    }
    const json_t *type = json_object_get(resource, "resourceType");
    if (fhir_is(type, "Patient")) return fhir_patient(r, resource);
    if (!json_is_string(type)) return roster_refuse(r, "a JSON object without resourceType: no FHIR resource");
    if (!fhir_is(type, "Bundle")) return 0;
    json_array_foreach(json_object_get(resource, "entry"), i, item) {
        const json_t *inner = json_object_get(item, "resource");
        if (e == 0 && fhir_is(json_object_get(inner, "resourceType"), "Patient")) e = fhir_patient(r, inner);
    }
    return e;
}

int roster_read_fhir(struct roster_reader *r, struct bytes text) {
    size_t before = roster_person_count(r->roster);
    while (text.len > 0) {
        json_error_t why;
        if (text_is_space(text.ptr[0])) {
            r->line += text.ptr[0] == '\n';
            text = bytes_make(text.ptr + 1, text.len - 1);
            continue;
        }
        json_t *resource = json_loadb((const char *) text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &why);
        if (!resource) {
            r->line += why.line > 0 ? (size_t) why.line - 1 : 0;
            return roster_refuse(r, "no JSON, or a key twice"); /* jansson's own words may quote the text */
        }
        int e = fhir_resource(r, resource);
        json_decref(resource);
        if (e < 0) return e;
        size_t used = (size_t) why.position;
        must(used > 0 && used <= text.len);
        for (size_t i = 0; i < used; i++) r->line += text.ptr[i] == '\n';
        text = bytes_make(text.ptr + used, text.len - used);
    }
    return roster_person_count(r->roster) > before ? 0 : roster_refuse(r, "no Patient resource");
}
