/* view_names.c — the tables of a SELECT, and what its names mean among their columns. */
#include "planner/view.h"
#include "postgres/target.h"

#include <stdarg.h>
#include <string.h>

bool
view_failed(struct view_build *build, const char *format, ...)
{
    char words[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    build->failure = arena_strdup(build->builder->arena, words);
    return false;
}

static const char *
joined_name(struct arena *arena, size_t relation, const char *column)
{
    return arena_printf(arena, "%zu\x01%s", relation, column);
}

static const struct view_known *
find_known(const struct view_known *known, const char *word)
{
    while (known != NULL && sqlite3_stricmp(known->word, word) != 0) {
        known = known->next;
    }
    return known;
}

static const char *
quoted(struct arena *arena, const char *name)
{
    AUTO_TEXT sql = {0};
    target_quote_name(&sql, name);
    return arena_strdup(arena, text_string(&sql));
}

/* A name of WITH goes before a table, a table before a view. */
static bool
find_named(struct view_build *build, const struct view_table *table,
           struct view_relation *relation)
{
    struct builder *builder = build->builder;
    const struct view_known *known = find_known(build->commons, table->name.text);
    int position = known != NULL ? -1 : catalog_find_table(builder->catalog, table->name.text);
    if (position >= 0) {
        const struct plan_table *planned = &builder->plan->tables[position];
        unsigned char *trust = arena_alloc(builder->arena, planned->column_count);
        if (planned->problem != NULL) {
            return view_failed(build, "table %s does not come over", table->name.text);
        }
        for (size_t c = 0; c < planned->column_count; c++) {
            trust[c] = view_column_trust(builder, (size_t)position, c);
        }
        *relation = (struct view_relation){.from = builder_qualified(builder, planned),
                                           .table = planned,
                                           .trust = trust,
                                           .position = position};
        build->home = build->home < 0 ? position : build->home;
        return true;
    }
    known = known != NULL ? known : find_known(builder->views, table->name.text);
    if (known == NULL) {
        return view_failed(build, "%s is no table that comes over", table->name.text);
    }
    if (!known->ready) {
        return view_failed(build, "%s of its WITH refers to itself, or comes later",
                           table->name.text);
    }
    build->home = build->home < 0 ? known->home : build->home;
    *relation = (struct view_relation){
        .from = known->from, .table = &known->table, .trust = known->trust, .position = -1};
    return true;
}

static bool
find_query(struct view_build *build, const struct view_table *table,
           struct view_relation *relation)
{
    AUTO_TEXT sql = {0};
    struct view_outputs outputs = {0};
    struct view_known known = {0};
    if (!view_build_query(build, table->query, NULL, 0, &sql, &outputs)) {
        return false;
    }
    view_describe(build, &outputs, &known);
    struct plan_table *own = arena_alloc(build->builder->arena, sizeof *own);
    *own = known.table;
    *relation = (struct view_relation){
        .from = arena_printf(build->builder->arena, "(\n%s\n)", text_string(&sql)),
        .table = own,
        .trust = known.trust,
        .position = -1};
    return true;
}

/* What the text calls it: its alias, else its name; a query without an alias has none. */
static bool
name_relation(struct view_core *core, size_t at)
{
    struct builder *builder = core->build->builder;
    const struct view_table *table = &core->select->tables[at];
    const struct sql_name *name = table->alias.text != NULL ? &table->alias : &table->name;
    struct view_relation *relation = &core->relations[at];
    if (name->text == NULL) {
        relation->word = "";
        relation->alias = arena_printf(builder->arena, "query_%zu", at + 1);
        return true;
    }
    relation->word = name->text;
    relation->alias = quoted(builder->arena,
                             names_wanted(builder->arena, name, builder->options->names));
    for (size_t i = 0; i < at; i++) {
        if (sqlite3_stricmp(core->relations[i].word, name->text) == 0 ||
            strcmp(core->relations[i].alias, relation->alias) == 0) {
            return view_failed(core->build, "%s is there twice", name->text);
        }
    }
    return true;
}

static void
join_columns(struct view_core *core)
{
    struct arena *arena = core->build->builder->arena;
    size_t count = 0;
    for (size_t i = 0; i < core->select->table_count; i++) {
        count += core->relations[i].table->column_count;
    }
    core->joined.columns = arena_alloc(arena, count * sizeof *core->joined.columns);
    core->source.columns = arena_alloc(arena, count * sizeof *core->source.columns);
    core->column_sql = arena_alloc(arena, count * sizeof *core->column_sql);
    core->trust = arena_alloc(arena, count + 1);
    core->owners = arena_alloc(arena, count * sizeof *core->owners);
    for (size_t i = 0; i < core->select->table_count; i++) {
        const struct view_relation *relation = &core->relations[i];
        for (size_t c = 0; c < relation->table->column_count; c++) {
            size_t at = core->joined.column_count++;
            core->column_sql[at] = arena_printf(
                arena, "%s.%s", relation->alias,
                quoted(arena, relation->table->columns[c].name));
            core->joined.columns[at] = relation->table->columns[c];
            core->joined.columns[at].source_position = (int)at;
            core->source.columns[at] = relation->table->source->columns[c];
            core->source.columns[at].name.text = joined_name(
                arena, i, relation->table->source->columns[c].name.text);
            core->trust[at] = relation->trust[c];
            core->owners[at] = (int)i;
        }
    }
    core->source.column_count = core->joined.column_count;
    core->source.name.text = "";
    core->joined.source = &core->source;
}

bool
view_find_relations(struct view_core *core)
{
    size_t count = core->select->table_count;
    core->relations = arena_alloc(core->build->builder->arena, count * sizeof *core->relations);
    for (size_t i = 0; i < count; i++) {
        const struct view_table *table = &core->select->tables[i];
        bool found = table->query != NULL ? find_query(core->build, table, &core->relations[i])
                                          : find_named(core->build, table, &core->relations[i]);
        if (!found || !name_relation(core, i)) {
            return false;
        }
    }
    join_columns(core);
    return true;
}

/* Which of the tables the name belongs to; -1: none, -2: several. */
static int
find_owner(const struct view_core *core, const struct sql_expr *expr)
{
    int found = -1;
    for (size_t i = 0; i < core->select->table_count; i++) {
        const struct view_relation *relation = &core->relations[i];
        bool meant = expr->qualifier.text == NULL ||
                     sqlite3_stricmp(expr->qualifier.text, relation->word) == 0;
        if (meant && source_find_column(relation->table->source, expr->name.text) >= 0) {
            if (found >= 0) {
                return -2;
            }
            found = (int)i;
        }
    }
    return found;
}

/* The item of this alias in place of the name; it is resolved already. */
static bool
resolve_alias(struct view_core *core, struct sql_expr *expr)
{
    for (size_t i = 0; expr->qualifier.text == NULL && i < core->outputs.count; i++) {
        const struct view_output *output = &core->outputs.items[i];
        if (!output->aliased ||
            sqlite3_stricmp(output->source_name.text, expr->name.text) != 0) {
            continue;
        }
        struct sql_expr **args = arena_alloc(core->build->builder->arena, sizeof *args);
        args[0] = output->expr;
        *expr = (struct sql_expr){
            .kind = SQL_EXPR_PAREN, .args = args, .arg_count = 1, .source = expr->source};
        sql_find_collate(expr);
        return true;
    }
    return false;
}

/* Of columns of one name SQLite calls the second "name:1". */
static bool
may_be_numbered(const struct view_core *core, const char *name)
{
    const char *colon = strrchr(name, ':');
    if (colon == NULL || colon[1] == '\0' ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0') {
        return false;
    }
    const char *base = arena_printf(core->build->builder->arena, "%.*s", (int)(colon - name),
                                    name);
    for (size_t i = 0; i < core->select->table_count; i++) {
        if (source_find_column(core->relations[i].table->source, base) >= 0) {
            return true;
        }
    }
    return false;
}

static bool
resolve_name(struct view_core *core, struct sql_expr *expr, bool aliases)
{
    int owner = find_owner(core, expr);
    if (owner == -1 && aliases && resolve_alias(core, expr)) {
        return true;
    }
    if (owner == -1 && expr->name.quoted && expr->qualifier.text == NULL &&
        !may_be_numbered(core, expr->name.text)) {
        return true; /* a string */
    }
    if (owner < 0) {
        return owner == -1
                   ? view_failed(core->build, "no column \"%s\"", expr->name.text)
                   : view_failed(core->build, "\"%s\" is in two tables", expr->name.text);
    }
    const struct source_table *source = core->relations[owner].table->source;
    int column = source_find_column(source, expr->name.text);
    expr->name.text = joined_name(core->build->builder->arena, (size_t)owner,
                                  source->columns[column].name.text);
    expr->qualifier.text = NULL;
    return true;
}

bool
view_resolve(struct view_core *core, struct sql_expr *expr, bool aliases)
{
    if (expr->kind == SQL_EXPR_NAME) {
        return resolve_name(core, expr, aliases);
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i] != NULL && !view_resolve(core, expr->args[i], aliases)) {
            return false;
        }
    }
    sql_find_collate(expr); /* an alias may have brought one */
    return true;
}

int
view_bare_column(const struct view_core *core, const struct sql_expr *expr)
{
    expr = sql_strip_parentheses(expr);
    return expr->kind == SQL_EXPR_NAME ? source_find_column(&core->source, expr->name.text)
                                       : -1;
}

/* Both absent, or the same. */
static bool
same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : sqlite3_stricmp(a, b) == 0;
}

bool
view_same(const struct sql_expr *a, const struct sql_expr *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    a = sql_strip_parentheses(a);
    b = sql_strip_parentheses(b);
    bool text = a->kind == SQL_EXPR_STRING || a->kind == SQL_EXPR_UNKNOWN
                    ? a->text != NULL && b->text != NULL && strcmp(a->text, b->text) == 0
                    : same_text(a->text, b->text);
    if (a->kind != b->kind || !text || !same_text(a->name.text, b->name.text) ||
        !same_text(a->op, b->op) || a->arg_count != b->arg_count || a->negated != b->negated ||
        a->distinct != b->distinct || a->star != b->star || a->has_else != b->has_else) {
        return false;
    }
    for (size_t i = 0; i < a->arg_count; i++) {
        if (!view_same(a->args[i], b->args[i])) {
            return false;
        }
    }
    return true;
}
