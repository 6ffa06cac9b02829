/* A whole instance in a private folder, in this process: keys, vault, journal and a guard with its workers, over the stand-in engine. For tests. */
#pragma once

#include <limits.h>

#include "fs/guard.h"

struct instance {
    char root[PATH_MAX / 4], source[PATH_MAX / 2], state[PATH_MAX / 2], config[PATH_MAX / 2];
    struct keeper *keeper;
    struct guard *guard;
    int scout[2];
    pthread_t scout_thread;
};

/* Makes folders, keys, journal and configuration; extra is appended to it ("[access]\nusers = daemon\n"). */
void instance_make(struct instance *i, const char *extra);
/* The guard, its workers and a scout that answers. */
void instance_start(struct instance *i);
void instance_stop(struct instance *i);
/* A file below the source, folders included. */
void instance_write(const struct instance *i, const char *name, const char *text);
