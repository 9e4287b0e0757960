/* check_internal.h — what the check's files share. */
#ifndef SQLITE_CHECK_INTERNAL_H
#define SQLITE_CHECK_INTERNAL_H

#include "sqlite/check.h"

enum check_line {
    LINE_NOTHING,   /* "ok", or a heading */
    LINE_VALUE,     /* a value breaks a NOT NULL, a CHECK or a STRICT type: the file is sound */
    LINE_KEY_ORDER, /* an index or key is out of order, or its entries are not those of the
                               rows: means nothing when a stand-in collation compared them */
    LINE_FREE_LIST, /* of the file, not of a table */
    LINE_UNUSED,    /* a page that nothing refers to: often follows from other damage */
    LINE_DAMAGE,
};

/* What one line of PRAGMA integrity_check tells. */
enum check_line check_line_kind(const char *line);

/* Interrupts the handle when stop_request() comes while SQLite is inside one
 * of its long steps: checking a tree polls for nothing else. */
struct check_watch;
struct check_watch *check_watch_start(sqlite3 *handle);
void check_watch_stop(struct check_watch *self); /* NULL is fine */

#endif
