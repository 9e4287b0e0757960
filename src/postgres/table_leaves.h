/* table_leaves.h — where the rows of a table really lie: in itself, in its partitions, in
 * tables that inherit from it. A ctid is unique only within one of these. */
#ifndef POSTGRES_TABLE_LEAVES_H
#define POSTGRES_TABLE_LEAVES_H

#include "postgres/target.h"

enum { TABLE_LEAVES_MAX = 32768 }; /* their number in a place has 15 bits */

struct table_leaf {
    uint32_t oid;     /* pg_class.oid: the row's tableoid */
    const char *name; /* with its schema, quoted as needed */
};

struct table_leaves {
    struct table_leaf *leaves; /* ascending by oid */
    size_t count;
};

/* `name`: with its schema, quoted as needed. Lives as long as `arena`. The caller holds a lock
 * against whoever would add some. ERROR_TARGET: a leaf is no table of the server's own, so
 * that its rows have no place; or they are too many. */
MUST_USE bool table_leaves_read(PGconn *conn, struct arena *arena, const char *name,
                                struct table_leaves *leaves, struct error *err);

/* A row's place in one number: leaf, block, number within it. -1: of no leaf known. */
int64_t table_leaves_place(const struct table_leaves *leaves, uint32_t oid, uint32_t block,
                           uint16_t number);

static inline size_t
table_leaves_place_leaf(int64_t place)
{
    return (size_t)(place >> 48);
}

static inline uint32_t
table_leaves_place_block(int64_t place)
{
    return (uint32_t)(place >> 16);
}

static inline uint16_t
table_leaves_place_number(int64_t place)
{
    return (uint16_t)place;
}

#endif
