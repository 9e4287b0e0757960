/* explain.h — plans: made, read, and what an index would change. */
#ifndef HEAL_EXPLAIN_H
#define HEAL_EXPLAIN_H

#include "agent/support.h"

/* EXPLAIN's JSON of a statement that the guard has let through; the transaction stays good only
 * when it succeeds. *plan: new reference, the object with the member Plan. *answer's failure says
 * what the server has against it, and *plan is NULL then. */
struct explain_question {
    const char *sql; /* with the call's params */
    bool analyze;    /* run it, and measure */
};
MUST_USE bool explain_plan(struct database_lease *lease, const struct tool_call *call,
                           const struct explain_question *question, json_t **plan,
                           struct database_answer *answer, struct error *err);
double explain_cost(const json_t *plan);
/* Whether a node reads by that index. */
bool explain_uses_index(const json_t *plan, const char *index);

/* [{finding, node, relation, detail, advice}] */
json_t *explain_findings(const json_t *plan);

struct index_candidate {
    const char *schema;
    const char *table;
    const char **columns;
    size_t column_count;
};
/* From conditions of sequential scans. They live as long as `arena`. */
void explain_candidates(struct arena *arena, const json_t *plan,
                        struct index_candidate **candidates, size_t *count);
/* "CREATE INDEX ON schema.table (a, b)" */
const char *explain_candidate_sql(struct arena *arena, const struct index_candidate *candidate);

/* Costs with indexes that are only imagined (extension hypopg): [{ddl, cost_before, cost_after,
 * bytes, used}]; a JSON null when the extension is not there. In the open transaction. */
MUST_USE bool explain_imagine(struct database_lease *lease, const struct tool_call *call,
                              const char *sql, const json_t *definitions, json_t **estimates,
                              struct error *err);

#endif
