/* target_collation.h — by what the server compares text. */
#ifndef POSTGRES_TARGET_COLLATION_H
#define POSTGRES_TARGET_COLLATION_H

#include "postgres/target.h"

/* What a database compares text by where nothing else is said. */
struct target_locale {
    const char *name; /* "en_US.UTF-8", "en-US (ICU)" */
    bool bytewise;    /* the order is that of the bytes, in UTF-8 that of the code points */
};

/* In SQL: whether a collation is bytewise; of pg_collation by this alias. NULL: it is the
 * database's own. */
#define COLLATION_IS_BYTEWISE(alias)                                                           \
    "CASE " alias ".collprovider WHEN 'd' THEN NULL WHEN 'b' THEN true WHEN 'c' THEN " alias   \
    ".collcollate::pg_catalog.text IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8') ELSE false END"

/* Of the connected database; lives as long as `arena`. Also inside a transaction.
 * ERROR_TARGET. */
MUST_USE bool target_locale_read(PGconn *conn, struct arena *arena,
                                 struct target_locale *locale, struct error *err);

/* Whether there is a collation that this name, as SQL writes it, means to the session.
 * ERROR_TARGET. */
MUST_USE bool target_collation_find(PGconn *conn, const char *quoted, bool *found,
                                    struct error *err);

/* One that may be meant by a name that is none, not quoted. NULL: none is near. Lives as long
 * as `arena`. ERROR_TARGET. */
MUST_USE bool target_collation_nearest(PGconn *conn, struct arena *arena, const char *typed,
                                       const char **nearest, struct error *err);

#endif
