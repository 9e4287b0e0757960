/* back_sqlite.c — SQL for the source. Every INSERT and UPDATE says OR ABORT: the clauses that a
 * table declares (ON CONFLICT REPLACE) would remove other rows. */
#include "sync/back_internal.h"

bool
back_execute(struct source *source, const char *sql, struct error *err)
{
    return sqlite3_exec(source->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           source_failed(source, err, "write to the source");
}

void
back_tidy(struct source *source, const char *sql)
{
    (void)sqlite3_exec(source->handle, sql, NULL, NULL, NULL);
}

bool
back_prepare(struct source *source, const struct text *sql, sqlite3_stmt **statement,
             struct error *err)
{
    return sqlite3_prepare_v2(source->handle, text_string(sql), -1, statement, NULL) ==
               SQLITE_OK ||
           source_failed(source, err, "prepare to write to the source");
}

bool
back_run(struct source *source, sqlite3_stmt *statement, struct error *err)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    }
    bool good = code == SQLITE_DONE || source_failed(source, err, "write to the source");
    sqlite3_reset(statement);
    return good;
}

void
back_add_key_condition(struct text *sql, const struct back_shape *shape)
{
    if (shape->hidden != NULL) {
        text_printf(sql, " WHERE %s = ?1", shape->live->source->rowid_name);
        return;
    }
    for (size_t i = 0; i < back_key_count(shape); i++) {
        const struct source_column *column = back_key_column(shape, i)->plan->source;
        text_add(sql, i == 0 ? " WHERE " : " AND ");
        source_quote(sql, column->name.text);
        text_printf(sql, " = ?%zu", i + 1);
        if (sqlite3_stricmp(column->collation, "BINARY") != 0) {
            text_add(sql, " AND ");
            source_quote(sql, column->name.text);
            text_printf(sql, " = ?%zu COLLATE BINARY", i + 1);
        }
    }
}

static void
add_table(struct text *sql, const struct back_shape *shape)
{
    source_quote(sql, shape->live->source->name.text);
}

void
back_find_sql(struct text *sql, const struct back_shape *shape)
{
    text_printf(sql, "SELECT %s", shape->rowid == NULL ? "" : shape->rowid);
    for (size_t i = 0; i < shape->stored_count; i++) {
        text_add(sql, i == 0 && shape->rowid == NULL ? "" : ", ");
        source_quote(sql, back_stored_column(shape, i)->name.text);
    }
    text_add(sql, " FROM ");
    add_table(sql, shape);
    back_add_key_condition(sql, shape);
}

/* Parameters: those of the key first, then the columns in order. False: nothing but keys. */
static bool
add_update(struct text *sql, const struct back_shape *shape)
{
    size_t parameter = back_key_count(shape);
    bool any = false;
    text_add(sql, "UPDATE OR ABORT ");
    add_table(sql, shape);
    for (size_t i = 0; i < shape->column_count; i++) {
        if (shape->columns[i].key >= 0) {
            continue;
        }
        text_add(sql, any ? ", " : " SET ");
        source_quote(sql, shape->columns[i].plan->source->name.text);
        text_printf(sql, " = ?%zu", ++parameter);
        any = true;
    }
    back_add_key_condition(sql, shape);
    return any;
}

bool
back_is_carried(const struct back_shape *shape, size_t stored)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        if (shape->columns[i].stored == stored) {
            return true;
        }
    }
    return false;
}

/* A column that the plan left out, NOT NULL and without a default: something must stand there. */
static const char *
stand_in(const struct source_column *column)
{
    switch (column->affinity) {
    case AFFINITY_TEXT: return "''";
    case AFFINITY_BLOB: return "x''";
    case AFFINITY_INTEGER:
    case AFFINITY_REAL:
    case AFFINITY_NUMERIC: break;
    }
    return "0";
}

static void
add_insert(struct text *sql, const struct back_shape *shape)
{
    AUTO_TEXT values = {0};
    size_t parameter = 0;
    text_add(sql, "INSERT OR ABORT INTO ");
    add_table(sql, shape);
    text_add(sql, " (");
    if (shape->hidden != NULL) {
        text_add(sql, shape->live->source->rowid_name);
        text_printf(&values, "?%zu", ++parameter);
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        text_add(sql, parameter == 0 ? "" : ", ");
        source_quote(sql, shape->columns[i].plan->source->name.text);
        text_printf(&values, "%s?%zu", parameter == 0 ? "" : ", ", parameter + 1);
        parameter++;
    }
    for (size_t i = 0; i < shape->stored_count; i++) {
        const struct source_column *column = back_stored_column(shape, i);
        if (column->not_null && column->default_value == NULL && !column->rowid_alias &&
            !back_is_carried(shape, i)) {
            text_add(sql, ", ");
            source_quote(sql, column->name.text);
            text_printf(&values, ", %s", stand_in(column));
        }
    }
    text_printf(sql, ") VALUES (%s)", text_string(&values));
}

static void
add_restore(struct text *sql, const struct back_shape *shape)
{
    size_t count = shape->stored_count + (shape->rowid == NULL ? 0 : 1);
    text_add(sql, "INSERT OR ABORT INTO ");
    add_table(sql, shape);
    text_printf(sql, " (%s", shape->rowid == NULL ? "" : shape->rowid);
    for (size_t i = 0; i < shape->stored_count; i++) {
        text_add(sql, i == 0 && shape->rowid == NULL ? "" : ", ");
        source_quote(sql, back_stored_column(shape, i)->name.text);
    }
    text_add(sql, ") VALUES (");
    for (size_t i = 0; i < count; i++) {
        text_add(sql, i == 0 ? "?" : ", ?");
    }
    text_add(sql, ")");
}

static void
add_erase(struct text *sql, const struct back_shape *shape)
{
    text_add(sql, "DELETE FROM ");
    add_table(sql, shape);
    back_add_key_condition(sql, shape);
}

bool
back_statements_prepare(struct source *writer, const struct back_shape *shape,
                        struct back_statements *statements, struct error *err)
{
    AUTO_TEXT find = {0};
    AUTO_TEXT update = {0};
    AUTO_TEXT insert = {0};
    AUTO_TEXT restore = {0};
    AUTO_TEXT erase = {0};
    back_find_sql(&find, shape);
    bool updates = add_update(&update, shape);
    add_insert(&insert, shape);
    add_restore(&restore, shape);
    add_erase(&erase, shape);
    return back_prepare(writer, &find, &statements->find, err) &&
           (!updates || back_prepare(writer, &update, &statements->update, err)) &&
           back_prepare(writer, &insert, &statements->insert, err) &&
           back_prepare(writer, &restore, &statements->restore, err) &&
           back_prepare(writer, &erase, &statements->erase, err);
}

void
back_statements_close(struct back_statements *statements)
{
    sqlite3_finalize(statements->find);
    sqlite3_finalize(statements->update);
    sqlite3_finalize(statements->insert);
    sqlite3_finalize(statements->restore);
    sqlite3_finalize(statements->erase);
    *statements = (struct back_statements){0};
}
