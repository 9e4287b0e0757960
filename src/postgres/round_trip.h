/* round_trip.h — how far away a server is. */
#ifndef POSTGRES_ROUND_TRIP_H
#define POSTGRES_ROUND_TRIP_H

#include "postgres/target.h"

/* How long the server takes to answer when it has nothing to do: the shortest of a few tries,
 * of one only where it is at hand. The connection is idle. */
MUST_USE bool target_round_trip(PGconn *conn, uint64_t *us, struct error *err);

#endif
