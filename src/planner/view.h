/* view.h — what the files that translate views share; for them only.
 *
 * A query is built from the inside out: each SELECT sees its tables as one joined table, whose
 * columns have names that no text can hold by itself; each name of the text is replaced by the
 * one that it means. What a query gives is a table again, for the query around it. */
#ifndef PLANNER_VIEW_H
#define PLANNER_VIEW_H

#include "planner/builder.h"
#include "sql/view_parse.h"
#include "translate/translated.h"

/* Something that a FROM may name: a name of WITH, or a view made before. */
struct view_known {
    const char *word; /* in the source */
    const char *from; /* in the target, quoted */
    struct plan_table table;
    const unsigned char *trust; /* of each column: enum translate_trust */
    bool ready;                 /* false: it is being made, or comes later */
    int home;                   /* the table of the plan in whose schema it is; -1: none yet */
    struct view_known *next;
};

/* One column of what a query gives. */
struct view_output {
    struct sql_expr *expr;            /* with its names replaced */
    struct sql_name source_name;      /* in SQLite; text NULL: none that is certain */
    bool aliased;                     /* the text gives it this name by AS */
    struct sql_name outer_name;       /* what the query around it calls it */
    const struct plan_column *column; /* what it is, bare; NULL: an expression */
    const char *name;                 /* in the target */
    const char *sql;
    struct translated value; /* its sql may be wider than the above: an enum as text */
    struct value_type type;  /* of `sql` */
    unsigned char trust;
};

struct view_outputs {
    struct view_output *items;
    size_t count;
};

struct view_build {
    struct builder *builder;
    struct view_known *commons;   /* names of WITH that are seen here, the nearest first */
    struct name_set common_names; /* in the target */
    int home;                     /* as above */
    const char *failure;
    const char *change; /* what is equivalent, but not the same; NULL: nothing */
};

/* A table of a FROM. */
struct view_relation {
    const char *word;  /* how the text calls it */
    const char *alias; /* the same in the target, quoted */
    const char *from;  /* what it is, in the target's words */
    const struct plan_table *table;
    const unsigned char *trust;
    int position; /* in plan.tables; -1: it is a query */
};

/* One SELECT. */
struct view_core {
    struct view_build *build;
    const struct sql_select *select;
    struct view_relation *relations;
    struct plan_table joined;
    struct source_table source;
    const char **column_sql; /* of each column of `joined` */
    unsigned char *trust;
    int *owners; /* of each: in `relations` */
    struct view_outputs outputs;
    bool grouped;
    struct sql_expr **groups; /* ordinals and aliases resolved */
    const char **group_sql;   /* of these, then of columns that they decide */
    size_t group_sql_count;
    const char *rows;   /* FROM ... WHERE */
    const char *having; /* NULL: none */
};

/* Always false. */
bool view_failed(struct view_build *build, const char *format, ...) PRINTF_LIKE(2, 3);

/* The FROM of the core. */
bool view_find_relations(struct view_core *core);

/* Names replaced by those of the joined table; else, when asked, by the item of that alias. */
bool view_resolve(struct view_core *core, struct sql_expr *expr, bool aliases);

/* The column of the joined table that the expression is, or -1. */
int view_bare_column(const struct view_core *core, const struct sql_expr *expr);
bool view_same(const struct sql_expr *a, const struct sql_expr *b);

/* An expression that can stand in SELECT, GROUP BY, HAVING and ORDER BY. */
bool view_translate(struct view_core *core, struct sql_expr *expr, struct view_output *out);

/* Whether a SELECT with groups may give it: it is grouped, gathered or decided by what is. */
bool view_is_grouped(struct view_core *core, const struct sql_expr *expr);
bool view_gathers(const struct sql_expr *expr);
bool view_read_groups_of(struct view_core *core);

/* The columns of one table decide all others of it. */
bool view_key_is_among(const struct view_core *core, size_t relation,
                       struct sql_expr *const *exprs, size_t count);

/* One SELECT, without its text: columns named as `columns` says, where there are any. */
bool view_build_core(struct view_build *build, const struct sql_select *select,
                     const struct sql_name *columns, size_t column_count, bool named,
                     struct view_core *core);

/* Its text; once ORDER BY has been seen, which may need columns grouped. */
void view_print_core(const struct view_core *core, struct text *sql);

/* A whole query and its text. */
bool view_build_query(struct view_build *build, const struct sql_query *query,
                      const struct sql_name *columns, size_t column_count, struct text *sql,
                      struct view_outputs *outputs);

/* ORDER BY and LIMIT of a query whose SELECTs are built; `wrapped`: they see nothing but what
 * these give. */
bool view_add_order(struct view_core *core, const struct sql_query *query, bool wrapped,
                    struct text *sql);

/* What a query gives, as a table. */
void view_describe(struct view_build *build, const struct view_outputs *outputs,
                   struct view_known *known);

/* enum translate_trust of a column of a table that comes over. */
unsigned char view_column_trust(const struct builder *builder, size_t table, size_t column);

#endif
