/* back_born.c — rows born in the target under a uuid, in a table whose key the source counts:
 * they get the next numbers.
 *
 * The number is written down in the source, in the transaction that adds the row, and then in
 * outgrow.id_map. Should only the first commit have come, the next round finds it there. */
#include "sync/back_internal.h"
#include "value/field.h"
#include "value/uuid.h"

#include <inttypes.h>

static const char list_sql[] = "CREATE TABLE IF NOT EXISTS _outgrow_born"
                               " (t, uuid, id, PRIMARY KEY (t, uuid));"
                               "DROP TABLE IF EXISTS temp.outgrow_unnumbered;"
                               "CREATE TABLE temp.outgrow_unnumbered"
                               " (uuid PRIMARY KEY, present, id) WITHOUT ROWID";

/* uuids that outgrow.id_map does not know, and whether there is a row. */
static void
add_unknown(struct text *sql, const struct back_shape *shape, bool all)
{
    const struct back_column *key = back_key_column(shape, 0);
    AUTO_TEXT column = {0};
    text_add(&column, "c.");
    target_quote_name(&column, key->plan->name);
    text_add(sql, "COPY (SELECT u.uuid, ");
    if (all) {
        text_printf(sql, "true FROM (SELECT %s AS uuid FROM ", text_string(&column));
        target_quote_qualified(sql, shape->live->plan->schema, shape->live->plan->name);
        text_add(sql, " AS c) AS u");
    } else {
        text_printf(sql, "%s IS NOT NULL FROM (SELECT (l.k[1])::uuid AS uuid FROM (",
                    text_string(&column));
        back_keys_sql(sql, shape->live_id, shape->live->capture->id);
        text_add(sql, ") AS l) AS u LEFT JOIN ");
        target_quote_qualified(sql, shape->live->plan->schema, shape->live->plan->name);
        text_printf(sql, " AS c ON %s = u.uuid", text_string(&column));
    }
    text_add(sql, " WHERE ");
    back_old_text_sql(sql, shape, &key->plan->type, "u.uuid");
    text_add(sql, " IS NULL) TO STDOUT (FORMAT binary)");
}

static bool
list_unknown(struct sync_link *link, const struct back_shape *shape, bool all,
             struct error *err)
{
    AUTO_COPY_READER reader = {0};
    AUTO_STATEMENT *insert = NULL;
    AUTO_TEXT sql = {0};
    AUTO_TEXT put = {0};
    struct copy_field fields[2];
    enum copy_read got;
    add_unknown(&sql, shape, all);
    text_add(&put, "INSERT OR IGNORE INTO temp.outgrow_unnumbered VALUES (?, ?, NULL)");
    if (!back_prepare(&link->writer, &put, &insert, err) ||
        !copy_reader_begin(&reader, link->conn, text_string(&sql), err)) {
        return false;
    }
    while ((got = copy_reader_next(&reader, fields, 2, err)) == COPY_ROW) {
        sqlite3_bind_blob(insert, 1, fields[0].bytes, fields[0].size, SQLITE_STATIC);
        sqlite3_bind_int(insert, 2, fields[1].bytes != NULL && fields[1].bytes[0] != 0);
        if (!back_run(&link->writer, insert, err)) {
            return false;
        }
    }
    return got == COPY_END;
}

/* Numbers of an earlier attempt first, then the next ones behind all that were ever given. */
static void
add_numbering(struct text *sql, const struct back_shape *shape)
{
    const struct source_table *source = shape->live->source;
    int64_t t = shape->live->capture->id;
    text_printf(sql,
                "DELETE FROM _outgrow_born WHERE t = %" PRId64
                " AND uuid NOT IN (SELECT uuid FROM temp.outgrow_unnumbered);"
                "UPDATE temp.outgrow_unnumbered SET id = (SELECT b.id FROM _outgrow_born b"
                " WHERE b.t = %" PRId64 " AND b.uuid = outgrow_unnumbered.uuid);"
                "DELETE FROM temp.outgrow_unnumbered WHERE id IS NULL AND NOT present;"
                "CREATE TABLE temp.outgrow_next AS SELECT max(coalesce((SELECT max(%s) FROM ",
                t, t, source->rowid_name);
    source_quote(sql, source->name.text);
    text_printf(sql,
                "), 0), coalesce((SELECT max(id) FROM _outgrow_born WHERE t = %" PRId64 "), 0)",
                t);
    if (source->autoincrement) {
        char *name = sqlite3_mprintf("%Q", source->name.text);
        text_printf(
            sql, ", coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = %s), 0)", name);
        sqlite3_free(name);
    }
    text_printf(sql,
                ") AS last; INSERT INTO _outgrow_born SELECT %" PRId64
                ", uuid, (SELECT last FROM temp.outgrow_next) + row_number() OVER (ORDER BY"
                " uuid) FROM temp.outgrow_unnumbered WHERE id IS NULL;"
                "UPDATE temp.outgrow_unnumbered SET id = (SELECT b.id FROM _outgrow_born b"
                " WHERE b.t = %" PRId64 " AND b.uuid = outgrow_unnumbered.uuid);"
                "DROP TABLE temp.outgrow_next",
                t, t);
}

static void
add_map_row(struct text *buffer, const struct back_shape *shape, sqlite3_stmt *rows)
{
    const char *table = back_key_column(shape, 0)->plan->type.uuid_rule->table;
    copy_row_begin(buffer, 4);
    field_int64(buffer, shape->run_id);
    field_bytes(buffer, table, strlen(table));
    field_bytes(buffer, sqlite3_column_text(rows, 1), (size_t)sqlite3_column_bytes(rows, 1));
    field_bytes(buffer, sqlite3_column_blob(rows, 0), UUID_SIZE);
}

static bool
tell_target(struct sync_link *link, const struct back_shape *shape, struct error *err)
{
    AUTO_COPY_WRITER writer = {0};
    AUTO_STATEMENT *rows = NULL;
    AUTO_TEXT sql = {0};
    uint64_t count;
    int code;
    text_add(&sql, "SELECT uuid, id FROM temp.outgrow_unnumbered");
    if (!back_prepare(&link->writer, &sql, &rows, err) ||
        !copy_writer_begin(&writer, link->conn,
                           "COPY outgrow.id_map (run_id, source_table, old_id, new_id) "
                           "FROM STDIN (FORMAT binary)",
                           err)) {
        return false;
    }
    while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
        add_map_row(&writer.buffer, shape, rows);
        if (!copy_writer_flush_if_full(&writer, err)) {
            return false;
        }
    }
    return code == SQLITE_DONE ? copy_writer_end(&writer, &count, err)
                               : source_failed(&link->writer, err, "list new numbers");
}

bool
back_born_number(struct sync_link *link, const struct back_shape *shape, bool all,
                 struct error *err)
{
    AUTO_TEXT numbering = {0};
    if (!back_shape_counts_keys(shape)) {
        return true;
    }
    add_numbering(&numbering, shape);
    return (back_execute(&link->writer, list_sql, err) && list_unknown(link, shape, all, err) &&
            back_execute(&link->writer, text_string(&numbering), err) &&
            tell_target(link, shape, err)) ||
           error_wrap(err, "number the new rows of %s", shape->live->plan->name);
}
