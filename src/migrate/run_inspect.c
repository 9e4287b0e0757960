/* run_inspect.c — see run_inspect.h. */
#include "migrate/run_inspect.h"

#include "base/clock.h"
#include "page/report_lists.h"
#include "page/result.h"
#include "postgres/round_trip.h"
#include "report/report_parts.h"

#include <string.h>

/* Saving a table costs a round trip and a commit, so small tables share one. */
enum { BATCH_TABLES = 100, BATCH_MS = 500 };

struct saver {
    PGconn *conn;
    int64_t run_id;
    const struct survey *survey;
    struct arena memory; /* of the pending entries */
    struct run_table *pending;
    size_t pending_count;
    int64_t saved_ms; /* when the last batch went */
};

static struct run_table
describe_table(struct arena *arena, const struct survey *survey, size_t index)
{
    const struct source_table *table = &survey->catalog.tables[index];
    const struct table_inspection *seen = &survey->inspection.tables[index];
    AUTO_JSON *json = table_inspection_to_json(seen, table->column_count);
    char *profile = json_dumps(json, JSON_COMPACT);
    struct run_table entry = {
        .source_table = table->name.text,
        .profile = arena_strdup(arena, profile),
        .problem = arena_strdup(arena, seen->problem),
        .rows_source = (int64_t)seen->rows,
    };
    free(profile);
    return entry;
}

static bool
flush(struct saver *saver, struct error *err)
{
    if (saver->pending_count > 0 &&
        !journal_tables_save(saver->conn, saver->run_id, saver->pending, saver->pending_count,
                             err)) {
        return false;
    }
    arena_free(&saver->memory);
    saver->pending = NULL;
    saver->pending_count = 0;
    saver->saved_ms = clock_monotonic_ms();
    return true;
}

static bool
save_table(void *context, size_t table, struct error *err)
{
    struct saver *saver = context;
    *ARENA_APPEND(&saver->memory, saver->pending,
                  saver->pending_count) = describe_table(&saver->memory, saver->survey, table);
    bool due = saver->pending_count >= BATCH_TABLES ||
               clock_monotonic_ms() - saver->saved_ms >= BATCH_MS;
    return !due || flush(saver, err);
}

bool
run_inspection_finish(const struct run_inspecting *work, struct survey *survey,
                      struct arena *arena, struct error *err)
{
    struct saver saver = {.conn = work->conn,
                          .run_id = work->run_id,
                          .survey = survey,
                          .saved_ms = clock_monotonic_ms()};
    struct survey_examination examination = {
        .checked = work->checked,
        .refuse_as = work->refuse_as,
        .saving = {.save = save_table, .context = &saver},
    };
    if (!target_round_trip(work->conn, &examination.saving.wait_us, err)) {
        return false;
    }
    bool ok = survey_examine(survey, work->settings, work->output, &examination, arena, err);
    /* What was seen before a stop or a failure need not be seen again. */
    struct error flush_err;
    bool flushed = flush(&saver, ok ? err : &flush_err);
    arena_free(&saver.memory);
    return ok && flushed;
}

bool
run_inspection_load(PGconn *conn, int64_t run_id, struct survey *survey, struct arena *arena,
                    struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run_table *entries = NULL;
    size_t count = 0;
    if (!journal_tables_load(conn, &memory, run_id, &entries, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        int table = catalog_find_table(&survey->catalog, entries[i].source_table);
        if (table < 0 || entries[i].profile == NULL) {
            continue;
        }
        AUTO_JSON *json = json_loads(entries[i].profile, JSON_ALLOW_NUL, NULL);
        struct table_inspection loaded = {0};
        if (table_inspection_from_json(arena, json, survey->catalog.tables[table].column_count,
                                       &loaded)) {
            survey->inspection.tables[table] = loaded;
        }
    }
    return true;
}

bool
run_plan_save(PGconn *conn, int64_t run_id, const struct survey *survey, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    if (!target_begin(&transaction, conn, err)) {
        return false;
    }
    for (size_t first = 0; first < survey->plan.table_count; first += BATCH_TABLES) {
        AUTO_ARENA memory = {0};
        struct run_table *entries = NULL;
        size_t count = 0;
        for (size_t i = first; i < survey->plan.table_count && i < first + BATCH_TABLES; i++) {
            const struct plan_table *table = &survey->plan.tables[i];
            int position = table->source_position;
            *ARENA_APPEND(&memory, entries, count) = (struct run_table){
                .source_table = survey->catalog.tables[position].name.text,
                .target_schema = table->schema,
                .target_table = table->name,
                .problem = table->problem,
                .rows_source = (int64_t)survey->inspection.tables[position].rows,
            };
        }
        if (!journal_tables_save(conn, run_id, entries, count, err)) {
            return false;
        }
    }
    return target_commit(&transaction, err);
}

bool
run_check_save(PGconn *conn, int64_t run_id, const struct check_report *check,
               struct error *err)
{
    AUTO_JSON *findings = report_findings(check);
    char *message = json_dumps(findings, JSON_COMPACT);
    const struct run_step step = {.step = "check", .state = STEP_DONE, .message = message};
    bool ok = journal_step_done(conn, run_id, &step, err);
    free(message);
    return ok;
}

static void
load_findings(struct arena *arena, const char *message, struct check_report *check)
{
    AUTO_JSON *findings = json_loads(message, 0, NULL);
    size_t i;
    json_t *entry;
    json_array_foreach(findings, i, entry)
    {
        struct check_finding *finding = ARENA_APPEND(arena, check->findings,
                                                     check->finding_count);
        finding->table = arena_strdup(arena,
                                      json_string_value(json_object_get(entry, "table")));
        finding->damage = json_is_true(json_object_get(entry, "damage"));
        finding->message = arena_strdup(arena, json_words(entry, "message"));
        check->damaged = check->damaged || finding->damage;
    }
}

bool
run_check_load(PGconn *conn, int64_t run_id, struct arena *arena, struct check_report *check,
               bool *found, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run_step *steps = NULL;
    size_t count = 0;
    *found = false;
    if (!journal_steps_load(conn, &memory, run_id, &steps, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count && !*found; i++) {
        if (strcmp(steps[i].step, "check") == 0 && steps[i].message != NULL) {
            load_findings(arena, steps[i].message, check);
            *found = true;
        }
    }
    return true;
}
