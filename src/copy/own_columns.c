/* own_columns.c — see own_columns.h. */
#include "copy/own_columns.h"

/* $1: a table; $2: the columns that come from the source. */
static const char own_sql[] =
    "SELECT c.oid, pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', '),"
    " pg_catalog.to_regclass('outgrow.kept_' || c.oid) IS NOT NULL"
    " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid"
    " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
    " WHERE c.oid = pg_catalog.to_regclass($1) AND a.attname <> ALL ($2::text[])"
    " AND EXISTS (SELECT FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS p"
    " ON p.oid = t.tgfoid WHERE t.tgrelid = c.oid"
    " AND p.pronamespace = 'outgrow'::pg_catalog.regnamespace) GROUP BY c.oid";

static bool
keep_rows(const struct copy_job *job, const char *name, const char *oid, const char *columns,
          struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *any = NULL;
    text_printf(&sql, "SELECT FROM %s WHERE pg_catalog.num_nonnulls(%s) > 0 LIMIT 1", name,
                columns);
    if (!target_query(job->control, text_string(&sql), NULL, 0, &any, err)) {
        return false;
    }
    text_reset(&sql);
    text_printf(&sql, "CREATE TABLE outgrow.kept_%s AS TABLE %s", oid, name);
    return PQntuples(any) == 0 || target_execute(job->control, text_string(&sql), err);
}

static bool
keep_table(const struct copy_job *job, const struct plan_table *table, struct error *err)
{
    AUTO_TEXT name = {0};
    AUTO_TEXT filled = {0};
    AUTO_RESULT *own = NULL;
    target_quote_qualified(&name, table->schema, table->name);
    for (size_t i = 0; i < table->column_count; i++) {
        if (!table->columns[i].constant) {
            target_array_add(&filled, table->columns[i].name);
        }
    }
    const char *const parameters[] = {text_string(&name), target_array_end(&filled)};
    if (!target_query(job->control, own_sql, parameters, 2, &own, err)) {
        return false;
    }
    return PQntuples(own) == 0 || target_is_true(own, 0, 2) ||
           keep_rows(job, text_string(&name), PQgetvalue(own, 0, 0), PQgetvalue(own, 0, 1),
                     err);
}

bool
own_columns_keep(const struct copy_job *job, struct error *err)
{
    for (size_t i = 0; i < job->plan->table_count; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        if (table->problem == NULL && !keep_table(job, table, err)) {
            return error_wrap(err, "keep what only the target's table %s.%s has", table->schema,
                              table->name);
        }
    }
    return true;
}
