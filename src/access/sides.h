/* sides.h — SQLite and PostgreSQL, each in a read transaction, so that what is asked of both is
 * asked of one state each. */
#ifndef ACCESS_SIDES_H
#define ACCESS_SIDES_H

#include "access/query_list.h"
#include "postgres/target.h"
#include "sqlite/source.h"
#include "value/type.h"

#include <stdint.h>

struct sides {
    struct source *source; /* borrowed; in a read transaction */
    PGconn *conn;          /* borrowed; in a REPEATABLE READ, READ ONLY transaction */
};

/* One column of a query's answer: its PostgreSQL type decides what counts as the same. */
enum answer_kind {
    ANSWER_TYPED,  /* as verification compares the type: docs/same.md */
    ANSWER_NUMBER, /* floating point or numeric: sums and averages depend on order and scale, so
                      12 significant digits */
    ANSWER_JSON    /* as JSON values, whatever the spelling */
};
struct answer_column {
    const char *name;
    enum answer_kind kind;
    struct value_type type;
};

/* A query ready on both sides. */
struct asked {
    const struct query *query;
    sqlite3_stmt *source_statement; /* owned */
    const char *target_statement;   /* name of the prepared one; static */
    PGconn *conn;
    int64_t began_us;              /* the target's run, without its savepoint */
    struct answer_column *columns; /* as the target gives them */
    size_t column_count;
};

/* Prepares it on both sides; one at a time. False with *why: a side does not take it, or it is no
 * plain SELECT; then err is untouched. False with *why NULL: err. */
MUST_USE bool asked_open(struct asked *asked, const struct sides *sides,
                         const struct query *query, struct arena *arena, const char **why,
                         struct error *err);
void asked_close(struct asked *asked);
#define AUTO_ASKED __attribute__((cleanup(asked_close))) struct asked

/* Runs it to the end, without looking at the rows. Microseconds. ERROR_SOURCE or ERROR_TARGET: it
 * failed while it ran; the target's transaction goes on. ERROR_STOPPED. */
MUST_USE bool asked_time_source(struct asked *asked, int64_t *us, struct error *err);
MUST_USE bool asked_time_target(struct asked *asked, int64_t *us, struct error *err);

/* What a side answered: one hash a row, the same from either side for the same row. */
struct answer {
    uint64_t *rows; /* owned */
    size_t row_count;
    size_t row_capacity;
    /* Rows of these hashes are kept as text, "a | b | c". */
    const uint64_t *wanted;
    size_t wanted_count;
    const char **shown; /* wanted_count entries, NULL where there was none; of `arena` */
    struct arena *arena;
};
void answer_free(struct answer *answer);
#define AUTO_ANSWER __attribute__((cleanup(answer_free))) struct answer

enum { ANSWER_ROWS_MAX = 20000000 };

/* ERROR_SOURCE, ERROR_TARGET: as above, also more than ANSWER_ROWS_MAX rows. */
MUST_USE bool answer_of_source(struct asked *asked, struct answer *answer, struct error *err);
MUST_USE bool answer_of_target(struct asked *asked, struct answer *answer, struct error *err);

#endif
