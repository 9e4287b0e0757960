/* column.c — fix_missing_column: a column that statements name and the table has not. */
#include "base/text.h"
#include "heal/diagnose.h"
#include "postgres/target.h"
#include "tool/functions.h"
#include "tool/heal_mode.h"
#include "value/type.h"

#include <string.h>

struct column_fix {
    const struct tool_call *call;
    struct table_name table;
    const char *column;
    const char *type;
    const char *collation;     /* of a text; NULL: the database's own */
    const char *inferred_from; /* NULL: the caller said the type */
    bool there;                /* already: nothing is to be done */
    bool source_has;           /* the migrated table's source had such a column */
    const char *statement;     /* that failed; NULL: none given */
};

/* A type's name and no more: what it means, the server says. */
static bool
is_type_name(const char *type)
{
    int depth = 0;
    for (const char *c = type; *c != '\0'; c++) {
        depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        bool good = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                    (*c >= '0' && *c <= '9') || strchr(" _.()[]\"", *c) != NULL ||
                    (*c == ',' && depth > 0);
        if (!good || depth < 0) {
            return false;
        }
    }
    return type[0] != '\0' && depth == 0;
}

static bool
looks_like_a_moment(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits == 4 && text[4] == '-' && strlen(text) >= 10 && strlen(text) <= 40 &&
           strspn(text, "0123456789-:.+TZ ") == strlen(text);
}

static const char *
type_of_value(const json_t *value)
{
    if (json_is_boolean(value)) {
        return "boolean";
    }
    if (json_is_integer(value)) {
        return "bigint";
    }
    if (json_is_real(value)) {
        return "double precision";
    }
    if (json_is_array(value) || json_is_object(value)) {
        return "jsonb";
    }
    const char *text = json_string_value(value);
    if (text != NULL && looks_like_a_moment(text)) {
        return strlen(text) == 10 ? "date" : "timestamp with time zone";
    }
    return text == NULL ? NULL : "text";
}

/* What columns of that name are elsewhere in the database, most of all. */
static bool
type_of_namesakes(struct database_lease *lease, struct column_fix *fix, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(
            lease->conn,
            "SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM"
            " pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN"
            " ('r', 'p') AND NOT a.attisdropped AND a.attname = $1 AND n.nspname NOT LIKE"
            " 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'outgrow') GROUP BY 1"
            " ORDER BY count(*) DESC, 1 LIMIT 1",
            &fix->column, 1, &result, err)) {
        return error_wrap(err, "look for columns of that name");
    }
    if (PQntuples(result) > 0) {
        fix->type = arena_strdup(fix->call->arena, PQgetvalue(result, 0, 0));
        fix->inferred_from = "columns of that name in other tables";
    }
    return true;
}

/* A text is compared as the table's other texts are, if most of them are not by what is the
 * database's own. */
static bool
follow_collation(struct database_lease *lease, struct column_fix *fix, struct error *err)
{
    AUTO_RESULT *result = NULL;
    struct value_type type;
    if (!value_type_read(fix->type, &type) || !value_type_is_collated(type.kind)) {
        return true;
    }
    if (!target_query(
            lease->conn,
            "SELECT CASE WHEN a.attcollation <> t.typcollation THEN"
            " a.attcollation::pg_catalog.regcollation END"
            " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON"
            " t.oid = a.atttypid WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0"
            " AND NOT a.attisdropped AND t.typcollation = 'pg_catalog.\"default\"'"
            "::pg_catalog.regcollation GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
            &fix->table.oid, 1, &result, err)) {
        return error_wrap(err, "look how the table compares its texts");
    }
    if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0)) {
        fix->collation = arena_strdup(fix->call->arena, PQgetvalue(result, 0, 0));
    }
    return true;
}

static bool
infer_type(struct database_lease *lease, struct column_fix *fix, struct error *err)
{
    const char *said = argument_text(fix->call, "type", "infer");
    if (strcmp(said, "infer") != 0) {
        fix->type = said;
        return true;
    }
    if (!type_of_namesakes(lease, fix, err)) {
        return false;
    }
    const char *of_value = type_of_value(json_object_get(fix->call->arguments, "value"));
    if (fix->type == NULL) {
        fix->type = of_value == NULL ? "text" : of_value;
        fix->inferred_from = of_value == NULL ? "nothing: text takes everything" : "value";
    }
    return true;
}

/* True: the column may be added, or is there. False: *result says why not. */
static bool
check_name(struct database_lease *lease, struct column_fix *fix, struct tool_result *result)
{
    const char *nearest;
    struct error failed;
    if (!heal_nearest_column(lease, fix->call->arena, fix->table.oid, fix->column, &nearest,
                             &failed)) {
        tool_fail(result, &failed);
        return false;
    }
    fix->there = nearest != NULL && strcmp(nearest, fix->column) == 0;
    if (nearest == NULL || fix->there || argument_flag(fix->call, "even_if_similar", false)) {
        return true;
    }
    tool_refuse(result, "use that name, or say even_if_similar",
                "%s has a column %s, which is probably meant", fix->table.table, nearest);
    json_object_set_new(result->structured, "proposal",
                        json_pack("{s:s, s:s}", "action", "use_column", "column", nearest));
    return false;
}

/* What the migration has seen in the source, where this role may read it. */
static bool
ask_source(struct database_lease *lease, struct column_fix *fix, struct error *err)
{
    AUTO_RESULT *able = NULL;
    AUTO_RESULT *result = NULL;
    const char *parameters[] = {fix->table.schema, fix->table.table, fix->column};
    if (!target_query(
            lease->conn,
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid ="
            " c.relnamespace WHERE n.nspname = 'outgrow' AND c.relname = 'tables' AND"
            " has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid,"
            " 'SELECT')",
            NULL, 0, &able, err)) {
        return error_wrap(err, "look for the migration's record");
    }
    if (PQntuples(able) == 0) {
        return true;
    }
    if (!target_query(
            lease->conn,
            "SELECT 1 FROM outgrow.tables t, json_array_elements(t.profile -> 'columns')"
            " c WHERE t.target_schema = $1 AND t.target_table = $2 AND"
            " json_typeof(t.profile -> 'columns') = 'array' AND lower(c ->> 'name') ="
            " lower($3) LIMIT 1",
            parameters, 3, &result, err)) {
        return error_wrap(err, "read the migration's record");
    }
    fix->source_has = PQntuples(result) > 0;
    return true;
}

static bool
look(struct tool_host *host, struct column_fix *fix, struct tool_result *result)
{
    const struct tool_call *call = fix->call;
    struct database_bounds bounds = tool_bounds(host, call);
    AUTO_LEASE lease = {0};
    struct error failed;
    if (!tool_begin(host, call, DATABASE_READ, &bounds, &lease, result) ||
        !tool_find_table(call, &lease, &fix->table, result) ||
        !check_name(&lease, fix, result)) {
        return false;
    }
    if (!infer_type(&lease, fix, &failed) || !follow_collation(&lease, fix, &failed) ||
        !ask_source(&lease, fix, &failed)) {
        tool_fail(result, &failed);
        return false;
    }
    if (!is_type_name(fix->type)) {
        tool_refuse(result, "bigint, text, numeric(10,2), ...", "that is no type's name");
        return false;
    }
    return true;
}

/* The statement that failed, judged as its tool would; it is only parsed, never run. */
static bool
check_statement(struct tool_host *host, struct column_fix *fix, struct tool_result *result)
{
    fix->statement = argument_text(fix->call, "sql", NULL);
    if (fix->statement == NULL) {
        return true;
    }
    struct guard_verdict verdict;
    for (int purpose = GUARD_QUERY; purpose <= GUARD_EXECUTE; purpose++) {
        struct guard_options options = {.purpose = (enum guard_purpose)purpose,
                                        .functions = &host->functions,
                                        .allow_full_table = true};
        guard_check(fix->call->arena, fix->statement, strlen(fix->statement), &options,
                    &verdict);
        if (verdict.allowed) {
            return true;
        }
    }
    tool_deny(result, &verdict);
    return false;
}

/* The column is there, and the statement that failed can be planned now. */
static bool
proof(void *context, struct database_lease *lease, const struct alteration_outcome *outcome,
      const char **why, struct error *err)
{
    const struct column_fix *fix = context;
    (void)err;
    *why = NULL;
    if (json_object_get(json_object_get(outcome->after, "columns"), fix->column) == NULL) {
        *why = "the column is still not there";
        return false;
    }
    if (fix->statement == NULL) {
        return true;
    }
    AUTO_RESULT *prepared = PQprepare(lease->conn, "", fix->statement, 0, NULL);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK) {
        const char *said = PQresultErrorField(prepared, PG_DIAG_MESSAGE_PRIMARY);
        *why = arena_printf(fix->call->arena, "the statement still fails: %s",
                            said == NULL ? "connection lost" : said);
    }
    return *why == NULL;
}

static const char *
definition_of(const struct column_fix *fix)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "ALTER TABLE %s ADD COLUMN IF NOT EXISTS ",
                table_quoted(fix->call->arena, &fix->table));
    target_quote_name(&sql, fix->column);
    text_printf(&sql, " %s", fix->type);
    if (fix->collation != NULL) {
        text_printf(&sql, " COLLATE %s", fix->collation);
    }
    return arena_strdup(fix->call->arena, sql.bytes);
}

static json_t *
told(const struct column_fix *fix, json_t *structured)
{
    json_object_set_new(structured, "column", json_string(fix->column));
    json_object_set_new(structured, "type", json_string(fix->type));
    json_object_set_new(structured, "source_has_column", json_boolean(fix->source_has));
    if (fix->inferred_from != NULL) {
        json_object_set_new(structured, "inferred_from", json_string(fix->inferred_from));
    }
    return structured;
}

static bool
already_there(const struct column_fix *fix, struct tool_result *result)
{
    return tool_answer(result,
                       json_pack("{s:s, s:s, s:s, s:b, s:b, s:s}", "schema", fix->table.schema,
                                 "table", fix->table.table, "column", fix->column, "applied", 0,
                                 "already_there", 1, "mode", "none needed"));
}

bool
tool_fix_missing_column(struct tool_host *host, const struct tool_call *call,
                        struct tool_result *result, struct error *err)
{
    (void)err;
    struct column_fix fix = {.call = call, .column = argument_text(call, "column", "")};
    if (!heal_is_on(host, result) || !check_statement(host, &fix, result) ||
        !look(host, &fix, result)) {
        return true;
    }
    if (fix.there) {
        return already_there(&fix, result);
    }
    struct alteration alteration = {.action = "add_column",
                                    .cause = "missing_column",
                                    .sql = definition_of(&fix),
                                    .dry_run = !heal_applies(host, call),
                                    .must_record = true,
                                    .proof = proof,
                                    .context = &fix};
    AUTO_OUTCOME outcome = {0};
    if (!alteration_run(host, call, &alteration, &outcome, result)) {
        return true;
    }
    json_t *structured = told(&fix, alteration_json(&alteration, &outcome));
    heal_tell_mode(host, call, structured);
    return tool_answer(result, structured);
}
