/* clock.h — the two clocks we need. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds, or microseconds, of a clock that never jumps. */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

enum { CLOCK_STAMP_SIZE = 24 };

/* Wall-clock time in UTC for people and for file names:
 * "2026-01-31T23:59:59Z" and "20260131-235959". */
void clock_stamp_iso(char stamp[CLOCK_STAMP_SIZE]);
void clock_stamp_file(char stamp[CLOCK_STAMP_SIZE]);

#endif
