/* implied.h — conditions that a PostgreSQL type makes superfluous. */
#ifndef TRANSLATE_IMPLIED_H
#define TRANSLATE_IMPLIED_H

#include "plan/plan.h"

/* When the type of a column already guarantees the condition (typeof(x) = 'integer'
 * on a bigint, json_valid(x) on a jsonb, x IN (0, 1) on a boolean): why; else NULL.
 * *sql: what is left of it ("x IS NOT NULL"), or NULL. The condition must stand
 * where NULL counts as true: a CHECK, or a part of one joined by AND or OR. */
const char *implied_by_type(struct arena *arena, const struct plan_table *table,
                            const struct sql_expr *expr, const char **sql);

#endif
