/* row_sum.c — see row_sum.h: rows of the source. */
#include "verify/row_sum.h"

#include "verify/row_sum_internal.h"
#include "verify/server_hash.h"

#include <math.h>
#include <sys/random.h>

enum { ROWS_LOOKED_AT = 256 };

/* A double that is finite and neither zero. */
static double
some_double(uint64_t bits)
{
    double number;
    bits = (bits & ~(UINT64_C(1) << 62)) | 1;
    memcpy(&number, &bits, sizeof number);
    return number;
}

bool
row_sum_choose(struct row_sum_form *form, struct error *err)
{
    uint64_t bits[5];
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits) {
        return error_set(err, ERROR_SYSTEM, "get random bytes");
    }
    *form = (struct row_sum_form){.start = (int64_t)bits[0],
                                  .zero = some_double(bits[1]),
                                  .minus_zero = some_double(bits[2]),
                                  .null_real = some_double(bits[3]),
                                  .null_number = (int64_t)bits[4]};
    return true;
}

void
row_sum_merge(struct row_sum *sum, const struct row_sum *from)
{
    sum->rows += from->rows;
    sum->sum += from->sum;
    sum->unfit |= from->unfit;
    sum->too_wide |= from->too_wide;
}

bool
row_sum_equal(const struct row_sum *a, const struct row_sum *b)
{
    return a->rows == b->rows && a->sum == b->sum && !row_sum_is_void(a) && !row_sum_is_void(b);
}

bool
row_sum_fits(const struct shape *shape)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct shape_column *column = &shape->columns[i];
        bool number = row_sum_is_whole(column) || column->type->kind == TYPE_DOUBLE;
        if (!number || column->nulled.count > 0) {
            return false;
        }
    }
    return shape->column_count > 0 && shape->column_count <= ROW_SUM_COLUMNS_MAX;
}

/* Every whole number below is a double, and none above has the double of one below. */
static bool
is_a_double(int64_t number)
{
    const int64_t limit = INT64_C(1) << 53;
    return -limit < number && number < limit;
}

struct look {
    struct row_sum_form *form;
    const struct shape *shape;
    size_t rows;
    bool seen_enough;
};

static bool
look_at_row(void *context, sqlite3_value **values, int64_t position, struct error *err)
{
    (void)position;
    (void)err;
    struct look *look = context;
    for (size_t i = 0; i < look->shape->column_count; i++) {
        sqlite3_value *value = values[look->shape->columns[i].source_column];
        if (sqlite3_value_type(value) == SQLITE_INTEGER &&
            look->shape->columns[i].type->kind == TYPE_BIGINT &&
            !is_a_double(sqlite3_value_int64(value))) {
            look->form->wide |= UINT64_C(1) << i;
        }
    }
    look->seen_enough = ++look->rows == ROWS_LOOKED_AT;
    return !look->seen_enough;
}

bool
row_sum_look(struct row_sum_form *form, struct source *source, const struct shape *shape,
             struct error *err)
{
    struct look look = {.form = form, .shape = shape};
    const struct scan_visitor visitor = {look_at_row, &look};
    if (shape->source->query != NULL) {
        return true; /* the first row of a query may cost as much as all */
    }
    return scan_each(source, shape->source, SCAN_EVERYTHING, &visitor, err) || look.seen_enough;
}

uint64_t
row_sum_hash_halves(int64_t number, uint64_t hash)
{
    return server_hash_int8(number, server_hash_int8(number >> 32, hash));
}

uint64_t
row_sum_hash_real(const struct row_sum_form *form, double number, uint64_t hash)
{
    if (number == 0) {
        number = signbit(number) ? form->minus_zero : form->zero;
    }
    return server_hash_float8(number, hash);
}

static uint64_t
hash_whole(struct row_sum *sum, size_t column, int64_t number, uint64_t hash)
{
    if (sum->form->wide >> column & 1) {
        return row_sum_hash_halves(number, hash);
    }
    sum->too_wide |= !is_a_double(number);
    return row_sum_hash_real(sum->form, (double)number, hash);
}

static uint64_t
hash_null(const struct row_sum *sum, const struct shape *shape, size_t column, uint64_t hash)
{
    bool halved = row_sum_is_whole(&shape->columns[column]) && (sum->form->wide >> column & 1);
    return halved ? row_sum_hash_halves(sum->form->null_number, hash)
                  : server_hash_float8(sum->form->null_real, hash);
}

/* A cell that is not of its column's own storage class. */
static uint64_t
hash_other(struct row_sum *sum, struct row_maker *maker, const struct shape *shape,
           const struct row *row, size_t column, uint64_t hash)
{
    struct canonical form = {0};
    enum canonical_state state = verify_row_cell(maker, shape, row, column, &form);
    if (state == CANONICAL_NULL) {
        return hash_null(sum, shape, column, hash);
    }
    if (state == CANONICAL_UNFIT) {
        sum->unfit = true;
        return hash;
    }
    enum type_kind kind = shape->columns[column].type->kind;
    uint64_t bits = kind == TYPE_BOOLEAN ? form.bytes[0] : canonical_read_u64(form.bytes);
    if (kind != TYPE_DOUBLE) {
        return hash_whole(sum, column, (int64_t)bits, hash);
    }
    double real;
    memcpy(&real, &bits, sizeof real);
    return row_sum_hash_real(sum->form, real, hash);
}

void
row_sum_add(struct row_sum *sum, struct row_maker *maker, const struct shape *shape,
            const struct row *row)
{
    uint64_t hash = (uint64_t)sum->form->start;
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct shape_column *column = &shape->columns[i];
        enum type_kind kind = column->type->kind;
        sqlite3_value *value = scan_value(row->scan, column->source_column);
        int class = sqlite3_value_type(value);
        if (class == SQLITE_INTEGER && kind == TYPE_BIGINT) {
            hash = hash_whole(sum, i, sqlite3_value_int64(value), hash);
        } else if (class == SQLITE_FLOAT && kind == TYPE_DOUBLE) {
            hash = row_sum_hash_real(sum->form, sqlite3_value_double(value), hash);
        } else {
            hash = hash_other(sum, maker, shape, row, i, hash);
        }
    }
    sum->rows++;
    sum->sum += hash;
}
