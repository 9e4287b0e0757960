/* chain_check.c — see chain_check.h. */
#include "verify/chain_check.h"

#include "verify/chain.h"

static bool
walk_source(const struct verify_job *job, const struct chain *chain, struct arena *arena,
            struct chain_finding *finding, struct error *err)
{
    AUTO_SOURCE source = {0};
    struct chain_walk walk;
    bool ok = source_open(&source, job->source_path, err) &&
              chain_walk_open(&walk, chain, arena, err);
    if (ok) {
        ok = chain_walk_source(&walk, &source, err);
        *finding = walk.finding;
        chain_walk_close(&walk);
    }
    return ok;
}

static bool
walk_target(const struct verify_job *job, const struct chain *chain, struct arena *arena,
            struct chain_finding *finding, struct error *err)
{
    struct chain_walk walk;
    bool ok = chain_walk_open(&walk, chain, arena, err);
    if (ok) {
        ok = chain_walk_target(&walk, job->control, err);
        *finding = walk.finding;
        chain_walk_close(&walk);
    }
    return ok;
}

static const char *
describe(struct arena *arena, const struct chain_finding *finding)
{
    if (!finding->broken) {
        return arena_printf(arena, "intact, %llu links", (unsigned long long)finding->links);
    }
    return arena_printf(arena, "broken at %s: %s should be %s and is %s", finding->order,
                        finding->column, finding->expected, finding->found);
}

static bool
same_break(const struct chain_finding *a, const struct chain_finding *b)
{
    return a->broken && b->broken && strcmp(a->order, b->order) == 0 &&
           strcmp(a->found, b->found) == 0;
}

/* A chain that came over broken as it was is no fault of the target's. */
static void
report_chain(const struct verify_job *job, struct report *report, const struct chain *chain,
             const struct chain_verdict *verdict)
{
    AUTO_ARENA arena = {0};
    const struct chain_finding *first = verdict->target.broken ? &verdict->target
                                                               : &verdict->source;
    if (!first->broken) {
        return;
    }
    report_add(report, job->plan, verdict->table,
               &(struct difference){.key = arena_printf(&arena, "%s=%s",
                                                        chain->columns[chain->order]->name,
                                                        first->order),
                                    .column = first->column,
                                    .kind = "chain",
                                    .source_value = describe(&arena, &verdict->source),
                                    .target_value = describe(&arena, &verdict->target)},
               same_break(&verdict->source, &verdict->target));
}

static bool
save(const struct verify_job *job, const struct chain *chain,
     const struct chain_verdict *verdict, struct error *err)
{
    bool exists = false;
    if (!journal_exists(job->control, &exists, err)) {
        return false;
    }
    const struct chain_state state = {
        .schema_name = chain->table->schema,
        .table_name = chain->table->name,
        .links = (int64_t)verdict->target.links,
        .first_broken = verdict->target.order,
        .expected = verdict->target.expected,
        .found = verdict->target.found,
        .source_links = (int64_t)verdict->source.links,
        .source_first_broken = verdict->source.order,
        .exposed_as = chain->rule->expose,
    };
    return !exists || journal_chain_save(job->control, &state, err);
}

static bool
check_chain(const struct verify_job *job, int table, struct report *report,
            struct verdict *verdict, struct error *err)
{
    AUTO_ARENA arena = {0};
    struct chain chain;
    struct chain_verdict *found = ARENA_APPEND(report->arena, verdict->chains,
                                               verdict->chain_count);
    found->table = table;
    if (!chain_build(&arena, &job->plan->tables[table], &chain, err) ||
        !walk_source(job, &chain, report->arena, &found->source, err) ||
        !walk_target(job, &chain, report->arena, &found->target, err) ||
        !save(job, &chain, found, err)) {
        return false;
    }
    report_chain(job, report, &chain, found);
    return true;
}

bool
chain_check_all(const struct verify_job *job, const struct facts *facts, struct report *report,
                struct verdict *verdict, struct error *err)
{
    for (size_t i = 0; i < job->plan->table_count; i++) {
        const struct plan_table *table = &job->plan->tables[i];
        bool looked_at = table->chain != NULL && table->problem == NULL &&
                         (job->chosen == NULL || job->chosen[i]) &&
                         facts_find(facts->tables, table->schema, table->name, "") >= 0;
        if (looked_at && !check_chain(job, (int)i, report, verdict, err)) {
            return false;
        }
    }
    return true;
}
