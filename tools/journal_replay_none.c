#include <errno.h>

#include "tools/journal.h"

/* An auditor's build has no engine: what was shown can be verified with it, not made again. */
int journal_replay(int argc, char **argv) {
    static const struct tool t = {
        .name = "deidfs-journal replay", .operands = "[…]", .summary = "Renders documents again and compares: not in this build.", .operand_most = 99,
        .usage_exit = JOURNAL_USAGE,
    };
    struct problem p = { "" };
    ignore(tool_options(&t, argc, argv)); /* nothing is done with operands */
    ignore(problem_set(&p, -ENOSYS, "this build has no engine to render with: run it on the mount's host")); /* the exit code says the same */
    return tool_fail(&t, TOOL_UNAVAILABLE, &p);
}
