/* target_collation.c — see target_collation.h. */
#include "postgres/target_collation.h"

#include "base/suggest.h"

#include <string.h>

/* Provider and locale came with PostgreSQL 15, and got another name with 17; through JSON an
 * older server says NULL. */
static const char locale_query[] =
    "SELECT d.datcollate, coalesce(j ->> 'datlocprovider', 'c'),"
    " coalesce(j ->> 'datlocale', j ->> 'daticulocale')"
    " FROM pg_catalog.pg_database AS d, pg_catalog.to_jsonb(d) AS j"
    " WHERE d.datname = pg_catalog.current_database()";

static bool
is_bytewise(const char *libc_locale)
{
    static const char *const names[] = {"C", "POSIX", "C.UTF-8", "C.utf8"};
    bool is = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        is = is || strcmp(libc_locale, names[i]) == 0;
    }
    return is;
}

bool
target_locale_read(PGconn *conn, struct arena *arena, struct target_locale *locale,
                   struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, locale_query, NULL, 0, &result, err)) {
        return error_wrap(err, "read the database's locale");
    }
    const char *libc = PQgetvalue(result, 0, 0);
    const char *own = PQgetvalue(result, 0, 2);
    switch (PQgetvalue(result, 0, 1)[0]) {
    case 'i':
        *locale = (struct target_locale){arena_printf(arena, "%s (ICU)", own), false};
        break;
    case 'b': *locale = (struct target_locale){arena_strdup(arena, own), true}; break;
    default:
        *locale = (struct target_locale){arena_strdup(arena, libc), is_bytewise(libc)};
        break;
    }
    return true;
}

bool
target_collation_find(PGconn *conn, const char *quoted, bool *found, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, "SELECT pg_catalog.to_regcollation($1)", &quoted, 1, &result,
                      err)) {
        return error_wrap(err, "look for collation %s", quoted);
    }
    *found = !PQgetisnull(result, 0, 0);
    return true;
}

bool
target_collation_nearest(PGconn *conn, struct arena *arena, const char *typed,
                         const char **nearest, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(conn,
                      "SELECT DISTINCT collname FROM pg_catalog.pg_collation"
                      " WHERE collencoding IN (-1, pg_catalog.pg_char_to_encoding("
                      "pg_catalog.getdatabaseencoding()))"
                      " AND pg_catalog.pg_collation_is_visible(oid) ORDER BY 1",
                      NULL, 0, &result, err)) {
        return error_wrap(err, "list the collations");
    }
    struct suggestion near = {.typed = typed};
    for (int i = 0; i < PQntuples(result); i++) {
        suggest_consider(&near, PQgetvalue(result, i, 0));
    }
    *nearest = near.best == NULL ? NULL : arena_strdup(arena, near.best);
    return true;
}
