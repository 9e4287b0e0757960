/* row_copier.h — one worker's tools: a source, a connection, and what it is
 * about to write. Not shared between threads. */
#ifndef COPY_ROW_COPIER_H
#define COPY_ROW_COPIER_H

#include "copy/queue.h"
#include "plan/id_map.h"
#include "plan/row_arrays.h"
#include "plan/row_encoder.h"
#include "plan/set_aside.h"
#include "postgres/copy_stream.h"

struct row_copier {
    const struct copy_job *job;
    struct copy_queue *queue;
    struct progress_item *items; /* one per plan table */
    struct source source;
    PGconn *conn;
    struct copy_writer writer;
    struct set_aside set_aside;
    struct id_map id_map;
    struct encode_settings settings;
    struct target_pipeline pipeline; /* open while a unit of small tables is under way */
    struct row_arrays small;
    struct text small_row;
    bool begins;            /* the transaction begins with the next COPY */
    uint64_t unpaced_bytes; /* encoded since the last row_copier_pace */
    uint64_t unpaced_rows;

    /* Of the chunk at hand. */
    struct copy_chunk *chunk;
    struct arena memory;
    struct copied_column *columns;
    size_t column_count;
    struct text copy_sql;
    bool maps_old;          /* a column's old ids go to the map */
    struct refusal refusal; /* of the cell at hand; a local one would be zeroed for each row */
    bool staged;            /* rows go into a temporary table first: stage.h */
    int64_t position;       /* there, of a row that no scan has */
    int64_t rows_copied;
    int64_t rows_set_aside;
    int64_t rows_left_out; /* not in rows_copied */
    int64_t rows_updated;
    uint64_t bytes_sent;
};

/* Rows for the journal wait for the end of a COPY: time for one, and then into the journal. */
bool row_copier_should_flush(const struct row_copier *copier);
MUST_USE bool row_copier_flush(struct row_copier *copier, struct error *err);

MUST_USE bool row_copier_open(struct row_copier *copier, struct error *err);
void row_copier_close(struct row_copier *copier);

/* Turns to a chunk: columns, statement, counters at 0. */
MUST_USE bool row_copier_turn_to(struct row_copier *copier, struct copy_chunk *chunk,
                                 struct error *err);

/* Encodes the scan's current row to the end of `buffer`. False: the row was set aside
 * instead (its reason is in copier->set_aside) and the buffer is as before. */
bool row_copier_encode(struct row_copier *copier, const struct scan *scan, struct text *buffer);

/* The same for a row that no scan has: values[i] goes into copier->columns[i]. Refused: the
 * buffer is as before; refused or altered: *column is the one that is spoken of. */
enum encode_outcome row_copier_encode_values(struct row_copier *copier,
                                             sqlite3_value *const *values, struct text *buffer,
                                             size_t *column, struct refusal *refusal);

/* To be called now and then between rows: shows `rows` more as progress. False, with
 * ERROR_STOPPED, when this worker should give up. */
MUST_USE bool row_copier_advance(struct row_copier *copier, uint64_t rows, struct error *err);

/* Waits where job->rate says that it is time to. ERROR_STOPPED. */
MUST_USE bool row_copier_pace(struct row_copier *copier, struct error *err);

/* Begins the COPY of the chunk at hand, and the transaction with it if copier->begins. */
MUST_USE bool row_copier_begin_copy(struct row_copier *copier, struct error *err);

/* Ends the open COPY and counts its bytes. */
MUST_USE bool row_copier_end_copy(struct row_copier *copier, struct error *err);

/* Around a chunk: the temporary table, where rows take that way; else nothing. */
MUST_USE bool row_copier_open_stage(struct row_copier *copier, struct error *err);
MUST_USE bool row_copier_merge_stage(struct row_copier *copier, struct error *err);
MUST_USE bool row_copier_close_stage(struct row_copier *copier, struct error *err);

/* Encoded rows in a COPY of their own, merged where they are staged, behind a savepoint: refused,
 * they leave the open transaction as it was. */
MUST_USE bool row_copier_try(struct row_copier *copier, const char *rows, size_t size,
                             struct error *err);

/* Takes back the progress that a failed attempt at a chunk has shown. */
void row_copier_uncount(const struct row_copier *copier, struct copy_chunk *chunk);

/* The chunk at hand, as fast as possible, inside the open transaction. A value the
 * server refuses fails the chunk (see target_refused_data). */
MUST_USE bool copy_chunk_fast(struct row_copier *copier, struct error *err);

/* The same with savepoints, so that rows the server refuses are set aside. Slow. */
MUST_USE bool copy_chunk_carefully(struct row_copier *copier, struct error *err);

/* The chunk at hand, a whole table, into the pipeline that is open. */
MUST_USE bool copy_chunk_small(struct row_copier *copier, struct error *err);

#endif
