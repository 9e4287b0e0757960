/* status_report.c — see status_report.h. */
#include "report/status_report.h"

#include "copy/detach.h"
#include "page/human.h"
#include "page/report_lists.h"
#include "page/result.h"
#include "report/live_status.h"
#include "report/report_parts.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { LABEL_WIDTH = 11 };

/* Columns as the keys of the run's JSON. */
static const char totals_sql[] =
    "SELECT r.run_id, "
    "(SELECT count(*) FROM outgrow.tables t WHERE t.run_id = r.run_id) AS tables, "
    "(SELECT count(*) FROM outgrow.tables t WHERE t.run_id = r.run_id AND problem IS NOT NULL) "
    "AS tables_failed, "
    "(SELECT coalesce(sum(rows_source), 0) FROM outgrow.tables t WHERE t.run_id = r.run_id) "
    "AS rows_source, "
    "(SELECT coalesce(sum(rows_copied), 0) FROM outgrow.chunks c WHERE c.run_id = r.run_id) "
    "AS rows_copied, "
    "(SELECT count(*) FROM outgrow.set_aside s WHERE s.run_id = r.run_id AND NOT altered) "
    "AS rows_set_aside, "
    "(SELECT count(*) FROM outgrow.set_aside s WHERE s.run_id = r.run_id AND altered) "
    "AS values_altered, "
    "(SELECT count(*) FROM outgrow.differences d WHERE d.run_id = r.run_id "
    "AND kind <> 'not carried') AS differences "
    "FROM outgrow.runs r ORDER BY r.run_id";

static json_t *
find_run(const json_t *runs, int64_t id)
{
    size_t i;
    json_t *run;
    json_array_foreach(runs, i, run)
    {
        if (json_integer_value(json_object_get(run, "run")) == id) {
            return run;
        }
    }
    return NULL;
}

static bool
add_totals(PGconn *conn, json_t *runs, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, totals_sql, NULL, 0, &result, err)) {
        return false;
    }
    for (int i = 0; i < PQntuples(result); i++) {
        json_t *run = find_run(runs, target_number(result, i, 0));
        for (int field = 1; run != NULL && field < PQnfields(result); field++) {
            json_object_set_new(run, PQfname(result, field),
                                json_integer(target_number(result, i, field)));
        }
    }
    return true;
}

/* A later run of the same source into the same schema that has made its tables:
 * those of this run are gone. 0: none. */
static int64_t
superseded_by(const struct run *runs, size_t index)
{
    for (size_t i = index; i-- > 0;) { /* newest first */
        AUTO_JSON *earlier = json_loads(runs[index].settings, 0, NULL);
        AUTO_JSON *later = json_loads(runs[i].settings, 0, NULL);
        if (runs[i].state >= RUN_CREATED &&
            strcmp(runs[i].source_path, runs[index].source_path) == 0 &&
            json_equal(json_object_get(earlier, "schema"), json_object_get(later, "schema"))) {
            return runs[i].id;
        }
    }
    return 0;
}

/* What --schema must say for this run to be found; NULL: nothing. */
static const char *
schema_to_name(const json_t *run)
{
    const char *schema = json_words(json_object_get(run, "settings"), "schema");
    return schema[0] == '\0' || strcmp(schema, "public") == 0 ? NULL : schema;
}

static void
add_next_step(const struct run *run, int64_t superseded, json_t *object)
{
    AUTO_TEXT next = {0};
    const char *schema = schema_to_name(object);
    if (superseded != 0) {
        text_printf(&next, "nothing: run %" PRId64 " has replaced it", superseded);
    } else if (run->state != RUN_VERIFIED) {
        text_add(&next, "running, or interrupted: the same migrate command goes on with it");
    } else if (run->exit_code == EXIT_DIFFERS) {
        text_printf(&next, "see what differs: outgrow verify %s", run->source_path);
    } else if (run->exit_code == EXIT_SOURCE) {
        text_printf(&next, "see which tables did not come over: outgrow inspect %s",
                    run->source_path);
    } else if (run->exit_code == EXIT_SET_ASIDE) {
        text_printf(
            &next,
            "see what was set aside: outgrow status --set-aside; after mending the table "
            "or the plan: outgrow migrate --retry-set-aside%s%s %s",
            schema == NULL ? "" : " --schema ", schema == NULL ? "" : schema, run->source_path);
    } else if (json_count(object, "differences") > 0) {
        text_printf(&next,
                    "it was proven the same, and a later comparison found differences: "
                    "outgrow verify %s",
                    run->source_path);
    } else {
        text_add(&next, "nothing: every cell is proven the same");
    }
    json_object_set_new(object, "next", report_words(text_string(&next)));
}

static json_t *
describe_run(const struct run *runs, size_t index)
{
    const struct run *run = &runs[index];
    json_t *object = json_object();
    bool over = run->state == RUN_VERIFIED;
    json_object_set_new(object, "run", json_integer(run->id));
    json_object_set_new(object, "source", report_words(run->source_path));
    json_object_set_new(object, "state", report_words(run_state_name(run->state)));
    json_object_set_new(object, "started", report_words(run->started_at));
    json_object_set_new(object, "finished", report_words(run->finished_at));
    json_object_set_new(object, "exit_code", over ? json_integer(run->exit_code) : json_null());
    json_object_set_new(object, "settings", json_loads(run->settings, 0, NULL));
    json_object_set_new(object, "snapshot", report_words(run->snapshot_path));
    json_object_set_new(object, "snapshot_exists",
                        json_boolean(access(run->snapshot_path, F_OK) == 0));
    return object;
}

/* Foreign keys and triggers that a run took off and has not put back. */
static bool
add_detached(PGconn *conn, json_t *report, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct detached *items = NULL;
    size_t count = 0;
    if (!detach_pending(conn, &memory, 0, &items, &count, err)) {
        return false;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_object();
        json_object_set_new(item, "kind", report_words(items[i].kind));
        json_object_set_new(item, "schema", report_words(items[i].table_schema));
        json_object_set_new(item, "table", report_words(items[i].table_name));
        json_object_set_new(item, "name", report_words(items[i].name));
        json_object_set_new(item, "restore_sql", report_words(items[i].restore_sql));
        json_array_append_new(list, item);
    }
    json_object_set_new(report, "detached", list);
    return true;
}

bool
status_report_build(PGconn *conn, const char *target, json_t **report, struct error *err)
{
    AUTO_ARENA memory = {0};
    struct run *runs = NULL;
    size_t count = 0;
    if (!journal_runs(conn, &memory, &runs, &count, err)) {
        return false;
    }
    AUTO_JSON *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, describe_run(runs, i));
    }
    if (!add_totals(conn, list, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        add_next_step(&runs[i], superseded_by(runs, i), json_array_get(list, i));
    }
    *report = json_object();
    json_object_set_new(*report, "target", report_words(target));
    json_object_set(*report, "runs", list);
    json_t *lives = NULL;
    bool found = live_status_build(conn, &lives, err);
    json_object_set_new(*report, "live", lives == NULL ? json_array() : lives);
    return found && add_detached(conn, *report, err);
}

static void
print_detached(struct page *page, const json_t *report)
{
    const json_t *list = json_object_get(report, "detached");
    size_t i;
    json_t *item;
    if (json_array_size(list) == 0) {
        return;
    }
    page_heading(page, "taken off while rows are loaded, and not put back yet");
    json_array_foreach(list, i, item)
    {
        if (i == PAGE_LIST_MAX) {
            page_line(page, STYLE_DIM, 2, "and %zu more (--json shows all)",
                      json_array_size(list) - i);
            break;
        }
        page_line(page, STYLE_PLAIN, 2, "%s %s of %s.%s", json_words(item, "kind"),
                  json_words(item, "name"), json_words(item, "schema"),
                  json_words(item, "table"));
    }
    page_line(page, STYLE_PLAIN, 2,
              "outgrow cutover puts back those of a live move, the next migrate into this "
              "database all others; outgrow.detached has the SQL");
}

static void
print_state(struct page *page, const json_t *run)
{
    const json_t *code = json_object_get(run, "exit_code");
    const char *finished = json_words(run, "finished");
    if (json_is_integer(code)) {
        page_pair(page, "state", LABEL_WIDTH, "%s, exit code %lld, %s to %s",
                  json_words(run, "state"), (long long)json_integer_value(code),
                  json_words(run, "started"), finished);
    } else {
        page_pair(page, "state", LABEL_WIDTH, "%s, begun %s", json_words(run, "state"),
                  json_words(run, "started"));
    }
}

static void
print_counts(struct page *page, const json_t *run)
{
    AUTO_TEXT rows = {0};
    human_count(&rows, json_count(run, "rows_copied"));
    text_add(&rows, " of ");
    human_counted(&rows, json_count(run, "rows_source"), "row");
    text_add(&rows, " in ");
    human_counted(&rows, json_count(run, "tables"), "table");
    page_pair(page, "copied", LABEL_WIDTH, "%s", text_string(&rows));
    static const struct {
        const char *key;
        const char *label;
        const char *noun;
    } counts[] = {
        {"tables_failed", "not over", "table"},
        {"rows_set_aside", "set aside", "row"},
        {"values_altered", "altered", "value"},
        {"differences", "differences", "difference"},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        AUTO_TEXT count = {0};
        human_counted(&count, json_count(run, counts[i].key), counts[i].noun);
        if (json_count(run, counts[i].key) > 0) {
            page_pair(page, counts[i].label, LABEL_WIDTH, "%s", text_string(&count));
        }
    }
}

static void
print_unknown(struct page *page, const json_t *report)
{
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(report, "unknown"), i, name)
    {
        page_line(page, STYLE_BAD, 0, "no migration of %s has been made into %s",
                  json_string_value(name), json_words(report, "target"));
    }
}

void
status_report_print(const json_t *report, const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    const json_t *runs = json_object_get(report, "runs");
    size_t i;
    json_t *run;
    live_status_print(&page, json_object_get(report, "live"));
    page_gap(&page);
    print_unknown(&page, report);
    if (json_array_size(runs) == 0 && json_array_size(json_object_get(report, "unknown")) > 0) {
        page_line(&page, STYLE_DIM, 0, "outgrow status without a source lists those there are");
    } else if (json_array_size(runs) == 0) {
        page_line(&page, STYLE_PLAIN, 0, "no migration has been made into %s yet",
                  json_words(report, "target"));
    } else {
        page_line(&page, STYLE_PLAIN, 0, "migrations into %s, newest first",
                  json_words(report, "target"));
    }
    json_array_foreach(runs, i, run)
    {
        page_heading(&page, "run %lld: %s",
                     (long long)json_integer_value(json_object_get(run, "run")),
                     json_words(run, "source"));
        print_state(&page, run);
        print_counts(&page, run);
        page_pair(&page, "backup", LABEL_WIDTH, "%s%s", json_words(run, "snapshot"),
                  json_is_true(json_object_get(run, "snapshot_exists")) ? "" : " (gone)");
        page_pair(&page, "next", LABEL_WIDTH, "%s", json_words(run, "next"));
    }
    print_detached(&page, report);
    page_print(&page, output);
}
