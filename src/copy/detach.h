/* detach.h — keeps foreign keys and triggers of existing tables from acting on a load, and
 * puts each back exactly as it was.
 *
 * What is changed is written to outgrow.detached, with the SQL that undoes it, in the
 * transaction that changes it. So after a crash nothing is forgotten: detach_restore of the
 * next run puts it back. Both functions may be called again at any point; but a run that
 * goes on after an interruption restores its own only at its end, because a foreign key that
 * half of the rows violate would come back NOT VALID, and be taken for such the next time. */
#ifndef COPY_DETACH_H
#define COPY_DETACH_H

#include "postgres/journal.h"

/* How triggers and foreign keys are kept from acting. */
enum detach_means {
    DETACH_REPLICA, /* the loading sessions run as a replica; next to nothing is changed */
    DETACH_DROP     /* foreign keys are dropped, triggers disabled */
};

struct detach_request {
    int64_t run_id;
    const uint32_t *tables; /* pg_class.oid of those that are loaded; their partitions come
                               with them */
    size_t table_count;
    bool may_be_replica; /* target_catalog.can_replicate_role */
};

/* One transaction: everything is taken off and journalled, or nothing is.
 *
 * DETACH_DROP needs nothing but ownership: foreign keys that act and touch the tables, from
 * either side, are dropped; triggers that fire are disabled. Foreign keys that were disabled
 * stay as they are.
 * DETACH_REPLICA is preferred. Triggers that would fire in a replica all the same (ENABLE
 * ALWAYS, ENABLE REPLICA) are disabled, and the ones that check DEFERRABLE keys are made to.
 *
 * conn: idle; the run's own, which holds the run's lock. Waits for whoever uses the tables.
 * ERROR_TARGET: we do not own a table concerned, or a foreign key is in a state that only a
 * superuser could bring back; nothing is changed then. */
MUST_USE bool detach_tables(PGconn *conn, const struct detach_request *request,
                            enum detach_means *means, struct error *err);

/* By DETACH_DROP, in the caller's open transaction, whose search_path is empty afterwards. */
MUST_USE bool detach_in_transaction(PGconn *conn, const struct detach_request *request,
                                    struct error *err);

/* For each connection that loads, once, behind the connect. */
MUST_USE bool detach_prepare_session(PGconn *conn, enum detach_means means, struct error *err);

enum detached_state {
    DETACHED_PENDING,   /* still off: the server refused, see message */
    DETACHED_RESTORED,  /* exactly as it was */
    DETACHED_NOT_VALID, /* the foreign key is back, NOT VALID: rows violate it, see message */
    DETACHED_GONE       /* its table or trigger was dropped meanwhile */
};

struct detached {
    const char *kind; /* "foreign key", "trigger" */
    const char *table_schema;
    const char *table_name;
    const char *name;
    const char *restore_sql;
    const char *validate_sql; /* NULL: nothing to validate */
    enum detached_state state;
    const char *message; /* the server's words; NULL: none */
    int64_t id;          /* outgrow.detached.id */
};

/* What is off at the moment, of one run or (run_id 0) of all. None without the schema
 * `outgrow`. Lives as long as `arena`. */
MUST_USE bool detach_pending(PGconn *conn, struct arena *arena, int64_t run_id,
                             struct detached **items, size_t *count, struct error *err);

/* Puts back what is off, foreign keys first; each in a transaction of its own. A foreign key
 * that the rows violate comes back NOT VALID; a refusal concerns one item, and the others go
 * on. *items: all that was off, and what became of it.
 * conn: idle; the run's own. Fails only with ERROR_STOPPED or a server that is gone. */
MUST_USE bool detach_restore(PGconn *conn, struct arena *arena, int64_t run_id,
                             struct detached **items, size_t *count, struct error *err);

/* The same in the caller's open transaction, all or nothing, and without proving anything:
 * validate_sql of each item that is DETACHED_RESTORED is left to the caller. An item that is
 * refused fails it, unless there is nothing left to put it on. */
MUST_USE bool detach_restore_in_transaction(PGconn *conn, struct arena *arena,
                                            struct detached *items, size_t count,
                                            struct error *err);

#endif
