/* ddl.h — the plan's tables as PostgreSQL statements. */
#ifndef PLAN_DDL_H
#define PLAN_DDL_H

#include "base/text.h"
#include "plan/plan.h"

/* CREATE TABLE with columns, types, NOT NULL, defaults, identity, generated
 * columns; no keys, no constraints: those are plan steps, after the rows. */
void ddl_create_table(struct text *sql, const struct plan_table *table);

/* COMMENT ON the table and its columns, each ended by ";\n"; nothing where there is none. */
void ddl_comments(struct text *sql, const struct plan_table *table);

/* "a, b": the columns that are copied, in plan order. */
void ddl_copied_columns(struct text *sql, const struct plan_table *table);

/* "COPY schema.table (a, b) FROM STDIN (FORMAT binary)", the same columns. */
void ddl_copy_in(struct text *sql, const struct plan_table *table);

/* The whole target schema as one script for people: schema, tables, then steps. */
void ddl_script(struct text *sql, const struct plan *plan);

#endif
