/* schema.c — the command `outgrow schema`: numbered SQL files, run once each. */
#include "command/commands.h"
#include "page/human.h"
#include "page/page.h"
#include "page/result.h"
#include "postgres/schema_files.h"
#include "report/report_parts.h"
#include "settings/target_choice.h"

#include <string.h>

/* One call of the command. */
struct schema_call {
    const struct settings *settings;
    const struct output *output;
    struct arena *arena;
    const char *directory;
    const char *target; /* for people */
    struct schema_file_list list;
    struct schema_file_status *statuses;
    size_t count;
    bool changes; /* up, and not dry */
};

static json_t *
describe_file(const struct schema_file_status *status)
{
    json_t *file = json_object();
    json_object_set_new(file, "number", json_integer(status->number));
    json_object_set_new(file, "name", report_words(status->name));
    json_object_set_new(file, "state", report_words(schema_file_state_name(status->state)));
    json_object_set_new(file, "applied_now", json_boolean(status->applied_now));
    json_object_set_new(file, "applied_at", report_words(status->applied_at));
    json_object_set_new(file, "run_ms",
                        status->applied_at != NULL ? json_integer(status->run_ms)
                                                   : json_null());
    json_object_set_new(file, "sha256", report_words(status->sha256));
    return file;
}

static void
print_json(const struct schema_call *call)
{
    AUTO_JSON *report = json_object();
    json_t *files = json_array();
    json_t *left_out = json_array();
    for (size_t i = 0; i < call->count; i++) {
        json_array_append_new(files, describe_file(&call->statuses[i]));
    }
    for (size_t i = 0; i < call->list.left_out_count; i++) {
        json_array_append_new(left_out, report_words(call->list.left_out[i]));
    }
    json_object_set_new(report, "target", report_words(call->target));
    json_object_set_new(report, "directory", report_words(call->directory));
    json_object_set_new(report, "series", report_words(call->list.series));
    json_object_set_new(report, "dry_run", json_boolean(call->settings->dry_run));
    json_object_set_new(report, "files", files);
    json_object_set_new(report, "left_out", left_out);
    result_print_json(call->output, report);
}

static void
print_summary(const struct schema_call *call, struct page *page)
{
    size_t now = 0;
    size_t pending = 0;
    AUTO_TEXT words = {0};
    for (size_t i = 0; i < call->count; i++) {
        now += call->statuses[i].applied_now ? 1 : 0;
        pending += schema_file_is_pending(&call->statuses[i]) ? 1 : 0;
    }
    human_counted(&words, call->changes ? now : pending, "file");
    if (call->changes) {
        page_line(page, STYLE_PLAIN, 0, "%s ran in %s%s", text_string(&words), call->target,
                  now == 0 ? "; it was up to date" : "");
    } else {
        page_line(page, STYLE_PLAIN, 0, "%s to be run in %s", text_string(&words),
                  call->target);
    }
}

static void
print_page(const struct schema_call *call)
{
    static const char *const titles[] = {">number", "file", "state", "ran at", ">took"};
    AUTO_PAGE page = page_for(call->output);
    AUTO_ARENA memory = {0};
    struct page_table table = {0};
    page_table_begin(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < call->count; i++) {
        const struct schema_file_status *status = &call->statuses[i];
        bool ran = status->applied_at != NULL;
        AUTO_TEXT took = {0};
        human_seconds(&took, (double)status->run_ms / 1000);
        page_table_add(&table, arena_printf(&memory, "%lld", (long long)status->number));
        page_table_add(&table, status->name);
        page_table_add(&table, status->applied_now ? "applied now"
                                                   : schema_file_state_name(status->state));
        page_table_add(&table, ran ? status->applied_at : "");
        page_table_add(&table, ran ? arena_strdup(&memory, text_string(&took)) : "");
    }
    page_table_end(&table, &page);
    for (size_t i = 0; i < call->list.left_out_count; i++) {
        page_line(&page, STYLE_DIM, 0, "%s undoes and is never run", call->list.left_out[i]);
    }
    print_summary(call, &page);
    page_print(&page, call->output);
}

static void
say_what_runs(void *context, const struct schema_file *file)
{
    const struct schema_call *call = context;
    if (call->settings->quiet) {
        return;
    }
    if (file == NULL) {
        note(call->output, "waiting for another process that brings this schema up");
    } else {
        note(call->output, "running %s", file->name);
    }
}

/* Without a connection nothing has run yet, and there is nobody to compute checksums. */
static void
take_all_for_pending(struct schema_call *call)
{
    call->count = call->list.count;
    call->statuses = arena_alloc(call->arena, call->count * sizeof *call->statuses);
    for (size_t i = 0; i < call->count; i++) {
        const struct schema_file *file = &call->list.files[i];
        call->statuses[i] = (struct schema_file_status){.number = file->number,
                                                        .name = file->name,
                                                        .file = file,
                                                        .state = SCHEMA_FILE_PENDING};
    }
}

static bool
compare_or_apply(struct schema_call *call, PGconn *conn, struct error *err)
{
    const struct schema_files_request request = {
        .list = &call->list,
        .allow_out_of_order = call->settings->allow_out_of_order,
        .report = say_what_runs,
        .context = call};
    if (conn == NULL) {
        take_all_for_pending(call);
        return true;
    }
    return call->changes ? schema_files_apply(conn, call->arena, &request, &call->statuses,
                                              &call->count, err)
                         : schema_files_compare(conn, call->arena, &call->list, &call->statuses,
                                                &call->count, err);
}

static bool
work_on_target(struct schema_call *call, struct error *err)
{
    const struct settings *settings = call->settings;
    const char *argument = settings->argument_count > 2 ? settings->arguments[2] : NULL;
    AUTO_CONNECTION *conn = NULL;
    struct target_choice target;
    if (!target_choose(argument, call->changes ? TARGET_NEEDED : TARGET_IF_EXISTS, call->output,
                       call->arena, &target, err)) {
        return false;
    }
    call->target = "the private PostgreSQL";
    if (!target.absent) {
        if (!target_connect(target.conninfo, &conn, err)) {
            return false;
        }
        call->target = target_describe(call->arena, conn);
    }
    return compare_or_apply(call, conn, err);
}

/* Something that `up` would refuse. */
static bool
differs(const struct schema_call *call)
{
    struct error ignored;
    return !schema_files_check(call->statuses, call->count, call->settings->allow_out_of_order,
                               &ignored);
}

static bool
understand_verb(const struct settings *settings, bool *up, struct error *err)
{
    const char *verb = settings->arguments[0];
    *up = strcmp(verb, "up") == 0;
    if (!*up && strcmp(verb, "status") != 0) {
        error_set(err, ERROR_USAGE, "schema cannot \"%s\"", verb);
        return error_hint(err, "one of: schema up DIR, schema status DIR");
    }
    if (settings->argument_count < 2) {
        error_set(err, ERROR_USAGE, "schema %s needs the directory of the SQL files", verb);
        return error_hint(err, "outgrow schema %s DIR [TARGET]", verb);
    }
    return true;
}

bool
command_schema(const struct settings *settings, const struct output *output,
               enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    bool up = false;
    if (!understand_verb(settings, &up, err)) {
        return false;
    }
    struct schema_call call = {.settings = settings,
                               .output = output,
                               .arena = &arena,
                               .directory = settings->arguments[1],
                               .list.series = settings->series,
                               .changes = up && !settings->dry_run};
    if (!schema_files_read_directory(&arena, call.directory, &call.list, err) ||
        !work_on_target(&call, err)) {
        return false;
    }
    if (up && !call.changes &&
        !schema_files_check(call.statuses, call.count, settings->allow_out_of_order, err)) {
        return false;
    }
    if (settings->json) {
        print_json(&call);
    } else {
        print_page(&call);
    }
    *code = differs(&call) ? EXIT_DIFFERS : EXIT_DONE;
    return true;
}
