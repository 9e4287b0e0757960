/* collation.h — by what a text column is compared and sorted.
 *
 * SQLite compares text by its bytes, PostgreSQL by the collation of the column, which is the
 * database's where nothing else is said. A plan file says "C" (by bytes: what it is without the
 * key), "database", or the name of any collation that the server has; where that is not enough,
 * the words of SQL, in quotes: "app"."german". */
#ifndef PLANFILE_COLLATION_H
#define PLANFILE_COLLATION_H

#include "base/arena.h"

/* Whether it can be a collation's name. Whether there is one is for the server to say. */
bool collation_is_name(const char *said);

/* As DDL writes it; NULL for "database". Lives as long as `arena`. */
const char *collation_sql(struct arena *arena, const char *said);

#endif
