/* row_copy_chunks.c — one table, some thousands of rows at a time; see row_copy.h. */
#include "base/clock.h"
#include "base/stop.h"
#include "capture/row_copy_internal.h"

#include <string.h>
#include <unistd.h>

struct chunk_reader {
    struct row_copy *copy;
    const struct source_table *table;
    const struct capture_table *capture;
    sqlite3_stmt *insert;
    size_t key_count;                     /* of the order in which rows are read */
    sqlite3_value *last[CAPTURE_KEY_MAX]; /* key of the last row; NULL: from the start */
    uint64_t rows;                        /* of the current chunk */
};

static void
reader_close(struct chunk_reader *reader)
{
    sqlite3_finalize(reader->insert);
    for (size_t i = 0; i < reader->key_count; i++) {
        sqlite3_value_free(reader->last[i]);
    }
}
#define AUTO_READER __attribute__((cleanup(reader_close))) struct chunk_reader

bool
row_copy_has_rowid(const struct source_table *table)
{
    return table->rowid_name != NULL && !(table->primary_key_count == 1 &&
                                          table->columns[table->primary_key[0]].rowid_alias);
}

void
row_copy_add_columns(struct text *sql, const struct source_table *table, const char *row)
{
    const char *separator = "";
    if (row_copy_has_rowid(table)) {
        text_printf(sql, "%s%s", row, table->rowid_name);
        separator = ",";
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].generated == SQL_GENERATED_NO) {
            text_printf(sql, "%s%s", separator, row);
            source_quote(sql, table->columns[i].name.text);
            separator = ",";
        }
    }
}

static size_t
row_copy_column_count(const struct source_table *table)
{
    size_t count = row_copy_has_rowid(table);
    for (size_t i = 0; i < table->column_count; i++) {
        count += table->columns[i].generated == SQL_GENERATED_NO;
    }
    return count;
}

bool
row_copy_prepare_insert(struct row_copy *self, const struct source_table *table, bool replace,
                        sqlite3_stmt **statement, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "INSERT %s INTO main.", replace ? "OR REPLACE" : "");
    source_quote(&sql, table->name.text);
    text_add(&sql, "(");
    row_copy_add_columns(&sql, table, "");
    text_add(&sql, ") VALUES(");
    for (size_t i = 0; i < row_copy_column_count(table); i++) {
        text_add(&sql, i == 0 ? "?" : ",?");
    }
    text_add(&sql, ")");
    return writer_prepare(&self->copy, "write the copy", text_string(&sql), statement, err);
}

/* Rows are read in the order of the rowid, or else of their key. */
static void
add_order(struct text *sql, const struct chunk_reader *reader)
{
    const struct source_table *table = reader->table;
    if (table->rowid_name != NULL) {
        text_add(sql, table->rowid_name);
        return;
    }
    for (size_t i = 0; i < reader->key_count; i++) {
        text_add(sql, i == 0 ? "" : ",");
        source_quote(sql, table->columns[reader->capture->key_columns[i]].name.text);
    }
}

/* A row whose key has become NULL since is logged, and would end the reading here. */
static void
add_where(struct text *sql, const struct chunk_reader *reader)
{
    const char *separator = " WHERE ";
    for (size_t i = 0; reader->table->rowid_name == NULL && i < reader->key_count; i++) {
        text_add(sql, separator);
        source_quote(sql, reader->table->columns[reader->capture->key_columns[i]].name.text);
        text_add(sql, " IS NOT NULL");
        separator = " AND ";
    }
    if (reader->last[0] != NULL) {
        text_printf(sql, "%s(", separator);
        add_order(sql, reader);
        text_add(sql, ") > (");
        for (size_t i = 0; i < reader->key_count; i++) {
            text_add(sql, i == 0 ? "?" : ",?");
        }
        text_add(sql, ")");
    }
}

static bool
prepare_chunk(const struct chunk_reader *reader, sqlite3_stmt **statement, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "SELECT ");
    add_order(&sql, reader);
    text_add(&sql, ",");
    row_copy_add_columns(&sql, reader->table, "");
    text_add(&sql, " FROM main.");
    source_quote(&sql, reader->table->name.text);
    text_add(&sql, reader->table->rowid_name != NULL ? " NOT INDEXED" : "");
    add_where(&sql, reader);
    text_add(&sql, " ORDER BY ");
    add_order(&sql, reader);
    return writer_prepare(reader->copy->source, "copy rows", text_string(&sql), statement, err);
}

static void
bind_last(const struct chunk_reader *reader, sqlite3_stmt *statement)
{
    for (size_t i = 0; reader->last[0] != NULL && i < reader->key_count; i++) {
        sqlite3_bind_value(statement, (int)i + 1, reader->last[i]);
    }
}

static void
keep_last(struct chunk_reader *reader, sqlite3_stmt *row)
{
    for (size_t i = 0; i < reader->key_count; i++) {
        sqlite3_value_free(reader->last[i]);
        reader->last[i] = sqlite3_value_dup(sqlite3_column_value(row, (int)i));
    }
}

static bool
copy_row(struct chunk_reader *reader, sqlite3_stmt *row, struct error *err)
{
    int columns = sqlite3_column_count(row) - (int)reader->key_count;
    for (int i = 0; i < columns; i++) {
        sqlite3_bind_value(reader->insert, i + 1,
                           sqlite3_column_value(row, i + (int)reader->key_count));
    }
    bool done = sqlite3_step(reader->insert) == SQLITE_DONE ||
                source_failed(&reader->copy->copy, err, "write the copy of table \"%s\"",
                              reader->table->name.text);
    sqlite3_reset(reader->insert);
    reader->rows++;
    return done;
}

/* One read transaction. *over: no row is left. */
static bool
copy_rows(struct chunk_reader *reader, sqlite3_stmt *statement, bool *over, struct error *err)
{
    int64_t end_us = clock_monotonic_us() + SHORT_READ_US;
    int step = SQLITE_ROW;
    while (step == SQLITE_ROW) {
        step = sqlite3_step(statement);
        if (step == SQLITE_ROW && !copy_row(reader, statement, err)) {
            return false;
        }
        if (step == SQLITE_ROW && clock_monotonic_us() >= end_us) {
            keep_last(reader, statement);
            break;
        }
    }
    *over = step == SQLITE_DONE;
    return step == SQLITE_DONE || step == SQLITE_ROW ||
           source_failed(reader->copy->source, err, "read table \"%s\"",
                         reader->table->name.text);
}

static bool
copy_chunk(struct chunk_reader *reader, bool *over, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    if (!prepare_chunk(reader, &statement, err)) {
        return false;
    }
    bind_last(reader, statement);
    reader->rows = 0;
    int64_t start_us = clock_monotonic_us();
    bool copied = row_copy_run(reader->copy, "BEGIN", err) &&
                  copy_rows(reader, statement, over, err);
    sqlite3_reset(statement);
    copied = copied && row_copy_note_moment(reader->copy, err);
    if (reader->copy->gentle && !*over) {
        usleep((useconds_t)(clock_monotonic_us() - start_us)); /* writers' turn */
    }
    return copied && row_copy_run(reader->copy, "COMMIT", err);
}

/* Where an interrupted copy ended: rows were written in their order. */
static bool
find_last(struct chunk_reader *reader, struct error *err)
{
    AUTO_TEXT sql = {0};
    AUTO_STATEMENT *statement = NULL;
    text_add(&sql, "SELECT ");
    add_order(&sql, reader);
    text_add(&sql, " FROM main.");
    source_quote(&sql, reader->table->name.text);
    text_add(&sql, " ORDER BY ");
    for (size_t i = 1; i <= reader->key_count; i++) {
        text_printf(&sql, "%s%zu DESC", i == 1 ? "" : ",", i);
    }
    text_add(&sql, " LIMIT 1");
    if (!writer_prepare(&reader->copy->copy, "read the copy", text_string(&sql), &statement,
                        err)) {
        return false;
    }
    if (sqlite3_step(statement) == SQLITE_ROW) {
        keep_last(reader, statement);
    }
    return true;
}

bool
row_copy_table(struct row_copy *self, size_t table, struct error *err)
{
    const struct source_table *source = &self->catalog->tables[table];
    AUTO_READER reader = {
        .copy = self,
        .table = source,
        .capture = &self->tables[table],
        .key_count = source->rowid_name != NULL ? 1 : self->tables[table].key_count};
    bool over = false;
    if (!row_copy_prepare_insert(self, source, true, &reader.insert, err) ||
        !find_last(&reader, err)) {
        return false;
    }
    while (!over) {
        if (!stop_check(err) || !copy_chunk(&reader, &over, err)) {
            return false;
        }
        progress_item_add(&self->items[table], reader.rows);
    }
    return true;
}
