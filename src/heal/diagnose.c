/* diagnose.c — the cause of an error, and a proposal: by its SQLSTATE, the statement's parse
 * tree, and what the catalog has. */
#include "heal/diagnose.h"

#include "agent/support.h"
#include "agent/value_json.h"
#include "base/suggest.h"
#include "guard/sql_place.h"
#include "heal/sequences.h"
#include "heal/table_facts.h"
#include "postgres/target.h"

#include <string.h>
#include <strings.h>

/* What can be said without looking into the database. */
static const struct {
    const char *sqlstate;
    const char *cause;
    const char *explanation;
} known[] = {
    {"22003", "range", "a number does not fit the column's type; describe the table"},
    {"22007", "format", "a date or time is not written as ISO 8601"},
    {"22008", "format", "a date or time is out of range"},
    {"22P02", "format", "a text does not read as the column's type; describe the table"},
    {"23502", "not_null", "a column without a default needs a value; describe the table"},
    {"23503", "foreign_key", "a row that is referred to is missing, or still referred to"},
    {"23514", "check", "the row breaks a CHECK; describe the table for its definition"},
    {"25006", "read_only", "a statement that writes was sent to a tool that reads"},
    {"40001", "conflict", "another transaction was faster; call again"},
    {"40P01", "deadlock", "two transactions waited for each other; call again"},
    {"42501", "privilege",
     "the role of this tool may not do that, and no healing will change it"},
    {"42701", "already_there", "the column is there already: nothing is to be done"},
    {"42804", "types", "the types do not go together: cast one side, CAST(x AS type)"},
    {"42883", "types",
     "no operator or function takes these types: PostgreSQL does not convert text"
     " and numbers for you as SQLite did; cast one side, CAST(x AS type)"},
    {"42P07", "already_there", "something of that name is there already"},
    {"53300", "connections", "the server has no connection left; call again later"},
    {"55P03", "lock", "another session holds the lock; call again later"},
    {"57014", "timeout", "it took longer than timeout_ms: narrow it, and see explain_query"},
};

static json_t *
said(const char *cause, const char *explanation)
{
    return json_pack("{s:s, s:s}", "cause", cause, "explanation", explanation);
}

static void
propose(json_t *healing, json_t *proposal)
{
    json_object_set_new(healing, "proposal", proposal);
}

bool
heal_nearest_column(struct database_lease *lease, struct arena *arena, const char *oid,
                    const char *name, const char **nearest, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(lease->conn,
                      "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = $1::oid AND"
                      " attnum > 0 AND NOT attisdropped",
                      &oid, 1, &result, err)) {
        return error_wrap(err, "look at the table's columns");
    }
    struct suggestion suggestion = {.typed = name};
    *nearest = NULL;
    for (int row = 0; row < PQntuples(result); row++) {
        const char *column = PQgetvalue(result, row, 0);
        if (strcasecmp(column, name) == 0) {
            *nearest = arena_strdup(arena, column);
            return true;
        }
        suggest_consider(&suggestion, column);
    }
    /* "age" is no misspelt "name": half of the letters at least are as they were meant to be. */
    bool near = suggestion.best != NULL && suggestion.distance * 2 <= strlen(name);
    *nearest = near ? arena_strdup(arena, suggestion.best) : NULL;
    return true;
}

/* A column for a misspelt name is the classic wrong cure. */
static json_t *
missing_column(struct database_lease *lease, struct arena *arena, const struct sql_place *place,
               const struct table_name *table, struct error *err)
{
    const char *nearest = NULL;
    if (!heal_nearest_column(lease, arena, table->oid, place->name, &nearest, err)) {
        return NULL;
    }
    if (nearest != NULL) {
        json_t *healing = said("misspelt_column", "the table has a column of nearly that name");
        propose(healing, json_pack("{s:s, s:s, s:s, s:s}", "action", "use_column", "schema",
                                   table->schema, "table", table->table, "column", nearest));
        return healing;
    }
    json_t *healing = said("missing_column",
                           "the table has no column of that name, nor of a similar one");
    propose(healing,
            json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "action", "add_column", "tool",
                      "fix_missing_column", "arguments", "schema", table->schema, "table",
                      table->table, "column", place->name, "type", "infer"));
    return healing;
}

static json_t *
diagnose_column(struct database_lease *lease, struct arena *arena, const char *sql,
                const struct database_failure *failure, struct error *err)
{
    struct sql_place place;
    struct table_name table;
    const char *nearest;
    sql_place_find(arena, sql, failure->position, &place);
    const struct sql_relation *relation = sql_place_relation(&place);
    if (place.kind != PLACE_COLUMN || relation == NULL) {
        return said("missing_column", "a column is named that none of the tables has; describe"
                                      " them");
    }
    table = (struct table_name){.schema = relation->schema, .table = relation->name};
    if (!table_find(lease, arena, &table, &nearest, err)) {
        return NULL;
    }
    return table.oid != NULL
               ? missing_column(lease, arena, &place, &table, err)
               : said("missing_column", "a column is named that the query does not have");
}

static json_t *
diagnose_table(struct database_lease *lease, struct arena *arena, const char *sql,
               const struct database_failure *failure, struct error *err)
{
    struct sql_place place;
    const char *nearest = NULL;
    sql_place_find(arena, sql, failure->position, &place);
    struct table_name table = {.table = place.name};
    if (place.kind == PLACE_RELATION && !table_find(lease, arena, &table, &nearest, err)) {
        return NULL;
    }
    if (nearest == NULL) {
        return said("missing_table", "there is no such table; see postgres_list_tables");
    }
    json_t *healing = said("misspelt_table", "there is a table of nearly that name; names in"
                                             " double quotes keep upper case, others do not");
    propose(healing, json_pack("{s:s, s:s}", "action", "use_table", "table", nearest));
    return healing;
}

/* "Key (id)=(7) already exists." A number was drawn for the column only when it alone is the
 * key. The words around may be in any language; the name is quoted where it has to be. */
static bool
names_column(const char *detail, const char *column)
{
    AUTO_TEXT plain = {0};
    AUTO_TEXT quoted = {0};
    text_printf(&plain, "(%s)=(", column);
    text_add_char(&quoted, '(');
    target_quote_name(&quoted, column);
    text_add(&quoted, ")=(");
    return strstr(detail, text_string(&plain)) != NULL ||
           strstr(detail, text_string(&quoted)) != NULL;
}

static bool
names_any_column(const struct database_failure *failure, const json_t *behind)
{
    size_t index;
    json_t *one;
    json_array_foreach(behind, index, one)
    {
        if (failure->detail != NULL &&
            names_column(failure->detail, json_string_value(json_object_get(one, "column")))) {
            return true;
        }
    }
    return false;
}

/* After a load, a sequence may still stand where its rows began. */
static json_t *
diagnose_duplicate(struct database_lease *lease, struct arena *arena, const char *sql,
                   const struct database_failure *failure, struct error *err)
{
    (void)sql;
    struct table_name table = {.schema = failure->schema, .table = failure->table};
    const char *nearest;
    json_t *behind = NULL;
    int unreadable;
    if (failure->table == NULL || !table_find(lease, arena, &table, &nearest, err) ||
        table.oid == NULL || !sequences_behind(lease, table.oid, &behind, &unreadable, err)) {
        return NULL;
    }
    json_t *healing = NULL;
    if (names_any_column(failure, behind)) {
        healing = said("sequence_behind",
                       "the sequence gives out numbers that the table holds already");
        propose(healing,
                json_pack("{s:s, s:s, s:{s:s, s:s, s:s}, s:O}", "action", "set_sequence",
                          "tool", "heal", "arguments", "problem", "sequence_behind", "schema",
                          table.schema, "table", table.table, "sequences", behind));
    } else {
        healing = said("duplicate", "a row of that key is there already: use another key, or ON"
                                    " CONFLICT");
    }
    json_decref(behind);
    return healing;
}

typedef json_t *diagnosis(struct database_lease *lease, struct arena *arena, const char *sql,
                          const struct database_failure *failure, struct error *err);

/* What only the catalog can tell. */
static const struct {
    const char *sqlstate;
    diagnosis *look;
} looks[] = {
    {"42703", diagnose_column}, {"42P01", diagnose_table}, {"23505", diagnose_duplicate}};

/* Looking may fail as the statement did, and then nothing is known. */
static json_t *
look_closer(struct tool_host *host, const struct tool_call *call, const char *sql,
            const struct database_failure *failure, diagnosis *look)
{
    struct error ignored;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    return database_borrow(host->database, DATABASE_READ, call->cancellation, &lease,
                           &ignored) &&
                   database_begin(&lease, false, &bounds, &ignored)
               ? look(&lease, call->arena, sql, failure, &ignored)
               : NULL;
}

json_t *
heal_diagnose(struct tool_host *host, const struct tool_call *call, const char *sql,
              const struct database_failure *failure)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].sqlstate, failure->sqlstate) == 0) {
            return said(known[i].cause, known[i].explanation);
        }
    }
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        if (strcmp(looks[i].sqlstate, failure->sqlstate) == 0) {
            return look_closer(host, call, sql, failure, looks[i].look);
        }
    }
    return NULL;
}
