/* shape.h — how a planned table is read for comparison. */
#ifndef VERIFY_SHAPE_H
#define VERIFY_SHAPE_H

#include "plan/plan.h"
#include "postgres/journal.h"
#include "verify/row.h"
#include "verify/stream.h"

/* Key columns first, then the others, each in plan order. A key of which a column
 * is not in the target is no key. Lives as long as `arena`; borrows from the plan. */
void shape_build(struct arena *arena, const struct plan_table *table, struct shape *shape);

/* What stands in the target where the source has NULL: plan_column.null_text. ERROR_USAGE when
 * that is no value of the column's type. */
MUST_USE bool shape_add_nulls(struct arena *arena, const struct source *source,
                              const struct plan_table *table,
                              const struct canonical_settings *settings, struct shape *shape,
                              struct error *err);

/* The rows of which orphans: null has taken a reference. */
MUST_USE bool shape_add_nulled(struct arena *arena, struct stream *stream,
                               const struct verify_job *job, int table, struct shape *shape,
                               struct error *err);

/* From now on target rows have a position: their place in `leaves`, which is borrowed. */
void shape_add_places(struct arena *arena, const struct table_leaves *leaves,
                      struct shape *shape);

#endif
