/* side.c — see side.h. */
#include "verify/side.h"

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

static bool
is_set_aside(const struct source_side *source, int64_t position)
{
    size_t low = 0;
    size_t high = source->set_aside_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (source->set_aside[middle] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < source->set_aside_count && source->set_aside[low] == position;
}

bool
source_side_read(struct source_side *source, struct error *err)
{
    const struct side *side = &source->side;
    AUTO_SCAN scan = {0};
    if (!scan_open(&scan, source->source, side->shape->source, SCAN_EVERYTHING, err)) {
        return false;
    }
    enum scan_step step;
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        if (++source->rows % ROWS_BETWEEN_CHECKS == 0 && !side_goes_on(side, err)) {
            return false;
        }
        if (is_set_aside(source, scan.position)) {
            source->skipped++;
            continue;
        }
        struct row row = {.position = scan.position, .scan = &scan};
        verify_row_hash(side->maker, side->shape, &row);
        if (!side->sink(side->context, &row)) {
            return true;
        }
    }
    progress_item_add(side->item, source->rows % ROWS_BETWEEN_CHECKS);
    return step == SCAN_END;
}

static bool
read_fields(struct target_side *target, struct copy_field *fields, struct error *err)
{
    const struct side *side = &target->side;
    AUTO_COPY_READER reader = {0};
    if (!copy_reader_begin(&reader, target->conn, side->shape->select, err)) {
        return false;
    }
    enum copy_read read;
    bool wanted = true;
    uint64_t rows = 0;
    while ((read = copy_reader_next(&reader, fields, side->shape->column_count, err)) ==
           COPY_ROW) {
        if (++rows % ROWS_BETWEEN_CHECKS == 0 && !side_goes_on(side, err)) {
            return false;
        }
        if (!wanted) {
            continue; /* breaking off would end the transaction and its snapshot */
        }
        struct row row = {.fields = fields};
        verify_row_hash(side->maker, side->shape, &row);
        wanted = side->sink(side->context, &row);
    }
    return read == COPY_END;
}

bool
target_side_read(struct target_side *target, struct error *err)
{
    struct copy_field *fields = calloc(target->side.shape->column_count, sizeof *fields);
    if (fields == NULL) {
        return error_set(err, ERROR_SYSTEM, "read table \"%s\"", target->side.shape->name);
    }
    bool ok = read_fields(target, fields, err);
    free(fields);
    return ok;
}
