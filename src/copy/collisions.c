/* collisions.c — see collisions.h. */
#include "copy/collisions.h"

#include "base/stop.h"
#include "copy/absent_rows.h"
#include "copy/orphan_keys.h"
#include "copy/row_copier.h"

#include <inttypes.h>

enum { KEYS_PER_BATCH = 2000, ROWS_BETWEEN_CHECKS = 256 };

struct colliding {
    struct row_copier copier;  /* all of this is done on its connection */
    struct plan_reference key; /* its columns, as those of a reference */
    struct orphan_keys keys;
    const char *words; /* "id" or "a, b" */
    const struct plan_step *step;
    struct text kept; /* rows that come back */
    size_t kept_count;
    size_t removed;
    struct absent_rows absent;
};

static int
position_in_plan(const struct plan_table *table, int source_column)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].source_position == source_column) {
            return (int)i;
        }
    }
    return -1;
}

/* False: a column of the key is not copied. */
static bool
describe_key(struct colliding *colliding, const struct plan_step *step)
{
    const struct plan_table *table = colliding->keys.table;
    struct arena *arena = &colliding->copier.memory;
    int *columns = arena_alloc(arena, step->unique_count * sizeof *columns);
    colliding->words = "";
    colliding->step = step;
    for (size_t i = 0; i < step->unique_count; i++) {
        columns[i] = position_in_plan(table, step->unique_columns[i]);
        if (columns[i] < 0 || !plan_column_is_copied(&table->columns[columns[i]])) {
            return false;
        }
        colliding->words = arena_printf(arena, "%s%s%s", colliding->words, i == 0 ? "" : ", ",
                                        table->columns[columns[i]].source->name.text);
    }
    colliding->key = (struct plan_reference){.id = step->id,
                                             .table = step->table,
                                             .columns = columns,
                                             .column_count = step->unique_count,
                                             .nulls_match = step->unique_term_count > 0,
                                             .orphans = ORPHANS_SET_ASIDE};
    return true;
}

/* The columns of the keys, as names and as texts. */
static void
write_columns(const struct colliding *colliding, struct text *columns, struct text *spelt)
{
    for (size_t i = 0; i < colliding->key.column_count; i++) {
        AUTO_TEXT column = {0};
        target_quote_name(&column,
                          colliding->keys.table->columns[colliding->key.columns[i]].name);
        text_printf(columns, "%s, ", text_string(&column));
        text_printf(spelt, "%s%s::pg_catalog.text COLLATE \"C\"", i == 0 ? "" : ", ",
                    text_string(&column));
    }
}

/* What must be unique: its values, that they are there, and that they are those of a group. */
static void
write_terms(const struct colliding *colliding, struct text *terms, struct text *filled,
            struct text *same)
{
    const struct plan_step *step = colliding->step;
    size_t count = step->unique_term_count > 0 ? step->unique_term_count : step->unique_count;
    for (size_t i = 0; i < count; i++) {
        AUTO_TEXT term = {0};
        if (step->unique_terms != NULL) {
            text_add(&term, step->unique_terms[i]);
        } else {
            target_quote_name(&term,
                              colliding->keys.table->columns[colliding->key.columns[i]].name);
        }
        text_printf(filled, "%s%s IS NOT NULL", i == 0 ? "" : " AND ", term.bytes);
        text_printf(terms, "%s%s AS outgrow_key_%zu", i == 0 ? "" : ", ", term.bytes, i);
        text_printf(same, "%s%s = outgrow_key_%zu", i == 0 ? "" : " AND ", term.bytes, i);
    }
    if (step->unique_where != NULL) {
        text_printf(filled, " AND (%s)", step->unique_where);
        text_printf(same, " AND (%s)", step->unique_where);
    }
}

/* Every way in which a batch of keys that occur more than once is written, with the number of
 * the key: 1.5 is 1.50, and lower(a) of two texts may be one. As texts they differ. */
static void
write_find(struct text *sql, const struct colliding *colliding)
{
    const struct plan_table *table = colliding->keys.table;
    const struct plan_step *step = colliding->step;
    size_t count = step->unique_term_count > 0 ? step->unique_term_count : step->unique_count;
    AUTO_TEXT columns = {0};
    AUTO_TEXT spelt = {0};
    AUTO_TEXT filled = {0};
    AUTO_TEXT terms = {0};
    AUTO_TEXT same = {0};
    AUTO_TEXT name = {0};
    target_quote_qualified(&name, table->schema, table->name);
    write_columns(colliding, &columns, &spelt);
    write_terms(colliding, &terms, &filled, &same);
    text_printf(sql,
                "CREATE TEMPORARY TABLE " ORPHAN_KEYS_TABLE " ON COMMIT DROP AS"
                " SELECT DISTINCT ON (%s) %soutgrow_group FROM %s JOIN (SELECT *,"
                " pg_catalog.row_number() OVER () - 1 AS outgrow_group FROM (SELECT %s FROM %s"
                " WHERE %s GROUP BY",
                text_string(&spelt), text_string(&columns), text_string(&name),
                text_string(&terms), text_string(&name), text_string(&filled));
    for (size_t i = 0; i < count; i++) {
        text_printf(sql, "%s %zu", i == 0 ? "" : ",", i + 1);
    }
    text_printf(sql, " HAVING pg_catalog.count(*) > 1 LIMIT %d) AS k) AS g ON %s",
                KEYS_PER_BATCH, text_string(&same));
}

static void
set_aside(struct colliding *colliding, const struct scan *scan)
{
    struct set_aside *aside = &colliding->copier.set_aside;
    struct set_aside_row row = set_aside_describe(&aside->memory, scan);
    row.column = colliding->keys.table->columns[colliding->key.columns[0]].source->name.text;
    row.reason = arena_printf(&aside->memory,
                              "a row before it has the same key (%s) once converted",
                              colliding->words);
    set_aside_add(aside, &row);
    colliding->removed++;
}

/* What was noted of the row when it was first copied stands in the journal already. */
static void
keep(struct colliding *colliding, const struct scan *scan)
{
    struct set_aside *aside = &colliding->copier.set_aside;
    size_t count = aside->count;
    if (row_copier_encode(&colliding->copier, scan, &colliding->kept)) {
        colliding->kept_count++;
    }
    aside->count = count;
}

static bool
sort_rows(struct colliding *colliding, struct error *err)
{
    AUTO_SCAN scan = {0};
    enum scan_step step;
    uint64_t rows = 0;
    if (!scan_open(&scan, &colliding->copier.source, colliding->keys.table->source,
                   SCAN_EVERYTHING, err)) {
        return false;
    }
    while ((step = scan_next(&scan, err)) == SCAN_ROW) {
        bool first;
        if (!absent_rows_hold(&colliding->absent, scan.position) &&
            orphan_keys_take(&colliding->keys, &scan, &first)) {
            if (first) {
                keep(colliding, &scan);
            } else {
                set_aside(colliding, &scan);
            }
        }
        if (++rows % ROWS_BETWEEN_CHECKS == 0 && !stop_check(err)) {
            return false;
        }
    }
    return step == SCAN_END;
}

static bool
send_kept(struct colliding *colliding, struct error *err)
{
    struct row_copier *copier = &colliding->copier;
    if (!copy_writer_begin(&copier->writer, copier->conn, text_string(&copier->copy_sql),
                           err)) {
        return false;
    }
    text_add_bytes(&copier->writer.buffer, colliding->kept.bytes, colliding->kept.length);
    return row_copier_end_copy(copier, err);
}

static bool
replace_rows(struct colliding *colliding, struct error *err)
{
    struct row_copier *copier = &colliding->copier;
    const char *name = colliding->keys.table->source->name.text;
    uint64_t deleted = 0;
    text_reset(&colliding->kept);
    colliding->kept_count = 0;
    colliding->removed = 0;
    if (!absent_rows_load(&colliding->absent, copier->conn, copier->job->run_id, name, err) ||
        !sort_rows(colliding, err) ||
        !orphan_keys_remove(&colliding->keys, copier->conn, &deleted, err)) {
        return false;
    }
    if (deleted != colliding->kept_count + colliding->removed) {
        return error_set(err, ERROR_INTERNAL,
                         "%s: the target has %" PRIu64 " rows of equal keys, the source %zu",
                         colliding->key.id, deleted,
                         colliding->kept_count + colliding->removed);
    }
    return send_kept(colliding, err) &&
           set_aside_flush(&copier->set_aside, copier->conn, copier->job->run_id, err) &&
           journal_chunk_correct(copier->conn, copier->job->run_id, name,
                                 -(int64_t)colliding->removed, (int64_t)colliding->removed,
                                 err);
}

static bool
settle_batch(struct colliding *colliding, bool *found, struct error *err)
{
    AUTO_TRANSACTION transaction = {0};
    AUTO_TEXT sql = {0};
    PGconn *conn = colliding->copier.conn;
    write_find(&sql, colliding);
    *found = false;
    if (!stop_check(err) || !target_begin(&transaction, conn, err) ||
        !target_execute(conn, text_string(&sql), err) ||
        !orphan_keys_read(&colliding->keys, conn, KEYS_PER_BATCH, err)) {
        return false;
    }
    *found = colliding->keys.count > 0;
    return !*found || (replace_rows(colliding, err) && target_commit(&transaction, err));
}

static bool
settle(struct colliding *colliding, const struct plan_step *step, struct error *err)
{
    struct copy_chunk chunk = {.table = colliding->keys.table};
    bool found = true;
    if (!row_copier_open(&colliding->copier, err) ||
        !row_copier_turn_to(&colliding->copier, &chunk, err)) {
        return false;
    }
    if (!describe_key(colliding, step)) {
        return true;
    }
    bool ok = true;
    while (ok && found) {
        ok = settle_batch(colliding, &found, err);
    }
    return ok;
}

bool
copy_settle_collisions(const struct copy_job *job, const struct plan_step *step,
                       struct error *err)
{
    struct colliding colliding = {.copier = {.job = job}};
    colliding.keys = (struct orphan_keys){.job = job,
                                          .reference = &colliding.key,
                                          .table = &job->plan->tables[step->table],
                                          .copier = &colliding.copier};
    bool ok = settle(&colliding, step, err);
    orphan_keys_free(&colliding.keys);
    text_free(&colliding.kept);
    absent_rows_free(&colliding.absent);
    row_copier_close(&colliding.copier);
    return ok || error_wrap(err, "%s", step->id);
}
