/* row_arrays.c — see row_arrays.h. */
#include "plan/row_arrays.h"

#include <stdlib.h>
#include <string.h>

/* The types whose arrays every server knows by the same number. */
static const struct small_type {
    uint32_t oid; /* of the element */
    const char *array;
} types[TYPE_KIND_COUNT] = {
    [TYPE_BIGINT] = {20, "int8[]"},
    [TYPE_DOUBLE] = {701, "float8[]"},
    [TYPE_NUMERIC] = {1700, "numeric[]"},
    [TYPE_BOOLEAN] = {16, "bool[]"},
    [TYPE_TEXT] = {25, "text[]"},
    [TYPE_VARCHAR] = {1043, "varchar[]"},
    [TYPE_BYTEA] = {17, "bytea[]"},
    [TYPE_UUID] = {2950, "uuid[]"},
    [TYPE_JSON] = {114, "json[]"},
    [TYPE_JSONB] = {3802, "jsonb[]"},
    [TYPE_DATE] = {1082, "date[]"},
    [TYPE_TIME] = {1083, "time[]"},
    [TYPE_TIMESTAMP] = {1114, "timestamp[]"},
    [TYPE_TIMESTAMPTZ] = {1184, "timestamptz[]"},
    [TYPE_INTEGER] = {23, "int4[]"},
    [TYPE_SMALLINT] = {21, "int2[]"},
    [TYPE_REAL] = {700, "float4[]"},
};

/* Number of dimensions, whether there are NULLs, element type, length, first index. */
enum { HEADER_SIZE = 20, FIELD_COUNT_SIZE = 2 };

bool
row_arrays_type_possible(const struct value_type *type)
{
    return types[type->kind].array != NULL && type->name == NULL;
}

bool
row_arrays_possible(const struct plan *plan, const struct plan_table *table)
{
    bool any = false;
    if (plan->existing) {
        return false;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        const struct plan_column *column = &table->columns[i];
        if (!plan_column_is_copied(column)) {
            continue;
        }
        if (!row_arrays_type_possible(&column->type) || column->map_old) {
            return false;
        }
        any = true;
    }
    return any;
}

static void
grow(struct row_arrays *rows, size_t count)
{
    rows->columns = reallocarray(rows->columns, count, sizeof *rows->columns);
    rows->have_null = reallocarray(rows->have_null, count, sizeof *rows->have_null);
    if (rows->columns == NULL || rows->have_null == NULL) {
        abort(); /* out of memory: the journal makes it safe */
    }
    memset(rows->columns + rows->column_capacity, 0,
           (count - rows->column_capacity) * sizeof *rows->columns);
    rows->column_capacity = count;
}

void
row_arrays_start(struct row_arrays *rows, size_t column_count)
{
    static const char header[HEADER_SIZE];
    if (column_count > rows->column_capacity) {
        grow(rows, column_count);
    }
    rows->column_count = column_count;
    rows->row_count = 0;
    for (size_t i = 0; i < column_count; i++) {
        text_reset(&rows->columns[i]);
        text_add_bytes(&rows->columns[i], header, sizeof header);
        rows->have_null[i] = false;
    }
}

const char *
row_arrays_add(struct row_arrays *rows, const char *row)
{
    const char *field = row + FIELD_COUNT_SIZE;
    for (size_t i = 0; i < rows->column_count; i++) {
        uint32_t size;
        memcpy(&size, field, sizeof size);
        bool is_null = size == UINT32_MAX;
        size_t whole = sizeof size + (is_null ? 0 : __builtin_bswap32(size));
        rows->have_null[i] |= is_null;
        text_add_bytes(&rows->columns[i], field, whole);
        field += whole;
    }
    rows->row_count++;
    return field;
}

static void
write_header(const struct row_arrays *rows, size_t column, uint32_t element_oid)
{
    const uint32_t header[] = {
        __builtin_bswap32(1),           rows->have_null[column] ? __builtin_bswap32(1) : 0,
        __builtin_bswap32(element_oid), __builtin_bswap32(rows->row_count),
        __builtin_bswap32(1),
    };
    _Static_assert(sizeof header == HEADER_SIZE, "the header of an array");
    memcpy(rows->columns[column].bytes, header, sizeof header);
}

/* OVERRIDING SYSTEM VALUE: identity columns take what they are given, as with COPY. */
static void
write_insert(struct row_arrays *rows, const struct plan_table *table)
{
    struct text *sql = &rows->sql;
    AUTO_TEXT arrays = {0};
    size_t number = 0;
    text_reset(sql);
    text_add(sql, "INSERT INTO ");
    target_quote_qualified(sql, table->schema, table->name);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct plan_column *column = &table->columns[i];
        if (plan_column_is_copied(column)) {
            const struct small_type *type = &types[column->type.kind];
            text_add(sql, number == 0 ? " (" : ", ");
            target_quote_name(sql, column->name);
            text_printf(&arrays, "%spg_catalog.unnest($%zu::pg_catalog.%s)",
                        number == 0 ? "" : ", ", number + 1, type->array);
            write_header(rows, number++, type->oid);
        }
    }
    text_printf(sql, ") OVERRIDING SYSTEM VALUE SELECT * FROM ROWS FROM (%s)",
                text_string(&arrays));
}

static bool
send(struct row_arrays *rows, struct target_pipeline *pipeline, const char *sql,
     struct error *err)
{
    struct target_parameter *parameters = calloc(rows->column_count + 1, sizeof *parameters);
    if (parameters == NULL) {
        return error_set(err, ERROR_SYSTEM, "send the rows of a table");
    }
    for (size_t i = 0; i < rows->column_count; i++) {
        parameters[i] = (struct target_parameter){rows->columns[i].bytes,
                                                  rows->columns[i].length};
    }
    bool ok = target_pipeline_add(pipeline, sql, parameters, rows->column_count, err);
    free(parameters);
    return ok;
}

bool
row_arrays_insert(struct row_arrays *rows, struct target_pipeline *pipeline,
                  const struct plan_table *table, struct error *err)
{
    if (rows->row_count == 0) {
        return true;
    }
    write_insert(rows, table);
    return send(rows, pipeline, text_string(&rows->sql), err);
}

/* json has no equality: its texts are compared. */
void
row_arrays_write_match(struct text *sql, const struct plan_table *table, const size_t *fields,
                       size_t count)
{
    text_add(sql, " (");
    for (size_t i = 0; i < count; i++) {
        text_printf(sql, "%sk%zu", i == 0 ? "" : ", ", i + 1);
    }
    text_add_char(sql, ')');
    for (size_t i = 0; i < count; i++) {
        const struct plan_column *column = &table->columns[fields[i]];
        const char *cast = column->type.kind == TYPE_JSON ? "::text" : "";
        text_add(sql, i == 0 ? " WHERE there." : " AND there.");
        target_quote_name(sql, column->name);
        text_printf(sql, "%s = given.k%zu%s", cast, i + 1, cast);
    }
}

static void
write_delete(struct row_arrays *rows, const struct plan_table *table, const size_t *fields)
{
    struct text *sql = &rows->sql;
    text_reset(sql);
    text_add(sql, "DELETE FROM ");
    target_quote_qualified(sql, table->schema, table->name);
    text_add(sql, " AS there USING ROWS FROM (");
    for (size_t i = 0; i < rows->column_count; i++) {
        const struct small_type *type = &types[table->columns[fields[i]].type.kind];
        text_printf(sql, "%spg_catalog.unnest($%zu::pg_catalog.%s)", i == 0 ? "" : ", ", i + 1,
                    type->array);
        write_header(rows, i, type->oid);
    }
    text_add(sql, ") AS given");
    row_arrays_write_match(sql, table, fields, rows->column_count);
}

bool
row_arrays_delete(struct row_arrays *rows, struct target_pipeline *pipeline,
                  const struct plan_table *table, const size_t *fields, struct error *err)
{
    if (rows->row_count == 0) {
        return true;
    }
    write_delete(rows, table, fields);
    return send(rows, pipeline, text_string(&rows->sql), err);
}

void
row_arrays_write_unnest(struct text *sql, const enum type_kind *kinds, size_t count)
{
    text_add(sql, "ROWS FROM (");
    for (size_t i = 0; i < count; i++) {
        text_printf(sql, "%spg_catalog.unnest($%zu::pg_catalog.%s)", i == 0 ? "" : ", ", i + 1,
                    types[kinds[i]].array);
    }
    text_add_char(sql, ')');
}

bool
row_arrays_send(struct row_arrays *rows, struct target_pipeline *pipeline, const char *sql,
                const enum type_kind *kinds, struct error *err)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        write_header(rows, i, types[kinds[i]].oid);
    }
    return rows->row_count == 0 || send(rows, pipeline, sql, err);
}

void
row_arrays_free(struct row_arrays *rows)
{
    for (size_t i = 0; i < rows->column_capacity; i++) {
        text_free(&rows->columns[i]);
    }
    free(rows->columns);
    free(rows->have_null);
    text_free(&rows->sql);
    *rows = (struct row_arrays){0};
}
