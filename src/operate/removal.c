/* removal.c — see removal.h. */
#include "operate/removal.h"

#include "base/path.h"
#include "operate/duration.h"
#include "operate/file_users.h"
#include "operate/links.h"
#include "sqlite/source_remove.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_GREEN = 0, EXIT_GREEN_BUT_SET_ASIDE = 7 /* docs/exit-codes.md */ };

bool
removal_facts_read(PGconn *conn, int64_t run_id, struct removal_facts *facts, struct error *err)
{
    AUTO_RESULT *result = NULL;
    char id[24];
    snprintf(id, sizeof id, "%" PRId64, run_id);
    const char *const parameters[] = {id};
    if (!target_query(conn,
                      "SELECT coalesce(floor(extract(epoch FROM pg_catalog.clock_timestamp()"
                      " - r.finished_at))::bigint, -1), (SELECT count(*) FROM"
                      " outgrow.differences AS d LEFT JOIN outgrow.steps AS s ON s.run_id = "
                      "d.run_id AND s.step = d.key AND d.kind = 'not carried' WHERE d.run_id = "
                      "r.run_id AND s.state IS DISTINCT FROM 'not valid')"
                      " FROM outgrow.runs AS r WHERE r.run_id = $1::bigint",
                      parameters, 1, &result, err)) {
        return false;
    }
    if (PQntuples(result) != 1) {
        return error_set(err, ERROR_TARGET, "run %s is not in the journal any more", id);
    }
    facts->age_seconds = target_number(result, 0, 0);
    facts->differences = target_number(result, 0, 1);
    return true;
}

static bool
check_green(const struct removal *removal, const struct removal_facts *facts, struct error *err)
{
    const struct run *run = removal->run;
    if (run->exit_code == EXIT_GREEN_BUT_SET_ASIDE && !removal->accept_set_aside) {
        error_set(err, ERROR_MISMATCH, "run %" PRId64 " has set rows or values aside", run->id);
        return error_hint(err, "see outgrow status --set-aside; --accept-set-aside removes "
                               "the source all the same");
    }
    if (run->exit_code != EXIT_GREEN && run->exit_code != EXIT_GREEN_BUT_SET_ASIDE) {
        error_set(err, ERROR_MISMATCH,
                  "run %" PRId64 " is not proven: it ended with exit code %d", run->id,
                  run->exit_code);
        return error_hint(err, "see what is wrong: outgrow verify");
    }
    if (facts->differences > 0) {
        error_set(err, ERROR_MISMATCH,
                  "the last verification of run %" PRId64 " found %" PRId64 " difference%s",
                  run->id, facts->differences, facts->differences == 1 ? "" : "s");
        return error_hint(err, "see what differs: outgrow verify");
    }
    return true;
}

static bool
check_age(const struct removal *removal, const struct removal_facts *facts, struct error *err)
{
    AUTO_ARENA memory = {0};
    if (facts->age_seconds >= removal->age_seconds) {
        return true;
    }
    int64_t missing = removal->age_seconds - facts->age_seconds;
    error_set(err, ERROR_NOT_NOW, "run %" PRId64 " was verified %s ago, and it must be %s",
              removal->run->id, duration_words(&memory, facts->age_seconds),
              duration_words(&memory, removal->age_seconds));
    return error_hint(err, "repeat the command in %s", duration_words(&memory, missing));
}

static bool
check_run(const struct removal *removal, struct error *err)
{
    struct removal_facts facts = {0};
    if (removal->conn == NULL || removal->run == NULL) {
        error_set(err, ERROR_USAGE, "the target knows no migration of it");
        return error_hint(err, "outgrow migrate moves it; or name the TARGET it went to");
    }
    if (!removal_facts_read(removal->conn, removal->run->id, &facts, err)) {
        return false;
    }
    if (removal->run->state != RUN_VERIFIED || facts.age_seconds < 0) {
        error_set(err, ERROR_NOT_NOW, "run %" PRId64 " is not over (%s)", removal->run->id,
                  run_state_name(removal->run->state));
        return error_hint(err, "repeat the migrate command to go on with it");
    }
    return check_green(removal, &facts, err) && check_age(removal, &facts, err);
}

static bool
refuse_written(const struct removal *removal, struct error *err)
{
    error_set(err, ERROR_SOURCE, "it was written to since the backup of run %" PRId64,
              removal->run->id);
    return error_hint(err, "the target lacks what was written: migrate it anew "
                           "(outgrow migrate --replace)");
}

static bool
check_unused(const struct removal *removal, struct arena *arena, struct error *err)
{
    const char *path = removal->archive->manifest.files[0].original_path;
    struct source_state now;
    struct file_users users;
    if (!source_state_read(path, &now, err)) {
        return false;
    }
    if (!removal->state_is(removal->run->source_state, &now) ||
        !source_state_equal(&now, &removal->archive->state)) {
        return refuse_written(removal, err);
    }
    file_users_find(path, arena, &users);
    if (users.count > 0) {
        error_set(err, ERROR_SOURCE, "it is open in %s", file_users_words(arena, &users));
        return error_hint(err, "stop the program first, or point it to PostgreSQL");
    }
    return true;
}

/* A second copy of the source, as independent of the first as it can be. */
static bool
check_digest(const struct removal *removal, struct arena *arena, struct error *err)
{
    const struct archive_file *file = &removal->archive->manifest.files[0];
    AUTO_SOURCE source = {0};
    char hex[DIGEST_HEX_SIZE];
    int64_t size_bytes = 0;
    const char *copy = arena_printf(arena, "%s.again", removal->archive->path);
    if (!source_open(&source, file->original_path, err)) {
        return false;
    }
    if (!source_backup(&source, copy, removal->progress, err)) {
        return source_backup_elsewhere(err, "--archive-directory");
    }
    bool digested = digest_file(copy, hex, &size_bytes, err);
    unlink(copy);
    if (!digested) {
        return false;
    }
    return strcmp(hex, file->sha256) == 0 ||
           error_set(err, ERROR_SOURCE, "the archive does not hold what the file holds now");
}

/* Links that lead to the file now, of those listed; they dangle once it is gone. */
static struct paths
live_links(const struct archive_file *file, struct arena *arena)
{
    struct paths links = {0};
    for (size_t i = 0; i < file->link_count; i++) {
        if (link_leads_to(file->links[i], file->original_path)) {
            paths_add(arena, &links, file->links[i]);
        }
    }
    return links;
}

static bool
remove_all(const struct removal *removal, struct arena *arena, struct paths *removed,
           struct error *err)
{
    const struct archive_file *file = &removal->archive->manifest.files[0];
    struct paths links = live_links(file, arena);
    if (!source_remove(file->original_path, &removal->archive->state, err)) {
        return false;
    }
    paths_add(arena, removed, file->original_path);
    for (size_t i = 0; i < links.count; i++) {
        if (unlink(links.items[i]) != 0) {
            error_set(err, ERROR_SYSTEM, "remove the link %s", links.items[i]);
            return error_hint(err, "the source itself is removed already");
        }
        paths_add(arena, removed, links.items[i]);
    }
    return true;
}

bool
removal_check(const struct removal *removal, struct arena *arena, struct error *err)
{
    if (check_run(removal, err) && check_unused(removal, arena, err)) {
        return true;
    }
    return error_wrap(err, "%s would not be removed",
                      removal->archive->manifest.files[0].original_path);
}

bool
removal_carry_out(const struct removal *removal, struct arena *arena, struct paths *removed,
                  struct error *err)
{
    *removed = (struct paths){0};
    bool done = check_run(removal, err) && check_unused(removal, arena, err) &&
                check_digest(removal, arena, err) && remove_all(removal, arena, removed, err);
    if (!done && removed->count == 0 && err->kind != ERROR_STOPPED) {
        error_wrap(err, "%s was not removed",
                   removal->archive->manifest.files[0].original_path);
    }
    return done;
}
