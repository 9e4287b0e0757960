/* schema_files.h — numbered SQL files that are run once each, in order.
 *
 * What ran is recorded in outgrow.schema_files in the transaction that ran it. A series is
 * one list of files; several lists may live in one database side by side. */
#ifndef POSTGRES_SCHEMA_FILES_H
#define POSTGRES_SCHEMA_FILES_H

#include "postgres/sql_script.h"
#include "postgres/target.h"

struct schema_file {
    int64_t number;
    const char *name; /* without the directory */
    const char *path;
    struct sql_script script; /* its text, too */
};

struct schema_file_list {
    const char *series;        /* set by the caller, at most 63 bytes or so: "schema" */
    struct schema_file *files; /* by number */
    size_t count;
    const char **left_out; /* *.down.sql, which undo: names; never run */
    size_t left_out_count;
};

/* Reads the *.sql files of a directory (not below it): 001_a.sql, V2__b.sql, 10-c.sql.
 * list->series stays. Lives as long as `arena`.
 * ERROR_USAGE that names the file (and line): no number, a number twice, not UTF-8 text,
 * what sql_script_read refuses. ERROR_SYSTEM: cannot be read. */
MUST_USE bool schema_files_read_directory(struct arena *arena, const char *directory,
                                          struct schema_file_list *list, struct error *err);

/* The same of the files at `paths`, numbered from 1 in that order whatever their names. */
MUST_USE bool schema_files_read_paths(struct arena *arena, const char *const *paths,
                                      size_t count, struct schema_file_list *list,
                                      struct error *err);

enum schema_file_state {
    SCHEMA_FILE_APPLIED,      /* ran, and is as it was */
    SCHEMA_FILE_PENDING,      /* still to be run */
    SCHEMA_FILE_INTERRUPTED,  /* no-transaction: some of its statements ran; goes on there */
    SCHEMA_FILE_NEWER,        /* recorded, not in the list, and behind the list's last: an
                                 older program looks at a newer database */
    SCHEMA_FILE_EDITED,       /* ran, and is something else now */
    SCHEMA_FILE_OUT_OF_ORDER, /* pending, but one with a higher number ran already */
    SCHEMA_FILE_GONE,         /* recorded, and no longer in the list */
    SCHEMA_FILE_BEHIND_GAP,   /* pending, but a number before it is missing in a list that
                                 begins with 0 or 1 */
};
const char *schema_file_state_name(enum schema_file_state state);

struct schema_file_status {
    int64_t number;
    const char *name;               /* of the file, else as recorded */
    const char *recorded_name;      /* NULL: not recorded */
    const struct schema_file *file; /* NULL: not in the list */
    enum schema_file_state state;
    const char *sha256;     /* of the file, else as recorded; 64 hex digits */
    const char *applied_at; /* ISO text; NULL: has not run to its end */
    int64_t run_ms;         /* as recorded; 0 */
    size_t statements_done; /* as recorded; of an interrupted file */
    bool applied_now;       /* by this call of schema_files_apply */
};

/* It is there and has not run to its end. */
static inline bool
schema_file_is_pending(const struct schema_file_status *status)
{
    return status->file != NULL && status->applied_at == NULL;
}

/* Files and records side by side, by number. Changes nothing; without the schema `outgrow`
 * nothing is recorded. */
MUST_USE bool schema_files_compare(PGconn *conn, struct arena *arena,
                                   const struct schema_file_list *list,
                                   struct schema_file_status **statuses, size_t *count,
                                   struct error *err);

/* Whether these may be brought up to date: ERROR_USAGE that names the first file which was
 * edited; or, unless allowed, is out of order, gone, or behind a gap. */
MUST_USE bool schema_files_check(const struct schema_file_status *statuses, size_t count,
                                 bool allow_out_of_order, struct error *err);

struct schema_files_request {
    const struct schema_file_list *list;
    bool allow_out_of_order;
    /* What happens, for people; may be NULL. file NULL: waiting for another process. */
    void (*report)(void *context, const struct schema_file *file);
    void *context;
};

/* Runs what is pending, each file in a transaction of its own together with its record
 * (unless it is marked no-transaction: then statement by statement). Holds an advisory lock
 * meanwhile: of several processes one runs, the others wait and then find it done. Creates
 * the schema `outgrow` where needed. Role and settings of the session are put back behind
 * each file. conn: borrowed, idle.
 *
 * On success *statuses is how things stand afterwards. ERROR_USAGE as in schema_files_check,
 * nothing has run then. ERROR_TARGET: "file:line:column: what the server said"; the files
 * before it have run, and of it nothing (no-transaction: the statements before). */
MUST_USE bool schema_files_apply(PGconn *conn, struct arena *arena,
                                 const struct schema_files_request *request,
                                 struct schema_file_status **statuses, size_t *count,
                                 struct error *err);

#endif
