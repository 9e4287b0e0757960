/* run_report.c — see run_report.h. */
#include "report/run_report.h"

#include "base/json.h"
#include "report/report_measures.h"
#include "report/set_aside_list.h"

#include <string.h>

/* "PostgreSQL 15.8"; what a distribution has put behind the number is left out. */
static const char *
server_words(struct arena *arena, const PGconn *conn)
{
    const char *version = PQparameterStatus(conn, "server_version");
    return version == NULL
               ? NULL
               : arena_printf(arena, "PostgreSQL %.*s", (int)strcspn(version, " "), version);
}

bool
run_report_build(PGconn *conn, struct report_facts *facts, json_t **report, struct error *err)
{
    AUTO_ARENA memory = {0};
    AUTO_JSON *sample = NULL;
    AUTO_JSON *sizes = NULL;
    struct run_table *tables = NULL;
    struct run_step *steps = NULL;
    struct set_aside_totals totals = {0};
    if (facts->run_id == 0) {
        sample = json_array();
    } else if (!journal_tables_load(conn, &memory, facts->run_id, &tables,
                                    &facts->run_table_count, err) ||
               !journal_steps_load(conn, &memory, facts->run_id, &steps, &facts->step_count,
                                   err) ||
               !set_aside_count(conn, facts->run_id, &totals, err) ||
               !set_aside_sample(conn, facts->run_id, &sample, err)) {
        return false;
    }
    if (!report_target_sizes(conn, &facts->survey->plan, &sizes, err)) {
        return false;
    }
    facts->target_sizes = sizes;
    facts->server = server_words(&memory, conn);
    facts->run_tables = tables;
    facts->steps = steps;
    facts->altered = totals.altered;
    facts->set_aside_sample = sample;
    *report = report_build(facts);
    return true;
}
