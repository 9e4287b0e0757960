/* zone.h — which moment a wall clock meant, by the system's time zones. */
#ifndef CANONICAL_ZONE_H
#define CANONICAL_ZONE_H

#include "base/text.h"

#include <stdint.h>

struct canonical_zone; /* read once, then kept */

/* The zero value is ready. */
struct canonical_zones {
    struct canonical_zone *newest;
};
void canonical_zones_free(struct canonical_zones *zones);

/* From what the zone's clocks showed, in microseconds since 1970, to the moment; the
 * first of two. False: they never showed it, or there is no such zone. */
MUST_USE bool canonical_zone_apply(struct canonical_zones *zones, const char *name,
                                   int64_t *microseconds);

#endif
