/* back_apply_internal.h — what the files of back_apply.c share: the tools of one table. */
#ifndef SYNC_BACK_APPLY_INTERNAL_H
#define SYNC_BACK_APPLY_INTERNAL_H

#include "sync/back_internal.h"

struct back_apply {
    struct source *writer;
    struct back_shape *shape;
    bool all;
    struct back_statements statements;
    sqlite3_stmt *wait_moved; /* label, stored columns; with the rowid */
    sqlite3_stmt *wait_left;  /* the same rows as they were found */
    sqlite3_stmt *wait_new;   /* label, parameters of the insert */
    sqlite3_stmt *seen;
    sqlite3_stmt *refuse;
    struct back_doubts *doubts;
    sqlite3_stmt **put_back;         /* per column: one cell, by key */
    const struct copy_field *fields; /* of the row at hand */
    struct sqlite_value *key;
    struct text *key_texts;      /* as back_key_decode wants them */
    struct sqlite_value *values; /* per column */
    struct text *texts;
    bool *kept; /* per column: it stays as it stands in the source */
    struct text encoded;
};

enum step_outcome { STEP_TAKEN, STEP_OCCUPIED, STEP_REFUSED, STEP_BROKEN };

/* Steps a statement that writes. STEP_BROKEN: err tells. */
enum step_outcome back_apply_step(struct back_apply *apply, sqlite3_stmt *statement,
                                  struct error *err);
/* Behind a step that was refused, whose message is still there. label: the key, for people. */
MUST_USE bool back_apply_refuse(struct back_apply *apply, const void *label, int size,
                                struct error *err);
/* "temp.outgrow_<what>_<table>": one of ours beside the source. */
void back_apply_table(const struct back_apply *apply, const char *what, char name[48]);

/* ---- back_apply_row.c: the row at hand ---- */

void back_apply_bind_key(const struct back_apply *apply, sqlite3_stmt *statement);
MUST_USE bool back_apply_find(struct back_apply *apply, bool *found, struct error *err);
/* Of the row that was found. */
sqlite3_value *back_apply_found(const struct back_apply *apply, size_t stored);
/* The row is in the source: what has to be changed, is. */
MUST_USE bool back_apply_change(struct back_apply *apply, struct back_counts *counts,
                                struct error *err);
/* It is not. *taken: it is now; else it waits, or was refused. */
MUST_USE bool back_apply_add(struct back_apply *apply, struct back_counts *counts, bool *taken,
                             struct error *err);

/* ---- back_lost.c: what only the source has of rows that it had to give up ---- */

/* Of the row `id` of the rows as they were found. */
MUST_USE bool back_lost_keep(struct back_apply *apply, sqlite3_int64 id, struct error *err);
/* Behind all rows of the round: those that are back get it again. */
MUST_USE bool back_lost_return(struct back_apply *apply, struct error *err);

/* ---- back_apply_seen.c: rows that are not handed over are removed ---- */

MUST_USE bool back_apply_open_seen(struct back_apply *apply, struct error *err);
/* found: the row that was found; else the one that was just added. */
MUST_USE bool back_apply_note_seen(struct back_apply *apply, bool found, struct error *err);
MUST_USE bool back_apply_remove_unseen(struct back_apply *apply, struct back_counts *counts,
                                       struct error *err);

#endif
