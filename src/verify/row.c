/* row.c — see row.h.
 *
 * The hash runs over the cells one after another, each behind a mark of 4 bytes, most
 * significant first: its size, or what it is instead. This is how the server sends a row, so
 * most are hashed as they came. Long cells enter as their own 128-bit hash, so that a gigabyte
 * is never copied. */
#include "verify/row.h"

#include "base/hash.h"
#include "base/text_put.h"

#include <endian.h>

enum {
    CELL_BYTES_MAX = 1024,   /* longer ones are hashed on their own */
    NUMBER_CELL_BYTES = 12,  /* the cell of a bigint or double, with its mark */
    PLAIN_COLUMNS_MAX = 256, /* of a row that has nothing else */
};

/* Instead of a size, which is below 2^31. NULL's is the server's own. */
#define MARK_NULL         UINT32_C(0xFFFFFFFF)
#define MARK_UNFIT_SOURCE UINT32_C(0x80000001)
#define MARK_UNFIT_TARGET UINT32_C(0x80000002)

void
row_maker_free(struct row_maker *maker)
{
    canonical_scratch_free(&maker->scratch);
    text_free(&maker->cells);
}

static enum canonical_state
source_cell(struct row_maker *maker, const struct shape_column *wanted, int64_t position,
            sqlite3_value *value, struct canonical *form)
{
    if (row_positions_hold(&wanted->nulled, position)) {
        return CANONICAL_NULL;
    }
    enum canonical_state state = canonical_source(value, wanted->type, &maker->settings,
                                                  &maker->scratch, form);
    if (state == CANONICAL_NULL && wanted->in_place_of_null.bytes != NULL) {
        *form = wanted->in_place_of_null;
        return CANONICAL_VALUE;
    }
    return state;
}

enum canonical_state
verify_row_cell(struct row_maker *maker, const struct shape *shape, const struct row *row,
                size_t column, struct canonical *form)
{
    const struct shape_column *wanted = &shape->columns[column];
    if (row->scan != NULL) {
        return source_cell(maker, wanted, row->position,
                           scan_value(row->scan, wanted->source_column), form);
    }
    return canonical_target(&row->fields[column], wanted->type, &maker->scratch, form);
}

/* Room for so many cells, of which none needs more; where the first one goes. */
static char *
reserve_cells(struct text *cells, size_t count)
{
    cells->length = 0;
    text_make_room(cells, count * (2 * sizeof(uint32_t) + CELL_BYTES_MAX));
    return cells->bytes;
}

static char *
put_mark(char *to, uint32_t mark)
{
    mark = htobe32(mark);
    memcpy(to, &mark, sizeof mark);
    return to + sizeof mark;
}

/* Behind its size. Returns where the next one goes. */
static char *
put_form(char *to, const void *bytes, size_t size)
{
    to = put_mark(to, (uint32_t)size);
    if (size <= CELL_BYTES_MAX) {
        if (size > 0) {
            memcpy(to, bytes, size);
        }
        return to + size;
    }
    XXH128_hash_t hash = XXH3_128bits(bytes, size);
    memcpy(to, &hash, sizeof hash);
    return to + sizeof hash;
}

/* The eight bytes of a number that the source has as such, in the target's byte order. */
static bool
source_number(sqlite3_value *value, int class, enum type_kind kind, uint64_t *bytes)
{
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

/* Text that is its own form, as most cells of most tables are. */
static char *
put_source_text(char *to, const struct canonical_settings *settings,
                const struct value_type *type, sqlite3_value *value)
{
    bool text = type->kind == TYPE_TEXT || type->kind == TYPE_VARCHAR ||
                type->kind == TYPE_JSON;
    if (!text || settings->utf16 || settings->bad_text == BAD_TEXT_STRIP ||
        type->null_texts != NULL) {
        return NULL;
    }
    const void *bytes = sqlite3_value_blob(value);
    return put_form(to, bytes, (size_t)sqlite3_value_bytes(value));
}

static char *
put_truth(char *to, int64_t truth)
{
    if (truth != 0 && truth != 1) {
        return NULL;
    }
    to = put_mark(to, 1);
    *to = (char)truth;
    return to + 1;
}

/* What needs no form of its own to be made; NULL: it does. Comes to the same as the general way. */
static char *
put_source_simply(char *to, const struct canonical_settings *settings,
                  const struct shape_column *wanted, sqlite3_value *value)
{
    enum type_kind kind = wanted->type->kind;
    uint64_t bytes = 0;
    int class = sqlite3_value_type(value);
    if (wanted->nulled.count > 0) {
        return NULL;
    }
    if (class == SQLITE_TEXT) {
        return put_source_text(to, settings, wanted->type, value);
    }
    if (class == SQLITE_NULL) {
        return wanted->in_place_of_null.bytes == NULL ? put_mark(to, MARK_NULL) : NULL;
    }
    if (kind == TYPE_BOOLEAN && class == SQLITE_INTEGER) {
        return put_truth(to, sqlite3_value_int64(value));
    }
    return source_number(value, class, kind, &bytes) ? put_form(to, &bytes, sizeof bytes)
                                                     : NULL;
}

/* Where there is room. */
static char *
put_cell(char *to, struct row_maker *maker, const struct shape *shape, const struct row *row,
         size_t column)
{
    struct canonical form = {0};
    enum canonical_state state = verify_row_cell(maker, shape, row, column, &form);
    if (state == CANONICAL_NULL) {
        return put_mark(to, MARK_NULL);
    }
    if (state == CANONICAL_UNFIT) {
        to = put_mark(to, row->scan != NULL ? MARK_UNFIT_SOURCE : MARK_UNFIT_TARGET);
    }
    return put_form(to, form.bytes, form.size);
}

bool
verify_shape_is_plain(const struct shape *shape)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct shape_column *column = &shape->columns[i];
        bool number = column->type->kind == TYPE_BIGINT || column->type->kind == TYPE_DOUBLE;
        if (!number || column->nulled.count > 0) {
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
    text_make_room(&maker->cells, shape->column_count * NUMBER_CELL_BYTES);
    char *cell = maker->cells.bytes;
    for (size_t i = 0; i < shape->column_count; i++, cell += NUMBER_CELL_BYTES) {
        const struct shape_column *column = &shape->columns[i];
        uint64_t bytes = 0;
        sqlite3_value *value = scan_value(row->scan, column->source_column);
        if (!source_number(value, sqlite3_value_type(value), column->type->kind, &bytes)) {
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

/* The cells of a row, and of its key, which comes first. */
struct cells {
    const char *bytes;
    size_t size;
    size_t key_size;
    bool keyed; /* there is a key, without a NULL */
};

static bool
is_form_as_sent(const struct copy_field *field, enum type_kind kind)
{
    int8_t size = canonical_sent_sizes[kind];
    if (field->size > CELL_BYTES_MAX) {
        return false;
    }
    return size == CANONICAL_ANY_SIZE || (size == field->size && size > 0) ||
           (kind == TYPE_JSONB && canonical_jsonb_is_form(field));
}

/* The row as it was sent, if it holds nothing but what is its own form; at least one value. */
static bool
find_sent_cells(const struct shape *shape, const struct row *row, struct cells *cells)
{
    const uint8_t *first = NULL;
    cells->keyed = shape->key_count > 0;
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct copy_field *field = &row->fields[i];
        cells->size += sizeof(uint32_t);
        if (field->size >= 0) {
            if (!is_form_as_sent(field, shape->columns[i].type->kind)) {
                return false;
            }
            first = first == NULL ? field->bytes - cells->size : first;
            cells->size += (size_t)field->size;
        }
        if (i < shape->key_count) {
            cells->keyed &= field->size >= 0;
            cells->key_size = cells->size;
        }
    }
    cells->bytes = (const char *)first;
    return first != NULL;
}

static bool
is_null_cell(const char *cell)
{
    uint32_t mark;
    memcpy(&mark, cell, sizeof mark);
    return mark == htobe32(MARK_NULL);
}

static void
make_cells(struct row_maker *maker, const struct shape *shape, const struct row *row,
           struct cells *cells)
{
    char *to = reserve_cells(&maker->cells, shape->column_count);
    *cells = (struct cells){.bytes = to, .keyed = shape->key_count > 0};
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct shape_column *column = &shape->columns[i];
        char *cell = to;
        if (row->scan != NULL) {
            sqlite3_value *value = scan_value(row->scan, column->source_column);
            to = put_source_simply(cell, &maker->settings, column, value);
        }
        if (row->scan == NULL || to == NULL) {
            to = put_cell(cell, maker, shape, row, i);
        }
        if (i < shape->key_count) {
            cells->keyed &= !is_null_cell(cell);
            cells->key_size = (size_t)(to - cells->bytes);
        }
    }
    cells->size = (size_t)(to - cells->bytes);
}

void
verify_row_hash(struct row_maker *maker, const struct shape *shape, struct row *row)
{
    struct cells cells = {0};
    if (shape->plain && hash_plain_row(maker, shape, row)) {
        return;
    }
    if (!row->as_sent || !find_sent_cells(shape, row, &cells)) {
        make_cells(maker, shape, row, &cells);
    }
    row->row_hash = XXH3_64bits(cells.bytes, cells.size);
    row->key_hash = cells.keyed ? hash_key(cells.bytes, cells.key_size) : row->row_hash;
}

uint64_t
verify_row_cell_hash(struct row_maker *maker, const struct shape *shape, const struct row *row,
                     size_t column)
{
    const char *cell = reserve_cells(&maker->cells, 1);
    const char *end = put_cell(maker->cells.bytes, maker, shape, row, column);
    return XXH3_64bits(cell, (size_t)(end - cell));
}
