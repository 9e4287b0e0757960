/* translate_case.c — CASE and iif(). */
#include "plan/translated.h"

bool
translate_iif(struct translate_scope *scope, const struct sql_expr *expr,
              struct translated *out)
{
    struct translated condition;
    struct translated values[2];
    struct value_type type;
    if (!translate_truth(scope, expr->args[0], &condition) ||
        !translate_any(scope, expr->args[1], &values[0]) ||
        !translate_any(scope, expr->args[2], &values[1]) ||
        !translate_unify(scope, values, 2, &type)) {
        return false;
    }
    translate_set_call(out, type.kind,
                       arena_printf(scope->arena, "CASE WHEN %s THEN %s ELSE %s END",
                                    condition.sql, values[0].sql, values[1].sql));
    return true;
}

/* The condition of one WHEN; with a base it is "base = value". */
static bool
translate_when(struct translate_scope *scope, const struct sql_expr *base,
               struct sql_expr *value, struct translated *out)
{
    if (base == NULL) {
        return translate_truth(scope, value, out);
    }
    struct sql_expr *operands[] = {arena_alloc(scope->arena, sizeof *base), value};
    *operands[0] = *base;
    struct sql_expr equal = {
        .kind = SQL_EXPR_BINARY, .op = "=", .args = operands, .arg_count = 2};
    return translate_binary(scope, &equal, out);
}

bool
translate_case(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated *out)
{
    const struct sql_expr *base = expr->args[0];
    size_t pair_count = (expr->arg_count - 1) / 2;
    size_t result_count = pair_count + (expr->has_else ? 1 : 0);
    struct translated *results = arena_alloc(scope->arena, result_count * sizeof *results);
    const char **conditions = arena_alloc(scope->arena, pair_count * sizeof *conditions);
    for (size_t i = 0; i < result_count; i++) {
        struct translated condition;
        bool is_else = i == pair_count;
        if (!is_else) {
            if (!translate_when(scope, base, expr->args[1 + 2 * i], &condition)) {
                return false;
            }
            conditions[i] = condition.sql;
        }
        if (!translate_any(scope, expr->args[is_else ? 1 + 2 * i : 2 + 2 * i], &results[i])) {
            return false;
        }
    }
    struct value_type type;
    if (!translate_unify(scope, results, result_count, &type)) {
        return false;
    }
    AUTO_TEXT sql = {0};
    text_add(&sql, "CASE");
    for (size_t i = 0; i < pair_count; i++) {
        text_printf(&sql, " WHEN %s THEN %s", conditions[i], results[i].sql);
    }
    if (expr->has_else) {
        text_printf(&sql, " ELSE %s", results[pair_count].sql);
    }
    text_add(&sql, " END");
    translate_set_call(out, type.kind, arena_strdup(scope->arena, sql.bytes));
    return true;
}
