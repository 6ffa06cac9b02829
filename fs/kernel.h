/* libfuse 3.14's low-level interface, included in one place so that every file asks for the same API version.
 * Threads: libfuse's. */
#pragma once

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>
