/* checklist_service.c — checks of the services, their audit chains, and what is written. */
#include "base/clock.h"
#include "page/report_lists.h"
#include "report/checklist_internal.h"

#include <inttypes.h>

void
check_applications(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        "SELECT count(*), coalesce(string_agg(DISTINCT coalesce(nullif(application_name, ''),"
        " 'unnamed') || ' as ' || coalesce(usename, '?'), ', '), '') FROM"
        " pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()"
        " AND application_name NOT IN ('outgrow', 'psql')",
        NULL);
    if (answer == NULL) {
        return;
    }
    if (target_number(answer, 0, 0) == 0) {
        set_yours(checking, outcome, "no application is connected to this database yet");
        outcome->advice =
            "point DATABASE_URL of each service at it; then make this report anew";
        return;
    }
    set_passed(checking, outcome, "%s connected: %s", PQgetvalue(answer, 0, 0),
               PQgetvalue(answer, 0, 1));
}

void
check_application_start(struct checking *checking, struct check_outcome *outcome)
{
    set_yours(checking, outcome, "not seen from here");
    outcome->advice = "start every service and read its log";
}

void
check_answer(struct checking *checking, struct check_outcome *outcome)
{
    int64_t started_us = clock_monotonic_us();
    AUTO_RESULT *answer = checklist_ask(checking, outcome, "SELECT 1", NULL);
    if (answer != NULL) {
        set_passed(checking, outcome, "in %.2f ms",
                   (double)(clock_monotonic_us() - started_us) / 1000);
    }
}

void
check_health_points(struct checking *checking, struct check_outcome *outcome)
{
    set_yours(checking, outcome, "not seen from here");
    outcome->advice = "call the health check of every service, and have it called regularly";
}

static void
judge_chains(struct checking *checking, struct check_outcome *outcome, const PGresult *answer)
{
    int64_t broken = target_number(answer, 0, 1);
    if (target_number(answer, 0, 0) == 0) {
        set_yours(checking, outcome, "no hash chain is known here");
        outcome->advice = "where an audit log links its rows by hashes, say so in the plan "
                          "(chain:), and verify";
    } else if (broken > 0) {
        set_open(checking, outcome, "%" PRId64 " of %s broken: %s", broken,
                 PQgetvalue(answer, 0, 0), PQgetvalue(answer, 0, 3));
        outcome->advice = "find the first broken link";
        outcome->statement = "SELECT * FROM outgrow.chain_state";
    } else {
        set_passed(checking, outcome, "%s links in %s tables, recomputed at %s",
                   PQgetvalue(answer, 0, 2), PQgetvalue(answer, 0, 0),
                   PQgetvalue(answer, 0, 4));
    }
}

/* Of the tables that were moved; what the last verification of each has found. */
void
check_chains(struct checking *checking, struct check_outcome *outcome)
{
    AUTO_RESULT *answer = checklist_ask(
        checking, outcome,
        MOVED_CTE
        "SELECT count(*), count(*) FILTER (WHERE s.integrity_status <> 'intact'),"
        " coalesce(sum(s.links), 0), coalesce(string_agg(s.schema_name || '.' || s.table_name"
        " || coalesce(' at ' || s.first_broken, ''), ', ') FILTER (WHERE s.integrity_status <>"
        " 'intact'), ''), to_char(min(s.checked_at), 'YYYY-MM-DD HH24:MI \"UTC\"')"
        " FROM moved JOIN pg_catalog.pg_class c USING (oid) JOIN pg_catalog.pg_namespace n"
        " ON n.oid = c.relnamespace JOIN outgrow.chain_state s ON s.schema_name = n.nspname"
        " AND s.table_name = c.relname",
        checking->tables);
    if (answer != NULL) {
        judge_chains(checking, outcome, answer);
    }
}

void
check_documents(struct checking *checking, struct check_outcome *outcome)
{
    set_yours(checking, outcome, "not seen from here");
    outcome->advice = "say in them where the database is now, how to reach it, who may, and "
                      "how it is backed up; keep this page with them";
}
