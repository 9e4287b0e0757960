/* row_copy_settle.c — from rows of many moments to those of one; see row_copy.h. */
#include "base/stop.h"
#include "capture/row_copy_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLE_ROWS = 5000, SETTLE_ROUNDS_MAX = 200 };

static bool
copy_failed(struct row_copy *self, const char *table, struct error *err)
{
    return source_failed(&self->copy, err, "write the copy of table \"%s\"", table);
}

static void
build_delete(struct text *sql, const struct source_table *table,
             const struct capture_table *capture)
{
    text_add(sql, "DELETE FROM main.");
    source_quote(sql, table->name.text);
    for (size_t i = 0; i < capture->key_count; i++) {
        text_add(sql, i == 0 ? " WHERE " : " AND ");
        capture_key_add(sql, table, capture, i, "");
        text_printf(sql, " IS ?%zu AND ", i + 1);
        capture_key_add(sql, table, capture, i, "");
        text_printf(sql, " IS ?%zu COLLATE BINARY", i + 1);
        if (capture_key_is_loose(table, capture, i)) {
            text_add(sql, " AND typeof(");
            capture_key_add(sql, table, capture, i, "");
            text_printf(sql, ") = typeof(?%zu)", i + 1);
        }
    }
}

static bool
delete_keys(struct row_copy *self, const struct capture_table *capture, int64_t upto,
            struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *keys = NULL;
    AUTO_STATEMENT *delete = NULL;
    const struct source_table *table = &self->catalog->tables[capture->position];
    build_delete(&sql, table, capture);
    if (!capture_prepare_keys(self->source, capture, &keys, err) ||
        !writer_prepare(&self->copy, "settle the copy", text_string(&sql), &delete, err)) {
        return false;
    }
    sqlite3_bind_int64(keys, 1, self->settled);
    sqlite3_bind_int64(keys, 2, upto);
    int step = SQLITE_ROW;
    while ((step = sqlite3_step(keys)) == SQLITE_ROW) {
        for (int i = 0; i < (int)capture->key_count; i++) {
            sqlite3_bind_value(delete, i + 1, sqlite3_column_value(keys, i));
        }
        if (sqlite3_step(delete) != SQLITE_DONE) {
            return copy_failed(self, table->name.text, err);
        }
        sqlite3_reset(delete);
    }
    return step == SQLITE_DONE || source_failed(self->source, err, "read the log");
}

/* The row of the SELECT: keys, the rowid where there is one, then all columns. */
static void
bind_row(sqlite3_stmt *insert, sqlite3_stmt *row, const struct source_table *table,
         const struct capture_table *capture)
{
    int from = (int)capture->key_count;
    int to = 1;
    bool rowid = table->rowid_name != NULL;
    if (rowid && row_copy_has_rowid(table)) {
        sqlite3_bind_value(insert, to++, sqlite3_column_value(row, from));
    }
    from += rowid;
    for (size_t i = 0; i < table->column_count; i++, from++) {
        if (table->columns[i].generated == SQL_GENERATED_NO) {
            sqlite3_bind_value(insert, to++, sqlite3_column_value(row, from));
        }
    }
}

static bool
insert_rows(struct row_copy *self, const struct capture_table *capture, int64_t upto,
            bool replace, struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    AUTO_STATEMENT *insert = NULL;
    const struct source_table *table = &self->catalog->tables[capture->position];
    if (!capture_prepare_rows(self->source, self->catalog, capture, &rows, err) ||
        !row_copy_prepare_insert(self, table, replace, &insert, err)) {
        return false;
    }
    sqlite3_bind_int64(rows, 1, self->settled);
    sqlite3_bind_int64(rows, 2, upto);
    int step = SQLITE_ROW;
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        bind_row(insert, rows, table, capture);
        if (sqlite3_step(insert) != SQLITE_DONE) {
            return copy_failed(self, table->name.text, err);
        }
        sqlite3_reset(insert);
    }
    return step == SQLITE_DONE || source_failed(self->source, err, "read changed rows");
}

/* Deletes all keys logged in (settled, upto], then inserts the rows that they have now. */
static bool
settle_keys(struct row_copy *self, int64_t upto, bool replace, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct capture_backlog backlog;
    if (!capture_backlog_read(self->source, self->settled, upto, &arena, &backlog, err)) {
        return false;
    }
    for (size_t i = 0; i < self->catalog->table_count; i++) {
        const struct capture_table *capture = &self->tables[i];
        if (capture->refusal == NULL && !(self->moved && capture->rowid_moves) &&
            capture_backlog_has(&backlog, capture->id) &&
            (!delete_keys(self, capture, upto, err) ||
             !insert_rows(self, capture, upto, replace, err))) {
            return false;
        }
    }
    return true;
}

static bool
pump(struct row_copy *self, sqlite3_stmt *select, sqlite3_stmt *insert, const char *name,
     struct error *err)
{
    int step = SQLITE_ROW;
    while ((step = sqlite3_step(select)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(select); i++) {
            sqlite3_bind_value(insert, i + 1, sqlite3_column_value(select, i));
        }
        if (sqlite3_step(insert) != SQLITE_DONE) {
            return copy_failed(self, name, err);
        }
        sqlite3_reset(insert);
        if (!stop_check(err)) {
            return false;
        }
    }
    return step == SQLITE_DONE || source_failed(self->source, err, "read table \"%s\"", name);
}

/* Everything of one table that no trigger tells about. columns: "*" or names. */
static bool
copy_whole(struct row_copy *self, const char *name, const char *columns, const char *where,
           struct error *err)
{
    AUTO_TEXT table = {0};
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *select = NULL;
    AUTO_STATEMENT *insert = NULL;
    source_quote(&table, name);
    text_printf(&sql, "DELETE FROM main.%s", text_string(&table));
    if (!row_copy_run(self, text_string(&sql), err)) {
        return false;
    }
    text_reset(&sql);
    text_printf(&sql, "SELECT %s FROM main.%s%s", columns, text_string(&table), where);
    if (!writer_prepare(self->source, "copy a table", text_string(&sql), &select, err)) {
        return false;
    }
    text_reset(&sql);
    text_printf(&sql, "INSERT INTO main.%s", text_string(&table));
    if (columns[0] != '*') {
        text_printf(&sql, "(%s)", columns);
    }
    for (int i = 0; i < sqlite3_column_count(select); i++) {
        text_add(&sql, i == 0 ? " VALUES(?" : ",?");
    }
    text_add(&sql, ")");
    if (!writer_prepare(&self->copy, "copy a table", text_string(&sql), &insert, err)) {
        return false;
    }
    return pump(self, select, insert, name, err);
}

static bool
copy_shadows(struct row_copy *self, struct error *err)
{
    for (size_t i = 0; i < self->catalog->object_count; i++) {
        const struct source_object *object = &self->catalog->objects[i];
        bool whole = object->kind == OBJECT_SHADOW_TABLE ||
                     (object->kind == OBJECT_INTERNAL_TABLE &&
                      sqlite3_stricmp(object->name, "sqlite_sequence") == 0);
        if (whole && !copy_whole(self, object->name, "*", "", err)) {
            return false;
        }
    }
    return copy_whole(self, "_outgrow_meta", "*", "", err) &&
           copy_whole(self, "_outgrow_log", "*",
                      " WHERE seq = (SELECT max(seq) FROM main._outgrow_log)", err);
}

static bool
copy_unlogged(struct row_copy *self, struct error *err)
{
    for (size_t i = 0; i < self->catalog->table_count; i++) {
        const struct source_table *table = &self->catalog->tables[i];
        const struct capture_table *capture = &self->tables[i];
        bool whole = table->query == NULL &&
                     (capture->refusal != NULL || (self->moved && capture->rowid_moves));
        AUTO_TEXT columns = {0};
        row_copy_add_columns(&columns, table, "");
        if (whole && !copy_whole(self, table->name.text, text_string(&columns), "", err)) {
            return false;
        }
    }
    return copy_shadows(self, err);
}

static bool
changed(struct row_copy *self, const char *what, struct error *err)
{
    error_set(err, ERROR_SOURCE, "%s: %s while it was copied", self->source->path, what);
    return error_hint(err, "start again: the copy begins anew");
}

static bool
check_source(struct row_copy *self, const struct capture_state *state, struct error *err)
{
    const char *schema = NULL;
    AUTO_ARENA arena = {0};
    if (!state->installed || strcmp(state->install_id, self->install) != 0) {
        return changed(self, "capture was removed or the file replaced", err);
    }
    if (state->last_seq < self->settled ||
        (state->last_seq > self->settled && state->first_seq > self->settled + 1)) {
        return changed(self, "its log was cut off", err);
    }
    if (state->full) {
        return changed(self, "its log was full (--max-log-rows)", err);
    }
    if (state->schema_version == self->version) {
        return true;
    }
    return row_copy_schema_text(self->source, &arena, &schema, err) &&
           (strcmp(schema, self->schema) == 0 || changed(self, "its schema was changed", err));
}

/* Settled up to `upto`, or, the last time, all that is there. */
static bool
settle_in_transaction(struct row_copy *self, bool last, bool *over, struct error *err)
{
    struct capture_state state;
    if (!capture_state_read(self->source, false, &state, err) ||
        !check_source(self, &state, err)) {
        return false;
    }
    self->moved = state.schema_version != self->version;
    *over = last || state.last_seq - self->settled <= SETTLE_ROWS;
    int64_t upto = *over ? state.last_seq : self->settled + SETTLE_ROWS;
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, upto);
    if (!settle_keys(self, upto, !*over, err) || (*over && !copy_unlogged(self, err)) ||
        !row_copy_note(self, "settled", text, err)) {
        return false;
    }
    self->settled = upto;
    return true;
}

static bool
settle_once(struct row_copy *self, bool last, bool *over, struct error *err)
{
    sqlite3 *source = self->source->handle;
    if (!row_copy_run(self, "BEGIN", err)) {
        return false;
    }
    bool settled = sqlite3_exec(source, "BEGIN", NULL, NULL, NULL) == SQLITE_OK
                       ? settle_in_transaction(self, last, over, err)
                       : source_failed(self->source, err, "read %s", self->source->path);
    sqlite3_exec(source, "ROLLBACK", NULL, NULL, NULL); /* of reading only */
    return settled && row_copy_run(self, "COMMIT", err);
}

bool
row_copy_settle(struct row_copy *self, int64_t *position, struct error *err)
{
    bool over = false;
    for (int round = 1; !over; round++) {
        if (!stop_check(err) || !settle_once(self, round >= SETTLE_ROUNDS_MAX, &over, err)) {
            return false;
        }
    }
    *position = self->settled;
    return true;
}
