/* back_apply_seen.c — a table that is taken as a whole: which rows were handed over. */
#include "sync/back_apply_internal.h"

static bool
seen_by_rowid(const struct back_shape *shape)
{
    return shape->live->source->rowid_name != NULL;
}

static int64_t
found_rowid(const struct back_apply *apply)
{
    const struct back_shape *shape = apply->shape;
    if (shape->rowid != NULL) {
        return sqlite3_column_int64(apply->statements.find, 0);
    }
    size_t stored = 0;
    while (!shape->live->source->columns[shape->stored[stored]].rowid_alias) {
        stored++;
    }
    return sqlite3_value_int64(back_apply_found(apply, stored));
}

bool
back_apply_note_seen(struct back_apply *apply, bool found, struct error *err)
{
    if (!apply->all) {
        return true;
    }
    if (seen_by_rowid(apply->shape)) {
        sqlite3_bind_int64(apply->seen, 1,
                           found ? found_rowid(apply)
                                 : sqlite3_last_insert_rowid(apply->writer->handle));
    } else {
        back_apply_bind_key(apply, apply->seen);
    }
    return back_run(apply->writer, apply->seen, err);
}

bool
back_apply_open_seen(struct back_apply *apply, struct error *err)
{
    AUTO_TEXT create = {0};
    AUTO_TEXT insert = {0};
    AUTO_TEXT columns = {0};
    AUTO_TEXT values = {0};
    char name[48];
    back_apply_table(apply, "seen", name);
    size_t count = seen_by_rowid(apply->shape) ? 1 : back_key_count(apply->shape);
    for (size_t i = 0; i < count; i++) {
        text_printf(&columns, "%sk%zu", i == 0 ? "" : ", ", i);
        text_printf(&values, "%s?%zu", i == 0 ? "" : ", ", i + 1);
    }
    if (seen_by_rowid(apply->shape)) {
        text_printf(&create, "CREATE TABLE %s (k0 INTEGER PRIMARY KEY)", name);
    } else {
        text_printf(&create, "CREATE TABLE %s (%s, PRIMARY KEY (%s)) WITHOUT ROWID", name,
                    text_string(&columns), text_string(&columns));
    }
    text_printf(&insert, "INSERT OR IGNORE INTO %s VALUES (%s)", name, text_string(&values));
    return back_execute(apply->writer, text_string(&create), err) &&
           back_prepare(apply->writer, &insert, &apply->seen, err);
}

bool
back_apply_spare(struct back_apply *apply, const struct row_positions *rowids,
                 struct error *err)
{
    for (size_t i = 0; i < rowids->count; i++) {
        sqlite3_bind_int64(apply->seen, 1, rowids->at[i]);
        if (!back_run(apply->writer, apply->seen, err)) {
            return false;
        }
    }
    return true;
}

bool
back_apply_spare_key(struct back_apply *apply, sqlite3_value *const *key, struct error *err)
{
    for (size_t i = 0; i < back_key_count(apply->shape); i++) {
        sqlite3_bind_value(apply->seen, (int)i + 1, key[i]);
    }
    return back_run(apply->writer, apply->seen, err);
}

bool
back_apply_remove_unseen(struct back_apply *apply, struct back_counts *counts,
                         struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[48];
    const struct source_table *source = apply->shape->live->source;
    back_apply_table(apply, "seen", name);
    text_add(&sql, "DELETE FROM ");
    source_quote(&sql, source->name.text);
    if (seen_by_rowid(apply->shape)) {
        text_printf(&sql, " WHERE %s NOT IN (SELECT k0 FROM %s)", source->rowid_name, name);
    } else {
        text_printf(&sql, " WHERE NOT EXISTS (SELECT 1 FROM %s AS s WHERE ", name);
        for (size_t i = 0; i < back_key_count(apply->shape); i++) {
            text_printf(&sql, "%ss.k%zu = ", i == 0 ? "" : " AND ", i);
            source_quote(&sql, source->name.text);
            text_add(&sql, ".");
            source_quote(&sql, back_key_column(apply->shape, i)->plan->source->name.text);
        }
        text_add(&sql, ")");
    }
    if (!back_execute(apply->writer, text_string(&sql), err)) {
        return false;
    }
    counts->rows += sqlite3_changes(apply->writer->handle);
    return true;
}
