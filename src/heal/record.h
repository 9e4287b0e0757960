/* record.h — outgrow.healing: every change of a definition, with the way back. */
#ifndef HEAL_RECORD_H
#define HEAL_RECORD_H

#include "agent/database.h"

enum { HEALINGS_PER_HOUR_MAX = 30 };

struct healing {
    const char *action; /* "add_column", "create_index", "schema_alter", ... */
    const char *object; /* "public.t", "public.t.c", ... */
    const char *cause;  /* NULL: none told */
    const char *sql;
    const json_t *undo;   /* statements; these three may be NULL */
    const json_t *before; /* as the definitions were */
    const json_t *after;
    const char *state;   /* "applied", "undone", "failed" */
    const char *message; /* NULL: none */
};

/* Whether the connection's role may write there; *in_last_hour: how many were applied. */
MUST_USE bool heal_record_ready(struct database_lease *lease, bool *ready,
                                int64_t *in_last_hour, struct error *err);
/* Within the transaction that is open, or by itself. */
MUST_USE bool heal_record(struct database_lease *lease, struct arena *arena,
                          const struct healing *healing, int64_t *id, struct error *err);

#endif
