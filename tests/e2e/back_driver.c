/* back_driver.c — the way back by hand, for test_back.py: makes SOURCE live in TARGET (or goes on
 * with it), then does what each line of standard input says, and answers with one line each. */
#include "capture/fence.h"
#include "copy/copy.h"
#include "planner/plan_build.h"
#include "sqlite/backup.h"
#include "sqlite/writer.h"
#include "sync/back.h"
#include "sync/forward.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

struct driver {
    const char *source_path;
    const char *copy_path;
    const char *conninfo;
    const char *plan_path; /* NULL: none */
    struct arena arena;
    struct source copy;
    struct catalog catalog;
    struct plan_file file;
    struct plan_rules rules;
    struct capture_table *captured;
    struct inspection inspection;
    struct plan plan;
    struct sync_link link;
    struct target_transaction moment;
};

static bool
make_copy(struct driver *driver, struct error *err)
{
    AUTO_SOURCE writer = {0};
    AUTO_SOURCE reader = {0};
    struct catalog catalog = {0};
    struct capture_table *tables;
    char id[CAPTURE_ID_SIZE];
    struct stat status;
    if (stat(driver->copy_path, &status) == 0) {
        return true;
    }
    return source_open_writable(&writer, driver->source_path, 5000, err) &&
           catalog_read(&writer, &driver->arena, &catalog, err) &&
           capture_choose_keys(&writer, &driver->arena, &catalog, NULL, &tables, err) &&
           capture_install(&writer, &catalog, tables, NULL, id, err) &&
           source_open(&reader, driver->source_path, err) &&
           source_backup(&reader, driver->copy_path, NULL, err);
}

static bool
survey(struct driver *driver, struct error *err)
{
    struct arena *arena = &driver->arena;
    struct catalog *catalog = &driver->catalog;
    if (!source_open(&driver->copy, driver->copy_path, err) ||
        !catalog_read(&driver->copy, arena, catalog, err)) {
        return false;
    }
    driver->rules = (struct plan_rules){.file = &driver->file};
    if (driver->plan_path != NULL &&
        (!plan_file_read(arena, driver->plan_path, &driver->file, err) ||
         !plan_rules_fit(&driver->rules, &driver->copy, catalog, arena, err))) {
        return false;
    }
    if (!capture_choose_keys(&driver->copy, arena, catalog, NULL, &driver->captured, err)) {
        return false;
    }
    bool *by_rowid = arena_alloc(arena, catalog->table_count + 1);
    for (size_t i = 0; i < catalog->table_count; i++) {
        by_rowid[i] = sync_needs_rowid(&catalog->tables[i], &driver->captured[i], NULL);
    }
    driver->inspection.table_count = catalog->table_count;
    driver->inspection.tables = arena_alloc(arena, (catalog->table_count + 1) *
                                                       sizeof *driver->inspection.tables);
    const struct inspect_job job = {
        .path = driver->copy_path, .catalog = catalog, .workers = 1};
    const struct plan_options options = {
        .types = TYPES_EVOLVE,
        .schema = "public",
        .rules = driver->plan_path == NULL ? NULL : &driver->rules,
        .live = true,
        .by_rowid = by_rowid,
    };
    if (!inspect_tables(&job, arena, &driver->inspection, err)) {
        return false;
    }
    plan_build(arena, catalog, &driver->inspection, &options, &driver->plan);
    return true;
}

static bool
record(struct driver *driver, PGconn *conn, int64_t run_id, struct error *err)
{
    AUTO_SOURCE source = {0};
    struct capture_state state;
    struct capture_state now;
    struct stat file;
    const char *fingerprint;
    if (stat(driver->source_path, &file) != 0 ||
        !source_open(&source, driver->source_path, err) ||
        !capture_state_read(&source, false, &now, err) ||
        !capture_state_read(&driver->copy, false, &state, err) ||
        !capture_fingerprint(&driver->copy, state.last_seq, &driver->arena, &fingerprint,
                             err)) {
        return false;
    }
    struct live live = {
        .run_id = run_id,
        .source_path = driver->source_path,
        .install_id = state.install_id,
        .state = LIVE_SYNCING,
        .seq = state.last_seq,
        .fingerprint = fingerprint,
        .nonce = state.nonce,
        .schema_version = now.schema_version,
        .device = (int64_t)file.st_dev,
        .inode = (int64_t)file.st_ino,
        .settings = "{}",
    };
    return live_add(conn, &live, err);
}

static bool
load(struct driver *driver, struct error *err)
{
    AUTO_CONNECTION *conn = NULL;
    struct live live;
    bool found;
    if (!target_connect(driver->conninfo, &conn, err) || !journal_ensure(conn, err) ||
        !live_load(conn, &driver->arena, driver->source_path, &live, &found, err) || found) {
        return err->kind == ERROR_NONE;
    }
    struct run run = {.source_path = driver->source_path,
                      .snapshot_path = driver->copy_path,
                      .source_state = "{}",
                      .settings = "{}"};
    if (!journal_run_add(conn, &driver->arena, &run, err)) {
        return false;
    }
    const struct copy_job job = {
        .snapshot_path = driver->copy_path,
        .conninfo = driver->conninfo,
        .control = conn,
        .run_id = run.id,
        .plan = &driver->plan,
        .inspection = &driver->inspection,
        .utf16 = driver->copy.utf16,
        .workers = 1,
    };
    return copy_create_tables(&job, err) && copy_rows(&job, err) && copy_finish(&job, err) &&
           record(driver, conn, run.id, err);
}

static bool
open_all(struct driver *driver, struct error *err)
{
    const struct link_settings settings = {
        .source_path = driver->source_path,
        .snapshot_path = driver->copy_path,
        .conninfo = driver->conninfo,
        .busy_ms = 5000,
    };
    if (!make_copy(driver, err) || !survey(driver, err) || !load(driver, err)) {
        return false;
    }
    const struct link_plan plan = {
        .plan = &driver->plan, .catalog = &driver->catalog, .captured = driver->captured};
    return sync_link_open(&driver->link, &settings, &plan, &driver->arena, err);
}

/* ---- what a line may say ---- */

static bool
run_in_source(struct source *source, const char *sql, struct error *err)
{
    return sqlite3_exec(source->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           source_failed(source, err, "%s", sql);
}

static bool
do_install(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    return target_begin(&transaction, driver->link.conn, err) &&
           back_install(&driver->link, err) &&
           target_fence_raise(&driver->link, "SQLite's still the primary", err) &&
           target_commit(&transaction, err);
}

static bool
fence_source(struct driver *driver, struct error *err)
{
    struct source *writer = &driver->link.writer;
    return run_in_source(writer, "BEGIN IMMEDIATE", err) &&
           fence_raise(writer, &driver->catalog, "PostgreSQL is the primary", err) &&
           run_in_source(writer, "COMMIT", err);
}

static bool
do_switch(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    if (!fence_source(driver, err) || !target_begin(&transaction, driver->link.conn, err) ||
        !sync_link_lock(&driver->link, err) || !target_fence_lower(&driver->link, err)) {
        return false;
    }
    driver->link.live.state = LIVE_SWITCHED;
    return live_set_state(driver->link.conn, &driver->link.live, err) &&
           target_commit(&transaction, err);
}

static bool
do_round(struct driver *driver, struct error *err)
{
    const struct back_request request = {.allowed = LIVE_SWITCHED};
    struct live_round figures;
    bool applied;
    if (!sync_round_back(&driver->link, &request, &applied, &figures, err)) {
        return false;
    }
    printf("applied=%d keys=%" PRId64 " rows=%" PRId64 " refused=%" PRId64 " altered=%" PRId64
           " ",
           applied, figures.keys, figures.rows, figures.set_aside, figures.altered);
    return true;
}

/* A round that ends between the two commits, as a power failure would end it. */
static bool
do_crash(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct sync_link *link = &driver->link;
    const struct back_request request = {.in_transaction = true, .allowed = LIVE_SWITCHED};
    struct live_round figures;
    bool applied;
    bool good = target_begin(&transaction, link->conn, err) &&
                target_execute(link->conn, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                               err) &&
                sync_link_lock(link, err) &&
                run_in_source(&link->writer, "BEGIN IMMEDIATE", err) &&
                sync_round_back(link, &request, &applied, &figures, err) &&
                run_in_source(&link->writer, "COMMIT", err);
    if (good) {
        (void)raise(SIGKILL);
    }
    return good;
}

/* The last round: both transactions are the caller's. */
static bool
do_last(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    struct sync_link *link = &driver->link;
    const struct back_request request = {
        .in_transaction = true, .complete = true, .allowed = LIVE_SWITCHED};
    struct live_round figures;
    bool applied;
    return target_begin(&transaction, link->conn, err) &&
           target_execute(link->conn, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", err) &&
           sync_link_lock(link, err) && run_in_source(&link->writer, "BEGIN IMMEDIATE", err) &&
           sync_round_back(link, &request, &applied, &figures, err) &&
           run_in_source(&link->writer, "COMMIT", err) && target_commit(&transaction, err);
}

/* Rounds until the next line comes. */
static bool
do_run(struct driver *driver, struct error *err)
{
    const struct back_request request = {.allowed = LIVE_SWITCHED};
    struct pollfd input = {.fd = 0, .events = POLLIN};
    struct live_round figures;
    int64_t rounds = 0;
    bool applied;
    while (poll(&input, 1, 10) == 0) {
        if (!sync_round_back(&driver->link, &request, &applied, &figures, err)) {
            return false;
        }
        rounds += applied;
    }
    printf("rounds=%" PRId64 " ", rounds);
    return true;
}

static bool
do_check(struct driver *driver, struct error *err)
{
    const char *why;
    if (!back_check(&driver->link, &driver->arena, &why, err)) {
        return false;
    }
    printf("why=%s ", why == NULL ? "" : why);
    return true;
}

static bool
do_limits(struct driver *driver, struct error *err)
{
    const char *const *lines;
    size_t count;
    (void)err;
    back_limits(&driver->link, &driver->arena, &lines, &count);
    for (size_t i = 0; i < count; i++) {
        printf("[%s] ", lines[i]);
    }
    return true;
}

static bool
rehearse(struct driver *driver, struct sync_link *link, struct error *err)
{
    struct back_rehearsal rehearsal;
    if (!back_rehearse(link, &driver->arena, 5, &rehearsal, err)) {
        return false;
    }
    printf("rows=%" PRIu64 " inexact=%" PRIu64 " kept=%" PRIu64 " ", rehearsal.rows,
           rehearsal.cells_inexact, rehearsal.cells_kept);
    for (size_t i = 0; i < rehearsal.example_count; i++) {
        printf("[%s] ", rehearsal.examples[i]);
    }
    return true;
}

static bool
do_rehearse(struct driver *driver, struct error *err)
{
    return rehearse(driver, &driver->link, err);
}

static const char *
moment_path(struct driver *driver)
{
    return arena_printf(&driver->arena, "%s.moment", driver->copy_path);
}

static bool
copy_source(void *context, struct error *err)
{
    struct driver *driver = context;
    return source_backup(&driver->link.reader, moment_path(driver), NULL, err);
}

/* A copy of the source, and the transaction of the target that belongs to it. */
static bool
do_moment(struct driver *driver, struct error *err)
{
    bool moved;
    if (!back_moment_take(&driver->link, copy_source, driver, &driver->moment, &moved, err)) {
        return false;
    }
    printf("moved=%d ", moved);
    return true;
}

static bool
do_rehearse_moment(struct driver *driver, struct error *err)
{
    AUTO_SOURCE copy = {0};
    struct sync_link link = driver->link;
    if (!source_open_writable(&copy, moment_path(driver), 0, err)) {
        return false;
    }
    link.reader = copy;
    bool good = rehearse(driver, &link, err);
    target_transaction_close(&driver->moment);
    return good;
}

/* A round forward, then all that may be cut from the log. */
static bool
do_forward(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    const struct round_request request = {.allowed = LIVE_SYNCING};
    enum round_outcome outcome;
    struct live_round figures;
    bool more = true;
    if (!sync_round_forward(&driver->link, &request, &transaction, &outcome, &figures, err)) {
        return false;
    }
    while (more) {
        if (!sync_trim(&driver->link, &more, err)) {
            return false;
        }
    }
    printf("keys=%" PRId64 " %s ", figures.keys, driver->link.why);
    return true;
}

static bool
do_settle(struct driver *driver, struct error *err)
{
    struct source *writer = &driver->link.writer;
    return run_in_source(writer, "BEGIN IMMEDIATE", err) &&
           back_settle_source(&driver->link, err) && run_in_source(writer, "COMMIT", err);
}

static bool
do_fence(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    return target_begin(&transaction, driver->link.conn, err) &&
           target_fence_raise(&driver->link, "SQLite is the primary again", err) &&
           target_commit(&transaction, err);
}

static bool
do_fence_state(struct driver *driver, struct error *err)
{
    bool up;
    if (!target_fence_is_up(&driver->link, &up, err)) {
        return false;
    }
    printf("up=%d ", up);
    return true;
}

static bool
do_ours(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    char sql[500];
    return fgets(sql, sizeof sql, stdin) != NULL &&
           target_begin(&transaction, driver->link.conn, err) &&
           target_apply_as_ours(driver->link.conn, err) &&
           target_execute(driver->link.conn, sql, err) && target_commit(&transaction, err);
}

static bool
do_remove(struct driver *driver, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    return target_begin(&transaction, driver->link.conn, err) &&
           back_remove(&driver->link, err) && target_commit(&transaction, err);
}

static const struct {
    const char *word;
    bool (*act)(struct driver *driver, struct error *err);
} lines[] = {
    {"install", do_install}, {"switch", do_switch},
    {"round", do_round},     {"crash", do_crash},
    {"run", do_run},         {"check", do_check},
    {"limits", do_limits},   {"rehearse", do_rehearse},
    {"moment", do_moment},   {"rehearse moment", do_rehearse_moment},
    {"forward", do_forward}, {"settle", do_settle},
    {"fence", do_fence},     {"fenced?", do_fence_state},
    {"remove", do_remove},   {"ours", do_ours},
    {"last", do_last},
};

static void
obey(struct driver *driver, const char *word)
{
    struct error err = {0};
    bool good = error_set(&err, ERROR_USAGE, "no such line: %s", word);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (strcmp(lines[i].word, word) == 0) {
            err = (struct error){0};
            good = lines[i].act(driver, &err);
        }
    }
    if (!good && !sqlite3_get_autocommit(driver->link.writer.handle)) {
        (void)sqlite3_exec(driver->link.writer.handle, "ROLLBACK", NULL, NULL, NULL);
    }
    if (good) {
        printf("ok\n");
    } else {
        printf("error: %s\n", err.message);
    }
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    struct driver driver = {0};
    struct error err = {0};
    char line[64];
    if (argc < 4) {
        fprintf(stderr, "usage: back_driver SOURCE COPY TARGET [PLAN]\n");
        return 2;
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* poll sees what is not read yet */
    driver.source_path = argv[1];
    driver.copy_path = argv[2];
    driver.conninfo = argv[3];
    driver.plan_path = argv[4];
    if (!open_all(&driver, &err)) {
        printf("error: %s\n", err.message);
        return 1;
    }
    printf("ok\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        obey(&driver, line);
    }
    sync_link_close(&driver.link);
    source_close(&driver.copy);
    arena_free(&driver.arena);
    return 0;
}
