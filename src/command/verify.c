/* verify.c — compares a source with its target again, at any time. */
#include "verify/verify.h"

#include "command/commands.h"
#include "live/verify_live.h"
#include "migrate/references.h"
#include "migrate/run_choice.h"
#include "migrate/run_plan.h"
#include "migrate/run_settings.h"
#include "outgrow_config.h"
#include "page/report.h"
#include "page/result.h"
#include "repair/repair.h"
#include "report/many.h"
#include "report/report_parts.h"
#include "report/run_report.h"
#include "settings/plan_use.h"
#include "settings/target_choice.h"
#include "settings/verify_choice.h"
#include "sqlite/backup.h"

#include <unistd.h>

struct verification {
    struct settings settings; /* as given; those of the run where there is one */
    const struct output *output;
    struct arena *arena;
    char *source_path; /* real */
    struct source_state state;
    struct target_choice target;
    PGconn *conn;
    struct run run;
    bool has_run;
    bool live;                 /* both sides are written to meanwhile */
    const char *compared_path; /* the source, or the run's backup */
    struct survey survey;
    struct rate rate; /* --max-rate, over all streams */
    struct verdict verdict;
    json_t *warnings;
    json_t *repaired; /* NULL: not asked for */
};

static void
verification_close(struct verification *verification)
{
    survey_close(&verification->survey);
    target_connection_close(&verification->conn);
    json_close(&verification->warnings);
    json_close(&verification->repaired);
}
#define AUTO_VERIFICATION __attribute__((cleanup(verification_close))) struct verification

static bool
look_at_source(struct verification *verification, struct error *err)
{
    AUTO_SOURCE source = {0};
    const char *path = verification->settings.arguments[0];
    return source_open(&source, path, err) &&
           source_real(verification->arena, path, &verification->source_path, err) &&
           source_state_read(verification->source_path, &verification->state, err);
}

/* The run into --schema, else the latest one into any. */
static bool
find_run(struct verification *verification, struct error *err)
{
    PGconn *conn = verification->conn;
    struct arena *arena = verification->arena;
    const struct run_key key = {verification->source_path, verification->settings.schema};
    struct run *run = &verification->run;
    bool *found = &verification->has_run;
    return run_find(conn, &key, arena, run, found, err) &&
           (*found || journal_run_latest(conn, arena, key.source_path, run, found, err));
}

/* The lock keeps a migration from changing what is being compared. */
static bool
follow_run(struct verification *verification, struct error *err)
{
    PGconn *conn = verification->conn;
    bool exists = false;
    if (!journal_exists(conn, &exists, err)) {
        return false;
    }
    if (!exists) {
        return true;
    }
    if (!journal_ensure(conn, err) || !journal_lock(conn, err) ||
        !find_run(verification, err)) {
        return false;
    }
    if (!verification->has_run) {
        return true;
    }
    return run_plan_settle(verification->arena, &verification->run, &verification->settings,
                           err);
}

static bool
open_target(struct verification *verification, struct error *err)
{
    const struct settings *settings = &verification->settings;
    const char *argument = settings->argument_count > 1 ? settings->arguments[1] : NULL;
    if (!target_choose(argument, TARGET_IF_EXISTS, verification->output, verification->arena,
                       &verification->target, err)) {
        return false;
    }
    if (verification->target.absent) {
        error_set(err, ERROR_TARGET, "there is no private PostgreSQL yet to compare with");
        return error_hint(err, "outgrow migrate makes it; or name a TARGET");
    }
    return target_connect(verification->target.conninfo, &verification->conn, err) &&
           target_refuse_shared(verification->conn, verification->target.conninfo, err) &&
           follow_run(verification, err);
}

static bool
choose_what_to_compare(struct verification *verification, struct error *err)
{
    verification->compared_path = verification->source_path;
    if (verification->has_run && verification->settings.live &&
        !verification->settings.snapshot &&
        !verify_is_live(verification->conn, verification->arena, verification->source_path,
                        &verification->live, err)) {
        return false;
    }
    if (verification->live) { /* the plan is that of the initial copy */
        verification->compared_path = verification->run.snapshot_path;
        return true;
    }
    if (!verification->settings.snapshot) {
        if (verification->has_run &&
            !run_state_is(verification->run.source_state, &verification->state)) {
            report_warn(verification->warnings,
                        "the source has changed since the migration of %s; the file as it is "
                        "now was compared (--snapshot compares with the backup)",
                        verification->run.started_at);
        } else if (!verification->has_run) {
            report_warn(verification->warnings,
                        "the target knows no migration of %s: it was compared as the options "
                        "of this command say",
                        verification->source_path);
        }
        return true;
    }
    if (!verification->has_run) {
        error_set(err, ERROR_USAGE, "the target knows no migration of %s",
                  verification->source_path);
        return error_hint(err, "without --snapshot the file itself is compared");
    }
    verification->compared_path = verification->run.snapshot_path;
    if (access(verification->compared_path, R_OK) != 0) {
        error_set(err, ERROR_SYSTEM, "the backup %s", verification->compared_path);
        return error_hint(err, "without --snapshot the file itself is compared");
    }
    return true;
}

static bool
plan_again(struct verification *verification, struct error *err)
{
    const struct run_plan_request request = {
        .conn = verification->conn,
        .run_id = verification->run.id,
        .path = verification->compared_path,
        .settings = &verification->settings,
        .output = verification->output,
    };
    return run_plan_again(&request, verification->arena, &verification->survey, err);
}

/* What is compared: the file, how it looked, and how it is read, so that what an interrupted
 * comparison has proven of another state does not count. */
static const char *
state_to_remember(struct verification *verification, struct error *err)
{
    struct source_state state;
    if (!source_state_read(verification->compared_path, &state, err)) {
        return NULL;
    }
    return arena_printf(verification->arena, "%s %s %s %s", OUTGROW_VERSION,
                        verification->compared_path,
                        run_settings_json(verification->arena, &verification->settings),
                        run_state_json(verification->arena, &state));
}

/* A repair goes by a run's own settings and set-aside rows. */
static bool
may_repair(const struct verification *verification, struct error *err)
{
    if (!verification->settings.repair || verification->has_run) {
        return true;
    }
    error_set(err, ERROR_USAGE, "the target knows no migration of %s that could be repaired",
              verification->source_path);
    return error_hint(err, "outgrow migrate moves it there");
}

/* A sample takes ranges of rowids that are keys on both sides. */
static void
name_compared_in_full(const struct verification *verification)
{
    enum { NAMES_SHOWN = 3 };
    AUTO_TEXT names = {0};
    size_t count = 0;
    const struct plan *plan = &verification->survey.plan;
    for (size_t i = 0; i < plan->table_count; i++) {
        const struct table_verdict *table = &verification->verdict.tables[i];
        if (table->done && !table->sampled && table->rows_source > 0 && count++ < NAMES_SHOWN) {
            text_printf(&names, "%s%s", names.length == 0 ? "" : ", ", plan->tables[i].name);
        }
    }
    if (count > 0) {
        note(verification->output,
             "compared in full, as a sample needs a key of whole numbers: %s%s",
             text_string(&names), count > NAMES_SHOWN ? ", ..." : "");
    }
}

static bool
compare(struct verification *verification, struct error *err)
{
    const struct settings *settings = &verification->settings;
    struct arena *arena = verification->arena;
    struct verify_job job = {
        .source_path = verification->compared_path,
        .conninfo = verification->target.conninfo,
        .control = verification->conn,
        .run_id = verification->run.id,
        .catalog = &verification->survey.catalog,
        .plan = &verification->survey.plan,
        .bad_text = verification->settings.bad_text,
        .workers = settings_workers(&verification->settings),
        .progress = verification->output->progress,
        .rate = &verification->rate,
        .source_state = state_to_remember(verification, err),
        .restart = settings->restart,
    };
    if (job.source_state == NULL || !may_repair(verification, err) ||
        !verify_choose_tables(arena, job.plan, settings->tables, &job.chosen, err) ||
        !verify_choose_sample(settings->sample, &job.sample, err) ||
        !settings_rate(settings, &verification->rate, err)) {
        return false;
    }
    if (verification->live) {
        const struct verify_live_request live = {.output = verification->output,
                                                 .source_path = verification->source_path,
                                                 .job = job,
                                                 .repair = settings->repair,
                                                 .warnings = verification->warnings};
        return verify_live(&live, arena, &verification->verdict, &verification->repaired, err);
    }
    if (!verify_tables(&job, arena, &verification->verdict, err)) {
        return false;
    }
    if (job.sample > 0) {
        name_compared_in_full(verification);
    }
    const struct repair_request repair = {.job = &job,
                                          .survey = &verification->survey,
                                          .arena = arena,
                                          .warnings = verification->warnings};
    return !settings->repair ||
           repair_target(&repair, &verification->verdict, &verification->repaired, err);
}

static bool
build_report(struct verification *verification, json_t **report, struct error *err)
{
    struct report_facts facts = {
        .survey = &verification->survey,
        .source_path = verification->live ? verification->source_path
                                          : verification->compared_path,
        .source_bytes = verification->state.size_bytes,
        .snapshot_path = verification->run.snapshot_path,
        .run_id = verification->run.id,
        .target = target_describe(verification->arena, verification->conn),
        .psql_command = target_psql_command(verification->arena, &verification->target,
                                            verification->conn),
        .verdict = &verification->verdict,
        .warnings = verification->warnings,
        .repaired = verification->repaired,
    };
    return run_report_build(verification->conn, &facts, report, err);
}

/* What all sources of one command share. */
struct verifying {
    const struct settings *settings;
    const struct output *output;
    const struct sources *sources;
};

/* Foreign keys from one source to another belong to none of the two. */
static bool
check_references(void *context, json_t *report, struct error *err)
{
    const struct verifying *verifying = context;
    const struct settings *settings = verifying->settings;
    AUTO_ARENA arena = {0};
    AUTO_CONNECTION *conn = NULL;
    struct target_choice target = {0};
    if (settings->plan_file == NULL) {
        return true;
    }
    if (!target_choose(verifying->sources->target, TARGET_NEEDED, verifying->output, &arena,
                       &target, err) ||
        !target_connect(target.conninfo, &conn, err)) {
        return false;
    }
    const struct references_job job = {
        .conn = conn,
        .file = settings->plan_file,
        .sources = verifying->sources,
        .into_existing = settings->into_existing,
    };
    return references_check(&job, report, err);
}

static bool
verify_one(void *context, const struct settings *settings, json_t **report, struct error *err)
{
    const struct verifying *verifying = context;
    AUTO_ARENA arena = {0};
    AUTO_VERIFICATION verification = {
        .settings = *settings,
        .output = verifying->output,
        .arena = &arena,
        .warnings = json_array(),
    };
    return look_at_source(&verification, err) && open_target(&verification, err) &&
           choose_what_to_compare(&verification, err) && plan_again(&verification, err) &&
           compare(&verification, err) && build_report(&verification, report, err);
}

static void
print_report(const struct settings *settings, const json_t *report, const struct output *output)
{
    (void)settings;
    report_print_comparison(report, output);
}

bool
command_verify(const struct settings *given, const struct output *output, enum exit_code *code,
               struct error *err)
{
    AUTO_ARENA arena = {0};
    struct settings settings = *given;
    struct sources sources;
    struct verifying verifying = {&settings, output, &sources};
    const struct many_job job = {.settings = &settings,
                                 .output = output,
                                 .sources = &sources,
                                 .run = verify_one,
                                 .context = &verifying,
                                 .print = print_report,
                                 .brief = true,
                                 .after = check_references};
    return plan_use_file(&arena, &settings, err) &&
           sources_find(&arena, &settings, true, &sources, err) && many_run(&job, code, err);
}
