/* A roster as CSV (RFC 4180; comma, tab, semicolon or bar): one patient a row, columns known by their header. */
#include <errno.h>

#include "conf/base/text.h"
#include "redact/roster.h"

enum { CSV_COLUMNS_MAX = 256, CSV_HEADER_LEN_MAX = 63, CSV_COLUMN_IGNORED = ROSTER_FIELD_COUNT, CSV_COLUMN_SILENT };

/* Headers in lower case without blanks and punctuation, and without a leading "patient" or "pt". Sorted by field for people to read. */
static const struct {
    const char *header;
    uint8_t field;
} csv_headers[] = {
    { "firstname", ROSTER_GIVEN },       { "first", ROSTER_GIVEN },           { "givenname", ROSTER_GIVEN },      { "given", ROSTER_GIVEN },
    { "fname", ROSTER_GIVEN },           { "forename", ROSTER_GIVEN },        { "middlename", ROSTER_GIVEN },     { "middle", ROSTER_GIVEN },
    { "middleinitial", ROSTER_GIVEN },   { "mi", ROSTER_GIVEN },              { "mname", ROSTER_GIVEN },          { "nickname", ROSTER_GIVEN },
    { "preferredname", ROSTER_GIVEN },   { "preferred", ROSTER_GIVEN },       { "knownas", ROSTER_GIVEN },        { "goesby", ROSTER_GIVEN },
    { "lastname", ROSTER_FAMILY },       { "last", ROSTER_FAMILY },           { "surname", ROSTER_FAMILY },       { "familyname", ROSTER_FAMILY },
    { "family", ROSTER_FAMILY },         { "lname", ROSTER_FAMILY },          { "maidenname", ROSTER_FAMILY },    { "maiden", ROSTER_FAMILY },
    { "birthname", ROSTER_FAMILY },      { "formername", ROSTER_FAMILY },     { "formerlastname", ROSTER_FAMILY }, { "previouslastname", ROSTER_FAMILY },
    { "name", ROSTER_NAME },             { "fullname", ROSTER_NAME },         { "alias", ROSTER_NAME },           { "aliases", ROSTER_NAME },
    { "aka", ROSTER_NAME },              { "", ROSTER_NAME }, /* "Patient" alone */
    { "mothersmaidenname", ROSTER_RELATIVE }, { "mother", ROSTER_RELATIVE },  { "father", ROSTER_RELATIVE },      { "spouse", ROSTER_RELATIVE },
    { "spousename", ROSTER_RELATIVE },   { "nextofkin", ROSTER_RELATIVE },    { "nok", ROSTER_RELATIVE },         { "relative", ROSTER_RELATIVE },
    { "emergencycontact", ROSTER_RELATIVE }, { "contactname", ROSTER_RELATIVE }, { "guarantor", ROSTER_RELATIVE }, { "guarantorname", ROSTER_RELATIVE },
    { "guardian", ROSTER_RELATIVE },
    { "dob", ROSTER_BIRTH_DATE },        { "dateofbirth", ROSTER_BIRTH_DATE }, { "birthdate", ROSTER_BIRTH_DATE }, { "birthday", ROSTER_BIRTH_DATE },
    { "mrn", ROSTER_MRN },               { "medicalrecordnumber", ROSTER_MRN }, { "medrecno", ROSTER_MRN },       { "medicalrecord", ROSTER_MRN },
    { "chartnumber", ROSTER_MRN },       { "chart", ROSTER_MRN },             { "recordnumber", ROSTER_MRN },     { "id", ROSTER_MRN },
    { "identifier", ROSTER_MRN },        { "number", ROSTER_MRN },            { "mpi", ROSTER_MRN },              { "empi", ROSTER_MRN },
    { "ssn", ROSTER_SSN },               { "socialsecuritynumber", ROSTER_SSN }, { "socialsecurity", ROSTER_SSN },
    { "account", ROSTER_ACCOUNT },       { "accountnumber", ROSTER_ACCOUNT }, { "acct", ROSTER_ACCOUNT },         { "acctno", ROSTER_ACCOUNT },
    { "csn", ROSTER_ACCOUNT },           { "har", ROSTER_ACCOUNT },
    { "memberid", ROSTER_HEALTH_PLAN },  { "insuranceid", ROSTER_HEALTH_PLAN }, { "policynumber", ROSTER_HEALTH_PLAN }, { "policy", ROSTER_HEALTH_PLAN },
    { "subscriberid", ROSTER_HEALTH_PLAN }, { "beneficiaryid", ROSTER_HEALTH_PLAN }, { "medicareid", ROSTER_HEALTH_PLAN }, { "mbi", ROSTER_HEALTH_PLAN },
    { "medicaidid", ROSTER_HEALTH_PLAN }, { "planid", ROSTER_HEALTH_PLAN },
    { "license", ROSTER_LICENSE },       { "licensenumber", ROSTER_LICENSE }, { "driverslicense", ROSTER_LICENSE }, { "dl", ROSTER_LICENSE },
    { "otherid", ROSTER_OTHER_ID },      { "externalid", ROSTER_OTHER_ID },   { "studyid", ROSTER_OTHER_ID },
    { "phone", ROSTER_PHONE },           { "phonenumber", ROSTER_PHONE },     { "telephone", ROSTER_PHONE },      { "tel", ROSTER_PHONE },
    { "homephone", ROSTER_PHONE },       { "workphone", ROSTER_PHONE },       { "cellphone", ROSTER_PHONE },      { "cell", ROSTER_PHONE },
    { "mobile", ROSTER_PHONE },          { "mobilephone", ROSTER_PHONE },     { "phonehome", ROSTER_PHONE },      { "phonework", ROSTER_PHONE },
    { "phonecell", ROSTER_PHONE },       { "phonemobile", ROSTER_PHONE },     { "emergencyphone", ROSTER_PHONE },
    { "fax", ROSTER_FAX },               { "faxnumber", ROSTER_FAX },         { "email", ROSTER_EMAIL },          { "emailaddress", ROSTER_EMAIL },
    { "address", ROSTER_STREET },        { "street", ROSTER_STREET },         { "streetaddress", ROSTER_STREET }, { "address1", ROSTER_STREET },
    { "addressline1", ROSTER_STREET },   { "address2", ROSTER_STREET },       { "addressline2", ROSTER_STREET },  { "homeaddress", ROSTER_STREET },
    { "city", ROSTER_CITY },             { "town", ROSTER_CITY },             { "county", ROSTER_COUNTY },        { "zip", ROSTER_ZIP },
    { "zipcode", ROSTER_ZIP },           { "postalcode", ROSTER_ZIP },        { "postcode", ROSTER_ZIP },         { "employer", ROSTER_EMPLOYER },
    { "employername", ROSTER_EMPLOYER }, { "folder", ROSTER_FOLDER },         { "path", ROSTER_FOLDER },          { "directory", ROSTER_FOLDER },
    /* Known, and not searched. */
    { "suffix", CSV_COLUMN_SILENT },     { "prefix", CSV_COLUMN_SILENT },     { "title", CSV_COLUMN_SILENT },     { "sex", CSV_COLUMN_SILENT },
    { "gender", CSV_COLUMN_SILENT },     { "race", CSV_COLUMN_SILENT },       { "ethnicity", CSV_COLUMN_SILENT }, { "state", CSV_COLUMN_SILENT },
    { "country", CSV_COLUMN_SILENT },    { "deceased", CSV_COLUMN_SILENT },   { "language", CSV_COLUMN_SILENT },
};

struct csv_reader {
    struct roster_reader *roster;
    struct bytes rest;
    struct buf cell; /* the cell just read, quotes undone */
    uint8_t delimiter;
    bool ends_row;
    size_t lines;    /* line breaks read so far */
};

/* In quotes: "" is one quote, a line break is text. What follows the closing quote must be a delimiter or the row's end. */
static int csv_quoted(struct csv_reader *c) {
    struct bytes in = c->rest;
    size_t i = 1;
    for (; i < in.len; i++) {
        if (in.ptr[i] == '\n') c->lines++;
        if (in.ptr[i] == '"' && (i + 1 == in.len || in.ptr[i + 1] != '"')) break;
        if (in.ptr[i] == '"') i++;
        if (c->cell.len <= ROSTER_VALUE_LEN_MAX) ignore(buf_append_byte(&c->cell, in.ptr[i])); /* sticky */
    }
    if (i >= in.len) return roster_refuse(c->roster, "quote without its end");
    i++;
    if (i < in.len && in.ptr[i] != c->delimiter && in.ptr[i] != '\n' && in.ptr[i] != '\r') return roster_refuse(c->roster, "text behind a closing quote");
    c->rest = bytes_make(in.ptr + i, in.len - i);
    return 0;
}

static int csv_cell(struct csv_reader *c) {
    buf_reset(&c->cell);
    if (c->rest.len > 0 && c->rest.ptr[0] == '"') {
        int r = csv_quoted(c);
        if (r < 0) return r;
    }
    size_t i = 0;
    while (i < c->rest.len && c->rest.ptr[i] != c->delimiter && c->rest.ptr[i] != '\n') {
        if (c->rest.ptr[i] == '\0') return roster_refuse(c->roster, "a NUL byte: no text");
        if (c->cell.len <= ROSTER_VALUE_LEN_MAX) ignore(buf_append_byte(&c->cell, c->rest.ptr[i])); /* sticky; one byte too long is refused later */
        i++;
    }
    c->ends_row = i == c->rest.len || c->rest.ptr[i] == '\n';
    if (i < c->rest.len && c->rest.ptr[i] == '\n') c->lines++;
    if (i < c->rest.len) i++;
    c->rest = bytes_make(c->rest.ptr + i, c->rest.len - i);
    int r = buf_error(&c->cell);
    return r < 0 ? problem_set(c->roster->problem, r, "%s: out of memory", c->roster->path) : 0;
}

static uint8_t csv_delimiter(struct bytes text) {
    static const uint8_t delimiters[] = { ',', '\t', ';', '|' };
    const uint8_t *end = memchr(text.ptr, '\n', text.len);
    size_t len = end ? (size_t) (end - text.ptr) : text.len, most = 0;
    uint8_t best = ',';
    for (size_t k = 0; k < array_count(delimiters); k++) {
        size_t n = 0;
        for (size_t i = 0; i < len; i++) n += text.ptr[i] == delimiters[k];
        if (n <= most) continue;
        most = n;
        best = delimiters[k];
    }
    return best;
}

static uint8_t csv_field_of(struct bytes header) {
    char form[CSV_HEADER_LEN_MAX + 1];
    size_t len = 0;
    for (size_t i = 0; i < header.len; i++) {
        if (!text_is_alnum(header.ptr[i])) continue;
        if (len == CSV_HEADER_LEN_MAX) return CSV_COLUMN_IGNORED;
        form[len++] = (char) text_to_lower(header.ptr[i]);
    }
    form[len] = '\0';
    if (len == 0) return CSV_COLUMN_IGNORED;
    const char *name = strncmp(form, "patient", 7) == 0 ? form + 7 : strncmp(form, "pt", 2) == 0 ? form + 2 : form;
    for (size_t i = 0; i < array_count(csv_headers); i++) {
        if (strcmp(csv_headers[i].header, name) == 0) return csv_headers[i].field;
    }
    return CSV_COLUMN_IGNORED;
}

static int csv_header(struct csv_reader *c, uint8_t fields[CSV_COLUMNS_MAX], size_t *out_count) {
    size_t count = 0, known = 0;
    do {
        int r = csv_cell(c);
        if (r < 0) return r;
        if (count == CSV_COLUMNS_MAX) return roster_refuse(c->roster, "more than 256 columns");
        uint8_t field = csv_field_of(buf_bytes(&c->cell));
        known += field < ROSTER_FIELD_COUNT;
        if (field == CSV_COLUMN_IGNORED && c->roster->report) c->roster->report->columns_ignored++;
        fields[count++] = field;
    } while (!c->ends_row);
    if (known == 0) return roster_refuse(c->roster, "no known column in the first row; name them: first name, last name, mrn, dob, phone, address, …");
    *out_count = count;
    return 0;
}

static int csv_row(struct csv_reader *c, const uint8_t *fields, size_t count) {
    c->roster->line = c->lines + 1;
    int r = roster_begin_person(c->roster);
    for (size_t column = 0; r == 0; column++) {
        r = csv_cell(c);
        if (r < 0) return r;
        if (column < count && fields[column] < ROSTER_FIELD_COUNT) r = roster_put(c->roster, (enum roster_field) fields[column], buf_bytes(&c->cell));
        if (c->ends_row) break;
    }
    return r < 0 ? r : roster_end_person(c->roster);
}

int roster_read_csv(struct roster_reader *roster, struct bytes text) {
    struct csv_reader c = { .roster = roster, .rest = text, .delimiter = csv_delimiter(text) };
    uint8_t fields[CSV_COLUMNS_MAX];
    size_t count = 0;
    buf_init(&c.cell, ROSTER_VALUE_LEN_MAX + 2);
    int r = csv_header(&c, fields, &count);
    while (r == 0 && c.rest.len > 0) {
        bool empty = c.rest.ptr[0] == '\n' || (c.rest.len > 1 && c.rest.ptr[0] == '\r' && c.rest.ptr[1] == '\n');
        if (empty) r = csv_cell(&c);
        else r = csv_row(&c, fields, count);
    }
    buf_release(&c.cell);
    return r;
}
