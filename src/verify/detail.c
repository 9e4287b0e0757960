/* detail.c — see detail.h. */
#include "verify/detail.h"

#include "verify/show.h"

#include <stdlib.h>

enum { FILTER_BITS = 64 * 64 };

static uint64_t
wanted_row(const struct detail *detail, const struct finding *finding)
{
    return detail->target ? finding->target_row : finding->source_row;
}

static bool
is_wanted(const struct detail *detail, const struct finding *finding)
{
    return finding->kind != (detail->target ? FINDING_MISSING : FINDING_EXTRA);
}

void
detail_start(struct detail *detail)
{
    detail->rows = arena_alloc(detail->arena,
                               (detail->finding_count + 1) * sizeof *detail->rows);
    detail->left = 0;
    memset(detail->filter, 0, sizeof detail->filter);
    for (size_t i = 0; i < detail->finding_count; i++) {
        if (is_wanted(detail, &detail->findings[i])) {
            size_t bit = detail->findings[i].key % FILTER_BITS;
            detail->filter[bit / 64] |= 1ULL << bit % 64;
            detail->left++;
        }
    }
}

static void
capture(struct detail *detail, struct detail_row *seen, const struct row *row)
{
    const struct shape *shape = detail->shape;
    seen->seen = true;
    seen->position = row->position;
    seen->cells = arena_alloc(detail->arena, shape->column_count * sizeof *seen->cells);
    /* Hashes first: showing a text of a UTF-16 file converts it in place. */
    for (size_t i = 0; i < shape->column_count; i++) {
        seen->cells[i].hash = verify_row_cell_hash(detail->maker, shape, row, i);
    }
    for (size_t i = 0; i < shape->column_count; i++) {
        seen->cells[i].shown = show_cell(detail->arena, detail->maker, shape, row, i);
    }
    seen->key = show_key(detail->arena, detail->maker, shape, row);
}

bool
detail_take(void *context, const struct row *row)
{
    struct detail *detail = context;
    size_t bit = row->key_hash % FILTER_BITS;
    if ((detail->filter[bit / 64] >> bit % 64 & 1) == 0) {
        return detail->left > 0;
    }
    for (size_t i = 0; i < detail->finding_count; i++) {
        const struct finding *finding = &detail->findings[i];
        if (!detail->rows[i].seen && is_wanted(detail, finding) &&
            finding->key == row->key_hash && wanted_row(detail, finding) == row->row_hash) {
            capture(detail, &detail->rows[i], row);
            detail->left--;
            break;
        }
    }
    return detail->left > 0;
}

/* Where the differences go, and how many may still. */
struct outlet {
    detail_found *found;
    void *context;
    size_t left;
    struct arena *arena;
};

static void
emit(struct outlet *outlet, const struct difference *difference)
{
    if (outlet->left > 0) {
        outlet->left--;
        outlet->found(outlet->context, difference);
    }
}

/* Values that look alike when cut short are told apart by their hash. */
static const char *
tell_apart(struct arena *arena, const struct detail_cell *cell, bool alike)
{
    if (!alike || cell->shown == NULL) {
        return cell->shown;
    }
    return arena_printf(arena, "%s (hash %016llx)", cell->shown,
                        (unsigned long long)cell->hash);
}

static void
compare_cells(struct outlet *outlet, const struct shape *shape, const struct detail_row *source,
              const struct detail_row *target)
{
    for (size_t i = 0; i < shape->column_count; i++) {
        const struct detail_cell *a = &source->cells[i];
        const struct detail_cell *b = &target->cells[i];
        if (a->hash == b->hash) {
            continue;
        }
        bool alike = a->shown != NULL && b->shown != NULL && strcmp(a->shown, b->shown) == 0;
        struct difference difference = {
            .key = source->key,
            .column = shape->columns[i].name,
            .kind = "value",
            .source_value = tell_apart(outlet->arena, a, alike),
            .target_value = tell_apart(outlet->arena, b, alike),
        };
        emit(outlet, &difference);
    }
}

static int
compare_positions(const void *a, const void *b, void *rows)
{
    const struct detail_row *first = (struct detail_row *)rows + *(const size_t *)a;
    const struct detail_row *second = (struct detail_row *)rows + *(const size_t *)b;
    if (first->seen != second->seen) {
        return first->seen ? -1 : 1; /* extra rows last */
    }
    return first->position < second->position ? -1 : first->position > second->position;
}

void
detail_compare(const struct detail *source, const struct detail *target, size_t differences_max,
               detail_found *found, void *context)
{
    struct outlet outlet = {found, context, differences_max, source->arena};
    size_t count = source->finding_count;
    size_t *order = arena_alloc(source->arena, (count + 1) * sizeof *order);
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
    qsort_r(order, count, sizeof *order, compare_positions, source->rows);
    for (size_t i = 0; i < count; i++) {
        const struct detail_row *a = &source->rows[order[i]];
        const struct detail_row *b = &target->rows[order[i]];
        if (a->seen && b->seen) {
            compare_cells(&outlet, source->shape, a, b);
        } else if (a->seen || b->seen) {
            struct difference difference = {.key = a->seen ? a->key : b->key,
                                            .kind = a->seen ? "missing row" : "extra row"};
            emit(&outlet, &difference);
        }
    }
}
