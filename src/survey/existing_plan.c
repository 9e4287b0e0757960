/* existing_plan.c — see existing_plan.h. */
#include "survey/existing_plan.h"

#include "page/result.h"

#include <string.h>

static bool
is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
read_catalog(PGconn *conn, const struct plan *plan, struct arena *arena,
             struct target_catalog *catalog, struct error *err)
{
    const char **schemas = NULL;
    size_t count = 0;
    *ARENA_APPEND(arena, schemas, count) = plan->schema;
    for (size_t i = 0; i < plan->table_count; i++) {
        if (!is_among(schemas, count, plan->tables[i].schema)) {
            *ARENA_APPEND(arena, schemas, count) = plan->tables[i].schema;
        }
    }
    return target_catalog_read(conn, arena, schemas, count, catalog, err);
}

static void
list_tables(struct arena *arena, struct existing_plan *existing, const struct plan *plan,
            bool live)
{
    uint32_t *oids = arena_alloc(arena, (plan->table_count + 1) * sizeof *oids);
    size_t count = 0;
    for (size_t i = 0; i < plan->table_count; i++) {
        if (existing->fit.tables[i] != NULL) {
            oids[count++] = existing->fit.tables[i]->oid;
        }
    }
    existing->tables = (struct existing_tables){
        .oids = oids,
        .count = count,
        .may_be_replica = existing->catalog.can_replicate_role,
        .live = live,
    };
}

static bool
refuse(const struct existing_request *request, const struct existing_fit *fit,
       struct error *err)
{
    if (fit->problem_count == 1 || request->output == NULL) {
        error_set(err, ERROR_TARGET, "%s", fit->problems[0]);
    } else {
        for (size_t i = 0; i < fit->problem_count; i++) {
            note(request->output, "%s", fit->problems[i]);
        }
        error_set(
            err, ERROR_TARGET,
            "%zu things keep the rows from going into the existing tables, all named above",
            fit->problem_count);
    }
    return error_hint(err, "nothing was written; mend the target, or say it in the plan");
}

bool
existing_plan_fit(const struct existing_request *request, struct survey *survey,
                  struct arena *arena, struct existing_plan *existing, struct error *err)
{
    const struct settings *settings = request->settings;
    const struct existing_rules rules = {
        .with_bookkeeping = settings->with_bookkeeping,
        .skip_missing_tables = settings->skip_missing_tables || request->lenient,
        .skip_missing_columns = settings->skip_missing_columns || request->lenient,
        .may_hold_rows = request->may_hold_rows,
        .on_conflict = settings->on_conflict,
    };
    if (!read_catalog(request->conn, &survey->plan, arena, &existing->catalog, err)) {
        return error_wrap(err, "read what is in the target");
    }
    const struct existing_job job = {
        .arena = arena,
        .catalog = &survey->catalog,
        .inspection = &survey->inspection,
        .target = &existing->catalog,
        .rules = &rules,
        .captured = settings->live ? survey->captured : NULL,
        .plan = &survey->plan,
        .fit = &existing->fit,
    };
    plan_fit_existing(&job);
    list_tables(arena, existing, &survey->plan, settings->live);
    return existing->fit.problem_count == 0 || refuse(request, &existing->fit, err);
}

bool
existing_plan_load_rows(PGconn *conn, int64_t run_id, struct plan *plan, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run_table *entries = NULL;
    size_t count = 0;
    if (!journal_tables_load(conn, &memory, run_id, &entries, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < plan->table_count; i++) {
        struct plan_table *table = &plan->tables[i];
        for (size_t e = 0; e < count; e++) {
            if (strcmp(entries[e].source_table, table->source->name.text) == 0) {
                table->rows_before = entries[e].rows_before > 0 ? entries[e].rows_before : 0;
            }
        }
    }
    return true;
}
