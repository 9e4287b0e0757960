/* back_spelling.c — the key of a row of the target as the source writes it. Keys that could be
 * written in several ways, and are not written as their column's form has it, are noted: one that
 * comes back would miss them. */
#include "base/stop.h"
#include "sqlite/scan.h"
#include "sync/back_internal.h"
#include "value/uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 48, ROWS_PER_STOP_CHECK = 1024 };

static bool
is_spelled(const struct back_column *column)
{
    switch (column->plan->type.kind) {
    case TYPE_NUMERIC:
    case TYPE_BOOLEAN:
    case TYPE_CHAR:
    case TYPE_UUID:
    case TYPE_JSON:
    case TYPE_JSONB:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INET:
    case TYPE_CIDR:
    case TYPE_INTERVAL:
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: return true;
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_BYTEA:
    case TYPE_DATE:
    case TYPE_INTEGER:
    case TYPE_SMALLINT:
    case TYPE_REAL:
    case TYPE_ENUM:
    case TYPE_CITEXT: break;
    }
    return false;
}

static bool
has_spelling(const struct back_shape *shape)
{
    for (size_t i = 0; shape->hidden == NULL && i < back_key_count(shape); i++) {
        if (is_spelled(back_key_column(shape, i))) {
            return true;
        }
    }
    return false;
}

static void
table_name(const struct back_shape *shape, char name[NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "temp.outgrow_spelled_%" PRId64, shape->live->capture->id);
}

/* d1.. as decoded, k1.. as they are. */
static bool
create_table(struct source *source, const struct back_shape *shape, struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[NAME_SIZE];
    table_name(shape, name);
    text_printf(&sql, "CREATE TABLE %s (", name);
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(&sql, "d%zu, k%zu, ", i, i);
    }
    text_add(&sql, "PRIMARY KEY (");
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(&sql, "%sd%zu", i == 0 ? "" : ", ", i);
    }
    text_add(&sql, ")) WITHOUT ROWID");
    return back_execute(source, text_string(&sql), err);
}

/* The value through the target and back. False: it never went there. */
static bool
there_and_back(const struct back_column *column, sqlite3_value *value, struct text *field,
               struct text *scratch, struct sqlite_value *back)
{
    struct refusal refusal;
    text_reset(field);
    if (copied_column_encode(column->copied, value, field, &refusal) == ENCODE_REFUSED) {
        return false;
    }
    const struct copy_field encoded = {(const uint8_t *)field->bytes + 4,
                                       (int32_t)(field->length - 4)};
    return value_decode(&encoded, &column->plan->type, &column->form, scratch, back, &refusal);
}

/* outgrow.id_map knows it as it is. */
static bool
is_mapped(const struct back_column *column, sqlite3_value *value)
{
    uint8_t uuid[UUID_SIZE];
    return value_uuid_is_mapped(value, &column->plan->type, &column->copied->settings, uuid);
}

/* *note: some part of the key comes back in another way. */
static bool
bind_row(const struct back_shape *shape, const struct scan *scan, sqlite3_stmt *insert,
         struct text *scratches, bool *note)
{
    *note = false;
    for (size_t i = 0; i < back_key_count(shape); i++) {
        const struct back_column *column = back_key_column(shape, i);
        sqlite3_value *value = scan_value(scan, (size_t)column->plan->source_position);
        struct sqlite_value back;
        sqlite3_bind_value(insert, (int)(2 * i + 2), value);
        if (!is_spelled(column) || is_mapped(column, value)) {
            sqlite3_bind_value(insert, (int)(2 * i + 1), value);
            continue;
        }
        if (!there_and_back(column, value, &scratches[2 * i], &scratches[2 * i + 1], &back)) {
            return false;
        }
        sqlite_value_bind(insert, (int)(2 * i + 1), &back);
        *note = *note || !back_value_equals(&back, value);
    }
    return true;
}

static bool
note_rows(struct source *source, const struct back_shape *shape, sqlite3_stmt *insert,
          struct text *scratches, struct error *err)
{
    AUTO_SCAN scan = {0};
    enum scan_step step;
    uint64_t rows = 0;
    bool note;
    if (!scan_open(&scan, source, shape->live->source, SCAN_EVERYTHING, err)) {
        return false;
    }
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        if (bind_row(shape, &scan, insert, scratches, &note) && note &&
            !back_run(source, insert, err)) {
            return false;
        }
        if (++rows % ROWS_PER_STOP_CHECK == 0 && !stop_check(err)) {
            return false;
        }
    }
    return step == SCAN_END;
}

static bool
prepare_insert(struct source *source, const struct back_shape *shape, sqlite3_stmt **insert,
               struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[NAME_SIZE];
    table_name(shape, name);
    text_printf(&sql, "INSERT OR REPLACE INTO %s VALUES (", name);
    for (size_t i = 0; i < 2 * back_key_count(shape); i++) {
        text_add(&sql, i == 0 ? "?" : ", ?");
    }
    text_add(&sql, ")");
    return back_prepare(source, &sql, insert, err);
}

/* Once a connection: afterwards only we write, and as the form has it. */
static bool
is_noted(const struct source *source, const struct back_shape *shape)
{
    char name[NAME_SIZE];
    table_name(shape, name);
    return sqlite3_table_column_metadata(source->handle, "temp", name + strlen("temp."), NULL,
                                         NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

bool
back_spelling_prepare(struct source *source, const struct back_shape *shape, struct error *err)
{
    AUTO_STATEMENT *insert = NULL;
    AUTO_ARENA memory = {0};
    if (!has_spelling(shape) || is_noted(source, shape)) {
        return true;
    }
    size_t count = 2 * back_key_count(shape);
    struct text *scratches = arena_alloc(&memory, count * sizeof *scratches);
    bool good = create_table(source, shape, err) &&
                prepare_insert(source, shape, &insert, err) &&
                note_rows(source, shape, insert, scratches, err);
    for (size_t i = 0; i < count; i++) {
        text_free(&scratches[i]);
    }
    return good;
}

/* Copies, because the statement that has it is over before it is used. */
static void
take_value(sqlite3_value *found, struct text *copy, struct sqlite_value *value)
{
    back_value_borrow(found, value);
    if (value->storage_class != SQLITE_TEXT && value->storage_class != SQLITE_BLOB) {
        return;
    }
    text_reset(copy);
    text_add_bytes(copy, value->bytes, value->size);
    value->bytes = (const uint8_t *)text_string(copy);
}

static bool
prepare_find(struct source *source, const struct back_shape *shape, sqlite3_stmt **find,
             struct error *err)
{
    AUTO_TEXT sql = {0};
    char name[NAME_SIZE];
    table_name(shape, name);
    text_add(&sql, "SELECT ");
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(&sql, "%sk%zu", i == 0 ? "" : ", ", i);
    }
    text_printf(&sql, " FROM %s WHERE ", name);
    for (size_t i = 0; i < back_key_count(shape); i++) {
        text_printf(&sql, "%sd%zu = ?", i == 0 ? "" : " AND ", i);
    }
    return back_prepare(source, &sql, find, err);
}

/* Replaces the decoded values of a key by those that stand in the source, if they are others. */
static bool
find_spelling(struct source *source, const struct back_shape *shape, struct sqlite_value *key,
              struct text *copies, struct error *err)
{
    AUTO_STATEMENT *find = NULL;
    if (!has_spelling(shape)) {
        return true;
    }
    if (!prepare_find(source, shape, &find, err)) {
        return false;
    }
    for (size_t i = 0; i < back_key_count(shape); i++) {
        sqlite_value_bind(find, (int)i + 1, &key[i]);
    }
    int code = sqlite3_step(find);
    for (size_t i = 0; code == SQLITE_ROW && i < back_key_count(shape); i++) {
        take_value(sqlite3_column_value(find, (int)i), &copies[i], &key[i]);
    }
    return code == SQLITE_ROW || code == SQLITE_DONE ||
           source_failed(source, err, "look up a key of the source");
}

static bool
decode_rowid(const struct back_shape *shape, const struct copy_field *fields,
             struct text *scratch, struct sqlite_value *key, struct error *err)
{
    static const struct value_type rowid_type = {.kind = TYPE_BIGINT};
    static const struct source_form rowid_form = {{0}, 0, false};
    struct refusal refusal;
    return value_decode(&fields[shape->hidden_field], &rowid_type, &rowid_form, scratch, key,
                        &refusal) ||
           error_set(err, ERROR_TARGET, "%s: %s", shape->live->plan->name, refusal.reason);
}

bool
back_key_decode(struct source *source, const struct back_shape *shape,
                const struct copy_field *fields, struct sqlite_value *key, struct text *texts,
                struct error *err)
{
    size_t keys = back_key_count(shape);
    if (shape->hidden != NULL) {
        return decode_rowid(shape, fields, &texts[0], &key[0], err);
    }
    for (size_t i = 0; i < keys; i++) {
        if (!back_cell_decode(shape, shape->keys[i], fields, &texts[i], &key[i], err)) {
            return false;
        }
    }
    return find_spelling(source, shape, key, texts + keys, err);
}

void
back_spelling_forget(struct source *source, const struct back_shape *shape)
{
    AUTO_TEXT sql = {0};
    char name[NAME_SIZE];
    table_name(shape, name);
    text_printf(&sql, "DROP TABLE IF EXISTS %s", name);
    back_tidy(source, text_string(&sql));
}
