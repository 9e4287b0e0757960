/* stop.h — somebody asked us to stop: one flag for the whole process, and narrower wishes.
 *
 * Set by the signal handler that cli/ installs; polled by every long loop
 * (at least once per chunk and at least ten times a second). */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdint.h>

/* Async-signal-safe. */
void stop_request(void);

/* Of the process, or of what this thread works for. */
bool stop_requested(void);

/* One piece of work among several of this process is to stop. */
struct stop_wish {
    atomic_bool made;
    const struct stop_wish *outer; /* borrowed; of what that work is a part of; NULL: nothing */
};
void stop_wish_make(struct stop_wish *wish);

/* From now on the calling thread, and the workers it starts, heed this wish as they heed the
 * process's; NULL: the process's alone. Borrowed until the next call. */
void stop_follow(const struct stop_wish *wish);
const struct stop_wish *stop_followed(void);

/* True to go on. False, with ERROR_STOPPED, when asked to stop. */
MUST_USE bool stop_check(struct error *err);

/* The same behind a wait, which is over when somebody asks. */
MUST_USE bool stop_wait(int64_t ms, struct error *err);

#endif
