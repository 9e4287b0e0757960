/* stage.c — see stage.h. */
#include "copy/stage.h"

#include "plan/ddl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STAGE "pg_temp.outgrow_stage"

static bool
can_merge(const struct plan *plan, const struct plan_table *table)
{
    bool merges = table->on_conflict == CONFLICT_SKIP || table->on_conflict == CONFLICT_UPDATE;
    return plan->existing && merges && table->conflict_key != NULL;
}

bool
stage_is_needed(const struct plan *plan, const struct plan_table *table)
{
    return can_merge(plan, table) && table->rows_before > 0;
}

static void
add_key(struct text *sql, const struct plan_table *table)
{
    for (size_t i = 0; table->conflict_key[i] != NULL; i++) {
        text_add(sql, i == 0 ? "" : ", ");
        target_quote_name(sql, table->conflict_key[i]);
    }
}

static bool
is_in_key(const struct plan_table *table, const char *column)
{
    for (size_t i = 0; table->conflict_key[i] != NULL; i++) {
        if (strcmp(table->conflict_key[i], column) == 0) {
            return true;
        }
    }
    return false;
}

void
stage_copy_in(struct text *sql, const struct plan_table *table)
{
    text_add(sql, "COPY " STAGE " (outgrow_position, ");
    ddl_copied_columns(sql, table);
    text_add(sql, ") FROM STDIN (FORMAT binary)");
}

bool
stage_open(PGconn *conn, const struct plan_table *table, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql,
             "CREATE TEMP TABLE " STAGE " ON COMMIT DROP AS SELECT NULL::pg_catalog.int8 AS "
             "outgrow_position, ");
    ddl_copied_columns(&sql, table);
    text_add(&sql, " FROM ");
    target_quote_qualified(&sql, table->schema, table->name);
    text_add(&sql, " WITH NO DATA");
    return target_execute(conn, text_string(&sql), err) ||
           error_wrap(err, "make a temporary table");
}

bool
stage_close(PGconn *conn, struct error *err)
{
    return target_execute(conn, "DROP TABLE " STAGE, err);
}

static void
add_insert_columns(struct text *sql, const struct plan_table *table)
{
    text_add(sql, "INSERT INTO ");
    target_quote_qualified(sql, table->schema, table->name);
    text_add(sql, " (");
    ddl_copied_columns(sql, table);
    text_add(sql, ") OVERRIDING SYSTEM VALUE SELECT ");
    ddl_copied_columns(sql, table);
    text_add(sql, " FROM " STAGE " ORDER BY outgrow_position");
}

/* In the order of the positions, so that of two rows that become equal the first one goes in.
 * Values for GENERATED ALWAYS identities are ours to give, as COPY gives them. */
static void
add_insert(struct text *sql, const struct plan_table *table)
{
    add_insert_columns(sql, table);
    text_add(sql, " ON CONFLICT (");
    add_key(sql, table);
    text_add(sql, ") DO ");
}

static void
write_skip(struct text *sql, int64_t run_id, const struct plan_table *table)
{
    text_add(sql, "WITH added AS (");
    add_insert(sql, table);
    text_add(sql, "NOTHING RETURNING ");
    add_key(sql, table);
    text_add(sql,
             "), arrived AS (SELECT pg_catalog.min(outgrow_position) AS position FROM " STAGE
             " JOIN added USING (");
    add_key(sql, table);
    text_add(sql, ") GROUP BY ");
    add_key(sql, table);
    text_printf(sql, "), gone AS (INSERT INTO outgrow.left_out SELECT %" PRId64 ", ", run_id);
    target_quote_literal(sql, table->source->name.text);
    text_add(sql, ", outgrow_position FROM " STAGE " WHERE outgrow_position NOT IN "
                  "(SELECT position FROM arrived) RETURNING 1) "
                  "SELECT pg_catalog.count(*), 0 FROM gone");
}

/* An identity that is GENERATED ALWAYS cannot be SET; it is the key nearly always. */
static bool
cannot_be_set(const struct plan_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct plan_column *column = &table->columns[i];
        if (column->identity_always && plan_column_is_copied(column) &&
            !is_in_key(table, column->name)) {
            return true;
        }
    }
    return false;
}

bool
stage_suits_retry(const struct plan *plan, const struct plan_table *table)
{
    return can_merge(plan, table) &&
           (table->on_conflict == CONFLICT_SKIP || !cannot_be_set(table));
}

/* The rows that ours take the place of. Keys and triggers are off, so nothing follows them. */
static void
write_delete(struct text *sql, const struct plan_table *table)
{
    text_add(sql, "DELETE FROM ");
    target_quote_qualified(sql, table->schema, table->name);
    text_add(sql, " AS t USING " STAGE " AS s WHERE ");
    for (size_t i = 0; table->conflict_key[i] != NULL; i++) {
        text_add(sql, i == 0 ? "t." : " AND t.");
        target_quote_name(sql, table->conflict_key[i]);
        text_add(sql, " = s.");
        target_quote_name(sql, table->conflict_key[i]);
    }
}

static void
write_update(struct text *sql, const struct plan_table *table)
{
    bool any = false;
    text_add(sql, "WITH found AS (SELECT pg_catalog.count(*) AS n FROM " STAGE " JOIN ");
    target_quote_qualified(sql, table->schema, table->name);
    text_add(sql, " USING (");
    add_key(sql, table);
    text_add(sql, ")), stored AS (");
    add_insert(sql, table);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct plan_column *column = &table->columns[i];
        if (!plan_column_is_copied(column) || is_in_key(table, column->name)) {
            continue;
        }
        text_add(sql, any ? ", " : "UPDATE SET ");
        target_quote_name(sql, column->name);
        text_add(sql, " = EXCLUDED.");
        target_quote_name(sql, column->name);
        any = true;
    }
    text_add(sql, any ? ") SELECT 0, n FROM found" : "NOTHING) SELECT 0, n FROM found");
}

static bool
replace_rows(PGconn *conn, const struct plan_table *table, struct stage_outcome *outcome,
             struct error *err)
{
    AUTO_TEXT delete = {0};
    AUTO_TEXT insert = {0};
    AUTO_RESULT *result = NULL;
    write_delete(&delete, table);
    add_insert_columns(&insert, table);
    if (!target_query(conn, text_string(&delete), NULL, 0, &result, err) ||
        !target_execute(conn, text_string(&insert), err)) {
        return false;
    }
    outcome->left_out = 0;
    outcome->updated = strtoll(PQcmdTuples(result), NULL, 10);
    return target_execute(conn, "DELETE FROM " STAGE, err);
}

bool
stage_merge(PGconn *conn, int64_t run_id, const struct plan_table *table,
            struct stage_outcome *outcome, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    if (table->on_conflict == CONFLICT_UPDATE && cannot_be_set(table)) {
        return replace_rows(conn, table, outcome, err);
    }
    if (table->on_conflict == CONFLICT_SKIP) {
        write_skip(&sql, run_id, table);
    } else {
        write_update(&sql, table);
    }
    if (!target_query(conn, text_string(&sql), NULL, 0, &result, err)) {
        return false;
    }
    outcome->left_out = target_number(result, 0, 0);
    outcome->updated = target_number(result, 0, 1);
    return target_execute(conn, "DELETE FROM " STAGE, err);
}
