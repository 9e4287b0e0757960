/* inspect.c — shares the tables out among workers; see inspect.h. */
#include "inspect/inspect.h"

#include "base/stop.h"
#include "base/workers.h"
#include "inspect/inspect_part.h"

#include <pthread.h>

enum {
    PARTS_MAX = 64,              /* of one table */
    PART_ROWIDS = 100000,        /* a part's span is a multiple of it */
    PART_PROFILES_MAX = 1 << 15, /* profiles of one table at once: about 40 MB */
};

struct table_work {
    struct inspect_part *parts;
    size_t part_count;
    size_t parts_left;
    bool failed; /* a part could not be read: the others need not be */
};

/* One part of one table, to be taken by any worker. */
struct work_item {
    size_t table;
    size_t part;
    uint64_t span; /* rowids, the largest first */
};

struct inspect_work {
    const struct inspect_job *job;
    struct arena *arena;
    struct inspection *inspection;
    pthread_mutex_t lock; /* guards all below, the arena and the inspection */
    struct table_work *tables;
    struct work_item *items;
    size_t item_count;
    size_t next_item;
    struct stop_wish gave_up;       /* not guarded; a worker failed: the others stop at once */
    struct progress_item *progress; /* one per table, and the errand's */
};

static const struct source_table *
table_of(const struct inspect_work *work, size_t table)
{
    return &work->job->catalog->tables[table];
}

/* Journals a finished table. Under the lock. */
static bool
table_finished(struct inspect_work *work, size_t table, struct error *err)
{
    bool readable = work->inspection->tables[table].problem == NULL;
    progress_item_set(&work->progress[table], readable ? PROGRESS_DONE : PROGRESS_FAILED);
    return work->job->save == NULL || work->job->save(work->job->save_context, table, err);
}

static void
free_parts(struct table_work *table)
{
    for (size_t i = 0; i < table->part_count; i++) {
        inspect_part_free(&table->parts[i]);
    }
}

static bool
table_has_problem(struct inspect_work *work, size_t table, const char *problem,
                  struct error *err)
{
    work->tables[table].failed = true;
    work->inspection->tables[table] = (struct table_inspection){
        .problem = arena_strdup(work->arena, problem), .done = true};
    return table_finished(work, table, err);
}

static bool
take_item(struct inspect_work *work, struct work_item *item)
{
    bool taken = false;
    pthread_mutex_lock(&work->lock);
    while (!taken && work->next_item < work->item_count) {
        *item = work->items[work->next_item++];
        taken = !work->tables[item->table].failed;
    }
    pthread_mutex_unlock(&work->lock);
    return taken;
}

/* Under the lock: the part was read, or could not be (then err says why). */
static bool
part_finished(struct inspect_work *work, const struct work_item *item, bool ok,
              struct error *err)
{
    struct table_work *table = &work->tables[item->table];
    if (table->failed) {
        inspect_part_free(&table->parts[item->part]);
        return true;
    }
    if (!ok) {
        struct error cause = *err;
        bool fatal = cause.kind != ERROR_SOURCE;
        inspect_part_free(&table->parts[item->part]);
        return !fatal && table_has_problem(work, item->table, cause.message, err);
    }
    if (--table->parts_left > 0) {
        return true;
    }
    inspect_parts_merge(work->job, work->arena, table->parts, table->part_count,
                        table_of(work, item->table), &work->inspection->tables[item->table]);
    free_parts(table);
    return table_finished(work, item->table, err);
}

static bool
run_errand(struct inspect_work *work, struct error *err)
{
    const struct inspect_errand *errand = work->job->errand;
    struct progress_item *progress = &work->progress[work->inspection->table_count];
    if (errand == NULL) {
        return true;
    }
    progress_item_set(progress, PROGRESS_RUNNING);
    bool ok = errand->run(errand->context, err);
    progress_item_set(progress, ok ? PROGRESS_DONE : PROGRESS_FAILED);
    return ok;
}

static bool
inspect_worker(void *context, size_t index, struct error *err)
{
    struct inspect_work *work = context;
    AUTO_SOURCE source = {0};
    stop_follow(&work->gave_up);
    bool ok = (index > 0 || run_errand(work, err)) &&
              source_open(&source, work->job->path, err);
    struct work_item item;
    while (ok && take_item(work, &item)) {
        struct inspect_part *part = &work->tables[item.table].parts[item.part];
        struct progress_item *progress = &work->progress[item.table];
        progress_item_set(progress, PROGRESS_RUNNING);
        bool read = inspect_part_scan(part, &source, table_of(work, item.table), progress, err);
        pthread_mutex_lock(&work->lock);
        ok = part_finished(work, &item, read, err);
        pthread_mutex_unlock(&work->lock);
    }
    if (!ok) {
        stop_wish_make(&work->gave_up);
    }
    return ok;
}

/* Rowids to a part: whole pieces of chunks, so that dense rowids leave no small rests. */
static uint64_t
rowids_per_part(const struct source_table *table, uint64_t span)
{
    uint64_t parts_max = PART_PROFILES_MAX / (table->column_count + 1);
    parts_max = parts_max > PARTS_MAX ? PARTS_MAX : parts_max;
    if (span < UINT64_C(2) * PART_ROWIDS || parts_max < 2) {
        return UINT64_MAX;
    }
    return (span / parts_max / PART_ROWIDS + 1) * PART_ROWIDS;
}

/* Equal spans of rowids; gaps only make the shares unequal. */
static void
split(struct inspect_work *work, size_t table, struct scan_range bounds)
{
    uint64_t span = (uint64_t)bounds.high - (uint64_t)bounds.low;
    uint64_t step = rowids_per_part(table_of(work, table), span);
    struct table_work *shares = &work->tables[table];
    shares->part_count = step == UINT64_MAX ? 1 : (size_t)(span / step) + 1;
    shares->parts_left = shares->part_count;
    shares->parts = arena_alloc(work->arena, shares->part_count * sizeof *shares->parts);
    for (size_t i = 0; i < shares->part_count; i++) {
        bool last = i + 1 == shares->part_count;
        uint64_t low = (uint64_t)bounds.low + step * i;
        shares->parts[i].range = (struct scan_range){
            (int64_t)low, last ? bounds.high : (int64_t)(low + step - 1)};
        *ARENA_APPEND(work->arena, work->items, work->item_count) = (struct work_item){
            table, i, shares->part_count == 1 ? span : step};
    }
    if (shares->part_count == 1) {
        shares->parts[0].range = SCAN_EVERYTHING;
    }
}

/* Every row takes some bytes of the file, so a span beyond that is mostly gaps. */
static uint64_t
likely_rows(const struct catalog *catalog, uint64_t span)
{
    enum { ROW_BYTES_MIN = 4 };
    uint64_t bytes = (uint64_t)catalog->page_count * (uint64_t)catalog->page_size;
    return span < bytes / ROW_BYTES_MIN ? span + 1 : 0;
}

static bool
plan_table_work(struct inspect_work *work, struct source *source, size_t table,
                struct error *err)
{
    const struct source_table *described = table_of(work, table);
    struct scan_range bounds = {0, 0};
    bool empty = false;
    work->progress[table].name = described->name.text;
    if (work->inspection->tables[table].done) {
        progress_item_set(&work->progress[table], PROGRESS_DONE);
        return true;
    }
    if (described->rowid_name != NULL) {
        struct error problem = {0};
        if (!scan_bounds(source, described, &bounds, &empty, &problem)) {
            if (problem.kind == ERROR_SOURCE) {
                return table_has_problem(work, table, problem.message, err);
            }
            *err = problem;
            return false;
        }
        uint64_t span = (uint64_t)bounds.high - (uint64_t)bounds.low;
        work->progress[table].units_total = empty ? 0 : likely_rows(work->job->catalog, span);
    }
    split(work, table, bounds);
    if (described->rowid_name == NULL) {
        /* It cannot be split, so it should not be the last to begin. */
        work->items[work->item_count - 1].span = UINT64_MAX;
    }
    return stop_check(err);
}

static int
larger_first(const void *a, const void *b)
{
    const struct work_item *x = a;
    const struct work_item *y = b;
    if (x->span != y->span) {
        return x->span > y->span ? -1 : 1;
    }
    if (x->table != y->table) {
        return x->table < y->table ? -1 : 1;
    }
    return x->part < y->part ? -1 : x->part > y->part;
}

static bool
plan_work(struct inspect_work *work, struct error *err)
{
    AUTO_SOURCE source = {0};
    if (!source_open(&source, work->job->path, err)) {
        return false;
    }
    for (size_t i = 0; i < work->inspection->table_count; i++) {
        if (!plan_table_work(work, &source, i, err)) {
            return false;
        }
    }
    if (work->item_count > 0) {
        qsort(work->items, work->item_count, sizeof *work->items, larger_first);
    }
    return true;
}

/* 0: there is nothing to do. */
static size_t
worker_count(const struct inspect_work *work)
{
    size_t tasks = work->item_count + (work->job->errand != NULL ? 1 : 0);
    size_t count = work->job->workers < WORKERS_MAX ? work->job->workers : WORKERS_MAX;
    count = count == 0 ? 1 : count;
    return count > tasks ? tasks : count;
}

static bool
share_out(struct inspect_work *work, struct error *err)
{
    size_t count = worker_count(work);
    return count == 0 || workers_run(count, inspect_worker, work, err);
}

/* A unit of its own, however many rows there are: until it is over, not all is done. */
static void
begin_progress(struct inspect_work *work)
{
    const struct inspect_job *job = work->job;
    size_t count = work->inspection->table_count;
    work->progress = arena_alloc(work->arena, (count + 1) * sizeof *work->progress);
    if (job->errand != NULL) {
        work->progress[count].name = job->errand->name;
        work->progress[count].units_total = 1;
        count++;
    }
    progress_begin(job->progress, "inspect", "rows", work->progress, count);
}

bool
inspect_tables(const struct inspect_job *job, struct arena *arena,
               struct inspection *inspection, struct error *err)
{
    size_t count = inspection->table_count;
    struct inspect_work work = {.job = job,
                                .arena = arena,
                                .inspection = inspection,
                                .lock = PTHREAD_MUTEX_INITIALIZER,
                                .gave_up.outer = stop_followed()};
    work.tables = arena_alloc(arena, count * sizeof *work.tables);
    begin_progress(&work);
    bool ok = plan_work(&work, err) && share_out(&work, err);
    for (size_t i = 0; i < count; i++) {
        free_parts(&work.tables[i]);
    }
    progress_end(job->progress);
    pthread_mutex_destroy(&work.lock);
    return ok;
}
