/* Any bytes as roles.conf: refused with a reason, or roles that keep to their bounds. */
#include "conf/role.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    struct roles *roles = NULL;
    struct problem p = { .text = "" };
    int r = roles_parse(bytes_make(data, len), "roles.conf", &roles, &p);
    must((r == 0) == (roles != NULL) && (r == 0 || r == -12 || p.text[0] != '\0'));
    for (size_t i = 0; roles && i < roles->count; i++) {
        const struct role *role = &roles->items[i];
        must(role->users.count > 0 && role->destinations[0] && role->tokens_max > 0 && (role->rate_tokens == 0) == (role->rate_s == 0));
        must(!role_approves(role, role->users.ids[0], role->users.ids[0]));
        (void) roles_find(roles, role->users.ids[0], "default", "TREAT");
    }
    roles_free(roles);
    return 0;
}
