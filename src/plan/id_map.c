/* id_map.c — see id_map.h. */
#include "plan/id_map.h"

#include "postgres/copy_stream.h"
#include "value/field.h"
#include "value/uuid.h"

enum { FULL_BYTES = 1024 * 1024, FIELDS = 4 };

void
id_map_add(struct id_map *map, int64_t run_id, const char *source_table, sqlite3_value *value,
           const struct value_type *type, const struct encode_settings *settings)
{
    uint8_t uuid[UUID_SIZE];
    AUTO_TEXT old = {0};
    if (!value_uuid_is_mapped(value, type, settings, uuid)) {
        return;
    }
    uuid_old_text(value, settings->utf16, &old);
    copy_row_begin(&map->rows, FIELDS);
    field_int64(&map->rows, run_id);
    field_bytes(&map->rows, source_table, strlen(source_table));
    field_bytes(&map->rows, old.bytes, old.length);
    field_bytes(&map->rows, uuid, sizeof uuid);
}

bool
id_map_is_full(const struct id_map *map)
{
    return map->rows.length >= FULL_BYTES;
}

bool
id_map_flush(struct id_map *map, PGconn *conn, struct error *err)
{
    AUTO_COPY_WRITER writer = {0};
    uint64_t rows;
    if (map->rows.length == 0) {
        return true;
    }
    if (!copy_writer_begin(&writer, conn,
                           "COPY outgrow.id_map (run_id, source_table, old_id, new_id) "
                           "FROM STDIN (FORMAT binary)",
                           err)) {
        return error_wrap(err, "record the old ids");
    }
    text_add_bytes(&writer.buffer, map->rows.bytes, map->rows.length);
    text_reset(&map->rows);
    return copy_writer_end(&writer, &rows, err) || error_wrap(err, "record the old ids");
}

void
id_map_free(struct id_map *map)
{
    text_free(&map->rows);
}
