/* small.c — see small.h. */
#include "verify/small.h"

#include "base/clock.h"
#include "verify/shape.h"
#include "verify/side.h"

#include <stdlib.h>
#include <string.h>

/* Of one batch. */
struct batch {
    struct stream *stream;
    const struct verify_job *job;
    struct arena arena;
    struct shape shapes[SMALL_BATCH_MAX];
    struct copy_field *fields; /* as many as the widest has */
};

static int
compare_names(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;
    return strcmp(*a, *b);
}

bool
small_tables_load(const struct verify_job *job, PGconn *conn, struct arena *arena,
                  struct small_tables *small, struct error *err)
{
    *small = (struct small_tables){0};
    if (job->run_id == 0) {
        return true;
    }
    if (!journal_set_aside_tables(conn, arena, job->run_id, &small->unlike,
                                  &small->unlike_count, err)) {
        return false;
    }
    if (small->unlike_count > 0) {
        qsort(small->unlike, small->unlike_count, sizeof *small->unlike, compare_names);
    }
    return true;
}

bool
small_tables_hold(const struct small_tables *small, const struct verify_job *job, int table)
{
    const char *name = job->plan->tables[table].source->name.text;
    return job->sample == 0 && !job->plan->existing &&
           (small->unlike_count == 0 || bsearch(&name, small->unlike, small->unlike_count,
                                                sizeof *small->unlike, compare_names) == NULL);
}

/* One string of COPYs. */
static bool
begin(struct batch *batch, struct copy_reader *reader, const int *tables, size_t count,
      struct error *err)
{
    struct stream *stream = batch->stream;
    AUTO_TEXT sql = {0};
    size_t widest = 0;
    for (size_t i = 0; i < count; i++) {
        const struct plan_table *table = &batch->job->plan->tables[tables[i]];
        struct shape *shape = &batch->shapes[i];
        shape_build(&batch->arena, table, shape);
        if (!shape_add_nulls(&batch->arena, &stream->source, table,
                             &stream->source_maker.settings, shape, err)) {
            return false;
        }
        shape->plain = verify_shape_is_plain(shape);
        text_printf(&sql, "%s%s;\n", shape->select_open, SHAPE_SELECT_END);
        widest = shape->column_count > widest ? shape->column_count : widest;
    }
    batch->fields = arena_alloc(&batch->arena, (widest + 1) * sizeof *batch->fields);
    return copy_reader_begin_several(reader, stream->conn, text_string(&sql), count, err);
}

static bool
add_row(void *context, const struct row *row)
{
    tally_digest_add(context, row->row_hash);
    return true;
}

static bool
read_source(struct batch *batch, const struct shape *shape, struct tally_digest *digest,
            struct error *err)
{
    struct scan_range everything = SCAN_EVERYTHING;
    struct parts parts = {.ranges = &everything, .range_count = 1};
    atomic_bool abandoned = false;
    struct source_side side = {
        .side = {.shape = shape,
                 .parts = &parts,
                 .maker = &batch->stream->source_maker,
                 .abandoned = &abandoned,
                 .sink = add_row,
                 .context = digest},
        .source = &batch->stream->source,
    };
    return source_side_read(&side, err);
}

static bool
read_target(struct batch *batch, struct copy_reader *reader, const struct shape *shape,
            struct tally_digest *digest, struct error *err)
{
    uint64_t bytes = 0;
    enum copy_read read;
    while ((read = copy_reader_next(reader, batch->fields, shape->column_count, err)) ==
           COPY_ROW) {
        struct row row = {.fields = batch->fields, .as_sent = true};
        verify_row_hash(&batch->stream->target_maker, shape, &row);
        tally_digest_add(digest, row.row_hash);
        bytes += copy_fields_size(batch->fields, shape->column_count);
    }
    return read == COPY_END && rate_take(batch->job->rate, bytes, digest->count, err);
}

static bool
compare_rows(struct batch *batch, struct copy_reader *reader, const struct shape *shape,
             struct table_verdict *verdict, bool *same, struct error *err)
{
    struct tally_digest source = {0};
    struct tally_digest target = {0};
    int64_t started_us = clock_monotonic_us();
    if (!read_source(batch, shape, &source, err) ||
        !read_target(batch, reader, shape, &target, err)) {
        return false;
    }
    *same = tally_digest_equal(&source, &target);
    if (*same) {
        *verdict = (struct table_verdict){.rows_source = source.count,
                                          .rows_target = target.count,
                                          .busy_us = clock_monotonic_us() - started_us,
                                          .done = true};
    }
    return true;
}

static bool
compare_batch(struct batch *batch, const int *tables, size_t count,
              struct table_verdict *verdicts, bool *same, struct error *err)
{
    AUTO_COPY_READER reader = {0};
    if (!begin(batch, &reader, tables, count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 && !copy_reader_follow(&reader, err)) ||
            !compare_rows(batch, &reader, &batch->shapes[i], &verdicts[tables[i]], &same[i],
                          err)) {
            return error_wrap(err, "compare table \"%s\"",
                              batch->job->plan->tables[tables[i]].name);
        }
    }
    return true;
}

bool
small_compare(struct stream *stream, const struct verify_job *job, const int *tables,
              size_t count, struct table_verdict *verdicts, bool *same, struct error *err)
{
    struct batch batch = {.stream = stream, .job = job};
    size_t shared = 0;
    memset(same, 0, count * sizeof *same);
    bool ok = streams_begin_source(stream, 1, &shared, err) &&
              compare_batch(&batch, tables, count, verdicts, same, err);
    streams_end_source(stream, 1);
    arena_free(&batch.arena);
    return ok;
}
