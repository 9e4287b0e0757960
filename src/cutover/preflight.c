/* preflight.c — what must hold before anybody is kept waiting, each with one line on what to do. */
#include "cutover/preflight.h"

#include "base/path.h"
#include "cutover/cutover_internal.h"
#include "cutover/rehearsal.h"
#include "operate/removal.h"
#include "postgres/back_room.h"
#include "postgres/live_proof.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned long long space_least = 64ULL << 20;

/* What one look finds. */
struct look {
    struct cutover *cutover;
    const char *failure; /* NULL: fine */
    const char *hint;
};

#define FAIL(look, advice, ...)                                                                \
    ((look)->hint = (advice),                                                                  \
     (look)->failure = arena_printf((look)->cutover->arena, __VA_ARGS__), true)

static bool
look_at_capture(struct look *look, struct error *err)
{
    struct sync_link *link = look->cutover->link;
    struct capture_state state;
    if (!capture_state_read(&link->reader, true, &state, err)) {
        return false;
    }
    if (!state.installed || strcmp(state.install_id, link->live.install_id) != 0) {
        return FAIL(look, "outgrow sync says how to go on", "capture is not that of this move");
    }
    if (state.full) {
        return FAIL(look, "outgrow sync reads all tables again; then try again",
                    "the source's log was full: not all changes were noted");
    }
    return state.triggers_intact ||
           FAIL(look, "outgrow sync puts them back and reads those tables again",
                "triggers of capture are missing");
}

static bool
look_at_back_log(struct look *look, struct error *err)
{
    const struct sync_link *link = look->cutover->link;
    struct back_room room;
    if (!back_room_read(link->conn, link->live.id, &room, err)) {
        return false;
    }
    return !room.whole ||
           FAIL(look, "outgrow sync reads all tables whole; then try again",
                "the log of the way back was full: not all changes of PostgreSQL are in it");
}

static bool
look_at_writable(struct look *look, struct error *err)
{
    const struct sync_link *link = look->cutover->link;
    (void)err;
    return sqlite3_db_readonly(link->writer.handle, "main") == 0 ||
           FAIL(look, "run as the user that owns the file",
                "the source cannot be written to: no fence, and no way back");
}

static bool
look_at_space(struct look *look, struct error *err)
{
    const char *path = look->cutover->link->live.source_path;
    unsigned long long free_bytes = 0;
    struct stat status;
    if (stat(path, &status) != 0) {
        return error_set(err, ERROR_SYSTEM, "look at \"%s\"", path);
    }
    unsigned long long wanted = (unsigned long long)status.st_size / 10 + space_least;
    if (!path_free_bytes(path, &free_bytes, err)) {
        return false;
    }
    return free_bytes >= wanted ||
           FAIL(look, "free some: the way back writes to the source",
                "%llu MB are free beside the source, %llu MB are wanted", free_bytes >> 20,
                wanted >> 20);
}

/* "3 hours": for people. */
static const char *
age_words(struct arena *arena, int64_t us)
{
    static const struct {
        const char *unit;
        int64_t us;
    } units[] = {{"days", INT64_C(86400000000)},
                 {"hours", INT64_C(3600000000)},
                 {"minutes", 60000000},
                 {"seconds", 1000000}};
    size_t i = 0;
    while (i < sizeof units / sizeof units[0] - 1 && us < 2 * units[i].us) {
        i++;
    }
    return arena_printf(arena, "%" PRId64 " %s", us / units[i].us, units[i].unit);
}

static bool
look_at_proof(struct look *look, struct error *err)
{
    const struct sync_link *link = look->cutover->link;
    struct removal_facts facts;
    struct live_proof proof;
    if (!removal_facts_read(link->conn, link->live.run_id, &facts, err) ||
        !live_proof_load(link->conn, link->live.id, &proof, err)) {
        return false;
    }
    if (proof.compared_age_us < 0) {
        return FAIL(look, "outgrow verify SOURCE TARGET",
                    "the copy has not been compared with the source, or not since the target's "
                    "fence was down");
    }
    if (facts.differences > 0) {
        return FAIL(look, "outgrow verify --repair SOURCE TARGET",
                    "the last comparison found %" PRId64 " differences", facts.differences);
    }
    return proof.compared_age_us <= look->cutover->settings->verified_within_us ||
           FAIL(look, "outgrow verify SOURCE TARGET, or allow more with --verified-within",
                "both sides were last compared in whole %s ago",
                age_words(look->cutover->arena, proof.compared_age_us));
}

static bool
look_at_target_fence(struct look *look, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct sync_link *link = look->cutover->link;
    bool up = false;
    if (!target_fence_is_up(link, &up, err) || up) {
        return up;
    }
    return target_begin(&transaction, link->conn, err) &&
           target_apply_as_ours(link->conn, err) &&
           target_fence_raise(link, fence_words_target(link, look->cutover->arena), err) &&
           live_void_compared(link->conn, link->live.id, err) &&
           target_commit(&transaction, err) &&
           FAIL(look, "it is up again; before you go on: outgrow verify SOURCE TARGET",
                "it was down: somebody may have written there");
}

/* Somebody may have dropped what they stand on. */
static bool
look_at_detached(struct look *look, struct error *err)
{
    struct doors doors;
    const char *refused = NULL;
    struct sync_link *link = look->cutover->link;
    if (!link->plan->existing) {
        return true;
    }
    return doors_prepare(link, look->cutover->final, look->cutover->arena, &doors, err) &&
           doors_try(link->conn, &doors, &refused, err) &&
           (refused == NULL ||
            FAIL(look,
                 "mend that in the target, or end what holds its tables (outgrow.detached "
                 "has the SQL)",
                 "a foreign key or trigger cannot come back: %s", refused));
}

static bool
look_at_rehearsal(struct look *look, struct error *err)
{
    uint64_t inexact = 0;
    return rehearsal_hold(look->cutover, &inexact, err) &&
           (inexact == 0 || FAIL(look, "other types in the plan file, or --without-way-back",
                                 "%" PRIu64 " cells would not come back as they are", inexact));
}

/* Made ready before the switch: a way back that is found broken behind it is none. */
static bool
look_at_way_back(struct look *look, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct sync_link *link = look->cutover->link;
    const char *why = NULL;
    if (look->cutover->settings->without_way_back) {
        return true;
    }
    if (link->live.no_way_back != NULL) {
        return FAIL(look, "--without-way-back goes on without one", "there is no way back: %s",
                    link->live.no_way_back);
    }
    if (!target_begin(&transaction, link->conn, err) || !back_install(link, err) ||
        !target_commit(&transaction, err) ||
        !back_check(link, look->cutover->arena, &why, err)) {
        return error_wrap(err, "make the way back ready");
    }
    return why != NULL ? FAIL(look, "--without-way-back goes on without one",
                              "there is no way back: %s", why)
                       : look_at_rehearsal(look, err);
}

/* The same database, seen by its own identity of a table. */
static bool
sees_same_table(struct look *look, PGconn *conn, bool *same, struct error *err)
{
    const struct sync_link *link = look->cutover->link;
    AUTO_RESULT *ours = NULL;
    AUTO_RESULT *theirs = NULL;
    AUTO_TEXT name = {0};
    if (link->table_count == 0) {
        *same = true;
        return true;
    }
    target_quote_qualified(&name, link->tables[0].plan->schema, link->tables[0].plan->name);
    const char *const parameters[] = {text_string(&name)};
    static const char sql[] = "SELECT current_database(), pg_catalog.to_regclass($1)::oid,"
                              " (SELECT oid FROM pg_catalog.pg_database"
                              " WHERE datname = current_database())";
    if (!target_query(link->conn, sql, parameters, 1, &ours, err) ||
        !target_query(conn, sql, parameters, 1, &theirs, err)) {
        return false;
    }
    *same = true;
    for (int i = 0; i < 3; i++) {
        *same &= strcmp(PQgetvalue(ours, 0, i), PQgetvalue(theirs, 0, i)) == 0;
    }
    return true;
}

/* The first table on which a right is missing; NULL: none. */
static bool
missing_right(struct look *look, PGconn *conn, const char **table, struct error *err)
{
    const struct sync_link *link = look->cutover->link;
    *table = NULL;
    for (size_t i = 0; i < link->table_count && *table == NULL; i++) {
        AUTO_RESULT *result = NULL;
        AUTO_TEXT name = {0};
        target_quote_qualified(&name, link->tables[i].plan->schema, link->tables[i].plan->name);
        const char *const parameters[] = {text_string(&name)};
        if (!target_query(conn,
                          "SELECT bool_and(pg_catalog.has_table_privilege($1, p)) FROM"
                          " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p",
                          parameters, 1, &result, err)) {
            return false;
        }
        if (!target_is_true(result, 0, 0)) {
            *table = arena_strdup(look->cutover->arena, name.bytes);
        }
    }
    return true;
}

static bool
look_at_application(struct look *look, struct error *err)
{
    AUTO_CONNECTION *conn = NULL;
    const char *url = look->cutover->settings->app_url;
    const char *table = NULL;
    struct error refused;
    bool same = false;
    if (url == NULL) {
        return true;
    }
    if (!target_connect(url, &conn, &refused)) {
        return FAIL(look, "mend --app-url, or what keeps it from connecting",
                    "the application cannot connect: %s", refused.message);
    }
    if (!sees_same_table(look, conn, &same, err)) {
        return false;
    }
    if (!same) {
        return FAIL(look, "--app-url has to name the target's own database",
                    "the application's connection leads to another database");
    }
    return missing_right(look, conn, &table, err) &&
           (table == NULL ||
            FAIL(look, "GRANT SELECT, INSERT, UPDATE, DELETE ON it TO the application's role",
                 "the application lacks rights on %s", table));
}

static bool
look_at_env_file(struct look *look, struct error *err)
{
    const struct cutover_settings *settings = look->cutover->settings;
    struct error refused;
    (void)err;
    if (settings->env_file == NULL ||
        env_file_check(settings->env_file, &settings->env, &refused)) {
        return true;
    }
    const char *hint = arena_strdup(look->cutover->arena, refused.hint);
    return FAIL(look, hint[0] == '\0' ? "make it readable and its directory writable" : hint,
                "%s", refused.message);
}

/* It is fenced, so that looking at all of it keeps nobody waiting. */
static bool
look_at_file(struct look *look, struct error *err)
{
    const char *damage = NULL;
    return rehearsal_check_source(look->cutover, &damage, err) &&
           (damage == NULL || FAIL(look, "outgrow doctor SOURCE",
                                   "the file to return to is damaged: %s", damage));
}

enum { BEFORE_SWITCH = 1, BEFORE_RETURN = 2 };

struct preflight_look {
    const char *what;
    bool (*look)(struct look *look, struct error *err);
    int when;
};

static const struct preflight_look looks[] = {
    {"capture", look_at_capture, BEFORE_SWITCH | BEFORE_RETURN},
    {"the source", look_at_writable, BEFORE_SWITCH | BEFORE_RETURN},
    {"disk space", look_at_space, BEFORE_SWITCH | BEFORE_RETURN},
    {"the target's fence", look_at_target_fence, BEFORE_SWITCH},
    {"the comparison", look_at_proof, BEFORE_SWITCH},
    {"keys and triggers", look_at_detached, BEFORE_SWITCH},
    {"the application's connection", look_at_application, BEFORE_SWITCH},
    {"the environment file", look_at_env_file, BEFORE_SWITCH | BEFORE_RETURN},
    {"the way back", look_at_way_back, BEFORE_SWITCH},
    {"the log", look_at_back_log, BEFORE_RETURN},
    {"the file", look_at_file, BEFORE_RETURN},
};

/* What came out of one of them. */
struct preflight_item {
    const char *what;
    const char *failure; /* NULL: fine */
    const char *hint;    /* "" when fine */
};

struct preflight {
    struct preflight_item *items; /* live as long as the cutover's arena */
    size_t count;
};

static bool
run_looks(struct cutover *cutover, int when, struct preflight *preflight, struct error *err)
{
    size_t total = sizeof looks / sizeof looks[0];
    *preflight = (struct preflight){
        .items = arena_alloc(cutover->arena, total * sizeof(struct preflight_item))};
    for (size_t i = 0; i < total; i++) {
        struct look look = {.cutover = cutover, .hint = ""};
        if ((looks[i].when & when) == 0) {
            continue;
        }
        if (!looks[i].look(&look, err)) {
            return error_wrap(err, "look at %s", looks[i].what);
        }
        preflight->items[preflight->count++] = (struct preflight_item){looks[i].what,
                                                                       look.failure, look.hint};
    }
    return true;
}

/* The first failure is the error; all of them are said. */
static bool
require(struct cutover *cutover, const struct preflight *preflight, struct error *err)
{
    const struct preflight_item *first = NULL;
    for (size_t i = 0; i < preflight->count; i++) {
        const struct preflight_item *item = &preflight->items[i];
        if (item->failure == NULL) {
            continue;
        }
        first = first == NULL ? item : first;
        say(cutover, "%s: %s (%s)", item->what, item->failure, item->hint);
    }
    if (first == NULL) {
        return true;
    }
    error_set(err, ERROR_NOT_NOW, "not ready: %s: %s", first->what, first->failure);
    return error_hint(err, "%s", first->hint);
}

bool
preflight_require(struct cutover *cutover, struct error *err)
{
    struct preflight preflight;
    return run_looks(cutover, BEFORE_SWITCH, &preflight, err) &&
           require(cutover, &preflight, err);
}

/* For outgrow status, where no process looks again that keeps both sides in step. */
static bool
tell_way_back(struct cutover *cutover, const char *why, struct error *err)
{
    struct live *live = &cutover->link->live;
    const char *reason = why == NULL
                             ? NULL
                             : arena_printf(cutover->arena, "there is no way back: %s", why);
    live->reason = reason;
    return live_set_reason(cutover->link->conn, live->id, reason, err);
}

bool
return_preflight(struct cutover *cutover, struct error *err)
{
    struct preflight preflight;
    const char *why = NULL;
    struct sync_link *link = cutover->link;
    if (link->live.no_way_back != NULL) {
        error_set(err, ERROR_NOT_NOW, "there is no way back: %s", link->live.no_way_back);
        return error_hint(err, "migrate the target's rows by hand, or outgrow finish");
    }
    if (!run_looks(cutover, BEFORE_RETURN, &preflight, err) ||
        !require(cutover, &preflight, err) || !back_check(link, cutover->arena, &why, err) ||
        !tell_way_back(cutover, why, err)) {
        return false;
    }
    if (why == NULL) {
        return say_own_columns(cutover, err);
    }
    error_set(err, ERROR_NOT_NOW, "there is no way back: %s", why);
    return error_hint(err, "undo that in the target, or outgrow finish");
}
