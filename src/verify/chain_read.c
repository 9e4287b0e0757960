/* chain_read.c — the rows of a hash chain in order, from either side, with every value
 * as the text that the source stored. */
#include "base/stop.h"
#include "canonical/canonical.h"
#include "canonical/decimal.h"
#include "postgres/copy_stream.h"
#include "verify/chain.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ROWS_BETWEEN_CHECKS = 256 };

/* The current row. Numbers are printed into texts of their own. */
struct chain_row {
    struct chain_cell *cells;
    struct text *printed; /* one per column */
    size_t count;
};

static void
row_free(struct chain_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        text_free(&row->printed[i]);
    }
}
#define AUTO_ROW __attribute__((cleanup(row_free))) struct chain_row

static struct chain_row
row_for(struct arena *arena, const struct chain *chain)
{
    return (struct chain_row){
        .cells = arena_alloc(arena, chain->column_count * sizeof(struct chain_cell)),
        .printed = arena_alloc(arena, chain->column_count * sizeof(struct text)),
        .count = chain->column_count};
}

static void
set_bytes(struct chain_row *row, size_t column, const void *bytes, size_t size)
{
    row->cells[column] = (struct chain_cell){
        .bytes = bytes == NULL ? (const uint8_t *)"" : bytes, .size = size};
}

static void
set_number(struct chain_row *row, size_t column)
{
    const struct text *printed = &row->printed[column];
    set_bytes(row, column, text_string(printed), printed->length);
    row->cells[column].number = true;
}

static void
set_integer(struct chain_row *row, size_t column, int64_t number)
{
    text_reset(&row->printed[column]);
    text_printf(&row->printed[column], "%" PRId64, number);
    set_number(row, column);
}

static void
set_double(struct chain_row *row, size_t column, double number)
{
    text_reset(&row->printed[column]);
    canonical_decimal_print_double(&row->printed[column], number);
    set_number(row, column);
}

static void
fetch_source(struct chain_row *row, size_t column, sqlite3_stmt *statement)
{
    int at = (int)column;
    switch (sqlite3_column_type(statement, at)) {
    case SQLITE_NULL: row->cells[column] = (struct chain_cell){.null = true}; break;
    case SQLITE_INTEGER: set_integer(row, column, sqlite3_column_int64(statement, at)); break;
    case SQLITE_FLOAT: set_double(row, column, sqlite3_column_double(statement, at)); break;
    case SQLITE_TEXT: {
        const void *text = sqlite3_column_text(statement, at);
        set_bytes(row, column, text, (size_t)sqlite3_column_bytes(statement, at));
        break;
    }
    default: {
        const void *blob = sqlite3_column_blob(statement, at);
        set_bytes(row, column, blob, (size_t)sqlite3_column_bytes(statement, at));
    }
    }
}

/* Rows of one order value stay in the order they were stored in. */
static void
source_select(struct text *sql, const struct chain *chain)
{
    const struct source_table *source = chain->table->source;
    text_add(sql, "SELECT ");
    for (size_t i = 0; i < chain->column_count; i++) {
        text_add(sql, i > 0 ? ", " : "");
        source_quote(sql, chain->columns[i]->source->name.text);
    }
    if (source->query != NULL) {
        text_printf(sql, " FROM (%s\n)", source->query);
    } else {
        text_add(sql, " FROM main.");
        source_quote(sql, source->name.text);
    }
    text_add(sql, " ORDER BY ");
    source_quote(sql, chain->rule->order);
    text_add(sql, " COLLATE BINARY");
    if (source->rowid_name != NULL) {
        text_printf(sql, ", %s", source->rowid_name);
    }
}

bool
chain_walk_source(struct chain_walk *walk, struct source *source, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *statement = NULL;
    const char *name = walk->chain->table->source->name.text;
    source_select(&sql, walk->chain);
    if (sqlite3_prepare_v2(source->handle, text_string(&sql), -1, &statement, NULL) !=
        SQLITE_OK) {
        return source_failed(source, err, "read the hash chain of table \"%s\"", name);
    }
    AUTO_ROW row = row_for(&arena, walk->chain);
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        for (size_t i = 0; i < row.count; i++) {
            fetch_source(&row, i, statement);
        }
        if (!chain_walk_link(walk, row.cells, err) ||
            (walk->finding.links % ROWS_BETWEEN_CHECKS == 0 && !stop_check(err))) {
            return false;
        }
    }
    return step == SQLITE_DONE ||
           source_failed(source, err, "read the hash chain of table \"%s\"", name);
}

/* How the server is asked for it: types that keep the stored bytes as they are, any
 * other as the text that comes closest. */
static const char *
cast_of(enum type_kind kind)
{
    if (kind == TYPE_BOOLEAN) {
        return "::int::text";
    }
    return chain_type_is_exact(kind) ? "" : "::text";
}

static bool
is_text(enum type_kind kind)
{
    return kind == TYPE_TEXT || kind == TYPE_VARCHAR;
}

/* Text in the order of its bytes, and NULL first, as SQLite has both. */
static void
target_select(struct text *sql, const struct chain *chain)
{
    const struct plan_column *order = chain->columns[chain->order];
    text_add(sql, "COPY (SELECT ");
    for (size_t i = 0; i < chain->column_count; i++) {
        text_add(sql, i > 0 ? ", " : "");
        target_quote_name(sql, chain->columns[i]->name);
        text_add(sql, cast_of(chain->columns[i]->type.kind));
    }
    text_add(sql, " FROM ");
    target_quote_qualified(sql, chain->table->schema, chain->table->name);
    text_add(sql, " ORDER BY ");
    target_quote_name(sql, order->name);
    text_add(sql, is_text(order->type.kind) ? " COLLATE \"C\"" : "");
    text_add(sql, " NULLS FIRST) TO STDOUT (FORMAT binary)");
}

static void
fetch_target(struct chain_row *row, size_t column, enum type_kind kind,
             const struct copy_field *field)
{
    double number = 0;
    if (field->bytes == NULL) {
        row->cells[column] = (struct chain_cell){.null = true};
    } else if (kind == TYPE_BIGINT && field->size == 8) {
        set_integer(row, column, (int64_t)canonical_read_u64(field->bytes));
    } else if (kind == TYPE_DOUBLE && field->size == 8) {
        uint64_t bits = canonical_read_u64(field->bytes);
        memcpy(&number, &bits, sizeof number);
        set_double(row, column, number);
    } else {
        set_bytes(row, column, field->bytes, (size_t)field->size);
    }
}

static bool
walk_fields(struct chain_walk *walk, struct copy_reader *reader, struct copy_field *fields,
            struct error *err)
{
    const struct chain *chain = walk->chain;
    AUTO_ARENA arena = {0};
    AUTO_ROW row = row_for(&arena, chain);
    enum copy_read read;
    while ((read = copy_reader_next(reader, fields, row.count, err)) == COPY_ROW) {
        for (size_t i = 0; i < row.count; i++) {
            fetch_target(&row, i, chain->columns[i]->type.kind, &fields[i]);
        }
        if (!chain_walk_link(walk, row.cells, err) ||
            (walk->finding.links % ROWS_BETWEEN_CHECKS == 0 && !stop_check(err))) {
            return false;
        }
    }
    return read == COPY_END;
}

bool
chain_walk_target(struct chain_walk *walk, PGconn *conn, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_TEXT sql = {0};
    AUTO_COPY_READER reader = {0};
    struct copy_field *fields = arena_alloc(&arena, walk->chain->column_count * sizeof *fields);
    target_select(&sql, walk->chain);
    return (copy_reader_begin(&reader, conn, text_string(&sql), err) &&
            walk_fields(walk, &reader, fields, err)) ||
           error_wrap(err, "read the hash chain of table \"%s\"", walk->chain->table->name);
}
