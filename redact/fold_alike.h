/* Letters and signs that only look like plain ones. Cyrillic and Greek letters that are drawn like Latin ones (fold.c says when they are read as such),
 * and letters that are Latin in another dress: phonetic, small capital, letter-like, circled.
 * Source: Unicode Character Database 14 and the confusables of UTS #39, the ones drawn alike in usual type. Unicode licence v3 allows use of the data.
 * Threads: constant. */
#pragma once

#include <stdint.h>

struct fold_alike {
    uint16_t scalar;
    char plain;
};

/* Ascending. */
static const struct fold_alike fold_alikes[] = {
    { 0x0391, 'A' }, { 0x0392, 'B' }, { 0x0395, 'E' }, { 0x0396, 'Z' }, { 0x0397, 'H' }, { 0x0399, 'I' }, { 0x039A, 'K' }, { 0x039C, 'M' }, { 0x039D, 'N' },
    { 0x039F, 'O' }, { 0x03A1, 'P' }, { 0x03A4, 'T' }, { 0x03A5, 'Y' }, { 0x03A7, 'X' }, { 0x03B1, 'a' }, { 0x03B3, 'y' }, { 0x03B9, 'i' }, { 0x03BA, 'k' },
    { 0x03BD, 'v' }, { 0x03BF, 'o' }, { 0x03C1, 'p' }, { 0x03C3, 'o' }, { 0x03C4, 't' }, { 0x03C5, 'u' }, { 0x03C7, 'x' }, { 0x03F2, 'c' }, { 0x03F3, 'j' },
    { 0x03F9, 'C' }, { 0x0405, 'S' }, { 0x0406, 'I' }, { 0x0408, 'J' }, { 0x0410, 'A' }, { 0x0412, 'B' }, { 0x0415, 'E' }, { 0x041A, 'K' }, { 0x041C, 'M' },
    { 0x041D, 'H' }, { 0x041E, 'O' }, { 0x0420, 'P' }, { 0x0421, 'C' }, { 0x0422, 'T' }, { 0x0423, 'Y' }, { 0x0425, 'X' }, { 0x0430, 'a' }, { 0x0432, 'B' },
    { 0x0435, 'e' }, { 0x043A, 'k' }, { 0x043C, 'm' }, { 0x043D, 'h' }, { 0x043E, 'o' }, { 0x0440, 'p' }, { 0x0441, 'c' }, { 0x0442, 't' }, { 0x0443, 'y' },
    { 0x0445, 'x' }, { 0x044C, 'b' }, { 0x0455, 's' }, { 0x0456, 'i' }, { 0x0458, 'j' }, { 0x0460, 'W' }, { 0x0461, 'w' }, { 0x0474, 'V' }, { 0x0475, 'v' },
    { 0x04AE, 'Y' }, { 0x04AF, 'y' }, { 0x04BB, 'h' }, { 0x04C0, 'I' }, { 0x04CF, 'l' }, { 0x0500, 'd' }, { 0x0501, 'd' }, { 0x050C, 'G' }, { 0x051A, 'Q' },
    { 0x051B, 'q' }, { 0x051C, 'W' }, { 0x051D, 'w' },
};

/* Latin whatever stands beside them. Ascending. */
static const struct fold_alike fold_dressed[] = {
    { 0x0251, 'a' }, { 0x0261, 'g' }, { 0x0262, 'G' }, { 0x0269, 'i' }, { 0x026A, 'I' }, { 0x0274, 'N' }, { 0x0280, 'R' }, { 0x0299, 'B' }, { 0x029C, 'H' },
    { 0x029F, 'L' }, { 0x02D0, ':' }, { 0x02D7, '-' }, { 0x1D00, 'A' }, { 0x1D04, 'C' }, { 0x1D05, 'D' }, { 0x1D07, 'E' }, { 0x1D0A, 'J' }, { 0x1D0B, 'K' },
    { 0x1D0D, 'M' }, { 0x1D0F, 'O' }, { 0x1D18, 'P' }, { 0x1D1B, 'T' }, { 0x1D1C, 'U' }, { 0x1D20, 'V' }, { 0x1D21, 'W' }, { 0x1D22, 'Z' }, { 0x2102, 'C' },
    { 0x210A, 'g' }, { 0x210B, 'H' }, { 0x210C, 'H' }, { 0x210D, 'H' }, { 0x210E, 'h' }, { 0x210F, 'h' }, { 0x2110, 'I' }, { 0x2111, 'I' }, { 0x2112, 'L' },
    { 0x2113, 'l' }, { 0x2115, 'N' }, { 0x2119, 'P' }, { 0x211A, 'Q' }, { 0x211B, 'R' }, { 0x211C, 'R' }, { 0x211D, 'R' }, { 0x2124, 'Z' }, { 0x2128, 'Z' },
    { 0x212C, 'B' }, { 0x212D, 'C' }, { 0x212F, 'e' }, { 0x2130, 'E' }, { 0x2131, 'F' }, { 0x2133, 'M' }, { 0x2134, 'o' }, { 0x2139, 'i' }, { 0x2145, 'D' },
    { 0x2146, 'd' }, { 0x2147, 'e' }, { 0x2148, 'i' }, { 0x2149, 'j' }, { 0x2796, '-' }, { 0x2800, ' ' }, { 0x29F8, '/' }, { 0x3002, '.' }, { 0xA789, ':' },
    { 0xA78C, '\'' }, { 0xFE50, ',' }, { 0xFE52, '.' }, { 0xFE54, ';' }, { 0xFE55, ':' }, { 0xFE58, '-' }, { 0xFE59, '(' }, { 0xFE5A, ')' }, { 0xFE5F, '#' },
    { 0xFE62, '+' }, { 0xFE63, '-' }, { 0xFE66, '=' }, { 0xFE6B, '@' },
};
