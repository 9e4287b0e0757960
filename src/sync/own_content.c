/* own_content.c — which row was which, where all rows of a table are replaced and none has a
 * key that lasts: a VACUUM may have numbered them anew.
 *
 * The same number and the same content is the same row; then the same content, equal rows in
 * order. Only when none of these had another number does the number alone say which row has
 * changed. */
#include "sync/forward_internal.h"

bool
own_by_content(const struct gathered_table *from)
{
    const struct live_table *table = from->table;
    return from->whole &&
           (table->key_count == 0 || table->plan->columns[table->key_fields[0]].rowid);
}

/* "pg_catalog.md5(ROW(there.a, there.b)::text)", or with the numbers of the copied columns. */
static void
write_digest(struct text *sql, const struct plan_table *plan, bool numbered)
{
    size_t number = 0;
    const char *before = "pg_catalog.md5(ROW(";
    for (size_t i = 0; i < plan->column_count; i++) {
        const struct plan_column *column = &plan->columns[i];
        number += plan_column_is_copied(column) ? 1 : 0;
        if (!plan_column_is_copied(column) || column->rowid || column->constant) {
            continue;
        }
        text_add(sql, before);
        before = ", ";
        if (numbered) {
            text_printf(sql, "c%zu", number);
        } else {
            text_add(sql, "there.");
            target_quote_name(sql, column->name);
        }
    }
    text_add(sql, ")::text)");
}

void
own_content_write_kept(struct text *sql, const struct live_table *table)
{
    if (table->key_count == 0) {
        text_add(sql, "0::bigint AS k0, ");
    } else {
        text_add(sql, "there.");
        target_quote_name(sql, table->plan->columns[table->key_fields[0]].name);
        text_add(sql, " AS k0, ");
    }
    write_digest(sql, table->plan, false);
    text_add(sql, " AS k1");
}

void
own_content_write_key(struct text *sql, const struct live_table *table)
{
    text_add(sql, table->key_count == 0 ? "pg_catalog.row_number() OVER (), k1" : "k0, k1");
}

void
own_content_write_pairs(struct text *sql, const struct live_table *table, const char *kept,
                        const char *rows)
{
    text_add(sql, ", k0, k1) AS (SELECT *, ");
    if (table->key_count == 0) {
        text_add(sql, "pg_catalog.row_number() OVER (), ");
    } else {
        text_printf(sql, "c%zu, ", table->key_columns[0] + 1);
    }
    write_digest(sql, table->plan, true);
    text_printf(
        sql,
        " FROM %s), same AS (SELECT k0 FROM n JOIN %s AS k USING (k0, k1)),"
        " coming AS (SELECT k0, k1, pg_catalog.row_number() OVER (PARTITION BY k1 ORDER BY k0)"
        " AS i FROM n WHERE NOT EXISTS (SELECT FROM same AS s WHERE s.k0 = n.k0)),"
        " going AS (SELECT k0, k1, pg_catalog.row_number() OVER (PARTITION BY k1 ORDER BY k0)"
        " AS i FROM %s AS k WHERE NOT EXISTS (SELECT FROM same AS s WHERE s.k0 = k.k0)),"
        " moved AS (SELECT c.k0 AS new, g.k0 AS old FROM coming AS c"
        " JOIN going AS g ON g.k1 = c.k1 AND g.i = c.i),"
        " pairs AS (SELECT k0 AS new, k0 AS old FROM same UNION ALL SELECT new, old FROM moved",
        rows, kept, kept);
    if (table->key_count > 0) {
        text_add(sql, " UNION ALL SELECT c.k0, g.k0 FROM coming AS c JOIN going AS g"
                      " ON g.k0 = c.k0 WHERE NOT EXISTS (SELECT FROM moved)");
    }
    text_add_char(sql, ')');
}
