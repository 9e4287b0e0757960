/* query_list.h — a file of the application's SELECTs, to be asked of both sides.
 *
 * Statements end with a semicolon. Comment lines in front of one may say
 *     -- name: open orders            what it is called in results
 *     -- for: sqlite | postgres       this text is for one side; the statement of the same name
 *                                     for the other side belongs to it
 * Without "for" the same text is asked of both. */
#ifndef ACCESS_QUERY_LIST_H
#define ACCESS_QUERY_LIST_H

#include "base/arena.h"

struct query {
    const char *name;
    const char *source_sql;
    const char *target_sql;
    size_t line;  /* of its first statement, from 1 */
    bool ordered; /* an ORDER BY at the outermost level: the order of the rows counts */
};

/* Adds those of a file to *queries, which live as long as `arena`. ERROR_USAGE "queries.sql,
 * line 3: ...": no statement at all, a query with one side only, a name used twice, a word that
 * `for` does not know. ERROR_SYSTEM: cannot be read. */
MUST_USE bool query_list_read(struct arena *arena, const char *path, struct query **queries,
                              size_t *count, struct error *err);

#endif
