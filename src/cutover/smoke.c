/* smoke.c — can the application write to PostgreSQL? Tried with its own connection. */
#include "cutover/cutover_internal.h"

/* Any column that can be SET to itself. NULL: none can. */
static const char *
settable_column(const struct plan_table *table)
{
    for (size_t c = 0; c < table->column_count; c++) {
        const struct plan_column *column = &table->columns[c];
        if (column->generated_sql == NULL && !column->rowid && !column->identity_always) {
            return column->name;
        }
    }
    return NULL;
}

static void
add_update(struct text *sql, const struct plan_table *table, const char *column)
{
    AUTO_TEXT name = {0};
    target_quote_name(&name, column);
    text_add(sql, "UPDATE ");
    target_quote_qualified(sql, table->schema, table->name);
    text_printf(sql, " SET %s = %s WHERE false", name.bytes, name.bytes);
}

/* Statement triggers fire for no rows, too: so the fence, and every right, shows. */
bool
smoke_test(struct cutover *cutover, const char *conninfo, const char **refused,
           struct error *err)
{
    AUTO_CONNECTION *conn = NULL;
    AUTO_TRANSACTION transaction = {0};
    const struct sync_link *link = cutover->link;
    *refused = NULL;
    if (!target_connect(conninfo, &conn, err) || !target_begin(&transaction, conn, err)) {
        return error_wrap(err, "connect as the application");
    }
    for (size_t i = 0; i < link->table_count && *refused == NULL; i++) {
        const struct plan_table *table = link->tables[i].plan;
        const char *column = settable_column(table);
        struct error failure;
        AUTO_TEXT sql = {0};
        if (column == NULL) {
            continue;
        }
        add_update(&sql, table, column);
        if (!target_execute(conn, text_string(&sql), &failure)) {
            *refused = arena_printf(cutover->arena, "%s: %s", table->name, failure.message);
        }
    }
    return true;
}
