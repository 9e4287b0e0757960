/* row.c — see row.h.
 *
 * The hash runs over the cells one after another, each behind a mark of 4 bytes:
 * its size, or what it is instead. Long cells enter as their own 128-bit hash, so
 * that a gigabyte is never copied. */
#include "verify/row.h"

#include "base/hash.h"
#include "verify/room.h"

#include <endian.h>

enum { CELL_BYTES_MAX = 256 /* longer ones are hashed on their own */ };

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

/* The eight bytes of a number that this side has as such, in the target's byte order. */
static bool
plain_number(const struct shape_column *wanted, const struct row *row, size_t column,
             uint64_t *bytes)
{
    enum type_kind kind = wanted->type->kind;
    if ((kind != TYPE_BIGINT && kind != TYPE_DOUBLE) || wanted->nulled_count > 0) {
        return false;
    }
    if (row->scan == NULL) {
        const struct copy_field *field = &row->fields[column];
        if (field->size != sizeof *bytes) {
            return false;
        }
        memcpy(bytes, field->bytes, sizeof *bytes);
        return true;
    }
    sqlite3_value *value = scan_value(row->scan, wanted->source_column);
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

void
verify_row_hash(struct row_maker *maker, const struct shape *shape, struct row *row)
{
    struct text *cells = &maker->cells;
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
    row->key_hash = keyed ? XXH3_64bits(cells->bytes, key_size) : row->row_hash;
}

uint64_t
verify_row_cell_hash(struct row_maker *maker, const struct shape *shape, const struct row *row,
                     size_t column)
{
    maker->cells.length = 0;
    add_cell(maker, shape, row, column);
    return XXH3_64bits(maker->cells.bytes, maker->cells.length);
}
