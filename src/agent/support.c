/* support.c — see support.h. */
#include "agent/support.h"

#include "agent/value_json.h"

#include <stdarg.h>
#include <string.h>

const char *
argument_text(const struct tool_call *call, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(call->arguments, name));
    return text == NULL ? otherwise : text;
}

bool
argument_flag(const struct tool_call *call, const char *name, bool otherwise)
{
    const json_t *value = json_object_get(call->arguments, name);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

int
argument_number(const struct tool_call *call, const char *name, int otherwise, int least,
                int most)
{
    const json_t *value = json_object_get(call->arguments, name);
    if (!json_is_number(value)) {
        return otherwise;
    }
    double number = json_number_value(value);
    return number < least ? least : number > most ? most : (int)number;
}

struct database_bounds
tool_bounds(const struct tool_host *host, const struct tool_call *call)
{
    const struct tool_limits *limits = &host->settings.limits;
    return (struct database_bounds){
        .timeout_ms = argument_number(call, "timeout_ms", limits->timeout_ms, 1,
                                      limits->timeout_ms),
        .lock_timeout_ms = argument_number(call, "lock_timeout_ms", limits->lock_timeout_ms, 1,
                                           limits->timeout_ms),
        .max_rows = argument_number(call, "max_rows", limits->max_rows, 1,
                                    limits->max_rows_hard),
        .max_bytes = limits->max_bytes,
    };
}

void
tool_progress(const struct tool_call *call, double done, double total, const char *message)
{
    if (call->progress != NULL) {
        call->progress(call->progress_context, done, total, message);
    }
}

bool
tool_answer(struct tool_result *result, json_t *structured)
{
    *result = (struct tool_result){.structured = structured};
    return true;
}

static bool
answer_error(struct tool_result *result, json_t *structured)
{
    *result = (struct tool_result){.structured = structured, .is_error = true};
    return true;
}

bool
tool_refuse(struct tool_result *result, const char *hint, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    json_t *structured = json_object();
    json_object_set_new(structured, "error", value_json_text(message));
    if (hint[0] != '\0') {
        json_object_set_new(structured, "hint", value_json_text(hint));
    }
    return answer_error(result, structured);
}

bool
tool_fail(struct tool_result *result, const struct error *err)
{
    tool_refuse(result, err->hint, "%s", err->message);
    if (err->sqlstate[0] != '\0') {
        json_object_set_new(result->structured, "sqlstate", json_string(err->sqlstate));
    }
    return true;
}

bool
tool_deny(struct tool_result *result, const struct guard_verdict *verdict)
{
    tool_refuse(result, verdict->hint, "refused: %s", verdict->message);
    json_object_set_new(result->structured, "denied", json_true());
    json_object_set_new(result->structured, "rule", json_string(verdict->rule));
    json_object_set_new(result->structured, "subject", value_json_text(verdict->subject));
    if (verdict->position != GUARD_POSITION_NONE) {
        json_object_set_new(result->structured, "position", json_integer(verdict->position));
    }
    return true;
}

bool
tool_sql(const struct tool_call *call, const struct guard_options *options, const char **sql,
         struct guard_verdict *verdict, struct tool_result *result)
{
    const json_t *argument = json_object_get(call->arguments, "sql");
    if (!json_is_string(argument)) {
        tool_refuse(result, "", "the argument sql is missing");
        return false;
    }
    *sql = json_string_value(argument);
    guard_check(call->arena, *sql, json_string_length(argument), options, verdict);
    memcpy(call->fingerprint, verdict->fingerprint, sizeof verdict->fingerprint);
    if (!verdict->allowed) {
        tool_deny(result, verdict);
    }
    return verdict->allowed;
}

bool
tool_begin(struct tool_host *host, const struct tool_call *call, enum database_role role,
           const struct database_bounds *bounds, struct database_lease *lease,
           struct tool_result *result)
{
    struct error err;
    if (database_borrow(host->database, role, call->cancellation, lease, &err) &&
        database_begin(lease, role != DATABASE_READ, bounds, &err)) {
        return true;
    }
    tool_fail(result, &err);
    return false;
}

bool
tool_ask_catalog(const struct tool_call *call, struct database_lease *lease,
                 const struct guard_options *options, struct guard_verdict *verdict,
                 struct tool_result *result)
{
    struct error err;
    if (!guard_ask_catalog(call->arena, lease->conn, options, verdict, &err)) {
        tool_fail(result, &err);
        return false;
    }
    if (!verdict->allowed) {
        tool_deny(result, verdict);
    }
    return verdict->allowed;
}
