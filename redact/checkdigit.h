/* Validators of structured identifiers: ranges, check digits, plausible calendars. A validator decides a finding's type and confidence; it
 * never releases a value that a label names (detection.md): "SSN: 000-12-3456" stays redacted although checkdigit_ssn() is false.
 *
 * All take the matched text as it stood: digits may be grouped by spaces, dots, hyphens (ASCII) where the issuer's own notation does so.
 * Letters match in either case. Anything longer than CHECKDIGIT_TEXT_LEN_MAX is false.
 * Threads: pure functions. */
#pragma once

#include "conf/base/bytes.h"

enum { CHECKDIGIT_TEXT_LEN_MAX = 64, CHECKDIGIT_NAME_LEN_MAX = 15 };

/* SSN: nine digits, area not 000, 666 or 900..999, group not 00, serial not 0000 (SSA, randomised since 2011-06-25). */
_must_use_ bool checkdigit_ssn(struct bytes text);
/* ITIN: 9xx-(50..65|70..88|90..92|94..99)-xxxx (IRS). */
_must_use_ bool checkdigit_itin(struct bytes text);
/* NPI: ten digits, first 1 or 2, Luhn over 80840 and the number (CMS). */
_must_use_ bool checkdigit_npi(struct bytes text);
/* DEA registration: two letters (or letter and 9) and seven digits, the last of the sum d1+d3+d5 + 2(d2+d4+d6). */
_must_use_ bool checkdigit_dea(struct bytes text);
/* Medicare beneficiary identifier: eleven characters of CMS's position classes; no S L O I B Z. */
_must_use_ bool checkdigit_mbi(struct bytes text);
/* Vehicle: 17 characters without I O Q, weighted sum mod 11 in the ninth (49 CFR 565). */
_must_use_ bool checkdigit_vin(struct bytes text);
/* Luhn over 12..19 digits. */
_must_use_ bool checkdigit_luhn(struct bytes text);
/* Payment card: Luhn, 13..19 digits, and a known beginning (3..6, 2221..2720). */
_must_use_ bool checkdigit_card(struct bytes text);
/* ABA routing number: nine digits, weights 3 7 1, known first two digits. */
_must_use_ bool checkdigit_aba(struct bytes text);
/* IBAN: country, two check digits, up to 30 more, mod 97 == 1 (ISO 13616). */
_must_use_ bool checkdigit_iban(struct bytes text);
/* Dotted quad with every part 0..255 without a needless leading zero. */
_must_use_ bool checkdigit_ipv4(struct bytes text);
/* RFC 4291 text form, at most one "::", an IPv4 tail allowed, no zone. */
_must_use_ bool checkdigit_ipv6(struct bytes text);
/* North American number: ten digits (or eleven from 1), area code and exchange begin 2..9 and are not N11. */
_must_use_ bool checkdigit_nanp(struct bytes text);
/* Numeric date in any usual order with - / . or spaces, or eight digits YYYYMMDD: a month 1..12 and a day the month has can be read from it.
 * Two parts are month and day, or month and four-digit year. */
_must_use_ bool checkdigit_date(struct bytes text);
/* Eight digits YYYYMMDD, or more with a time (HL7 v2 DTM), year 1880..2099. */
_must_use_ bool checkdigit_datestamp(struct bytes text);

typedef bool (*checkdigit_fn)(struct bytes text);
/* By the name rule files use ("ssn", "npi", …); NULL when there is none. */
checkdigit_fn checkdigit_find(struct bytes name);
/* The i-th known name, NULL past the end: for problems ("known checks are …") and tests. */
const char *checkdigit_name_at(size_t i);
