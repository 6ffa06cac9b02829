/* vault: `deidfs-setup vault COMMAND`, care of an instance's vault. Threads: main thread. */
#pragma once

/* argv[0] is "vault"; returns the exit code. */
int vault_main(int argc, char **argv);
