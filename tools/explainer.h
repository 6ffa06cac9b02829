/* explainer: an explanation (redact/explain.h) printed: for a person the text with its findings coloured and a legend, for a machine one JSON object.
 * Prints document text, as its reader asked for. What could steer a terminal is replaced.
 * Threads: main thread. */
#pragma once

#include "redact/explain.h"

/* -EIO, -ENOMEM. */
_must_use_ int explainer_print_text(const struct engine *e, const struct explanation *x, bool color);
_must_use_ int explainer_print_json(const struct engine *e, const struct explanation *x, const struct redaction *r);
