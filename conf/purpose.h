/* Purposes of use: the closed list that sessions, re-identification and access rules name, and records hold.
 * Threads: constants. Source: HL7 v3 PurposeOfUse (codes), 45 CFR 164.506 and 164.512 (what they stand for). */
#pragma once

#include <stddef.h>

/* The list's own string, or NULL: no such purpose. */
const char *purpose_find(const char *code);
/* NULL past the end. */
const char *purpose_at(size_t i);
/* "TREAT, HPAYMT, …" for messages. */
#define PURPOSE_WORDS "TREAT, HPAYMT, HOPERAT, HRESCH, PUBHLTH, ETREAT, HLEGAL"
