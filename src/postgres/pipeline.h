/* pipeline.h — many statements for one wait.
 *
 * While a pipeline is open, target_execute (one statement only), target_query, target_begin,
 * target_commit and everything made of them (the journal's writers) merely queue what they are
 * given on its connection: they succeed at once, and a result is NULL. What became of it all is
 * told by target_pipeline_end. Statements behind one that failed are not run. No COPY. */
#ifndef POSTGRES_PIPELINE_H
#define POSTGRES_PIPELINE_H

#include "postgres/target.h"

struct target_pipeline {
    PGconn *conn;     /* borrowed; NULL: not open */
    bool never_waits; /* target_pipeline_add keeps in memory what the server does not take */
};

/* A parameter in its type's binary format; the statement says the type ($1::bigint[]). */
struct target_parameter {
    const void *bytes; /* NULL: NULL */
    size_t size;
};

/* A field of a row as COPY has it, behind its size. Returns where the next one begins. */
const char *target_parameter_read(const char *field, struct target_parameter *parameter);

MUST_USE bool target_pipeline_begin(struct target_pipeline *pipeline, PGconn *conn,
                                    struct error *err);

/* Queues a statement with binary parameters; they are not needed any more afterwards. Waits only
 * while the server takes nothing, unless it never waits. */
MUST_USE bool target_pipeline_add(struct target_pipeline *pipeline, const char *sql,
                                  const struct target_parameter *parameters, size_t count,
                                  struct error *err);

/* Sends of what was kept in memory as much as the server takes, without waiting. */
MUST_USE bool target_pipeline_push(struct target_pipeline *pipeline, struct error *err);

/* Outside of a pipeline: one statement with such parameters, and its rows in binary too. On success
 * *result is the caller's, to be cleared. */
MUST_USE bool target_query_binary(PGconn *conn, const char *sql,
                                  const struct target_parameter *parameters, size_t count,
                                  PGresult **result, struct error *err);

/* Waits for all of it; the pipeline is closed then, whatever the outcome. The first failure is
 * reported; a transaction that was begun is then in error. *affected (or NULL): rows that the
 * statements inserted, updated and deleted. */
MUST_USE bool target_pipeline_end(struct target_pipeline *pipeline, uint64_t *affected,
                                  struct error *err);

/* Fine on the zero value and behind the end. What was queued has run, or not; its transaction,
 * to be declared before the pipeline, is still open. */
void target_pipeline_close(struct target_pipeline *pipeline);
#define AUTO_PIPELINE __attribute__((cleanup(target_pipeline_close))) struct target_pipeline

#endif
