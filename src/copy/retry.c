/* retry.c — see retry.h. */
#include "copy/retry.h"

#include "base/stop.h"
#include "copy/row_copier.h"
#include "copy/stage.h"
#include "value/lossless_read.h"

#include <inttypes.h>
#include <stdlib.h>

/* One table's entries under way. */
struct retry {
    struct row_copier copier;
    struct lossless_reader reader;
    const char **names; /* of the source columns that are copied */
    const struct plan_table *table;
    int64_t last_position; /* of the entries looked at */
    const char *last_row;  /* there, as positions of rows without a rowid are not their own */
    int64_t position;      /* of the one at hand */
    bool any;              /* there was one */
    struct text row;       /* encoded */
    int64_t updated;       /* in this transaction, of those that went in */
    struct retry_outcome *outcome;
};

enum entry_column { ENTRY_PLACE, ENTRY_POSITION, ENTRY_ROW };

static const char *
number(struct arena *arena, int64_t value)
{
    return arena_printf(arena, "%" PRId64, value);
}

static bool
load_entries(struct retry *retry, PGresult **entries, struct error *err)
{
    static const char sql[] =
        "SELECT ctid, position, \"row\" FROM outgrow.set_aside WHERE run_id = $1::bigint"
        " AND source_table = $2 AND NOT altered AND ($3::bigint IS NULL OR"
        " (position, \"row\"::text) > ($3::bigint, $4))"
        " ORDER BY position, \"row\"::text LIMIT 200";
    AUTO_ARENA memory = {0};
    const char *const parameters[] = {
        number(&memory, retry->copier.job->run_id), retry->table->source->name.text,
        retry->any ? number(&memory, retry->last_position) : NULL, retry->last_row};
    return target_query(retry->copier.conn, sql, parameters, 4, entries, err) ||
           error_wrap(err, "read the rows set aside");
}

/* The SQL that keeps the table's triggers from acting, and that brings them back. Not what
 * belongs to constraints: a row that breaks one stays aside. */
static bool
trigger_sql(struct retry *retry, struct text *off, struct text *on, struct error *err)
{
    static const char sql[] =
        "SELECT pg_catalog.format('ALTER TABLE ONLY %s DISABLE TRIGGER %I;',"
        " t.tgrelid::pg_catalog.regclass, t.tgname), pg_catalog.format("
        "'ALTER TABLE ONLY %s ENABLE %sTRIGGER %I;', t.tgrelid::pg_catalog.regclass,"
        " CASE t.tgenabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END, t.tgname)"
        " FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid"
        " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND n.nspname = $1"
        " AND c.relname = $2 AND pg_catalog.pg_has_role(c.relowner, 'USAGE')";
    const char *const parameters[] = {retry->table->schema, retry->table->name};
    AUTO_RESULT *triggers = NULL;
    if (!target_query(retry->copier.conn, sql, parameters, 2, &triggers, err)) {
        return error_wrap(err, "look for triggers");
    }
    for (int i = 0; i < PQntuples(triggers); i++) {
        text_add(off, PQgetvalue(triggers, i, 0));
        text_add(on, PQgetvalue(triggers, i, 1));
    }
    return true;
}

static bool
keep_entry(struct retry *retry, const char *place, const char *column, const char *reason,
           struct error *err)
{
    const char *const parameters[] = {place, column, reason};
    AUTO_RESULT *result = NULL;
    retry->outcome->stayed++;
    return target_query(retry->copier.conn,
                        "UPDATE outgrow.set_aside SET column_name = $2, reason = $3"
                        " WHERE ctid = $1::tid",
                        parameters, 3, &result, err);
}

/* Altered: the entry stays, as the only place that has the value as it was. */
static bool
settle_entry(struct retry *retry, const char *place, const char *altered_column,
             const char *reason, struct error *err)
{
    const char *const parameters[] = {place, altered_column, reason};
    AUTO_RESULT *result = NULL;
    return altered_column == NULL
               ? target_query(retry->copier.conn,
                              "DELETE FROM outgrow.set_aside WHERE ctid = $1::tid", parameters,
                              1, &result, err)
               : target_query(retry->copier.conn,
                              "UPDATE outgrow.set_aside SET altered = true, column_name = $2,"
                              " reason = $3 WHERE ctid = $1::tid",
                              parameters, 3, &result, err);
}

static enum encode_outcome
encode_row(struct retry *retry, size_t *column, struct refusal *refusal)
{
    struct row_copier *copier = &retry->copier;
    AUTO_ARENA memory = {0};
    copier->position = retry->position;
    sqlite3_value **values = arena_alloc(&memory, (copier->column_count + 1) * sizeof *values);
    for (size_t i = 0; i < copier->column_count; i++) {
        values[i] = lossless_reader_value(&retry->reader, i);
    }
    text_reset(&retry->row);
    return row_copier_encode_values(copier, values, &retry->row, column, refusal);
}

static void
map_old_ids(struct retry *retry)
{
    struct row_copier *copier = &retry->copier;
    for (size_t i = 0; i < copier->column_count; i++) {
        const struct copied_column *column = &copier->columns[i];
        if (column->maps_old) {
            id_map_add(&copier->id_map, copier->job->run_id, column->type->uuid_rule->table,
                       lossless_reader_value(&retry->reader, i), column->type,
                       &copier->settings);
        }
    }
}

static bool
retry_entry(struct retry *retry, const PGresult *entries, int index, struct error *err)
{
    struct row_copier *copier = &retry->copier;
    const char *place = PQgetvalue(entries, index, ENTRY_PLACE);
    json_t *json = json_loads(PQgetvalue(entries, index, ENTRY_ROW), 0, NULL);
    struct error refused;
    struct refusal refusal;
    size_t column = 0;
    retry->position = target_number(entries, index, ENTRY_POSITION);
    bool read = lossless_reader_take(&retry->reader, json, retry->names, copier->column_count,
                                     &refused);
    json_decref(json);
    if (!read) {
        return keep_entry(retry, place, NULL, refused.message, err);
    }
    enum encode_outcome outcome = encode_row(retry, &column, &refusal);
    if (outcome == ENCODE_REFUSED) {
        return keep_entry(retry, place, retry->names[column], refusal.reason, err);
    }
    int64_t left_out = copier->rows_left_out;
    if (row_copier_try(copier, retry->row.bytes, retry->row.length, &refused)) {
        if (copier->rows_left_out > left_out) { /* by on_conflict: the target has its key */
            retry->outcome->left_out++;
            return settle_entry(retry, place, NULL, NULL, err);
        }
        map_old_ids(retry);
        retry->outcome->went_in++;
        const char *altered = outcome == ENCODE_ALTERED ? retry->names[column] : NULL;
        return settle_entry(retry, place, altered, refusal.reason, err);
    }
    if (!target_refused_data(&refused)) {
        *err = refused;
        return false;
    }
    AUTO_TEXT reason = {0};
    text_printf(&reason, "%s (SQLSTATE %s)", refused.message, refused.sqlstate);
    return keep_entry(retry, place, NULL, text_string(&reason), err);
}

/* The sums over the chunks stay those of what is in the target. */
static bool
correct_sums(struct retry *retry, const struct retry_outcome *before, struct error *err)
{
    static const char sql[] =
        "SELECT least(min(chunk), 0) - 1 FROM outgrow.chunks WHERE run_id = $1::bigint"
        " AND source_table = $2";
    const char *name = retry->table->source->name.text;
    int64_t run_id = retry->copier.job->run_id;
    AUTO_ARENA memory = {0};
    AUTO_RESULT *result = NULL;
    const char *const parameters[] = {number(&memory, run_id), name};
    int64_t went_in = (int64_t)(retry->outcome->went_in - before->went_in);
    int64_t left_out = (int64_t)(retry->outcome->left_out - before->left_out);
    if (went_in + left_out == 0) {
        return true;
    }
    if (!target_query(retry->copier.conn, sql, parameters, 2, &result, err)) {
        return false;
    }
    const struct run_chunk correction = {
        .source_table = name,
        .chunk = (int32_t)target_number(result, 0, 0),
        .rows_copied = went_in,
        .rows_set_aside = -(went_in + left_out),
        .rows_left_out = left_out,
        .rows_updated = retry->copier.rows_updated - retry->updated,
    };
    return journal_chunk_done(retry->copier.conn, run_id, &correction, err);
}

static bool
retry_entries(struct retry *retry, const PGresult *entries, struct error *err)
{
    struct row_copier *copier = &retry->copier;
    AUTO_TRANSACTION transaction = {0};
    AUTO_TEXT off = {0};
    AUTO_TEXT on = {0};
    const struct retry_outcome before = *retry->outcome;
    retry->updated = copier->rows_updated;
    /* Deferred constraints speak at once, so that each speaks of one row. */
    text_add(&off, "SET CONSTRAINTS ALL IMMEDIATE;");
    if (!target_begin(&transaction, copier->conn, err) || !trigger_sql(retry, &off, &on, err) ||
        !target_execute(copier->conn, text_string(&off), err) ||
        !row_copier_open_stage(copier, err)) {
        return false;
    }
    for (int i = 0; i < PQntuples(entries); i++) {
        if (!stop_check(err) || !retry_entry(retry, entries, i, err)) {
            return false;
        }
    }
    return (on.length == 0 || target_execute(copier->conn, text_string(&on), err)) &&
           id_map_flush(&copier->id_map, copier->conn, err) &&
           row_copier_close_stage(copier, err) && correct_sums(retry, &before, err) &&
           target_commit(&transaction, err);
}

static bool
retry_table(struct retry *retry, struct error *err)
{
    struct row_copier *copier = &retry->copier;
    AUTO_TEXT last_row = {0};
    struct plan_table table = *retry->table;
    struct copy_chunk chunk = {.table = &table};
    table.rows_before = stage_suits_retry(copier->job->plan, &table) ? 1 : 0;
    AUTO_ARENA memory = {0};
    if (!row_copier_turn_to(copier, &chunk, err)) {
        return false;
    }
    retry->names = arena_alloc(&memory, (copier->column_count + 1) * sizeof *retry->names);
    for (size_t i = 0; i < copier->column_count; i++) {
        retry->names[i] = copier->columns[i].name;
    }
    retry->any = false;
    retry->last_row = NULL;
    for (;;) {
        AUTO_RESULT *entries = NULL;
        if (!load_entries(retry, &entries, err)) {
            return false;
        }
        int count = PQntuples(entries);
        if (count == 0) {
            return true;
        }
        retry->any = true;
        retry->last_position = target_number(entries, count - 1, ENTRY_POSITION);
        text_reset(&last_row);
        text_add(&last_row, PQgetvalue(entries, count - 1, ENTRY_ROW));
        retry->last_row = text_string(&last_row);
        if (!retry_entries(retry, entries, err)) {
            return false;
        }
    }
}

bool
copy_retry_set_aside(const struct copy_job *job, const char *encoding,
                     struct retry_outcome *outcome, struct error *err)
{
    struct retry retry = {.copier = {.job = job}, .outcome = outcome};
    *outcome = (struct retry_outcome){0};
    bool ok = row_copier_open(&retry.copier, err) &&
              lossless_reader_open(&retry.reader, encoding, err);
    for (size_t i = 0; ok && i < job->plan->table_count; i++) {
        retry.table = &job->plan->tables[i];
        ok = retry.table->problem != NULL || retry_table(&retry, err) ||
             error_wrap(err, "try the rows of \"%s\" again", retry.table->source->name.text);
    }
    lossless_reader_close(&retry.reader);
    row_copier_close(&retry.copier);
    text_free(&retry.row);
    return ok;
}
