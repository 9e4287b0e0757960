/* back_apply.c — rows of one table into the source: removed, updated where they are, or new.
 *
 * A row that finds its place in a unique index still taken waits (in a temporary table, out of
 * the way itself) until all others are done: so values may be swapped. What SQLite refuses, for
 * another reason or then, is noted, and the row stays as it was. */
#include "sync/back_apply_internal.h"

#include <inttypes.h>
#include <stdio.h>

enum step_outcome
back_apply_step(struct back_apply *apply, sqlite3_stmt *statement, struct error *err)
{
    int code = sqlite3_step(statement);
    int extended = sqlite3_extended_errcode(apply->writer->handle);
    enum step_outcome outcome = STEP_TAKEN;
    if (code != SQLITE_DONE) {
        switch (extended & 0xFF) {
        case SQLITE_CONSTRAINT:
            outcome = extended == SQLITE_CONSTRAINT_UNIQUE ||
                              extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
                              extended == SQLITE_CONSTRAINT_ROWID
                          ? STEP_OCCUPIED
                          : STEP_REFUSED;
            break;
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG: outcome = STEP_REFUSED; break;
        default: outcome = STEP_BROKEN; break;
        }
    }
    if (outcome == STEP_BROKEN) {
        source_failed(apply->writer, err, "write a row of \"%s\"",
                      apply->shape->live->source->name.text);
    }
    return outcome;
}

bool
back_apply_refuse(struct back_apply *apply, const void *label, int size, struct error *err)
{
    sqlite3_stmt *refuse = apply->refuse;
    sqlite3_bind_text(refuse, 3, sqlite3_errmsg(apply->writer->handle), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(refuse, 1, apply->shape->live->capture->id);
    sqlite3_bind_text(refuse, 2, label, size, SQLITE_TRANSIENT);
    return back_run(apply->writer, refuse, err);
}

void
back_apply_table(const struct back_apply *apply, const char *what, char name[48])
{
    snprintf(name, 48, "temp.outgrow_%s_%" PRId64, what, apply->shape->live->capture->id);
}

static bool
prepare_refuse(struct back_apply *apply, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "INSERT INTO temp.outgrow_refused VALUES (?1, ?2, ?3)");
    return back_prepare(apply->writer, &sql, &apply->refuse, err);
}

bool
back_apply_begin(struct source *writer, struct back_shape *shape, bool all, struct arena *arena,
                 struct back_apply **out, struct error *err)
{
    struct back_apply *apply = arena_alloc(arena, sizeof *apply);
    size_t keys = back_key_count(shape);
    *apply = (struct back_apply){.writer = writer, .shape = shape, .all = all};
    apply->key = arena_alloc(arena, keys * sizeof *apply->key);
    apply->key_texts = arena_alloc(arena, 2 * keys * sizeof *apply->key_texts);
    apply->values = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->values);
    apply->texts = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->texts);
    apply->put_back = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->put_back);
    apply->kept = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->kept);
    *out = apply;
    return back_spelling_prepare(writer, shape, err) &&
           back_statements_prepare(writer, shape, &apply->statements, err) &&
           back_doubts_open(writer, shape, arena, &apply->doubts, err) &&
           prepare_refuse(apply, err) && (!all || back_apply_open_seen(apply, err));
}

bool
back_apply_row(struct back_apply *apply, const struct copy_field *fields,
               struct back_counts *counts, struct error *err)
{
    bool found = false;
    bool taken = true;
    apply->fields = fields;
    bool present = fields[BACK_FIELD_PRESENT].bytes != NULL &&
                   fields[BACK_FIELD_PRESENT].bytes[0] != 0;
    if (!back_key_decode(apply->writer, apply->shape, fields, apply->key, apply->key_texts,
                         err) ||
        !back_apply_find(apply, &found, err)) {
        return false;
    }
    bool good = true;
    if (present && found) {
        good = back_apply_note_seen(apply, true, err) && back_apply_change(apply, counts, err);
    } else if (present) {
        good = back_apply_add(apply, counts, &taken, err) &&
               (!taken || back_apply_note_seen(apply, false, err));
    }
    sqlite3_reset(apply->statements.find);
    if (!good || present || !found) {
        return good;
    }
    counts->rows++;
    back_apply_bind_key(apply, apply->statements.erase);
    return back_run(apply->writer, apply->statements.erase, err);
}

/* The insert of a row of a waiting table: values behind id and label, the id for a rowid. */
static enum step_outcome
insert_waiting(struct back_apply *apply, sqlite3_stmt *row, bool with_rowid,
               sqlite3_stmt *insert, struct error *err)
{
    int parameter = 1;
    if (with_rowid) {
        sqlite3_bind_value(insert, parameter++, sqlite3_column_value(row, 0));
    }
    for (int i = 2; i < sqlite3_column_count(row); i++) {
        sqlite3_bind_value(insert, parameter++, sqlite3_column_value(row, i));
    }
    return back_apply_step(apply, insert, err);
}

static bool
prepare_waiting(struct back_apply *apply, const char *what, const char *where,
                sqlite3_stmt **rows, struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[48];
    back_apply_table(apply, what, name);
    text_printf(&sql, "SELECT * FROM %s%s", name, where);
    return back_prepare(apply->writer, &sql, rows, err);
}

/* A row that had to make room and finds none: as it was, unless another has that place, too. What
 * only the source has of it is kept then. */
static bool
leave_as_it_was(struct back_apply *apply, sqlite3_int64 id, struct error *err)
{
    AUTO_STATEMENT *left = NULL;
    sqlite3_stmt *restore = apply->statements.restore;
    if (!prepare_waiting(apply, "left", " WHERE id = ?1", &left, err)) {
        return false;
    }
    sqlite3_bind_int64(left, 1, id);
    if (sqlite3_step(left) != SQLITE_ROW) {
        return source_failed(apply->writer, err, "read a row that waited");
    }
    sqlite3_reset(restore);
    enum step_outcome outcome = insert_waiting(apply, left, apply->shape->rowid != NULL,
                                               restore, err);
    return outcome == STEP_TAKEN || (outcome != STEP_BROKEN && back_lost_keep(apply, id, err));
}

static bool
refuse_waiting(struct back_apply *apply, sqlite3_stmt *row, bool moved, struct error *err)
{
    return back_apply_refuse(apply, sqlite3_column_text(row, 1), sqlite3_column_bytes(row, 1),
                             err) &&
           (!moved || leave_as_it_was(apply, sqlite3_column_int64(row, 0), err));
}

/* Rows that waited, into the place that is free now. moved: they were in the source before. */
static bool
settle(struct back_apply *apply, bool moved, struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    sqlite3_stmt *insert = moved ? apply->statements.restore : apply->statements.insert;
    bool with_rowid = moved && apply->shape->rowid != NULL;
    int code;
    if (!prepare_waiting(apply, moved ? "moved" : "new", "", &rows, err)) {
        return false;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        enum step_outcome outcome = insert_waiting(apply, rows, with_rowid, insert, err);
        bool good = outcome == STEP_TAKEN ||
                    (outcome != STEP_BROKEN && refuse_waiting(apply, rows, moved, err));
        sqlite3_reset(insert);
        if (!good) {
            return false;
        }
    }
    return code == SQLITE_DONE || source_failed(apply->writer, err, "write rows that waited");
}

static bool
drop_waiting(struct back_apply *apply, const char *what, sqlite3_stmt **statement,
             struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[48];
    if (*statement == NULL) {
        return true;
    }
    sqlite3_finalize(*statement);
    *statement = NULL;
    back_apply_table(apply, what, name);
    text_printf(&sql, "DROP TABLE %s", name);
    return back_execute(apply->writer, text_string(&sql), err);
}

static bool
prepare_put_back(struct back_apply *apply, size_t column, struct error *err)
{
    AUTO_TEXT sql = {0};
    if (apply->put_back[column] != NULL) {
        return true;
    }
    text_add(&sql, "UPDATE OR ABORT ");
    source_quote(&sql, apply->shape->live->source->name.text);
    text_add(&sql, " SET ");
    source_quote(&sql, apply->shape->columns[column].plan->source->name.text);
    text_printf(&sql, " = ?%zu", back_key_count(apply->shape) + 1);
    back_add_key_condition(&sql, apply->shape);
    return back_prepare(apply->writer, &sql, &apply->put_back[column], err);
}

/* The same document: as it was written before. */
static bool
judge(void *context, const struct back_doubt *doubt, struct error *err)
{
    struct back_apply *apply = context;
    size_t keys = back_key_count(apply->shape);
    if (!doubt->same) {
        return true;
    }
    if (!prepare_put_back(apply, doubt->column, err)) {
        return false;
    }
    sqlite3_stmt *put_back = apply->put_back[doubt->column];
    for (size_t i = 0; i < keys; i++) {
        sqlite_value_bind(put_back, (int)i + 1, &doubt->key[i]);
    }
    sqlite3_bind_value(put_back, (int)keys + 1, doubt->old);
    return back_run(apply->writer, put_back, err);
}

bool
back_apply_finish(struct back_apply *apply, PGconn *conn, struct back_counts *counts,
                  struct error *err)
{
    if (apply->all && !back_apply_remove_unseen(apply, counts, err)) {
        return false;
    }
    return (apply->wait_moved == NULL || settle(apply, true, err)) &&
           (apply->wait_new == NULL || settle(apply, false, err)) &&
           back_lost_return(apply, err) &&
           back_doubts_settle(apply->doubts, conn, judge, apply, err) &&
           drop_waiting(apply, "moved", &apply->wait_moved, err) &&
           drop_waiting(apply, "left", &apply->wait_left, err) &&
           drop_waiting(apply, "new", &apply->wait_new, err) &&
           drop_waiting(apply, "seen", &apply->seen, err);
}

void
back_apply_close(struct back_apply *apply)
{
    back_statements_close(&apply->statements);
    sqlite3_finalize(apply->wait_moved);
    sqlite3_finalize(apply->wait_left);
    sqlite3_finalize(apply->wait_new);
    sqlite3_finalize(apply->seen);
    sqlite3_finalize(apply->refuse);
    back_doubts_close(apply->doubts);
    for (size_t i = 0; i < 2 * back_key_count(apply->shape); i++) {
        text_free(&apply->key_texts[i]);
    }
    for (size_t i = 0; i < apply->shape->column_count; i++) {
        text_free(&apply->texts[i]);
        sqlite3_finalize(apply->put_back[i]);
    }
    text_free(&apply->encoded);
}
