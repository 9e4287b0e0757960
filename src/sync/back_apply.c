/* back_apply.c — rows of one table into the source: removed, updated where they are, or new.
 *
 * A row that finds its place in a unique index still taken waits (in a temporary table, out of
 * the way itself) until all others are done: so values may be swapped. What SQLite refuses for
 * another reason is noted, and the row stays as it was. */
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdio.h>

struct back_apply {
    struct source *writer;
    struct back_shape *shape;
    bool all;
    struct back_statements statements;
    sqlite3_stmt *wait_moved; /* label, stored columns; with the rowid */
    sqlite3_stmt *wait_new;   /* label, parameters of the insert */
    sqlite3_stmt *seen;
    sqlite3_stmt *refuse;
    struct back_doubts *doubts;
    sqlite3_stmt **put_back;         /* per column: one cell, by key */
    const struct copy_field *fields; /* of the row at hand */
    struct sqlite_value *key;
    struct text *key_texts;
    struct text *key_copies;
    struct sqlite_value *values; /* per column */
    struct text *texts;
    bool *kept; /* per column: it stays as it stands in the source */
    struct text encoded;
};

enum step_outcome { STEP_TAKEN, STEP_OCCUPIED, STEP_REFUSED, STEP_BROKEN };

static enum step_outcome
step_write(struct back_apply *apply, sqlite3_stmt *statement, struct error *err)
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

/* Behind a step that was refused, whose message is still there. */
static bool
note_refused(struct back_apply *apply, const void *label, int size, struct error *err)
{
    sqlite3_stmt *refuse = apply->refuse;
    sqlite3_bind_text(refuse, 3, sqlite3_errmsg(apply->writer->handle), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(refuse, 1, apply->shape->live->capture->id);
    sqlite3_bind_text(refuse, 2, label, size, SQLITE_TRANSIENT);
    return back_run(apply->writer, refuse, err);
}

static bool
note_refused_row(struct back_apply *apply, struct error *err)
{
    const struct copy_field *label = &apply->fields[BACK_FIELD_LABEL];
    return note_refused(apply, label->bytes, label->size, err);
}

/* ---- tables that wait ---- */

static void
waiting_name(const struct back_apply *apply, const char *what, char name[48])
{
    snprintf(name, 48, "temp.outgrow_%s_%" PRId64, what, apply->shape->live->capture->id);
}

static size_t
insert_parameters(const struct back_shape *shape)
{
    return shape->column_count + (shape->hidden != NULL ? 1 : 0);
}

/* A table of `columns` values without types behind a label, and the statement that fills it. */
static bool
open_waiting(struct back_apply *apply, const char *what, size_t columns,
             sqlite3_stmt **statement, struct error *err)
{
    AUTO_TEXT create = {0};
    AUTO_TEXT insert = {0};
    char name[48];
    if (*statement != NULL) {
        return true;
    }
    waiting_name(apply, what, name);
    text_printf(&create, "CREATE TABLE %s (id INTEGER PRIMARY KEY, label", name);
    text_printf(&insert, "INSERT INTO %s VALUES (?1, ?2", name);
    for (size_t i = 0; i < columns; i++) {
        text_printf(&create, ", v%zu", i);
        text_printf(&insert, ", ?%zu", i + 3);
    }
    text_add(&create, ")");
    text_add(&insert, ")");
    return back_execute(apply->writer, text_string(&create), err) &&
           back_prepare(apply->writer, &insert, statement, err);
}

static void
bind_label(const struct back_apply *apply, sqlite3_stmt *statement)
{
    const struct copy_field *label = &apply->fields[BACK_FIELD_LABEL];
    sqlite3_bind_text(statement, 2, (const char *)label->bytes, label->size, SQLITE_STATIC);
}

/* ---- the row at hand ---- */

static bool
decode_key(struct back_apply *apply, struct error *err)
{
    const struct back_shape *shape = apply->shape;
    static const struct value_type rowid_type = {.kind = TYPE_BIGINT};
    static const struct source_form rowid_form = {{0}, 0, false};
    struct refusal refusal;
    if (shape->hidden != NULL) {
        return value_decode(&apply->fields[shape->hidden_field], &rowid_type, &rowid_form,
                            &apply->key_texts[0], &apply->key[0], &refusal) ||
               error_set(err, ERROR_TARGET, "%s: %s", shape->live->plan->name, refusal.reason);
    }
    for (size_t i = 0; i < back_key_count(shape); i++) {
        size_t column = (size_t)(back_key_column(shape, i) - shape->columns);
        if (!back_cell_decode(shape, column, apply->fields, &apply->key_texts[i],
                              &apply->key[i], err)) {
            return false;
        }
    }
    return back_spelling_find(apply->writer, shape, apply->key, apply->key_copies, err);
}

static void
bind_key(const struct back_apply *apply, sqlite3_stmt *statement)
{
    for (size_t i = 0; i < back_key_count(apply->shape); i++) {
        sqlite_value_bind(statement, (int)i + 1, &apply->key[i]);
    }
}

static bool
find_row(struct back_apply *apply, bool *found, struct error *err)
{
    sqlite3_stmt *find = apply->statements.find;
    sqlite3_reset(find);
    bind_key(apply, find);
    int code = sqlite3_step(find);
    *found = code == SQLITE_ROW;
    return *found || code == SQLITE_DONE ||
           source_failed(apply->writer, err, "look up a row of \"%s\"",
                         apply->shape->live->source->name.text);
}

static sqlite3_value *
found_value(const struct back_apply *apply, size_t stored)
{
    int first = apply->shape->rowid == NULL ? 0 : 1;
    return sqlite3_column_value(apply->statements.find, first + (int)stored);
}

static bool
decode_column(struct back_apply *apply, size_t i, struct error *err)
{
    return back_cell_decode(apply->shape, i, apply->fields, &apply->texts[i], &apply->values[i],
                            err);
}

static void
count_stand_ins(const struct back_apply *apply, struct back_counts *counts)
{
    for (size_t i = 0; i < apply->shape->column_count; i++) {
        const struct back_column *column = &apply->shape->columns[i];
        counts->altered += !apply->kept[i] && column->key < 0 &&
                           back_value_is_stand_in(&apply->values[i], &column->plan->type);
    }
}

/* Which cells of the found row have to change. */
static bool
compare_columns(struct back_apply *apply, bool *changed, struct error *err)
{
    const struct back_shape *shape = apply->shape;
    *changed = false;
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct back_column *column = &shape->columns[i];
        sqlite3_value *old = found_value(apply, column->stored);
        apply->kept[i] = column->key >= 0 ||
                         back_cell_agrees(column, old, &apply->fields[column->field],
                                          &apply->encoded);
        if (apply->kept[i]) {
            continue;
        }
        if (!decode_column(apply, i, err)) {
            return false;
        }
        bool noted;
        apply->kept[i] = back_value_equals(&apply->values[i], old);
        *changed = *changed || !apply->kept[i];
        if (!apply->kept[i] &&
            !back_doubts_note(apply->doubts, i, old, &apply->fields[column->field], apply->key,
                              &noted, err)) {
            return false;
        }
    }
    return true;
}

static void
bind_cell(const struct back_apply *apply, sqlite3_stmt *statement, int parameter, size_t i)
{
    if (apply->kept[i]) {
        sqlite3_bind_value(statement, parameter,
                           found_value(apply, apply->shape->columns[i].stored));
    } else {
        sqlite_value_bind(statement, parameter, &apply->values[i]);
    }
}

static enum step_outcome
update_row(struct back_apply *apply, struct error *err)
{
    sqlite3_stmt *update = apply->statements.update;
    int parameter = (int)back_key_count(apply->shape);
    bind_key(apply, update);
    for (size_t i = 0; i < apply->shape->column_count; i++) {
        if (apply->shape->columns[i].key < 0) {
            bind_cell(apply, update, ++parameter, i);
        }
    }
    return step_write(apply, update, err);
}

/* The found row as it is to be, columns that the target does not know included. */
static bool
move_away(struct back_apply *apply, struct error *err)
{
    const struct back_shape *shape = apply->shape;
    bool found;
    if (!open_waiting(apply, "moved", shape->stored_count, &apply->wait_moved, err) ||
        !find_row(apply, &found, err)) {
        return false;
    }
    sqlite3_stmt *wait = apply->wait_moved;
    sqlite3_bind_null(wait, 1);
    if (shape->rowid != NULL) {
        sqlite3_bind_value(wait, 1, sqlite3_column_value(apply->statements.find, 0));
    }
    bind_label(apply, wait);
    for (size_t stored = 0; stored < shape->stored_count; stored++) {
        sqlite3_bind_value(wait, (int)stored + 3, found_value(apply, stored));
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        bind_cell(apply, wait, (int)shape->columns[i].stored + 3, i);
    }
    if (!back_run(apply->writer, wait, err)) {
        return false;
    }
    sqlite3_reset(apply->statements.find);
    bind_key(apply, apply->statements.erase);
    return back_run(apply->writer, apply->statements.erase, err);
}

static bool
change_row(struct back_apply *apply, struct back_counts *counts, struct error *err)
{
    bool changed;
    if (!compare_columns(apply, &changed, err)) {
        return false;
    }
    if (!changed) {
        return true;
    }
    enum step_outcome outcome = update_row(apply, err);
    bool good = outcome == STEP_TAKEN || outcome == STEP_OCCUPIED ||
                (outcome == STEP_REFUSED && note_refused_row(apply, err));
    sqlite3_reset(apply->statements.update);
    if (!good) {
        return false;
    }
    counts->rows += outcome != STEP_REFUSED;
    count_stand_ins(apply, counts);
    return outcome != STEP_OCCUPIED || move_away(apply, err);
}

/* parameter: the first of the insert's. */
static void
bind_new(const struct back_apply *apply, sqlite3_stmt *statement, int parameter)
{
    const struct back_shape *shape = apply->shape;
    if (shape->hidden != NULL) {
        sqlite_value_bind(statement, parameter++, &apply->key[0]);
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        int key = shape->columns[i].key;
        sqlite_value_bind(statement, parameter++,
                          key >= 0 ? &apply->key[key] : &apply->values[i]);
    }
}

static bool
let_new_wait(struct back_apply *apply, struct error *err)
{
    if (!open_waiting(apply, "new", insert_parameters(apply->shape), &apply->wait_new, err)) {
        return false;
    }
    sqlite3_bind_null(apply->wait_new, 1);
    bind_label(apply, apply->wait_new);
    bind_new(apply, apply->wait_new, 3);
    return back_run(apply->writer, apply->wait_new, err);
}

static bool
add_row(struct back_apply *apply, struct back_counts *counts, bool *taken, struct error *err)
{
    const struct back_shape *shape = apply->shape;
    for (size_t i = 0; i < shape->column_count; i++) {
        apply->kept[i] = false;
        if (shape->columns[i].key < 0 && !decode_column(apply, i, err)) {
            return false;
        }
    }
    bind_new(apply, apply->statements.insert, 1);
    enum step_outcome outcome = step_write(apply, apply->statements.insert, err);
    bool good = outcome == STEP_TAKEN || outcome == STEP_OCCUPIED ||
                (outcome == STEP_REFUSED && note_refused_row(apply, err));
    sqlite3_reset(apply->statements.insert);
    *taken = outcome == STEP_TAKEN;
    if (!good) {
        return false;
    }
    counts->rows += outcome != STEP_REFUSED;
    count_stand_ins(apply, counts);
    return outcome != STEP_OCCUPIED || let_new_wait(apply, err);
}

/* ---- rows that were not handed over ---- */

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
    return sqlite3_value_int64(found_value(apply, stored));
}

static bool
note_seen(struct back_apply *apply, bool found, struct error *err)
{
    if (!apply->all) {
        return true;
    }
    if (seen_by_rowid(apply->shape)) {
        sqlite3_bind_int64(apply->seen, 1,
                           found ? found_rowid(apply)
                                 : sqlite3_last_insert_rowid(apply->writer->handle));
    } else {
        bind_key(apply, apply->seen);
    }
    return back_run(apply->writer, apply->seen, err);
}

static bool
open_seen(struct back_apply *apply, struct error *err)
{
    AUTO_TEXT create = {0};
    AUTO_TEXT insert = {0};
    AUTO_TEXT columns = {0};
    AUTO_TEXT values = {0};
    char name[48];
    waiting_name(apply, "seen", name);
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
back_apply_spare(struct back_apply *apply, const int64_t *rowids, size_t count,
                 struct error *err)
{
    for (size_t i = 0; i < count && seen_by_rowid(apply->shape); i++) {
        sqlite3_bind_int64(apply->seen, 1, rowids[i]);
        if (!back_run(apply->writer, apply->seen, err)) {
            return false;
        }
    }
    return true;
}

static bool
remove_unseen(struct back_apply *apply, struct back_counts *counts, struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[48];
    const struct source_table *source = apply->shape->live->source;
    waiting_name(apply, "seen", name);
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

/* ---- from begin to finish ---- */

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
    apply->key_texts = arena_alloc(arena, keys * sizeof *apply->key_texts);
    apply->key_copies = arena_alloc(arena, keys * sizeof *apply->key_copies);
    apply->values = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->values);
    apply->texts = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->texts);
    apply->put_back = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->put_back);
    apply->kept = arena_alloc(arena, (shape->column_count + 1) * sizeof *apply->kept);
    *out = apply;
    return back_spelling_prepare(writer, shape, err) &&
           back_statements_prepare(writer, shape, &apply->statements, err) &&
           back_doubts_open(writer, shape, arena, &apply->doubts, err) &&
           prepare_refuse(apply, err) && (!all || open_seen(apply, err));
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
    if (!decode_key(apply, err) || !find_row(apply, &found, err)) {
        return false;
    }
    bool good = true;
    if (present && found) {
        good = note_seen(apply, true, err) && change_row(apply, counts, err);
    } else if (present) {
        good = add_row(apply, counts, &taken, err) && (!taken || note_seen(apply, false, err));
    }
    sqlite3_reset(apply->statements.find);
    if (!good || present || !found) {
        return good;
    }
    counts->rows++;
    bind_key(apply, apply->statements.erase);
    return back_run(apply->writer, apply->statements.erase, err);
}

/* Rows that waited, into the place that is free now. first: 1: with the rowid in front. */
static bool
settle(struct back_apply *apply, const char *what, bool with_rowid, sqlite3_stmt *write,
       struct error *err)
{
    AUTO_STATEMENT *rows = NULL;
    AUTO_TEXT sql = {0};
    char name[48];
    int code;
    waiting_name(apply, what, name);
    text_printf(&sql, "SELECT * FROM %s", name);
    if (!back_prepare(apply->writer, &sql, &rows, err)) {
        return false;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        int parameter = 1;
        if (with_rowid) {
            sqlite3_bind_value(write, parameter++, sqlite3_column_value(rows, 0));
        }
        for (int i = 2; i < sqlite3_column_count(rows); i++) {
            sqlite3_bind_value(write, parameter++, sqlite3_column_value(rows, i));
        }
        enum step_outcome outcome = step_write(apply, write, err);
        bool good = outcome == STEP_TAKEN || (outcome != STEP_BROKEN &&
                                              note_refused(apply, sqlite3_column_text(rows, 1),
                                                           sqlite3_column_bytes(rows, 1), err));
        sqlite3_reset(write);
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
    waiting_name(apply, what, name);
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
    if (apply->all && !remove_unseen(apply, counts, err)) {
        return false;
    }
    bool rowid = apply->shape->rowid != NULL;
    return (apply->wait_moved == NULL ||
            settle(apply, "moved", rowid, apply->statements.restore, err)) &&
           (apply->wait_new == NULL ||
            settle(apply, "new", false, apply->statements.insert, err)) &&
           back_doubts_settle(apply->doubts, conn, judge, apply, err) &&
           drop_waiting(apply, "moved", &apply->wait_moved, err) &&
           drop_waiting(apply, "new", &apply->wait_new, err) &&
           drop_waiting(apply, "seen", &apply->seen, err);
}

void
back_apply_close(struct back_apply *apply)
{
    back_statements_close(&apply->statements);
    sqlite3_finalize(apply->wait_moved);
    sqlite3_finalize(apply->wait_new);
    sqlite3_finalize(apply->seen);
    sqlite3_finalize(apply->refuse);
    back_doubts_close(apply->doubts);
    for (size_t i = 0; i < back_key_count(apply->shape); i++) {
        text_free(&apply->key_texts[i]);
        text_free(&apply->key_copies[i]);
    }
    for (size_t i = 0; i < apply->shape->column_count; i++) {
        text_free(&apply->texts[i]);
        sqlite3_finalize(apply->put_back[i]);
    }
    text_free(&apply->encoded);
}
