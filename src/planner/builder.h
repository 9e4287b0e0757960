/* builder.h — what plan_build's files share while a plan is being made. */
#ifndef PLANNER_BUILDER_H
#define PLANNER_BUILDER_H

#include "plan/names.h"
#include "plan/plan.h"
#include "translate/translate.h"

enum { INDEX_COLUMNS_MAX = 32 }; /* INDEX_MAX_KEYS, pg_config_manual.h */

/* Columns that are unique together. */
struct column_set {
    const int *columns;
    size_t count;
    struct column_set *next;
};

/* Tables, indexes and sequences of a schema share one namespace. */
struct schema_names {
    const char *schema;
    struct name_set relations;
};

/* Columns that the source does not have: they become part of their tables at the very end. */
struct extra_columns {
    struct plan_column *columns;
    const struct plan_file_column **said; /* of each; NULL: the plan file does not say it */
    size_t count;
    size_t said_count;
};

struct builder {
    struct arena *arena;
    const struct catalog *catalog;
    const struct inspection *inspection;
    const struct plan_options *options;
    struct plan *plan;            /* plan.tables[i] is catalog.tables[i]; columns likewise */
    struct schema_names *schemas; /* one namespace each */
    size_t schema_count;
    struct name_set *constraints;  /* one per table */
    const char ***index_names;     /* [table][index]: NULL where the source gave none */
    bool **keys;                   /* [table][column]: in a primary, unique or foreign key */
    struct column_set **referable; /* [table]: what foreign keys may refer to; a list */
    struct extra_columns *extras;  /* [table]: behind those of the source */
    struct view_known *views;      /* those that come over, the latest first; view.h */
};

/* In the order of the work; each reads what those before it wrote. */
void build_names(struct builder *builder);
void build_types(struct builder *builder);
void build_columns(struct builder *builder);
void build_limits(struct builder *builder);
void build_collations(struct builder *builder);
void build_keys(struct builder *builder);
void build_conflicts(struct builder *builder);
void build_indexes(struct builder *builder);
void build_checks(struct builder *builder);
void build_foreign_keys(struct builder *builder);
void build_sequences(struct builder *builder);
void build_analyze(struct builder *builder);
void build_objects(struct builder *builder);

/* What only a live source needs; each does nothing without one. */
void build_frame_rowid(struct builder *builder, size_t table);
void build_rowid_indexes(struct builder *builder);

/* What only a plan file can ask for; each does nothing without one. */
void build_frame_extras(struct builder *builder, size_t table);
void build_uuid_rules(struct builder *builder);
void build_said_types(struct builder *builder);
void build_extras(struct builder *builder);
void build_said_indexes(struct builder *builder);
void build_said_checks(struct builder *builder);
void build_schemas(struct builder *builder);

/* The last: columns that are left out go, extra ones come. */
void build_compact(struct builder *builder);

/* What the plan file says; NULL: nothing. */
const struct plan_file_table *builder_said(const struct builder *builder, size_t table);
const struct plan_file_column *builder_said_column(const struct builder *builder, size_t table,
                                                   size_t column);

/* A column by its name in the source, else in the target, extra ones included. NULL: none. */
const struct plan_column *builder_find_column(const struct builder *builder, size_t table,
                                              const char *name);

/* A statement before the tables, once. */
void builder_prelude(struct builder *builder, const char *sql);

/* A GIN index over to_tsvector of these columns. name NULL: PostgreSQL's own kind of name. */
void build_search(struct builder *builder, size_t table,
                  const struct plan_column *const *columns, size_t count, const char *config,
                  const char *name);

/* A view as a view. NULL, or why not. */
const char *build_view(struct builder *builder, const struct source_object *object);

/* A full-text table as a search index; false: it is not certain what of, or not wanted. */
bool build_fulltext(struct builder *builder, const struct source_object *object);

/* By what a column of a known type is compared; said: the plan file's word for it, NULL: that
 * of its defaults. */
void builder_collate(const struct builder *builder, struct plan_column *column,
                     const char *said);

/* COLLATE NOCASE that is to become lower(). */
bool builder_is_lower(const struct builder *builder, size_t table, const char *collation);

/* More columns than a PostgreSQL table can have: says so, else NULL. */
const char *limits_problem(const struct builder *builder, size_t table);

/* A primary key whose rows hold NULL is a unique index instead. */
bool primary_key_has_nulls(const struct builder *builder, size_t table);

/* The profile, or NULL for a table that could not be read. */
const struct column_profile *builder_profile(const struct builder *builder, size_t table,
                                             size_t column);

/* Adds a note; `name` and `sql` are borrowed from the catalog or the arena. */
void builder_note(struct builder *builder, const struct plan_note *note, const char *format,
                  ...) PRINTF_LIKE(3, 4);

/* "table.column", in the source's words. */
const char *builder_column_name(struct builder *builder, size_t table, size_t column);

/* "schema.table", quoted where needed. */
const char *builder_qualified(struct builder *builder, const struct plan_table *table);

/* The names in use in the schema of the table. Valid until the next call. */
struct name_set *builder_relations(struct builder *builder, size_t table);

/* "a, b" in the target's words. */
const char *builder_column_list(struct builder *builder, size_t table, const int *columns,
                                size_t count);

/* A step about the table; id is "<what> <schema>.<table>.<name>". */
struct plan_step *builder_step(struct builder *builder, enum plan_phase phase, size_t table,
                               const char *what, const char *name);

/* The step that adds a CHECK of that name, and the one that validates it. */
void builder_check(struct builder *builder, size_t table, const char *name,
                   const char *condition);

/* The name of a CHECK or a foreign key, unique in its table. given: the source's name,
 * text NULL for none; then it is PostgreSQL's own, `implicit`. */
const char *builder_constraint_name(struct builder *builder, size_t table,
                                    const struct sql_name *given, const char *implicit);

/* The same for an index or a constraint with an index, unique in the schema. The
 * source's names were all claimed before (build_names): what a person chose goes
 * before what is made up. */
const char *builder_index_name(struct builder *builder, size_t table, const char *implicit);

/* Declares that exactly these columns are unique, so that foreign keys may refer
 * to them; and asks for it (in any order, as PostgreSQL allows). */
void referable_add(struct builder *builder, size_t table, const int *columns, size_t count);
bool referable_holds(const struct builder *builder, size_t table, const int *columns,
                     size_t count);

#endif
