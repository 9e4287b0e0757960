/* back_apply_row.c — one row into the source: compared, updated, added, or let wait. */
#include "sync/back_apply_internal.h"

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
    back_apply_table(apply, what, name);
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

static bool
note_refused_row(struct back_apply *apply, struct error *err)
{
    const struct copy_field *label = &apply->fields[BACK_FIELD_LABEL];
    return back_apply_refuse(apply, label->bytes, label->size, err);
}

void
back_apply_bind_key(const struct back_apply *apply, sqlite3_stmt *statement)
{
    for (size_t i = 0; i < back_key_count(apply->shape); i++) {
        sqlite_value_bind(statement, (int)i + 1, &apply->key[i]);
    }
}

bool
back_apply_find(struct back_apply *apply, bool *found, struct error *err)
{
    sqlite3_stmt *find = apply->statements.find;
    sqlite3_reset(find);
    back_apply_bind_key(apply, find);
    int code = sqlite3_step(find);
    *found = code == SQLITE_ROW;
    return *found || code == SQLITE_DONE ||
           source_failed(apply->writer, err, "look up a row of \"%s\"",
                         apply->shape->live->source->name.text);
}

sqlite3_value *
back_apply_found(const struct back_apply *apply, size_t stored)
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
        const struct copy_field *field = &apply->fields[column->field];
        sqlite3_value *old = back_apply_found(apply, column->stored);
        apply->kept[i] = column->key >= 0 ||
                         back_cell_agrees(column, old, field, &apply->encoded);
        if (apply->kept[i]) {
            continue;
        }
        if (!decode_column(apply, i, err)) {
            return false;
        }
        apply->kept[i] = back_value_equals(&apply->values[i], old);
        *changed = *changed || !apply->kept[i];
        if (!apply->kept[i] && back_doubts_concern(apply->doubts, i, old, field) &&
            !back_doubts_note(apply->doubts, i, old, field, apply->key, err)) {
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
                           back_apply_found(apply, apply->shape->columns[i].stored));
    } else {
        sqlite_value_bind(statement, parameter, &apply->values[i]);
    }
}

static enum step_outcome
update_row(struct back_apply *apply, struct error *err)
{
    sqlite3_stmt *update = apply->statements.update;
    int parameter = (int)back_key_count(apply->shape);
    back_apply_bind_key(apply, update);
    for (size_t i = 0; i < apply->shape->column_count; i++) {
        if (apply->shape->columns[i].key < 0) {
            bind_cell(apply, update, ++parameter, i);
        }
    }
    return back_apply_step(apply, update, err);
}

/* As it stands, or (new_cells) as it is to be: columns that the target does not know included. */
static bool
put_aside(struct back_apply *apply, sqlite3_stmt *wait, bool new_cells, struct error *err)
{
    const struct back_shape *shape = apply->shape;
    sqlite3_bind_null(wait, 1);
    if (shape->rowid != NULL) {
        sqlite3_bind_value(wait, 1, sqlite3_column_value(apply->statements.find, 0));
    }
    bind_label(apply, wait);
    for (size_t stored = 0; stored < shape->stored_count; stored++) {
        sqlite3_bind_value(wait, (int)stored + 3, back_apply_found(apply, stored));
    }
    for (size_t i = 0; new_cells && i < shape->column_count; i++) {
        bind_cell(apply, wait, (int)shape->columns[i].stored + 3, i);
    }
    return back_run(apply->writer, wait, err);
}

/* Out of the way of the others, which may want the place that it has. */
static bool
move_away(struct back_apply *apply, struct error *err)
{
    size_t columns = apply->shape->stored_count;
    bool found;
    if (!open_waiting(apply, "moved", columns, &apply->wait_moved, err) ||
        !open_waiting(apply, "left", columns, &apply->wait_left, err) ||
        !back_apply_find(apply, &found, err) ||
        !put_aside(apply, apply->wait_moved, true, err) ||
        !put_aside(apply, apply->wait_left, false, err)) {
        return false;
    }
    sqlite3_reset(apply->statements.find);
    back_apply_bind_key(apply, apply->statements.erase);
    return back_run(apply->writer, apply->statements.erase, err);
}

bool
back_apply_change(struct back_apply *apply, struct back_counts *counts, struct error *err)
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

bool
back_apply_add(struct back_apply *apply, struct back_counts *counts, bool *taken,
               struct error *err)
{
    const struct back_shape *shape = apply->shape;
    for (size_t i = 0; i < shape->column_count; i++) {
        apply->kept[i] = false;
        if (shape->columns[i].key < 0 && !decode_column(apply, i, err)) {
            return false;
        }
    }
    bind_new(apply, apply->statements.insert, 1);
    enum step_outcome outcome = back_apply_step(apply, apply->statements.insert, err);
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
