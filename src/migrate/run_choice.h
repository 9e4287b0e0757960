/* run_choice.h — begin a run, go on with one, or show one that is over. */
#ifndef MIGRATE_RUN_CHOICE_H
#define MIGRATE_RUN_CHOICE_H

#include "postgres/journal.h"
#include "settings/settings.h"
#include "sqlite/backup.h"

enum run_choice_kind {
    RUN_BEGIN, /* run is empty */
    RUN_COPY, /* run is unfinished, has the same settings, and its copy, row by row, is begun */
    RUN_RESUME, /* run is unfinished, has the same settings, and its backup is there */
    RUN_REPEAT, /* run is over, and nothing has changed since */
};

struct run_choice {
    enum run_choice_kind kind;
    struct run run;
};

/* The latest run of a source into a schema. found: false when there is none.
 * Strings live as long as `arena`. */
struct run_key {
    const char *source_path; /* real path */
    const char *schema;      /* in the target; each is a world of its own */
};
MUST_USE bool run_find(PGconn *conn, const struct run_key *key, struct arena *arena,
                       struct run *run, bool *found, struct error *err);

/* Forgets the latest run if it was killed before it made a table, and removes what it has of a
 * backup. The journal's lock is held by the caller. */
MUST_USE bool run_give_up(PGconn *conn, const struct run_key *key, const struct output *output,
                          struct error *err);

/* What is known of the source and wanted of it. All borrowed. */
struct run_request {
    struct run_key key;
    struct source_state state;
    const char *settings_json; /* run_settings_json */
    bool replace;
};

/* Looks at the latest run of this source into this schema. An unfinished run that --replace, or
 * the loss of a backup before anything was done, makes void is forgotten here.
 * The journal's lock is held by the caller.
 * ERROR_USAGE when the unfinished run had other settings, ERROR_TARGET when its
 * backup is gone. Strings live as long as `arena`. */
MUST_USE bool run_choose(PGconn *conn, const struct run_request *request,
                         const struct output *output, struct arena *arena,
                         struct run_choice *choice, struct error *err);

#endif
