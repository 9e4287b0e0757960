/* forward_internal.h — what the files of a round forward share. */
#ifndef SYNC_FORWARD_INTERNAL_H
#define SYNC_FORWARD_INTERNAL_H

#include "plan/id_map.h"
#include "plan/set_aside.h"
#include "postgres/copy_stream.h"
#include "postgres/pipeline.h"
#include "sync/forward.h"
#include "sync/spool.h"

/* Of a row in outgrow.set_aside: whether the treatment of orphans at a switch has put it there. */
#define SET_ASIDE_AS_ORPHAN "reason ~ '^refers to a row of '"

/* What a round has read of one table. */
struct gathered_table {
    struct live_table *table;
    bool whole;               /* all rows are replaced */
    struct spool_stream keys; /* the fields of the key, encoded as rows are */
    size_t deleted;           /* bytes of them, the first: their DELETE is under way */
    struct spool_stream
        marks;                /* what the keys are in outgrow.set_aside, if anything is there */
    struct spool_stream rows; /* as COPY wants them */
    struct spool_stream
        notes;       /* described, of each row: what it is should the server refuse it */
    uint64_t digest; /* whole: of all rows */
};

/* What a round has read of the source at one moment; the transaction there is over. */
struct gathered {
    struct arena memory;
    struct target_pipeline deletes; /* open when any were begun early */
    size_t deleted;                 /* bytes of keys in it */
    bool described;                 /* rows have notes */
    struct gathered_table *tables;
    size_t count;
    struct spool spool;
    struct set_aside set_aside; /* rows that cannot be encoded, and altered values */
    struct id_map id_map;
    int64_t backlog_rows; /* of the log */
    int64_t keys;
    int64_t rows;
    int64_t refused;
    int64_t snapshot_us;
    int64_t began_us;     /* everything committed before is in it */
    struct live position; /* seq, fingerprint, nonce, schema_version, device, inode */
};
void gathered_free(struct gathered *gathered);
#define AUTO_GATHERED __attribute__((cleanup(gathered_free))) struct gathered

/* A look at the source, inside one transaction there: who asked, through which connection, and
 * where it goes that is found. */
struct look {
    struct sync_link *link;
    const struct round_request *request;
    struct source *source;
    struct gathered *gathered;
    bool moved; /* VACUUM, or something like it, has renumbered rowids */
};

/* ---- gather.c ---- */

/* Reads everything. link->live: locked, so that nobody else moves the position. */
MUST_USE bool gather(struct sync_link *link, const struct round_request *request,
                     struct gathered *gathered, enum round_outcome *outcome, struct error *err);

/* ---- gather_rows.c ---- */

/* What the log has behind link->live.seq, up to gathered->position.seq: the keys, and the rows that
 * there are of them. */
MUST_USE bool gather_keys(const struct look *look, struct gathered_table *into,
                          struct error *err);
MUST_USE bool gather_rows(const struct look *look, struct gathered_table *into,
                          struct error *err);
/* All rows. */
MUST_USE bool gather_whole(const struct look *look, struct gathered_table *into,
                           struct error *err);

/* ---- identity.c ---- */

/* Compares what the file says of itself with the position. ROUND_APPLIED: it is the file, go on;
 * gathered->position and look->moved are set. Else link->why is. */
MUST_USE bool identity_check(struct look *look, enum round_outcome *outcome, struct error *err);

/* ---- apply.c: in the target's open transaction ---- */

/* Deletes, inserts, moves the position. commit: also ends the transaction. */
MUST_USE bool apply(struct sync_link *link, struct gathered *gathered,
                    const struct live_round *figures, struct target_transaction *transaction,
                    bool commit, struct error *err);

/* ---- apply_deletes.c ---- */

/* While more is read of the source, the server deletes: what there is of a table's keys, if it is
 * worth a statement. Does not wait for the server; what is begun is ended by apply. */
MUST_USE bool apply_deletes_early(struct sync_link *link, struct gathered *gathered,
                                  struct gathered_table *from, struct error *err);

/* And what is said of these rows in outgrow.set_aside. Those under way are not sent again. */
MUST_USE bool apply_deletes(struct sync_link *link, struct target_pipeline *pipeline,
                            struct gathered *gathered, struct error *err);

/* ---- apply_rows.c ---- */

MUST_USE bool apply_rows_as_arrays(struct target_pipeline *pipeline, struct gathered *gathered,
                                   struct error *err);
/* Many rows, a table after the other. replaced: how many rows had these keys until now. */
MUST_USE bool apply_rows_in_bulk(struct sync_link *link, struct gathered *gathered,
                                 uint64_t replaced, struct error *err);
/* Whether all of its columns have types that arrays take. */
bool apply_fits_arrays(const struct live_table *table);

/* ---- apply_careful.c ---- */

/* Rows in savepoints: those that the server refuses are added to gathered->set_aside. */
MUST_USE bool apply_rows_carefully(struct sync_link *link, struct gathered *gathered,
                                   struct error *err);

/* ---- own_columns.c ---- */

/* For sync_link_lock_asking; its answer is for own_columns_look, which lists the columns that only
 * the target has when they may have changed. */
const char *own_columns_question(const struct sync_link *link);
MUST_USE bool own_columns_look(struct sync_link *link, const char *answer, struct error *err);

/* How a key's column is compared: json has no equality; of citext the very spelling is the key. */
const char *own_key_cast(const struct plan_column *key);

/* ---- apply_own.c: tables that have such columns ---- */

/* Temporary tables of the session: rows that were deleted (keys and own columns), rows on their
 * way. They are empty at the transaction's end. */
MUST_USE bool own_begin(struct sync_link *link, const struct gathered_table *from,
                        struct error *err);
/* "WITH gone AS (DELETE FROM t AS there", then what one adds, then the end, keeps what is
 * deleted. */
void own_write_delete(struct text *sql, const struct gathered_table *from);
void own_write_delete_end(struct text *sql, const struct gathered_table *from);
/* "INSERT" of the rows that `rows` has, a thing to select from with the copied columns in order;
 * NULL: those that COPY has put on their way. Rows that were there keep their own columns. */
void own_write_insert(struct text *sql, const struct gathered_table *from, const char *rows);
void own_write_copy_in(struct text *sql, const struct live_table *table);
MUST_USE bool own_insert_copied(struct sync_link *link, const struct gathered_table *from,
                                struct error *err);
extern const char own_join_on[]; /* rows are found in temporary tables, which have no index */
extern const char own_join_off[];

/* ---- own_content.c: the same where no key lasts ---- */

/* Whether rows of the table are told by their numbers and contents, k0 and k1. */
bool own_by_content(const struct gathered_table *from);
/* "there.n AS k0, digest AS k1" of rows that go; how they are kept. */
void own_content_write_kept(struct text *sql, const struct live_table *table);
void own_content_write_key(struct text *sql, const struct live_table *table);
/* Behind "WITH n (c1, ..": the rest of n, the rows that come, and "pairs" (new, old) of k0. */
void own_content_write_pairs(struct text *sql, const struct live_table *table, const char *kept,
                             const char *rows);

/* ---- broken_keys.c ---- */

/* Drops the target's foreign keys that what was gathered violates: the application does not
 * enforce them, and a switch makes them anew. Transactions of its own. */
MUST_USE bool broken_keys_drop(struct sync_link *link, struct gathered *gathered, bool *any,
                               struct error *err);

#endif
