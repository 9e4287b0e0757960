/* row_copy_internal.h — what the files behind row_copy.h share. */
#ifndef CAPTURE_ROW_COPY_INTERNAL_H
#define CAPTURE_ROW_COPY_INTERNAL_H

#include "capture/internal.h"
#include "capture/row_copy.h"

#include <limits.h>

/* _outgrow_copy(k PRIMARY KEY, v), in the unfinished copy only: what it is a copy of, the seq
 * behind which keys are still to be settled, and the tables that are through. */
struct row_copy {
    const char *path; /* of the copy, once it is whole */
    struct source *source;
    const struct catalog *catalog;
    const struct capture_table *tables;
    struct source copy; /* writable; its own triggers do not fire */
    char partial[PATH_MAX + 16];
    struct arena *arena;
    int64_t moment;      /* the last seq that was noted */
    int64_t settled;     /* keys up to this seq need not be settled any more */
    int64_t version;     /* of the schema, when the copy was begun */
    const char *install; /* id */
    const char *schema;  /* the source's, as one text, without ours */
    bool moved;          /* VACUUM has given the rows of some tables other rowids since */
    bool gentle;         /* rollback journal: a reader keeps writers waiting */
    struct progress_item *items; /* one per table of the catalog */
};

/* Creates tables and unique indexes of the source in the copy; the rest comes at the end. */
MUST_USE bool row_copy_create_schema(struct row_copy *self, struct error *err);
/* Indexes, views, triggers, virtual tables; all in the order that the source has. */
MUST_USE bool row_copy_finish_schema(struct row_copy *self, struct error *err);
MUST_USE bool row_copy_schema_text(struct source *source, struct arena *arena,
                                   const char **text, struct error *err);

/* One table, in short read transactions, behind what the copy holds of it. */
MUST_USE bool row_copy_table(struct row_copy *self, size_t table, struct error *err);

/* The INSERT for rows of a table: with the rowid where it is no column. replace: in the way of a
 * row that is newer stands one whose change is yet to be settled. */
MUST_USE bool row_copy_prepare_insert(struct row_copy *self, const struct source_table *table,
                                      bool replace, sqlite3_stmt **statement,
                                      struct error *err);
/* Adds what it takes, in its order: the rowid, then the columns that are not generated. */
void row_copy_add_columns(struct text *sql, const struct source_table *table, const char *row);
/* A rowid that is none of the columns. */
bool row_copy_has_rowid(const struct source_table *table);

/* Brings the copy to one moment of the source. *position: its last seq. */
MUST_USE bool row_copy_settle(struct row_copy *self, int64_t *position, struct error *err);

/* _outgrow_copy */
MUST_USE bool row_copy_note(struct row_copy *self, const char *key, const char *value,
                            struct error *err);
/* What the source's log ends with now: rows of a state that was put back to an older one since
 * are not gone on with. */
MUST_USE bool row_copy_note_moment(struct row_copy *self, struct error *err);
MUST_USE bool row_copy_run(struct row_copy *self, const char *sql, struct error *err);

#endif
