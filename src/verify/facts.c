/* facts.c — see facts.h. */
#include "verify/facts.h"

#include <stdlib.h>

void
facts_free(struct facts *facts)
{
    PQclear(facts->tables);
    PQclear(facts->columns);
    PQclear(facts->constraints);
    PQclear(facts->indexes);
    *facts = (struct facts){0};
}

static bool
seen_before(const struct plan *plan, size_t table)
{
    for (size_t i = 0; i < table; i++) {
        if (strcmp(plan->tables[i].schema, plan->tables[table].schema) == 0) {
            return true;
        }
    }
    return false;
}

void
facts_add_schemas(struct text *sql, const struct plan *plan)
{
    target_quote_literal(sql, plan->schema);
    for (size_t i = 0; i < plan->table_count; i++) {
        if (strcmp(plan->tables[i].schema, plan->schema) != 0 && !seen_before(plan, i)) {
            text_add(sql, ", ");
            target_quote_literal(sql, plan->tables[i].schema);
        }
    }
}

static bool
ask(PGconn *conn, const struct plan *plan, const char *select, PGresult **result,
    struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, select);
    text_add(&sql, " WHERE n.nspname IN (");
    facts_add_schemas(&sql, plan);
    text_add(&sql, ") ORDER BY 1, 2, 3");
    return target_query(conn, text_string(&sql), NULL, 0, result, err);
}

/* The catalogs' columns of type name sort bytewise (collation "C"). */
bool
facts_load(PGconn *conn, const struct plan *plan, struct facts *facts, struct error *err)
{
    *facts = (struct facts){0};
    return ask(conn, plan,
               "SELECT n.nspname, c.relname, ''::name, CASE WHEN c.relkind IN ('r', 'm')"
               " THEN pg_catalog.pg_relation_size(c.oid)"
               " / pg_catalog.current_setting('block_size')::bigint ELSE c.relpages END,"
               " c.reltuples, c.relkind"
               " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
               " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
               &facts->tables, err) &&
           ask(conn, plan,
               "SELECT n.nspname, c.relname, a.attname, a.atttypid, a.attnotnull"
               " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
               " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
               " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
               " AND NOT a.attisdropped",
               &facts->columns, err) &&
           ask(conn, plan,
               "SELECT n.nspname, c.relname, o.conname, o.contype, o.convalidated"
               " FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid"
               " JOIN pg_namespace n ON n.oid = c.relnamespace",
               &facts->constraints, err) &&
           ask(conn, plan,
               "SELECT n.nspname, c.relname, i.relname, x.indisvalid AND x.indisready"
               " FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid"
               " JOIN pg_class i ON i.oid = x.indexrelid"
               " JOIN pg_namespace n ON n.oid = c.relnamespace",
               &facts->indexes, err);
}

static int
compare_row(const PGresult *result, int row, const char *const key[3])
{
    int order = 0;
    for (int i = 0; i < 3 && order == 0; i++) {
        order = strcmp(PQgetvalue(result, row, i), key[i]);
    }
    return order;
}

/* First row that is not before the key. */
static int
lower_bound(const PGresult *result, const char *const key[3])
{
    int low = 0;
    int high = PQntuples(result);
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (compare_row(result, middle, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int
facts_find(const PGresult *result, const char *schema, const char *table, const char *name)
{
    const char *const key[3] = {schema, table, name};
    int row = lower_bound(result, key);
    return row < PQntuples(result) && compare_row(result, row, key) == 0 ? row : -1;
}

int
facts_find_constraint_type(const struct facts *facts, const char *schema, const char *table,
                           char type)
{
    const PGresult *result = facts->constraints;
    const char *const key[3] = {schema, table, ""};
    for (int row = lower_bound(result, key); row < PQntuples(result); row++) {
        if (strcmp(PQgetvalue(result, row, 0), schema) != 0 ||
            strcmp(PQgetvalue(result, row, 1), table) != 0) {
            break;
        }
        if (PQgetvalue(result, row, FACT_FIRST)[0] == type) {
            return row;
        }
    }
    return -1;
}

/* pg_type.dat; restated here, as everything that verification relies on. */
uint32_t
facts_type_oid(enum type_kind kind)
{
    static const uint32_t oids[TYPE_KIND_COUNT] = {
        [TYPE_BIGINT] = 20,       [TYPE_DOUBLE] = 701,        [TYPE_NUMERIC] = 1700,
        [TYPE_BOOLEAN] = 16,      [TYPE_TEXT] = 25,           [TYPE_VARCHAR] = 1043,
        [TYPE_BYTEA] = 17,        [TYPE_UUID] = 2950,         [TYPE_JSON] = 114,
        [TYPE_JSONB] = 3802,      [TYPE_DATE] = 1082,         [TYPE_TIME] = 1083,
        [TYPE_TIMESTAMP] = 1114,  [TYPE_TIMESTAMPTZ] = 1184,  [TYPE_INTEGER] = 23,
        [TYPE_SMALLINT] = 21,     [TYPE_REAL] = 700,          [TYPE_CHAR] = 1042,
        [TYPE_INET] = 869,        [TYPE_CIDR] = 650,          [TYPE_INTERVAL] = 1186,
        [TYPE_TEXT_ARRAY] = 1009, [TYPE_BIGINT_ARRAY] = 1016, [TYPE_INTEGER_ARRAY] = 1007,
    };
    return oids[kind];
}
