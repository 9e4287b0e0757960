/* bench.c — the command `outgrow bench`: how fast either side answers, and takes writes. */
#include "access/shadow.h"
#include "access/writers.h"
#include "command/commands.h"
#include "live/both_sides.h"
#include "page/page.h"
#include "page/result.h"

#include <stdlib.h>

enum { RUNS = 20, CONTESTS_MAX = 16, CONTEST_MS = 3000 };

struct timed_query {
    const struct query *query;
    const char *why; /* it could not be timed; NULL: it was */
    int64_t source_us;
    int64_t target_us;
};

struct bench {
    const struct settings *settings;
    const struct output *output;
    struct arena *arena;
    struct both_sides *both;
    struct timed_query *queries;
    size_t contests[CONTESTS_MAX]; /* numbers of writers */
    size_t contest_count;
    struct writers_result writers[CONTESTS_MAX];
};

/* "1,5,20". */
static bool
read_contests(struct bench *bench, struct error *err)
{
    const char *at = bench->settings->writers == NULL ? "1,5,20" : bench->settings->writers;
    while (*at != '\0') {
        char *end = NULL;
        long count = strtol(at, &end, 10);
        if (end == at || count < 0 || count > WRITERS_COUNT_MAX ||
            bench->contest_count == CONTESTS_MAX || (*end != ',' && *end != '\0')) {
            error_set(err, ERROR_USAGE, "--writers \"%s\" is no list of numbers",
                      bench->settings->writers);
            return error_hint(err, "up to %d numbers of 1 to %d, as in 1,5,20; 0: no writers",
                              CONTESTS_MAX, WRITERS_COUNT_MAX);
        }
        if (count > 0) {
            bench->contests[bench->contest_count++] = (size_t)count;
        }
        at = *end == ',' ? end + 1 : end;
    }
    return true;
}

static bool
time_query(struct bench *bench, const struct query *query, struct timed_query *timed,
           struct error *err)
{
    AUTO_ASKED asked = {0};
    size_t runs = bench->settings->runs > 0 ? (size_t)bench->settings->runs : RUNS;
    int64_t *source_us = arena_alloc(bench->arena, runs * sizeof *source_us);
    int64_t *target_us = arena_alloc(bench->arena, runs * sizeof *target_us);
    *timed = (struct timed_query){.query = query};
    if (!asked_open(&asked, &bench->both->sides, query, bench->arena, &timed->why, err)) {
        return timed->why != NULL;
    }
    /* Once without looking at the clock: both have read what they need from disk. */
    int64_t unused[2];
    if (!shadow_time(&asked, 1, &unused[0], &unused[1], err) ||
        !shadow_time(&asked, runs, source_us, target_us, err)) {
        timed->why = arena_strdup(bench->arena, err->message);
        return err->kind != ERROR_STOPPED && PQstatus(bench->both->conn) == CONNECTION_OK;
    }
    timed->source_us = shadow_median(source_us, runs);
    timed->target_us = shadow_median(target_us, runs);
    return true;
}

static bool
measure(struct bench *bench, struct error *err)
{
    for (size_t i = 0; i < bench->both->query_count; i++) {
        if (!time_query(bench, &bench->both->queries[i], &bench->queries[i], err)) {
            return false;
        }
    }
    for (size_t i = 0; i < bench->contest_count; i++) {
        const struct writers_request request = {.conninfo = bench->both->target.conninfo,
                                                .wal = bench->both->wal,
                                                .count = bench->contests[i],
                                                .duration_ms = CONTEST_MS};
        if (!writers_measure(&request, &bench->writers[i], err)) {
            return false;
        }
    }
    return true;
}

static double
per_second(const struct writers_side *side)
{
    return side->elapsed_us == 0 ? 0 : (double)side->commits * 1e6 / (double)side->elapsed_us;
}

static json_t *
side_json(const struct writers_side *side)
{
    return json_pack("{s:I, s:f, s:I, s:I, s:I}", "commits", (json_int_t)side->commits,
                     "per_second", per_second(side), "refused", (json_int_t)side->refused,
                     "median_us", (json_int_t)side->median_us, "slow_us",
                     (json_int_t)side->slow_us);
}

static void
print_json(const struct bench *bench)
{
    AUTO_JSON *report = json_object();
    json_t *queries = json_array();
    json_t *writers = json_array();
    for (size_t i = 0; i < bench->both->query_count; i++) {
        const struct timed_query *timed = &bench->queries[i];
        json_array_append_new(
            queries,
            timed->why != NULL
                ? json_pack("{s:s, s:s}", "name", timed->query->name, "why", timed->why)
                : json_pack("{s:s, s:I, s:I}", "name", timed->query->name, "source_us",
                            (json_int_t)timed->source_us, "target_us",
                            (json_int_t)timed->target_us));
    }
    for (size_t i = 0; i < bench->contest_count; i++) {
        json_array_append_new(writers, json_pack("{s:I, s:o, s:o}", "writers",
                                                 (json_int_t)bench->contests[i], "source",
                                                 side_json(&bench->writers[i].source), "target",
                                                 side_json(&bench->writers[i].target)));
    }
    json_object_set_new(report, "queries", queries);
    json_object_set_new(report, "writers", writers);
    result_print_json(bench->output, report);
}

static void
add_queries(const struct bench *bench, struct page *page)
{
    static const char *const titles[] = {"query", ">SQLite", ">PostgreSQL", ">faster"};
    struct page_table table;
    page_table_begin(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < bench->both->query_count; i++) {
        const struct timed_query *timed = &bench->queries[i];
        bool ran = timed->why == NULL;
        page_table_add(&table, timed->query->name);
        page_table_add(&table, ran ? show_us(bench->arena, timed->source_us) : "-");
        page_table_add(&table, ran ? show_us(bench->arena, timed->target_us) : "-");
        page_table_add(&table, show_ratio(bench->arena, timed->source_us, timed->target_us));
    }
    page_table_end(&table, page);
    for (size_t i = 0; i < bench->both->query_count; i++) {
        if (bench->queries[i].why != NULL) {
            page_line(page, STYLE_BAD, 0, "%s: %s", bench->queries[i].query->name,
                      bench->queries[i].why);
        }
    }
}

static void
add_writers(const struct bench *bench, struct page *page)
{
    static const char *const titles[] = {">writers",      ">SQLite/s", ">refused", ">1 in 100",
                                         ">PostgreSQL/s", ">1 in 100", ">faster"};
    struct page_table table;
    page_table_begin(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < bench->contest_count; i++) {
        const struct writers_side *source = &bench->writers[i].source;
        const struct writers_side *target = &bench->writers[i].target;
        double ratio = per_second(source) == 0 ? 0 : per_second(target) / per_second(source);
        page_table_add_count(&table, bench->contests[i]);
        page_table_add_count(&table, (uint64_t)per_second(source));
        page_table_add_count(&table, source->refused);
        page_table_add(&table, show_us(bench->arena, source->slow_us));
        page_table_add_count(&table, (uint64_t)per_second(target));
        page_table_add(&table, show_us(bench->arena, target->slow_us));
        page_table_add(&table, arena_printf(bench->arena, "%.1fx", ratio));
    }
    page_heading(page, "transactions a second, one INSERT each, %s",
                 bench->both->wal ? "SQLite in WAL mode" : "SQLite with a rollback journal");
    page_table_end(&table, page);
}

static void
print_text(const struct bench *bench)
{
    AUTO_PAGE page = page_for(bench->output);
    if (bench->both->query_count > 0) {
        add_queries(bench, &page);
    }
    if (bench->contest_count > 0) {
        add_writers(bench, &page);
    }
    page_print(&page, bench->output);
}

bool
command_bench(const struct settings *settings, const struct output *output,
              enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_BOTH_SIDES both = {0};
    struct bench bench = {
        .settings = settings, .output = output, .arena = &arena, .both = &both};
    if (!read_contests(&bench, err) ||
        !both_sides_open(&both, settings, output, false, &arena, err)) {
        return false;
    }
    bench.queries = arena_alloc(&arena, (both.query_count + 1) * sizeof *bench.queries);
    if (!measure(&bench, err)) {
        return false;
    }
    *code = EXIT_DONE;
    if (settings->json) {
        print_json(&bench);
    } else {
        print_text(&bench);
    }
    return true;
}
