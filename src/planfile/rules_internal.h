/* rules_internal.h — what the files that fit a plan file to a catalog share. */
#ifndef PLANFILE_RULES_INTERNAL_H
#define PLANFILE_RULES_INTERNAL_H

#include "planfile/plan_rules.h"

struct rules_fit {
    struct arena *arena;
    struct catalog *catalog;
    struct plan_rules *rules;
    int *positions; /* [table of the file]: in the catalog; -1: of another source */
};

/* Always false: nobody has that name; the hint says who has nearly. */
bool rules_no_column(const struct plan_rules *rules, const struct source_table *table,
                     const struct plan_word *word, struct error *err);
bool rules_no_table(const struct rules_fit *fit, const struct plan_word *word, const char *name,
                    struct error *err);

/* rules_tables.c: the table that is meant, a new one for a query or a virtual table. */
bool rules_find_table(struct rules_fit *fit, struct source *handle,
                      const struct plan_file_table *said, const char *name, int *position,
                      struct error *err);

/* rules_keys.c: the primary key and the references of the file, into the catalog. */
bool rules_fit_keys(struct rules_fit *fit, size_t table, struct error *err);

/* rules_names.c: everything else that names columns; nothing is changed. */
bool rules_fit_names(const struct rules_fit *fit, size_t table, struct error *err);

#endif
