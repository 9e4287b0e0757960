/* build_checks.c — CHECK constraints, piece by piece: what the type implies is
 * dropped, what has an equivalent is translated, the rest is noted. */
#include "planner/builder.h"
#include "postgres/target.h"
#include "translate/implied.h"

/* The pieces of one CHECK that come over. */
struct conditions {
    const char **items;
    size_t count;
    bool any_lost; /* a piece was dropped: the text is no longer the whole */
};

static void
read_piece(struct builder *builder, size_t table, const char *check,
           const struct sql_expr *expr, struct conditions *conditions)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    struct translate_scope scope = {.arena = builder->arena, .table = planned};
    struct plan_note note = {
        .kind = NOTE_CHANGED, .object_kind = "check", .name = check, .sql = expr->source};
    const char *sql = NULL;
    const char *reason = implied_by_type(builder->arena, planned, expr, &sql);
    if (reason != NULL) {
        builder_note(builder, &note, "%s", reason);
        conditions->any_lost = true;
    } else if (!translate_condition(&scope, expr, &sql)) {
        note.kind = NOTE_NOT_CARRIED;
        builder_note(builder, &note, "%s", scope.failure);
        conditions->any_lost = true;
    }
    if (sql != NULL) {
        *ARENA_APPEND(builder->arena, conditions->items, conditions->count) = sql;
    }
}

static void
read_pieces(struct builder *builder, size_t table, const char *check,
            const struct sql_expr *expr, struct conditions *conditions)
{
    expr = sql_strip_parentheses(expr);
    if (expr->kind == SQL_EXPR_BINARY && strcmp(expr->op, "AND") == 0) {
        read_pieces(builder, table, check, expr->args[0], conditions);
        read_pieces(builder, table, check, expr->args[1], conditions);
    } else {
        read_piece(builder, table, check, expr, conditions);
    }
}

static const char *
join(struct builder *builder, const struct conditions *conditions)
{
    if (conditions->count == 1) {
        return conditions->items[0];
    }
    AUTO_TEXT sql = {0};
    for (size_t i = 0; i < conditions->count; i++) {
        text_printf(&sql, "%s(%s)", i == 0 ? "" : " AND ", conditions->items[i]);
    }
    return arena_strdup(builder->arena, text_string(&sql));
}

/* The only column that is named in it, or NULL. */
static bool
only_column(const struct plan_table *table, const struct sql_expr *expr,
            const struct plan_column **column)
{
    if (expr->kind == SQL_EXPR_NAME) {
        int position = source_find_column(table->source, expr->name.text);
        if (position >= 0) {
            const struct plan_column *found = &table->columns[position];
            if (*column != NULL && *column != found) {
                return false;
            }
            *column = found;
        }
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i] != NULL && !only_column(table, expr->args[i], column)) {
            return false;
        }
    }
    return true;
}

static const char *
check_name(struct builder *builder, size_t table, const struct sql_check *check)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    const struct plan_column *column = NULL;
    bool only = only_column(planned, check->expr, &column);
    const char *implicit = names_implicit(
        builder->arena, planned->name, only && column != NULL ? column->name : NULL, "check");
    return builder_constraint_name(builder, table, &check->constraint, implicit);
}

static const char *
source_name(struct builder *builder, size_t table, const struct sql_check *check)
{
    const char *owner = builder->catalog->tables[table].name.text;
    return check->constraint.text == NULL
               ? owner
               : arena_printf(builder->arena, "%s.%s", owner, check->constraint.text);
}

static void
build_check(struct builder *builder, size_t table, const struct sql_check *check)
{
    const struct plan_table *planned = &builder->plan->tables[table];
    struct conditions conditions = {0};
    read_pieces(builder, table, source_name(builder, table, check), check->expr, &conditions);
    if (conditions.count == 0) {
        return;
    }
    const char *condition;
    struct translate_scope scope = {.arena = builder->arena, .table = planned};
    if (conditions.any_lost || !translate_condition(&scope, check->expr, &condition)) {
        condition = join(builder, &conditions);
    }
    const char *name = check_name(builder, table, check);
    builder_check(builder, table, name, condition);
}

void
build_checks(struct builder *builder)
{
    for (size_t t = 0; t < builder->plan->table_count; t++) {
        const struct source_table *source = &builder->catalog->tables[t];
        for (size_t i = 0; builder->plan->tables[t].problem == NULL && i < source->check_count;
             i++) {
            build_check(builder, t, &source->checks[i]);
        }
    }
}
