/* heal_fixes.c — see heal_fixes.h. */
#include "tool/heal_fixes.h"

#include "base/json.h"
#include "base/text.h"
#include "heal/sequences.h"
#include "heal/table_facts.h"
#include "postgres/target.h"
#include "tool/functions.h"

#include <inttypes.h>
#include <string.h>

struct finding {
    const struct tool_call *call;
    struct database_lease *lease;
    struct heal_fix *fix;
    struct tool_result *result;
};

typedef bool find_function(struct finding *finding);

static const char *
quoted(struct arena *arena, const char *schema, const char *name)
{
    struct table_name table = {.schema = schema, .table = name};
    return table_quoted(arena, &table);
}

/* The look is at the very numbers: good when the next number is beyond the column's largest. */
static const char *
sequence_look(struct arena *arena, const json_t *behind, const char *sequence)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql,
                "SELECT json_build_object('last_value', s.last_value, 'is_called', s.is_called,"
                " 'max', m.max, 'good', m.max IS NULL OR s.last_value::numeric + CASE WHEN "
                "s.is_called THEN"
                " 1 ELSE 0 END > m.max) FROM %s s, (SELECT max(",
                sequence);
    target_quote_name(&sql, json_member_text(behind, "column"));
    text_printf(
        &sql, ")::numeric AS max FROM %s) m",
        quoted(arena, json_member_text(behind, "schema"), json_member_text(behind, "table")));
    return arena_strdup(arena, sql.bytes);
}

static void
fill_sequence(struct finding *finding, const json_t *behind)
{
    struct arena *arena = finding->call->arena;
    struct heal_fix *fix = finding->fix;
    const char *sequence = quoted(arena, json_member_text(behind, "sequence_schema"),
                                  json_member_text(behind, "sequence"));
    AUTO_TEXT literal = {0};
    AUTO_TEXT sql = {0};
    target_quote_literal(&literal, sequence);
    /* Never back: others may have drawn numbers whose rows cannot be seen yet. */
    text_printf(
        &sql,
        "SELECT pg_catalog.setval(%s::pg_catalog.regclass, greatest((SELECT last_value FROM"
        " %s), (SELECT max(",
        literal.bytes, sequence);
    target_quote_name(&sql, json_member_text(behind, "column"));
    text_printf(
        &sql, ")::bigint FROM %s)))",
        quoted(arena, json_member_text(behind, "schema"), json_member_text(behind, "table")));
    fix->action = "set_sequence";
    fix->object = sequence;
    fix->look_sql = sequence_look(arena, behind, sequence);
    fix->sql = arena_strdup(arena, sql.bytes);
    const char *undo = arena_printf(
        arena, "SELECT pg_catalog.setval(%s::pg_catalog.regclass, %" JSON_INTEGER_FORMAT ")",
        literal.bytes, json_integer_value(json_object_get(behind, "last_value")));
    fix->undo = json_pack("[s]", undo);
}

static bool
find_sequence(struct finding *finding)
{
    struct table_name table;
    json_t *behind = NULL;
    int unreadable;
    struct error err;
    if (!tool_find_table(finding->call, finding->lease, &table, finding->result)) {
        return false;
    }
    if (!sequences_behind(finding->lease, table.oid, &behind, &unreadable, &err)) {
        tool_fail(finding->result, &err);
        return false;
    }
    bool any = json_array_size(behind) > 0;
    if (any) {
        fill_sequence(finding, json_array_get(behind, 0));
    } else {
        tool_refuse(finding->result, "", "no sequence of %s is behind%s", table.table,
                    unreadable > 0 ? ", as far as this role may look" : "");
    }
    json_decref(behind);
    return any;
}

static bool
find_constraint(struct finding *finding)
{
    struct heal_fix *fix = finding->fix;
    struct arena *arena = finding->call->arena;
    const char *name = argument_text(finding->call, "name", "");
    struct table_name table;
    if (!tool_find_table(finding->call, finding->lease, &table, finding->result)) {
        return false;
    }
    AUTO_TEXT sql = {0};
    text_printf(&sql, "ALTER TABLE %s VALIDATE CONSTRAINT ", table_quoted(arena, &table));
    target_quote_name(&sql, name);
    fix->action = "validate_constraint";
    fix->object = arena_printf(arena, "%s: %s", table_quoted(arena, &table), name);
    fix->sql = arena_strdup(arena, sql.bytes);
    fix->look_sql = "SELECT json_build_object('good', convalidated, 'definition',"
                    " pg_get_constraintdef(oid)) FROM pg_catalog.pg_constraint WHERE conrelid ="
                    " $1::oid AND conname = $2";
    fix->look_parameters[0] = table.oid;
    fix->look_parameters[1] = name;
    fix->look_parameter_count = 2;
    return true;
}

/* What a REINDEX CONCURRENTLY that was broken off leaves over is dropped, not built anew. */
static bool
find_index(struct finding *finding)
{
    struct heal_fix *fix = finding->fix;
    struct arena *arena = finding->call->arena;
    const char *name = argument_text(finding->call, "name", "");
    struct table_name table = {.schema = argument_text(finding->call, "schema", NULL),
                               .table = name};
    struct error err;
    if (!table_of_index(finding->lease, arena, &table, &err)) {
        tool_fail(finding->result, &err);
        return false;
    }
    if (table.oid == NULL) {
        tool_refuse(finding->result, "see postgres_health_check for their names",
                    "there is no index %s", name);
        return false;
    }
    const char *index = quoted(arena, table.schema, name);
    bool leftover = strstr(name, "_ccnew") != NULL || strstr(name, "_ccold") != NULL;
    fix->action = leftover ? "drop_leftover_index" : "reindex";
    fix->object = index;
    fix->sql = arena_printf(arena, "%s INDEX CONCURRENTLY %s", leftover ? "DROP" : "REINDEX",
                            index);
    fix->outside_transaction = true;
    fix->look_parameters[0] = table.schema;
    fix->look_parameters[1] = name;
    fix->look_parameter_count = 2;
    fix->look_sql =
        "SELECT json_build_object('good', coalesce(bool_and(i.indisvalid AND i.indisready AND"
        " $2 !~ '_cc(new|old)'), true), 'bytes', sum(pg_relation_size(c.oid))) FROM"
        " pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid JOIN"
        " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND"
        " c.relname = $2";
    return true;
}

/* Good is: smaller than it was by a fifth at least. Before, nothing is that. */
static bool
find_bloat(struct finding *finding)
{
    if (!find_index(finding)) {
        return false;
    }
    struct heal_fix *fix = finding->fix;
    AUTO_RESULT *result = NULL;
    struct error err;
    if (!target_query(
            finding->lease->conn,
            "SELECT pg_relation_size(c.oid) FROM pg_catalog.pg_class c JOIN"
            " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND"
            " c.relname = $2",
            fix->look_parameters, 2, &result, &err)) {
        tool_fail(finding->result, &err);
        return false;
    }
    fix->look_parameters[2] = arena_strdup(finding->call->arena, PQgetvalue(result, 0, 0));
    fix->look_parameter_count = 3;
    fix->look_sql =
        "SELECT json_build_object('good', pg_relation_size(c.oid) < 0.8 * $3::bigint,"
        " 'bytes', pg_relation_size(c.oid)) FROM pg_catalog.pg_class c JOIN"
        " pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND"
        " c.relname = $2";
    return true;
}

static const struct {
    const char *problem;
    find_function *find;
} fixes[] = {
    {"sequence_behind", find_sequence},
    {"not_valid_constraint", find_constraint},
    {"invalid_index", find_index},
    {"bloated_index", find_bloat},
};

bool
heal_fix_find(const struct tool_call *call, struct database_lease *lease, struct heal_fix *fix,
              struct tool_result *result)
{
    const char *problem = argument_text(call, "problem", "");
    struct finding finding = {call, lease, fix, result};
    for (size_t i = 0; i < sizeof fixes / sizeof fixes[0]; i++) {
        if (strcmp(fixes[i].problem, problem) == 0) {
            fix->cause = fixes[i].problem;
            return fixes[i].find(&finding);
        }
    }
    tool_refuse(result, "", "nothing is known against %s", problem);
    return false;
}
