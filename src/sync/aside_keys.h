/* aside_keys.h — the keys of rows that were set aside, of tables whose rows are known by their
 * columns: as values, which a position is not. */
#ifndef SYNC_ASIDE_KEYS_H
#define SYNC_ASIDE_KEYS_H

#include "sync/link.h"

/* values: as many as the table's key has columns, until it returns. */
typedef bool aside_key_visit(void *context, sqlite3_value *const *values, struct error *err);

/* Tells of each row that is not in the target. table: not captured by its rowid. */
MUST_USE bool aside_keys_each(struct sync_link *link, const struct live_table *table,
                              aside_key_visit *visit, void *context, struct error *err);
/* Of one, by its JSON. */
MUST_USE bool aside_key_of(struct sync_link *link, const struct live_table *table,
                           const char *row, aside_key_visit *visit, void *context,
                           struct error *err);

#endif
