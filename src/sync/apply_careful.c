/* apply_careful.c — after the server refused a value: rows in savepoints, so that all others
 * arrive. */
#include "plan/ddl.h"
#include "sync/forward_internal.h"

#include <string.h>

enum { BATCH_ROWS = 256 };

/* A row and what it is, both in the streams' form. */
struct careful_row {
    const char *row;
    size_t size;
    int64_t position;
    const char *key; /* NULL: none */
    const char *json;
};

struct careful {
    struct sync_link *link;
    struct gathered *gathered;
    const struct live_table *table;
    const struct gathered_table *from;
    struct text copy_sql;
    struct text notes; /* of all rows of the table */
    const char *note;  /* of the next row */
};

static const char *
row_end(const char *row, size_t column_count)
{
    struct target_parameter ignored;
    const char *at = row + 2;
    for (size_t i = 0; i < column_count; i++) {
        at = target_parameter_read(at, &ignored);
    }
    return at;
}

static void
take_note(struct careful *careful, struct careful_row *row)
{
    uint64_t number;
    struct target_parameter key;
    struct target_parameter json;
    memcpy(&number, careful->note + sizeof(uint32_t), sizeof number);
    careful->note += sizeof(uint32_t) + sizeof number;
    careful->note = target_parameter_read(careful->note, &key);
    careful->note = target_parameter_read(careful->note, &json);
    row->position = (int64_t)__builtin_bswap64(number);
    row->key = key.bytes;
    row->json = json.bytes;
}

static bool
send_rows(struct careful *careful, const struct careful_row *rows, size_t count,
          struct error *err)
{
    AUTO_COPY_WRITER writer = {0};
    PGconn *conn = careful->link->conn;
    uint64_t stored;
    struct error undo;
    if (!target_execute(conn, "SAVEPOINT outgrow_row", err)) {
        return false;
    }
    bool ok = copy_writer_begin(&writer, conn, text_string(&careful->copy_sql), err);
    for (size_t i = 0; ok && i < count; i++) {
        text_add_bytes(&writer.buffer, rows[i].row, rows[i].size);
        ok = copy_writer_flush_if_full(&writer, err);
    }
    if (ok && copy_writer_end(&writer, &stored, err) &&
        (careful->table->own_count == 0 ||
         own_insert_copied(careful->link, careful->from, err))) {
        return target_execute(conn, "RELEASE SAVEPOINT outgrow_row", err);
    }
    copy_writer_close(&writer);
    if (!target_execute(conn, "ROLLBACK TO SAVEPOINT outgrow_row", &undo)) {
        *err = undo;
    }
    return false;
}

static void
set_row_aside(struct careful *careful, const struct careful_row *row,
              const struct error *refused)
{
    struct arena *memory = &careful->gathered->set_aside.memory;
    const struct set_aside_row entry = {
        .source_table = careful->table->source->name.text,
        .position = row->position,
        .key = arena_strdup(memory, row->key),
        .row = arena_strdup(memory, row->json),
        .reason = arena_printf(memory, "%s (SQLSTATE %s)", refused->message, refused->sqlstate),
    };
    set_aside_add(&careful->gathered->set_aside, &entry);
    careful->gathered->refused++;
}

static bool
send_batch(struct careful *careful, const struct careful_row *rows, size_t count,
           struct error *err)
{
    struct error refused;
    if (count == 0 || send_rows(careful, rows, count, &refused)) {
        return true;
    }
    for (size_t i = 0; target_refused_data(&refused) && i < count; i++) {
        if (!send_rows(careful, &rows[i], 1, &refused)) {
            if (!target_refused_data(&refused)) {
                break;
            }
            set_row_aside(careful, &rows[i], &refused);
        }
        if (i + 1 == count) {
            return true;
        }
    }
    *err = refused;
    return false;
}

static bool
send_piece(void *context, char *bytes, size_t size, struct error *err)
{
    struct careful *careful = context;
    struct careful_row rows[BATCH_ROWS];
    size_t count = 0;
    for (const char *at = bytes; at < bytes + size;) {
        const char *end = row_end(at, careful->table->column_count);
        rows[count] = (struct careful_row){.row = at, .size = (size_t)(end - at)};
        take_note(careful, &rows[count++]);
        at = end;
        if (count == BATCH_ROWS) {
            if (!send_batch(careful, rows, count, err)) {
                return false;
            }
            count = 0;
        }
    }
    return send_batch(careful, rows, count, err);
}

static bool
collect_notes(void *context, char *bytes, size_t size, struct error *err)
{
    (void)err;
    text_add_bytes(context, bytes, size);
    return true;
}

static bool
send_table(struct sync_link *link, struct gathered *gathered, struct gathered_table *from,
           struct error *err)
{
    struct careful careful = {
        .link = link, .gathered = gathered, .table = from->table, .from = from};
    if (from->table->own_count > 0) {
        own_write_copy_in(&careful.copy_sql, from->table);
    } else {
        ddl_copy_in(&careful.copy_sql, from->table->plan);
    }
    bool ok = spool_each(&gathered->spool, &from->notes, collect_notes, &careful.notes, err);
    careful.note = text_string(&careful.notes);
    ok = ok && spool_each(&gathered->spool, &from->rows, send_piece, &careful, err);
    text_free(&careful.copy_sql);
    text_free(&careful.notes);
    return ok;
}

bool
apply_rows_carefully(struct sync_link *link, struct gathered *gathered, struct error *err)
{
    for (size_t i = 0; i < gathered->count; i++) {
        if (!send_table(link, gathered, &gathered->tables[i], err)) {
            return error_wrap(err, "copy rows into \"%s\"",
                              gathered->tables[i].table->plan->name);
        }
    }
    return true;
}
