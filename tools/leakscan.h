/* deidfs-reidentify leakscan: logs, traces and vector dumps searched for identifiers that the vault knows. No value is printed.
 * Threads: main thread. */
#pragma once

/* argv[0] is the subcommand's name. Returns the exit code. */
int leakscan_main(int argc, char **argv);
