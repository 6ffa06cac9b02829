/* Fault simulation: an operation is run again and again, and each time the next call that can fail is made to fail, once, until it runs through
 * without a fault. After every run a check says what must still hold: no PHI in the view, the journal verifies, the vault opens.
 *
 *     static int mint_one(void *context) { … return vault_mint(…); }
 *     static void still_whole(void *context, int result) { CHECK(result < 0 || …); … }
 *     TEST(vault, a_failed_mint_loses_nothing) { FAULTSIM(mint_one, still_whole, &context); }
 *
 * The calls are those in fault.c's table, made from our own objects (ld --wrap: calls inside shared libraries go untouched). An operation must be
 * repeatable; it is run on the state that the runs before left behind. A child of fork() has no faults. Link with fault_dep.
 * Threads: counts calls of all threads; an operation with several threads is not the same each time, yet ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/harness.h"

enum { FAULT_RUNS_MAX = 20000 };

typedef int (*fault_operation)(void *context);
/* result is what the operation returned; faults are off. NULL: nothing to check but that a failed call was not called success. */
typedef void (*fault_check)(void *context, int result);

/* Fails the test when the operation returns success although a call failed and tolerates_faults is false, or when it never ends. */
void fault_simulate(const char *name, fault_operation operation, fault_check check, void *context, bool tolerates_faults);

/* The operation must report every fault. */
#define FAULTSIM(operation, check, context) fault_simulate(#operation, operation, check, context, false)
/* The operation may go on without what failed (advice, a cache): the check alone decides. */
#define FAULTSIM_TOLERANT(operation, check, context) fault_simulate(#operation, operation, check, context, true)

/* For tests with a loop of their own: the call_index-th call (from 0) fails once from now on; false from fault_disarm(): none was reached. */
void fault_arm(size_t call_index);
bool fault_disarm(void);
/* Name of the call that was made to fail last, "" none. */
const char *fault_last(void);
