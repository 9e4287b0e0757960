/* plan_use.c — see plan_use.h. */
#include "settings/plan_use.h"

#include "base/hash.h"
#include "page/result.h"
#include "planfile/collation.h"
#include "planfile/plan_rules.h"
#include "postgres/schema_files.h"
#include "postgres/target_collation.h"

#include <inttypes.h>
#include <string.h>

/* Of what is kept of the file: a run goes on only with the same. */
static const char *
digest_of(struct arena *arena, const char *text)
{
    XXH128_hash_t hash = XXH3_128bits(text, strlen(text));
    return arena_printf(arena, "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
}

static enum names_mode
names_mode_of(const char *word)
{
    return strcmp(word, "fold") == 0   ? NAMES_FOLD
           : strcmp(word, "keep") == 0 ? NAMES_KEEP
                                       : NAMES_SOURCE;
}

static void
settle(struct arena *arena, const struct plan_file *file, struct settings *settings)
{
    const struct plan_file_defaults *defaults = &file->defaults;
    const char *schema = plan_file_schema(arena, file, settings->plan_source);
    settings->plan_file = file;
    settings->plan_digest = digest_of(arena, file->text);
    settings->types = defaults->has_types ? defaults->types : settings->types;
    settings->bad_text = defaults->has_bad_text ? defaults->bad_text : settings->bad_text;
    settings->schema = schema == NULL ? settings->schema : schema;
    settings->into_existing = settings->into_existing || file->into_existing;
    if (defaults->names.text != NULL) {
        settings->names = names_mode_of(defaults->names.text);
    }
}

bool
plan_use_file(struct arena *arena, struct settings *settings, struct error *err)
{
    if (settings->plan == NULL) {
        return true;
    }
    struct plan_file *file = arena_alloc(arena, sizeof *file);
    if (!plan_file_read(arena, settings->plan, file, err)) {
        return false;
    }
    settle(arena, file, settings);
    return true;
}

void
plan_note_asides(const struct settings *settings, const struct output *output)
{
    const struct plan_file *file = settings->plan_file;
    for (size_t i = 0; file != NULL && i < file->aside_count; i++) {
        note(output,
             "%s, line %d: %s is for %s, which this version does not have: nothing "
             "acts on it",
             file->path, file->asides[i].key.place.line, file->asides[i].key.text,
             file->asides[i].command);
    }
}

bool
plan_use_text(struct arena *arena, const char *path, const char *text,
              struct settings *settings, struct error *err)
{
    struct plan_file *file = arena_alloc(arena, sizeof *file);
    if (!plan_file_read_text(arena, path, text, strlen(text), file, err)) {
        return false;
    }
    settle(arena, file, settings);
    return true;
}

void
plan_use_source(struct arena *arena, size_t index, struct settings *settings)
{
    const char *schema = plan_file_schema(arena, settings->plan_file, index);
    settings->plan_source = index;
    settings->schema = schema == NULL ? settings->schema : schema;
}

bool
plan_use_kept(struct arena *arena, const char *text, struct settings *settings,
              struct error *err)
{
    return plan_use_text(arena, "the plan kept with the run", text, settings, err);
}

/* What is asked about one file. */
struct collation_check {
    PGconn *conn;
    struct arena *arena;
    const struct plan_file *file;
};

static bool
check_collation(const struct collation_check *check, const struct plan_word *said,
                struct error *err)
{
    const char *nearest;
    bool found = true;
    const char *sql = said->text == NULL ? NULL : collation_sql(check->arena, said->text);
    if (sql != NULL && !target_collation_find(check->conn, sql, &found, err)) {
        return false;
    }
    if (found) {
        return true;
    }
    if (!target_collation_nearest(check->conn, check->arena, said->text, &nearest, err)) {
        return false;
    }
    plan_file_failed(check->file, said->place, err, "the target has no collation %s", sql);
    return nearest != NULL ? error_hint(err, "did you mean %s?", nearest)
                           : error_hint(err, "SELECT collname FROM pg_collation lists them");
}

static bool
check_columns(const struct collation_check *check, const struct plan_file_column *columns,
              size_t count, struct error *err)
{
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        ok = check_collation(check, &columns[i].collation, err);
    }
    return ok;
}

bool
plan_check_collations(PGconn *conn, struct arena *arena, const struct settings *settings,
                      struct error *err)
{
    const struct collation_check check = {conn, arena, settings->plan_file};
    if (check.file == NULL || settings->into_existing) {
        return true;
    }
    bool ok = check_collation(&check, &check.file->defaults.collation, err);
    for (size_t i = 0; i < check.file->table_count && ok; i++) {
        const struct plan_file_table *table = &check.file->tables[i];
        ok = check_columns(&check, table->columns, table->column_count, err) &&
             check_columns(&check, table->added, table->added_count, err);
    }
    return ok;
}

static void
say_what_runs(void *context, const struct schema_file *file)
{
    if (file != NULL) {
        note(context, "before: %s", file->name);
    }
}

bool
plan_run_before(PGconn *conn, struct arena *arena, const struct settings *settings,
                const struct output *output, struct error *err)
{
    const struct plan_file *file = settings->plan_file;
    if (file == NULL || file->before.count == 0) {
        return true;
    }
    const char **paths = arena_alloc(arena, file->before.count * sizeof *paths);
    for (size_t i = 0; i < file->before.count; i++) {
        paths[i] = plan_file_resolve(arena, file, file->before.items[i].text);
    }
    struct schema_file_list list = {.series = "plan"};
    struct schema_file_status *statuses = NULL;
    size_t count = 0;
    struct output said = *output;
    const struct schema_files_request request = {
        .list = &list, .report = say_what_runs, .context = &said};
    return schema_files_read_paths(arena, paths, file->before.count, &list, err) &&
           schema_files_apply(conn, arena, &request, &statuses, &count, err);
}
