/* orphans.h — rows that refer to a row which did not arrive, once all rows are there. */
#ifndef COPY_ORPHANS_H
#define COPY_ORPHANS_H

#include "copy/copy.h"

/* Does for each of plan.references what it asks for, again and again until no row is left
 * without its parent: a row that is set aside makes orphans of those that refer to it. Each
 * batch of rows is one transaction with its journal entries, so a crash loses nothing.
 * Existing tables: before their keys and triggers act again, in a session in which they do
 * not. A table that held rows is settled only as far as its rows without a parent are all ours,
 * and none of ours took the place of another (on_conflict: update); else it is left as it is. */
MUST_USE bool copy_settle_orphans(const struct copy_job *job, struct error *err);

#endif
