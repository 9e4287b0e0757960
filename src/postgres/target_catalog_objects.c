/* target_catalog_objects.c — constraints, indexes, triggers, and whether tables are empty. */
#include "postgres/target_catalog_internal.h"

#include <string.h>

/* Each table looked at stays locked (ACCESS SHARE) until its statement is over. */
enum { EMPTINESS_BATCH = 200 };

static const char constraints_query[] = CATALOG_RELATIONS_CTE
    "SELECT r.oid, k.oid, k.conname, k.contype,"
    " pg_catalog.array_to_string(k.conkey, ' '), pg_catalog.pg_get_constraintdef(k.oid),"
    " k.convalidated, k.condeferrable, k.condeferred, k.conparentid <> 0, pn.nspname,"
    " p.relname, pg_catalog.array_to_string(k.confkey, ' '), k.confdeltype, k.confupdtype,"
    " k.confrelid <> 0"
    " FROM relations AS r JOIN pg_catalog.pg_constraint AS k ON k.conrelid = r.oid"
    " LEFT JOIN pg_catalog.pg_class AS p ON p.oid = k.confrelid"
    " LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace"
    " ORDER BY r.oid, k.conname";

bool
target_catalog_read_constraints(const struct catalog_reading *reading, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_catalog_query(reading, constraints_query, &result, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        struct target_table *table = target_catalog_row_table(reading, result, row);
        if (table == NULL || PQgetisnull(result, row, 5)) {
            continue; /* dropped while we looked */
        }
        struct target_constraint *constraint = ARENA_APPEND(reading->arena, table->constraints,
                                                            table->constraint_count);
        bool foreign = target_is_true(result, row, 15);
        size_t parent_columns = 0;
        *constraint = (struct target_constraint){
            .oid = target_catalog_oid(result, row, 1),
            .name = target_text(reading->arena, result, row, 2),
            .kind = (enum target_constraint_kind)target_catalog_char(result, row, 3),
            .definition = target_text(reading->arena, result, row, 5),
            .validated = target_is_true(result, row, 6),
            .deferrable = target_is_true(result, row, 7),
            .initially_deferred = target_is_true(result, row, 8),
            .inherited = target_is_true(result, row, 9),
            .parent_schema = target_text(reading->arena, result, row, 10),
            .parent_table = target_text(reading->arena, result, row, 11),
            .parent_columns = target_catalog_ints(reading, result, row, 12, &parent_columns),
            .on_delete = foreign ? target_catalog_char(result, row, 13) : '\0',
            .on_update = foreign ? target_catalog_char(result, row, 14) : '\0',
        };
        constraint->columns = target_catalog_ints(reading, result, row, 4,
                                                  &constraint->column_count);
    }
    return true;
}

/* indnullsnotdistinct came with PostgreSQL 15; through JSON an older server says no. */
static const char indexes_query[] = CATALOG_RELATIONS_CTE
    "SELECT r.oid, c.relname, pg_catalog.pg_get_indexdef(i.indexrelid),"
    " (SELECT pg_catalog.string_agg(k.attnum::text, ' ' ORDER BY k.place)"
    " FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (attnum, place)"
    " WHERE k.place <= i.indnkeyatts), i.indisunique, i.indisprimary, i.indisvalid,"
    " i.indpred IS NOT NULL, coalesce((pg_catalog.to_jsonb(i) ->>"
    " 'indnullsnotdistinct')::pg_catalog.bool, false),"
    " (SELECT k.conname FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid"
    " AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') LIMIT 1)"
    " FROM relations AS r JOIN pg_catalog.pg_index AS i ON i.indrelid = r.oid"
    " JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid ORDER BY r.oid, c.relname";

bool
target_catalog_read_indexes(const struct catalog_reading *reading, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_catalog_query(reading, indexes_query, &result, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        struct target_table *table = target_catalog_row_table(reading, result, row);
        if (table == NULL || PQgetisnull(result, row, 2)) {
            continue;
        }
        struct target_index *index = ARENA_APPEND(reading->arena, table->indexes,
                                                  table->index_count);
        *index = (struct target_index){
            .name = target_text(reading->arena, result, row, 1),
            .definition = target_text(reading->arena, result, row, 2),
            .unique = target_is_true(result, row, 4),
            .primary = target_is_true(result, row, 5),
            .valid = target_is_true(result, row, 6),
            .partial = target_is_true(result, row, 7),
            .nulls_not_distinct = target_is_true(result, row, 8),
            .constraint = target_text(reading->arena, result, row, 9),
        };
        index->columns = target_catalog_ints(reading, result, row, 3, &index->column_count);
    }
    return true;
}

/* A clone of a partitioned parent's trigger is internal from 13 to 14 and has a parent from
 * 13 on; it is the parent's, not a constraint's. */
static const char triggers_query[] = CATALOG_RELATIONS_CTE
    "SELECT r.oid, t.tgname, pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled,"
    " t.tgisinternal AND t.tgconstraint <> 0, t.tgparentid <> 0"
    " FROM relations AS r JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid"
    " ORDER BY r.oid, t.tgname";

bool
target_catalog_read_triggers(const struct catalog_reading *reading, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_catalog_query(reading, triggers_query, &result, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        struct target_table *table = target_catalog_row_table(reading, result, row);
        if (table == NULL || PQgetisnull(result, row, 2)) {
            continue;
        }
        *ARENA_APPEND(reading->arena, table->triggers,
                      table->trigger_count) = (struct target_trigger){
            .name = target_text(reading->arena, result, row, 1),
            .definition = target_text(reading->arena, result, row, 2),
            .state = (enum target_trigger_state)target_catalog_char(result, row, 3),
            .internal = target_is_true(result, row, 4),
            .inherited = target_is_true(result, row, 5),
        };
    }
    return true;
}

/* Foreign tables would ask another server, and materialized views are nobody's target. */
static bool
may_be_looked_into(const struct target_table *table)
{
    return table->can_select && !table->row_security_active &&
           (table->kind == TARGET_TABLE || table->kind == TARGET_PARTITIONED_TABLE);
}

/* One statement for all of them. False with an error that the server gave. */
static bool
ask_emptiness(const struct catalog_reading *reading, struct target_table *const *tables,
              size_t count, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_RESULT *result = NULL;
    for (size_t i = 0; i < count; i++) {
        text_printf(&sql, "%sSELECT %zu, NOT EXISTS (SELECT FROM ", i > 0 ? " UNION ALL " : "",
                    i);
        target_quote_qualified(&sql, tables[i]->schema, tables[i]->name);
        text_add(&sql, ")");
    }
    if (!target_query(reading->conn, text_string(&sql), NULL, 0, &result, err)) {
        return false;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        struct target_table *table = tables[target_catalog_int(result, row, 0)];
        table->empty_known = true;
        table->empty = target_is_true(result, row, 1);
    }
    return true;
}

/* Of class 42 is a table that was dropped meanwhile, or one behind a schema we may not
 * enter; 55 is one that cannot be read, such as an unpopulated one. */
static bool
concerns_one_table(const struct error *err)
{
    return err->kind == ERROR_TARGET &&
           (strncmp(err->sqlstate, "42", 2) == 0 || strncmp(err->sqlstate, "55", 2) == 0);
}

static bool
ask_in_halves(const struct catalog_reading *reading, struct target_table *const *tables,
              size_t count, struct error *err)
{
    struct error refused;
    if (count == 0 || ask_emptiness(reading, tables, count, &refused)) {
        return true;
    }
    if (!concerns_one_table(&refused)) {
        *err = refused;
        return false;
    }
    return count == 1 || (ask_in_halves(reading, tables, count / 2, err) &&
                          ask_in_halves(reading, tables + count / 2, count - count / 2, err));
}

bool
target_catalog_read_emptiness(const struct catalog_reading *reading, struct error *err)
{
    const struct target_catalog *catalog = reading->catalog;
    struct target_table **tables = arena_alloc(reading->arena,
                                               catalog->table_count * sizeof *tables);
    size_t count = 0;
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (may_be_looked_into(&catalog->tables[i])) {
            tables[count++] = &catalog->tables[i];
        }
    }
    for (size_t done = 0; done < count; done += EMPTINESS_BATCH) {
        size_t left = count - done;
        if (!ask_in_halves(reading, tables + done,
                           left < EMPTINESS_BATCH ? left : EMPTINESS_BATCH, err)) {
            return false;
        }
    }
    return true;
}
