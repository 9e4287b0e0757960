/* side.c — see side.h. */
#include "verify/side.h"

#include "base/rate.h"
#include "base/stop.h"

#include <stdlib.h>

enum { ROWS_BETWEEN_CHECKS = 256 };

/* True to go on. Reports the rows since the last call. */
static bool
side_goes_on(const struct side *side, struct error *err)
{
    progress_item_add(side->item, ROWS_BETWEEN_CHECKS);
    if (atomic_load_explicit(side->abandoned, memory_order_relaxed)) {
        return error_set(err, ERROR_STOPPED, "the other side of the comparison failed");
    }
    return stop_check(err);
}

/* A range while SQLite shows its rows. */
struct visit {
    struct source_side *source;
    struct scan row;
    bool sated; /* the sink has seen enough */
};

static bool
take_row(void *context, sqlite3_value **values, int64_t position, struct error *err)
{
    struct visit *visit = context;
    struct source_side *source = visit->source;
    const struct side *side = &source->side;
    if (++source->rows % ROWS_BETWEEN_CHECKS == 0 && !side_goes_on(side, err)) {
        return false;
    }
    if (row_positions_hold(&source->set_aside, position)) {
        source->skipped++;
        return true;
    }
    visit->row.values = values;
    struct row row = {.position = position, .scan = &visit->row};
    if (side->sum != NULL) {
        row_sum_add(side->sum, side->maker, side->shape, &row);
        visit->sated = row_sum_is_void(side->sum);
        if (visit->sated) {
            parts_end(side->parts);
        }
        return !visit->sated;
    }
    verify_row_hash(side->maker, side->shape, &row);
    visit->sated = !side->sink(side->context, &row);
    return !visit->sated;
}

/* False: an error, or, with *sated set, the sink has seen enough. */
static bool
read_range(struct source_side *source, const struct scan_range *range, bool *sated,
           struct error *err)
{
    const struct source_table *table = source->side.shape->source;
    struct visit visit = {source, {.source = source->source, .table = table}, false};
    const struct scan_visitor visitor = {take_row, &visit};
    bool ok = scan_each(source->source, table, *range, &visitor, err);
    *sated = visit.sated;
    return ok;
}

bool
source_side_read(struct source_side *source, struct error *err)
{
    const struct scan_range *range;
    bool sated = false;
    while (!sated && (range = parts_next_range(source->side.parts)) != NULL) {
        if (!read_range(source, range, &sated, err) && !sated) {
            return false;
        }
    }
    progress_item_add(source->side.item, source->rows % ROWS_BETWEEN_CHECKS);
    return true;
}

enum { PLACE_FIELDS = 2 }; /* tableoid, ctid */

static uint32_t
read_uint32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* oidsend; tid_send: block and number within it. */
static bool
read_place(const struct shape *shape, const struct copy_field *fields, int64_t *place,
           struct error *err)
{
    const struct copy_field *oid = &fields[shape->column_count];
    const struct copy_field *tid = oid + 1;
    *place = -1;
    if (oid->size == 4 && tid->size == 6) {
        *place = table_leaves_place(shape->leaves, read_uint32(oid->bytes),
                                    read_uint32(tid->bytes),
                                    (uint16_t)(tid->bytes[4] << 8 | tid->bytes[5]));
    }
    return *place >= 0 ||
           error_set(err, ERROR_TARGET, "a row of \"%s\" lies in no table known", shape->name);
}

static bool
read_fields(struct target_side *target, const char *select, struct copy_field *fields,
            struct error *err)
{
    const struct side *side = &target->side;
    const struct shape *shape = side->shape;
    size_t field_count = shape->column_count + (shape->leaves != NULL ? PLACE_FIELDS : 0);
    AUTO_COPY_READER reader = {0};
    if (!copy_reader_begin(&reader, target->conn, select, err)) {
        return false;
    }
    enum copy_read read;
    while ((read = copy_reader_next(&reader, fields, field_count, err)) == COPY_ROW) {
        if (rate_is_limited(side->rate) &&
            !rate_take(side->rate, copy_fields_size(fields, field_count), 1, err)) {
            return false;
        }
        if (++target->rows % ROWS_BETWEEN_CHECKS == 0 && !side_goes_on(side, err)) {
            return false;
        }
        if (target->sated) {
            continue; /* breaking off would end the transaction and its snapshot */
        }
        struct row row = {.fields = fields, .as_sent = true};
        if (shape->leaves != NULL && !read_place(shape, fields, &row.position, err)) {
            return false;
        }
        verify_row_hash(side->maker, shape, &row);
        target->sated = !side->sink(side->context, &row);
    }
    return read == COPY_END;
}

static bool
read_sums(struct target_side *target, struct error *err)
{
    const struct side *side = &target->side;
    const char *select;
    while ((select = parts_next_select(side->parts)) != NULL) {
        if (!row_sum_add_select(side->sum, target->conn, select, err) ||
            !side_goes_on(side, err)) {
            return false;
        }
    }
    return true;
}

bool
target_side_read(struct target_side *target, struct error *err)
{
    if (target->side.sum != NULL) {
        return read_sums(target, err);
    }
    struct copy_field *fields = calloc(target->side.shape->column_count + PLACE_FIELDS,
                                       sizeof *fields);
    if (fields == NULL) {
        return error_set(err, ERROR_SYSTEM, "read table \"%s\"", target->side.shape->name);
    }
    const char *select;
    bool ok = true;
    while (ok && !target->sated && (select = parts_next_select(target->side.parts)) != NULL) {
        ok = read_fields(target, select, fields, err);
    }
    free(fields);
    return ok;
}
