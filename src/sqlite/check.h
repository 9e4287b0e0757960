/* check.h — is this file sound? */
#ifndef SQLITE_CHECK_H
#define SQLITE_CHECK_H

#include "base/progress.h"
#include "sqlite/catalog.h"

enum check_depth { CHECK_QUICK, CHECK_FULL /* also every index entry */ };

struct check_finding {
    const char *table;   /* NULL: the file as a whole (free list, page headers) */
    bool damage;         /* false: could not be checked (needs a collation or function) */
    const char *message; /* SQLite's own words, the first few lines */
};

struct check_report {
    struct check_finding *findings; /* at most a few per table; lives as long as the arena */
    size_t finding_count;
    bool damaged; /* one of them is damage */
};

/* Which file, how closely, and who is told of it. All borrowed. */
struct check_request {
    struct source *source;
    const struct catalog *catalog;
    enum check_depth depth;
    struct progress *progress; /* NULL: nobody */
};

/* PRAGMA quick_check or integrity_check, table by table, so that a damaged
 * table can be named (a sound file takes one run over the whole). Values that
 * break a NOT NULL or a STRICT type are findings without damage; CHECKs are not
 * evaluated, for SQLite forgets them on a read-only handle. What only the
 * application could check (its collations, its functions) is left out, and
 * named in a finding without damage. Honours stop_requested().
 * False only when nothing could be checked at all, or ERROR_STOPPED. */
MUST_USE bool source_check(const struct check_request *request, struct arena *arena,
                           struct check_report *report, struct error *err);

#endif
