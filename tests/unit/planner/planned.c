/* planned.c — see planned.h. */
#include "planned.h"

#include "planner/plan_build.h"

#include <unistd.h>

int
planned_setup(void **state)
{
    struct planned *planned = calloc(1, sizeof *planned);
    assert_non_null(planned);
    memcpy(planned->directory, "/tmp/outgrow-plan-XXXXXX", sizeof "/tmp/outgrow-plan-XXXXXX");
    assert_non_null(mkdtemp(planned->directory));
    snprintf(planned->path, sizeof planned->path, "%s/a.db", planned->directory);
    planned->options.schema = "app";
    *state = planned;
    return 0;
}

int
planned_teardown(void **state)
{
    struct planned *planned = *state;
    source_close(&planned->source);
    arena_free(&planned->arena);
    unlink(planned->path);
    rmdir(planned->directory);
    free(planned);
    return 0;
}

/* Known to the application that made the file, and to nobody else. */
static void
my_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    sqlite3_result_value(context, values[count - 1]);
}

void
planned_sql(struct planned *planned, const char *sql)
{
    sqlite3 *handle = NULL;
    assert_int_equal(sqlite3_open(planned->path, &handle), SQLITE_OK);
    sqlite3_create_function(handle, "myfunction", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                            my_function, NULL, NULL);
    char *message = NULL;
    if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s", message);
    }
    sqlite3_close(handle);
}

void
planned_open(struct planned *planned)
{
    struct error err = {0};
    if (!source_open(&planned->source, planned->path, &err) ||
        !catalog_read(&planned->source, &planned->arena, &planned->catalog, &err)) {
        fail_msg("%s", err.message);
    }
}

void
planned_inspect(struct planned *planned, size_t workers)
{
    struct error err = {0};
    const struct inspect_job job = {
        .path = planned->path, .catalog = &planned->catalog, .workers = workers};
    size_t count = planned->catalog.table_count;
    planned->inspection = (struct inspection){
        .tables = arena_alloc(&planned->arena, count * sizeof *planned->inspection.tables),
        .table_count = count,
    };
    if (!inspect_tables(&job, &planned->arena, &planned->inspection, &err)) {
        fail_msg("%s", err.message);
    }
}

void
planned_make(struct planned *planned, const char *sql)
{
    planned_sql(planned, sql);
    planned_open(planned);
    planned_inspect(planned, 2);
    plan_build(&planned->arena, &planned->catalog, &planned->inspection, &planned->options,
               &planned->plan);
}

const struct plan_table *
planned_table(const struct planned *planned, const char *source)
{
    for (size_t i = 0; i < planned->plan.table_count; i++) {
        if (strcmp(planned->plan.tables[i].source->name.text, source) == 0) {
            return &planned->plan.tables[i];
        }
    }
    fail_msg("no table %s", source);
    return NULL;
}

const struct plan_column *
planned_column(const struct planned *planned, const char *table, const char *column)
{
    const struct plan_table *owner = planned_table(planned, table);
    for (size_t i = 0; i < owner->column_count; i++) {
        if (strcmp(owner->columns[i].source->name.text, column) == 0) {
            return &owner->columns[i];
        }
    }
    fail_msg("no column %s.%s", table, column);
    return NULL;
}

const char *
planned_ddl(struct planned *planned, const char *table)
{
    AUTO_TEXT sql = {0};
    ddl_create_table(&sql, planned_table(planned, table));
    return arena_strdup(&planned->arena, text_string(&sql));
}

const char *
planned_step(const struct planned *planned, const char *id)
{
    for (size_t i = 0; i < planned->plan.step_count; i++) {
        if (strcmp(planned->plan.steps[i].id, id) == 0) {
            return planned->plan.steps[i].sql;
        }
    }
    return NULL;
}

const char *
planned_note(const struct planned *planned, enum note_kind kind, const char *object_kind,
             const char *name)
{
    for (size_t i = 0; i < planned->plan.note_count; i++) {
        const struct plan_note *note = &planned->plan.notes[i];
        if (note->kind == kind && strcmp(note->object_kind, object_kind) == 0 &&
            strcmp(note->name, name) == 0) {
            return note->reason;
        }
    }
    return NULL;
}

void
assert_contains(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, text == NULL ? "(nothing)" : text);
    }
}
