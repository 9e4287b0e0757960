/* apply_rows.c — the rows that come: few of them as arrays, many by COPY. */
#include "plan/ddl.h"
#include "sync/apply_arrays.h"

#include <stdlib.h>

enum { NARROW_BYTES = 256 };

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
send_insert_keeping(struct array_sender *sender, struct error *err)
{
    const struct live_table *table = sender->table->table;
    enum type_kind *kinds = array_sender_kinds(table, false);
    AUTO_TEXT rows = {0};
    AUTO_TEXT sql = {0};
    if (kinds == NULL) {
        return error_set(err, ERROR_SYSTEM, "send rows");
    }
    row_arrays_write_unnest(&rows, kinds, table->column_count);
    own_write_insert(&sql, sender->table, text_string(&rows));
    bool ok = target_pipeline_add(sender->pipeline, own_join_on, NULL, 0, err) &&
              row_arrays_send(&sender->arrays, sender->pipeline, text_string(&sql), kinds,
                              err) &&
              target_pipeline_add(sender->pipeline, own_join_off, NULL, 0, err);
    free(kinds);
    return ok;
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

static bool
insert_arrays(struct target_pipeline *pipeline, struct gathered *gathered,
              struct gathered_table *from, struct error *err)
{
    struct array_sender sender = {.pipeline = pipeline,
                                  .table = from,
                                  .column_count = from->table->column_count,
                                  .send = send_insert};
    return array_sender_run(&sender, &gathered->spool, &from->rows, err);
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
