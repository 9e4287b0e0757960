/* references.c — see references.h. */
#include "migrate/references.h"

#include "copy/copy.h"
#include "page/report_lists.h"
#include "plan/names.h"
#include "planfile/between.h"
#include "report/report_parts.h"

#include <string.h>
#include <strings.h>

static const char not_migrated[] = "a table or a column of it was not migrated";

/* One reference on its way; JSON is that of the sources' reports. */
struct adding {
    const struct references_job *job;
    const struct between_reference *reference;
    struct arena arena;
    const json_t *child; /* the referring table */
    const json_t *parent;
    int64_t run_id;
    bool again; /* whatever the journal knows of it */
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

/* The same names, a line each; false: a column is not there. */
static bool
list_columns(struct text *names, const json_t *table, const struct plan_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const json_t *column = find_named(json_object_get(table, "columns"), "source",
                                          words->items[i].text);
        if (column == NULL) {
            return false;
        }
        text_printf(names, "%s%s", i == 0 ? "" : "\n", json_words(column, "name"));
    }
    return true;
}

/* The name of a foreign key of the same columns that the target has already, as an existing
 * schema may; NULL: none. */
static bool
find_existing(struct adding *adding, const char **name, struct error *err)
{
    static const char sql[] =
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
        " AND conrelid = to_regclass($1) AND confrelid = to_regclass($2)"
        " AND (SELECT string_agg(attname, E'\\n' ORDER BY place)"
        "      FROM unnest(conkey) WITH ORDINALITY AS k (number, place)"
        "      JOIN pg_attribute ON attrelid = conrelid AND attnum = number) = $3"
        " AND (SELECT string_agg(attname, E'\\n' ORDER BY place)"
        "      FROM unnest(confkey) WITH ORDINALITY AS k (number, place)"
        "      JOIN pg_attribute ON attrelid = confrelid AND attnum = number) = $4"
        " ORDER BY conname";
    const struct plan_file_reference *said = adding->reference->said;
    AUTO_TEXT columns = {0};
    AUTO_TEXT parent_columns = {0};
    AUTO_RESULT *result = NULL;
    *name = NULL;
    if (!list_columns(&columns, adding->child, &said->columns) ||
        !list_columns(&parent_columns, adding->parent, &said->parent_columns)) {
        return true;
    }
    const char *const parameters[] = {json_words(adding->child, "target"),
                                      json_words(adding->parent, "target"),
                                      text_string(&columns), text_string(&parent_columns)};
    if (!target_query(adding->job->conn, sql, parameters, 4, &result, err)) {
        return false;
    }
    if (PQntuples(result) > 0) {
        *name = arena_strdup(&adding->arena, PQgetvalue(result, 0, 0));
    }
    return true;
}

static const char *
constraint_name(struct adding *adding)
{
    const char *table = strrchr(adding->reference->table, '.');
    return names_implicit(&adding->arena, table == NULL ? adding->reference->table : table + 1,
                          adding->reference->said->columns.items[0].text, "fkey");
}

static void
name_step(struct adding *adding, const char *name, struct plan_step *step)
{
    const char *table = json_words(adding->child, "target");
    AUTO_TEXT quoted = {0};
    target_quote_name(&quoted, name);
    step->phase = PHASE_FOREIGN_KEYS;
    step->table = -1;
    step->id = arena_printf(&adding->arena, "foreign key %s.%s", table, text_string(&quoted));
    step->validate_sql = arena_printf(&adding->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                                      table, text_string(&quoted));
}

/* One that is there came back NOT VALID when its parent's rows were still to come. */
static void
write_validation(struct adding *adding, const char *name, struct plan_step *step)
{
    step->sql = arena_printf(&adding->arena, "LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE",
                             json_words(adding->child, "target"));
    name_step(adding, name, step);
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
    step->sql = arena_strdup(&adding->arena, text_string(&sql));
    name_step(adding, name, step);
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
        bool over = known != NULL && known->state != STEP_FAILED && !adding->again;
        if (over || (known != NULL && attempt > 0)) {
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
tell_missing(struct adding *adding, json_t *report, const char *state, const char *message)
{
    tell(report,
         arena_printf(&adding->arena, "%s to %s", adding->reference->table,
                      adding->reference->said->table.text),
         state, message);
    return true;
}

/* The tables of both sides, and the foreign key that the target has of them. False, with
 * *ok: something was not migrated, which has been told. */
static bool
look_at_reference(struct adding *adding, json_t *report, const char **existing, bool *ok,
                  struct error *err)
{
    const struct between_reference *reference = adding->reference;
    const json_t *source = find_source(adding->job, report, reference->source);
    const json_t *parent_source = find_source(adding->job, report, reference->parent_source);
    adding->child = find_table(source, reference->table);
    adding->parent = find_table(parent_source, reference->parent);
    adding->run_id = json_integer_value(json_object_get(source, "run"));
    if (adding->child == NULL || adding->parent == NULL) {
        *ok = tell_missing(adding, report, "failed", not_migrated);
        return false;
    }
    *ok = find_existing(adding, existing, err);
    return *ok;
}

static bool
add_reference(struct adding *adding, json_t *report, struct error *err)
{
    struct plan_step step = {0};
    const char *existing = NULL;
    bool ok;
    if (!look_at_reference(adding, report, &existing, &ok, err)) {
        return ok;
    }
    adding->again = existing != NULL;
    if (existing != NULL) {
        write_validation(adding, existing, &step);
    } else if (adding->job->into_existing) {
        return tell_missing(adding, report, "not made", "the target has no such foreign key");
    } else if (!write_step(adding, &step)) {
        return tell_missing(adding, report, "failed", not_migrated);
    }
    return carry_out(adding, &step, report, err);
}

static bool
check_reference(struct adding *adding, json_t *report, struct error *err)
{
    const char *existing = NULL;
    bool ok;
    struct plan_step step = {0};
    AUTO_RESULT *valid = NULL;
    if (!look_at_reference(adding, report, &existing, &ok, err)) {
        return ok;
    }
    if (existing == NULL) {
        const char *state = adding->job->into_existing ? "not made" : "failed";
        return tell_missing(adding, report, state, "the target has no such foreign key");
    }
    const char *const parameters[] = {json_words(adding->child, "target"), existing};
    if (!target_query(adding->job->conn,
                      "SELECT convalidated FROM pg_constraint WHERE conname = $2"
                      " AND conrelid = to_regclass($1)",
                      parameters, 2, &valid, err)) {
        return false;
    }
    bool holds = PQntuples(valid) == 1 && target_is_true(valid, 0, 0);
    name_step(adding, existing, &step);
    tell(report, step.id, holds ? "holds" : "not valid",
         holds ? NULL : "rows refer to what is not there");
    return true;
}

static bool
for_each_reference(const struct references_job *job, json_t *report,
                   bool (*act)(struct adding *adding, json_t *report, struct error *err),
                   struct error *err)
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
        bool ok = act(&adding, report, err);
        arena_free(&adding.arena);
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool
references_add(const struct references_job *job, json_t *report, struct error *err)
{
    return for_each_reference(job, report, add_reference, err);
}

bool
references_check(const struct references_job *job, json_t *report, struct error *err)
{
    return for_each_reference(job, report, check_reference, err);
}
