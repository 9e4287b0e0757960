/* both_sides.c — see both_sides.h. */
#include "live/both_sides.h"

#include "base/path.h"
#include "live/verify_live.h"
#include "postgres/journal.h"

#include <string.h>

enum { US_PER_MS = 1000, US_PER_S = 1000000, BUSY_MS = 5000 };

static bool
is_query_list(const char *operand)
{
    size_t length = strlen(operand);
    return length > 4 && strcmp(operand + length - 4, ".sql") == 0;
}

/* Takes the lists out of the operands. rest: settings with the others. */
static bool
read_lists(struct both_sides *both, const struct settings *settings, struct arena *arena,
           struct settings *rest, struct error *err)
{
    *rest = *settings;
    rest->arguments = arena_alloc(arena, (settings->argument_count + 1) * sizeof(char *));
    rest->argument_count = 0;
    for (size_t i = 0; i < settings->argument_count; i++) {
        if (!is_query_list(settings->arguments[i])) {
            rest->arguments[rest->argument_count++] = settings->arguments[i];
        } else if (!query_list_read(arena, settings->arguments[i], &both->queries,
                                    &both->query_count, err)) {
            return false;
        }
    }
    if (rest->argument_count > 2) {
        return error_set(err, ERROR_USAGE,
                         "more operands than lists of queries, SOURCE and TARGET: %s",
                         rest->arguments[2]);
    }
    return true;
}

static bool
connect_target(struct both_sides *both, const char *words, const struct output *output,
               struct arena *arena, struct error *err)
{
    if (!target_choose(words, TARGET_IF_EXISTS, output, arena, &both->target, err)) {
        return false;
    }
    if (both->target.absent) {
        error_set(err, ERROR_TARGET, "there is no private PostgreSQL yet to ask");
        return error_hint(err, "outgrow migrate makes it; or name a TARGET");
    }
    return target_connect(both->target.conninfo, &both->conn, err);
}

static bool
find_source(struct both_sides *both, const char *path, struct arena *arena, struct error *err)
{
    char *real = NULL;
    bool exists = false;
    bool found = false;
    struct run run;
    if (path != NULL) {
        bool resolved = source_real(arena, path, &real, err);
        both->source_path = real;
        return resolved;
    }
    if (!journal_exists(both->conn, &exists, err) ||
        (exists && !journal_run_latest(both->conn, arena, NULL, &run, &found, err))) {
        return false;
    }
    if (!found) {
        error_set(err, ERROR_USAGE, "the target knows no migration that would name the SOURCE");
        return error_hint(err, "name it: outgrow shadow queries.sql app.db");
    }
    both->source_path = run.source_path;
    return true;
}

/* A live source and its target are never the same for long: what is asked is a copy and a
 * snapshot that are. */
static bool
take_one_moment(struct both_sides *both, const struct output *output, struct arena *arena,
                struct error *err)
{
    bool exists = false;
    if (!journal_exists(both->conn, &exists, err) ||
        (exists && !verify_is_live(both->conn, arena, both->source_path, &both->live, err))) {
        return false;
    }
    if (!both->live) {
        return true;
    }
    struct live_source *live = &both->live_source;
    return live_source_open(live, both->target.conninfo, both->source_path, BUSY_MS, err) &&
           one_state_take(&live->link, output->progress, arena, &both->one_state, err);
}

static bool
begin_source(struct both_sides *both, struct error *err)
{
    const char *path = both->live ? both->one_state.copy : both->source_path;
    if (!source_open(&both->source, path, err)) {
        return false;
    }
    if (sqlite3_exec(both->source.handle, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL,
                     NULL, NULL) != SQLITE_OK) {
        return source_failed(&both->source, err, "begin to read");
    }
    return source_is_wal(&both->source, &both->wal, err);
}

/* The schemas of this source's tables, so that the application's names mean what they did. */
static bool
set_search_path(struct both_sides *both, struct error *err)
{
    bool exists = false;
    if (!journal_exists(both->conn, &exists, err)) {
        return false;
    }
    if (!exists) {
        return true;
    }
    const char *parameters[] = {both->source_path};
    AUTO_RESULT *result = NULL;
    return target_query(
        both->conn,
        "SELECT set_config('search_path', string_agg(quote_ident(s), ', ' ORDER BY s = "
        "'public', s), false) FROM (SELECT DISTINCT t.target_schema FROM outgrow.tables t JOIN "
        "outgrow.runs r USING (run_id) WHERE r.source_path = $1 AND t.target_schema IS NOT "
        "NULL UNION SELECT 'public') AS x(s)",
        parameters, 1, &result, err);
}

static bool
begin_target(struct both_sides *both, struct error *err)
{
    AUTO_TEXT sql = {0};
    text_add(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (both->live) {
        text_add(&sql, "; SET TRANSACTION SNAPSHOT ");
        target_quote_literal(&sql, both->one_state.snapshot);
    }
    /* As the application's sessions have it. */
    return target_execute(both->conn, "RESET jit", err) &&
           target_execute(both->conn, text_string(&sql), err);
}

bool
both_sides_open(struct both_sides *both, const struct settings *settings,
                const struct output *output, bool one_moment, struct arena *arena,
                struct error *err)
{
    struct settings rest;
    const char *source = NULL;
    const char *target = NULL;
    *both = (struct both_sides){.queries = NULL};
    if (!read_lists(both, settings, arena, &rest, err)) {
        return false;
    }
    target_take_operands(&rest, &source, &target);
    if (!connect_target(both, target, output, arena, err) ||
        !find_source(both, source, arena, err) ||
        (one_moment && !take_one_moment(both, output, arena, err)) ||
        !begin_source(both, err) || !set_search_path(both, err) || !begin_target(both, err)) {
        return false;
    }
    both->sides = (struct sides){&both->source, both->conn};
    return true;
}

void
both_sides_close(struct both_sides *both)
{
    source_close(&both->source);
    target_connection_close(&both->conn);
    one_state_close(&both->one_state);
    live_source_close(&both->live_source);
}

const char *
show_us(struct arena *arena, int64_t us)
{
    if (us < US_PER_MS) {
        return arena_printf(arena, "%d us", (int)us);
    }
    if (us < INT64_C(100) * US_PER_MS) {
        return arena_printf(arena, "%.2f ms", (double)us / US_PER_MS);
    }
    return us < US_PER_S ? arena_printf(arena, "%.0f ms", (double)us / US_PER_MS)
                         : arena_printf(arena, "%.2f s", (double)us / US_PER_S);
}

const char *
show_ratio(struct arena *arena, int64_t source_us, int64_t target_us)
{
    if (source_us <= 0 || target_us <= 0) {
        return "";
    }
    return arena_printf(arena, "%.1fx", (double)source_us / (double)target_us);
}
