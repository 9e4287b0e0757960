/* back_rehearse.c — every row of the target back into values, compared with what stands in the
 * source: nothing is written. */
#include "base/stop.h"
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_PER_STOP_CHECK = 256 };

struct rehearsing {
    struct sync_link *link;
    struct arena *arena; /* of the examples */
    size_t examples_max;
    struct back_rehearsal *rehearsal;
    int64_t seq; /* of the source's log: what the target has */

    /* Of the table at hand. */
    struct back_shape *shape;
    sqlite3_stmt *find;
    sqlite3_stmt *logged;
    struct back_doubts *doubts;
    struct copy_field *fields;
    struct sqlite_value *key;
    struct text *texts; /* as back_key_decode wants them */
    struct text scratch;
    struct text encoded;
};

/* ---- examples ---- */

static void
show_key(const struct rehearsing *work, struct text *out)
{
    const struct back_shape *shape = work->shape;
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(out, "%s%s=", i == 0 ? "" : ", ",
                    shape->hidden != NULL ? "rowid"
                                          : back_key_column(shape, i)->plan->source->name.text);
        back_show(out, &work->key[i]);
    }
}

static bool
wants_example(const struct rehearsing *work)
{
    return work->rehearsal->example_count < work->examples_max;
}

static void
add_example(struct rehearsing *work, const struct text *line)
{
    const char **examples = work->rehearsal->examples;
    size_t count = work->rehearsal->example_count;
    *ARENA_APPEND(work->arena, examples, count) = arena_strdup(work->arena, text_string(line));
    work->rehearsal->examples = examples;
    work->rehearsal->example_count = count;
}

/* ---- one row ---- */

/* The key was logged behind the position: the target does not have what the reader has. Asked of
 * the reader's own log: that of the source as it is now may have been trimmed since. */
static bool
is_under_way(struct rehearsing *work, bool *under_way, struct error *err)
{
    sqlite3_reset(work->logged);
    sqlite3_bind_int64(work->logged, 1, work->seq);
    sqlite3_bind_int64(work->logged, 2, work->shape->live->capture->id);
    for (size_t i = 0; i < back_key_count(work->shape); i++) {
        sqlite_value_bind(work->logged, (int)i + 3, &work->key[i]);
    }
    int code = sqlite3_step(work->logged);
    *under_way = code == SQLITE_ROW;
    sqlite3_reset(work->logged);
    return *under_way || code == SQLITE_DONE ||
           source_failed(&work->link->reader, err, "read the source's log");
}

static bool
find_row(struct rehearsing *work, bool *found, struct error *err)
{
    const struct back_shape *shape = work->shape;
    if (!back_key_decode(&work->link->reader, shape, work->fields, work->key, work->texts,
                         err)) {
        return false;
    }
    sqlite3_reset(work->find);
    for (size_t i = 0; i < back_key_count(shape); i++) {
        sqlite_value_bind(work->find, (int)i + 1, &work->key[i]);
    }
    int code = sqlite3_step(work->find);
    *found = code == SQLITE_ROW;
    return *found || code == SQLITE_DONE ||
           source_failed(&work->link->reader, err, "look up a row of \"%s\"",
                         shape->live->source->name.text);
}

static void
note_cell(struct rehearsing *work, const struct back_column *column, sqlite3_value *value,
          const struct sqlite_value *back)
{
    AUTO_TEXT line = {0};
    struct sqlite_value stands;
    work->rehearsal->cells_inexact++;
    if (!wants_example(work)) {
        return;
    }
    back_value_borrow(value, &stands);
    text_printf(&line, "%s.%s, ", work->shape->live->source->name.text,
                column->plan->source->name.text);
    show_key(work, &line);
    text_add(&line, ": ");
    back_show(&line, &stands);
    text_add(&line, " would come back as ");
    back_show(&line, back);
    add_example(work, &line);
}

static bool
compare_cell(struct rehearsing *work, size_t i, sqlite3_value *value, struct error *err)
{
    const struct back_column *column = &work->shape->columns[i];
    const struct copy_field *field = &work->fields[column->field];
    struct sqlite_value back;
    bool under_way = false;
    if (!back_cell_decode(work->shape, i, work->fields, &work->scratch, &back, err)) {
        return false;
    }
    if (back_value_equals(&back, value)) {
        return true;
    }
    if (back_cell_agrees(column, value, field, &work->encoded)) {
        work->rehearsal->cells_kept++;
        return true;
    }
    if (back_doubts_concern(work->doubts, i, value, field)) {
        return back_doubts_note(work->doubts, i, value, field, work->key, err);
    }
    if (!is_under_way(work, &under_way, err)) {
        return false;
    }
    if (!under_way) {
        note_cell(work, column, value, &back);
    }
    return true;
}

/* A document, when the server has said whether it is the same. */
static bool
judge(void *context, const struct back_doubt *doubt, struct error *err)
{
    struct rehearsing *work = context;
    bool under_way = false;
    struct sqlite_value back;
    if (doubt->same) {
        work->rehearsal->cells_kept++;
        return true;
    }
    for (size_t i = 0; i < back_key_count(work->shape); i++) {
        work->key[i] = doubt->key[i];
    }
    if (!is_under_way(work, &under_way, err)) {
        return false;
    }
    if (!under_way) {
        back_value_borrow(doubt->new, &back);
        note_cell(work, &work->shape->columns[doubt->column], doubt->old, &back);
    }
    return true;
}

static bool
note_missing(struct rehearsing *work, struct error *err)
{
    AUTO_TEXT line = {0};
    bool under_way;
    if (!is_under_way(work, &under_way, err)) {
        return false;
    }
    if (under_way) {
        return true;
    }
    work->rehearsal->cells_inexact++;
    if (wants_example(work)) {
        text_printf(&line, "%s, ", work->shape->live->source->name.text);
        show_key(work, &line);
        text_add(&line, ": there is no such row in the source");
        add_example(work, &line);
    }
    return true;
}

static bool
compare_row(struct rehearsing *work, struct error *err)
{
    const struct back_shape *shape = work->shape;
    int first = shape->rowid == NULL ? 0 : 1;
    bool found = false;
    work->rehearsal->rows++;
    if (!find_row(work, &found, err)) {
        return false;
    }
    if (!found) {
        return note_missing(work, err);
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        /* A key that found its row is what stands there. */
        if (shape->columns[i].key < 0 &&
            !compare_cell(
                work, i,
                sqlite3_column_value(work->find, first + (int)shape->columns[i].stored), err)) {
            return false;
        }
    }
    return true;
}

/* ---- one table ---- */

static bool
prepare_logged(struct rehearsing *work, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT 1 FROM _outgrow_log WHERE seq > ?1 AND t = ?2");
    for (size_t i = 0; i < back_key_count(work->shape); i++) {
        text_printf(&sql, " AND k%zu IS ?%zu", i + 1, i + 3);
    }
    return back_prepare(&work->link->reader, &sql, &work->logged, err);
}

static bool
prepare_find(struct rehearsing *work, struct error *err)
{
    AUTO_TEXT sql = {0};
    back_find_sql(&sql, work->shape);
    return back_prepare(&work->link->reader, &sql, &work->find, err);
}

static bool
read_table(struct rehearsing *work, struct error *err)
{
    AUTO_COPY_READER reader = {0};
    AUTO_TEXT sql = {0};
    enum copy_read got;
    uint64_t rows = 0;
    back_rows_sql(&sql, work->shape, true);
    if (!back_spelling_prepare(&work->link->reader, work->shape, err) ||
        !prepare_find(work, err) || !prepare_logged(work, err) ||
        !copy_reader_begin(&reader, work->link->conn, text_string(&sql), err)) {
        return false;
    }
    while ((got = copy_reader_next(&reader, work->fields, work->shape->field_count, err)) ==
           COPY_ROW) {
        if (!compare_row(work, err) ||
            (++rows % ROWS_PER_STOP_CHECK == 0 && !stop_check(err))) {
            return false;
        }
    }
    copy_reader_close(&reader);
    return got == COPY_END &&
           back_doubts_settle(work->doubts, work->link->conn, judge, work, err);
}

static void
end_table(struct rehearsing *work)
{
    for (size_t i = 0; i < 2 * back_key_count(work->shape); i++) {
        text_free(&work->texts[i]);
    }
    text_free(&work->scratch);
    text_free(&work->encoded);
    sqlite3_finalize(work->find);
    sqlite3_finalize(work->logged);
    work->find = NULL;
    work->logged = NULL;
    back_doubts_close(work->doubts);
    work->doubts = NULL;
    back_spelling_forget(&work->link->reader, work->shape);
}

static bool
rehearse_rows(struct rehearsing *work, const struct live_table *table, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_BACK_SHAPE shape = {0};
    if (!back_shape_build(work->link, table, &memory, &shape, err) ||
        !back_forms_load(work->link, &shape, err)) {
        return false;
    }
    size_t keys = back_key_count(&shape);
    work->shape = &shape;
    work->fields = arena_alloc(&memory, shape.field_count * sizeof *work->fields);
    work->key = arena_alloc(&memory, keys * sizeof *work->key);
    work->texts = arena_alloc(&memory, 2 * keys * sizeof *work->texts);
    bool good = back_doubts_open(&work->link->reader, &shape, &memory, &work->doubts, err) &&
                read_table(work, err);
    end_table(work);
    work->shape = NULL;
    return good;
}

static bool
read_position(struct rehearsing *work, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT seq FROM outgrow.live WHERE id = %" PRId64,
             work->link->live.id);
    if (!target_query(work->link->conn, sql, NULL, 0, &result, err)) {
        return false;
    }
    work->seq = PQntuples(result) == 0 ? 0 : target_number(result, 0, 0);
    return true;
}

static bool
begin_reading(void *context, struct error *err)
{
    return back_execute(context, "BEGIN", err);
}

/* A moment of its own, so that neither side has to keep an old state for long. */
static bool
rehearse_in_moment(struct rehearsing *work, const struct live_table *table, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct source *reader = &work->link->reader;
    bool *moved = &work->rehearsal->moved;
    bool good = back_moment_take(work->link, begin_reading, reader, &transaction, moved, err) &&
                (*moved || (read_position(work, err) && rehearse_rows(work, table, err)));
    if (sqlite3_get_autocommit(reader->handle) == 0) {
        back_tidy(reader, "ROLLBACK");
    }
    return good;
}

static bool
rehearse_table(struct rehearsing *work, const struct live_table *table, struct error *err)
{
    bool idle = PQtransactionStatus(work->link->conn) == PQTRANS_IDLE;
    return (idle ? rehearse_in_moment(work, table, err)
                 : read_position(work, err) && rehearse_rows(work, table, err)) ||
           error_wrap(err, "rehearse the way back of %s", table->plan->name);
}

bool
back_rehearse(struct sync_link *link, struct arena *arena, size_t examples,
              struct back_rehearsal *rehearsal, struct error *err)
{
    struct rehearsing work = {
        .link = link, .arena = arena, .examples_max = examples, .rehearsal = rehearsal};
    *rehearsal = (struct back_rehearsal){0};
    for (size_t i = 0; i < link->table_count && !rehearsal->moved; i++) {
        if (back_table_returns(&link->tables[i]) &&
            !rehearse_table(&work, &link->tables[i], err)) {
            return false;
        }
    }
    return true;
}
