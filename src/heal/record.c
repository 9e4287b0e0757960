/* record.c — see record.h. */
#include "heal/record.h"

#include "agent/value_json.h"
#include "postgres/target.h"

bool
heal_record_ready(struct database_lease *lease, bool *ready, int64_t *in_last_hour,
                  struct error *err)
{
    AUTO_RESULT *result = NULL;
    *in_last_hour = 0;
    if (!target_query(lease->conn,
                      "SELECT coalesce(has_schema_privilege(n.oid, 'USAGE') AND"
                      " has_table_privilege(c.oid, 'INSERT') AND"
                      " has_table_privilege(c.oid, 'SELECT'), false) FROM (SELECT 1) x"
                      " LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'outgrow'"
                      " LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND"
                      " c.relname = 'healing'",
                      NULL, 0, &result, err)) {
        return error_wrap(err, "look for outgrow.healing");
    }
    *ready = target_is_true(result, 0, 0);
    if (!*ready) {
        return true;
    }
    AUTO_RESULT *counted = NULL;
    if (!target_query(lease->conn,
                      "SELECT count(*) FROM outgrow.healing WHERE state = 'applied' AND"
                      " action <> 'schema_alter' AND at > now() - interval '1 hour'",
                      NULL, 0, &counted, err)) {
        return error_wrap(err, "count the healings of the last hour");
    }
    *in_last_hour = target_number(counted, 0, 0);
    return true;
}

bool
heal_record(struct database_lease *lease, struct arena *arena, const struct healing *healing,
            int64_t *id, struct error *err)
{
    const char *parameters[] = {healing->action,
                                healing->object,
                                healing->cause,
                                healing->sql,
                                value_json_parameter(arena, healing->undo),
                                value_json_parameter(arena, healing->before),
                                value_json_parameter(arena, healing->after),
                                healing->state,
                                healing->message};
    AUTO_RESULT *result = NULL;
    if (!target_query(
            lease->conn,
            "INSERT INTO outgrow.healing (action, object, cause, sql, undo_sql, before,"
            " after, state, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " RETURNING healing_id",
            parameters, 9, &result, err)) {
        return error_wrap(err, "record the change in outgrow.healing");
    }
    *id = target_number(result, 0, 0);
    return true;
}
