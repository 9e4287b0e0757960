/* back_check.c — is the way back as it was installed? The first thing that is not, in words. */
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

struct check {
    struct sync_link *link;
    struct arena *arena;
    PGresult *relations;
    PGresult *kept; /* t, relation, columns */
    const char **why;
};

static void
check_close(struct check *check)
{
    PQclear(check->relations);
    PQclear(check->kept);
}
#define AUTO_CHECK __attribute__((cleanup(check_close))) struct check

/* Keeps the first. Returns false. */
static bool say(const struct check *check, const char *format, ...) PRINTF_LIKE(2, 3);

static bool
say(const struct check *check, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (*check->why == NULL) {
        *check->why = arena_strdup(check->arena, line);
    }
    return false;
}

static int
find_root(const struct check *check, size_t table)
{
    for (int row = 0; row < PQntuples(check->relations); row++) {
        if (target_is_true(check->relations, row, BACK_RELATION_ROOT) &&
            back_relation_table(check->link, check->relations, row) ==
                &check->link->tables[table]) {
            return row;
        }
    }
    return -1;
}

static int
find_kept(const struct check *check, int64_t id)
{
    for (int row = 0; row < PQntuples(check->kept); row++) {
        if (target_number(check->kept, row, 0) == id) {
            return row;
        }
    }
    return -1;
}

static bool
check_triggers(const struct check *check, int row)
{
    const struct back_trigger *triggers[4];
    size_t count = back_triggers_of(check->relations, row, triggers);
    const char *name = PQgetvalue(check->relations, row, BACK_RELATION_NAME);
    if (PQgetvalue(check->relations, row, BACK_RELATION_PERSISTENCE)[0] == 'u') {
        return say(check,
                   "%s is UNLOGGED: a crash of the server empties it, and no trigger sees that",
                   name);
    }
    for (size_t i = 0; i < count; i++) {
        char state = back_relation_trigger(check->relations, row, triggers[i]->name);
        if (state != 'A') {
            return say(check,
                       "the trigger %s of %s is %s: what has changed there since is not known",
                       triggers[i]->name, name, state == '\0' ? "gone" : "disabled");
        }
    }
    return true;
}

/* Wider types of one kind are read like the narrower ones. */
static int
type_family(json_int_t oid)
{
    static const struct {
        int oid;
        int family;
    } families[] = {{21, 20}, {23, 20}, {20, 20}, {700, 701}, {701, 701}, {1043, 25}, {25, 25}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        if (families[i].oid == (int)oid) {
            return families[i].family;
        }
    }
    return (int)oid;
}

static const json_t *
find_column(const json_t *columns, const char *name)
{
    size_t index;
    const json_t *column;
    json_array_foreach(columns, index, column)
    {
        const char *other = json_string_value(json_array_get(column, 0));
        if (other != NULL && strcmp(other, name) == 0) {
            return column;
        }
    }
    return NULL;
}

static bool
compare_columns(const struct check *check, const char *table, const json_t *then,
                const json_t *now)
{
    size_t index;
    const json_t *column;
    json_array_foreach(then, index, column)
    {
        const char *name = json_string_value(json_array_get(column, 0));
        const json_t *found = find_column(now, name);
        if (found == NULL) {
            return say(check, "the column %s of %s is gone, or has another name", name, table);
        }
        json_int_t before = json_integer_value(json_array_get(column, 1));
        json_int_t after = json_integer_value(json_array_get(found, 1));
        if (type_family(before) != type_family(after)) {
            return say(check, "the column %s of %s has another type", name, table);
        }
    }
    json_array_foreach(now, index, column)
    {
        const char *name = json_string_value(json_array_get(column, 0));
        if (find_column(then, name) == NULL) {
            return say(check,
                       "the column %s of %s was added: the source has no place for its values",
                       name, table);
        }
    }
    return true;
}

static bool
check_columns(const struct check *check, int row, int kept)
{
    json_t *then = json_loads(PQgetvalue(check->kept, kept, 2), 0, NULL);
    json_t *now = json_loads(PQgetvalue(check->relations, row, BACK_RELATION_COLUMNS), 0, NULL);
    bool good = compare_columns(check, PQgetvalue(check->relations, row, BACK_RELATION_NAME),
                                then, now);
    json_decref(then);
    json_decref(now);
    return good;
}

static bool
check_table(const struct check *check, size_t table)
{
    const struct live_table *live = &check->link->tables[table];
    if (!back_table_returns(live)) {
        return true;
    }
    int row = find_root(check, table);
    if (row < 0) {
        return say(check, "the table %s.%s is gone, or has another name", live->plan->schema,
                   live->plan->name);
    }
    int kept = find_kept(check, live->capture->id);
    if (kept < 0) {
        return say(check, "nothing logs what changes in %s.%s", live->plan->schema,
                   live->plan->name);
    }
    if (strcmp(PQgetvalue(check->kept, kept, 1),
               PQgetvalue(check->relations, row, BACK_RELATION_OID)) != 0) {
        return say(check, "the table %s.%s was made anew", live->plan->schema,
                   live->plan->name);
    }
    return check_columns(check, row, kept);
}

/* An index that we would sort in another way than the application would be broken by us. */
static bool
check_collations(const struct check *check, const struct live_table *table)
{
    const struct source_table *source = table->source;
    for (size_t i = 0; i < source->column_count; i++) {
        if (!source_collation_is_builtin(source->columns[i].collation)) {
            return say(check,
                       "\"%s\" sorts by %s, a collation of the application: its rows cannot be "
                       "written without it",
                       source->name.text, source->columns[i].collation);
        }
    }
    for (size_t i = 0; i < source->index_count; i++) {
        for (size_t c = 0; c < source->indexes[i].column_count; c++) {
            const char *collation = source->indexes[i].columns[c].collation;
            if (!source_collation_is_builtin(collation)) {
                return say(check,
                           "an index of \"%s\" sorts by %s, a collation of the application: "
                           "its rows cannot be written without it",
                           source->name.text, collation);
            }
        }
    }
    return true;
}

/* Indexes and checks may call functions that only the application has. */
static bool
check_statements(const struct check *check, const struct live_table *table, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_BACK_SHAPE shape = {0};
    struct back_statements statements = {0};
    struct error failure = {0};
    if (!back_shape_build(check->link, table, &memory, &shape, err)) {
        return false;
    }
    if (!back_statements_prepare(&check->link->writer, &shape, &statements, &failure)) {
        say(check, "\"%s\" cannot be written to: %s", table->source->name.text,
            failure.message);
    }
    back_statements_close(&statements);
    return true;
}

static bool
check_sources(const struct check *check, struct error *err)
{
    for (size_t i = 0; i < check->link->table_count && *check->why == NULL; i++) {
        const struct live_table *table = &check->link->tables[i];
        if (back_table_returns(table) && check_collations(check, table) &&
            !check_statements(check, table, err)) {
            return false;
        }
    }
    return true;
}

/* Tables that stand in the plan's schemas since, of no other source of ours. */
static bool
check_neighbours(const struct check *check, struct error *err)
{
    AUTO_TEXT schemas = {0};
    AUTO_RESULT *result = NULL;
    char id[24];
    for (size_t i = 0; i < check->link->table_count; i++) {
        target_array_add(&schemas, check->link->tables[i].plan->schema);
    }
    snprintf(id, sizeof id, "%" PRId64, check->link->live.id);
    const char *const parameters[] = {id, target_array_end(&schemas)};
    if (!target_query(
            check->link->conn,
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
            " FROM outgrow.back_known k, pg_catalog.pg_class c"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE k.live_id = $1::bigint AND n.nspname = ANY ($2::text[])"
            " AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition"
            " AND c.oid <> ALL (k.relations) AND NOT EXISTS (SELECT 1 FROM outgrow.tables t"
            " WHERE t.target_schema = n.nspname AND t.target_table = c.relname)"
            " ORDER BY 1 LIMIT 1",
            parameters, 2, &result, err)) {
        return false;
    }
    if (PQntuples(result) > 0) {
        say(check, "the table %s was added: the source has no place for its rows",
            PQgetvalue(result, 0, 0));
    }
    return true;
}

static bool
load(struct check *check, struct error *err)
{
    char sql[128];
    snprintf(sql, sizeof sql,
             "SELECT t, relation, columns FROM outgrow.back_tables WHERE live_id = %" PRId64,
             check->link->live.id);
    return back_relations_load(check->link, &check->relations, err) &&
           target_query(check->link->conn, sql, NULL, 0, &check->kept, err);
}

bool
back_check(struct sync_link *link, struct arena *arena, const char **why, struct error *err)
{
    AUTO_CHECK check = {.link = link, .arena = arena, .why = why};
    *why = NULL;
    if (!load(&check, err)) {
        return false;
    }
    for (size_t i = 0; i < link->table_count && *why == NULL; i++) {
        (void)check_table(&check, i);
    }
    for (int row = 0; row < PQntuples(check.relations) && *why == NULL; row++) {
        if (back_table_returns(back_relation_table(link, check.relations, row))) {
            (void)check_triggers(&check, row);
        }
    }
    return *why != NULL || (check_neighbours(&check, err) && check_sources(&check, err));
}
