/* live_source.c — see live_source.h. */
#include "migrate/live_source.h"

#include "migrate/run_inspect.h"
#include "migrate/run_settings.h"
#include "planner/plan_build.h"
#include "settings/plan_use.h"
#include "survey/existing_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

static bool
find_run(struct live_source *source, PGconn *conn, int64_t run_id, struct error *err)
{
    bool found = false;
    if (!journal_run_load(conn, &source->arena, run_id, &source->run, &found, err)) {
        return false;
    }
    return found ||
           error_set(err, ERROR_TARGET,
                     "run %" PRId64 ", the initial copy, is no longer in the target's journal",
                     run_id);
}

static bool
take_settings(struct live_source *source, struct error *err)
{
    const struct run *run = &source->run;
    if (access(run->snapshot_path, R_OK) != 0) {
        error_set(err, ERROR_SYSTEM, "the copy that the plan was made of cannot be read: %s",
                  run->snapshot_path);
        return err->os_errno == EACCES
                   ? error_hint(err, "do this as the user who began the move with outgrow sync")
                   : error_hint(err,
                                "put it back to go on; outgrow sync --replace copies anew");
    }
    /* Once to know which source of the plan file it is, and once because the file's own settings
     * do not go before those of the run. */
    struct settings *settings = &source->settings;
    return run_settings_apply(&source->arena, run->settings, settings, err) &&
           (run->plan == NULL ||
            (plan_use_kept(&source->arena, run->plan, settings, err) &&
             run_settings_apply(&source->arena, run->settings, settings, err)));
}

/* Tables for which capture could make no triggers. */
static void
refuse_unnoted(struct survey *survey)
{
    for (size_t i = 0; i < survey->catalog.table_count; i++) {
        struct capture_table *captured = &survey->captured[i];
        if (captured->id == 0 && captured->refusal == NULL) {
            captured->refusal = "its changes could not be noted";
        }
    }
}

/* Tables that are somebody else's may have changed since. While PostgreSQL is primary, a column
 * that has gone is a matter of the way back, which knows what there was. */
static bool
fit_to_target(struct live_source *source, PGconn *conn, enum live_state state, bool live,
              struct error *err)
{
    struct existing_plan existing;
    struct settings settings = source->settings;
    settings.live = live;
    const struct existing_request request = {
        .conn = conn,
        .settings = &settings,
        .may_hold_rows = true,
        .lenient = state == LIVE_SWITCHED || state == LIVE_RETURNING || state == LIVE_FINISHED,
    };
    return existing_plan_fit(&request, &source->survey, &source->arena, &existing, err);
}

/* What the plan is once the source is live no more: of existing tables, what becomes of orphans. */
static bool
build_final(struct live_source *source, PGconn *conn, enum live_state state, struct error *err)
{
    struct survey *survey = &source->survey;
    struct plan_options options = survey_plan_options(survey, &source->settings);
    options.live = false;
    plan_build(&source->arena, &survey->catalog, &survey->inspection, &options, &source->final);
    if (!source->settings.into_existing) {
        return true;
    }
    struct plan plan = survey->plan;
    survey->plan = source->final;
    bool fits = fit_to_target(source, conn, state, false, err);
    source->final = survey->plan;
    survey->plan = plan;
    return fits;
}

/* Every value was looked at before; the same input gives the same plan. */
static bool
rebuild_plan(struct live_source *source, PGconn *conn, enum live_state state, struct error *err)
{
    struct survey *survey = &source->survey;
    if (!survey_open(survey, source->run.snapshot_path, &source->settings, &source->arena,
                     err)) {
        return false;
    }
    refuse_unnoted(survey);
    survey_prepare_inspection(survey, &source->arena);
    if (!run_inspection_load(conn, source->run.id, survey, &source->arena, err) ||
        !survey_plan(survey, &source->settings, &source->arena, err)) {
        return false;
    }
    if (source->settings.into_existing && !fit_to_target(source, conn, state, true, err)) {
        return false;
    }
    return build_final(source, conn, state, err);
}

bool
live_source_open(struct live_source *source, const char *conninfo, const char *path,
                 int busy_ms, struct error *err)
{
    AUTO_CONNECTION *conn = NULL;
    struct live live;
    bool found = false;
    char *real = NULL;
    if (!source_real(&source->arena, path, &real, err) ||
        !target_connect(conninfo, &conn, err) || !journal_ensure(conn, err) ||
        !live_load(conn, &source->arena, real, &live, &found, err)) {
        return false;
    }
    if (!found) {
        return sync_link_unknown(path, err);
    }
    if (!find_run(source, conn, live.run_id, err) || !take_settings(source, err) ||
        !rebuild_plan(source, conn, live.state, err)) {
        return false;
    }
    const struct link_settings settings = {
        .source_path = real,
        .snapshot_path = source->run.snapshot_path,
        .conninfo = conninfo,
        .bad_text = source->settings.bad_text,
        .busy_ms = busy_ms,
    };
    const struct link_plan plan = {
        .plan = &source->survey.plan,
        .catalog = &source->survey.catalog,
        .captured = source->survey.captured,
    };
    return sync_link_open(&source->link, &settings, &plan, &source->arena, err);
}

void
live_source_close(struct live_source *source)
{
    sync_link_close(&source->link);
    survey_close(&source->survey);
    arena_free(&source->arena);
}
