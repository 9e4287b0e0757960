/* apply_own.c — rows of tables with columns that only the target has: what is deleted is kept until
 * the row of the same key comes, which takes these columns over. */
#include "sync/forward_internal.h"

#include <inttypes.h>

const char own_join_on[] = "SET LOCAL enable_hashjoin = on";
const char own_join_off[] = "SET LOCAL enable_hashjoin = off";

static void
write_temporary(struct text *sql, const struct live_table *table, const char *what)
{
    text_printf(sql, "outgrow_%s_%" PRId64 "_%08" PRIx32, what, table->capture->id,
                table->own_tag);
}

static void
write_kept(struct text *sql, const struct gathered_table *from)
{
    text_add(sql, "pg_temp.");
    write_temporary(sql, from->table, own_by_content(from) ? "kept_whole" : "kept");
}

static void
write_quoted(struct text *sql, const char *before, const char *name)
{
    text_add(sql, before);
    target_quote_name(sql, name);
}

static void
write_list(struct text *sql, const char *before, size_t count)
{
    for (size_t i = 1; i <= count; i++) {
        text_printf(sql, "%s%s%zu", i == 1 ? "" : ", ", before, i);
    }
}

/* "there.a AS k1, there.note AS o1" */
static void
write_kept_columns(struct text *sql, const struct gathered_table *from)
{
    const struct live_table *table = from->table;
    if (own_by_content(from)) {
        own_content_write_kept(sql, table);
    } else {
        for (size_t i = 0; i < table->key_count; i++) {
            write_quoted(sql, i == 0 ? "there." : ", there.",
                         table->plan->columns[table->key_fields[i]].name);
            text_printf(sql, " AS k%zu", i + 1);
        }
    }
    for (size_t i = 0; i < table->own_count; i++) {
        write_quoted(sql, ", there.", table->own[i]);
        text_printf(sql, " AS o%zu", i + 1);
    }
}

static void
write_staged_columns(struct text *sql, const struct plan_table *plan)
{
    size_t number = 0;
    for (size_t i = 0; i < plan->column_count; i++) {
        if (plan_column_is_copied(&plan->columns[i])) {
            write_quoted(sql, number == 0 ? "there." : ", there.", plan->columns[i].name);
            text_printf(sql, " AS c%zu", ++number);
        }
    }
}

static bool
make_table(struct sync_link *link, const struct gathered_table *from, const char *what,
           const struct text *columns, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "CREATE TEMP TABLE IF NOT EXISTS ");
    write_temporary(&sql, from->table, what);
    text_printf(&sql, " ON COMMIT DELETE ROWS AS SELECT %s FROM ", text_string(columns));
    target_quote_qualified(&sql, from->table->plan->schema, from->table->plan->name);
    text_add(&sql, " AS there WITH NO DATA");
    return target_execute(link->conn, text_string(&sql), err);
}

bool
own_begin(struct sync_link *link, const struct gathered_table *from, struct error *err)
{
    AUTO_TEXT kept = {0};
    AUTO_TEXT staged = {0};
    write_kept_columns(&kept, from);
    write_staged_columns(&staged, from->table->plan);
    return make_table(link, from, own_by_content(from) ? "kept_whole" : "kept", &kept, err) &&
           make_table(link, from, "stage", &staged, err);
}

void
own_write_delete(struct text *sql, const struct gathered_table *from)
{
    text_add(sql, "WITH gone AS (DELETE FROM ");
    target_quote_qualified(sql, from->table->plan->schema, from->table->plan->name);
    text_add(sql, " AS there");
}

void
own_write_delete_end(struct text *sql, const struct gathered_table *from)
{
    text_add(sql, " RETURNING ");
    write_kept_columns(sql, from);
    text_add(sql, ") INSERT INTO ");
    write_kept(sql, from);
    text_add(sql, " SELECT ");
    if (own_by_content(from)) {
        own_content_write_key(sql, from->table);
    } else {
        write_list(sql, "k", from->table->key_count);
    }
    text_add(sql, ", ");
    write_list(sql, "o", from->table->own_count);
    text_add(sql, " FROM gone");
}

static void
write_match(struct text *sql, const struct live_table *table)
{
    for (size_t i = 0; i < table->key_count; i++) {
        const char *cast = own_key_cast(&table->plan->columns[table->key_fields[i]]);
        text_printf(sql, "%sk.k%zu%s = n.c%zu%s", i == 0 ? "" : " AND ", i + 1, cast,
                    table->key_columns[i] + 1, cast);
    }
}

/* "INSERT INTO t (..) SELECT .. FROM n". own: the row's own columns come from k, and what the plan
 * gives a constant is among them. */
static void
write_insert(struct text *sql, const struct live_table *table, bool own)
{
    AUTO_TEXT values = {0};
    size_t number = 0;
    const char *comma = "";
    text_add(sql, "INSERT INTO ");
    target_quote_qualified(sql, table->plan->schema, table->plan->name);
    text_add(sql, " (");
    for (size_t i = 0; i < table->plan->column_count; i++) {
        const struct plan_column *column = &table->plan->columns[i];
        number += plan_column_is_copied(column) ? 1 : 0;
        if (plan_column_is_copied(column) && !(own && column->constant)) {
            write_quoted(sql, comma, column->name);
            text_printf(&values, "%sn.c%zu", comma, number);
            comma = ", ";
        }
    }
    for (size_t i = 0; own && i < table->own_count; i++) {
        write_quoted(sql, comma, table->own[i]);
        text_printf(&values, "%sk.o%zu", comma, i + 1);
        comma = ", ";
    }
    text_printf(sql, ") OVERRIDING SYSTEM VALUE SELECT %s FROM n", text_string(&values));
}

static void
write_by_key(struct text *sql, const struct gathered_table *from, const char *kept,
             const char *rows)
{
    AUTO_TEXT match = {0};
    write_match(&match, from->table);
    text_add(sql, "WITH n (");
    write_list(sql, "c", from->table->column_count);
    text_printf(sql, ") AS (SELECT * FROM %s), again AS (", rows);
    write_insert(sql, from->table, true);
    text_printf(sql, " JOIN %s AS k ON %s) ", kept, text_string(&match));
    write_insert(sql, from->table, false);
    text_printf(sql, " WHERE NOT EXISTS (SELECT FROM %s AS k WHERE %s)", kept,
                text_string(&match));
}

static void
write_by_content(struct text *sql, const struct gathered_table *from, const char *kept,
                 const char *rows)
{
    text_add(sql, "WITH n (");
    write_list(sql, "c", from->table->column_count);
    own_content_write_pairs(sql, from->table, kept, rows);
    text_add(sql, ", again AS (");
    write_insert(sql, from->table, true);
    text_printf(sql,
                " JOIN pairs AS p ON p.new = n.k0 JOIN %s AS k ON k.k0 = p.old),"
                " used AS (DELETE FROM %s AS k USING pairs AS p WHERE k.k0 = p.old) ",
                kept, kept);
    write_insert(sql, from->table, false);
    text_add(sql, " WHERE NOT EXISTS (SELECT FROM pairs AS p WHERE p.new = n.k0)");
}

void
own_write_insert(struct text *sql, const struct gathered_table *from, const char *rows)
{
    AUTO_TEXT kept = {0};
    AUTO_TEXT staged = {0};
    write_kept(&kept, from);
    text_add(&staged, "pg_temp.");
    write_temporary(&staged, from->table, "stage");
    (own_by_content(from) ? write_by_content : write_by_key)(
        sql, from, text_string(&kept), rows == NULL ? text_string(&staged) : rows);
}

void
own_write_copy_in(struct text *sql, const struct live_table *table)
{
    text_add(sql, "COPY pg_temp.");
    write_temporary(sql, table, "stage");
    text_add(sql, " FROM STDIN (FORMAT binary)");
}

bool
own_insert_copied(struct sync_link *link, const struct gathered_table *from, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "%s; ", own_join_on);
    own_write_insert(&sql, from, NULL);
    text_printf(&sql, "; %s; DELETE FROM pg_temp.", own_join_off);
    write_temporary(&sql, from->table, "stage");
    return target_execute(link->conn, text_string(&sql), err);
}
