/* A timestamping authority for tests, made with openssl(1) in the test's folder: tsa.pem is its certificate.
 * Threads: one test at a time. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "conf/base/attr.h"

/* Answers the request file of dir into the response file; false when openssl(1) makes no authority here. */
static inline bool authority_makes(const char *dir, const char *request, const char *response) {
    static const char script[] =
        "cd '%s' && command -v openssl >/dev/null || exit 77\n"
        "[ -f tsa.pem ] || { printf '[e]\\nextendedKeyUsage=critical,timeStamping\\n[t]\\ndefault_tsa=c\\n[c]\\nserial=serial\\ncrypto_device=builtin\\n"
        "signer_digest=sha256\\ndefault_policy=1.2.3.4\\ndigests=sha256\\naccuracy=secs:1\\ness_cert_id_alg=sha256\\n[req]\\ndistinguished_name=d\\n[d]\\n' >c.cnf &&"
        " echo 01 >serial && openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -days 2 -subj /CN=test -config c.cnf -extensions e; } 2>/dev/null &&"
        " openssl ts -reply -config c.cnf -section c -queryfile '%s' -signer tsa.pem -inkey tsa.key -out '%s' 2>/dev/null";
    char command[4000];
    must(snprintf(command, sizeof(command), script, dir, request, response) > 0);
    return system(command) == 0;
}
