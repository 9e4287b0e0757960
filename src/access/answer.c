/* answer.c — see sides.h: what a query gives, one hash a row. */
#include "access/sides_internal.h"
#include "base/hash.h"
#include "canonical/decimal.h"
#include "verify/show.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In front of every cell, so that neighbours cannot run together. */
enum cell_mark { CELL_NULL, CELL_VALUE, CELL_UNFIT_SOURCE, CELL_UNFIT_TARGET, CELL_TEXT };

/* Reads rows of one side. */
struct reading {
    struct asked *asked;
    struct answer *answer;
    struct shape shape; /* as verification has it: no key, the columns as they are asked for */
    struct row_maker maker;
    struct scan scan;          /* the source's statement */
    struct copy_field *fields; /* the target's row */
    struct row row;
    struct text cells;
};

static void
reading_close(struct reading *reading)
{
    row_maker_free(&reading->maker);
    text_free(&reading->cells);
}
#define AUTO_READING __attribute__((cleanup(reading_close))) struct reading

void
answer_free(struct answer *answer)
{
    free(answer->rows);
    *answer = (struct answer){.rows = NULL};
}

static void
reading_prepare(struct reading *reading, struct asked *asked, struct answer *answer)
{
    struct arena *arena = answer->arena;
    *reading = (struct reading){.asked = asked, .answer = answer};
    reading->shape.column_count = asked->column_count;
    reading->shape.columns = arena_alloc(arena,
                                         asked->column_count * sizeof *reading->shape.columns);
    for (size_t i = 0; i < asked->column_count; i++) {
        reading->shape.columns[i] = (struct shape_column){.name = asked->columns[i].name,
                                                          .type = &asked->columns[i].type,
                                                          .source_column = i};
    }
    reading->fields = arena_alloc(arena, asked->column_count * sizeof *reading->fields);
    reading->scan.statement = asked->source_statement;
}

static void
add_cell(struct text *cells, enum cell_mark mark, const void *bytes, size_t size)
{
    uint64_t length = size;
    text_add_char(cells, (char)mark);
    text_add_bytes(cells, &length, sizeof length);
    if (size > 0) {
        text_add_bytes(cells, bytes, size);
    }
}

/* 12 digits: what additions in another order, or a numeric's scale, leave the same. */
static void
add_number(struct text *cells, double number)
{
    char digits[40];
    if (number == 0) {
        number = 0; /* no -0 */
    }
    int size = snprintf(digits, sizeof digits, "%.12g", number);
    add_cell(cells, CELL_VALUE, digits, (size_t)size);
}

static double
number_of_form(struct text *scratch, const struct value_type *type,
               const struct canonical *form)
{
    if (type->kind != TYPE_NUMERIC) {
        uint64_t bits = canonical_read_u64(form->bytes);
        double number;
        memcpy(&number, &bits, sizeof number);
        return number;
    }
    text_reset(scratch);
    canonical_decimal_print(scratch, form->bytes, form->size);
    return strtod(text_string(scratch), NULL);
}

/* A number in a column of numbers is one, whatever the storage class's scale. */
static bool
add_source_number(struct reading *reading, size_t column)
{
    sqlite3_value *value = scan_value(&reading->scan, column);
    int class = sqlite3_value_type(value);
    if (class != SQLITE_INTEGER && class != SQLITE_FLOAT) {
        return false;
    }
    add_number(&reading->cells, sqlite3_value_double(value));
    return true;
}

static bool
add_target_number(struct reading *reading, size_t column)
{
    struct canonical form;
    if (verify_row_cell(&reading->maker, &reading->shape, &reading->row, column, &form) !=
        CANONICAL_VALUE) {
        return false;
    }
    AUTO_TEXT scratch = {0};
    add_number(&reading->cells,
               number_of_form(&scratch, &reading->asked->columns[column].type, &form));
    return true;
}

static bool
add_json(struct reading *reading, const void *bytes, size_t size)
{
    AUTO_TEXT form = {0};
    if (!canonical_json_read(&form, &reading->maker.scratch.json, bytes, size)) {
        return false;
    }
    add_cell(&reading->cells, CELL_VALUE, form.bytes, form.length);
    return true;
}

static bool
add_source_json(struct reading *reading, size_t column)
{
    sqlite3_value *value = scan_value(&reading->scan, column);
    return sqlite3_value_type(value) != SQLITE_NULL &&
           add_json(reading, sqlite3_value_text(value), (size_t)sqlite3_value_bytes(value));
}

static bool
add_target_json(struct reading *reading, size_t column)
{
    const struct copy_field *field = &reading->fields[column];
    size_t version = reading->asked->columns[column].type.kind == TYPE_JSONB ? 1 : 0;
    return field->size >= (int32_t)version && field->bytes != NULL &&
           add_json(reading, field->bytes + version, (size_t)field->size - version);
}

static bool
add_special(struct reading *reading, size_t column)
{
    bool from_source = reading->row.scan != NULL;
    switch (reading->asked->columns[column].kind) {
    case ANSWER_NUMBER:
        return from_source ? add_source_number(reading, column)
                           : add_target_number(reading, column);
    case ANSWER_JSON:
        return from_source ? add_source_json(reading, column)
                           : add_target_json(reading, column);
    case ANSWER_TYPED: break;
    }
    return false;
}

static void
add_typed(struct reading *reading, size_t column)
{
    struct canonical form = {0};
    enum cell_mark unfit = reading->row.scan != NULL ? CELL_UNFIT_SOURCE : CELL_UNFIT_TARGET;
    switch (verify_row_cell(&reading->maker, &reading->shape, &reading->row, column, &form)) {
    case CANONICAL_NULL: add_cell(&reading->cells, CELL_NULL, NULL, 0); break;
    case CANONICAL_VALUE: add_cell(&reading->cells, CELL_VALUE, form.bytes, form.size); break;
    case CANONICAL_UNFIT: add_cell(&reading->cells, unfit, form.bytes, form.size); break;
    }
}

static uint64_t
hash_row(struct reading *reading)
{
    text_reset(&reading->cells);
    for (size_t i = 0; i < reading->asked->column_count; i++) {
        if (!add_special(reading, i)) {
            add_typed(reading, i);
        }
    }
    return XXH3_64bits(reading->cells.bytes, reading->cells.length);
}

static const char *
show_row(struct reading *reading)
{
    AUTO_TEXT line = {0};
    for (size_t i = 0; i < reading->asked->column_count; i++) {
        const char *cell = show_cell(reading->answer->arena, &reading->maker, &reading->shape,
                                     &reading->row, i);
        text_printf(&line, "%s%s", i == 0 ? "" : " | ", cell == NULL ? "NULL" : cell);
    }
    return arena_strdup(reading->answer->arena, text_string(&line));
}

static bool
take_row(struct reading *reading, struct error *err)
{
    struct answer *answer = reading->answer;
    uint64_t hash = hash_row(reading);
    for (size_t i = 0; i < answer->wanted_count; i++) {
        if (answer->wanted[i] == hash && answer->shown[i] == NULL) {
            answer->shown[i] = show_row(reading);
        }
    }
    if (answer->row_count == ANSWER_ROWS_MAX) {
        error_set(err, ERROR_USAGE, "more than %d rows", ANSWER_ROWS_MAX);
        return error_hint(err, "add a LIMIT to the query");
    }
    if (answer->row_count == answer->row_capacity) {
        answer->row_capacity = answer->row_capacity == 0 ? 1024 : answer->row_capacity * 2;
        answer->rows = realloc(answer->rows, answer->row_capacity * sizeof *answer->rows);
        if (answer->rows == NULL) {
            abort();
        }
    }
    answer->rows[answer->row_count++] = hash;
    return true;
}

bool
answer_of_source(struct asked *asked, struct answer *answer, struct error *err)
{
    AUTO_READING reading;
    reading_prepare(&reading, asked, answer);
    reading.row.scan = &reading.scan;
    for (;;) {
        int step;
        if (!asked_step(asked, &step, err)) {
            return false;
        }
        if (step == SQLITE_DONE) {
            sqlite3_reset(asked->source_statement);
            return true;
        }
        if (!take_row(&reading, err)) {
            sqlite3_reset(asked->source_statement);
            return false;
        }
    }
}

static void
take_fields(struct reading *reading, const PGresult *row)
{
    for (size_t i = 0; i < reading->asked->column_count; i++) {
        bool null = PQgetisnull(row, 0, (int)i) == 1;
        reading->fields[i] = (struct copy_field){
            null ? NULL : (const uint8_t *)PQgetvalue(row, 0, (int)i),
            null ? -1 : PQgetlength(row, 0, (int)i)};
    }
    reading->row.fields = reading->fields;
}

bool
answer_of_target(struct asked *asked, struct answer *answer, struct error *err)
{
    AUTO_READING reading;
    reading_prepare(&reading, asked, answer);
    if (!asked_begin_target(asked, true, err)) {
        return false;
    }
    for (;;) {
        AUTO_RESULT *row = NULL;
        if (!asked_next_target(asked, &row, err)) {
            return false;
        }
        if (row == NULL) {
            return true;
        }
        take_fields(&reading, row);
        if (!take_row(&reading, err)) {
            target_cancel(asked->conn);
            return false;
        }
    }
}
