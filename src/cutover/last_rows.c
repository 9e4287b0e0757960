/* last_rows.c — see last_rows.h. */
#include "cutover/last_rows.h"

#include "postgres/pipeline.h"

#include <stdlib.h>

void
last_rows_close(struct last_rows *rows)
{
    PQclear(rows->found);
    rows->found = NULL;
}

/* The keys, as the target has them, one behind another: each field behind its size. */
static bool
read_keys(const struct last_rows *rows, struct text *fields, size_t *count, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    const struct live_table *table = rows->table;
    if (!capture_prepare_keys(rows->source, table->capture, &statement, err)) {
        return false;
    }
    (void)sqlite3_bind_int64(statement, 1, rows->after);
    (void)sqlite3_bind_int64(statement, 2, rows->upto);
    int step;
    *count = 0;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        size_t before = fields->length;
        bool fits = true; /* else it is no row's in the target */
        for (size_t i = 0; i < table->key_count && fits; i++) {
            struct refusal refusal;
            fits = copied_column_encode(&table->columns[table->key_columns[i]],
                                        sqlite3_column_value(statement, (int)i), fields,
                                        &refusal) != ENCODE_REFUSED;
        }
        fields->length = fits ? fields->length : before;
        *count += fits ? 1 : 0;
    }
    return step == SQLITE_DONE || source_failed(rows->source, err, "read the last keys");
}

/* SELECT ... WHERE (a, b) IN (VALUES ($1::t, $2::t), ($3, $4), ...) */
static void
write_select(struct text *sql, const struct last_rows *rows, size_t count)
{
    const struct live_table *table = rows->table;
    text_add(sql, "SELECT ");
    for (size_t i = 0; i < rows->shape->column_count; i++) {
        text_add(sql, i > 0 ? ", " : "");
        target_quote_name(sql, rows->shape->columns[i].name);
    }
    text_add(sql, " FROM ");
    target_quote_qualified(sql, table->plan->schema, table->plan->name);
    for (size_t i = 0; i < table->key_count; i++) {
        text_add(sql, i == 0 ? " WHERE (" : ", ");
        target_quote_name(sql, table->plan->columns[table->key_fields[i]].name);
    }
    text_add(sql, ") IN (VALUES ");
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < table->key_count; i++) {
            text_printf(sql, "%s$%zu",
                        i > 0     ? ", "
                        : row > 0 ? ", ("
                                  : "(",
                        row * table->key_count + i + 1);
            if (row == 0) {
                text_add(sql, "::");
                value_type_print(&table->plan->columns[table->key_fields[i]].type, sql);
            }
        }
        text_add(sql, ")");
    }
    text_add(sql, ")");
}

static bool
select_found(struct last_rows *rows, const struct text *fields, size_t count, struct error *err)
{
    AUTO_TEXT sql = {0};
    size_t total = count * rows->table->key_count;
    struct target_parameter *parameters = calloc(total + 1, sizeof *parameters);
    const char *at = fields->bytes;
    if (parameters == NULL) {
        return error_set(err, ERROR_SYSTEM, "read the last rows back");
    }
    for (size_t i = 0; i < total; i++) {
        at = target_parameter_read(at, &parameters[i]);
    }
    write_select(&sql, rows, count);
    bool ok = target_query_binary(rows->link->conn, text_string(&sql), parameters, total,
                                  &rows->found, err);
    free(parameters);
    return ok;
}

/* No key is NULL: nothing is found, and the server knows the table when it matters. */
bool
last_rows_warm_up(struct last_rows *rows, struct error *err)
{
    AUTO_TEXT nulls = {0};
    for (size_t i = 0; i < rows->table->key_count; i++) {
        text_add_bytes(&nulls, "\xff\xff\xff\xff", sizeof(uint32_t));
    }
    bool ok = select_found(rows, &nulls, 1, err);
    last_rows_close(rows);
    return ok;
}

bool
last_rows_fetch(struct last_rows *rows, struct error *err)
{
    AUTO_TEXT fields = {0};
    size_t count = 0;
    return read_keys(rows, &fields, &count, err) &&
           (count == 0 || select_found(rows, &fields, count, err));
}

bool
last_rows_give_target(const struct last_rows *rows, row_sink *sink, void *context,
                      struct error *err)
{
    const struct shape *shape = rows->shape;
    int count = rows->found == NULL ? 0 : PQntuples(rows->found);
    struct copy_field *fields = calloc(shape->column_count + 1, sizeof *fields);
    if (fields == NULL) {
        return error_set(err, ERROR_SYSTEM, "read the last rows back");
    }
    bool wanted = true;
    for (int r = 0; r < count && wanted; r++) {
        for (int c = 0; c < (int)shape->column_count; c++) {
            bool is_null = PQgetisnull(rows->found, r, c);
            fields[c] = (struct copy_field){
                is_null ? NULL : (const uint8_t *)PQgetvalue(rows->found, r, c),
                is_null ? -1 : PQgetlength(rows->found, r, c)};
        }
        struct row row = {.fields = fields};
        verify_row_hash(rows->target_maker, shape, &row);
        wanted = sink(context, &row);
    }
    free(fields);
    return true;
}

bool
last_rows_give_source(const struct last_rows *rows, row_sink *sink, void *context,
                      struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    const struct live_table *table = rows->table;
    bool rowid = table->source->rowid_name != NULL;
    if (!capture_prepare_rows(rows->source, rows->link->catalog, table->capture, &statement,
                              err)) {
        return false;
    }
    (void)sqlite3_bind_int64(statement, 1, rows->after);
    (void)sqlite3_bind_int64(statement, 2, rows->upto);
    int keys = (int)table->capture->key_count; /* in front of what a scan has */
    const struct scan scan = {.source = rows->source,
                              .table = table->source,
                              .statement = statement,
                              .first_column = keys + (rowid ? 1 : 0),
                              .rowid_column = rowid ? keys : -1};
    bool wanted = true;
    int step = SQLITE_DONE;
    while (wanted && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row = {.position = rowid ? sqlite3_column_int64(statement, keys) : 0,
                          .scan = &scan};
        verify_row_hash(rows->source_maker, rows->shape, &row);
        wanted = sink(context, &row);
    }
    return !wanted || step == SQLITE_DONE ||
           source_failed(rows->source, err, "read the last rows");
}
