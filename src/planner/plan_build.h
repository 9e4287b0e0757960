/* plan_build.h — the plan made: from what the source declares, what its values are, and what was
 * asked for. */
#ifndef PLANNER_PLAN_BUILD_H
#define PLANNER_PLAN_BUILD_H

#include "plan/plan.h"

/* inspection: one entry per catalog table. Never fails: what cannot be carried
 * becomes a note or a table's problem. */
void plan_build(struct arena *arena, const struct catalog *catalog,
                const struct inspection *inspection, const struct plan_options *options,
                struct plan *plan);

/* A default of the plan file as a literal of the type, plain where that is possible. */
const char *plan_literal(struct arena *arena, const char *value, const struct value_type *type);

#endif
