/* alteration.h — one change of definitions: guarded, in a transaction where that is possible,
 * looked at before and after, proved or undone, recorded with the way back. */
#ifndef HEAL_ALTERATION_H
#define HEAL_ALTERATION_H

#include "agent/support.h"
#include "heal/table_facts.h"

struct alteration_outcome {
    struct table_name table; /* strings of the call's arena */
    json_t *before;          /* shapes; owned by the outcome, as are the next three */
    json_t *after;
    json_t *differences;
    json_t *undo;
    bool rewrite;     /* the table was written anew */
    bool committed;   /* false: a dry run */
    bool only_looked; /* a dry run of CONCURRENTLY, which cannot be tried */
    bool recorded;    /* in outgrow.healing, as healing_id */
    int64_t healing_id;
    int64_t duration_us;
};
void alteration_outcome_free(struct alteration_outcome *outcome);
#define AUTO_OUTCOME __attribute__((cleanup(alteration_outcome_free))) struct alteration_outcome

/* Whether the change has done what it was for, seen from within its transaction (CONCURRENTLY:
 * after it). False: *why says what is wrong; it is then undone. */
typedef bool alteration_proof(void *context, struct database_lease *lease,
                              const struct alteration_outcome *outcome, const char **why,
                              struct error *err);

struct alteration {
    const char *action; /* as recorded */
    const char *cause;  /* NULL: none */
    const char *sql;    /* is judged by the guard, whoever wrote it */
    bool allow_destructive;
    bool dry_run;
    bool must_record;        /* refused where outgrow.healing cannot be written */
    alteration_proof *proof; /* NULL: none but that it ran */
    void *context;
};

/* True: done, or dry. False: *result says why not (refused, failed, undone). */
bool alteration_run(struct tool_host *host, const struct tool_call *call,
                    const struct alteration *alteration, struct alteration_outcome *outcome,
                    struct tool_result *result);

/* {sql, dry_run, committed, rewrite, changes, undo_sql, lost, healing_id, ...}. New reference. */
json_t *alteration_json(const struct alteration *alteration,
                        const struct alteration_outcome *outcome);

#endif
