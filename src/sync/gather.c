/* gather.c — one short look at the source: what changed, and what those rows are now. */
#include "base/clock.h"
#include "sync/forward_internal.h"

#include <string.h>

/* A table that is read whole is read again after twenty times as long as that took, so that it
 * keeps us busy for a twentieth of the time at most. */
enum { WHOLE_PATIENCE = 20, WHOLE_PAUSE_MIN_US = 200000 };

void
gathered_free(struct gathered *gathered)
{
    target_pipeline_close(&gathered->deletes);
    for (size_t i = 0; i < gathered->count; i++) {
        struct gathered_table *table = &gathered->tables[i];
        spool_stream_free(&table->keys);
        spool_stream_free(&table->marks);
        spool_stream_free(&table->rows);
        spool_stream_free(&table->notes);
    }
    spool_close(&gathered->spool);
    set_aside_free(&gathered->set_aside);
    id_map_free(&gathered->id_map);
    arena_free(&gathered->memory);
    *gathered = (struct gathered){0};
}

static struct gathered_table *
add_table(struct gathered *gathered, struct live_table *table, bool whole)
{
    struct gathered_table *added = &gathered->tables[gathered->count++];
    *added = (struct gathered_table){.table = table, .whole = whole};
    return added;
}

static bool
take_whole(const struct look *look, struct live_table *table, struct error *err)
{
    struct gathered *gathered = look->gathered;
    int64_t began_us = clock_monotonic_us();
    int64_t rows_before = gathered->rows;
    int64_t refused_before = gathered->refused;
    size_t set_aside_before = gathered->set_aside.count;
    struct gathered_table *into = add_table(gathered, table, true);
    if (!gather_whole(look, into, err)) {
        return false;
    }
    into->digest |= 1; /* 0: not known */
    int64_t pause_us = WHOLE_PATIENCE * (clock_monotonic_us() - began_us);
    table->whole_due_us = clock_monotonic_us() +
                          (pause_us > WHOLE_PAUSE_MIN_US ? pause_us : WHOLE_PAUSE_MIN_US);
    if (table->read_whole && into->digest == table->whole_digest) { /* nothing new */
        gathered->rows = rows_before;
        gathered->refused = refused_before;
        gathered->set_aside.count = set_aside_before;
        spool_stream_free(&into->rows);
        spool_stream_free(&into->notes);
        gathered->count--;
    }
    return true;
}

/* Whether its turn has come; else it waits for a later round. */
static bool
is_due(const struct look *look, const struct live_table *table)
{
    bool due = look->request->in_transaction || look->request->keep_open ||
               clock_monotonic_us() >= table->whole_due_us;
    look->link->whole_waits |= !due;
    return due;
}

static bool
take_table(const struct look *look, struct live_table *table, bool logged, struct error *err)
{
    const struct sync_link *link = look->link;
    const bool *whole = look->request->whole;
    bool asked = link->live.schema_version == 0 ||
                 (whole != NULL && whole[table - link->tables]);
    if (table->read_whole) {
        return !(asked || is_due(look, table)) || take_whole(look, table, err);
    }
    if (asked || (look->moved && table->capture->rowid_moves)) {
        return take_whole(look, table, err);
    }
    if (!logged) {
        return true;
    }
    struct gathered_table *into = add_table(look->gathered, table, false);
    return gather_keys(look, into, err) && gather_rows(look, into, err);
}

static bool
take_tables(const struct look *look, struct error *err)
{
    struct sync_link *link = look->link;
    struct gathered *gathered = look->gathered;
    struct capture_backlog backlog;
    if (!capture_backlog_read(look->source, link->live.seq, gathered->position.seq,
                              &gathered->memory, &backlog, err)) {
        return false;
    }
    for (size_t i = 0; i < backlog.count; i++) {
        gathered->backlog_rows += backlog.tables[i].rows;
    }
    link->whole_waits = false;
    gathered->tables = arena_alloc(&gathered->memory,
                                   (link->table_count + 1) * sizeof *gathered->tables);
    for (size_t i = 0; i < link->table_count; i++) {
        struct live_table *table = &link->tables[i];
        if (!take_table(look, table, capture_backlog_has(&backlog, table->capture->id), err)) {
            return false;
        }
    }
    return true;
}

static bool
look_at_source(struct look *look, enum round_outcome *outcome, struct error *err)
{
    const struct gathered *gathered = look->gathered;
    if (!identity_check(look, outcome, err)) {
        return false;
    }
    if (*outcome != ROUND_APPLIED) {
        return true;
    }
    if (!take_tables(look, err)) {
        return false;
    }
    if (gathered->count == 0 && gathered->position.seq == look->link->live.seq &&
        !look->moved) {
        *outcome = ROUND_IDLE;
    }
    return true;
}

static bool
run(struct source *source, const char *sql, struct error *err)
{
    return sqlite3_exec(source->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           source_failed(source, err, "read what has changed");
}

bool
gather(struct sync_link *link, const struct round_request *request, struct gathered *gathered,
       enum round_outcome *outcome, struct error *err)
{
    struct look look = {
        .link = link,
        .request = request,
        .source = request->in_transaction ? &link->writer : &link->reader,
        .gathered = gathered,
    };
    gathered->began_us = clock_monotonic_us();
    if (request->in_transaction) {
        return look_at_source(&look, outcome, err);
    }
    struct error ignored;
    if (!run(look.source, "BEGIN", err)) {
        return false;
    }
    bool ok = look_at_source(&look, outcome, err);
    bool ended = run(look.source, ok ? "COMMIT" : "ROLLBACK", ok ? err : &ignored);
    gathered->snapshot_us = clock_monotonic_us() - gathered->began_us;
    return ok && ended;
}
