/* references.c — see references.h. */
#include "command/references.h"

#include "command/report_lists.h"
#include "command/report_parts.h"
#include "copy/copy.h"
#include "plan/between.h"
#include "plan/names.h"

#include <string.h>
#include <strings.h>

/* One reference on its way; JSON is that of the sources' reports. */
struct adding {
    const struct references_job *job;
    const struct between_reference *reference;
    struct arena arena;
    const json_t *child; /* the referring table */
    const json_t *parent;
    int64_t run_id;
};

static const json_t *
find_named(const json_t *list, const char *key, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (strcasecmp(json_words(item, key), name) == 0) {
            return item;
        }
    }
    return NULL;
}

/* The report of a source of the file; NULL: it failed, or is not among those migrated. */
static const json_t *
find_source(const struct references_job *job, const json_t *report, size_t plan_source)
{
    for (size_t i = 0; i < job->sources->count; i++) {
        if (job->sources->entries[i].plan_source == plan_source) {
            const json_t *one = json_array_get(json_object_get(report, "sources"), i);
            return json_object_get(one, "error") == NULL ? one : NULL;
        }
    }
    return NULL;
}

static const json_t *
find_table(const json_t *source, const char *name)
{
    const json_t *table = find_named(json_object_get(source, "tables"), "source", name);
    return json_is_string(json_object_get(table, "problem")) ? NULL : table;
}

/* "(a, b)" in the target's words; false: a column is not there. */
static bool
add_columns(struct text *sql, const json_t *table, const struct plan_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const json_t *column = find_named(json_object_get(table, "columns"), "source",
                                          words->items[i].text);
        if (column == NULL) {
            return false;
        }
        text_add(sql, i == 0 ? " (" : ", ");
        target_quote_name(sql, json_words(column, "name"));
    }
    text_add(sql, ")");
    return true;
}

static const char *
constraint_name(struct adding *adding)
{
    const char *table = strrchr(adding->reference->table, '.');
    return names_implicit(&adding->arena, table == NULL ? adding->reference->table : table + 1,
                          adding->reference->said->columns.items[0].text, "fkey");
}

/* False: something that it names is not there. */
static bool
write_step(struct adding *adding, struct plan_step *step)
{
    const struct plan_file_reference *said = adding->reference->said;
    const char *table = json_words(adding->child, "target");
    const char *name = constraint_name(adding);
    AUTO_TEXT sql = {0};
    text_printf(&sql, "ALTER TABLE %s ADD CONSTRAINT ", table);
    target_quote_name(&sql, name);
    text_add(&sql, " FOREIGN KEY");
    if (!add_columns(&sql, adding->child, &said->columns)) {
        return false;
    }
    text_printf(&sql, " REFERENCES %s", json_words(adding->parent, "target"));
    if (!add_columns(&sql, adding->parent, &said->parent_columns)) {
        return false;
    }
    text_printf(&sql, "%s%s%s%s%s NOT VALID", said->on_delete == NULL ? "" : " ON DELETE ",
                said->on_delete == NULL ? "" : said->on_delete,
                said->on_update == NULL ? "" : " ON UPDATE ",
                said->on_update == NULL ? "" : said->on_update,
                said->deferrable == SWITCH_ON ? " DEFERRABLE INITIALLY DEFERRED" : "");
    AUTO_TEXT quoted = {0};
    target_quote_name(&quoted, name);
    step->phase = PHASE_FOREIGN_KEYS;
    step->table = -1;
    step->id = arena_printf(&adding->arena, "foreign key %s.%s", table, text_string(&quoted));
    step->sql = arena_strdup(&adding->arena, text_string(&sql));
    step->validate_sql = arena_printf(&adding->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                                      table, text_string(&quoted));
    return true;
}

static void
tell(json_t *report, const char *step, const char *state, const char *message)
{
    json_t *item = json_object();
    json_object_set_new(item, "step", report_words(step));
    json_object_set_new(item, "state", json_string(state));
    json_object_set_new(item, "message", report_words(message));
    json_array_append_new(json_object_get(report, "references"), item);
    if (strcmp(state, "failed") == 0) {
        json_object_set_new(report, "exit_code", json_integer(EXIT_DIFFERS));
    }
}

static const struct run_step *
find_step(const struct run_step *steps, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(steps[i].step, id) == 0) {
            return &steps[i];
        }
    }
    return NULL;
}

static bool
carry_out(struct adding *adding, const struct plan_step *step, json_t *report,
          struct error *err)
{
    PGconn *conn = adding->job->conn;
    static const char *const states[] = {
        [STEP_DONE] = "done", [STEP_FAILED] = "failed", [STEP_NOT_VALID] = "not valid"};
    for (int attempt = 0; attempt < 2; attempt++) {
        struct run_step *steps = NULL;
        size_t count = 0;
        if (!journal_steps_load(conn, &adding->arena, adding->run_id, &steps, &count, err)) {
            return false;
        }
        const struct run_step *known = find_step(steps, count, step->id);
        if (known != NULL && (attempt > 0 || known->state != STEP_FAILED)) {
            tell(report, step->id, states[known->state], known->message);
            return true;
        }
        if (!copy_run_step(conn, adding->run_id, step, err)) {
            return false;
        }
    }
    return error_set(err, ERROR_INTERNAL, "%s left no trace in the journal", step->id);
}

static bool
add_reference(struct adding *adding, json_t *report, struct error *err)
{
    const struct between_reference *reference = adding->reference;
    const json_t *source = find_source(adding->job, report, reference->source);
    const json_t *parent_source = find_source(adding->job, report, reference->parent_source);
    struct plan_step step = {0};
    adding->child = find_table(source, reference->table);
    adding->parent = find_table(parent_source, reference->parent);
    adding->run_id = json_integer_value(json_object_get(source, "run"));
    if (adding->child == NULL || adding->parent == NULL || !write_step(adding, &step)) {
        tell(report,
             arena_printf(&adding->arena, "%s to %s", reference->table,
                          reference->said->table.text),
             "failed", "a table or a column of it was not migrated");
        return true;
    }
    return carry_out(adding, &step, report, err);
}

bool
references_add(const struct references_job *job, json_t *report, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct between_reference *references = NULL;
    size_t count = 0;
    json_object_set_new(report, "references", json_array());
    if (job->file != NULL) {
        plan_between(&memory, job->file, &references, &count);
    }
    for (size_t i = 0; i < count; i++) {
        struct adding adding = {.job = job, .reference = &references[i]};
        bool ok = add_reference(&adding, report, err);
        arena_free(&adding.arena);
        if (!ok) {
            return false;
        }
    }
    return true;
}
