/* validate.c — see validate.h. */
#include "copy/validate.h"

bool
copy_validate(PGconn *conn, const char *validate_sql, bool *valid, struct error *refused,
              struct error *err)
{
    if (!target_execute(conn, "SAVEPOINT outgrow_validate", err)) {
        return false;
    }
    *valid = target_execute(conn, validate_sql, refused);
    if (*valid) {
        return true;
    }
    if (!target_refused_statement(refused) || target_lost_race(refused)) {
        *err = *refused;
        return false;
    }
    return target_execute(conn, "ROLLBACK TO SAVEPOINT outgrow_validate", err);
}
