/* condition.h — condition variables that are waited for only so long, by a clock that never
 * jumps. */
#ifndef BASE_CONDITION_H
#define BASE_CONDITION_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* In place of pthread_cond_init: deadlines are those of condition_deadline. */
void condition_init(pthread_cond_t *condition);

/* The moment `timeout_ms` from now, for pthread_cond_timedwait. */
struct timespec condition_deadline(int64_t timeout_ms);

#endif
