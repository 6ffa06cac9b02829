/* deidfs-reidentify approve: the second person of the two-person rule.
 * Threads: main thread. */
#pragma once

/* argv[0] is the subcommand's name. Returns the exit code. */
int approve_main(int argc, char **argv);
