#include "redact/checkdigit.h"

#include "conf/base/size.h"

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static uint8_t to_upper(uint8_t c) {
    return c >= 'a' && c <= 'z' ? (uint8_t) (c - 'a' + 'A') : c;
}

static bool is_upper(uint8_t c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_separator(uint8_t c) {
    return c == ' ' || c == '-' || c == '.' || c == '\t';
}

/* The characters that count, in upper case, separators left out. */
struct plain {
    uint8_t text[CHECKDIGIT_TEXT_LEN_MAX];
    size_t len;
};

static bool plain_from(struct bytes in, struct plain *out) {
    if (in.len > CHECKDIGIT_TEXT_LEN_MAX) return false;
    out->len = 0;
    for (size_t i = 0; i < in.len; i++) {
        if (!is_separator(in.ptr[i])) out->text[out->len++] = to_upper(in.ptr[i]);
    }
    return true;
}

/* Digits only, len_min..len_max of them; parentheses and a leading + are notation of telephone numbers. */
static bool digits_from(struct bytes in, size_t len_min, size_t len_max, struct plain *out) {
    if (in.len > CHECKDIGIT_TEXT_LEN_MAX) return false;
    out->len = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        if (is_digit(c)) {
            out->text[out->len++] = c;
        } else if (!is_separator(c) && c != '(' && c != ')' && c != '/' && !(c == '+' && i == 0)) {
            return false;
        }
    }
    return out->len >= len_min && out->len <= len_max;
}

static unsigned number(const uint8_t *digits, size_t len) {
    unsigned n = 0;
    for (size_t i = 0; i < len; i++) n = n * 10 + (unsigned) (digits[i] - '0');
    return n;
}

static unsigned luhn_sum(const uint8_t *digits, size_t len) {
    unsigned sum = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned d = (unsigned) (digits[len - 1 - i] - '0');
        if (i % 2 == 1) d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return sum;
}

bool checkdigit_ssn(struct bytes text) {
    struct plain p;
    if (!digits_from(text, 9, 9, &p)) return false;
    unsigned area = number(p.text, 3);
    return area != 0 && area != 666 && area < 900 && number(p.text + 3, 2) != 0 && number(p.text + 5, 4) != 0;
}

bool checkdigit_itin(struct bytes text) {
    struct plain p;
    if (!digits_from(text, 9, 9, &p) || p.text[0] != '9') return false;
    unsigned group = number(p.text + 3, 2);
    return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 92) || (group >= 94 && group <= 99);
}

bool checkdigit_npi(struct bytes text) {
    struct plain p;
    if (!digits_from(text, 10, 10, &p)) return false;
    if (p.text[0] != '1' && p.text[0] != '2') return false;
    /* 24 is what the prefix 80840 adds to the sum. */
    return (luhn_sum(p.text, 10) + 24) % 10 == 0;
}

bool checkdigit_dea(struct bytes text) {
    struct plain p;
    if (!plain_from(text, &p) || p.len != 9) return false;
    if (!is_upper(p.text[0]) || !(is_upper(p.text[1]) || p.text[1] == '9')) return false;
    for (size_t i = 2; i < 9; i++) {
        if (!is_digit(p.text[i])) return false;
    }
    const uint8_t *d = p.text + 2;
    unsigned odd = number(d, 1) + number(d + 2, 1) + number(d + 4, 1);
    unsigned even = number(d + 1, 1) + number(d + 3, 1) + number(d + 5, 1);
    return (odd + 2 * even) % 10 == number(d + 6, 1);
}

bool checkdigit_mbi(struct bytes text) {
    /* CMS: C 1..9, N 0..9, A letter, X letter or digit, without the letters that look like digits. */
    static const char classes[] = "CAXNAXNAANN";
    struct plain p;
    if (!plain_from(text, &p) || p.len != sizeof(classes) - 1) return false;
    for (size_t i = 0; i < p.len; i++) {
        uint8_t c = p.text[i];
        bool digit = is_digit(c);
        bool letter = is_upper(c) && strchr("SLOIBZ", c) == NULL;
        char class = classes[i];
        bool fits = class == 'X' ? digit || letter : class == 'A' ? letter : digit && (class == 'N' || c != '0');
        if (!fits) return false;
    }
    return true;
}

bool checkdigit_vin(struct bytes text) {
    static const uint8_t values[26] = { 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9 };
    static const uint8_t weights[17] = { 8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2 };
    struct plain p;
    if (!plain_from(text, &p) || p.len != 17) return false;
    unsigned sum = 0;
    for (size_t i = 0; i < 17; i++) {
        uint8_t c = p.text[i];
        if (!is_digit(c) && (!is_upper(c) || c == 'I' || c == 'O' || c == 'Q')) return false;
        unsigned value = is_digit(c) ? (unsigned) (c - '0') : values[c - 'A'];
        sum += value * weights[i];
    }
    unsigned check = sum % 11;
    return p.text[8] == (check == 10 ? 'X' : '0' + check);
}

bool checkdigit_luhn(struct bytes text) {
    struct plain p;
    return digits_from(text, 12, 19, &p) && luhn_sum(p.text, p.len) % 10 == 0;
}

bool checkdigit_card(struct bytes text) {
    struct plain p;
    if (!digits_from(text, 13, 19, &p) || luhn_sum(p.text, p.len) % 10 != 0) return false;
    unsigned head = number(p.text, 4); /* 2221..2720: Mastercard's second range, 2017 */
    return (p.text[0] >= '3' && p.text[0] <= '6') || (head >= 2221 && head <= 2720);
}

bool checkdigit_aba(struct bytes text) {
    static const uint8_t weights[9] = { 3, 7, 1, 3, 7, 1, 3, 7, 1 };
    struct plain p;
    if (!digits_from(text, 9, 9, &p)) return false;
    unsigned prefix = number(p.text, 2), sum = 0;
    if (!(prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix == 80)) return false;
    for (size_t i = 0; i < 9; i++) sum += weights[i] * number(p.text + i, 1);
    return sum % 10 == 0 && sum != 0;
}

bool checkdigit_iban(struct bytes text) {
    struct plain p;
    if (!plain_from(text, &p) || p.len < 15 || p.len > 34) return false;
    if (!is_upper(p.text[0]) || !is_upper(p.text[1]) || !is_digit(p.text[2]) || !is_digit(p.text[3])) return false;
    unsigned rest = 0;
    for (size_t i = 0; i < p.len; i++) {
        uint8_t c = p.text[(i + 4) % p.len];
        if (!is_digit(c) && !is_upper(c)) return false;
        rest = is_digit(c) ? (rest * 10 + (unsigned) (c - '0')) % 97 : (rest * 100 + (unsigned) (c - 'A') + 10) % 97;
    }
    return rest == 1;
}

bool checkdigit_ipv4(struct bytes text) {
    unsigned parts = 0;
    size_t i = 0;
    while (i < text.len) {
        size_t begin = i;
        while (i < text.len && is_digit(text.ptr[i])) i++;
        size_t len = i - begin;
        if (len == 0 || len > 3 || number(text.ptr + begin, len) > 255) return false;
        if (len > 1 && text.ptr[begin] == '0') return false;
        parts++;
        if (i == text.len) break;
        if (text.ptr[i++] != '.' || parts == 4) return false;
    }
    return parts == 4 && text.ptr[text.len - 1] != '.';
}

static bool is_hex(uint8_t c) {
    uint8_t u = to_upper(c);
    return is_digit(c) || (u >= 'A' && u <= 'F');
}

bool checkdigit_ipv6(struct bytes text) {
    if (text.len < 2 || text.len > 45) return false;
    unsigned groups = 0;
    bool gap = false;
    size_t i = 0;
    while (i < text.len) {
        if (text.ptr[i] == ':') {
            bool pair = i + 1 < text.len && text.ptr[i + 1] == ':';
            if (pair ? gap : groups == 0) return false; /* a second gap, or one colon where a group should begin */
            gap = gap || pair;
            i += pair ? 2 : 1;
            if (!pair && i == text.len) return false;
            if (i < text.len && text.ptr[i] == ':') return false;
            continue;
        }
        size_t begin = i;
        while (i < text.len && is_hex(text.ptr[i])) i++;
        if (i < text.len && text.ptr[i] == '.') {
            groups += 2;
            bool tail = checkdigit_ipv4((struct bytes) { text.ptr + begin, text.len - begin });
            return tail && (gap ? groups <= 7 : groups == 8);
        }
        if (i == begin || i - begin > 4) return false;
        if (i < text.len && text.ptr[i] != ':') return false;
        groups++;
    }
    return gap ? groups <= 7 : groups == 8;
}

bool checkdigit_nanp(struct bytes text) {
    struct plain p;
    if (!digits_from(text, 10, 11, &p)) return false;
    const uint8_t *d = p.text;
    if (p.len == 11 && *d++ != '1') return false;
    bool area = d[0] >= '2' && !(d[1] == '1' && d[2] == '1');
    bool exchange = d[3] >= '2' && !(d[4] == '1' && d[5] == '1');
    return area && exchange;
}

static bool is_month_day(unsigned month, unsigned day) {
    /* February has 29 days here: the year is often unknown, and 2/29/01 is a slip of the pen, not another kind of number. */
    static const uint8_t days[12] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static bool is_year(unsigned year, size_t len) {
    return len == 2 || (len == 4 && year >= 1880 && year <= 2099);
}

/* Up to three numbers with one kind of separator between them. */
static bool date_parts(struct bytes text, unsigned part[3], size_t len[3], size_t *out_count) {
    size_t count = 0, i = 0;
    uint8_t separator = 0;
    while (i < text.len) {
        if (count == 3) return false;
        size_t begin = i;
        while (i < text.len && is_digit(text.ptr[i])) i++;
        len[count] = i - begin;
        if (len[count] == 0 || len[count] > 4) return false;
        part[count] = number(text.ptr + begin, len[count]);
        count++;
        if (i == text.len) break;
        uint8_t c = text.ptr[i];
        if (c != '/' && !is_separator(c)) return false;
        if (separator != 0 && c != separator) return false;
        separator = c;
        while (i < text.len && (text.ptr[i] == separator || text.ptr[i] == ' ')) i++;
        if (i == text.len) return false;
    }
    *out_count = count;
    return count >= 2;
}

bool checkdigit_date(struct bytes text) {
    if (text.len > CHECKDIGIT_TEXT_LEN_MAX) return false;
    if (text.len == 8 && checkdigit_datestamp(text)) return true;
    unsigned v[3];
    size_t len[3], count;
    if (!date_parts(text, v, len, &count)) return false;
    if (count == 2) {
        if (len[1] == 4) return v[0] >= 1 && v[0] <= 12 && len[0] <= 2 && is_year(v[1], 4);
        if (len[0] == 4) return v[1] >= 1 && v[1] <= 12 && len[1] <= 2 && is_year(v[0], 4);
        return len[0] <= 2 && len[1] <= 2 && (is_month_day(v[0], v[1]) || is_month_day(v[1], v[0]));
    }
    if (len[0] == 4) return len[1] <= 2 && len[2] <= 2 && is_year(v[0], 4) && (is_month_day(v[1], v[2]) || is_month_day(v[2], v[1]));
    return len[0] <= 2 && len[1] <= 2 && is_year(v[2], len[2]) && (is_month_day(v[0], v[1]) || is_month_day(v[1], v[0]));
}

bool checkdigit_datestamp(struct bytes text) {
    if (text.len < 8 || text.len > 14) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) return false;
    }
    const uint8_t *d = text.ptr;
    if (!is_year(number(d, 4), 4) || !is_month_day(number(d + 4, 2), number(d + 6, 2))) return false;
    if (text.len >= 10 && number(d + 8, 2) > 23) return false;
    if (text.len >= 12 && number(d + 10, 2) > 59) return false;
    return text.len % 2 == 0;
}

static const struct {
    const char *name;
    checkdigit_fn fn;
} checks[] = {
    { "aba", checkdigit_aba },
    { "card", checkdigit_card },
    { "date", checkdigit_date },
    { "datestamp", checkdigit_datestamp },
    { "dea", checkdigit_dea },
    { "iban", checkdigit_iban },
    { "ipv4", checkdigit_ipv4 },
    { "ipv6", checkdigit_ipv6 },
    { "itin", checkdigit_itin },
    { "luhn", checkdigit_luhn },
    { "mbi", checkdigit_mbi },
    { "nanp", checkdigit_nanp },
    { "npi", checkdigit_npi },
    { "ssn", checkdigit_ssn },
    { "vin", checkdigit_vin },
};

checkdigit_fn checkdigit_find(struct bytes name) {
    for (size_t i = 0; i < array_count(checks); i++) {
        if (bytes_equal(name, bytes_from_string(checks[i].name))) return checks[i].fn;
    }
    return NULL;
}

const char *checkdigit_name_at(size_t i) {
    return i < array_count(checks) ? checks[i].name : NULL;
}
