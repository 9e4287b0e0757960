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
is_logged(const struct capture_backlog *backlog, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (backlog[i].id == id) {
            return true;
        }
    }
    return false;
}

static bool
take_whole(struct sync_link *link, struct source *source, struct gathered *gathered,
           struct live_table *table, struct error *err)
{
    int64_t began_us = clock_monotonic_us();
    int64_t rows_before = gathered->rows;
    int64_t refused_before = gathered->refused;
    size_t set_aside_before = gathered->set_aside.count;
    struct gathered_table *into = add_table(gathered, table, true);
    if (!gather_whole(link, source, gathered, into, err)) {
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
is_due(struct sync_link *link, const struct round_request *request,
       const struct live_table *table)
{
    bool due = request->in_transaction || request->keep_open ||
               clock_monotonic_us() >= table->whole_due_us;
    link->whole_waits |= !due;
    return due;
}

static bool
take_table(struct sync_link *link, const struct round_request *request, struct source *source,
           struct gathered *gathered, struct live_table *table, bool moved, bool logged,
           struct error *err)
{
    bool asked = link->live.schema_version == 0 ||
                 (request->whole != NULL && request->whole[table - link->tables]);
    if (table->read_whole) {
        return !(asked || is_due(link, request, table)) ||
               take_whole(link, source, gathered, table, err);
    }
    if (asked || (moved && table->capture->rowid_moves)) {
        return take_whole(link, source, gathered, table, err);
    }
    if (!logged) {
        return true;
    }
    struct gathered_table *into = add_table(gathered, table, false);
    int64_t after = link->live.seq;
    int64_t upto = gathered->position.seq;
    return gather_keys(link, source, after, upto, gathered, into, err) &&
           gather_rows(link, source, after, upto, gathered, into, err);
}

static bool
take_tables(struct sync_link *link, const struct round_request *request, struct source *source,
            struct gathered *gathered, bool moved, struct error *err)
{
    struct capture_backlog *backlog = NULL;
    size_t count = 0;
    if (!capture_backlog_read(source, link->live.seq, gathered->position.seq, &gathered->memory,
                              &backlog, &count, err)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        gathered->backlog_rows += backlog[i].rows;
    }
    link->whole_waits = false;
    gathered->tables = arena_alloc(&gathered->memory,
                                   (link->table_count + 1) * sizeof *gathered->tables);
    for (size_t i = 0; i < link->table_count; i++) {
        struct live_table *table = &link->tables[i];
        if (!take_table(link, request, source, gathered, table, moved,
                        is_logged(backlog, count, table->capture->id), err)) {
            return false;
        }
    }
    return true;
}

static bool
look(struct sync_link *link, const struct round_request *request, struct source *source,
     struct gathered *gathered, enum round_outcome *outcome, struct error *err)
{
    bool moved = false;
    if (!identity_check(link, source, &gathered->memory, &gathered->position, outcome, &moved,
                        err)) {
        return false;
    }
    if (*outcome != ROUND_APPLIED) {
        return true;
    }
    if (!take_tables(link, request, source, gathered, moved, err)) {
        return false;
    }
    if (gathered->count == 0 && gathered->position.seq == link->live.seq && !moved) {
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
    struct source *source = request->in_transaction ? &link->writer : &link->reader;
    gathered->began_us = clock_monotonic_us();
    if (request->in_transaction) {
        return look(link, request, source, gathered, outcome, err);
    }
    struct error ignored;
    if (!run(source, "BEGIN", err)) {
        return false;
    }
    bool ok = look(link, request, source, gathered, outcome, err);
    bool ended = run(source, ok ? "COMMIT" : "ROLLBACK", ok ? err : &ignored);
    gathered->snapshot_us = clock_monotonic_us() - gathered->began_us;
    return ok && ended;
}
