/* shadow.c — the command `outgrow shadow`: the application's SELECTs asked of both sides. */
#include "access/shadow.h"

#include "command/commands.h"
#include "live/both_sides.h"
#include "page/page.h"
#include "page/result.h"

enum { RUNS = 3 };

static json_t *
examples_json(const char *const *examples)
{
    json_t *array = json_array();
    for (size_t i = 0; i < SHADOW_EXAMPLES && examples[i] != NULL; i++) {
        json_array_append_new(array, json_string(examples[i]));
    }
    return array;
}

static json_t *
result_json(const struct shadow_result *result)
{
    json_t *json = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I}", "name", result->query->name, "verdict",
        shadow_verdict_name(result->verdict), "rows_source", (json_int_t)result->rows_source,
        "rows_target", (json_int_t)result->rows_target, "source_us",
        (json_int_t)result->source_us, "target_us", (json_int_t)result->target_us);
    if (result->verdict == SHADOW_FAILED) {
        json_object_set_new(json, "why", json_string(result->why));
    }
    if (result->verdict == SHADOW_DIFFERS) {
        json_object_set_new(json, "only_source", json_integer((json_int_t)result->only_source));
        json_object_set_new(json, "only_target", json_integer((json_int_t)result->only_target));
        json_object_set_new(json, "source_examples", examples_json(result->source_examples));
        json_object_set_new(json, "target_examples", examples_json(result->target_examples));
    }
    return json;
}

static void
print_json(const struct shadow_result *results, size_t count, size_t bad,
           const struct output *output)
{
    AUTO_JSON *report = json_object();
    json_t *queries = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(queries, result_json(&results[i]));
    }
    json_object_set_new(report, "queries", queries);
    json_object_set_new(report, "same", json_boolean(bad == 0));
    result_print_json(output, report);
}

static void
add_examples(struct page *page, const char *side, size_t only, const char *const *examples)
{
    if (only == 0) {
        return;
    }
    page_line(page, STYLE_PLAIN, 2, "%zu %s only in %s", only, only == 1 ? "row" : "rows",
              side);
    for (size_t i = 0; i < SHADOW_EXAMPLES && examples[i] != NULL; i++) {
        page_line(page, STYLE_DIM, 4, "%s", examples[i]);
    }
}

static void
add_details(struct page *page, const struct shadow_result *result)
{
    if (result->verdict == SHADOW_SAME) {
        return;
    }
    page_heading(page, "%s: %s", result->query->name, shadow_verdict_name(result->verdict));
    if (result->verdict == SHADOW_FAILED) {
        page_line(page, STYLE_PLAIN, 2, "%s", result->why);
    } else if (result->verdict == SHADOW_ORDER) {
        page_line(
            page, STYLE_PLAIN, 2,
            "the same rows in another order: rows that are equal in what is sorted by may "
            "come in any; SQLite has NULLs first, PostgreSQL last (add NULLS FIRST); texts "
            "sort by the database's collation (add COLLATE \"C\")");
    }
    add_examples(page, "SQLite", result->only_source, result->source_examples);
    add_examples(page, "PostgreSQL", result->only_target, result->target_examples);
}

static void
print_text(const struct shadow_result *results, size_t count, size_t bad, struct arena *arena,
           const struct output *output)
{
    static const char *const titles[] = {"query",   "answer",      ">rows",
                                         ">SQLite", ">PostgreSQL", ">faster"};
    AUTO_PAGE page = page_for(output);
    struct page_table table;
    page_table_begin(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < count; i++) {
        const struct shadow_result *result = &results[i];
        bool ran = result->verdict != SHADOW_FAILED;
        page_table_add(&table, result->query->name);
        page_table_add(&table, shadow_verdict_name(result->verdict));
        page_table_add_count(&table, result->rows_source);
        page_table_add(&table, ran ? show_us(arena, result->source_us) : "");
        page_table_add(&table, ran ? show_us(arena, result->target_us) : "");
        page_table_add(&table, show_ratio(arena, result->source_us, result->target_us));
    }
    page_table_end(&table, &page);
    for (size_t i = 0; i < count; i++) {
        add_details(&page, &results[i]);
    }
    page_gap(&page);
    page_line(&page, bad > 0 ? STYLE_BAD : STYLE_GOOD, 0, "%zu of %zu queries answer the same",
              count - bad, count);
    page_print(&page, output);
}

bool
command_shadow(const struct settings *settings, const struct output *output,
               enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    AUTO_BOTH_SIDES both = {0};
    size_t bad = 0;
    if (!both_sides_open(&both, settings, output, true, &arena, err)) {
        return false;
    }
    if (both.query_count == 0) {
        error_set(err, ERROR_USAGE, "no list of queries was given");
        return error_hint(err,
                          "a file whose name ends with .sql, with the application's SELECTs");
    }
    struct shadow_result *results = arena_alloc(&arena, both.query_count * sizeof *results);
    size_t runs = settings->runs > 0 ? (size_t)settings->runs : RUNS;
    for (size_t i = 0; i < both.query_count; i++) {
        if (!shadow_ask(&both.sides, &both.queries[i], runs, &arena, &results[i], err)) {
            return false;
        }
        bad += results[i].verdict != SHADOW_SAME;
    }
    *code = bad > 0 ? EXIT_DIFFERS : EXIT_DONE;
    if (settings->json) {
        print_json(results, both.query_count, bad, output);
    } else {
        print_text(results, both.query_count, bad, &arena, output);
    }
    return true;
}
