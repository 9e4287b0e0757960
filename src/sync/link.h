/* link.h — one live source tied to its target: both ends open, tables paired, rows translated
 * in either direction.
 *
 * Opened by whoever runs rounds: the sync command, or a switch. */
#ifndef SYNC_LINK_H
#define SYNC_LINK_H

#include "plan/plan.h"
#include "postgres/live.h"
#include "sqlite/capture.h"

/* A table of the plan with its way of being captured. */
struct live_table {
    const struct plan_table *plan;
    const struct source_table *source;
    const struct capture_table *capture;
    size_t *
        key_fields; /* of plan->columns: those that hold the key in the target: the key columns,
                           or the hidden column of the rowid */
    size_t key_count;
    bool read_whole; /* capture->refusal: replaced as a whole in each round that saw a change */
};

struct link_settings {
    const char *source_path;
    const char *conninfo;
    enum bad_text bad_text;
    int busy_ms; /* on SQLite's locks; 5000 */
};

struct sync_link {
    struct link_settings settings;
    struct arena *arena;
    const struct catalog
        *catalog;              /* borrowed; of the schema version that the plan was made for */
    const struct plan *plan;   /* borrowed; made with plan_options.live */
    struct live_table *tables; /* those of the plan that have no problem */
    size_t table_count;
    struct source reader;
    struct source writer; /* trim, fence, the way back */
    PGconn *conn;
    struct live live; /* as last loaded */
};

/* tables: of capture_choose_keys, with their ids. ERROR_SOURCE, ERROR_TARGET. */
MUST_USE bool sync_link_open(struct sync_link *link, const struct link_settings *settings,
                             const struct catalog *catalog, const struct plan *plan,
                             const struct capture_table *tables, struct arena *arena,
                             struct error *err);
void sync_link_close(struct sync_link *link);
#define AUTO_LINK __attribute__((cleanup(sync_link_close))) struct sync_link

#endif
