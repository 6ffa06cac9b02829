/* Power loss by replaying ordered writes. Programs linked with power_dep have their calls that change files recorded, in order, with their bytes,
 * over all threads and forked processes; then the folder is made again as a disk could hold it after the power went at any moment:
 *     power_record(root)            from now on; what root holds is taken as durable
 *     …the operation; power_mark(kind, n) where something is promised to a caller…
 *     power_stop()
 *     power_make(prefix, policy, seed, folder)    the folder as the disk has it after the first prefix events
 * The model: what a completed fsync, fdatasync or syncfs covered before it began is there. Of the rest each write may be there wholly, by sectors of
 * 512 bytes, or not at all; entries of a folder (made, renamed, removed) in their order per folder, up to a point that each folder chooses by itself.
 * An fsync of a file does not make its name durable (POSIX promises no more).
 * After power_stop() syncs of the linked program do nothing: what is only looked at needs no disk.
 * Threads: recording is safe; the rest belongs to one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "conf/base/attr.h"

enum power_policy { POWER_ALL, POWER_NONE, POWER_SOME };
enum { POWER_POLICIES = 3, POWER_EVENTS_MAX = 1 << 16, POWER_BYTES_MAX = 64 << 20 };

void power_record(const char *root);
void power_stop(void);
/* Remembers that at this place of the order something was promised. */
void power_mark(unsigned kind, uint64_t value);
size_t power_count(void);
/* The greatest value marked so far with this kind among the first prefix events; fallback when there is none. */
uint64_t power_marked(size_t prefix, unsigned kind, uint64_t fallback);
/* What the event was, for messages: "fdatasync". */
const char *power_event_name(size_t event);
/* The folder must not exist. seed chooses among POWER_SOME's. */
void power_make(size_t prefix, enum power_policy policy, uint64_t seed, const char *folder);
