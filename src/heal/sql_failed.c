/* sql_failed.c — see sql_failed.h. */
#include "heal/sql_failed.h"

#include "agent/value_json.h"
#include "heal/diagnose.h"

static void
set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        json_object_set_new(object, key, value_json_text(text));
    }
}

bool
tool_sql_failed(struct tool_host *host, const struct tool_call *call,
                struct tool_result *result, const char *sql,
                const struct database_answer *answer)
{
    const struct database_failure *failure = &answer->failure;
    tool_refuse(result, failure->hint == NULL ? "" : failure->hint, "%s", failure->message);
    json_t *structured = result->structured;
    set_text(structured, "sqlstate", failure->sqlstate);
    set_text(structured, "detail", failure->detail);
    set_text(structured, "schema", failure->schema);
    set_text(structured, "table", failure->table);
    set_text(structured, "column", failure->column);
    set_text(structured, "constraint", failure->constraint);
    if (failure->position > 0) {
        json_object_set_new(structured, "position", json_integer(failure->position));
    }
    if (host->settings.heal != HEAL_OFF && !answer->cancelled) {
        json_t *healing = heal_diagnose(host, call, sql, failure);
        if (healing != NULL) {
            json_object_set_new(structured, "healing", healing);
        }
    }
    return true;
}
