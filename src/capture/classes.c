/* classes.c — which storage classes the columns of a key hold; see internal.h. */
#include "base/clock.h"
#include "base/stop.h"
#include "capture/internal.h"

#include <unistd.h>

struct class_reader {
    struct source *source;
    const struct source_table *table;
    sqlite3_stmt *statement;
    size_t count;
    int classes[CAPTURE_KEY_MAX]; /* SQLITE_INTEGER, ...; 0: none seen yet */
    bool agree;
    bool over;
};

static bool
prepare(struct class_reader *reader, const struct source_index_column *columns,
        struct error *err)
{
    AUTO_TEXT sql = {0};
    const char *rowid = reader->table->rowid_name;
    text_printf(&sql, "SELECT %s", rowid == NULL ? "0" : rowid);
    for (size_t i = 0; i < reader->count; i++) {
        text_add(&sql, ", ");
        source_quote(&sql, reader->table->columns[columns[i].column].name.text);
    }
    text_add(&sql, " FROM main.");
    source_quote(&sql, reader->table->name.text);
    if (rowid != NULL) {
        text_printf(&sql, " NOT INDEXED WHERE %s >= ?1 ORDER BY %s", rowid, rowid);
    }
    return writer_prepare(reader->source, "look at a key", text_string(&sql),
                          &reader->statement, err) ||
           error_wrap(err, "table \"%s\"", reader->table->name.text);
}

static void
take_row(struct class_reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        int class = sqlite3_column_type(reader->statement, (int)i + 1);
        reader->agree &= class != SQLITE_NULL &&
                         (reader->classes[i] == 0 || reader->classes[i] == class);
        reader->classes[i] = class;
    }
}

/* One read transaction; without a rowid to go on from, the only one. */
static bool
read_slice(struct class_reader *reader, struct error *err)
{
    int64_t end_us = clock_monotonic_us() + SHORT_READ_US;
    bool sliced = reader->table->rowid_name != NULL;
    int step = SQLITE_ROW;
    while (step == SQLITE_ROW && reader->agree) {
        step = sqlite3_step(reader->statement);
        if (step != SQLITE_ROW) {
            break;
        }
        take_row(reader);
        if (sliced && clock_monotonic_us() >= end_us) {
            int64_t rowid = sqlite3_column_int64(reader->statement, 0);
            sqlite3_reset(reader->statement);
            sqlite3_bind_int64(reader->statement, 1, rowid);
            return stop_check(err);
        }
    }
    reader->over = true;
    return step == SQLITE_ROW || step == SQLITE_DONE ||
           source_failed(reader->source, err, "read the key of table \"%s\"",
                         reader->table->name.text);
}

static bool
read_slices(struct class_reader *reader, struct error *err)
{
    bool wal = false;
    if (!source_is_wal(reader->source, &wal, err)) {
        return false;
    }
    while (!reader->over) {
        if (!read_slice(reader, err)) {
            return false;
        }
        if (!wal && !reader->over) {
            usleep(SHORT_READ_US); /* writers' turn */
        }
    }
    return true;
}

bool
capture_classes_agree(struct source *source, const struct source_table *table,
                      const struct source_index_column *columns, size_t count, bool *agree,
                      struct error *err)
{
    struct class_reader reader = {
        .source = source, .table = table, .count = count, .agree = true};
    if (!prepare(&reader, columns, err)) {
        return false;
    }
    sqlite3_bind_int64(reader.statement, 1, INT64_MIN);
    bool read = read_slices(&reader, err);
    *agree = reader.agree;
    sqlite3_finalize(reader.statement);
    return read;
}
