/* existing.h — a plan fitted to tables that somebody else made (the application's own
 * migrations): their names, columns and types are the law.
 *
 * Tables and columns are found by name: as planned, as in the source, ignoring case; nothing
 * is guessed beyond that. What would not work out is found before anything is written. */
#ifndef EXISTING_EXISTING_H
#define EXISTING_EXISTING_H

#include "capture/capture.h"
#include "plan/plan.h"
#include "postgres/target_catalog.h"

struct existing_rules {
    bool with_bookkeeping;          /* also tables in which migration tools remember things */
    bool skip_missing_tables;       /* source tables that the target has not: left out */
    bool skip_missing_columns;      /* the same for columns */
    bool may_hold_rows;             /* do not ask whether the tables are empty */
    enum plan_conflict on_conflict; /* for tables of which the plan says nothing */
};

/* What the plan was fitted to. Lives as long as the arena. */
struct existing_fit {
    const struct target_table **tables; /* of each plan table; NULL: it has a problem */
    const char **problems; /* one line each; nothing may be written when there is one */
    size_t problem_count;
};

/* Everything about one fitting. All borrowed but `fit`, which is filled in. */
struct existing_job {
    struct arena *arena;
    const struct catalog *catalog;
    const struct inspection *inspection;
    const struct target_catalog *target;
    const struct existing_rules *rules;
    const struct capture_table *captured; /* of a source that goes on being written to: how rows
                                             are known, one per catalog table; else NULL */
    struct plan *plan;                    /* of plan_build; changed */
    struct existing_fit *fit;
};

/* Afterwards plan->tables are those that come over; the steps set sequences and analyze, and
 * nothing else but make indexes of hidden columns; the notes say what is left out, and which
 * keys and indexes of the source the target lacks. The types keep what the plan says of values
 * (zone, epoch, NULL texts). */
void plan_fit_existing(const struct existing_job *job);

/* The type of an existing column, into which values are to go. On entry `type` is the planned
 * one, of which what it says about values is kept. NULL, or why it cannot be: "type xml is not
 * supported". Lives as long as `arena`. */
const char *existing_type(struct arena *arena, const struct target_type *target,
                          struct value_type *type);

#endif
