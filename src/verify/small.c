/* small.c — see small.h. */
#include "verify/small.h"

#include "base/clock.h"
#include "verify/shape.h"
#include "verify/side.h"

#include <stdlib.h>
#include <string.h>

/* One batch being compared. */
struct comparing {
    struct stream *stream;
    const struct verify_job *job;
    struct small_batch *batch;
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
begin(struct comparing *self, struct copy_reader *reader, struct error *err)
{
    const struct small_batch *batch = self->batch;
    struct stream *stream = self->stream;
    AUTO_TEXT sql = {0};
    size_t widest = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct plan_table *table = &self->job->plan->tables[batch->tables[i]];
        struct shape *shape = &self->shapes[i];
        shape_build(&self->arena, table, shape);
        if (!shape_add_nulls(&self->arena, &stream->source, table,
                             &stream->source_maker.settings, shape, err)) {
            return false;
        }
        shape->plain = verify_shape_is_plain(shape);
        text_printf(&sql, "%s%s;\n", shape->select_open, SHAPE_SELECT_END);
        widest = shape->column_count > widest ? shape->column_count : widest;
    }
    self->fields = arena_alloc(&self->arena, (widest + 1) * sizeof *self->fields);
    return copy_reader_begin_several(reader, stream->conn, text_string(&sql), batch->count,
                                     err);
}

static bool
add_row(void *context, const struct row *row)
{
    tally_digest_add(context, row->row_hash);
    return true;
}

static bool
read_source(struct comparing *self, const struct shape *shape, struct tally_digest *digest,
            struct error *err)
{
    struct scan_range everything = SCAN_EVERYTHING;
    struct parts parts = {.ranges = &everything, .range_count = 1};
    atomic_bool abandoned = false;
    struct source_side side = {
        .side = {.shape = shape,
                 .parts = &parts,
                 .maker = &self->stream->source_maker,
                 .abandoned = &abandoned,
                 .sink = add_row,
                 .context = digest},
        .source = &self->stream->source,
    };
    return source_side_read(&side, err);
}

static bool
read_target(struct comparing *self, struct copy_reader *reader, const struct shape *shape,
            struct tally_digest *digest, struct error *err)
{
    uint64_t bytes = 0;
    enum copy_read read;
    while ((read = copy_reader_next(reader, self->fields, shape->column_count, err)) ==
           COPY_ROW) {
        struct row row = {.fields = self->fields, .as_sent = true};
        verify_row_hash(&self->stream->target_maker, shape, &row);
        tally_digest_add(digest, row.row_hash);
        bytes += copy_fields_size(self->fields, shape->column_count);
    }
    return read == COPY_END && rate_take(self->job->rate, bytes, digest->count, err);
}

static bool
compare_rows(struct comparing *self, struct copy_reader *reader, size_t position,
             struct error *err)
{
    const struct shape *shape = &self->shapes[position];
    struct tally_digest source = {0};
    struct tally_digest target = {0};
    int64_t started_us = clock_monotonic_us();
    if (!read_source(self, shape, &source, err) ||
        !read_target(self, reader, shape, &target, err)) {
        return false;
    }
    struct small_batch *batch = self->batch;
    batch->same[position] = tally_digest_equal(&source, &target);
    if (batch->same[position]) {
        batch->verdicts[batch->tables[position]] = (struct table_verdict){
            .rows_source = source.count,
            .rows_target = target.count,
            .busy_us = clock_monotonic_us() - started_us,
            .done = true};
    }
    return true;
}

static bool
compare_batch(struct comparing *self, struct error *err)
{
    AUTO_COPY_READER reader = {0};
    if (!begin(self, &reader, err)) {
        return false;
    }
    for (size_t i = 0; i < self->batch->count; i++) {
        if ((i > 0 && !copy_reader_follow(&reader, err)) ||
            !compare_rows(self, &reader, i, err)) {
            return error_wrap(err, "compare table \"%s\"",
                              self->job->plan->tables[self->batch->tables[i]].name);
        }
    }
    return true;
}

bool
small_compare(struct stream *stream, const struct verify_job *job, struct small_batch *batch,
              struct error *err)
{
    struct comparing comparing = {.stream = stream, .job = job, .batch = batch};
    size_t shared = 0;
    memset(batch->same, 0, sizeof batch->same);
    bool ok = streams_begin_source(stream, 1, &shared, err) && compare_batch(&comparing, err);
    streams_end_source(stream, 1);
    arena_free(&comparing.arena);
    return ok;
}
