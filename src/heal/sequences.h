/* sequences.h — sequences of columns, and whether they are behind what the columns hold. */
#ifndef HEAL_SEQUENCES_H
#define HEAL_SEQUENCES_H

#include "agent/database.h"

/* [{schema, table, column, sequence, last_value, max}] of those whose next value is in the column
 * already. table_oid NULL: of all tables (at most 200). *unreadable: how many could not be looked
 * at. New reference. */
MUST_USE bool sequences_behind(struct database_lease *lease, const char *table_oid,
                               json_t **behind, int *unreadable, struct error *err);

#endif
