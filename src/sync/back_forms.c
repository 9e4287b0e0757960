/* back_forms.c — how each column of the source writes its values, for those that are made in
 * the target: asked of the newest rows, kept in outgrow.back_tables. */
#include "base/stop.h"
#include "sqlite/scan.h"
#include "sync/back_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWIDS_MAX = 1000000, ROWS_PER_STOP_CHECK = 1024 };

/* The newest rows where rowids tell; what a column has always written counts little against what it
 * writes now. */
static bool
choose_range(struct sync_link *link, const struct source_table *table, struct scan_range *range,
             struct error *err)
{
    bool empty = false;
    *range = SCAN_EVERYTHING;
    if (table->rowid_name == NULL) {
        return true;
    }
    if (!scan_bounds(&link->reader, table, range, &empty, err)) {
        return false;
    }
    if (empty) {
        *range = SCAN_EVERYTHING;
    } else if ((uint64_t)range->high - (uint64_t)range->low >= ROWIDS_MAX) {
        range->low = range->high - ROWIDS_MAX + 1;
    }
    return true;
}

static bool
tally_rows(struct sync_link *link, const struct back_shape *shape, struct form_tally *tallies,
           struct error *err)
{
    AUTO_SCAN scan = {0};
    struct scan_range range;
    enum scan_step step;
    struct source_form form;
    uint64_t rows = 0;
    if (!choose_range(link, shape->live->source, &range, err) ||
        !scan_open(&scan, &link->reader, shape->live->source, range, err)) {
        return false;
    }
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        for (size_t i = 0; i < shape->column_count; i++) {
            const struct plan_column *column = shape->columns[i].plan;
            source_form_of(scan_value(&scan, (size_t)column->source_position), &column->type,
                           link->reader.utf16, &form);
            form_tally_add(&tallies[i], &form);
        }
        if (++rows % ROWS_PER_STOP_CHECK == 0 && !stop_check(err)) {
            return false;
        }
        if (rows == ROWIDS_MAX) {
            return true;
        }
    }
    return step == SCAN_END;
}

bool
back_forms_look(struct sync_link *link, struct back_shape *shape, struct arena *arena,
                const char **json, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct form_tally *tallies = arena_alloc(&memory,
                                             (shape->column_count + 1) * sizeof *tallies);
    if (!tally_rows(link, shape, tallies, err)) {
        return error_wrap(err, "see how \"%s\" writes its values",
                          shape->live->source->name.text);
    }
    json_t *forms = json_object();
    for (size_t i = 0; i < shape->column_count; i++) {
        struct back_column *column = &shape->columns[i];
        form_tally_choose(&tallies[i], &column->form);
        json_object_set_new(forms, column->plan->source->name.text,
                            source_form_to_json(&column->form));
    }
    char *text = json_dumps(forms, JSON_COMPACT);
    json_decref(forms);
    *json = arena_strdup(arena, text);
    free(text);
    return true;
}

/* Puts them into the shape. ERROR_TARGET: not ours. */
static bool
back_forms_read(struct back_shape *shape, const char *json, struct error *err)
{
    json_t *forms = json_loads(json, 0, NULL);
    bool good = json_is_object(forms);
    for (size_t i = 0; i < shape->column_count && good; i++) {
        struct back_column *column = &shape->columns[i];
        const json_t *form = json_object_get(forms, column->plan->source->name.text);
        good = form != NULL && source_form_from_json(form, &column->form);
    }
    json_decref(forms);
    return good || error_set(err, ERROR_TARGET,
                             "outgrow.back_tables: \"%s\" is not as it was"
                             " written",
                             shape->live->source->name.text);
}

bool
back_forms_load(struct sync_link *link, struct back_shape *shape, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char sql[128];
    snprintf(sql, sizeof sql,
             "SELECT forms FROM outgrow.back_tables WHERE live_id = %" PRId64
             " AND t = %" PRId64,
             shape->live_id, shape->live->capture->id);
    if (!target_query(link->conn, sql, NULL, 0, &result, err)) {
        return false;
    }
    if (PQntuples(result) == 0) {
        return error_set(err, ERROR_TARGET,
                         "the way back of \"%s\" is not installed in the target",
                         shape->live->source->name.text);
    }
    return back_forms_read(shape, PQgetvalue(result, 0, 0), err);
}
