/* own_columns.h — a live source is copied anew into tables that are there already: what columns
 * hold that only the target has must outlive the emptying of the tables. */
#ifndef COPY_OWN_COLUMNS_H
#define COPY_OWN_COLUMNS_H

#include "copy/copy.h"

/* Keeps the rows of each of the job's tables that are ours by a move before this one (our
 * triggers are on them) and hold something in columns that only the target has: as
 * outgrow.kept_N, N being the table's oid, which rounds bring back (sync/own.h). One that is
 * there already, of a copy that came to no end, stays as it is. Inside the open transaction
 * that empties the tables. */
MUST_USE bool own_columns_keep(const struct copy_job *job, struct error *err);

#endif
