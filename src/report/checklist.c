/* checklist.c — the items and their checks, as a table; see checklist.h. */
#include "report/checklist.h"

#include "base/stop.h"
#include "page/report.h"
#include "page/report_lists.h"
#include "report/checklist_internal.h"
#include "report/report_parts.h"

#include <stdlib.h>
#include <string.h>

/* In the order of the page. */
static const struct {
    const char *item; /* NULL: the one before goes on */
    const char *name;
    check_function *run;
} checks[] = {
    {"All services start", "applications connected", check_applications},
    {NULL, "start of each service", check_application_start},
    {"Health checks pass", "the database answers", check_answer},
    {NULL, "health checks of the services", check_health_points},
    {"Audit chain intact", "hash chains", check_chains},
    {"Performance is watched", "statistics of statements", check_statement_statistics},
    {NULL, "slow statements are logged", check_slow_log},
    {NULL, "statistics for the planner", check_table_statistics},
    {NULL, "autovacuum", check_autovacuum},
    {"Backups are in place", "backup of the source", check_source_backup},
    {NULL, "archive of the source", check_archive},
    {NULL, "backup of PostgreSQL", check_target_backup},
    {"Connections cannot be read on the way (TLS)", "encryption", check_encryption_offered},
    {NULL, "unencrypted connections refused", check_encryption_required},
    {"Access is limited", "owner of the tables", check_owner},
    {NULL, "a role for the application", check_application_role},
    {NULL, "rights of everybody (PUBLIC)", check_public_rights},
    {NULL, "row-level security", check_row_security},
    {NULL, "how passwords are kept", check_password_form},
    {"Documentation is up to date", "your documents", check_documents},
};
enum { CHECK_COUNT = sizeof checks / sizeof checks[0] };

static void set_found(struct checking *checking, struct check_outcome *outcome,
                      const char *state, const char *format, va_list arguments)
    PRINTF_LIKE(4, 0);

static void
set_found(struct checking *checking, struct check_outcome *outcome, const char *state,
          const char *format, va_list arguments)
{
    AUTO_TEXT words = {0};
    text_vprintf(&words, format, arguments);
    outcome->state = state;
    outcome->found = arena_strdup(checking->arena, text_string(&words));
}

void
set_passed(struct checking *checking, struct check_outcome *outcome, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_found(checking, outcome, CHECK_PASSED_WORD, format, arguments);
    va_end(arguments);
}

void
set_open(struct checking *checking, struct check_outcome *outcome, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_found(checking, outcome, CHECK_OPEN_WORD, format, arguments);
    va_end(arguments);
}

void
set_yours(struct checking *checking, struct check_outcome *outcome, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_found(checking, outcome, CHECK_YOURS_WORD, format, arguments);
    va_end(arguments);
}

PGresult *
checklist_ask(struct checking *checking, struct check_outcome *outcome, const char *sql,
              const char *first)
{
    struct error err;
    PGresult *result = NULL;
    const char *const parameters[] = {first};
    if (target_query(checking->job->conn, sql, parameters, first == NULL ? 0 : 1, &result,
                     &err)) {
        return result;
    }
    if (err.kind == ERROR_STOPPED) {
        *checking->err = err;
    }
    set_open(checking, outcome, "could not be looked at: %s", err.message);
    return NULL;
}

const char *
checklist_setting(struct checking *checking, struct check_outcome *outcome, const char *name)
{
    AUTO_RESULT *answer = checklist_ask(checking, outcome,
                                        "SELECT pg_catalog.current_setting($1)", name);
    return answer == NULL ? NULL : arena_strdup(checking->arena, PQgetvalue(answer, 0, 0));
}

static json_t *
outcome_json(const char *name, const struct check_outcome *outcome)
{
    json_t *object = json_object();
    json_object_set_new(object, "name", json_string(name));
    json_object_set_new(object, "state", json_string(outcome->state));
    json_object_set_new(object, "found", report_words(outcome->found));
    json_object_set_new(object, "advice", report_words(outcome->advice));
    json_object_set_new(object, "statement", report_words(outcome->statement));
    return object;
}

/* One check that is open makes the item open; else one that is the reader's, the reader's. */
static const char *
worse_state(const char *state, const char *other)
{
    bool open = strcmp(state, CHECK_OPEN_WORD) == 0 || strcmp(other, CHECK_OPEN_WORD) == 0;
    bool yours = strcmp(state, CHECK_YOURS_WORD) == 0 || strcmp(other, CHECK_YOURS_WORD) == 0;
    return open ? CHECK_OPEN_WORD : yours ? CHECK_YOURS_WORD : CHECK_PASSED_WORD;
}

static json_t *
new_item(const char *name)
{
    json_t *item = json_object();
    json_object_set_new(item, "item", json_string(name));
    json_object_set_new(item, "state", json_string(CHECK_PASSED_WORD));
    json_object_set_new(item, "checks", json_array());
    return item;
}

static void
add_check(json_t *item, json_t *check)
{
    const char *state = worse_state(json_words(item, "state"), json_words(check, "state"));
    json_object_set_new(item, "state", json_string(state));
    json_array_append_new(json_object_get(item, "checks"), check);
}

static const char *
table_names(struct arena *arena, const json_t *report)
{
    json_t *names = json_array();
    size_t i;
    json_t *table;
    json_array_foreach(json_object_get(report, "tables"), i, table)
    {
        if (!json_is_string(json_object_get(table, "problem"))) {
            json_array_append(names, json_object_get(table, "target"));
        }
    }
    char *text = json_dumps(names, JSON_COMPACT);
    const char *kept = arena_strdup(arena, text);
    free(text);
    json_decref(names);
    return kept;
}

bool
checklist_build(struct checklist_job *job, json_t **checklist, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct error stopped = {0};
    struct checking checking = {
        .job = job,
        .arena = &arena,
        .tables = table_names(&arena, job->report),
        .err = &stopped,
    };
    json_t *list = json_array();
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        struct check_outcome outcome = {.state = CHECK_OPEN_WORD, .found = ""};
        if (checks[i].item != NULL) {
            json_array_append_new(list, new_item(checks[i].item));
        }
        if (stop_check(&stopped)) {
            checks[i].run(&checking, &outcome);
        }
        add_check(json_array_get(list, json_array_size(list) - 1),
                  outcome_json(checks[i].name, &outcome));
        if (stopped.kind != ERROR_NONE) {
            json_decref(list);
            *err = stopped;
            return false;
        }
    }
    *checklist = list;
    return true;
}
