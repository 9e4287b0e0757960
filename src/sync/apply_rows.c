/* apply_rows.c — first all keys of all tables go, then all rows come: so unique values may change
 * places, and no row is in the way of another. */
#include "plan/ddl.h"
#include "plan/row_arrays.h"
#include "sync/forward_internal.h"

#include <stdlib.h>
#include <string.h>

enum { NARROW_BYTES = 256 };

/* A statement's worth of records as arrays. */
struct array_sender {
    struct target_pipeline *pipeline;
    const struct gathered_table *table;
    int64_t run_id;
    struct row_arrays arrays;
    size_t column_count;
    bool (*send)(struct array_sender *sender, struct error *err);
};

static bool
send_in_slices(void *context, char *bytes, size_t size, struct error *err)
{
    struct array_sender *sender = context;
    const char *at = bytes;
    const char *end = bytes + size;
    while (at < end) {
        const char *began = at;
        row_arrays_start(&sender->arrays, sender->column_count);
        while (at < end && sender->arrays.row_count < ROW_ARRAYS_ROWS_MAX &&
               at - began < ROW_ARRAYS_BYTES_MAX) {
            at = row_arrays_add(&sender->arrays, at);
        }
        if (!sender->send(sender, err)) {
            return false;
        }
    }
    return true;
}

static bool
send_stream(struct array_sender *sender, struct spool *spool, struct spool_stream *stream,
            struct error *err)
{
    bool ok = spool_each(spool, stream, send_in_slices, sender, err);
    row_arrays_free(&sender->arrays);
    return ok;
}

/* Of the key fields, or of all that is copied. */
static enum type_kind *
kinds_of(const struct live_table *table, bool keys)
{
    size_t count = keys ? table->key_count : table->column_count;
    enum type_kind *kinds = calloc(count + 1, sizeof *kinds);
    for (size_t i = 0; kinds != NULL && i < count; i++) {
        kinds[i] = keys ? table->plan->columns[table->key_fields[i]].type.kind
                        : table->columns[i].type->kind;
    }
    return kinds;
}

static bool
send_own(struct array_sender *sender, const enum type_kind *kinds, const struct text *sql,
         struct error *err)
{
    return row_arrays_send(&sender->arrays, sender->pipeline, text_string(sql), kinds, err);
}

static bool
send_delete_keeping(struct array_sender *sender, struct error *err)
{
    const struct live_table *table = sender->table->table;
    enum type_kind *kinds = kinds_of(table, true);
    AUTO_TEXT sql = {0};
    if (kinds == NULL) {
        return error_set(err, ERROR_SYSTEM, "send keys");
    }
    own_write_delete(&sql, sender->table);
    text_add(&sql, " USING ");
    row_arrays_write_unnest(&sql, kinds, table->key_count);
    text_add(&sql, " AS given");
    row_arrays_write_match(&sql, table->plan, table->key_fields, table->key_count);
    own_write_delete_end(&sql, sender->table);
    bool ok = send_own(sender, kinds, &sql, err);
    free(kinds);
    return ok;
}

static bool
send_insert_keeping(struct array_sender *sender, struct error *err)
{
    const struct live_table *table = sender->table->table;
    enum type_kind *kinds = kinds_of(table, false);
    AUTO_TEXT rows = {0};
    AUTO_TEXT sql = {0};
    if (kinds == NULL) {
        return error_set(err, ERROR_SYSTEM, "send rows");
    }
    row_arrays_write_unnest(&rows, kinds, table->column_count);
    own_write_insert(&sql, sender->table, text_string(&rows));
    bool ok = target_pipeline_add(sender->pipeline, own_join_on, NULL, 0, err) &&
              send_own(sender, kinds, &sql, err) &&
              target_pipeline_add(sender->pipeline, own_join_off, NULL, 0, err);
    free(kinds);
    return ok;
}

static bool
send_delete(struct array_sender *sender, struct error *err)
{
    const struct live_table *table = sender->table->table;
    if (table->own_count > 0) {
        return send_delete_keeping(sender, err);
    }
    return row_arrays_delete(&sender->arrays, sender->pipeline, table->plan, table->key_fields,
                             err);
}

static bool
send_insert(struct array_sender *sender, struct error *err)
{
    if (sender->table->table->own_count > 0) {
        return send_insert_keeping(sender, err);
    }
    return row_arrays_insert(&sender->arrays, sender->pipeline, sender->table->table->plan,
                             err);
}

/* "row" is what was set aside: the member of a key column as text is what was written. */
static void
add_mark_condition(struct text *sql, const struct live_table *table, size_t key)
{
    if (table->capture->by_rowid) {
        text_add(sql, " AND s.\"position\" = k.k1");
        return;
    }
    const char *name = table->source->columns[table->capture->key_columns[key]].name.text;
    text_add(sql, " AND (s.\"row\" OPERATOR(pg_catalog.->) ");
    target_quote_literal(sql, name);
    text_printf(sql, "::text)::text = k.k%zu", key + 1);
}

static bool
send_mend(struct array_sender *sender, struct error *err)
{
    const struct live_table *table = sender->table->table;
    AUTO_TEXT sql = {0};
    AUTO_TEXT columns = {0};
    enum type_kind kind = table->capture->by_rowid ? TYPE_BIGINT : TYPE_TEXT;
    enum type_kind *kinds = calloc(sender->column_count + 1, sizeof *kinds);
    if (kinds == NULL) {
        return error_set(err, ERROR_SYSTEM, "mend rows that were set aside");
    }
    text_add(&sql, "DELETE FROM outgrow.set_aside AS s USING ROWS FROM (");
    for (size_t i = 0; i < sender->column_count; i++) {
        kinds[i] = kind;
        text_printf(&sql, "%spg_catalog.unnest($%zu::%s)", i == 0 ? "" : ", ", i + 1,
                    kind == TYPE_BIGINT ? "bigint[]" : "text[]");
        text_printf(&columns, "%sk%zu", i == 0 ? "" : ", ", i + 1);
    }
    text_printf(&sql, ") AS k (%s) WHERE s.run_id = %lld AND s.source_table = ",
                text_string(&columns), (long long)sender->run_id);
    target_quote_literal(&sql, table->source->name.text);
    for (size_t i = 0; i < sender->column_count; i++) {
        add_mark_condition(&sql, table, i);
    }
    bool ok = row_arrays_send(&sender->arrays, sender->pipeline, text_string(&sql), kinds, err);
    free(kinds);
    return ok;
}

/* Keys of types that no array takes: one statement each. */
struct key_sender {
    struct target_pipeline *pipeline;
    size_t key_count;
    struct text sql;
};

static bool
send_each_key(void *context, char *bytes, size_t size, struct error *err)
{
    struct key_sender *sender = context;
    struct target_parameter *fields = calloc(sender->key_count + 1, sizeof *fields);
    const char *at = bytes;
    bool ok = true;
    if (fields == NULL) {
        return error_set(err, ERROR_SYSTEM, "send keys");
    }
    while (ok && at < bytes + size) {
        at += 2; /* the count of fields */
        for (size_t i = 0; i < sender->key_count; i++) {
            uint32_t length;
            memcpy(&length, at, sizeof length);
            length = __builtin_bswap32(length);
            bool is_null = length == UINT32_MAX;
            fields[i] = (struct target_parameter){is_null ? NULL : at + sizeof length,
                                                  is_null ? 0 : length};
            at += sizeof length + fields[i].size;
        }
        ok = target_pipeline_add(sender->pipeline, text_string(&sender->sql), fields,
                                 sender->key_count, err);
    }
    free(fields);
    return ok;
}

static bool
delete_each(struct target_pipeline *pipeline, struct gathered *gathered,
            struct gathered_table *from, struct error *err)
{
    const struct plan_table *plan = from->table->plan;
    struct key_sender sender = {.pipeline = pipeline, .key_count = from->table->key_count};
    bool keeps = from->table->own_count > 0;
    if (keeps) {
        own_write_delete(&sender.sql, from);
    } else {
        text_add(&sender.sql, "DELETE FROM ");
        target_quote_qualified(&sender.sql, plan->schema, plan->name);
    }
    for (size_t i = 0; i < sender.key_count; i++) {
        const struct plan_column *column = &plan->columns[from->table->key_fields[i]];
        text_add(&sender.sql, i == 0 ? " WHERE " : " AND ");
        target_quote_name(&sender.sql, column->name);
        text_printf(&sender.sql, " = $%zu", i + 1);
        if (column->type.kind == TYPE_CITEXT) { /* 'A' is another row of the source than 'a' */
            text_add(&sender.sql, " AND ");
            target_quote_name(&sender.sql, column->name);
            text_printf(&sender.sql, "::text = $%zu::text", i + 1);
        }
    }
    if (keeps) {
        own_write_delete_end(&sender.sql, from);
    }
    bool ok = spool_each(&gathered->spool, &from->keys, send_each_key, &sender, err);
    text_free(&sender.sql);
    return ok;
}

static bool
keys_fit_arrays(const struct live_table *table)
{
    for (size_t i = 0; i < table->key_count; i++) {
        if (!row_arrays_type_possible(&table->plan->columns[table->key_fields[i]].type)) {
            return false;
        }
    }
    return true;
}

static bool
delete_whole(struct sync_link *link, const struct gathered_table *from, struct error *err)
{
    const struct live_table *table = from->table;
    AUTO_TEXT sql = {0};
    if (table->own_count > 0) {
        own_write_delete(&sql, from);
        own_write_delete_end(&sql, from);
    } else {
        text_add(&sql, "DELETE FROM ");
        target_quote_qualified(&sql, table->plan->schema, table->plan->name);
    }
    if (!target_execute(link->conn, text_string(&sql), err)) {
        return false;
    }
    text_reset(&sql);
    text_printf(&sql, "DELETE FROM outgrow.set_aside WHERE run_id = %lld AND source_table = ",
                (long long)link->live.run_id);
    target_quote_literal(&sql, table->source->name.text);
    return target_execute(link->conn, text_string(&sql), err);
}

static bool
delete_keys(struct sync_link *link, struct target_pipeline *pipeline, struct gathered *gathered,
            struct gathered_table *from, struct error *err)
{
    struct array_sender sender = {.pipeline = pipeline,
                                  .table = from,
                                  .run_id = link->live.run_id,
                                  .column_count = from->table->key_count,
                                  .send = send_delete};
    if (from->table->own_count > 0 && !own_begin(link, from, err)) {
        return false;
    }
    if (from->whole) {
        return delete_whole(link, from, err);
    }
    if (!(keys_fit_arrays(from->table)
              ? send_stream(&sender, &gathered->spool, &from->keys, err)
              : delete_each(pipeline, gathered, from, err))) {
        return false;
    }
    sender.send = send_mend;
    return send_stream(&sender, &gathered->spool, &from->marks, err);
}

bool
apply_deletes(struct sync_link *link, struct target_pipeline *pipeline,
              struct gathered *gathered, struct error *err)
{
    for (size_t i = 0; i < gathered->count; i++) {
        if (!delete_keys(link, pipeline, gathered, &gathered->tables[i], err)) {
            return false;
        }
    }
    return true;
}

bool
apply_fits_arrays(const struct live_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (!row_arrays_type_possible(table->columns[i].type)) {
            return false;
        }
    }
    return true;
}

static bool
insert_arrays(struct target_pipeline *pipeline, struct gathered *gathered,
              struct gathered_table *from, struct error *err)
{
    struct array_sender sender = {.pipeline = pipeline,
                                  .table = from,
                                  .column_count = from->table->column_count,
                                  .send = send_insert};
    return send_stream(&sender, &gathered->spool, &from->rows, err);
}

bool
apply_rows_as_arrays(struct target_pipeline *pipeline, struct gathered *gathered,
                     struct error *err)
{
    for (size_t i = 0; i < gathered->count; i++) {
        if (!insert_arrays(pipeline, gathered, &gathered->tables[i], err)) {
            return false;
        }
    }
    return true;
}

static bool
copy_piece(void *context, char *bytes, size_t size, struct error *err)
{
    struct copy_writer *writer = context;
    enum { PIECE = 64000 };
    while (size > 0) {
        size_t part = size < PIECE ? size : PIECE;
        text_add_bytes(&writer->buffer, bytes, part);
        if (!copy_writer_flush_if_full(writer, err)) {
            return false;
        }
        bytes += part;
        size -= part;
    }
    return true;
}

static bool
copy_table(struct sync_link *link, struct gathered *gathered, struct gathered_table *from,
           struct error *err)
{
    AUTO_COPY_WRITER writer = {0};
    AUTO_TEXT sql = {0};
    uint64_t rows;
    bool keeps = from->table->own_count > 0;
    if (keeps) {
        own_write_copy_in(&sql, from->table);
    } else {
        ddl_copy_in(&sql, from->table->plan);
    }
    return copy_writer_begin(&writer, link->conn, text_string(&sql), err) &&
           spool_each(&gathered->spool, &from->rows, copy_piece, &writer, err) &&
           copy_writer_end(&writer, &rows, err) &&
           (!keeps || own_insert_copied(link, from, err));
}

static bool
insert_table(struct sync_link *link, struct gathered *gathered, struct gathered_table *from,
             struct error *err)
{
    AUTO_PIPELINE pipeline = {0};
    return target_pipeline_begin(&pipeline, link->conn, err) &&
           insert_arrays(&pipeline, gathered, from, err) &&
           target_pipeline_end(&pipeline, NULL, err);
}

/* COPY is faster, but for narrow rows that take the place of others. A unique index still has the
 * entries of those that were just deleted; each time the server looks whether the row of one is
 * alive, it searches what COPY holds on to for the rows of a batch, a thousand of them. */
static bool
is_narrow(const struct gathered_table *table)
{
    return table->rows.byte_count <= NARROW_BYTES * table->rows.record_count;
}

bool
apply_rows_in_bulk(struct sync_link *link, struct gathered *gathered, uint64_t replaced,
                   struct error *err)
{
    bool mostly_old = replaced > (uint64_t)gathered->rows / 2;
    for (size_t i = 0; i < gathered->count; i++) {
        struct gathered_table *table = &gathered->tables[i];
        bool arrays = mostly_old && is_narrow(table) && table->table->own_count == 0 &&
                      apply_fits_arrays(table->table);
        if (table->rows.record_count > 0 &&
            !(arrays ? insert_table : copy_table)(link, gathered, table, err)) {
            return error_wrap(err, "copy rows into \"%s\"", table->table->plan->name);
        }
    }
    return true;
}
