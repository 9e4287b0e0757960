/* existing_collations.c — text that existing tables sort otherwise than SQLite did. */
#include "existing/existing_internal.h"

struct sorted {
    const char *first; /* "users.name", in the source's words; NULL: there is none */
    size_t count;
    size_t by_column; /* of these, by a collation of the column's own */
};

static void
look_at(const struct existing_job *job, size_t table, struct sorted *sorted)
{
    const struct plan_table *planned = &job->plan->tables[table];
    for (size_t i = 0; i < planned->column_count; i++) {
        const struct plan_column *column = &planned->columns[i];
        const struct target_column *target = target_table_column(job->fit->tables[table],
                                                                 column->name);
        if (target == NULL || target->bytewise || column->source_position < 0 ||
            !value_type_is_collated(column->type.kind)) {
            continue;
        }
        if (sorted->count++ == 0) {
            sorted->first = arena_printf(job->arena, "%s.%s", planned->source->name.text,
                                         column->source->name.text);
        }
        sorted->by_column += target->collation != NULL;
    }
}

void
existing_note_collations(const struct existing_job *job)
{
    struct sorted sorted = {0};
    struct plan *plan = job->plan;
    for (size_t i = 0; i < plan->table_count; i++) {
        if (job->fit->tables[i] != NULL) {
            look_at(job, i, &sorted);
        }
    }
    if (sorted.count == 0) {
        return;
    }
    const char *database = arena_printf(job->arena, "the database's locale (%s)",
                                        job->target->locale.name);
    const char *by = sorted.by_column == 0              ? database
                     : sorted.by_column == sorted.count ? "collations of their own"
                                                        : arena_printf(job->arena,
                                                                       "%s or collations of "
                                                                       "their own",
                                                                       database);
    const struct plan_note note = {
        .kind = NOTE_CHANGED,
        .object_kind = "collation",
        .name = sorted.count == 1 ? sorted.first
                                  : arena_printf(job->arena, "%s and %zu more columns",
                                                 sorted.first, sorted.count - 1),
        .reason = arena_printf(job->arena,
                               "text is sorted by %s; SQLite sorts by bytes, as COLLATE \"C\" "
                               "does",
                               by),
    };
    *ARENA_APPEND(job->arena, plan->notes, plan->note_count) = note;
}
