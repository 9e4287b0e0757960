/* collisions.h — keys that SQLite told apart and PostgreSQL does not, as the same UUID in two
 * spellings, 1 and '1', or É and é where NOCASE became lower(); also in an index of expressions
 * or of some rows only. */
#ifndef COPY_COLLISIONS_H
#define COPY_COLLISIONS_H

#include "copy/copy.h"

/* For a step that could not make its unique key (plan_step.unique_count > 0): of the rows that
 * have one key, the first of the source stays, the others are set aside. Each batch of keys is
 * one transaction with its journal entries. Then the step may be tried again. Only for tables of
 * our own making, which nobody refers to yet. */
MUST_USE bool copy_settle_collisions(const struct copy_job *job, const struct plan_step *step,
                                     struct error *err);

#endif
