/* diagnose.h — from a statement's error to its cause, and what would mend it. */
#ifndef HEAL_DIAGNOSE_H
#define HEAL_DIAGNOSE_H

#include "agent/host_internal.h"

/* What probably causes the failure of `sql`, and what would mend it:
 * {cause, explanation, proposal: {action, ...}}. New reference; NULL: nothing is known. Changes
 * nothing. */
json_t *heal_diagnose(struct tool_host *host, const struct tool_call *call, const char *sql,
                      const struct database_failure *failure);

/* The column of a table that a name is probably a slip for; *nearest NULL: none. */
MUST_USE bool heal_nearest_column(struct database_lease *lease, struct arena *arena,
                                  const char *oid, const char *name, const char **nearest,
                                  struct error *err);

#endif
