/* id_map.h — old ids that became UUIDs, on their way to outgrow.id_map. */
#ifndef PLAN_ID_MAP_H
#define PLAN_ID_MAP_H

#include "base/text.h"
#include "postgres/target.h"
#include "value/encode.h"

struct id_map {
    struct text rows; /* encoded for COPY */
};

/* Remembers what the value becomes; nothing when it stays itself. */
void id_map_add(struct id_map *map, int64_t run_id, const char *source_table,
                sqlite3_value *value, const struct value_type *type,
                const struct encode_settings *settings);

/* Time to flush: it holds about a megabyte. */
bool id_map_is_full(const struct id_map *map);

/* Writes it inside the open transaction of `conn`, which must not be in COPY. */
MUST_USE bool id_map_flush(struct id_map *map, PGconn *conn, struct error *err);

void id_map_free(struct id_map *map);

#endif
