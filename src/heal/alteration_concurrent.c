/* alteration_concurrent.c — indexes made and dropped beside running writers, which no transaction
 * can undo: what is left over of a failure is found and removed. */
#include "base/text.h"
#include "heal/alteration_internal.h"
#include "postgres/target.h"

#include <string.h>

/* Indexes of the table that were not there before: those that are not valid, or all of them. */
static bool
drop_leftovers(struct alteration_work *work, bool valid_ones_too)
{
    struct alteration_outcome *outcome = work->outcome;
    const json_t *before = json_object_get(outcome->before, "indexes");
    json_t *after = NULL;
    struct error err;
    const char *name;
    json_t *index;
    bool good = table_shape(&work->lease, outcome->table.oid, &after, &err);
    json_object_foreach(json_object_get(after, "indexes"), name, index)
    {
        bool broken = !json_is_true(json_object_get(index, "valid"));
        if (good && json_object_get(before, name) == NULL && (broken || valid_ones_too)) {
            AUTO_TEXT sql = {0};
            text_add(&sql, "DROP INDEX CONCURRENTLY IF EXISTS ");
            target_quote_qualified(&sql, outcome->table.schema, name);
            good = target_execute(work->lease.conn, sql.bytes, &err);
        }
    }
    json_decref(after);
    return good || alteration_failed(work, &err);
}

static bool
find_first(struct alteration_work *work)
{
    struct error err;
    return alteration_find(work) && alteration_ready(work) &&
           (database_rollback(&work->lease, &err) || alteration_failed(work, &err)) &&
           (database_settle(&work->lease, &work->bounds, &err) ||
            alteration_failed(work, &err));
}

static bool
undo(struct alteration_work *work, const char *why)
{
    if (!drop_leftovers(work, true) || !alteration_record(work, "undone", why)) {
        return false;
    }
    tool_refuse(work->result, "", "undone: %s", why);
    return false;
}

/* The statement may have failed, and its answer is already written: the leftovers go all the
 * same, and what comes of that is not told over it. */
static bool
clean_up_after(struct alteration_work *work, bool valid_ones_too)
{
    struct tool_result told = *work->result;
    work->result->structured = NULL;
    bool clean = PQstatus(work->lease.conn) == CONNECTION_OK &&
                 drop_leftovers(work, valid_ones_too);
    if (!clean) {
        json_object_set_new(told.structured, "leftover",
                            json_string("an index may be left; see"
                                        " postgres_health_check"));
    }
    json_decref(work->result->structured);
    *work->result = told;
    return false;
}

bool
alteration_concurrently(struct alteration_work *work)
{
    const char *why;
    if (!find_first(work)) {
        return false;
    }
    if (!alteration_statement(work)) {
        return clean_up_after(work, false);
    }
    if (!alteration_compare(work) || !alteration_prove(work, &why)) {
        return clean_up_after(work, true);
    }
    if (why != NULL) {
        return undo(work, why);
    }
    work->outcome->committed = true;
    return alteration_record(work, "applied", NULL);
}
