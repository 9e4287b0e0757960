/* show.h — values and keys for people, short and printable. */
#ifndef VERIFY_SHOW_H
#define VERIFY_SHOW_H

#include "verify/row.h"

enum { SHOW_BYTES_MAX = 80 };

/* A cell in SQLite's literal style: 12, 2.5, 'abc', x'00ff', true; long ones are
 * cut, and say how long they are. NULL for a NULL. Lives as long as `arena`. */
const char *show_cell(struct arena *arena, struct row_maker *maker, const struct shape *shape,
                      const struct row *row, size_t column);

/* "id=12", "a=1, b='x'"; without a key the first columns; never NULL. */
const char *show_key(struct arena *arena, struct row_maker *maker, const struct shape *shape,
                     const struct row *row);

#endif
