/* zone.h — what a wall clock showed when: time zones, from the system's database. */
#ifndef VALUE_ZONE_H
#define VALUE_ZONE_H

#include "base/arena.h"

#include <stdint.h>

struct zone;

/* "America/New_York" out of $TZDIR or /usr/share/zoneinfo (a TZif file of version 2 or
 * later, with the rule behind its table for later times), "UTC", or a fixed offset:
 * "+02:00", "-0930", "+05". `zone` lives as long as `arena`; constant, so that threads
 * may share it. Fails with ERROR_USAGE when there is no such zone. */
MUST_USE bool zone_open(struct arena *arena, const char *name, const struct zone **zone,
                        struct error *err);

/* As it was asked for. */
const char *zone_name(const struct zone *zone);

enum zone_local {
    ZONE_LOCAL_ONCE,
    ZONE_LOCAL_SKIPPED, /* clocks were put forward: it never showed */
    ZONE_LOCAL_TWICE,   /* clocks were put back: the first time it showed is taken */
};

/* What the clock was ahead of UTC, in seconds, when it showed `local` (seconds since
 * 1970-01-01 00:00 on that clock). Skipped: `offset` is the one before the jump. */
enum zone_local zone_offset_of_local(const struct zone *zone, int64_t local, int32_t *offset);

/* The same at a moment: seconds since 1970 UTC. */
int32_t zone_offset_at(const struct zone *zone, int64_t utc);

#endif
