/* build_limits.c — tables that PostgreSQL could not hold are said so at once. */
#include "planner/builder.h"

enum {
    COLUMNS_MAX = 1600,      /* MaxHeapAttributeNumber, access/htup_details.h */
    TUPLE_BYTES_MAX = 8160,  /* MaxHeapTupleSize: a page without its headers */
    TUPLE_HEADER_BYTES = 23, /* then the null bitmap, then up to 8 */
};

struct width {
    size_t bytes;
    size_t align;
};

/* What a value takes in the row at the very least. Long text moves out of line. */
static struct width
least_width(enum type_kind kind)
{
    switch (kind) {
    case TYPE_BIGINT:
    case TYPE_DOUBLE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ: return (struct width){8, 8};
    case TYPE_BOOLEAN: return (struct width){1, 1};
    case TYPE_SMALLINT: return (struct width){2, 2};
    case TYPE_INTERVAL: return (struct width){16, 8};
    case TYPE_DATE:
    case TYPE_INTEGER:
    case TYPE_REAL:
    case TYPE_ENUM: return (struct width){4, 4};
    case TYPE_UUID: return (struct width){16, 1};
    case TYPE_NUMERIC: return (struct width){3, 1};
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_BYTEA:
    case TYPE_JSON:
    case TYPE_JSONB:
    case TYPE_CHAR:
    case TYPE_INET:
    case TYPE_CIDR:
    case TYPE_CITEXT:
    case TYPE_TEXT_ARRAY:
    case TYPE_BIGINT_ARRAY:
    case TYPE_INTEGER_ARRAY: return (struct width){1, 1};
    }
    return (struct width){1, 1};
}

static size_t
round_up(size_t bytes, size_t align)
{
    return (bytes + align - 1) / align * align;
}

/* Bytes that every row needs: columns that are never NULL. */
static size_t
row_bytes_least(const struct builder *builder, size_t index)
{
    const struct plan_table *table = &builder->plan->tables[index];
    size_t bytes = 0;
    bool any_null = false;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column_profile *profile = builder_profile(builder, index, i);
        if (profile == NULL || profile->nulls > 0) {
            any_null = true;
            continue;
        }
        struct width width = least_width(table->columns[i].type.kind);
        bytes = round_up(bytes, width.align) + width.bytes;
    }
    size_t bitmap = any_null ? (table->column_count + 7) / 8 : 0;
    return round_up(TUPLE_HEADER_BYTES + bitmap, 8) + bytes;
}

void
build_limits(struct builder *builder)
{
    for (size_t i = 0; i < builder->plan->table_count; i++) {
        struct plan_table *table = &builder->plan->tables[i];
        if (table->problem != NULL || builder->inspection->tables[i].rows == 0) {
            continue;
        }
        size_t bytes = row_bytes_least(builder, i);
        if (bytes > TUPLE_BYTES_MAX) {
            table->problem = arena_printf(
                builder->arena,
                "every row would need %zu bytes in the page, PostgreSQL has room for %d; split "
                "the table in two",
                bytes, TUPLE_BYTES_MAX);
        }
    }
}

/* Said before anything else is decided about the table. */
const char *
limits_problem(const struct builder *builder, size_t table)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    size_t count = builder->extras[table].count;
    for (size_t i = 0; i < planned->column_count; i++) {
        count += !planned->columns[i].left_out;
    }
    return count <= COLUMNS_MAX
               ? NULL
               : arena_printf(
                     builder->arena,
                     "it has %zu columns, PostgreSQL allows %d: in a plan file leave some "
                     "out (skip_columns), or split it by two queries",
                     count, COLUMNS_MAX);
}
