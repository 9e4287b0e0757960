/* run_plan.c — see run_plan.h. */
#include "migrate/run_plan.h"

#include "migrate/run_inspect.h"
#include "migrate/run_settings.h"
#include "planner/plan_build.h"
#include "settings/plan_use.h"
#include "survey/existing_plan.h"

#include <inttypes.h>

bool
run_plan_settle(struct arena *arena, const struct run *run, struct settings *settings,
                struct error *err)
{
    if (run->state < RUN_FINISHED) {
        error_set(err, ERROR_NOT_NOW, "the migration of %s is not over (run %" PRId64 ", %s)",
                  run->source_path, run->id, run_state_name(run->state));
        return error_hint(err, "repeat the migrate command to go on with it");
    }
    return run_settings_apply(arena, run->settings, settings, err) &&
           (run->plan == NULL || plan_use_kept(arena, run->plan, settings, err));
}

/* The tables hold rows by now. */
static bool
fit_to_target(const struct run_plan_request *request, struct arena *arena,
              struct survey *survey, struct error *err)
{
    const struct existing_request fitting = {
        .conn = request->conn,
        .settings = request->settings,
        .output = request->output,
        .may_hold_rows = true,
    };
    struct existing_plan existing;
    return !request->settings->into_existing ||
           (existing_plan_fit(&fitting, survey, arena, &existing, err) &&
            existing_plan_load_rows(request->conn, request->run_id, &survey->plan, err));
}

/* A live source's plan keeps orphans; but a switch may have taken references from them since. */
static void
take_references(struct survey *survey, const struct settings *settings, struct arena *arena)
{
    struct plan_options options = survey_plan_options(survey, settings);
    struct plan final;
    if (!settings->live) {
        return;
    }
    options.live = false;
    plan_build(arena, &survey->catalog, &survey->inspection, &options, &final);
    survey->plan.references = final.references;
    survey->plan.reference_count = final.reference_count;
}

bool
run_plan_again(const struct run_plan_request *request, struct arena *arena,
               struct survey *survey, struct error *err)
{
    if (!survey_open(survey, request->path, request->settings, arena, err)) {
        return false;
    }
    survey_prepare_inspection(survey, arena);
    if ((request->run_id != 0 &&
         !run_inspection_load(request->conn, request->run_id, survey, arena, err)) ||
        !survey_inspect(survey, request->settings, request->output, (struct survey_saving){0},
                        arena, err) ||
        !survey_plan(survey, request->settings, arena, err)) {
        return false;
    }
    take_references(survey, request->settings, arena);
    return fit_to_target(request, arena, survey, err);
}
