/* sequences.c — identity columns: will the next value be a new one? */
#include "verify/schema.h"

#include <stdlib.h>

enum { COLUMNS_PER_QUERY = 100 };

/* Sequences of all identity columns, sorted by schema, table, column. */
static bool
load_names(PGconn *conn, const struct plan *plan, PGresult **names, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT n.nspname, c.relname, a.attname, sn.nspname, s.relname,"
                   " q.seqincrement"
                   " FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
                   " JOIN pg_namespace sn ON sn.oid = s.relnamespace"
                   " JOIN pg_sequence q ON q.seqrelid = s.oid"
                   " JOIN pg_class c ON c.oid = d.refobjid"
                   " JOIN pg_namespace n ON n.oid = c.relnamespace"
                   " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid"
                   " WHERE d.classid = 'pg_class'::regclass"
                   " AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
                   " AND n.nspname IN (");
    facts_add_schemas(&sql, plan);
    text_add(&sql, ") ORDER BY 1, 2, 3");
    return target_query(conn, text_string(&sql), NULL, 0, names, err);
}

/* Where the sequence stands and the largest value of its column. A row of VALUES: as a branch
 * of a UNION each would be planned anew for all the others. */
static void
add_row(struct text *sql, const struct plan_table *table, size_t table_index,
        size_t column_index, const PGresult *names, int row)
{
    text_printf(sql,
                "%s(%zu, %zu, (SELECT last_value::numeric + CASE WHEN is_called THEN %s ELSE 0"
                " END FROM ",
                sql->length > 0 ? ", " : "VALUES ", table_index, column_index,
                PQgetvalue(names, row, 5));
    target_quote_qualified(sql, PQgetvalue(names, row, 3), PQgetvalue(names, row, 4));
    text_add(sql, "), (SELECT max(");
    target_quote_name(sql, table->columns[column_index].name);
    text_add(sql, ") FROM ");
    target_quote_qualified(sql, table->schema, table->name);
    text_add(sql, "))");
}

static void
report_sequence(struct report *report, const struct plan *plan, int table, const char *column,
                const char *largest, const char *next)
{
    report_add(report, plan, table,
               &(struct difference){.column = column,
                                    .kind = "sequence",
                                    .source_value = largest,
                                    .target_value = next},
               false);
}

/* `next` may be one more than a bigint holds, behind the largest of all rowids. */
static bool
is_beyond(const char *next, int64_t used)
{
    if (next[0] == '-') {
        return strtoll(next, NULL, 10) > used;
    }
    return used < 0 || strtoull(next, NULL, 10) > (uint64_t)used;
}

static void
check_row(struct report *report, const struct plan *plan, const PGresult *result, int row)
{
    int table = (int)target_number(result, row, 0);
    long index = target_number(result, row, 1);
    const struct plan_column *column = &plan->tables[table].columns[index];
    const char *next = PQgetvalue(result, row, 2);
    bool empty = PQgetisnull(result, row, 3);
    int64_t used = empty ? column->identity_last : target_number(result, row, 3);
    if (used < column->identity_last) {
        used = column->identity_last;
    }
    if (is_beyond(next, used) || (empty && used == 0)) {
        return;
    }
    AUTO_TEXT largest = {0};
    AUTO_TEXT goes_on = {0};
    text_printf(&largest, "%lld is in use", (long long)used);
    text_printf(&goes_on, "goes on at %s", next);
    report_sequence(report, plan, table, column->name, text_string(&largest),
                    text_string(&goes_on));
}

/* Asks about what has been gathered and starts anew. */
static bool
check_gathered(struct report *report, const struct plan *plan, PGconn *conn, struct text *sql,
               struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (sql->length == 0) {
        return true;
    }
    if (!target_query(conn, text_string(sql), NULL, 0, &result, err)) {
        return error_wrap(err, "read the sequences");
    }
    for (int row = 0; row < PQntuples(result); row++) {
        check_row(report, plan, result, row);
    }
    text_reset(sql);
    return true;
}

/* What is missing was reported as such. */
static bool
has_column(const struct facts *facts, const struct plan_table *table, size_t column)
{
    return facts_find(facts->columns, table->schema, table->name,
                      table->columns[column].name) >= 0;
}

bool
schema_check_sequences(const struct schema_check *check, struct error *err)
{
    struct report *report = check->report;
    const struct plan *plan = check->plan;
    const struct facts *facts = check->facts;
    PGconn *conn = check->conn;
    AUTO_RESULT *names = NULL;
    AUTO_TEXT sql = {0};
    size_t gathered = 0;
    if (!load_names(conn, plan, &names, err)) {
        return false;
    }
    for (size_t t = 0; t < plan->table_count; t++) {
        const struct plan_table *table = &plan->tables[t];
        bool looked_at = table->problem == NULL && schema_check_chose(check, (int)t);
        for (size_t c = 0; looked_at && c < table->column_count; c++) {
            if (!table->columns[c].identity || !has_column(facts, table, c)) {
                continue;
            }
            int row = facts_find(names, table->schema, table->name, table->columns[c].name);
            if (row < 0) {
                report_sequence(report, plan, (int)t, table->columns[c].name, "identity",
                                "no sequence");
                continue;
            }
            add_row(&sql, table, t, c, names, row);
            if (++gathered % COLUMNS_PER_QUERY == 0 &&
                !check_gathered(report, plan, conn, &sql, err)) {
                return false;
            }
        }
    }
    return check_gathered(report, plan, conn, &sql, err);
}
