/* null_value.h — what is stored in place of NULL (plan_column.null_text), as a value. */
#ifndef PLAN_NULL_VALUE_H
#define PLAN_NULL_VALUE_H

#include "plan/plan.h"

/* The text as SQLite would hold it for such a column: a number where the type has no text.
 * *value is the caller's, for sqlite3_value_free. `source`: any open one. */
MUST_USE bool null_value_make(const struct source *source, const struct plan_column *column,
                              sqlite3_value **value, struct error *err);

/* ERROR_USAGE for the first default of the plan that is no value of its column's type. */
MUST_USE bool null_values_check(const struct source *source, const struct plan *plan,
                                const struct plan_file *file, enum bad_text bad_text,
                                struct error *err);

#endif
