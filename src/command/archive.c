/* archive.c — the command `outgrow archive`: a dated, tested copy of the source, its
 * restore, and the end of the source itself. */
#include "operate/archive.h"

#include "base/path.h"
#include "command/archive_dry_run.h"
#include "command/archive_paths.h"
#include "command/commands.h"
#include "migrate/run_settings.h"
#include "operate/duration.h"
#include "operate/removal.h"
#include "outgrow_config.h"
#include "page/human.h"
#include "page/page.h"
#include "page/result.h"
#include "report/report_parts.h"
#include "settings/target_choice.h"

enum { LABEL_WIDTH = 9, NO_DURATION = -1 };

/* One archive on its way; everything lives as long as the command. */
struct archiving {
    const struct settings *settings;
    const struct output *output;
    struct arena *arena;
    char *source_path;            /* real */
    char *directory;              /* real */
    int64_t keep_seconds;         /* NO_DURATION: not asked for */
    int64_t remove_after_seconds; /* the same */
    PGconn *conn;                 /* NULL: no target */
    struct run run;
    bool has_run;
    struct archive_made made;
    struct paths expired;
    struct paths removed;
};

static void
archiving_close(struct archiving *archiving)
{
    target_connection_close(&archiving->conn);
}
#define AUTO_ARCHIVING __attribute__((cleanup(archiving_close))) struct archiving

static bool
read_duration(const char *what, const char *words, int64_t *seconds, struct error *err)
{
    *seconds = NO_DURATION;
    return words == NULL || duration_parse(what, words, seconds, err);
}

static bool
make_directory(struct archiving *archiving, const char *directory, struct error *err)
{
    if (archiving->settings->dry_run) {
        archiving->directory = arena_strdup(archiving->arena, directory);
        return true;
    }
    return path_make_directories(directory, 0700, err) &&
           path_real(archiving->arena, directory, &archiving->directory, err);
}

static bool
prepare(struct archiving *archiving, struct error *err)
{
    AUTO_SOURCE source = {0};
    const struct settings *settings = archiving->settings;
    struct arena *arena = archiving->arena;
    const char *directory = settings->archive_directory;
    if (directory == NULL) {
        directory = arena_printf(arena, "%s/archives", path_data_home(arena));
    }
    return read_duration("--keep", settings->keep, &archiving->keep_seconds, err) &&
           read_duration("--remove-source-after", settings->remove_source_after,
                         &archiving->remove_after_seconds, err) &&
           source_open(&source, settings->arguments[0], err) &&
           path_real(arena, settings->arguments[0], &archiving->source_path, err) &&
           make_directory(archiving, directory, err);
}

/* The lock keeps a migration from beginning while its source is being removed. */
static bool
find_run(struct archiving *archiving, struct error *err)
{
    PGconn *conn = archiving->conn;
    bool removing = archiving->remove_after_seconds != NO_DURATION;
    bool exists = false;
    return journal_exists(conn, &exists, err) &&
           (!exists || (journal_ensure(conn, err) && (!removing || journal_lock(conn, err)) &&
                        journal_run_latest(conn, archiving->arena, archiving->source_path,
                                           &archiving->run, &archiving->has_run, err)));
}

static bool
open_target(struct archiving *archiving, struct error *err)
{
    const struct settings *settings = archiving->settings;
    const char *argument = settings->argument_count > 1 ? settings->arguments[1] : NULL;
    struct target_choice target;
    if (!target_choose(argument, TARGET_IF_EXISTS, archiving->output, archiving->arena, &target,
                       err)) {
        return false;
    }
    return target.absent ||
           (target_connect(target.conninfo, &archiving->conn, err) && find_run(archiving, err));
}

/* An archive needs no target; only what it says about the migration does. */
static bool
look_at_target(struct archiving *archiving, struct error *err)
{
    bool needed = archiving->settings->argument_count > 1 ||
                  archiving->remove_after_seconds != NO_DURATION;
    if (open_target(archiving, err)) {
        return true;
    }
    if (needed || err->kind == ERROR_STOPPED) {
        return false;
    }
    note(archiving->output, "the archive will not name a migration: %s", err->message);
    *err = (struct error){0};
    return true;
}

static bool
describe_run(struct archiving *archiving, struct archive_run *described, struct error *err)
{
    const struct run *run = &archiving->run;
    struct removal_facts facts;
    if (!archiving->has_run) {
        return true;
    }
    if (!removal_facts_read(archiving->conn, run->id, &facts, err)) {
        return false;
    }
    *described = (struct archive_run){
        .id = run->id,
        .target = target_describe(archiving->arena, archiving->conn),
        .state = run_state_name(run->state),
        .exit_code = run->state == RUN_VERIFIED ? run->exit_code : -1,
        .finished_at = run->finished_at,
        .differences = facts.differences,
    };
    return true;
}

static struct archive_retention
retention_of(const struct archiving *archiving)
{
    return (struct archive_retention){.directory = archiving->directory,
                                      .source_path = archiving->source_path,
                                      .keep_seconds = archiving->keep_seconds};
}

static bool
create(struct archiving *archiving, struct error *err)
{
    const struct settings *settings = archiving->settings;
    struct archive_job job = {
        .given_path = settings->arguments[0],
        .source_path = archiving->source_path,
        .directory = archiving->directory,
        .links_under = settings->links_under,
        .program = OUTGROW_VERSION,
        .damaged_ok = settings->damaged_ok,
        .progress = archiving->output->progress,
    };
    const struct archive_retention retention = retention_of(archiving);
    return describe_run(archiving, &job.run, err) &&
           archive_create(&job, archiving->arena, &archiving->made, err) &&
           (archiving->keep_seconds == NO_DURATION ||
            archive_keep(&retention, archiving->arena, &archiving->expired, err));
}

static struct removal
planned_removal(const struct archiving *archiving)
{
    return (struct removal){
        .conn = archiving->conn,
        .run = archiving->has_run ? &archiving->run : NULL,
        .state_is = run_state_is,
        .age_seconds = archiving->remove_after_seconds,
        .accept_set_aside = archiving->settings->accept_set_aside,
        .progress = archiving->output->progress,
    };
}

static bool
remove_source(struct archiving *archiving, struct error *err)
{
    struct removal removal = planned_removal(archiving);
    removal.archive = &archiving->made;
    return archiving->remove_after_seconds == NO_DURATION ||
           removal_carry_out(&removal, archiving->arena, &archiving->removed, err);
}

/* refusal: why the source was not removed; NULL: it was, or was not to be. */
static json_t *
result_json(const struct archiving *archiving, const char *refusal)
{
    json_t *object = json_object();
    json_object_set_new(object, "archive", report_words(archiving->made.path));
    json_object_set_new(object, "size", json_integer(archiving->made.size_bytes));
    json_object_set_new(object, "sha256", json_string(archiving->made.sha256));
    json_object_set_new(object, "tested", json_true());
    json_object_set_new(object, "manifest",
                        archive_manifest_to_json(&archiving->made.manifest));
    json_object_set_new(object, "expired", archive_paths_json(&archiving->expired));
    json_object_set_new(object, "removed", archive_paths_json(&archiving->removed));
    json_object_set_new(object, "not_removed", report_words(refusal));
    return object;
}

static void
add_run(struct page *page, const struct archive_run *run)
{
    if (run->id == 0) {
        return;
    }
    if (run->exit_code < 0) {
        page_pair(page, "migration", LABEL_WIDTH, "run %lld into %s, %s", (long long)run->id,
                  run->target, run->state);
    } else {
        page_pair(page, "migration", LABEL_WIDTH, "run %lld into %s, %s at %s, exit code %d",
                  (long long)run->id, run->target, run->state, run->finished_at,
                  run->exit_code);
    }
}

static void
print_text(const struct archiving *archiving)
{
    AUTO_PAGE page = page_for(archiving->output);
    AUTO_TEXT packed = {0};
    AUTO_TEXT whole = {0};
    const struct archive_made *made = &archiving->made;
    const struct archive_file *file = &made->manifest.files[0];
    human_bytes(&packed, (uint64_t)made->size_bytes);
    human_bytes(&whole, (uint64_t)file->size_bytes);
    page_pair(&page, "archive", LABEL_WIDTH, "%s", made->path);
    page_pair(&page, "size", LABEL_WIDTH, "%s, from %s", text_string(&packed),
              text_string(&whole));
    page_pair(&page, "sha256", LABEL_WIDTH, "%s", made->sha256);
    page_pair(&page, "tested", LABEL_WIDTH, "restored, every digest equal, quick_check: %s",
              made->manifest.damage == NULL ? "ok" : made->manifest.damage);
    add_run(&page, &made->manifest.run);
    const struct paths links = {file->links, file->link_count};
    archive_add_paths(&page, "links", LABEL_WIDTH, &links);
    archive_add_paths(&page, "expired", LABEL_WIDTH, &archiving->expired);
    archive_add_paths(&page, "removed", LABEL_WIDTH, &archiving->removed);
    page_print(&page, archiving->output);
}

static void
show(const struct archiving *archiving, const char *refusal)
{
    if (archiving->settings->json) {
        AUTO_JSON *json = result_json(archiving, refusal);
        result_print_json(archiving->output, json);
    } else {
        print_text(archiving);
    }
}

static bool
show_dry_run(const struct archiving *archiving, struct error *err)
{
    const struct archive_dry_run planned = {
        .retention = retention_of(archiving),
        .expires = archiving->keep_seconds != NO_DURATION,
        .removes = archiving->remove_after_seconds != NO_DURATION,
        .removal = planned_removal(archiving),
    };
    return archive_dry_run_show(&planned, archiving->settings, archiving->output,
                                archiving->arena, err);
}

/* The archive is good also when the source may not go yet. */
static bool
archive_source(struct archiving *archiving, enum exit_code *code, struct error *err)
{
    if (!prepare(archiving, err) || !look_at_target(archiving, err)) {
        return false;
    }
    if (archiving->settings->dry_run) {
        *code = EXIT_DONE;
        return show_dry_run(archiving, err);
    }
    if (!create(archiving, err)) {
        return false;
    }
    bool done = remove_source(archiving, err);
    show(archiving, done ? NULL : err->message);
    *code = EXIT_DONE;
    return done;
}

static void
print_restored(const struct archive_manifest *manifest, const char *directory,
               const struct output *output)
{
    AUTO_PAGE page = page_for(output);
    for (size_t i = 0; i < manifest->file_count; i++) {
        AUTO_TEXT size = {0};
        const struct archive_file *file = &manifest->files[i];
        human_bytes(&size, (uint64_t)file->size_bytes);
        page_pair(&page, "restored", LABEL_WIDTH, "%s/%s, %s, as archived at %s", directory,
                  file->name, text_string(&size), manifest->created_at);
        page_pair(&page, "sha256", LABEL_WIDTH, "%s", file->sha256);
        page_pair(&page, "was", LABEL_WIDTH, "%s", file->original_path);
        const struct paths links = {file->links, file->link_count};
        archive_add_paths(&page, "links", LABEL_WIDTH, &links);
    }
    if (manifest->damage != NULL) {
        page_pair(&page, "damage", LABEL_WIDTH, "it was damaged already: %s", manifest->damage);
    }
    page_print(&page, output);
}

static bool
restore(const struct settings *settings, const struct output *output, struct arena *arena,
        enum exit_code *code, struct error *err)
{
    struct archive_manifest manifest;
    const char *directory = settings->arguments[0];
    if (settings->argument_count != 1) {
        error_set(err, ERROR_USAGE, "--restore takes one directory");
        return error_hint(err, "outgrow archive --restore FILE DIR");
    }
    if (settings->dry_run) {
        return error_set(err, ERROR_USAGE,
                         "--restore has no --dry-run: it never writes over a "
                         "file");
    }
    if (!archive_restore(settings->restore, directory, output->progress, arena, &manifest,
                         err)) {
        return false;
    }
    if (settings->json) {
        AUTO_JSON *json = json_object();
        json_object_set_new(json, "restored", report_words(settings->restore));
        json_object_set_new(json, "directory", report_words(directory));
        json_object_set_new(json, "manifest", archive_manifest_to_json(&manifest));
        result_print_json(output, json);
    } else {
        print_restored(&manifest, directory, output);
    }
    *code = EXIT_DONE;
    return true;
}

bool
command_archive(const struct settings *settings, const struct output *output,
                enum exit_code *code, struct error *err)
{
    AUTO_ARENA arena = {0};
    if (settings->restore != NULL) {
        return restore(settings, output, &arena, code, err);
    }
    AUTO_ARCHIVING archiving = {.settings = settings, .output = output, .arena = &arena};
    return archive_source(&archiving, code, err);
}
