/* back_internal.h — what the files of the way back share. */
#ifndef SYNC_BACK_INTERNAL_H
#define SYNC_BACK_INTERNAL_H

#include "plan/row_encoder.h"
#include "postgres/copy_stream.h"
#include "postgres/journal.h"
#include "sync/back.h"
#include "value/decode.h"

/* ---- back_identity.c ---- */

/* Inside both transactions, the live source's row locked: whether the file is as the last round
 * left it. If so, the file and link->live get a new nonce, to be committed with the round on
 * either side. ERROR_SOURCE. */
MUST_USE bool back_identity_take(struct sync_link *link, struct error *err);

/* ---- back_shape.c: one table as the way back sees it ---- */

enum { BACK_NO_FIELD = -1, BACK_FIELD_PRESENT = 0, BACK_FIELD_LABEL = 1, BACK_FIRST_FIELD = 2 };

/* A column whose values go back. */
struct back_column {
    const struct plan_column *plan;
    const struct copied_column *copied; /* how its values went to the target */
    struct source_form form;
    size_t stored; /* in back_shape.stored */
    int key;       /* which part of the log's key it is; -1: none */
    int field;     /* of a row that was read: its value */
    int old_field; /* the text that became this uuid; BACK_NO_FIELD: it has no rule */
};

struct back_shape {
    const struct live_table *live;
    int64_t live_id;
    int64_t run_id;
    int *stored; /* source columns that SQLite stores: all but the generated ones */
    size_t stored_count;
    struct back_column *columns;
    size_t column_count;
    struct copied_column *copied; /* owned: its null_fields */
    size_t copied_count;
    size_t *keys; /* in columns: the parts of the key; none where it is hidden */
    const struct plan_column
        *hidden; /* the target's column of the rowid, where that is the key */
    int hidden_field;
    const char
        *rowid; /* a name of the rowid that is no column; NULL: there is none, or it is one */
    size_t field_count;
};

/* Builds it with the usual forms; *shape->copied is freed by back_shape_free. */
MUST_USE bool back_shape_build(struct sync_link *link, const struct live_table *table,
                               struct arena *arena, struct back_shape *shape,
                               struct error *err);
void back_shape_free(struct back_shape *shape);
#define AUTO_BACK_SHAPE __attribute__((cleanup(back_shape_free))) struct back_shape

static inline size_t
back_key_count(const struct back_shape *shape)
{
    return shape->live->key_count;
}

/* Not where the key is the hidden rowid. */
static inline const struct back_column *
back_key_column(const struct back_shape *shape, size_t key)
{
    return &shape->columns[shape->keys[key]];
}

static inline const struct source_column *
back_stored_column(const struct back_shape *shape, size_t stored)
{
    return &shape->live->source->columns[shape->stored[stored]];
}

/* By the id in the log; NULL: none. */
const struct live_table *back_find_table(const struct sync_link *link, int64_t id);

/* Whether rows of the table can come back at all. */
static inline bool
back_table_returns(const struct live_table *table)
{
    return !table->read_whole && table->key_count > 0;
}

/* ---- back_forms.c: how each column writes its values ---- */

/* Looks at the newest rows of the source. *json: an object by source column, NULL-free. */
MUST_USE bool back_forms_look(struct sync_link *link, struct back_shape *shape,
                              struct arena *arena, const char **json, struct error *err);
/* Those that back_install kept. */
MUST_USE bool back_forms_load(struct sync_link *link, struct back_shape *shape,
                              struct error *err);

/* ---- back_sql.c: SQL for the target ---- */

void back_function_name(struct text *sql, int64_t live_id, int64_t table_id);
/* CREATE OR REPLACE FUNCTION that logs what a statement, or a row, has changed. */
void back_function_sql(struct text *sql, int64_t live_id, const struct live_table *table);
/* COPY (SELECT ...) TO STDOUT of the rows that are logged, missing ones first, or anywhere where the
 * key is a number; or of all. */
void back_rows_sql(struct text *sql, const struct back_shape *shape, bool all);
/* The logged keys of a table as rows (k text[]), each once, without TRUNCATEs. */
void back_keys_sql(struct text *sql, int64_t live_id, int64_t table_id);
/* The text that became the uuid `expression`, or NULL. */
void back_old_text_sql(struct text *sql, const struct back_shape *shape,
                       const struct value_type *type, const char *expression);
/* Whether our own transactions are exempt: the condition of all our triggers. */
extern const char back_not_ours_sql[];

/* ---- back_relations.c: tables of the link with what stands below them ---- */

enum back_relation_column {
    BACK_RELATION_TABLE, /* in link->tables */
    BACK_RELATION_OID,
    BACK_RELATION_NAME,  /* quoted, with schema */
    BACK_RELATION_KIND,  /* relkind */
    BACK_RELATION_ROOT,  /* it is the table itself */
    BACK_RELATION_ALONE, /* no partitions, no children, no parent: statement triggers suffice */
    BACK_RELATION_TRIGGERS,    /* " outgrow_back_insert:A ..." by name and state */
    BACK_RELATION_COLUMNS,     /* JSON: [[name, type oid], ...] */
    BACK_RELATION_PERSISTENCE, /* relpersistence */
};
MUST_USE bool back_relations_load(struct sync_link *link, PGresult **relations,
                                  struct error *err);
const struct live_table *back_relation_table(const struct sync_link *link,
                                             const PGresult *relations, int row);
/* The state of our trigger on it: 'A' when it is as we made it; '\0': there is none. */
char back_relation_trigger(const PGresult *relations, int row, const char *trigger);

/* The triggers that the relation should have for the log; NULL-ended. */
struct back_trigger {
    const char *name;
    const char *when; /* "AFTER INSERT" */
    const char *how;  /* "REFERENCING ... FOR EACH STATEMENT" */
};
size_t back_triggers_of(const PGresult *relations, int row,
                        const struct back_trigger *triggers[4]);

/* ---- back_cell.c: one value there and back ---- */

/* Whether the source's value is what the target has: as it would be sent, or as it would come
 * back. Then it stays as it is, however it is written. */
bool back_cell_agrees(const struct back_column *column, sqlite3_value *value,
                      const struct copy_field *field, struct text *scratch);
MUST_USE bool back_cell_decode(const struct back_shape *shape, size_t column,
                               const struct copy_field *fields, struct text *scratch,
                               struct sqlite_value *value, struct error *err);
/* The value itself; bytes are borrowed from it. */
void back_value_borrow(sqlite3_value *from, struct sqlite_value *value);
bool back_value_equals(const struct sqlite_value *value, sqlite3_value *other);
/* Whether SQLite has no value for it, so that its text stands there. */
bool back_value_is_stand_in(const struct sqlite_value *value, const struct value_type *type);

/* ---- back_show.c ---- */

/* Adds a literal of SQLite's, cut short. */
void back_show(struct text *out, const struct sqlite_value *value);

/* ---- back_sqlite.c: SQL for the source ---- */

MUST_USE bool back_execute(struct source *source, const char *sql, struct error *err);
/* What need not succeed: behind a failure, or on the way out. */
void back_tidy(struct source *source, const char *sql);
MUST_USE bool back_prepare(struct source *source, const struct text *sql,
                           sqlite3_stmt **statement, struct error *err);
/* Steps to the end and resets. */
MUST_USE bool back_run(struct source *source, sqlite3_stmt *statement, struct error *err);
/* "WHERE" key = ?1 AND ..., as the log's keys are compared. */
void back_add_key_condition(struct text *sql, const struct back_shape *shape);

/* Whether the target has it, too. */
bool back_is_carried(const struct back_shape *shape, size_t stored);

/* SELECT of one row: the rowid, where there is one beside the columns, then the stored columns. */
void back_find_sql(struct text *sql, const struct back_shape *shape);

struct back_statements {
    sqlite3_stmt *find;    /* back_find_sql; by key */
    sqlite3_stmt *update;  /* columns that are not of the key, in order, then the key */
    sqlite3_stmt *insert;  /* the rowid, where that is the key, then the columns */
    sqlite3_stmt *restore; /* the rowid, where there is one, then the stored columns */
    sqlite3_stmt *erase;   /* by key */
};
MUST_USE bool back_statements_prepare(struct source *writer, const struct back_shape *shape,
                                      struct back_statements *statements, struct error *err);
void back_statements_close(struct back_statements *statements);

/* ---- back_spelling.c: the key as the source writes it ---- */

/* Notes, once a connection and in a temporary table, which keys of the source are written otherwise
 * than their column's others. */
MUST_USE bool back_spelling_prepare(struct source *source, const struct back_shape *shape,
                                    struct error *err);
/* Removes the table: of a connection that sees the source change. */
void back_spelling_forget(struct source *source, const struct back_shape *shape);
/* The key of a row that was read from the target; back_spelling_prepare came before. texts: two for
 * each part of the key, on which its values stand. */
MUST_USE bool back_key_decode(struct source *source, const struct back_shape *shape,
                              const struct copy_field *fields, struct sqlite_value *key,
                              struct text *texts, struct error *err);

/* ---- back_doubts.c: documents that may be the same although they are written otherwise ---- */

struct back_doubts;
/* *doubts: NULL: the table has no such columns, which is fine for all of these. */
MUST_USE bool back_doubts_open(struct source *source, const struct back_shape *shape,
                               struct arena *arena, struct back_doubts **doubts,
                               struct error *err);
/* Whether this cell is one. */
bool back_doubts_concern(struct back_doubts *doubts, size_t column, sqlite3_value *old,
                         const struct copy_field *field);
/* Such a cell, right behind back_doubts_concern, will be judged. */
MUST_USE bool back_doubts_note(struct back_doubts *doubts, size_t column, sqlite3_value *old,
                               const struct copy_field *field, const struct sqlite_value *key,
                               struct error *err);
struct back_doubt {
    size_t column;
    sqlite3_value *old; /* the source's */
    sqlite3_value *new; /* the target's */
    const struct sqlite_value *key;
    bool same;
};
typedef bool back_doubt_judge(void *context, const struct back_doubt *doubt, struct error *err);
/* conn: not in COPY. Asks it, and tells of each. */
MUST_USE bool back_doubts_settle(struct back_doubts *doubts, PGconn *conn,
                                 back_doubt_judge *judge, void *context, struct error *err);
void back_doubts_close(struct back_doubts *doubts);

/* ---- back_apply.c: rows of one table into the source ---- */

struct back_counts {
    int64_t rows;    /* written or removed */
    int64_t altered; /* cells for which SQLite has no value */
};
struct back_apply;
/* all: rows that are not handed over are removed at the end. arena: of the round. */
MUST_USE bool back_apply_begin(struct source *writer, struct back_shape *shape, bool all,
                               struct arena *arena, struct back_apply **apply,
                               struct error *err);
MUST_USE bool back_apply_row(struct back_apply *apply, const struct copy_field *fields,
                             struct back_counts *counts, struct error *err);
/* Keeps from removal what the target has never held: by rowid, in a table that has one; else by
 * the values of the key. */
MUST_USE bool back_apply_spare(struct back_apply *apply, const struct row_positions *rowids,
                               struct error *err);
MUST_USE bool back_apply_spare_key(struct back_apply *apply, sqlite3_value *const *key,
                                   struct error *err);
/* conn: not in COPY any more. */
MUST_USE bool back_apply_finish(struct back_apply *apply, PGconn *conn,
                                struct back_counts *counts, struct error *err);
void back_apply_close(struct back_apply *apply);

/* back_lost.c: what is kept of rows that had to leave the table, at the end of the way back. */
MUST_USE bool back_lost_remove(struct source *writer, const struct live_table *table,
                               struct error *err);

/* What SQLite has refused in this round: (t, k, reason), in a temporary table. */
MUST_USE bool back_refused_begin(struct source *writer, struct error *err);
MUST_USE bool back_refused_save(struct source *writer, PGconn *conn, int64_t live_id,
                                int64_t *count, struct error *err);

/* ERROR_SOURCE that names the first, if there is any. */
MUST_USE bool back_refused_none(struct source *writer, const struct sync_link *link,
                                struct error *err);

/* ---- back_born.c: rows born in the target whose key the source counts ---- */

/* Gives numbers to those of this round and tells outgrow.id_map. */
MUST_USE bool back_born_number(struct sync_link *link, const struct back_shape *shape, bool all,
                               struct error *err);
static inline bool
back_shape_counts_keys(const struct back_shape *shape)
{
    return shape->hidden == NULL && back_key_column(shape, 0)->old_field != BACK_NO_FIELD &&
           back_key_column(shape, 0)->plan->source->rowid_alias;
}

/* Rows that are born in the target get their rowid there, from an identity: no right on a sequence
 * is needed, and a round that is repeated finds the same number. Again: does nothing. */
MUST_USE bool back_count_rowids(struct sync_link *link, const struct live_table *table,
                                struct error *err);

#endif
