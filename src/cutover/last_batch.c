/* last_batch.c — see last_batch.h. */
#include "cutover/last_batch.h"

#include "base/stop.h"
#include "cutover/last_rows.h"
#include "verify/detail.h"

#include <inttypes.h>
#include <string.h>

enum {
    SLICE = 512,             /* rows of the log */
    WIDE_SLICE = 64,         /* of keys with so many columns that a statement takes no more */
    WIDE_KEY = 64,           /* columns */
    ENTRIES_MAX = 64 * 1024, /* more than a slice has: rows are always kept one by one */
};

struct last_batch {
    struct cutover *cutover;
    struct shape *shapes; /* one per table of the link; none of those that are read whole */
    struct row_maker source_maker;
    struct row_maker target_maker;
    struct tally source_tally;
    struct tally target_tally;
};

void
last_batch_free(struct last_batch *batch)
{
    row_maker_free(&batch->source_maker);
    row_maker_free(&batch->target_maker);
    tally_free(&batch->source_tally);
    tally_free(&batch->target_tally);
}

static struct last_rows
rows_of(struct last_batch *batch, size_t table)
{
    return (struct last_rows){.link = batch->cutover->link,
                              .table = &batch->cutover->link->tables[table],
                              .shape = &batch->shapes[table],
                              .source_maker = &batch->source_maker,
                              .target_maker = &batch->target_maker};
}

bool
last_batch_prepare(struct cutover *cutover, struct last_batch **batch, struct error *err)
{
    struct sync_link *link = cutover->link;
    const struct canonical_settings settings = {.utf16 = link->reader.utf16,
                                                .bad_text = link->settings.bad_text};
    struct last_batch *made = arena_alloc(cutover->arena, sizeof *made);
    *made = (struct last_batch){
        .cutover = cutover,
        .shapes = arena_alloc(cutover->arena, (link->table_count + 1) * sizeof *made->shapes),
        .source_maker = {.settings = settings},
        .source_tally = {.entries_max = ENTRIES_MAX},
        .target_tally = {.entries_max = ENTRIES_MAX},
    };
    for (size_t i = 0; i < link->table_count; i++) {
        struct shape *shape = &made->shapes[i];
        shape_build(cutover->arena, link->tables[i].plan, shape);
        if (!shape_add_nulls(cutover->arena, &link->reader, link->tables[i].plan, &settings,
                             shape, err)) {
            return false;
        }
        shape->plain = verify_shape_is_plain(shape);
        struct last_rows rows = rows_of(made, i);
        if (!link->tables[i].read_whole && !last_rows_warm_up(&rows, err)) {
            return false;
        }
    }
    *batch = made;
    return true;
}

static bool
add_to_tally(void *context, const struct row *row)
{
    tally_add(context, row->key_hash, row->row_hash, row->position);
    return true;
}

/* Rows that the target could not hold are kept in the journal, and are not expected in it. */
static bool
is_set_aside(const struct last_rows *rows, const struct finding *finding, bool *is,
             struct error *err)
{
    AUTO_ARENA memory = {0};
    const struct sync_link *link = rows->link;
    struct row_positions positions = {0};
    *is = false;
    if (finding->kind != FINDING_MISSING) {
        return true;
    }
    if (!journal_set_aside_positions(link->conn, &memory, link->live.run_id,
                                     rows->table->source->name.text, &positions, err)) {
        return false;
    }
    *is = row_positions_hold(&positions, finding->source_position);
    return true;
}

struct named {
    struct arena *arena;
    const char *table;
    const char *words;
};

static void
name_difference(void *context, const struct difference *difference)
{
    struct named *named = context;
    const char *table = named->table;
    if (difference->column == NULL) {
        bool missing = strcmp(difference->kind, "missing row") == 0;
        named->words = arena_printf(named->arena, "%s, %s: %s", table, difference->key,
                                    missing ? "not in the target"
                                            : "in the target, and not in the source");
        return;
    }
    named->words = arena_printf(
        named->arena, "%s.%s, %s: %s in the source, %s in the target", table,
        difference->column, difference->key,
        difference->source_value == NULL ? "NULL" : difference->source_value,
        difference->target_value == NULL ? "NULL" : difference->target_value);
}

/* Reads both once more for the cells of the row. Returns false. */
static bool
refuse(const struct last_rows *rows, const struct finding *finding, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct detail source = {.arena = &memory,
                            .maker = rows->source_maker,
                            .shape = rows->shape,
                            .findings = finding,
                            .finding_count = 1};
    struct detail target = source;
    target.maker = rows->target_maker;
    target.target = true;
    detail_start(&source);
    detail_start(&target);
    struct named named = {&memory, rows->table->plan->name, rows->table->plan->name};
    if (!last_rows_give_source(rows, detail_take, &source, err) ||
        !last_rows_give_target(rows, detail_take, &target, err)) {
        return false;
    }
    detail_compare(&source, &target, 1, name_difference, &named);
    error_set(err, ERROR_NOT_NOW,
              "the last changes have not arrived as they are: %s; nothing has changed",
              named.words);
    return error_hint(err, "see what changes rows in the target (a trigger, a rule), then "
                           "outgrow verify --repair");
}

static bool
refuse_what_differs(struct last_batch *batch, const struct last_rows *rows, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct match match = {.findings = arena_alloc(&memory, SLICE * sizeof *match.findings),
                          .findings_max = SLICE};
    match_entries(&batch->source_tally, &batch->target_tally, &match);
    for (size_t i = 0; i < match.finding_count; i++) {
        bool set_aside = false;
        if (!is_set_aside(rows, &match.findings[i], &set_aside, err)) {
            return false;
        }
        if (!set_aside) {
            return refuse(rows, &match.findings[i], err);
        }
    }
    return true;
}

static bool
compare_slice(struct last_batch *batch, struct last_rows *rows, struct error *err)
{
    tally_start(&batch->source_tally, NULL);
    tally_start(&batch->target_tally, NULL);
    bool ok = last_rows_fetch(rows, err) &&
              last_rows_give_source(rows, add_to_tally, &batch->source_tally, err) &&
              last_rows_give_target(rows, add_to_tally, &batch->target_tally, err);
    batch->cutover->figures.compared += batch->source_tally.total.count;
    bool same = tally_digest_equal(&batch->source_tally.total, &batch->target_tally.total);
    ok = ok && (same || refuse_what_differs(batch, rows, err));
    last_rows_close(rows);
    return ok;
}

static bool
compare_table(struct last_batch *batch, size_t table, struct source *source, int64_t after,
              int64_t upto, struct error *err)
{
    struct last_rows rows = rows_of(batch, table);
    int64_t step = rows.table->key_count > WIDE_KEY ? WIDE_SLICE : SLICE;
    rows.source = source;
    for (rows.after = after; rows.after < upto; rows.after = rows.upto) {
        rows.upto = upto - rows.after > step ? rows.after + step : upto;
        if (!stop_check(err) || !compare_slice(batch, &rows, err)) {
            return false;
        }
    }
    return true;
}

bool
last_batch_compare(struct last_batch *batch, struct source *source, int64_t after, int64_t upto,
                   struct error *err)
{
    AUTO_ARENA memory = {0};
    const struct sync_link *link = batch->cutover->link;
    struct capture_backlog backlog;
    batch->cutover->figures.compared = 0;
    if (!capture_backlog_read(source, after, upto, &memory, &backlog, err)) {
        return false;
    }
    for (size_t i = 0; i < backlog.count; i++) {
        for (size_t t = 0; t < link->table_count; t++) {
            const struct live_table *table = &link->tables[t];
            if (!table->read_whole && table->capture->id == backlog.tables[i].id &&
                !compare_table(batch, t, source, after, upto, err)) {
                return false;
            }
        }
    }
    return true;
}
