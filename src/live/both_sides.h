/* both_sides.h — the operands [FILE.sql...] [SOURCE] [TARGET], and both sides opened to be
 * asked. */
#ifndef LIVE_BOTH_SIDES_H
#define LIVE_BOTH_SIDES_H

#include "access/sides.h"
#include "migrate/live_source.h"
#include "settings/target_choice.h"
#include "sync/one_state.h"

struct both_sides {
    struct query *queries;
    size_t query_count;
    const char *source_path; /* real */
    struct target_choice target;
    struct source source;
    PGconn *conn;
    struct sides sides; /* of the two above */
    bool wal;           /* the source's journal mode */

    /* Of a source that is live. */
    bool live;
    struct live_source live_source;
    struct one_state one_state;
};

/* Reads the lists of queries, finds the source (the operand, else that of the target's latest
 * migration), opens both and begins their read transactions; unqualified names mean the schemas
 * that the migration made, then public. one_moment: of a live source, both sides are those of
 * one moment, for as long as they are open; rounds and the application go on meanwhile. Lives
 * as long as `arena`. */
MUST_USE bool both_sides_open(struct both_sides *both, const struct settings *settings,
                              const struct output *output, bool one_moment, struct arena *arena,
                              struct error *err);
void both_sides_close(struct both_sides *both);
#define AUTO_BOTH_SIDES __attribute__((cleanup(both_sides_close))) struct both_sides

/* "42 us", "1.25 ms", "1.30 s"; "2.1x" of how much faster the target is. */
const char *show_us(struct arena *arena, int64_t us);
const char *show_ratio(struct arena *arena, int64_t source_us, int64_t target_us);

#endif
