/* explain_imagine.c — what an index would change, by way of the extension hypopg, which imagines
 * indexes in this session only; it does so in a READ ONLY transaction, too. */
#include "heal/explain.h"
#include "postgres/target.h"

#include <string.h>

static bool
find_hypopg(struct database_lease *lease, struct arena *arena, const char **schema,
            struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (!target_query(
            lease->conn,
            "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e JOIN"
            " pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE extname ="
            " 'hypopg'",
            NULL, 0, &result, err)) {
        return error_wrap(err, "look for hypopg");
    }
    *schema = PQntuples(result) == 0 ? NULL : arena_strdup(arena, PQgetvalue(result, 0, 0));
    return true;
}

struct imagining {
    struct database_lease *lease;
    const struct tool_call *call;
    const char *schema; /* of hypopg, quoted */
    const char *sql;
    double cost_before;
};

static bool
plan_cost(const struct imagining *imagining, json_t **plan, double *cost, struct error *err)
{
    AUTO_ANSWER answer = {0};
    const struct explain_question question = {.sql = imagining->sql};
    if (!explain_plan(imagining->lease, imagining->call, &question, plan, &answer, err)) {
        return false;
    }
    if (*plan == NULL) {
        return error_set(err, ERROR_TARGET, "%s", answer.failure.message);
    }
    *cost = explain_cost(*plan);
    return true;
}

static bool
imagine_one(const struct imagining *imagining, const char *definition, json_t *estimates,
            struct error *err)
{
    struct arena *arena = imagining->call->arena;
    AUTO_RESULT *made = NULL;
    AUTO_RESULT *reset = NULL;
    const char *create = arena_printf(
        arena,
        "SELECT indexname, %s.hypopg_relation_size(indexrelid) FROM %s.hypopg_create_index($1)",
        imagining->schema, imagining->schema);
    json_t *plan = NULL;
    double cost;
    if (!target_query(imagining->lease->conn, create, &definition, 1, &made, err) ||
        !plan_cost(imagining, &plan, &cost, err)) {
        return error_wrap(err, "imagine %s", definition);
    }
    json_array_append_new(estimates,
                          json_pack("{s:s, s:f, s:f, s:b, s:I}", "ddl", definition,
                                    "cost_before", imagining->cost_before, "cost_after", cost,
                                    "used", explain_uses_index(plan, PQgetvalue(made, 0, 0)),
                                    "bytes", (json_int_t)target_number(made, 0, 1)));
    json_decref(plan);
    return target_query(imagining->lease->conn,
                        arena_printf(arena, "SELECT %s.hypopg_reset()", imagining->schema),
                        NULL, 0, &reset, err);
}

static bool
imagine_all(struct imagining *imagining, const json_t *definitions, json_t *estimates,
            struct error *err)
{
    json_t *plan = NULL;
    if (!plan_cost(imagining, &plan, &imagining->cost_before, err)) {
        return false;
    }
    json_decref(plan);
    size_t i;
    json_t *definition;
    json_array_foreach(definitions, i, definition)
    {
        if (!imagine_one(imagining, json_string_value(definition), estimates, err)) {
            return false;
        }
    }
    return true;
}

bool
explain_imagine(struct database_lease *lease, const struct tool_call *call, const char *sql,
                const json_t *definitions, json_t **estimates, struct error *err)
{
    struct imagining imagining = {.lease = lease, .call = call, .sql = sql};
    *estimates = json_null();
    if (!find_hypopg(lease, call->arena, &imagining.schema, err)) {
        return false;
    }
    if (imagining.schema == NULL) {
        return true;
    }
    *estimates = json_array();
    if (imagine_all(&imagining, definitions, *estimates, err)) {
        return true;
    }
    json_decref(*estimates);
    *estimates = json_null();
    return false;
}
