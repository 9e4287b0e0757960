/* build_indexes.c — unique constraints and indexes: their keys, conditions, names. */
#include "planner/builder.h"
#include "postgres/target.h"
#include "translate/translated.h"

/* An index on its way. */
struct draft {
    const struct source_index *source;
    size_t table;
    size_t position;     /* in the table's indexes */
    struct text keys;    /* "a, lower(b) DESC" */
    const char *where;   /* NULL: not partial */
    const char *change;  /* what became of a collation or an expression; NULL: nothing */
    const char *failure; /* why it cannot be; NULL: it can */
    bool plain;          /* columns only, ascending: may be a constraint */
    const char **terms;  /* of each key */
};

/* A key as its collation compares it, which says something of text alone. */
static void
add_collated(struct builder *builder, struct draft *draft,
             const struct source_index_column *key, const char *sql, bool text)
{
    const char **term = &draft->terms[key - draft->source->columns];
    bool nocase = sqlite3_stricmp(key->collation, "NOCASE") == 0;
    *term = sql;
    if (!text || sqlite3_stricmp(key->collation, "BINARY") == 0 ||
        (nocase && !builder_is_lower(builder, draft->table, key->collation))) {
        text_add(&draft->keys, sql);
        return;
    }
    draft->plain = false;
    if (nocase) {
        *term = arena_printf(builder->arena, "lower(%s)", sql);
        draft->change = arena_printf(builder->arena,
                                     "COLLATE NOCASE: on %s; queries must say so too", *term);
    } else if (sqlite3_stricmp(key->collation, "RTRIM") == 0) {
        *term = arena_printf(builder->arena, "rtrim(%s, ' ')", sql);
        draft->change = arena_printf(builder->arena, "COLLATE RTRIM: on %s", *term);
    } else {
        draft->failure = arena_printf(builder->arena, "collation %s is the application's own",
                                      key->collation);
        return;
    }
    text_add(&draft->keys, *term);
}

static void
add_column(struct builder *builder, struct draft *draft, const struct source_index_column *key)
{
    const struct plan_column *column =
        &builder->plan->tables[draft->table].columns[key->column];
    AUTO_TEXT name = {0};
    target_quote_name(&name, column->name);
    if (column->left_out) {
        draft->failure = arena_printf(builder->arena, "column %s is left out",
                                      column->source->name.text);
        return;
    }
    if (column->type.kind == TYPE_JSON) {
        draft->failure = "a json column has no order in PostgreSQL; jsonb has";
        return;
    }
    add_collated(builder, draft, key, arena_strdup(builder->arena, name.bytes),
                 type_is_text(column->type.kind));
}

static void
add_expression(struct builder *builder, struct draft *draft,
               const struct source_index_column *key)
{
    struct translate_scope scope = {
        .arena = builder->arena, .table = &builder->plan->tables[draft->table], .index = true};
    const char *sql;
    bool text;
    draft->plain = false;
    if (key->expr == NULL) {
        draft->failure = "its expression could not be read";
    } else if (!translate_value(&scope, key->expr, &sql, &text)) {
        draft->failure = scope.failure;
    } else {
        add_collated(builder, draft, key, sql, text);
        draft->change = scope.change != NULL ? scope.change : draft->change;
    }
}

static void
add_condition(struct builder *builder, struct draft *draft)
{
    struct translate_scope scope = {.arena = builder->arena,
                                    .table = &builder->plan->tables[draft->table]};
    draft->plain = false;
    if (!translate_condition(&scope, draft->source->where, &draft->where)) {
        draft->failure = arena_printf(builder->arena, "its WHERE: %s", scope.failure);
    }
}

static void
draft_index(struct builder *builder, struct draft *draft)
{
    const struct source_index *source = draft->source;
    draft->plain = true;
    draft->terms = arena_alloc(builder->arena, source->column_count * sizeof *draft->terms);
    if (source->problem != NULL || source->column_count > INDEX_COLUMNS_MAX) {
        draft->failure = source->problem != NULL ? source->problem
                                                 : "PostgreSQL allows 32 columns in an index";
        return;
    }
    for (size_t i = 0; i < source->column_count && draft->failure == NULL; i++) {
        const struct source_index_column *key = &source->columns[i];
        text_add(&draft->keys, i == 0 ? "" : ", ");
        if (key->column >= 0) {
            add_column(builder, draft, key);
        } else {
            add_expression(builder, draft, key);
        }
        text_add(&draft->keys, key->descending ? " DESC" : "");
        draft->plain = draft->plain && !(key->descending && source->constraint);
    }
    if (source->where != NULL && draft->failure == NULL) {
        add_condition(builder, draft);
    }
}

/* PostgreSQL's own for a constraint: users_a_b_key. An index has a name in the source. */
static const char *
implicit_name(struct builder *builder, const struct draft *draft)
{
    const struct plan_table *table = &builder->plan->tables[draft->table];
    AUTO_TEXT columns = {0};
    for (size_t i = 0; i < draft->source->column_count; i++) {
        int column = draft->source->columns[i].column;
        text_printf(&columns, "%s%s", i == 0 ? "" : "_",
                    column < 0 ? "expr" : table->columns[column].name);
    }
    return names_implicit(builder->arena, table->name, text_string(&columns), "key");
}

static void
add_deciding_column(struct builder *builder, struct plan_step *step, int **columns, int column)
{
    for (size_t i = 0; *columns != NULL && i < step->unique_count; i++) {
        if ((*columns)[i] == column) {
            return;
        }
    }
    *ARENA_APPEND(builder->arena, *columns, step->unique_count) = column;
}

/* False: a name in it is no column's, as rowid. */
static bool
add_deciding_columns(struct builder *builder, struct plan_step *step, int **columns,
                     const struct sql_expr *expr)
{
    const struct source_table *source = builder->plan->tables[step->table].source;
    if (expr->kind == SQL_EXPR_NAME) {
        int column = source_find_column(source, expr->name.text);
        if (column >= 0) {
            add_deciding_column(builder, step, columns, column);
        }
        return column >= 0 || expr->name.quoted;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i] != NULL &&
            !add_deciding_columns(builder, step, columns, expr->args[i])) {
            return false;
        }
    }
    return true;
}

/* What decides whether two rows are one to an index of expressions, or of some rows only. */
static bool
find_deciding_columns(struct builder *builder, const struct source_index *source,
                      struct plan_step *step, int **columns)
{
    for (size_t i = 0; i < source->column_count; i++) {
        if (source->columns[i].column >= 0) {
            add_deciding_column(builder, step, columns, source->columns[i].column);
        } else if (!add_deciding_columns(builder, step, columns, source->columns[i].expr)) {
            return false;
        }
    }
    return source->where == NULL || add_deciding_columns(builder, step, columns, source->where);
}

/* Of the index whose step was added last. */
static void
remember_unique(struct builder *builder, const struct draft *draft)
{
    const struct source_index *source = draft->source;
    struct plan_step *step = &builder->plan->steps[builder->plan->step_count - 1];
    int *columns = NULL;
    bool of_columns = source->where == NULL;
    if (!source->unique) {
        return;
    }
    for (size_t i = 0; i < source->column_count; i++) {
        of_columns = of_columns && source->columns[i].column >= 0;
    }
    step->unique_terms = draft->terms;
    step->unique_where = draft->where;
    if (!of_columns) {
        step->unique_term_count = source->column_count;
        if (!find_deciding_columns(builder, source, step, &columns)) {
            step->unique_count = 0;
        }
        step->unique_columns = columns;
        return;
    }
    for (size_t i = 0; i < source->column_count; i++) {
        *ARENA_APPEND(builder->arena, columns, step->unique_count) = source->columns[i].column;
    }
    step->unique_columns = columns;
    if (draft->plain) {
        referable_add(builder, draft->table, columns, source->column_count);
    }
}

static void
add_index_step(struct builder *builder, const struct draft *draft)
{
    const struct source_index *source = draft->source;
    const struct plan_table *table = &builder->plan->tables[draft->table];
    const char *name = builder->index_names[draft->table][draft->position];
    if (name == NULL) {
        name = builder_index_name(builder, draft->table, implicit_name(builder, draft));
    }
    struct plan_step *step = builder_step(builder, PHASE_INDEXES, draft->table, "index", name);
    const char *qualified = builder_qualified(builder, table);
    AUTO_TEXT sql = {0};
    if (source->constraint && draft->plain) {
        text_printf(&sql, "ALTER TABLE %s ADD CONSTRAINT ", qualified);
        target_quote_name(&sql, name);
        text_printf(&sql, " UNIQUE (%s)", text_string(&draft->keys));
    } else {
        text_add(&sql, source->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
        target_quote_name(&sql, name);
        text_printf(&sql, " ON %s (%s)", qualified, text_string(&draft->keys));
    }
    if (draft->where != NULL) {
        text_printf(&sql, " WHERE %s", draft->where);
    }
    step->sql = arena_strdup(builder->arena, text_string(&sql));
}

static void
build_index(struct builder *builder, size_t table, size_t position)
{
    const struct source_index *source = &builder->catalog->tables[table].indexes[position];
    struct draft draft = {.source = source, .table = table, .position = position};
    draft_index(builder, &draft);
    const char *owner = builder->catalog->tables[table].name.text;
    struct plan_note note = {
        .kind = draft.failure != NULL ? NOTE_NOT_CARRIED : NOTE_CHANGED,
        .object_kind = source->constraint ? "unique constraint" : "index",
        .name = source->name.text != NULL ? source->name.text
                                          : arena_printf(builder->arena, "%s (%s)", owner,
                                                         implicit_name(builder, &draft)),
        .sql = source->sql,
    };
    if (draft.failure != NULL) {
        builder_note(builder, &note, "%s", draft.failure);
    } else {
        add_index_step(builder, &draft);
        remember_unique(builder, &draft);
        if (draft.change != NULL) {
            builder_note(builder, &note, "%s", draft.change);
        }
    }
    text_free(&draft.keys);
}

void
build_indexes(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct source_table *source = &builder->catalog->tables[t];
        for (size_t i = 0; builder->plan->tables[t].problem == NULL && i < source->index_count;
             i++) {
            build_index(builder, t, i);
        }
    }
}
