/* apply_deletes.c — all keys of all tables go before any row comes: so unique values may change
 * places, and no row is in the way of another. */
#include "sync/apply_arrays.h"

#include <stdlib.h>

enum { EARLY_BYTES_MAX = 8 * 1024 * 1024 };

static bool
send_delete_keeping(struct array_sender *sender, struct error *err)
{
    const struct live_table *table = sender->table->table;
    enum type_kind *kinds = array_sender_kinds(table, true);
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
    bool ok = row_arrays_send(&sender->arrays, sender->pipeline, text_string(&sql), kinds, err);
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
            at = target_parameter_read(at, &fields[i]);
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
                                  .skipped = from->deleted,
                                  .send = send_delete};
    from->deleted = 0; /* the next time, that is another transaction */
    if (from->table->own_count > 0 && !own_begin(link, from, err)) {
        return false;
    }
    if (from->whole) {
        return delete_whole(link, from, err);
    }
    if (!(keys_fit_arrays(from->table)
              ? array_sender_run(&sender, &gathered->spool, &from->keys, err)
              : delete_each(pipeline, gathered, from, err))) {
        return false;
    }
    sender.send = send_mend;
    sender.skipped = 0;
    return array_sender_run(&sender, &gathered->spool, &from->marks, err);
}

/* What the server has not taken yet is in memory, once more. Keys that went to the spool's file are
 * not read again for this, and of tables with own columns what is deleted is kept elsewhere. */
static bool
may_be_early(const struct gathered *gathered, const struct gathered_table *from)
{
    return from->keys.part_count == 0 && from->keys.buffer.length > from->deleted &&
           gathered->deleted < EARLY_BYTES_MAX && from->table->own_count == 0 &&
           keys_fit_arrays(from->table);
}

bool
apply_deletes_early(struct sync_link *link, struct gathered *gathered,
                    struct gathered_table *from, struct error *err)
{
    struct target_pipeline *pipeline = &gathered->deletes;
    struct array_sender sender = {.pipeline = pipeline,
                                  .table = from,
                                  .column_count = from->table->key_count,
                                  .send = send_delete};
    const struct text *keys = &from->keys.buffer;
    if (!may_be_early(gathered, from)) {
        return true;
    }
    if (pipeline->conn == NULL && !target_pipeline_begin(pipeline, link->conn, err)) {
        return false;
    }
    pipeline->never_waits = true;
    bool ok = array_sender_take(&sender, keys->bytes + from->deleted,
                                keys->length - from->deleted, err);
    gathered->deleted += keys->length - from->deleted;
    from->deleted = keys->length;
    row_arrays_free(&sender.arrays);
    return ok;
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
