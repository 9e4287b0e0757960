/* stop.h — one flag for the whole process: somebody asked us to stop.
 *
 * Set by the signal handler that cli/ installs; polled by every long loop
 * (at least once per chunk and at least ten times a second). */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include "base/error.h"

/* Async-signal-safe. */
void stop_request(void);

bool stop_requested(void);

/* True to go on. False, with ERROR_STOPPED, when asked to stop. */
MUST_USE bool stop_check(struct error *err);

#endif
