/* validate.h — a constraint that is there for new rows, tried on those that are there. */
#ifndef COPY_VALIDATE_H
#define COPY_VALIDATE_H

#include "postgres/target.h"

/* In a savepoint of the open transaction, so that a constraint which the rows do not allow stays,
 * NOT VALID: then *valid is false, and `refused` the server's words. A lost race is an error, to
 * be tried again with the whole transaction. */
MUST_USE bool copy_validate(PGconn *conn, const char *validate_sql, bool *valid,
                            struct error *refused, struct error *err);

#endif
