/* link.h — one live source tied to its target: both ends open, tables paired, rows translated
 * in either direction.
 *
 * Opened by whoever runs rounds: the sync command, or a switch. */
#ifndef SYNC_LINK_H
#define SYNC_LINK_H

#include "base/own_directory.h"
#include "capture/capture.h"
#include "plan/row_encoder.h"
#include "postgres/live.h"

/* A table of the plan with its way of being captured. */
struct live_table {
    const struct plan_table *plan;
    const struct source_table *source;
    const struct capture_table *capture;
    size_t *
        key_fields; /* of plan->columns: those that hold the key in the target: the key columns,
                           or the hidden column of the rowid */
    size_t key_count;
    bool read_whole; /* capture->refusal: replaced as a whole in rounds that saw a change */

    struct copied_column *columns; /* how its rows are encoded: as in the initial copy */
    size_t column_count;
    size_t *key_columns;   /* of `columns`: those of key_fields */
    bool has_set_aside;    /* there may be rows of it in outgrow.set_aside */
    int64_t whole_due_us;  /* read_whole: not before; monotonic clock */
    uint64_t whole_digest; /* read_whole: of the rows that are in the target; 0: not known */

    const char *
        *own; /* columns that only the target has, and those that the plan gives a constant:
                         they keep what they hold when a row is written anew */
    size_t own_count;
    uint32_t own_tag; /* of all columns of the target's table as they are */
};

struct link_settings {
    const char *source_path;
    const char *snapshot_path; /* the copy that the plan was made of */
    const char *conninfo;
    enum bad_text bad_text;
    int busy_ms; /* on SQLite's locks; 5000 */
};

/* The plan that rounds follow, and what it was made of. All borrowed. */
struct link_plan {
    const struct plan *plan;       /* made with plan_options.live */
    const struct catalog *catalog; /* of the schema version that the plan was made for */
    const struct capture_table *
        captured; /* of each table of the catalog, by capture_choose_keys on the snapshot, which
                      knows the ids and keys that capture was installed with */
};

struct sync_link {
    struct link_settings settings;
    struct arena *arena;
    const struct plan *plan; /* as in link_plan */
    const struct catalog *catalog;
    struct live_table *tables; /* those of the plan that have no problem */
    size_t table_count;
    struct source reader;
    struct source writer; /* trim, fence, the way back */
    int64_t device;       /* of the file that is open */
    int64_t inode;
    PGconn *conn;
    struct live live; /* as last loaded; its strings live in live_memory */
    struct arena live_memory;
    const char *schema_text; /* what the source declared when the plan was made */
    int64_t
        known_seq; /* up to where we have moved the position ourselves: the target is known */
    int64_t known_epoch;
    int64_t fresh_us; /* everything that was committed before is in the target; monotonic */
    bool triggers_missing; /* the last round found the schema as it was, but for our triggers */
    bool whole_waits; /* a table that is read whole has changed, and its time has not come */
    bool
        orphans_aside; /* a switch has set rows aside that referred to nothing, and SQLite is primary
                           again */
    bool mend_asked; /* a round has changed a table of which rows are set aside */
    int64_t mend_due_us;
    int64_t mended_keys;     /* which the next round finds in the log: no news */
    struct arena own_memory; /* live_table.own */
    const char
        *own_question; /* SQL whose answer changes with the target's columns; NULL: they are
                                 not listed */
    const char *own_answer; /* when they were listed */
    char why[256];          /* of the last round that did nothing; "" */
};

/* The source must be in outgrow.live: sync_link_unknown. ERROR_SOURCE, ERROR_TARGET. */
MUST_USE bool sync_link_open(struct sync_link *link, const struct link_settings *settings,
                             const struct link_plan *plan, struct arena *arena,
                             struct error *err);
/* Why outgrow.live does not have it. ERROR_SOURCE: it is no database; else ERROR_USAGE. Returns false. */
bool sync_link_unknown(const char *path, struct error *err);
/* Another connection in place of one that broke. */
MUST_USE bool sync_link_reconnect(struct sync_link *link, struct error *err);
/* Loads live under its lock; inside an open transaction. */
MUST_USE bool sync_link_lock(struct sync_link *link, struct error *err);
/* The lock, and an answer, which lives until live is loaded again. */
MUST_USE bool sync_link_lock_asking(struct sync_link *link, struct live_question *question,
                                    struct error *err);
/* Loads live as it is now, if its row is still there. */
MUST_USE bool sync_link_look(struct sync_link *link, bool *found, struct error *err);
/* The same; that it is gone is ERROR_USAGE. */
MUST_USE bool sync_link_reload(struct sync_link *link, struct error *err);
/* ERROR_SOURCE: the file that is open does not have its name any more: what is written there by
 * others is not seen, and what we write is lost. */
MUST_USE bool sync_link_check_place(const struct sync_link *link, struct error *err);
/* A directory for a copy of the source that is needed for a while, beside the snapshot. */
MUST_USE bool sync_link_directory(const struct sync_link *link, struct own_directory *directory,
                                  struct error *err);
void sync_link_close(struct sync_link *link);
/* Whether rows of this table need a column of their own for the rowid in the target
 * (plan_options.by_rowid): no column that is carried has it. */
bool sync_needs_rowid(const struct source_table *table, const struct capture_table *capture,
                      const bool *left_out);

/* What the file declares, but for what is ours: the same text before and after a VACUUM. */
MUST_USE bool sync_schema_text(struct source *source, struct arena *arena, const char **text,
                               struct error *err);

#endif
