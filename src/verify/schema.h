/* schema.h — are the tables, keys, indexes, constraints and sequences there that
 * the plan promises? */
#ifndef VERIFY_SCHEMA_H
#define VERIFY_SCHEMA_H

#include "verify/facts.h"
#include "verify/report.h"

/* Reports a missing table or column, or one of another type; then false: its rows
 * cannot be compared. Also a NOT NULL that is not there (true). */
bool schema_check_table(struct report *report, const struct plan *plan, int table,
                        const struct facts *facts);

/* What stands around the rows of the tables that are compared. */
struct schema_check {
    struct report *report;
    const struct plan *plan;
    const struct facts *facts;
    PGconn *conn;       /* idle */
    const bool *chosen; /* one per plan table; NULL: all */
    bool keys_later;    /* foreign keys may be missing */
};
bool schema_check_chose(const struct schema_check *check, int table);

/* Every key, index and constraint of the plan's steps. What the run's journal says
 * about a step that is not there explains it: kind "not carried". run_id 0: none. */
MUST_USE bool schema_check_steps(const struct schema_check *check, int64_t run_id,
                                 struct error *err);

/* Every identity column's sequence goes on behind all values of the column and
 * behind what the source's own counter has given out. */
MUST_USE bool schema_check_sequences(const struct schema_check *check, struct error *err);

/* What a step's statement creates. Exposed for the tests. */
enum object_kind { OBJECT_NONE, OBJECT_CONSTRAINT, OBJECT_PRIMARY_KEY, OBJECT_INDEX };

/* Finds it in "ALTER TABLE ... ADD [CONSTRAINT name] ..." or "CREATE [UNIQUE] INDEX
 * name ..."; the name without quotes goes to `name` ("" when there is none). */
enum object_kind schema_object_of(const char *sql, struct text *name);

#endif
