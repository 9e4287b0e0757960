/* span.h — lengths of time as options take them. */
#ifndef LIVE_SPAN_H
#define LIVE_SPAN_H

#include "base/error.h"

#include <stdint.h>

/* "500us", "100ms", "2s", "5m", "1h" in microseconds. ERROR_USAGE that names the option. */
MUST_USE bool span_parse(const char *option, const char *words, int64_t *us, struct error *err);

#endif
