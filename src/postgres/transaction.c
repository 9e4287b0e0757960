/* transaction.c — see target.h: open until committed, else rolled back. */
#include "postgres/target_internal.h"

#include <string.h>

bool
target_begin(struct target_transaction *transaction, PGconn *conn, struct error *err)
{
    if (!target_execute(conn, "BEGIN", err)) {
        return false;
    }
    transaction->open_on = conn;
    return true;
}

bool
target_commit(struct target_transaction *transaction, struct error *err)
{
    PGconn *conn = transaction->open_on;
    if (PQpipelineStatus(conn) != PQ_PIPELINE_OFF) {
        return target_execute(conn, "COMMIT", err); /* open until the pipeline says more */
    }
    transaction->open_on = NULL;
    AUTO_RESULT *result = NULL;
    if (!target_query(conn, "COMMIT", NULL, 0, &result, err)) {
        return false;
    }
    /* COMMIT of a transaction in which a statement failed "succeeds" as ROLLBACK. */
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        return error_set(err, ERROR_TARGET,
                         "transaction was rolled back: one of its statements had failed");
    }
    return true;
}

void
target_transaction_close(struct target_transaction *transaction)
{
    PGconn *conn = transaction->open_on;
    transaction->open_on = NULL;
    if (conn == NULL || PQstatus(conn) == CONNECTION_BAD) {
        return;
    }
    if (PQtransactionStatus(conn) == PQTRANS_ACTIVE) {
        target_cancel(conn);
        target_drain(conn);
    }
    PGTransactionStatusType status = PQtransactionStatus(conn);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR) {
        struct error ignored;
        if (!target_execute(conn, "ROLLBACK", &ignored)) {
            target_give_up(conn); /* never leave a transaction open behind the caller's back */
        }
    }
}
