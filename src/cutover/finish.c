/* finish.c — the move ends: what was only needed for it goes, the source is kept as an archive. */
#include "copy/copy.h"
#include "cutover/cutover_internal.h"
#include "operate/archive.h"

#include <inttypes.h>

enum { ATTEMPTS = 5 };

static bool
make_archive(struct cutover *cutover, struct error *err)
{
    const struct cutover_settings *settings = cutover->settings;
    const struct live *live = &cutover->link->live;
    if (settings->archive_directory == NULL) {
        return true;
    }
    const struct archive_job job = {
        .given_path = cutover->link->settings.source_path,
        .source_path = live->source_path,
        .directory = settings->archive_directory,
        .program = settings->program,
        .run = {.id = live->run_id,
                .target = target_describe(cutover->arena, cutover->link->conn),
                .state = live_state_name(live->state),
                .exit_code = 0},
        .progress = settings->progress,
    };
    struct archive_made made;
    if (!archive_create(&job, cutover->arena, &made, err)) {
        return error_wrap(err, "archive the source");
    }
    cutover->figures.archive = made.path;
    say(cutover, "archive: %s", made.path);
    return true;
}

/* Whether the plan of the live source has a step of that id, too. */
static bool
is_made(const struct plan *live, const char *id)
{
    for (size_t i = 0; i < live->step_count; i++) {
        if (strcmp(live->steps[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static bool
make_the_rest(struct cutover *cutover, struct error *err)
{
    const struct plan *final = cutover->final;
    for (size_t i = 0; i < final->step_count; i++) {
        const struct plan_step *step = &final->steps[i];
        if (step->phase <= PHASE_VIEWS && !is_made(cutover->link->plan, step->id) &&
            !copy_run_step(cutover->link->conn, cutover->link->live.run_id, step, err)) {
            return error_wrap(err, "make %s", step->id);
        }
    }
    return true;
}

static bool
drop_hidden_columns(struct sync_link *link, struct error *err)
{
    AUTO_TEXT sql = {0};
    for (size_t t = 0; t < link->plan->table_count; t++) {
        const struct plan_table *table = &link->plan->tables[t];
        for (size_t c = 0; table->problem == NULL && c < table->column_count; c++) {
            if (!table->columns[c].rowid) {
                continue;
            }
            text_add(&sql, "ALTER TABLE ");
            target_quote_qualified(&sql, table->schema, table->name);
            text_add(&sql, " DROP COLUMN IF EXISTS ");
            target_quote_name(&sql, table->columns[c].name);
            text_add(&sql, ";\n");
        }
    }
    return sql.length == 0 || target_execute(link->conn, text_string(&sql), err) ||
           error_wrap(err, "drop the hidden columns");
}

static bool
finish_target(struct sync_link *link, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    if (!standing_lock(link, &locks, &standing, err)) {
        return false;
    }
    link->live = standing.live;
    if (standing.stance == STANCE_FINISHED) {
        return true;
    }
    if (!stance_allows(standing.stance, EVENT_FINISH, err) || !back_remove(link, err) ||
        !drop_hidden_columns(link, err)) {
        return false;
    }
    standing.live.way_back = false;
    standing.live.no_way_back = "the move was finished";
    standing.live.untold = true;
    standing.live.reason = hooks_are_due;
    return standing_write(link, &standing, LIVE_FINISHED, err) &&
           target_commit(&locks.target, err);
}

/* The application's statements may hold its tables for a moment. */
static bool
finish_target_patiently(struct cutover *cutover, struct error *err)
{
    for (int64_t attempt = 1; !finish_target(cutover->link, err); attempt++) {
        if (!target_was_held_up(err) || attempt >= ATTEMPTS ||
            !wait_before_attempt(attempt, err)) {
            return false;
        }
    }
    return true;
}

static void
say_lost(void *context, const char *table, const char *kept_in, int64_t rows)
{
    say(context,
        "%s: %" PRId64
        " row%s never got back into the file; what only the file had of %s is in "
        "its table %s",
        table, rows, rows == 1 ? "" : "s", rows == 1 ? "it" : "them", kept_in);
}

static bool
clear_source(struct cutover *cutover, struct error *err)
{
    AUTO_SOURCE_HOLD hold = {0};
    struct sync_link *link = cutover->link;
    return source_hold_begin(&hold, &link->writer, err) && capture_retire(&link->writer, err) &&
           back_lost_leave(link, say_lost, cutover, err) &&
           standing_commit_source(link, &hold, err);
}

/* A way back that does not work any more is no reason to keep it. */
static bool
bring_last_changes(struct cutover *cutover, struct error *err)
{
    struct sync_link *link = cutover->link;
    if (!link->live.way_back || catch_up_back(cutover, err)) {
        return true;
    }
    if (err->kind == ERROR_STOPPED || PQstatus(link->conn) != CONNECTION_OK) {
        return false;
    }
    say(cutover, "the archive shows the source as the last round left it: %s", err->message);
    return true;
}

bool
cutover_finish(struct cutover *cutover, struct error *err)
{
    struct standing standing;
    struct sync_link *link = cutover->link;
    if (!standing_read(link, &standing, err)) {
        return false;
    }
    link->live = standing.live;
    cutover->figures.done_before = standing.stance == STANCE_FINISHED;
    if (standing.stance != STANCE_FINISHED) {
        if (!stance_allows(standing.stance, EVENT_FINISH, err) ||
            !bring_last_changes(cutover, err) || !make_archive(cutover, err) ||
            !make_the_rest(cutover, err) || !finish_target_patiently(cutover, err)) {
            return false;
        }
    }
    if (!clear_source(cutover, err)) {
        return error_wrap(err, "take capture out of SQLite");
    }
    cutover->figures.epoch = link->live.epoch;
    return !link->live.untold || tell_application(cutover, HOOK_ON_FINISHED, err);
}

static bool
can_give_up(const struct standing *standing, struct error *err)
{
    return standing->stance == STANCE_LOADING ||
           stance_allows(standing->stance, EVENT_GIVE_UP_SYNC, err);
}

static const char *
given_up_words(const struct sync_link *link, struct arena *arena)
{
    return arena_printf(arena,
                        "a copy of %s from a live move that was given up; drop the trigger "
                        "outgrow_fence to write to it",
                        link->settings.source_path);
}

/* Somebody else's tables get back what was taken from them, and no fence. */
static bool
leave_existing(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    struct sync_link *link = cutover->link;
    return drop_hidden_columns(link, err) &&
           detach_restore_in_transaction(link->conn, doors->arena, doors->detached,
                                         doors->detached_count, err);
}

static bool
leave_tables(struct cutover *cutover, const struct doors *doors, struct error *err)
{
    struct sync_link *link = cutover->link;
    return link->plan->existing
               ? leave_existing(cutover, doors, err)
               : target_fence_raise(link, given_up_words(link, cutover->arena), err);
}

bool
cutover_give_up(struct cutover *cutover, struct error *err)
{
    AUTO_LOCKS locks = {0};
    struct standing standing;
    struct doors doors;
    struct sync_link *link = cutover->link;
    size_t unproven = 0;
    if (!doors_prepare(link, cutover->final, cutover->arena, &doors, err) ||
        !standing_lock(link, &locks, &standing, err) || !can_give_up(&standing, err)) {
        return false;
    }
    link->live = standing.live;
    if (!capture_remove(&link->writer, err) ||
        !standing_commit_source(link, &locks.source, err)) {
        return error_wrap(err, "take capture out of SQLite");
    }
    if (!back_remove(link, err) || !leave_tables(cutover, &doors, err) ||
        !live_forget(link->conn, link->live.id, err) || !target_commit(&locks.target, err)) {
        return error_wrap(err, "forget the live source");
    }
    say(cutover, "given up: SQLite is as it was before, the target's tables %s",
        link->plan->existing ? "have their keys and triggers again, and the rows as copied"
                             : "stay fenced");
    return !link->plan->existing || doors_validate(link->conn, &doors, &unproven, err);
}
