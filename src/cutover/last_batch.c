/* last_batch.c — see last_batch.h. */
#include "cutover/last_batch.h"

#include "base/stop.h"
#include "postgres/pipeline.h"
#include "verify/detail.h"
#include "verify/shape.h"
#include "verify/side.h"

#include <inttypes.h>
#include <stdlib.h>
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

/* One table's keys in a stretch of the log, and the target's rows of them. */
struct slice {
    struct last_batch *batch;
    const struct live_table *table;
    const struct shape *shape;
    struct source *source;
    int64_t after;
    int64_t upto;
    PGresult *found;
};

void
last_batch_free(struct last_batch *batch)
{
    row_maker_free(&batch->source_maker);
    row_maker_free(&batch->target_maker);
    tally_free(&batch->source_tally);
    tally_free(&batch->target_tally);
}

/* The keys, as the target has them, one behind another: each field behind its size. */
static bool
read_keys(const struct slice *slice, struct text *fields, size_t *count, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    const struct live_table *table = slice->table;
    if (!capture_prepare_keys(slice->source, table->capture, &statement, err)) {
        return false;
    }
    (void)sqlite3_bind_int64(statement, 1, slice->after);
    (void)sqlite3_bind_int64(statement, 2, slice->upto);
    int step;
    *count = 0;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        size_t before = fields->length;
        bool fits = true; /* else it is no row's in the target */
        for (size_t i = 0; i < table->key_count && fits; i++) {
            struct refusal refusal;
            fits = copied_column_encode(&table->columns[table->key_columns[i]],
                                        sqlite3_column_value(statement, (int)i), fields,
                                        &refusal) != ENCODE_REFUSED;
        }
        fields->length = fits ? fields->length : before;
        *count += fits ? 1 : 0;
    }
    return step == SQLITE_DONE || source_failed(slice->source, err, "read the last keys");
}

/* SELECT ... WHERE (a, b) IN (VALUES ($1::t, $2::t), ($3, $4), ...) */
static void
write_select(struct text *sql, const struct slice *slice, size_t count)
{
    const struct live_table *table = slice->table;
    text_add(sql, "SELECT ");
    for (size_t i = 0; i < slice->shape->column_count; i++) {
        text_add(sql, i > 0 ? ", " : "");
        target_quote_name(sql, slice->shape->columns[i].name);
    }
    text_add(sql, " FROM ");
    target_quote_qualified(sql, table->plan->schema, table->plan->name);
    for (size_t i = 0; i < table->key_count; i++) {
        text_add(sql, i == 0 ? " WHERE (" : ", ");
        target_quote_name(sql, table->plan->columns[table->key_fields[i]].name);
    }
    text_add(sql, ") IN (VALUES ");
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < table->key_count; i++) {
            text_printf(sql, "%s$%zu",
                        i > 0     ? ", "
                        : row > 0 ? ", ("
                                  : "(",
                        row * table->key_count + i + 1);
            if (row == 0) {
                text_add(sql, "::");
                value_type_print(&table->plan->columns[table->key_fields[i]].type, sql);
            }
        }
        text_add(sql, ")");
    }
    text_add(sql, ")");
}

static bool
select_found(struct slice *slice, const struct text *fields, size_t count, struct error *err)
{
    AUTO_TEXT sql = {0};
    size_t total = count * slice->table->key_count;
    struct target_parameter *parameters = calloc(total + 1, sizeof *parameters);
    const char *at = fields->bytes;
    if (parameters == NULL) {
        return error_set(err, ERROR_SYSTEM, "read the last rows back");
    }
    for (size_t i = 0; i < total; i++) {
        uint32_t size;
        memcpy(&size, at, sizeof size);
        size = __builtin_bswap32(size);
        at += sizeof size;
        if (size != UINT32_MAX) { /* NULL */
            parameters[i] = (struct target_parameter){at, size};
            at += size;
        }
    }
    write_select(&sql, slice, count);
    bool ok = target_query_binary(slice->batch->cutover->link->conn, text_string(&sql),
                                  parameters, total, &slice->found, err);
    free(parameters);
    return ok;
}

/* No key is NULL: nothing is found, and the server knows the table when it matters. */
static bool
warm_up(struct last_batch *batch, size_t table, struct error *err)
{
    AUTO_TEXT nulls = {0};
    struct slice slice = {.batch = batch,
                          .table = &batch->cutover->link->tables[table],
                          .shape = &batch->shapes[table]};
    if (slice.table->read_whole) {
        return true;
    }
    for (size_t i = 0; i < slice.table->key_count; i++) {
        text_add_bytes(&nulls, "\xff\xff\xff\xff", sizeof(uint32_t));
    }
    bool ok = select_found(&slice, &nulls, 1, err);
    PQclear(slice.found);
    return ok;
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
        if (!warm_up(made, i, err)) {
            return false;
        }
    }
    *batch = made;
    return true;
}

static bool
fetch_target(struct slice *slice, struct error *err)
{
    AUTO_TEXT fields = {0};
    size_t count = 0;
    return read_keys(slice, &fields, &count, err) &&
           (count == 0 || select_found(slice, &fields, count, err));
}

static bool
give_target_rows(const struct slice *slice, row_sink *sink, void *context, struct error *err)
{
    const struct shape *shape = slice->shape;
    int rows = slice->found == NULL ? 0 : PQntuples(slice->found);
    struct copy_field *fields = calloc(shape->column_count + 1, sizeof *fields);
    if (fields == NULL) {
        return error_set(err, ERROR_SYSTEM, "read the last rows back");
    }
    bool wanted = true;
    for (int r = 0; r < rows && wanted; r++) {
        for (int c = 0; c < (int)shape->column_count; c++) {
            bool is_null = PQgetisnull(slice->found, r, c);
            fields[c] = (struct copy_field){
                is_null ? NULL : (const uint8_t *)PQgetvalue(slice->found, r, c),
                is_null ? -1 : PQgetlength(slice->found, r, c)};
        }
        struct row row = {.fields = fields};
        verify_row_hash(&slice->batch->target_maker, shape, &row);
        wanted = sink(context, &row);
    }
    free(fields);
    return true;
}

static bool
give_source_rows(const struct slice *slice, row_sink *sink, void *context, struct error *err)
{
    AUTO_STATEMENT *statement = NULL;
    const struct live_table *table = slice->table;
    bool rowid = table->source->rowid_name != NULL;
    if (!capture_prepare_rows(slice->source, slice->batch->cutover->link->catalog,
                              table->capture, &statement, err)) {
        return false;
    }
    (void)sqlite3_bind_int64(statement, 1, slice->after);
    (void)sqlite3_bind_int64(statement, 2, slice->upto);
    int keys = (int)table->capture->key_count; /* in front of what a scan has */
    const struct scan scan = {.source = slice->source,
                              .table = table->source,
                              .statement = statement,
                              .first_column = keys + (rowid ? 1 : 0),
                              .rowid_column = rowid ? keys : -1};
    bool wanted = true;
    int step = SQLITE_DONE;
    while (wanted && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row = {.position = rowid ? sqlite3_column_int64(statement, keys) : 0,
                          .scan = &scan};
        verify_row_hash(&slice->batch->source_maker, slice->shape, &row);
        wanted = sink(context, &row);
    }
    return !wanted || step == SQLITE_DONE ||
           source_failed(slice->source, err, "read the last rows");
}

static bool
add_to_tally(void *context, const struct row *row)
{
    tally_add(context, row->key_hash, row->row_hash, row->position);
    return true;
}

/* Rows that the target could not hold are kept in the journal, and are not expected in it. */
static bool
is_set_aside(const struct slice *slice, const struct finding *finding, bool *is,
             struct error *err)
{
    AUTO_ARENA memory = {0};
    const struct sync_link *link = slice->batch->cutover->link;
    struct row_positions positions = {0};
    *is = false;
    if (finding->kind != FINDING_MISSING) {
        return true;
    }
    if (!journal_set_aside_positions(link->conn, &memory, link->live.run_id,
                                     slice->table->source->name.text, &positions, err)) {
        return false;
    }
    *is = row_positions_hold(&positions, finding->source_position);
    return true;
}

struct named {
    struct arena *arena;
    const struct slice *slice;
    const char *words;
};

static void
name_difference(void *context, const struct difference *difference)
{
    struct named *named = context;
    const char *table = named->slice->table->plan->name;
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
refuse(const struct slice *slice, const struct finding *finding, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct last_batch *batch = slice->batch;
    struct detail source = {.arena = &memory,
                            .maker = &batch->source_maker,
                            .shape = slice->shape,
                            .findings = finding,
                            .finding_count = 1};
    struct detail target = source;
    target.maker = &batch->target_maker;
    target.target = true;
    detail_start(&source);
    detail_start(&target);
    struct named named = {&memory, slice, slice->table->plan->name};
    if (!give_source_rows(slice, detail_take, &source, err) ||
        !give_target_rows(slice, detail_take, &target, err)) {
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
refuse_what_differs(const struct slice *slice, struct error *err)
{
    struct last_batch *batch = slice->batch;
    AUTO_ARENA memory = {0};
    struct match match = {.findings = arena_alloc(&memory, SLICE * sizeof *match.findings),
                          .findings_max = SLICE};
    match_entries(&batch->source_tally, &batch->target_tally, &match);
    for (size_t i = 0; i < match.finding_count; i++) {
        bool set_aside = false;
        if (!is_set_aside(slice, &match.findings[i], &set_aside, err)) {
            return false;
        }
        if (!set_aside) {
            return refuse(slice, &match.findings[i], err);
        }
    }
    return true;
}

static bool
compare_slice(struct slice *slice, struct error *err)
{
    struct last_batch *batch = slice->batch;
    tally_start(&batch->source_tally, NULL);
    tally_start(&batch->target_tally, NULL);
    bool ok = fetch_target(slice, err) &&
              give_source_rows(slice, add_to_tally, &batch->source_tally, err) &&
              give_target_rows(slice, add_to_tally, &batch->target_tally, err);
    batch->cutover->figures.compared += batch->source_tally.total.count;
    bool same = tally_digest_equal(&batch->source_tally.total, &batch->target_tally.total);
    ok = ok && (same || refuse_what_differs(slice, err));
    PQclear(slice->found);
    slice->found = NULL;
    return ok;
}

static bool
compare_table(struct last_batch *batch, size_t table, struct source *source, int64_t after,
              int64_t upto, struct error *err)
{
    struct slice slice = {.batch = batch,
                          .table = &batch->cutover->link->tables[table],
                          .shape = &batch->shapes[table],
                          .source = source};
    int64_t step = slice.table->key_count > WIDE_KEY ? WIDE_SLICE : SLICE;
    for (slice.after = after; slice.after < upto; slice.after = slice.upto) {
        slice.upto = upto - slice.after > step ? slice.after + step : upto;
        if (!stop_check(err) || !compare_slice(&slice, err)) {
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
    struct capture_backlog *backlog = NULL;
    size_t count = 0;
    batch->cutover->figures.compared = 0;
    if (!capture_backlog_read(source, after, upto, &memory, &backlog, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t t = 0; t < link->table_count; t++) {
            const struct live_table *table = &link->tables[t];
            if (!table->read_whole && table->capture->id == backlog[i].id &&
                !compare_table(batch, t, source, after, upto, err)) {
                return false;
            }
        }
    }
    return true;
}
