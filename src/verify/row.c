/* row.c — see row.h.
 *
 * The hash runs over the cells one after another, each behind a mark of 4 bytes, most
 * significant first: its size, or what it is instead. So a row of eight-byte numbers is hashed as it
 * came from the server. Long cells enter as their own 128-bit hash, so that a gigabyte is never
 * copied. */
#include "verify/row.h"

#include "base/hash.h"
#include "verify/room.h"

#include <endian.h>

enum {
    CELL_BYTES_MAX = 256,    /* longer ones are hashed on their own */
    NUMBER_CELL_BYTES = 12,  /* the cell of a bigint or double, with its mark */
    PLAIN_COLUMNS_MAX = 256, /* of a row that has nothing else */
};

/* Instead of a size, which is below 2^31. */
#define MARK_NULL         UINT32_C(0x80000000)
#define MARK_UNFIT_SOURCE UINT32_C(0x80000001)
#define MARK_UNFIT_TARGET UINT32_C(0x80000002)

void
row_maker_free(struct row_maker *maker)
{
    canonical_scratch_free(&maker->scratch);
    text_free(&maker->cells);
}

static bool
is_nulled(const struct shape_column *column, int64_t position)
{
    size_t low = 0;
    size_t high = column->nulled_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (column->nulled[middle] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < column->nulled_count && column->nulled[low] == position;
}

enum canonical_state
verify_row_cell(struct row_maker *maker, const struct shape *shape, const struct row *row,
                size_t column, struct canonical *form)
{
    const struct shape_column *wanted = &shape->columns[column];
    if (row->scan != NULL && is_nulled(wanted, row->position)) {
        return CANONICAL_NULL;
    }
    if (row->scan != NULL) {
        enum canonical_state state = canonical_source(
            scan_value(row->scan, wanted->source_column), wanted->type, &maker->settings,
            &maker->scratch, form);
        if (state == CANONICAL_NULL && wanted->in_place_of_null.bytes != NULL) {
            *form = wanted->in_place_of_null;
            return CANONICAL_VALUE;
        }
        return state;
    }
    return canonical_target(&row->fields[column], wanted->type, &maker->scratch, form);
}

static void
add_mark(struct text *cells, uint32_t mark)
{
    mark = htobe32(mark);
    memcpy(cells->bytes + cells->length, &mark, sizeof mark);
    cells->length += sizeof mark;
}

static void
add_form(struct text *cells, const struct canonical *form)
{
    if (form->size <= CELL_BYTES_MAX) {
        if (form->size > 0) {
            memcpy(cells->bytes + cells->length, form->bytes, form->size);
        }
        cells->length += form->size;
        return;
    }
    XXH128_hash_t hash = XXH3_128bits(form->bytes, form->size);
    memcpy(cells->bytes + cells->length, &hash, sizeof hash);
    cells->length += sizeof hash;
}

/* The eight bytes of a number that the source has as such, in the target's byte order. */
static bool
source_number(sqlite3_value *value, enum type_kind kind, uint64_t *bytes)
{
    int class = sqlite3_value_type(value);
    if (kind == TYPE_BIGINT && class == SQLITE_INTEGER) {
        *bytes = htobe64((uint64_t)sqlite3_value_int64(value));
        return true;
    }
    if (kind == TYPE_DOUBLE && class == SQLITE_FLOAT) {
        double real = sqlite3_value_double(value);
        memcpy(bytes, &real, sizeof *bytes);
        *bytes = htobe64(*bytes);
        return true;
    }
    return false;
}

/* The same of either side. */
static bool
plain_number(const struct shape_column *wanted, const struct row *row, size_t column,
             uint64_t *bytes)
{
    enum type_kind kind = wanted->type->kind;
    if ((kind != TYPE_BIGINT && kind != TYPE_DOUBLE) || wanted->nulled_count > 0) {
        return false;
    }
    if (row->scan != NULL) {
        return source_number(scan_value(row->scan, wanted->source_column), kind, bytes);
    }
    const struct copy_field *field = &row->fields[column];
    if (field->size != sizeof *bytes) {
        return false;
    }
    memcpy(bytes, field->bytes, sizeof *bytes);
    return true;
}

static enum canonical_state
add_cell(struct row_maker *maker, const struct shape *shape, const struct row *row,
         size_t column)
{
    struct canonical form = {0};
    uint64_t bytes = 0;
    room_for(&maker->cells, 2 * sizeof(uint32_t) + CELL_BYTES_MAX);
    if (plain_number(&shape->columns[column], row, column, &bytes)) {
        /* What the general way comes to as well; most cells of most tables are numbers. */
        add_mark(&maker->cells, sizeof bytes);
        memcpy(maker->cells.bytes + maker->cells.length, &bytes, sizeof bytes);
        maker->cells.length += sizeof bytes;
        return CANONICAL_VALUE;
    }
    enum canonical_state state = verify_row_cell(maker, shape, row, column, &form);
    if (state == CANONICAL_NULL) {
        add_mark(&maker->cells, MARK_NULL);
        return state;
    }
    if (state == CANONICAL_UNFIT) {
        add_mark(&maker->cells, row->scan != NULL ? MARK_UNFIT_SOURCE : MARK_UNFIT_TARGET);
    }
    add_mark(&maker->cells, (uint32_t)form.size);
    add_form(&maker->cells, &form);
    return state;
}

bool
verify_shape_is_plain(const struct shape *shape)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct shape_column *column = &shape->columns[i];
        bool number = column->type->kind == TYPE_BIGINT || column->type->kind == TYPE_DOUBLE;
        if (!number || column->nulled_count > 0) {
            return false;
        }
    }
    return shape->column_count > 0 && shape->column_count <= PLAIN_COLUMNS_MAX;
}

/* The cells of a row of numbers, none NULL, are the row as the server sends it; NULL: it is not
 * such a row. */
static const char *
plain_target_cells(const struct shape *shape, const struct row *row)
{
    const uint8_t *first = row->fields[0].bytes;
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct copy_field *field = &row->fields[i];
        if (field->size != sizeof(uint64_t) || field->bytes != first + i * NUMBER_CELL_BYTES) {
            return NULL;
        }
    }
    return (const char *)first - sizeof(uint32_t);
}

/* The same of the source, put together. */
static const char *
plain_source_cells(struct row_maker *maker, const struct shape *shape, const struct row *row)
{
    const uint32_t mark = htobe32(sizeof(uint64_t));
    room_for(&maker->cells, shape->column_count * NUMBER_CELL_BYTES);
    char *cell = maker->cells.bytes;
    for (size_t i = 0; i < shape->column_count; i++, cell += NUMBER_CELL_BYTES) {
        const struct shape_column *column = &shape->columns[i];
        uint64_t bytes = 0;
        if (!source_number(scan_value(row->scan, column->source_column), column->type->kind,
                           &bytes)) {
            return NULL;
        }
        memcpy(cell, &mark, sizeof mark);
        memcpy(cell + sizeof mark, &bytes, sizeof bytes);
    }
    return maker->cells.bytes;
}

/* Of one number, which is the key of most tables, its bits mixed; the number is all there is. */
static uint64_t
hash_key(const char *cells, size_t size)
{
    uint32_t mark;
    uint64_t number;
    if (size != NUMBER_CELL_BYTES) {
        return XXH3_64bits(cells, size);
    }
    memcpy(&mark, cells, sizeof mark);
    memcpy(&number, cells + sizeof mark, sizeof number);
    return XXH64_avalanche(number + mark * UINT64_C(0x9E3779B97F4A7C15));
}

static bool
hash_plain_row(struct row_maker *maker, const struct shape *shape, struct row *row)
{
    maker->cells.length = 0;
    const char *cells = row->scan == NULL ? plain_target_cells(shape, row)
                                          : plain_source_cells(maker, shape, row);
    if (cells == NULL) {
        return false;
    }
    row->row_hash = XXH3_64bits(cells, shape->column_count * NUMBER_CELL_BYTES);
    row->key_hash = shape->key_count == 0
                        ? row->row_hash
                        : hash_key(cells, shape->key_count * NUMBER_CELL_BYTES);
    return true;
}

void
verify_row_hash(struct row_maker *maker, const struct shape *shape, struct row *row)
{
    struct text *cells = &maker->cells;
    if (shape->plain && hash_plain_row(maker, shape, row)) {
        return;
    }
    cells->length = 0;
    bool keyed = shape->key_count > 0;
    for (size_t i = 0; i < shape->key_count; i++) {
        keyed &= add_cell(maker, shape, row, i) != CANONICAL_NULL;
    }
    size_t key_size = cells->length;
    for (size_t i = shape->key_count; i < shape->column_count; i++) {
        add_cell(maker, shape, row, i);
    }
    row->row_hash = XXH3_64bits(cells->bytes, cells->length);
    row->key_hash = keyed ? hash_key(cells->bytes, key_size) : row->row_hash;
}

uint64_t
verify_row_cell_hash(struct row_maker *maker, const struct shape *shape, const struct row *row,
                     size_t column)
{
    maker->cells.length = 0;
    add_cell(maker, shape, row, column);
    return XXH3_64bits(maker->cells.bytes, maker->cells.length);
}
