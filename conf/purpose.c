#include "conf/purpose.h"

#include <string.h>

#include "conf/base/attr.h"

/* Treatment, payment, operations, research, public health, emergency treatment, legal proceedings. */
static const char *const purpose_codes[] = { "TREAT", "HPAYMT", "HOPERAT", "HRESCH", "PUBHLTH", "ETREAT", "HLEGAL" };

const char *purpose_at(size_t i) {
    return i < array_count(purpose_codes) ? purpose_codes[i] : NULL;
}

const char *purpose_find(const char *code) {
    for (size_t i = 0; i < array_count(purpose_codes); i++) {
        if (strcmp(purpose_codes[i], code) == 0) return purpose_codes[i];
    }
    return NULL;
}
