/* survey.c — see survey.h. */
#include "survey/survey.h"

#include "base/clock.h"
#include "base/workers.h"
#include "page/printable.h"
#include "plan/null_value.h"
#include "planner/plan_build.h"
#include "sync/link.h"

size_t
settings_workers(const struct settings *settings)
{
    if (settings->jobs > 0) {
        return (size_t)settings->jobs;
    }
    size_t processors = workers_processors();
    return processors < 4 ? processors : 4;
}

bool
settings_rate(const struct settings *settings, struct rate *rate, struct error *err)
{
    struct rate_limit limit = {0};
    if (settings->max_rate != NULL &&
        !rate_parse("--max-rate", settings->max_rate, &limit, err)) {
        return false;
    }
    rate_start(rate, limit, NULL);
    return true;
}

/* Keys of which a column is left out cannot tell rows of the target apart. */
static bool *
keys_not_carried(const struct survey *survey, const struct settings *settings,
                 struct arena *arena)
{
    const struct catalog *catalog = &survey->catalog;
    bool *result = arena_alloc(arena, (catalog->table_count + 1) * sizeof *result);
    for (size_t t = 0; settings->plan_file != NULL && t < catalog->table_count; t++) {
        const struct source_table *table = &catalog->tables[t];
        for (size_t k = 0; k < table->primary_key_count; k++) {
            result[t] |= rules_leave_out(&survey->rules, t, (size_t)table->primary_key[k]);
        }
    }
    return result;
}

/* Tables whose rowid is in no column of the target. */
static bool *
need_rowid(const struct survey *survey, const struct settings *settings, struct arena *arena)
{
    const struct catalog *catalog = &survey->catalog;
    bool *result = arena_alloc(arena, (catalog->table_count + 1) * sizeof *result);
    for (size_t t = 0; t < catalog->table_count; t++) {
        const struct source_table *table = &catalog->tables[t];
        bool *left_out = arena_alloc(arena, table->column_count + 1);
        for (size_t c = 0; settings->plan_file != NULL && c < table->column_count; c++) {
            left_out[c] = rules_leave_out(&survey->rules, t, c);
        }
        result[t] = sync_needs_rowid(table, &survey->captured[t], left_out);
    }
    return result;
}

static bool
choose_live_keys(struct survey *survey, const struct settings *settings, struct arena *arena,
                 struct error *err)
{
    if (!settings->live) {
        return true;
    }
    if (!capture_choose_keys(&survey->source, arena, &survey->catalog,
                             keys_not_carried(survey, settings, arena), &survey->captured,
                             err)) {
        return false;
    }
    survey->by_rowid = need_rowid(survey, settings, arena);
    return true;
}

static bool
fit_rules(struct survey *survey, const struct settings *settings, struct arena *arena,
          struct error *err)
{
    survey->rules = (struct plan_rules){.file = settings->plan_file,
                                        .source = settings->plan_source};
    return plan_rules_fit(&survey->rules, &survey->source, &survey->catalog, arena, err);
}

bool
survey_open(struct survey *survey, const char *path, const struct settings *settings,
            struct arena *arena, struct error *err)
{
    if (!source_open(&survey->source, path, err)) {
        return false;
    }
    survey->source.shown = survey->shown;
    return catalog_read(&survey->source, arena, &survey->catalog, err) &&
           (settings->plan_file == NULL || fit_rules(survey, settings, arena, err)) &&
           choose_live_keys(survey, settings, arena, err);
}

void
survey_close(struct survey *survey)
{
    source_close(&survey->source);
    arena_free(&survey->check_memory);
}

bool
survey_refuse_damage(const struct survey *survey, const char *shown_path, struct error *err)
{
    AUTO_TEXT tables = {0};
    const char *first = NULL;
    for (size_t i = 0; i < survey->check.finding_count; i++) {
        const struct check_finding *finding = &survey->check.findings[i];
        if (!finding->damage) {
            continue;
        }
        first = first == NULL ? finding->message : first;
        if (tables.length < 200) {
            text_add(&tables, tables.length == 0 ? "" : ", ");
            printable_add_cut(&tables, finding->table == NULL ? "(file)" : finding->table, 60);
        }
    }
    if (first == NULL) {
        return true;
    }
    AUTO_TEXT words = {0};
    printable_add_cut(&words, first, 120);
    error_set(err, ERROR_SOURCE, "%s is damaged in: %s; SQLite says: %s", shown_path,
              text_string(&tables), text_string(&words));
    return error_hint(err, "--damaged-ok brings over what can still be read");
}

void
survey_prepare_inspection(struct survey *survey, struct arena *arena)
{
    size_t count = survey->catalog.table_count;
    survey->inspection.table_count = count;
    survey->inspection.tables = arena_alloc(arena, count * sizeof *survey->inspection.tables);
}

static struct inspect_job
inspection_job(const struct survey *survey, const struct settings *settings,
               const struct output *output, struct survey_saving saving)
{
    return (struct inspect_job){
        .path = survey->source.path,
        .catalog = &survey->catalog,
        .workers = settings_workers(settings),
        .progress = output->progress,
        .save = saving.save,
        .save_context = saving.context,
        .wait_us = saving.wait_us,
    };
}

bool
survey_inspect(struct survey *survey, const struct settings *settings,
               const struct output *output, struct survey_saving saving, struct arena *arena,
               struct error *err)
{
    struct inspect_job job = inspection_job(survey, settings, output, saving);
    return inspect_tables(&job, arena, &survey->inspection, err);
}

/* What checking a file needs; nothing of it is used by anybody else meanwhile. */
struct checking {
    struct survey *survey;
    enum check_depth depth;
    const char *refuse_as;
    struct progress *progress;
};

static bool
check_file(void *context, struct error *err)
{
    const struct checking *checking = context;
    struct survey *survey = checking->survey;
    int64_t started_ms = clock_monotonic_ms();
    const struct check_request request = {&survey->source, &survey->catalog, checking->depth,
                                          checking->progress};
    bool checked = source_check(&request, &survey->check_memory, &survey->check, err);
    survey->check_seconds = (double)(clock_monotonic_ms() - started_ms) / 1000;
    survey->refused = checked && checking->refuse_as != NULL &&
                      !survey_refuse_damage(survey, checking->refuse_as, err);
    return checked && !survey->refused;
}

static bool
any_left(const struct survey *survey)
{
    bool left = false;
    for (size_t i = 0; i < survey->inspection.table_count; i++) {
        left |= !survey->inspection.tables[i].done;
    }
    return left;
}

bool
survey_examine(struct survey *survey, const struct settings *settings,
               const struct output *output, const struct survey_examination *examination,
               struct arena *arena, struct error *err)
{
    struct inspect_job job = inspection_job(survey, settings, output, examination->saving);
    struct checking checking = {
        .survey = survey,
        .depth = settings->full_check ? CHECK_FULL : CHECK_QUICK,
        .refuse_as = examination->refuse_as,
    };
    const struct inspect_errand errand = {
        settings->full_check ? "integrity_check" : "quick_check", check_file, &checking};
    survey->check_beside = !examination->checked && job.workers > 1 && any_left(survey);
    if (survey->check_beside) {
        job.errand = &errand;
    } else if (!examination->checked) {
        checking.progress = output->progress;
        if (!check_file(&checking, err)) {
            return false;
        }
    }
    return inspect_tables(&job, arena, &survey->inspection, err);
}

struct plan_options
survey_plan_options(const struct survey *survey, const struct settings *settings)
{
    return (struct plan_options){
        .types = settings->types,
        .names = settings->names,
        .bad_text = settings->bad_text,
        .schema = settings->schema,
        .rules = settings->plan_file == NULL ? NULL : &survey->rules,
        .live = settings->live,
        .by_rowid = survey->by_rowid,
    };
}

/* PostgreSQL would cut a longer name off, and people drop the schema of the journal one day. */
static bool
check_schema(const char *name, struct error *err)
{
    bool ours = strcmp(name, "outgrow") == 0;
    bool servers = strncmp(name, "pg_", 3) == 0 || strcmp(name, "information_schema") == 0;
    if (!ours && !servers && strlen(name) <= NAME_BYTES_MAX) {
        return true;
    }
    error_set(err, ERROR_USAGE, "no tables can go into the schema \"%s\": %s", name,
              ours      ? "it is that of the journal"
              : servers ? "it is PostgreSQL's own"
                        : "a name has at most 63 bytes");
    return error_hint(err, "name another: --schema NAME, or `schema` in the plan file");
}

static bool
check_schemas(const struct plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->schema_count && !plan->existing; i++) {
        if (!check_schema(plan->schemas[i], err)) {
            return false;
        }
    }
    return true;
}

bool
survey_plan(struct survey *survey, const struct settings *settings, struct arena *arena,
            struct error *err)
{
    struct plan_options options = survey_plan_options(survey, settings);
    plan_build(arena, &survey->catalog, &survey->inspection, &options, &survey->plan);
    return check_schemas(&survey->plan, err) &&
           (settings->plan_file == NULL ||
            null_values_check(&survey->source, &survey->plan, settings->plan_file,
                              settings->bad_text, err));
}

bool
survey_look(struct survey *survey, const char *path, const struct settings *settings,
            const struct output *output, struct arena *arena, struct error *err)
{
    const struct survey_examination examination = {0};
    if (!survey_open(survey, path, settings, arena, err)) {
        return false;
    }
    survey_prepare_inspection(survey, arena);
    return survey_examine(survey, settings, output, &examination, arena, err) &&
           survey_plan(survey, settings, arena, err);
}
