/* verify_live.c — see verify_live.h. */
#include "live/verify_live.h"

#include "base/stop.h"
#include "migrate/live_source.h"
#include "page/result.h"
#include "postgres/live_proof.h"
#include "report/report_parts.h"
#include "sync/forward.h"
#include "sync/one_state.h"
#include "verify/locate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PASSES = 4, FIRST_WAIT_MS = 200, BUSY_MS = 5000, KEYS_PER_COMMIT = 500 };

struct comparing {
    const struct verify_live_request *request;
    struct arena *arena;
    struct sync_link *link;
    bool *touched; /* one per plan table: has differed */
    bool *whole;   /* one per link table: to be read whole by the repairing round */
    uint64_t keys_logged;
    uint64_t tables_whole;
};

static bool
differs(const struct table_verdict *verdict)
{
    return verdict->done &&
           verdict->rows_different + verdict->rows_missing + verdict->rows_extra > 0;
}

static bool
any_differs(const struct comparing *comparing, const struct verdict *verdict)
{
    bool any = false;
    for (size_t i = 0; i < comparing->request->job.plan->table_count; i++) {
        any |= differs(&verdict->tables[i]);
    }
    return any;
}

/* Sequences are set when the target becomes primary. */
static bool
compare_state(struct comparing *comparing, const struct one_state *state, const bool *chosen,
              struct verdict *verdict, struct error *err)
{
    struct verify_job job = comparing->request->job;
    job.source_path = state->copy;
    job.source_state = NULL;
    job.snapshot = state->snapshot;
    job.chosen = chosen;
    job.at_switch = state->live == LIVE_SYNCING;
    return verify_tables(&job, comparing->arena, verdict, err);
}

static bool
take(struct comparing *comparing, struct one_state *state, struct error *err)
{
    return one_state_take(comparing->link, comparing->request->output->progress,
                          comparing->arena, state, err);
}

/* Only the tables that differ, at another moment; the others' verdicts stay. */
static bool
compare_again(struct comparing *comparing, struct one_state *state, struct verdict *verdict,
              struct error *err)
{
    size_t count = comparing->request->job.plan->table_count;
    bool *chosen = arena_alloc(comparing->arena, count + 1);
    struct verdict after;
    for (size_t i = 0; i < count; i++) {
        chosen[i] = differs(&verdict->tables[i]);
        comparing->touched[i] |= chosen[i];
    }
    if (!take(comparing, state, err) || !compare_state(comparing, state, chosen, &after, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!chosen[i]) {
            after.tables[i] = verdict->tables[i];
        }
    }
    after.partial = verdict->partial;
    *verdict = after;
    return true;
}

/* A row that is right a moment later was no difference. */
static bool
compare_patiently(struct comparing *comparing, struct one_state *state, struct verdict *verdict,
                  struct error *err)
{
    int64_t wait = FIRST_WAIT_MS;
    if (!take(comparing, state, err) ||
        !compare_state(comparing, state, comparing->request->job.chosen, verdict, err)) {
        return false;
    }
    for (int pass = 1; pass < PASSES && any_differs(comparing, verdict); pass++, wait *= 3) {
        one_state_close(state);
        if (!stop_wait(wait, err) || !compare_again(comparing, state, verdict, err)) {
            return false;
        }
    }
    return true;
}

/* ---- repair ---- */

struct positions {
    struct arena *arena;
    int64_t *items;
    size_t count;
};

static void
keep_position(void *context, const struct located_row *row)
{
    struct positions *positions = context;
    if (row->in_source) {
        *ARENA_APPEND(positions->arena, positions->items,
                      positions->count) = row->source_position;
    }
}

/* Where the rows that differ stand in the copy. */
static bool
locate(struct comparing *comparing, const struct one_state *state, int table,
       struct source *copy, struct positions *positions, struct error *err)
{
    AUTO_CONNECTION *conn = NULL;
    AUTO_TEXT begin = {0};
    struct verify_job job = comparing->request->job;
    job.source_path = state->copy;
    job.source_state = NULL;
    job.snapshot = state->snapshot;
    text_add(&begin,
             "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ");
    target_quote_literal(&begin, state->snapshot);
    if (!target_connect(job.conninfo, &conn, err) ||
        !target_execute(conn, text_string(&begin), err)) {
        return false;
    }
    const struct locate_request request = {
        .job = &job, .table = table, .source = copy, .conn = conn};
    return verify_locate(&request, keep_position, positions, err);
}

static void
add_key_sql(struct text *sql, const struct live_table *table)
{
    const struct capture_table *capture = table->capture;
    text_add(sql, "SELECT ");
    for (size_t i = 0; i < capture->key_count; i++) {
        text_add(sql, i == 0 ? "" : ", ");
        source_quote(sql, capture->by_rowid
                              ? table->source->rowid_name
                              : table->source->columns[capture->key_columns[i]].name.text);
    }
    text_add(sql, " FROM ");
    source_quote(sql, table->source->name.text);
    text_add(sql, " WHERE ");
    source_quote(sql, table->source->rowid_name);
    text_add(sql, " = ?1");
}

static bool
run(struct source *writer, const char *sql, struct error *err)
{
    return sqlite3_exec(writer->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           source_failed(writer, err, "write to the source's log");
}

/* Rows of one table on their way into the source's log. */
struct logging {
    struct comparing *comparing;
    const struct live_table *table;
    struct source *copy;
    sqlite3_stmt *row; /* its key, by position */
    sqlite3_value **key;
};

static bool
log_position(const struct logging *logging, int64_t position, struct error *err)
{
    const struct capture_table *capture = logging->table->capture;
    sqlite3_reset(logging->row);
    sqlite3_bind_int64(logging->row, 1, position);
    int step = sqlite3_step(logging->row);
    if (step != SQLITE_ROW) {
        return step == SQLITE_DONE ||
               source_failed(logging->copy, err, "look up a key of \"%s\"",
                             logging->table->source->name.text);
    }
    for (size_t i = 0; i < capture->key_count; i++) {
        logging->key[i] = sqlite3_column_value(logging->row, (int)i);
    }
    logging->comparing->keys_logged++;
    return capture_log_key(&logging->comparing->link->writer, capture, logging->key, err);
}

/* In transactions that hold the source's write lock for a moment only. */
static bool
log_positions(const struct logging *logging, const struct positions *positions,
              struct error *err)
{
    struct source *writer = &logging->comparing->link->writer;
    for (size_t i = 0; i < positions->count; i++) {
        bool first = i % KEYS_PER_COMMIT == 0;
        bool last = (i + 1) % KEYS_PER_COMMIT == 0 || i + 1 == positions->count;
        if ((first && !run(writer, "BEGIN IMMEDIATE", err)) ||
            !log_position(logging, positions->items[i], err) ||
            (last && !run(writer, "COMMIT", err))) {
            struct error ignored;
            (void)!run(writer, "ROLLBACK", &ignored);
            return false;
        }
    }
    return true;
}

static bool
log_rows(struct comparing *comparing, const struct live_table *table, struct source *copy,
         const struct positions *positions, struct error *err)
{
    AUTO_STATEMENT *row = NULL;
    AUTO_TEXT sql = {0};
    add_key_sql(&sql, table);
    if (sqlite3_prepare_v2(copy->handle, text_string(&sql), -1, &row, NULL) != SQLITE_OK) {
        return source_failed(copy, err, "look up keys of \"%s\"", table->source->name.text);
    }
    const struct logging logging = {
        .comparing = comparing,
        .table = table,
        .copy = copy,
        .row = row,
        .key = arena_alloc(comparing->arena,
                           table->capture->key_count * sizeof(sqlite3_value *))};
    return log_positions(&logging, positions, err);
}

/* Rows that the source does not have cannot be told by its keys: then the table is replaced. */
static bool
log_table(struct comparing *comparing, const struct one_state *state, size_t index,
          const struct table_verdict *verdict, struct source *copy, struct error *err)
{
    const struct live_table *table = &comparing->link->tables[index];
    int position = (int)(table->plan - comparing->link->plan->tables);
    struct positions positions = {.arena = comparing->arena};
    bool by_key = verdict->rows_extra == 0 && table->source->rowid_name != NULL &&
                  !table->read_whole;
    if (!by_key) {
        comparing->whole[index] = true;
        comparing->tables_whole++;
        return true;
    }
    return locate(comparing, state, position, copy, &positions, err) &&
           log_rows(comparing, table, copy, &positions, err);
}

static bool
bring_logged(struct comparing *comparing, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    const struct round_request request = {.allowed = LIVE_SYNCING, .whole = comparing->whole};
    enum round_outcome outcome;
    struct live_round figures = {0};
    if (!sync_round_forward(comparing->link, &request, &transaction, &outcome, &figures, err)) {
        return error_wrap(err, "bring the rows that differ");
    }
    return outcome == ROUND_APPLIED || outcome == ROUND_IDLE ||
           error_set(err, ERROR_USAGE, "no round is possible: %s", comparing->link->why);
}

static bool
log_differing(struct comparing *comparing, const struct one_state *state,
              const struct verdict *verdict, struct error *err)
{
    AUTO_SOURCE copy = {0};
    struct sync_link *link = comparing->link;
    if (!source_open(&copy, state->copy, err) || !run(&copy, "BEGIN", err)) {
        return false;
    }
    for (size_t i = 0; i < link->table_count; i++) {
        size_t position = (size_t)(link->tables[i].plan - link->plan->tables);
        const struct table_verdict *of_table = &verdict->tables[position];
        if (differs(of_table) && !log_table(comparing, state, i, of_table, &copy, err)) {
            return false;
        }
    }
    return true;
}

static bool
repair(struct comparing *comparing, struct one_state *state, struct verdict *verdict,
       json_t **repaired, struct error *err)
{
    if (!any_differs(comparing, verdict)) {
        return true;
    }
    if (state->live != LIVE_SYNCING) {
        error_set(err, ERROR_USAGE,
                  "PostgreSQL is primary: there is nothing to repair it from");
        return error_hint(err, "outgrow return and outgrow verify --repair; or mend SQLite");
    }
    if (!log_differing(comparing, state, verdict, err)) {
        return false;
    }
    one_state_close(state);
    if (!bring_logged(comparing, err) || !compare_again(comparing, state, verdict, err)) {
        return false;
    }
    *repaired = json_pack("{s:I, s:I}", "keys_logged", (json_int_t)comparing->keys_logged,
                          "tables_whole", (json_int_t)comparing->tables_whole);
    return true;
}

static void
warn_transient(const struct comparing *comparing, const struct verdict *verdict)
{
    const struct plan *plan = comparing->request->job.plan;
    for (size_t i = 0; i < plan->table_count; i++) {
        if (comparing->touched[i] && !differs(&verdict->tables[i])) {
            report_warn(comparing->request->warnings,
                        "%s.%s differed when it was first looked at, and was the same a moment "
                        "later",
                        plan->tables[i].schema, plan->tables[i].name);
        }
    }
}

bool
verify_live(const struct verify_live_request *request, struct arena *arena,
            struct verdict *verdict, json_t **repaired, struct error *err)
{
    AUTO_LIVE_SOURCE source = {0};
    AUTO_ONE_STATE state = {0};
    *repaired = NULL;
    if (!live_source_open(&source, request->job.conninfo, request->source_path, BUSY_MS, err)) {
        return false;
    }
    struct comparing comparing = {
        .request = request,
        .arena = arena,
        .link = &source.link,
        .touched = arena_alloc(arena, request->job.plan->table_count + 1),
        .whole = arena_alloc(arena, source.link.table_count + 1)};
    if (!compare_patiently(&comparing, &state, verdict, err) ||
        (request->repair && !repair(&comparing, &state, verdict, repaired, err))) {
        return false;
    }
    if (!request->repair) {
        if (!verdict->same && source.link.live.state == LIVE_SYNCING) {
            report_warn(request->warnings, "SQLite is primary: outgrow verify --repair brings "
                                           "what differs over again");
        }
        warn_transient(&comparing, verdict);
    }
    return !verdict->same || verdict->partial ||
           live_note_compared(source.link.conn, source.link.live.id, err);
}

bool
verify_is_live(PGconn *conn, struct arena *arena, const char *source_path, bool *live,
               struct error *err)
{
    struct live found = {0};
    bool is_there = false;
    if (!live_load(conn, arena, source_path, &found, &is_there, err)) {
        return false;
    }
    *live = is_there && (found.state == LIVE_SYNCING || found.state == LIVE_SWITCHED);
    return true;
}
