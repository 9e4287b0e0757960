/* run_choice.c — see run_choice.h. */
#include "migrate/run_choice.h"

#include "capture/row_copy.h"
#include "migrate/run_settings.h"
#include "page/result.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static bool
is_into_schema(const struct run *run, const char *schema)
{
    AUTO_JSON *settings = json_loads(run->settings, 0, NULL);
    const char *runs_schema = json_string_value(json_object_get(settings, "schema"));
    return runs_schema != NULL && strcmp(runs_schema, schema) == 0;
}

static struct run
run_copy(struct arena *arena, const struct run *run)
{
    struct run copy = *run;
    copy.source_path = arena_strdup(arena, run->source_path);
    copy.snapshot_path = arena_strdup(arena, run->snapshot_path);
    copy.source_state = arena_strdup(arena, run->source_state);
    copy.settings = arena_strdup(arena, run->settings);
    copy.report = arena_strdup(arena, run->report);
    copy.plan = arena_strdup(arena, run->plan);
    copy.started_at = arena_strdup(arena, run->started_at);
    copy.finished_at = arena_strdup(arena, run->finished_at);
    return copy;
}

bool
run_find(PGconn *conn, const struct run_key *key, struct arena *arena, struct run *run,
         bool *found, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run *runs = NULL;
    size_t count = 0;
    *found = false;
    if (!journal_runs(conn, &memory, &runs, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count && !*found; i++) { /* newest first */
        if (strcmp(runs[i].source_path, key->source_path) == 0 &&
            is_into_schema(&runs[i], key->schema)) {
            *run = run_copy(arena, &runs[i]);
            *found = true;
        }
    }
    return true;
}

/* A run that has not made a table yet has changed nothing: its backup goes too. */
static bool
forget(PGconn *conn, const struct run *run, const struct output *output, struct error *err)
{
    if (!journal_run_forget(conn, run->id, err)) {
        return false;
    }
    if (run->state < RUN_CREATED) {
        AUTO_ARENA memory = {0};
        unlink(run->snapshot_path);
        unlink(
            arena_printf(&memory, "%s.partial", run->snapshot_path)); /* killed in backup.c */
        source_row_copy_discard(run->snapshot_path);
    } else {
        note(output, "the unfinished run %" PRId64 " is given up; its backup stays: %s",
             run->id, run->snapshot_path);
    }
    return true;
}

bool
run_give_up(PGconn *conn, const struct run_key *key, const struct output *output,
            struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run run;
    bool found = false;
    return run_find(conn, key, &memory, &run, &found, err) &&
           (!found || run.state >= RUN_CREATED || forget(conn, &run, output, err));
}

static bool
refuse_other_settings(const struct run *run, const char *differences, struct error *err)
{
    error_set(err, ERROR_USAGE,
              "an unfinished migration of this file (run %" PRId64
              ", %s) had other settings: %s",
              run->id, run_state_name(run->state), differences);
    return error_hint(err,
                      "repeat the command with the same options to go on, or use --replace "
                      "to start anew");
}

static bool
choose_unfinished(PGconn *conn, const struct run_request *request, const struct output *output,
                  struct run_choice *choice, struct error *err)
{
    AUTO_TEXT differences = {0};
    bool snapshot_exists = access(choice->run.snapshot_path, R_OK) == 0;
    run_settings_compare(&differences, choice->run.settings, request->settings_json, true);
    if (differences.length == 0 && snapshot_exists) {
        choice->kind = RUN_RESUME;
        return true;
    }
    bool nothing_done = choice->run.state == RUN_STARTED && !snapshot_exists;
    if (nothing_done && differences.length == 0 && !request->replace &&
        source_row_copy_is_begun(choice->run.snapshot_path)) {
        choice->kind = RUN_COPY;
        return true;
    }
    if (request->replace || nothing_done) {
        choice->kind = RUN_BEGIN;
        return forget(conn, &choice->run, output, err);
    }
    if (differences.length > 0) {
        return refuse_other_settings(&choice->run, text_string(&differences), err);
    }
    error_set(err, ERROR_TARGET, "the backup of the unfinished run %" PRId64 " is gone: %s",
              choice->run.id, choice->run.snapshot_path);
    return error_hint(err, "put it back to go on, or use --replace to start anew");
}

bool
run_choose(PGconn *conn, const struct run_request *request, const struct output *output,
           struct arena *arena, struct run_choice *choice, struct error *err)
{
    bool found = false;
    *choice = (struct run_choice){.kind = RUN_BEGIN};
    if (!run_find(conn, &request->key, arena, &choice->run, &found, err)) {
        return false;
    }
    if (!found) {
        return true;
    }
    if (choice->run.state != RUN_VERIFIED) {
        return choose_unfinished(conn, request, output, choice, err);
    }
    AUTO_TEXT differences = {0};
    run_settings_compare(&differences, choice->run.settings, request->settings_json, false);
    if (!request->replace && differences.length == 0 &&
        run_state_is(choice->run.source_state, &request->state)) {
        choice->kind = RUN_REPEAT;
    }
    return true;
}
