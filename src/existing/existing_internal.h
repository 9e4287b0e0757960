/* existing_internal.h — what the files that fit a plan to existing tables share. */
#ifndef EXISTING_EXISTING_INTERNAL_H
#define EXISTING_EXISTING_INTERNAL_H

#include "existing/existing.h"

void existing_problem(const struct existing_job *job, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* name and kind as in struct plan_note; kind NOTE_NOT_CARRIED. */
void existing_note(const struct existing_job *job, const char *object_kind, const char *name,
                   const char *format, ...) PRINTF_LIKE(4, 5);

/* "schema.table", quoted where needed. */
const char *existing_qualified(const struct existing_job *job,
                               const struct target_table *table);

/* Fits the columns, and chooses the key by which conflicts are seen. */
void existing_fit_columns(const struct existing_job *job, struct plan_table *table,
                          const struct target_table *target);

/* The attnum of the target column that a source column goes to; 0: none. */
int existing_attribute(const struct plan_table *table, const struct target_table *target,
                       int source_position);

/* Before tables and columns change places, and behind it: the plan's references follow. */
void existing_remember_references(const struct existing_job *job);
void existing_find_references(const struct existing_job *job);

/* Of a live source: rows must be found in the target by what they are known by. */
void existing_judge_live_key(const struct existing_job *job, const struct plan_table *table,
                             const struct target_table *target);
/* The unique index of a hidden column, as a step. */
void existing_add_rowid_index(const struct existing_job *job, size_t index);

/* Sequences and statistics, as the plan's steps. */
void existing_add_steps(const struct existing_job *job);

/* One note about all columns that are sorted otherwise than by their bytes. */
void existing_note_collations(const struct existing_job *job);

/* Notes about keys, indexes and foreign keys that the target lacks. */
void existing_note_lacking(const struct existing_job *job, const struct plan_table *table,
                           const struct target_table *target);

#endif
