/* remember.c — see remember.h. */
#include "verify/remember.h"

#include <stdlib.h>

enum { PAGES_MIN = 256 /* 2 MB: smaller tables are compared again as fast as counted */ };

bool
remember_begin(struct remember *remember, const struct verify_job *job, PGconn *keeper,
               struct error *err)
{
    AUTO_RESULT *result = NULL;
    if (job->run_id == 0 || job->source_state == NULL || job->sample > 0 || job->unrecorded) {
        return true;
    }
    if (job->restart && !journal_verified_forget(job->control, job->run_id, err)) {
        return false;
    }
    if (!target_query(
            keeper,
            "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text", NULL,
            0, &result, err) ||
        !journal_verified_load(job->control, &remember->arena, job->run_id, job->source_state,
                               &remember->known, err)) {
        return false;
    }
    remember->snapshot_xmin = arena_strdup(&remember->arena, PQgetvalue(result, 0, 0));
    remember->job = job;
    pthread_mutex_init(&remember->lock, NULL);
    return true;
}

static const struct verified_table *
find_known(const struct remember *remember, const char *source_table)
{
    for (size_t i = 0; i < remember->known.count; i++) {
        if (strcmp(remember->known.items[i].source_table, source_table) == 0) {
            return &remember->known.items[i];
        }
    }
    return NULL;
}

/* No row of a later transaction, and as many as then. */
static bool
is_untouched(PGconn *conn, const struct plan_table *table, const struct verified_table *known,
             bool *untouched, struct error *err)
{
    AUTO_RESULT *result = NULL;
    AUTO_TEXT sql = {0};
    const char *const parameters[] = {known->snapshot_xmin};
    text_add(&sql, "SELECT count(*), count(*) FILTER (WHERE pg_catalog.age(xmin) <="
                   " pg_catalog.age($1::xid8::xid)) FROM ");
    target_quote_qualified(&sql, table->schema, table->name);
    if (!target_query(conn, text_string(&sql), parameters, 1, &result, err)) {
        return error_wrap(err, "look whether table \"%s\" was written to", table->name);
    }
    *untouched = target_number(result, 0, 0) == known->rows_target &&
                 target_number(result, 0, 1) == 0;
    return true;
}

bool
remember_recall(struct remember *remember, PGconn *conn, int table,
                struct table_verdict *verdict, bool *recalled, struct error *err)
{
    *recalled = false;
    if (remember->job == NULL) {
        return true;
    }
    const struct plan_table *planned = &remember->job->plan->tables[table];
    const struct verified_table *known = find_known(remember, planned->source->name.text);
    if (known == NULL) {
        return true;
    }
    if (!is_untouched(conn, planned, known, recalled, err)) {
        return false;
    }
    if (*recalled) {
        *verdict = (struct table_verdict){.rows_source = (uint64_t)known->rows_source,
                                          .rows_target = (uint64_t)known->rows_target,
                                          .rows_set_aside = (uint64_t)known->rows_set_aside,
                                          .remembered = true,
                                          .done = true};
    }
    return true;
}

bool
remember_table(struct remember *remember, int table, double pages,
               const struct table_verdict *verdict, struct error *err)
{
    bool same = verdict->done && verdict->rows_different == 0 && verdict->rows_missing == 0 &&
                verdict->rows_extra == 0 && verdict->rows_kept == 0 &&
                verdict->rows_source == verdict->rows_target + verdict->rows_set_aside;
    if (remember->job == NULL || pages < PAGES_MIN || !same) {
        return true;
    }
    const struct verify_job *job = remember->job;
    const struct verified_table known = {
        .source_table = job->plan->tables[table].source->name.text,
        .rows_source = (int64_t)verdict->rows_source,
        .rows_target = (int64_t)verdict->rows_target,
        .rows_set_aside = (int64_t)verdict->rows_set_aside,
        .snapshot_xmin = remember->snapshot_xmin,
    };
    pthread_mutex_lock(&remember->lock);
    bool ok = journal_verified_add(job->control, job->run_id, job->source_state, &known, err);
    pthread_mutex_unlock(&remember->lock);
    return ok;
}

bool
remember_end(struct remember *remember, struct error *err)
{
    return remember->job == NULL ||
           journal_verified_forget(remember->job->control, remember->job->run_id, err);
}

void
remember_free(struct remember *remember)
{
    if (remember->job != NULL) {
        pthread_mutex_destroy(&remember->lock);
    }
    arena_free(&remember->arena);
}
