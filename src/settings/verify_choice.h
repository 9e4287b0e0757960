/* verify_choice.h — which tables and rows a verification looks at. */
#ifndef SETTINGS_VERIFY_CHOICE_H
#define SETTINGS_VERIFY_CHOICE_H

#include "plan/plan.h"

/* --tables a,b: names of the source or of the target, with or without the schema, in any
 * case. *chosen: one per plan table; NULL: all. ERROR_USAGE names what is no table. */
MUST_USE bool verify_choose_tables(struct arena *arena, const struct plan *plan,
                                   const char *names, const bool **chosen, struct error *err);

/* --sample 5% or 5: the part, 0 to 1. NULL: 0, everything. */
MUST_USE bool verify_choose_sample(const char *words, double *part, struct error *err);

#endif
