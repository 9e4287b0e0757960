/* database_ask.c — questions of our own within a call: JSON, type names, rows changed. */
#include "agent/database_internal.h"
#include "agent/value_json.h"
#include "postgres/target.h"

#include <string.h>

bool
database_ask_json(struct database_lease *lease, const char *sql, const char *const *parameters,
                  size_t parameter_count, json_t **value, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(lease->conn, sql, parameters, parameter_count, &result, err)) {
        return false;
    }
    if (PQntuples(result) == 0 || PQgetisnull(result, 0, 0)) {
        *value = json_null();
        return true;
    }
    json_error_t wrong;
    *value = json_loads(PQgetvalue(result, 0, 0), JSON_DECODE_ANY | JSON_ALLOW_NUL, &wrong);
    return *value != NULL ||
           error_set(err, ERROR_INTERNAL, "the server's JSON cannot be read: %s", wrong.text);
}

/* Asks for all that the table of well-known types does not have. */
static bool
ask_type_names(struct database_lease *lease, const char *numbers, PGresult **result,
               struct error *err)
{
    const char *parameters[] = {numbers};
    return target_query(lease->conn,
                        "SELECT oid, pg_catalog.format_type(oid, NULL) FROM pg_catalog.pg_type"
                        " WHERE oid = ANY ($1::oid[])",
                        parameters, 1, result, err);
}

static const char *
name_among(const PGresult *result, uint32_t type)
{
    for (int row = 0; row < PQntuples(result); row++) {
        if (target_number(result, row, 0) == type) {
            return PQgetvalue(result, row, 1);
        }
    }
    return "unknown";
}

static void
set_names(json_t *columns, const PGresult *result)
{
    size_t i;
    json_t *column;
    json_array_foreach(columns, i, column)
    {
        uint32_t type = (uint32_t)json_integer_value(json_object_get(column, "type"));
        const char *name = value_json_type_name(type);
        json_object_set_new(column, "type",
                            value_json_text(name == NULL && result != NULL
                                                ? name_among(result, type)
                                            : name == NULL ? "unknown"
                                                           : name));
    }
}

bool
database_name_types(struct database_lease *lease, json_t *columns, struct error *err)
{
    AUTO_TEXT numbers = {0};
    size_t i;
    json_t *column;
    json_array_foreach(columns, i, column)
    {
        uint32_t type = (uint32_t)json_integer_value(json_object_get(column, "type"));
        if (value_json_type_name(type) == NULL) {
            text_printf(&numbers, "%s%u", numbers.length == 0 ? "{" : ",", type);
        }
    }
    AUTO_RESULT *result = NULL;
    if (numbers.length > 0) {
        text_add(&numbers, "}");
        if (!ask_type_names(lease, numbers.bytes, &result, err)) {
            return false;
        }
    }
    set_names(columns, result);
    return true;
}

bool
database_rows_changed(struct database_lease *lease, int64_t *rows, struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(lease->conn,
                      "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)"
                      " FROM pg_catalog.pg_stat_xact_user_tables",
                      NULL, 0, &result, err)) {
        return error_wrap(err, "count the rows changed");
    }
    *rows = target_number(result, 0, 0);
    return true;
}
