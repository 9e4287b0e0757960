/* apply.c — what was gathered, into the target's open transaction. */
#include "plan/row_arrays.h"
#include "sync/forward_internal.h"

/* Up to here everything goes in one wait. */
enum { ARRAY_ROWS_MAX = 1000, ARRAY_BYTES_MAX = 1024 * 1024 };

static bool
fits_one_wait(const struct gathered *gathered)
{
    size_t rows = 0;
    size_t bytes = 0;
    if (gathered->deletes.conn != NULL) {
        return false; /* many keys, if few rows */
    }
    for (size_t i = 0; i < gathered->count; i++) {
        const struct gathered_table *table = &gathered->tables[i];
        rows += table->rows.record_count;
        bytes += table->rows.buffer.length;
        if (table->whole && table->table->own_count > 0) {
            return false; /* equal rows are counted: all in one statement */
        }
        if (table->rows.record_count > 0 && !apply_fits_arrays(table->table)) {
            return false;
        }
    }
    return rows <= ARRAY_ROWS_MAX && bytes <= ARRAY_BYTES_MAX && gathered->spool.file == NULL &&
           gathered->set_aside.count == 0 && gathered->id_map.rows.length == 0 &&
           !gathered->described;
}

/* A row that is written again keeps the entry of its old id. */
static bool
add_old_ids(struct target_pipeline *pipeline, const struct gathered *gathered,
            struct error *err)
{
    static const enum type_kind kinds[] = {TYPE_BIGINT, TYPE_TEXT, TYPE_TEXT, TYPE_UUID};
    static const char sql[] =
        "INSERT INTO outgrow.id_map (run_id, source_table, old_id, new_id)"
        " SELECT DISTINCT n.r, n.t, n.o, n.i FROM ROWS FROM (pg_catalog.unnest($1::bigint[]),"
        " pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[]),"
        " pg_catalog.unnest($4::uuid[])) AS n (r, t, o, i) WHERE NOT EXISTS (SELECT FROM"
        " outgrow.id_map AS m WHERE m.new_id = n.i AND m.run_id = n.r AND m.source_table = n.t"
        " AND m.old_id = n.o)";
    const struct text *all = &gathered->id_map.rows;
    const char *at = text_string(all);
    const char *end = at + all->length;
    struct row_arrays arrays = {0};
    bool ok = true;
    while (ok && at < end) {
        row_arrays_start(&arrays, sizeof kinds / sizeof kinds[0]);
        while (at < end && arrays.row_count < ROW_ARRAYS_ROWS_MAX) {
            at = row_arrays_add(&arrays, at);
        }
        ok = row_arrays_send(&arrays, pipeline, sql, kinds, err);
    }
    row_arrays_free(&arrays);
    return ok;
}

/* With keep_open the caller's own statements follow: what the constraints have to say is to be
 * said here. */
static bool
end_transaction(struct sync_link *link, const struct gathered *gathered,
                const struct live_round *figures, struct target_transaction *transaction,
                bool commit, struct error *err)
{
    struct live live = link->live;
    live.seq = gathered->position.seq;
    live.fingerprint = gathered->position.fingerprint;
    live.nonce = gathered->position.nonce;
    live.schema_version = gathered->position.schema_version;
    live.device = gathered->position.device;
    live.inode = gathered->position.inode;
    return live_set_position(link->conn, &live, figures, err) &&
           (commit ? target_commit(transaction, err)
                   : target_execute(link->conn, "SET CONSTRAINTS ALL IMMEDIATE", err) &&
                         target_execute(link->conn, "SET CONSTRAINTS ALL DEFERRED", err));
}

static bool
apply_in_one_wait(struct sync_link *link, struct gathered *gathered,
                  const struct live_round *figures, struct target_transaction *transaction,
                  bool commit, struct error *err)
{
    AUTO_PIPELINE pipeline = {0};
    return target_pipeline_begin(&pipeline, link->conn, err) &&
           apply_deletes(link, &pipeline, gathered, err) &&
           apply_rows_as_arrays(&pipeline, gathered, err) &&
           end_transaction(link, gathered, figures, transaction, commit, err) &&
           target_pipeline_end(&pipeline, NULL, err);
}

static bool
delete_first(struct sync_link *link, struct gathered *gathered, uint64_t *deleted,
             struct error *err)
{
    AUTO_PIPELINE pipeline = {.conn = gathered->deletes.conn}; /* which waits from now on */
    gathered->deletes.conn = NULL;
    return (pipeline.conn != NULL || target_pipeline_begin(&pipeline, link->conn, err)) &&
           apply_deletes(link, &pipeline, gathered, err) &&
           target_pipeline_end(&pipeline, deleted, err);
}

static bool
settle(struct sync_link *link, struct gathered *gathered, const struct live_round *figures,
       struct target_transaction *transaction, bool commit, struct error *err)
{
    AUTO_PIPELINE pipeline = {0};
    return target_pipeline_begin(&pipeline, link->conn, err) &&
           add_old_ids(&pipeline, gathered, err) &&
           end_transaction(link, gathered, figures, transaction, commit, err) &&
           target_pipeline_end(&pipeline, NULL, err);
}

static void
note_set_aside(struct sync_link *link, const struct gathered *gathered)
{
    for (size_t i = 0; gathered->set_aside.count > 0 && i < link->table_count; i++) {
        link->tables[i].has_set_aside = true;
    }
}

bool
apply(struct sync_link *link, struct gathered *gathered, const struct live_round *figures,
      struct target_transaction *transaction, bool commit, struct error *err)
{
    if (fits_one_wait(gathered)) {
        return apply_in_one_wait(link, gathered, figures, transaction, commit, err);
    }
    struct live_round settled = *figures;
    uint64_t deleted = 0;
    if (!delete_first(link, gathered, &deleted, err) ||
        !(gathered->described ? apply_rows_carefully(link, gathered, err)
                              : apply_rows_in_bulk(link, gathered, deleted, err))) {
        return false;
    }
    settled.set_aside = gathered->refused;
    note_set_aside(link, gathered);
    return set_aside_flush(&gathered->set_aside, link->conn, link->live.run_id, err) &&
           settle(link, gathered, &settled, transaction, commit, err);
}
