/* sqlite_tables.c — list_tables, describe_table and health_check over a SQLite file. */
#include "agent/sqlite_session.h"
#include "agent/support.h"
#include "agent/value_json.h"
#include "base/suggest.h"
#include "tool/functions.h"

#include <string.h>

static const char list_sql[] = "SELECT json_group_array(json_object('schema', 'main', 'name', "
                               "name, 'kind', type, 'columns',"
                               " (SELECT json_group_array(trim(c.name || ' ' || c.type)) FROM "
                               "pragma_table_xinfo(t.name) c)))"
                               " FROM (SELECT name, CASE WHEN sql LIKE 'CREATE VIRTUAL%' THEN "
                               "'virtual table' ELSE type END AS"
                               " type FROM sqlite_schema WHERE type IN ('table', 'view') AND "
                               "name NOT LIKE 'sqlite\\_%' ESCAPE"
                               " '\\' AND (?1 IS NULL OR name GLOB ?1) ORDER BY name) t";

static const char describe_sql[] =
    "SELECT json_object('schema', 'main', 'table', t.name, 'kind', t.type, 'sql', t.sql, "
    "'columns',"
    " (SELECT json_group_array(json_object('name', name, 'type', type, 'nullable',"
    " json(iif(\"notnull\", 'false', 'true')), 'default', dflt_value, 'generated', "
    "json(iif(hidden IN"
    " (2, 3), 'true', 'false')))) FROM pragma_table_xinfo(t.name)),"
    " 'primary_key', (SELECT json_group_array(name) FROM (SELECT name FROM"
    " pragma_table_xinfo(t.name) WHERE pk > 0 ORDER BY pk)),"
    " 'foreign_keys', (SELECT json_group_array(json_object('column', \"from\", 'table', "
    "\"table\","
    " 'references', \"to\", 'on_delete', on_delete, 'on_update', on_update)) FROM"
    " pragma_foreign_key_list(t.name)),"
    " 'indexes', (SELECT json_group_array(json_object('name', i.name, 'unique', "
    "json(iif(i.\"unique\","
    " 'true', 'false')), 'partial', json(iif(i.partial, 'true', 'false')), 'columns', (SELECT"
    " json_group_array(c.name) FROM pragma_index_info(i.name) c))) FROM "
    "pragma_index_list(t.name) i),"
    " 'triggers', (SELECT json_group_array(json_object('name', s.name, 'definition', s.sql)) "
    "FROM sqlite_schema s WHERE s.type = 'trigger' AND s.tbl_name = t.name COLLATE NOCASE))"
    " FROM sqlite_schema t WHERE t.type IN ('table', 'view') AND t.name = ?1 COLLATE NOCASE";

bool
tool_sqlite_list_tables(struct tool_host *host, const struct tool_call *call,
                        struct tool_result *result, struct error *err)
{
    (void)err;
    AUTO_SESSION session = {.cancellation = NULL};
    json_t *tables = NULL;
    struct error failed;
    if (!tool_sqlite_open(host, call, false, &session, result)) {
        return true;
    }
    if (!sqlite_session_json(&session, list_sql, argument_text(call, "pattern", NULL), &tables,
                             &failed)) {
        return tool_fail(result, &failed);
    }
    for (size_t i = 0; i < json_array_size(tables) && !argument_flag(call, "verbose", false);
         i++) {
        json_object_del(json_array_get(tables, i), "columns");
    }
    return tool_answer(result, json_pack("{s:o}", "tables", tables));
}

static bool
refuse_unknown(struct sqlite_session *session, const struct tool_call *call, const char *name,
               struct tool_result *result)
{
    json_t *tables = NULL;
    struct error failed;
    struct suggestion suggestion = {.typed = name};
    if (!sqlite_session_json(session,
                             "SELECT json_group_array(name) FROM sqlite_schema WHERE type IN"
                             " ('table', 'view')",
                             NULL, &tables, &failed)) {
        return tool_fail(result, &failed);
    }
    for (size_t i = 0; i < json_array_size(tables); i++) {
        suggest_consider(&suggestion, json_string_value(json_array_get(tables, i)));
    }
    const char *hint = suggestion.best == NULL
                           ? "see list_tables"
                           : arena_printf(call->arena, "did you mean %s?", suggestion.best);
    json_decref(tables);
    return tool_refuse(result, hint, "there is no table %s", name);
}

bool
tool_sqlite_describe_table(struct tool_host *host, const struct tool_call *call,
                           struct tool_result *result, struct error *err)
{
    (void)err;
    AUTO_SESSION session = {.cancellation = NULL};
    const char *name = argument_text(call, "table", "");
    json_t *facts = NULL;
    struct error failed;
    if (!tool_sqlite_open(host, call, false, &session, result)) {
        return true;
    }
    if (!sqlite_session_json(&session, describe_sql, name, &facts, &failed)) {
        return tool_fail(result, &failed);
    }
    return json_is_null(facts) ? refuse_unknown(&session, call, name, result)
                               : tool_answer(result, facts);
}

/* Each asks for a list of what is wrong (empty: ok) or for a mere fact. */
static const struct {
    const char *name;
    const char *sql;
    const char *status; /* when the list is not empty */
    const char *advice;
} checks[] = {
    {"integrity",
     "SELECT json_group_array(quick_check) FROM pragma_quick_check(20) WHERE quick_check <> "
     "'ok'",
     "critical",
     "the file is damaged: restore a backup, or outgrow migrate, which tells what can"
     " be read"},
    {"foreign_keys",
     "SELECT json_group_array(json_object('table', \"table\", 'rowid', rowid, 'parent', "
     "parent))"
     " FROM (SELECT * FROM pragma_foreign_key_check LIMIT 20)",
     "warn", "rows that refer to nothing; a plan file's orphans says what becomes of them"},
    {"free_pages",
     "SELECT json_group_array(json_object('free', f, 'pages', p)) FROM (SELECT freelist_count "
     "AS f,"
     " page_count AS p FROM pragma_freelist_count, pragma_page_count) WHERE f > 1000 AND f > p "
     "/ 4",
     "ok", "VACUUM would make the file smaller"},
    {"no_primary_key",
     "SELECT json_group_array(name) FROM pragma_table_list t WHERE t.schema = 'main' AND "
     "t.type ="
     " 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM"
     " pragma_table_info(t.name) WHERE pk > 0)",
     "ok", "rows are named by rowid only"},
};

static json_t *
judge(size_t check, json_t *found, const struct error *failed)
{
    json_t *told = json_object();
    json_object_set_new(told, "name", json_string(checks[check].name));
    if (found == NULL) {
        json_object_set_new(told, "status", json_string("unknown"));
        json_object_set_new(told, "detail", value_json_text(failed->message));
        return told;
    }
    bool any = json_array_size(found) > 0;
    json_object_set_new(told, "status", json_string(any ? checks[check].status : "ok"));
    json_object_set_new(told, "value", json_integer((json_int_t)json_array_size(found)));
    json_object_set_new(told, "detail", found);
    if (any) {
        json_object_set_new(told, "advice", json_string(checks[check].advice));
    }
    return told;
}

static const char facts_sql[] =
    "SELECT json_object('version', 'SQLite ' || sqlite_version(), 'table_count', (SELECT "
    "count(*)"
    " FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'),"
    " 'size_bytes', (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size),"
    " 'journal_mode', (SELECT journal_mode FROM pragma_journal_mode), 'encoding', (SELECT "
    "encoding FROM pragma_encoding))";

static const char *
worst(const json_t *list)
{
    const char *status = "ok";
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_object_get(json_array_get(list, i), "status"));
        if (strcmp(one, "critical") == 0) {
            return one;
        }
        status = strcmp(one, "ok") == 0 ? status : "warn";
    }
    return status;
}

bool
tool_sqlite_health_check(struct tool_host *host, const struct tool_call *call,
                         struct tool_result *result, struct error *err)
{
    (void)err;
    AUTO_SESSION session = {.cancellation = NULL};
    json_t *facts = NULL;
    struct error failed;
    if (!tool_sqlite_open(host, call, false, &session, result)) {
        return true;
    }
    if (!sqlite_session_json(&session, facts_sql, NULL, &facts, &failed)) {
        return tool_fail(result, &failed);
    }
    json_t *list = json_array();
    const size_t count = sizeof checks / sizeof checks[0];
    for (size_t i = 0; i < count; i++) {
        json_t *found = NULL;
        tool_progress(call, (double)i, (double)count, checks[i].name);
        if (!sqlite_session_json(&session, checks[i].sql, NULL, &found, &failed)) {
            found = NULL;
        }
        json_array_append_new(list, judge(i, found, &failed));
    }
    json_object_set_new(facts, "status", json_string(worst(list)));
    json_object_set_new(facts, "checks", list);
    return tool_answer(result, facts);
}
