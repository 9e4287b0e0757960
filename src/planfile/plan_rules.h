/* plan_rules.h — a plan file fitted to the catalog of one source: who is meant by each name.
 *
 * What the file declares besides the source (queries, keys, foreign keys) is added to the
 * catalog, so that all that follows treats it as declared. */
#ifndef PLANFILE_PLAN_RULES_H
#define PLANFILE_PLAN_RULES_H

#include "planfile/plan_file.h"
#include "sqlite/catalog.h"

/* Of one table of the catalog. */
struct table_rules {
    const struct plan_file_table *said;      /* NULL: nothing */
    const struct plan_file_column **columns; /* [column]: NULL: nothing; said NULL: no list */
    bool *left_out;                          /* [column] */
};

struct plan_rules {
    const struct plan_file *file;
    size_t source;              /* in file->sources */
    struct table_rules *tables; /* one per table of the catalog as it is afterwards */
};

/* Fits the part of rules->file that is about its source number rules->source, both set by the
 * caller. handle: that source, to ask what a query gives. Changes `catalog`: queries and the
 * virtual tables that the file names are added, keys and references filled in. Borrows file and
 * catalog; lives as long as `arena`.
 * ERROR_USAGE "plan.yaml:12:7: ..." for the first name that is nobody's, with the nearest. */
MUST_USE bool plan_rules_fit(struct plan_rules *rules, struct source *handle,
                             struct catalog *catalog, struct arena *arena, struct error *err);

/* The source that a table of the file belongs to, and what of its name is behind that
 * source's: "registry.agents" -> "agents". -1: it names none of several. */
int plan_file_source_of(const struct plan_file *file, const struct plan_file_table *table,
                        const char **name);

/* The target schema of a source's tables: its own, else defaults.schema with the source's
 * name in place of "{source}". NULL: the file says nothing. */
const char *plan_file_schema(struct arena *arena, const struct plan_file *file, size_t source);

/* What is said about a table or a column; NULL: nothing. rules may be NULL. */
const struct plan_file_table *rules_table(const struct plan_rules *rules, size_t table);
const struct plan_file_column *rules_column(const struct plan_rules *rules, size_t table,
                                            size_t column);
bool rules_leave_out(const struct plan_rules *rules, size_t table, size_t column);

/* Of a column in an index: "created_at DESC" -> the length of "created_at". */
size_t rules_index_column(const char *text);

/* The table's, else the file's. */
enum plan_orphans rules_orphans(const struct plan_rules *rules, size_t table);
enum plan_nocase rules_nocase(const struct plan_rules *rules, size_t table);
enum plan_conflict rules_conflict(const struct plan_rules *rules, size_t table);

/* The file's, in its words: "C" where it says none. */
const char *rules_collation(const struct plan_rules *rules);

#endif
