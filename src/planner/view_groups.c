/* view_groups.c — GROUP BY: what it groups, and what may then be selected.
 *
 * SQLite takes any column beside an aggregate, and then gives the value of some row. That is
 * certain only where the groups decide it: the column is grouped itself, or the key of its
 * table is. */
#include "planner/view.h"

bool
view_gathers(const struct sql_expr *expr)
{
    if (translate_is_aggregate(expr)) {
        return true;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i] != NULL && view_gathers(expr->args[i])) {
            return true;
        }
    }
    return false;
}

static void
view_add_group(struct view_core *core, const char *sql)
{
    for (size_t i = 0; i < core->group_sql_count; i++) {
        if (strcmp(core->group_sql[i], sql) == 0) {
            return;
        }
    }
    *ARENA_APPEND(core->build->builder->arena, core->group_sql, core->group_sql_count) = sql;
}

/* GROUP BY 2: the second column. */
static bool
group_expr(struct view_core *core, struct sql_expr *group, struct sql_expr **expr)
{
    *expr = group;
    if (group->kind != SQL_EXPR_INTEGER) {
        return view_resolve(core, group, true);
    }
    unsigned long number = strtoul(group->text, NULL, 10);
    if (number == 0 || number > core->outputs.count) {
        return view_failed(core->build, "GROUP BY %s is none of its columns", group->text);
    }
    *expr = core->outputs.items[number - 1].expr;
    return true;
}

bool
view_read_groups_of(struct view_core *core)
{
    struct view_build *build = core->build;
    size_t count = core->select->group_count;
    core->groups = arena_alloc(build->builder->arena, count * sizeof *core->groups);
    for (size_t i = 0; i < count; i++) {
        struct view_output group = {0};
        struct translate_scope scope = {.arena = build->builder->arena};
        if (!group_expr(core, core->select->groups[i], &core->groups[i]) ||
            !view_translate(core, core->groups[i], &group)) {
            return false;
        }
        if (group.value.is_constant || view_gathers(core->groups[i])) {
            return view_failed(build, "it groups by a constant or an aggregate");
        }
        if (!translate_must_equal(&scope, &group.value, group.trust, "GROUP BY")) {
            build->failure = scope.failure;
            return false;
        }
        build->change = scope.change != NULL ? scope.change : build->change;
        view_add_group(core, group.sql);
    }
    return true;
}

static bool
is_among(const struct view_core *core, int column, struct sql_expr *const *exprs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_bare_column(core, exprs[i]) == column) {
            return true;
        }
    }
    return false;
}

bool
view_key_is_among(const struct view_core *core, size_t relation, struct sql_expr *const *exprs,
                  size_t count)
{
    const struct view_relation *table = &core->relations[relation];
    if (table->position < 0 || table->table->source->primary_key_count == 0 ||
        primary_key_has_nulls(core->build->builder, (size_t)table->position)) {
        return false;
    }
    int first = 0;
    while (core->owners[first] != (int)relation) {
        first++;
    }
    const struct source_table *source = table->table->source;
    for (size_t i = 0; i < source->primary_key_count; i++) {
        if (!is_among(core, first + source->primary_key[i], exprs, count)) {
            return false;
        }
    }
    return true;
}

/* The key of its table is grouped: one value in each group, which GROUP BY then lists, too. */
static bool
is_decided(struct view_core *core, int column)
{
    enum type_kind kind = core->joined.columns[column].type.kind;
    if (kind == TYPE_JSON || core->joined.columns[column].left_out ||
        !view_key_is_among(core, (size_t)core->owners[column], core->groups,
                           core->select->group_count)) {
        return false;
    }
    view_add_group(core, core->column_sql[column]);
    return true;
}

bool
view_is_grouped(struct view_core *core, const struct sql_expr *expr)
{
    expr = sql_strip_parentheses(expr);
    for (size_t i = 0; i < core->select->group_count; i++) {
        if (view_same(core->groups[i], expr)) {
            return true;
        }
    }
    if (translate_is_aggregate(expr)) {
        return true;
    }
    int column = view_bare_column(core, expr);
    if (column >= 0 && !is_decided(core, column)) {
        return view_failed(core->build,
                           "GROUP BY does not decide \"%s\", which SQLite takes of any row",
                           strchr(expr->name.text, '\x01') + 1);
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i] != NULL && !view_is_grouped(core, expr->args[i])) {
            return false;
        }
    }
    return true;
}
