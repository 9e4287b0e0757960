/* back_lost.c — rows that had to leave the source: another has their place, and one more the place
 * that they had before. PostgreSQL has them, but not the columns that only the source has: what
 * these held is kept beside the table until the row is back, or gone in the target, too. */
#include "sync/back_apply_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAME_SIZE = 48 };

static void
lost_name(const struct live_table *table, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "_outgrow_lost_%" PRId64, table->capture->id);
}

/* That only the source has, and is no part of what the row is found by. */
static bool
is_own(const struct back_shape *shape, size_t stored)
{
    return !back_is_carried(shape, stored) && !back_stored_column(shape, stored)->rowid_alias;
}

static bool
has_own(const struct back_shape *shape)
{
    bool any = false;
    for (size_t i = 0; i < shape->stored_count; i++) {
        any = any || is_own(shape, i);
    }
    return any;
}

/* By its name: the application may add another one meanwhile. */
static void
add_own(struct text *sql, const struct back_shape *shape, size_t stored)
{
    AUTO_TEXT name = {0};
    text_printf(&name, "v_%s", back_stored_column(shape, stored)->name.text);
    source_quote(sql, text_string(&name));
}

static bool
is_kept(const struct back_apply *apply, const char *column)
{
    char name[NAME_SIZE];
    lost_name(apply->shape->live, name);
    return sqlite3_table_column_metadata(apply->writer->handle, "main", name, column, NULL,
                                         NULL, NULL, NULL, NULL) == SQLITE_OK;
}

static bool
own_is_kept(const struct back_apply *apply, size_t stored)
{
    AUTO_TEXT name = {0};
    text_printf(&name, "v_%s", back_stored_column(apply->shape, stored)->name.text);
    return is_own(apply->shape, stored) && is_kept(apply, text_string(&name));
}

static bool
create(struct back_apply *apply, struct error *err)
{
    const struct back_shape *shape = apply->shape;
    AUTO_TEXT sql = {0};
    char name[NAME_SIZE];
    lost_name(apply->shape->live, name);
    text_printf(&sql, "CREATE TABLE IF NOT EXISTS main.%s (label PRIMARY KEY", name);
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(&sql, ", k%zu", i);
    }
    for (size_t i = 0; i < shape->stored_count; i++) {
        if (is_own(shape, i)) {
            text_add(&sql, ", ");
            add_own(&sql, shape, i);
        }
    }
    text_add(&sql, ")");
    return back_execute(apply->writer, text_string(&sql), err);
}

/* Where the table of rows as they were found has them: back_apply_row.c. */
static void
add_key_places(struct text *sql, const struct back_shape *shape)
{
    for (size_t i = 0; i < back_key_count(shape); i++) {
        if (shape->hidden != NULL) {
            text_add(sql, ", id");
        } else {
            text_printf(sql, ", v%zu", back_key_column(shape, i)->stored);
        }
    }
}

bool
back_lost_keep(struct back_apply *apply, sqlite3_int64 id, struct error *err)
{
    const struct back_shape *shape = apply->shape;
    AUTO_TEXT sql = {0};
    AUTO_TEXT values = {0};
    char lost[NAME_SIZE];
    char left[NAME_SIZE];
    if (!has_own(shape)) {
        return true;
    }
    if (!create(apply, err)) {
        return false;
    }
    lost_name(apply->shape->live, lost);
    back_apply_table(apply, "left", left);
    text_printf(&sql, "INSERT OR REPLACE INTO main.%s (label", lost);
    text_add(&values, "label");
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(&sql, ", k%zu", i);
    }
    add_key_places(&values, shape);
    for (size_t i = 0; i < shape->stored_count; i++) {
        if (own_is_kept(apply, i)) {
            text_add(&sql, ", ");
            add_own(&sql, shape, i);
            text_printf(&values, ", v%zu", i);
        }
    }
    text_printf(&sql, ") SELECT %s FROM %s WHERE id = %" PRId64, text_string(&values), left,
                (int64_t)id);
    return back_execute(apply->writer, text_string(&sql), err);
}

/* Key parts, then own columns; the same of the row that is back. False: nothing to give. */
static bool
add_statements(const struct back_apply *apply, struct text *rows, struct text *update)
{
    const struct back_shape *shape = apply->shape;
    size_t parameter = back_key_count(shape);
    char name[NAME_SIZE];
    lost_name(apply->shape->live, name);
    text_add(rows, "SELECT ");
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(rows, "%sk%zu", i == 0 ? "" : ", ", i);
    }
    text_add(update, "UPDATE OR ABORT ");
    source_quote(update, shape->live->source->name.text);
    for (size_t i = 0; i < shape->stored_count; i++) {
        if (own_is_kept(apply, i)) {
            text_add(rows, ", ");
            add_own(rows, shape, i);
            text_add(update, parameter == back_key_count(shape) ? " SET " : ", ");
            source_quote(update, back_stored_column(shape, i)->name.text);
            text_printf(update, " = ?%zu", ++parameter);
        }
    }
    text_printf(rows, " FROM main.%s", name);
    back_add_key_condition(update, shape);
    return parameter > back_key_count(shape);
}

/* To those that are back. What SQLite does not take again stays as it is by default. */
static bool
give_back(struct back_apply *apply, struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    AUTO_STATEMENT *update = NULL;
    AUTO_TEXT rows_sql = {0};
    AUTO_TEXT update_sql = {0};
    int code;
    if (!add_statements(apply, &rows_sql, &update_sql)) {
        return true;
    }
    if (!back_prepare(apply->writer, &rows_sql, &rows, err) ||
        !back_prepare(apply->writer, &update_sql, &update, err)) {
        return false;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            sqlite3_bind_value(update, i + 1, sqlite3_column_value(rows, i));
        }
        if (back_apply_step(apply, update, err) == STEP_BROKEN) {
            return false;
        }
        sqlite3_reset(update);
    }
    return code == SQLITE_DONE ||
           source_failed(apply->writer, err, "read what was kept of rows");
}

/* A row that is neither back nor refused is gone in the target. */
static bool
forget(struct back_apply *apply, struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[NAME_SIZE];
    lost_name(apply->shape->live, name);
    text_printf(&sql,
                "DELETE FROM main.%s WHERE label NOT IN (SELECT k FROM temp.outgrow_refused"
                " WHERE t = %" PRId64 ")",
                name, apply->shape->live->capture->id);
    return back_execute(apply->writer, text_string(&sql), err);
}

bool
back_lost_return(struct back_apply *apply, struct error *err)
{
    return !is_kept(apply, "label") || (give_back(apply, err) && forget(apply, err));
}

bool
back_lost_remove(struct source *writer, const struct live_table *table, struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[NAME_SIZE];
    lost_name(table, name);
    text_printf(&sql, "DROP TABLE IF EXISTS main.%s", name);
    return back_execute(writer, text_string(&sql), err);
}

static bool
count_kept(struct source *writer, const char *name, int64_t *rows, struct error *err)
{
    AUTO_STATEMENT *count = NULL;
    AUTO_TEXT sql = {0};
    text_printf(&sql, "SELECT count(*) FROM main.%s", name);
    if (!back_prepare(writer, &sql, &count, err)) {
        return false;
    }
    bool counted = sqlite3_step(count) == SQLITE_ROW;
    *rows = sqlite3_column_int64(count, 0);
    return counted || source_failed(writer, err, "count what was kept of rows");
}

bool
back_lost_leave(struct sync_link *link, back_lost_tell *tell, void *context, struct error *err)
{
    for (size_t i = 0; i < link->table_count; i++) {
        const struct live_table *table = &link->tables[i];
        char name[NAME_SIZE];
        int64_t rows = 0;
        lost_name(table, name);
        if (sqlite3_table_column_metadata(link->writer.handle, "main", name, NULL, NULL, NULL,
                                          NULL, NULL, NULL) != SQLITE_OK) {
            continue;
        }
        if (!count_kept(&link->writer, name, &rows, err) ||
            (rows == 0 && !back_lost_remove(&link->writer, table, err))) {
            return false;
        }
        if (rows > 0) {
            tell(context, table->source->name.text, name, rows);
        }
    }
    return true;
}
