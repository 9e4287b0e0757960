/* row_copy_schema.c — the source's schema in its copy, row for row; see row_copy.h. */
#include "capture/row_copy_internal.h"

#include <string.h>

static const char doing[] = "copy the schema";

static bool
is_builtin_table(const char *name)
{
    return sqlite3_strnicmp(name, "sqlite_", 7) == 0;
}

bool
row_copy_schema_text(struct source *source, struct arena *arena, const char **text,
                     struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!writer_prepare(source, doing,
                        "SELECT coalesce(group_concat(type || ' ' || name || ' ' || tbl_name "
                        "|| ' ' || coalesce(sql, ''), char(10)), '') FROM (SELECT * FROM "
                        "main.sqlite_schema WHERE name NOT LIKE '\\_outgrow\\_%' ESCAPE '\\' "
                        "AND tbl_name NOT LIKE '\\_outgrow\\_%' ESCAPE '\\' "
                        "AND name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY rowid)",
                        &statement, err)) {
        return false;
    }
    if (sqlite3_step(statement) != SQLITE_ROW) {
        return source_failed(source, err, "%s", doing);
    }
    *text = arena_strdup(arena, (const char *)sqlite3_column_text(statement, 0));
    return true;
}

/* Runs `take` for each row of the source's sqlite_schema: type, name, tbl_name, rootpage, sql. */
typedef bool take_schema_row(struct row_copy *self, sqlite3_stmt *row, void *context,
                             struct error *err);

static bool
each_schema_row(struct row_copy *self, take_schema_row *take, void *context, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    int step = sqlite3_prepare_v2(self->source->handle,
                                  "SELECT type, name, tbl_name, rootpage, sql "
                                  "FROM main.sqlite_schema ORDER BY rowid",
                                  -1, &statement, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW && !take(self, statement, context, err)) {
            return false;
        }
    }
    return step == SQLITE_DONE || source_failed(self->source, err, "%s", doing);
}

static bool
is_unique_index(struct row_copy *self, const char *table, const char *index)
{
    int found = catalog_find_table(self->catalog, table);
    const struct source_table *owner = found < 0 ? NULL : &self->catalog->tables[found];
    for (size_t i = 0; owner != NULL && i < owner->index_count; i++) {
        const char *name = owner->indexes[i].name.text;
        if (name != NULL && !owner->indexes[i].constraint && strcmp(name, index) == 0) {
            return owner->indexes[i].unique;
        }
    }
    return false;
}

/* The catalog may have been read before the application changed its tables. */
static bool
is_in_catalog(struct row_copy *self, const char *name, const char *sql)
{
    int found = catalog_find_table(self->catalog, name);
    if (found >= 0) {
        const char *known = self->catalog->tables[found].sql;
        return known != NULL && strcmp(known, sql) == 0;
    }
    for (size_t i = 0; i < self->catalog->object_count; i++) {
        const struct source_object *object = &self->catalog->objects[i];
        if (object->kind == OBJECT_SHADOW_TABLE && strcmp(object->name, name) == 0) {
            return true;
        }
    }
    return sqlite3_strnicmp(name, CAPTURE_PREFIX, sizeof CAPTURE_PREFIX - 1) == 0;
}

static bool
create_row(struct row_copy *self, sqlite3_stmt *row, void *context, struct error *err)
{
    (void)context;
    const char *type = (const char *)sqlite3_column_text(row, 0);
    const char *name = (const char *)sqlite3_column_text(row, 1);
    const char *table = (const char *)sqlite3_column_text(row, 2);
    const char *sql = (const char *)sqlite3_column_text(row, 4);
    bool has_pages = sqlite3_column_int64(row, 3) > 0;
    bool wanted = sql != NULL && has_pages && !is_builtin_table(name) &&
                  (strcmp(type, "table") == 0 ||
                   (strcmp(type, "index") == 0 && is_unique_index(self, table, name)));
    if (wanted && strcmp(type, "table") == 0 && !is_in_catalog(self, name, sql)) {
        error_set(err, ERROR_SOURCE, "%s: table \"%s\" was changed or made just now",
                  self->source->path, name);
        return error_hint(err, "start again: the schema is then read anew");
    }
    return !wanted || row_copy_run(self, sql, err) ||
           error_hint(err, "only a copy of its pages can be made: --copy snapshot");
}

bool
row_copy_create_schema(struct row_copy *self, struct error *err)
{
    char sql[128];
    snprintf(sql, sizeof sql, "PRAGMA page_size=%lld; PRAGMA encoding='%s'",
             (long long)self->catalog->page_size, self->catalog->encoding);
    return row_copy_run(self, sql, err) &&
           row_copy_run(self, "PRAGMA journal_mode=WAL; BEGIN", err) &&
           each_schema_row(self, create_row, NULL, err) &&
           row_copy_run(self, "CREATE TABLE _outgrow_copy(k PRIMARY KEY, v)", err);
}

static bool
copy_has(struct row_copy *self, const char *name, bool *has, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!writer_prepare(&self->copy, doing,
                        "SELECT 1 FROM main.sqlite_schema WHERE type = 'index' AND name = ?1",
                        &statement, err)) {
        return false;
    }
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    *has = sqlite3_step(statement) == SQLITE_ROW;
    return true;
}

static bool
create_index(struct row_copy *self, sqlite3_stmt *row, void *context, struct error *err)
{
    (void)context;
    bool has = true;
    const char *sql = (const char *)sqlite3_column_text(row, 4);
    if (sql == NULL || strcmp((const char *)sqlite3_column_text(row, 0), "index") != 0 ||
        is_builtin_table((const char *)sqlite3_column_text(row, 2))) {
        return true;
    }
    return copy_has(self, (const char *)sqlite3_column_text(row, 1), &has, err) &&
           (has || row_copy_run(self, sql, err));
}

static bool
add_pageless(struct row_copy *self, sqlite3_stmt *row, void *context, struct error *err)
{
    (void)self;
    struct schema_edit *edit = context;
    const char *sql = (const char *)sqlite3_column_text(row, 4);
    return sql == NULL || sqlite3_column_int64(row, 3) > 0 ||
           schema_edit_insert(edit, (const char *)sqlite3_column_text(row, 0),
                              (const char *)sqlite3_column_text(row, 1),
                              (const char *)sqlite3_column_text(row, 2), sql, err);
}

static bool
note_order(struct row_copy *self, sqlite3_stmt *row, void *context, struct error *err)
{
    sqlite3_stmt *insert = context;
    sqlite3_bind_value(insert, 1, sqlite3_column_value(row, 0));
    sqlite3_bind_value(insert, 2, sqlite3_column_value(row, 1));
    bool done = sqlite3_step(insert) == SQLITE_DONE;
    sqlite3_reset(insert);
    return done || source_failed(&self->copy, err, "%s", doing);
}

/* Objects are found in the order of their rows, and names in the target depend on it. */
static bool
order_rows(struct row_copy *self, struct error *err)
{
    AUTO_STATEMENT *insert = NULL;
    return row_copy_run(self,
                        "CREATE TEMP TABLE schema_order(p INTEGER PRIMARY KEY, type, name, "
                        "UNIQUE(type, name))",
                        err) &&
           writer_prepare(&self->copy, doing,
                          "INSERT INTO temp.schema_order(type, name) VALUES(?1, ?2)", &insert,
                          err) &&
           each_schema_row(self, note_order, insert, err) &&
           row_copy_run(self,
                        "CREATE TEMP TABLE schema_rows AS SELECT s.type, s.name, s.tbl_name, "
                        "s.rootpage, s.sql FROM main.sqlite_schema AS s "
                        "LEFT JOIN temp.schema_order AS o ON o.type = s.type AND "
                        "o.name = s.name ORDER BY o.p IS NULL, o.p, s.rowid; "
                        "DELETE FROM main.sqlite_schema; "
                        "INSERT INTO main.sqlite_schema SELECT type, name, tbl_name, rootpage, "
                        "sql FROM temp.schema_rows ORDER BY rowid",
                        err);
}

/* Views, triggers and virtual tables are only their rows; nothing of them is run. */
static bool
add_objects(struct row_copy *self, struct error *err)
{
    AUTO_SCHEMA_EDIT edit = {0};
    return schema_edit_begin(&edit, &self->copy, err) &&
           each_schema_row(self, add_pageless, &edit, err) && order_rows(self, err) &&
           schema_edit_end(&edit, err);
}

static bool
set_header(struct row_copy *self, struct error *err)
{
    char sql[128];
    snprintf(sql, sizeof sql, "PRAGMA user_version=%lld; PRAGMA application_id=%d",
             (long long)self->catalog->user_version,
             (int)(uint32_t)self->catalog->application_id);
    return row_copy_run(self, sql, err);
}

bool
row_copy_finish_schema(struct row_copy *self, struct error *err)
{
    return each_schema_row(self, create_index, NULL, err) &&
           row_copy_run(self, "BEGIN; DROP TABLE main._outgrow_copy", err) &&
           set_header(self, err) && add_objects(self, err) && row_copy_run(self, "COMMIT", err);
}
