/* alteration_internal.h — what the two ways to make a change share. */
#ifndef HEAL_ALTERATION_INTERNAL_H
#define HEAL_ALTERATION_INTERNAL_H

#include "heal/alteration.h"

/* One change on its way. */
struct alteration_work {
    struct tool_host *host;
    const struct tool_call *call;
    const struct alteration *alteration;
    struct alteration_outcome *outcome;
    struct tool_result *result;
    struct guard_options options;
    struct guard_verdict verdict;
    struct database_bounds bounds;
    struct database_lease lease;
    bool retry; /* a lock was not to be had */
};

/* False, all of these: the result says why. */
bool alteration_failed(struct alteration_work *work, const struct error *err);
/* Borrows a connection, begins a transaction, and looks at the table as it is. */
bool alteration_find(struct alteration_work *work);
/* Whether it can be recorded, and there were not too many already. */
bool alteration_ready(struct alteration_work *work);
bool alteration_statement(struct alteration_work *work);
/* Looks at the table again. */
bool alteration_compare(struct alteration_work *work);
/* *why: what the proof has against it; NULL: nothing. */
bool alteration_prove(struct alteration_work *work, const char **why);
/* In the open transaction, or by itself; nothing where it cannot be recorded. */
bool alteration_record(struct alteration_work *work, const char *state, const char *message);

/* CREATE and DROP INDEX CONCURRENTLY. */
bool alteration_concurrently(struct alteration_work *work);

#endif
