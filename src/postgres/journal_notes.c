/* journal_notes.c — outgrow.set_aside and differences: what a person must look at. */
#include "postgres/copy_stream.h"
#include "postgres/journal_internal.h"

#include <stdlib.h>
#include <string.h>

static void
add_big_endian(struct text *buffer, uint64_t number, size_t size)
{
    char bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)(number >> (8 * (size - 1 - i)));
    }
    text_add_bytes(buffer, bytes, size);
}

/* Fields of a binary COPY row; NULL is NULL. */
static void
copy_add_text(struct text *buffer, const char *string)
{
    if (string == NULL) {
        add_big_endian(buffer, UINT32_MAX, 4);
        return;
    }
    size_t length = strlen(string);
    add_big_endian(buffer, length, 4);
    text_add_bytes(buffer, string, length);
}

static void
copy_add_int64(struct text *buffer, int64_t number)
{
    add_big_endian(buffer, 8, 4);
    add_big_endian(buffer, (uint64_t)number, 8);
}

static void
copy_add_bool(struct text *buffer, bool value)
{
    add_big_endian(buffer, 1, 4);
    text_add_char(buffer, value ? 1 : 0);
}

/* Length of the UTF-8 character at `bytes`, as PostgreSQL accepts it (RFC 3629);
 * 0: it is none. Reads no further than the terminating NUL. */
static size_t
character_length(const unsigned char *bytes)
{
    if (bytes[0] < 0x80) {
        return 1;
    }
    size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    unsigned second_min = bytes[0] == 0xe0 ? 0xa0 : bytes[0] == 0xf0 ? 0x90 : 0x80;
    unsigned second_max = bytes[0] == 0xed ? 0x9f : bytes[0] == 0xf4 ? 0x8f : 0xbf;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || bytes[1] < second_min || bytes[1] > second_max) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

/* Text for people, of which the end may have been cut off within a character:
 * "?" for each byte that is not UTF-8. A note must not fail for such a thing. */
static void
add_shown_text(struct text *buffer, const char *string)
{
    if (string == NULL) {
        copy_add_text(buffer, NULL);
        return;
    }
    AUTO_TEXT clean = {0};
    while (*string != '\0') {
        size_t length = character_length((const unsigned char *)string);
        text_add_bytes(&clean, length == 0 ? "?" : string, length == 0 ? 1 : length);
        string += length == 0 ? 1 : length;
    }
    copy_add_text(buffer, text_string(&clean));
}

static void
add_set_aside(struct text *buffer, int64_t run_id, const struct set_aside_row *row)
{
    copy_row_begin(buffer, 9);
    copy_add_int64(buffer, run_id);
    copy_add_text(buffer, row->source_table);
    copy_add_int64(buffer, row->position);
    copy_add_text(buffer, row->key);
    copy_add_text(buffer, row->column);
    copy_add_text(buffer, row->reason);
    copy_add_bool(buffer, row->altered);
    copy_add_bool(buffer, row->nulled);
    copy_add_text(buffer, row->row);
}

bool
journal_set_aside_add(PGconn *conn, int64_t run_id, const struct set_aside_row *rows,
                      size_t count, struct error *err)
{
    if (count == 0) {
        return true;
    }
    AUTO_COPY_WRITER writer = {0};
    uint64_t stored = 0;
    bool good = copy_writer_begin(&writer, conn,
                                  "COPY outgrow.set_aside (run_id, source_table, position, key,"
                                  " column_name, reason, altered, nulled, \"row\")"
                                  " FROM STDIN (FORMAT binary)",
                                  err);
    for (size_t i = 0; good && i < count; i++) {
        add_set_aside(&writer.buffer, run_id, &rows[i]);
        good = copy_writer_flush_if_full(&writer, err);
    }
    good = good && copy_writer_end(&writer, &stored, err);
    return good ? true : error_wrap(err, "record the rows set aside");
}

bool
row_positions_search(const struct row_positions *positions, int64_t position)
{
    size_t low = 0;
    size_t high = positions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (positions->at[middle] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < positions->count && positions->at[low] == position;
}

static bool
load_positions(PGconn *conn, struct arena *arena, const char *sql,
               const char *const parameters[2], struct row_positions *positions,
               struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, sql, parameters, 2, &result, err)) {
        return false;
    }
    positions->count = (size_t)PQntuples(result);
    positions->at = arena_alloc(arena, (positions->count + 1) * sizeof *positions->at);
    for (size_t i = 0; i < positions->count; i++) {
        positions->at[i] = target_number(result, (int)i, 0);
    }
    return true;
}

bool
journal_set_aside_positions(PGconn *conn, struct arena *arena, int64_t run_id,
                            const char *source_table, struct row_positions *positions,
                            struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id), source_table};
    return load_positions(conn, arena,
                          "SELECT DISTINCT position FROM outgrow.set_aside"
                          " WHERE run_id = $1::bigint AND source_table = $2 AND NOT altered"
                          " ORDER BY position",
                          parameters, positions, err) ||
           error_wrap(err, "read which rows of \"%s\" were set aside", source_table);
}

bool
journal_set_aside_tables(PGconn *conn, struct arena *arena, int64_t run_id,
                         const char ***tables, size_t *count, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT DISTINCT source_table FROM outgrow.set_aside"
                      " WHERE run_id = $1::bigint",
                      parameters, 1, &result, err)) {
        return error_wrap(err, "read of which tables rows were set aside");
    }
    *count = (size_t)PQntuples(result);
    *tables = arena_alloc(arena, (*count + 1) * sizeof **tables);
    for (int i = 0; i < (int)*count; i++) {
        (*tables)[i] = target_text(arena, result, i, 0);
    }
    return true;
}

bool
journal_left_out_positions(PGconn *conn, struct arena *arena, int64_t run_id,
                           const char *source_table, struct row_positions *positions,
                           struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id), source_table};
    return load_positions(conn, arena,
                          "SELECT DISTINCT position FROM outgrow.left_out"
                          " WHERE run_id = $1::bigint AND source_table = $2 ORDER BY position",
                          parameters, positions, err) ||
           error_wrap(err, "read which rows of \"%s\" were left out", source_table);
}

static void
add_difference(struct text *buffer, int64_t run_id, int64_t number,
               const struct difference *difference)
{
    copy_row_begin(buffer, 8);
    copy_add_int64(buffer, run_id);
    copy_add_int64(buffer, number);
    copy_add_text(buffer, difference->target_table);
    add_shown_text(buffer, difference->key);
    copy_add_text(buffer, difference->column);
    copy_add_text(buffer, difference->kind);
    add_shown_text(buffer, difference->source_value);
    add_shown_text(buffer, difference->target_value);
}

static bool
copy_differences(PGconn *conn, int64_t run_id, const struct difference *differences,
                 size_t count, struct error *err)
{
    AUTO_COPY_WRITER writer = {0};
    uint64_t stored = 0;
    bool good = copy_writer_begin(&writer, conn,
                                  "COPY outgrow.differences (run_id, number, target_table, key,"
                                  " column_name, kind, source_value, target_value)"
                                  " FROM STDIN (FORMAT binary)",
                                  err);
    for (size_t i = 0; good && i < count; i++) {
        add_difference(&writer.buffer, run_id, (int64_t)i + 1, &differences[i]);
        good = copy_writer_flush_if_full(&writer, err);
    }
    return good && copy_writer_end(&writer, &stored, err);
}

bool
journal_differences_save(PGconn *conn, int64_t run_id, const struct difference *differences,
                         size_t count, struct error *err)
{
    char id[NUMBER_TEXT_SIZE];
    const char *const parameters[] = {number_text(run_id, id)};
    bool good = journal_run_statement(
        conn, "DELETE FROM outgrow.differences WHERE run_id = $1::bigint", parameters, 1, err);
    good = good && (count == 0 || copy_differences(conn, run_id, differences, count, err));
    return good ? true : error_wrap(err, "record the differences found");
}
