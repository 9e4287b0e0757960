/* alter.c — postgres_schema_alter: one change of definitions. */
#include "heal/alteration.h"
#include "tool/functions.h"

#include <string.h>

/* What loses data asks a person first. */
static bool
is_confirmed(const struct tool_call *call, const char *sql, struct tool_result *result)
{
    if (call->confirmed || argument_flag(call, "confirm", false)) {
        return true;
    }
    tool_refuse(result, "repeat the call with confirm: true once a person has agreed",
                "this loses what is stored, and was not confirmed");
    if (call->may_ask) {
        result->is_error = false;
        result->question = arena_printf(
            call->arena, "This loses what is stored, for good:\n%s\nShall it be done?", sql);
    }
    return false;
}

bool
tool_schema_alter(struct tool_host *host, const struct tool_call *call,
                  struct tool_result *result, struct error *err)
{
    (void)err;
    struct guard_options options = {
        .purpose = GUARD_ALTER,
        .functions = &host->functions,
        .allow_destructive = host->settings.allow_destructive &&
                             argument_flag(call, "allow_destructive", false)};
    struct guard_verdict verdict;
    struct alteration alteration = {
        .action = "schema_alter",
        .allow_destructive = options.allow_destructive,
        .dry_run = argument_flag(call, "dry_run", false),
    };
    if (!tool_sql(call, &options, &alteration.sql, &verdict, result) ||
        (verdict.destructive && !alteration.dry_run &&
         !is_confirmed(call, alteration.sql, result))) {
        return true;
    }
    AUTO_OUTCOME outcome = {0};
    if (!alteration_run(host, call, &alteration, &outcome, result)) {
        return true;
    }
    json_t *structured = alteration_json(&alteration, &outcome);
    json_object_set_new(structured, "statement",
                        json_string(guard_statement_name(verdict.statement)));
    return tool_answer(result, structured);
}
