/* existing_tables.h — before and after a load into tables that are somebody else's: their
 * foreign keys and triggers come off and go back on. */
#ifndef COPY_EXISTING_TABLES_H
#define COPY_EXISTING_TABLES_H

#include "copy/copy.h"
#include "copy/detach.h"

struct existing_tables {
    const uint32_t *oids; /* pg_class.oid of the tables that are loaded */
    size_t count;
    bool may_be_replica; /* target_catalog.can_replicate_role */
    bool
        live; /* rounds follow: keys and triggers stay off, which needs the tables' owner; hidden
                  columns are made, and what an earlier move has put on the tables is removed */
};

/* Takes foreign keys and triggers off, which after a crash may be off already. Then, the first
 * time, one transaction: empties the tables (job->replace), counts their rows, and advances
 * the run to RUN_CREATED. Nothing is created. */
MUST_USE bool existing_tables_take(const struct copy_job *job,
                                   const struct existing_tables *tables,
                                   enum detach_means *means, struct error *err);

/* Puts back what is off; nothing of it with tables->live. What did not go back as it was is
 * journalled as a step of the run, "foreign key app.users.fk", not valid or failed. To be
 * called before copy_finish. */
MUST_USE bool existing_tables_give_back(const struct copy_job *job,
                                        const struct existing_tables *tables,
                                        enum detach_means means, struct error *err);

/* Puts back what runs other than this one have left off, unless they are of live sources. *count:
 * how many. */
MUST_USE bool existing_tables_restore_others(PGconn *conn, int64_t run_id, size_t *count,
                                             struct error *err);

#endif
