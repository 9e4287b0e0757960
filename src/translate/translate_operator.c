/* translate_operator.c — which operator it is; and AND, OR, ||, arithmetic and bits. */
#include "translate/translated.h"

static bool
is_op(const struct sql_expr *expr, const char *op)
{
    return strcmp(expr->op, op) == 0;
}

/* AND and OR chains stay flat: a AND b AND c. */
static const char *
logic_operand(struct translate_scope *scope, const struct sql_expr *expr,
              const struct translated *value, const char *op)
{
    expr = sql_strip_parentheses(expr);
    bool same = expr->kind == SQL_EXPR_BINARY && is_op(expr, op);
    return same || value->condition ? value->sql : translate_operand(scope, value);
}

static bool
translate_logic(struct translate_scope *scope, const struct sql_expr *expr,
                struct translated *out)
{
    struct translated a;
    struct translated b;
    if (!translate_truth(scope, expr->args[0], &a) ||
        !translate_truth(scope, expr->args[1], &b)) {
        return false;
    }
    translate_set_condition(
        out, arena_printf(scope->arena, "%s %s %s",
                          logic_operand(scope, expr->args[0], &a, expr->op), expr->op,
                          logic_operand(scope, expr->args[1], &b, expr->op)));
    out->condition = false;
    return true;
}

static bool
translate_concatenation(struct translate_scope *scope, const struct sql_expr *expr,
                        struct translated *out)
{
    struct translated a;
    struct translated b;
    if (!translate_text(scope, expr->args[0], &a) ||
        !translate_text(scope, expr->args[1], &b)) {
        return false;
    }
    const struct sql_expr *left = sql_strip_parentheses(expr->args[0]);
    bool chain = left->kind == SQL_EXPR_BINARY && is_op(left, "||");
    *out = (struct translated){.type = TYPE_OF(TYPE_TEXT)};
    out->sql = arena_printf(scope->arena, "%s || %s",
                            chain ? a.sql : translate_operand(scope, &a),
                            translate_operand(scope, &b));
    return true;
}

static uint64_t
most_of_sum(uint64_t a, uint64_t b)
{
    uint64_t most;
    return __builtin_add_overflow(a, b, &most) ? UINT64_MAX : most;
}

static uint64_t
most_of_product(uint64_t a, uint64_t b)
{
    uint64_t most;
    return __builtin_mul_overflow(a, b, &most) ? UINT64_MAX : most;
}

static bool
divisor_is_safe(const struct translated *divisor)
{
    return divisor->is_constant &&
           ((divisor->constant.kind == CONSTANT_INTEGER && divisor->constant.integer != 0) ||
            (divisor->constant.kind == CONSTANT_REAL &&
             (divisor->constant.real < 0 || divisor->constant.real > 0)));
}

/* A real literal as what it is to SQLite; alone it is a numeric. */
static void
cast_real(struct translate_scope *scope, struct translated *value)
{
    if (value->is_constant && value->constant.kind == CONSTANT_REAL && !scope->exact) {
        value->sql = arena_printf(scope->arena, "CAST(%s AS double precision)", value->sql);
        value->atom = true;
    }
}

/* Integers divide as integers in both; doubles only when SQLite surely holds reals.
 * By zero SQLite gives NULL. */
static bool
translate_division(struct translate_scope *scope, const struct sql_expr *expr,
                   const struct translated *a, const struct translated *b,
                   struct translated *out)
{
    bool integers = a->type.kind == TYPE_BIGINT && b->type.kind == TYPE_BIGINT;
    bool reals = (a->type.kind == TYPE_DOUBLE && !a->maybe_integer) ||
                 (b->type.kind == TYPE_DOUBLE && !b->maybe_integer);
    if (is_op(expr, "%") ? !integers : !integers && !reals) {
        return translate_failed(scope, "%s of %s and %s", expr->op,
                                type_name(scope->arena, &a->type),
                                type_name(scope->arena, &b->type));
    }
    const char *divisor = translate_operand(scope, b);
    if (!divisor_is_safe(b)) {
        divisor = arena_printf(scope->arena, "NULLIF(%s, 0)", b->sql);
    }
    const char *dividend = translate_operand(scope, a);
    *out = (struct translated){.type = TYPE_OF(integers ? TYPE_BIGINT : TYPE_DOUBLE),
                               .most = a->most,
                               .signed_zero = reals};
    out->sql = arena_printf(scope->arena, "%s %s %s", dividend, expr->op, divisor);
    return true;
}

/* & and | of two numbers stay below the next power of two; a shift to the right makes less. */
static uint64_t
most_of_bits(char op, const struct translated *a, const struct translated *b)
{
    if (op == '<') {
        return most_of_product(a->most, UINT64_C(1) << b->constant.integer);
    }
    return op == '>' ? a->most : most_of_product(a->most > b->most ? a->most : b->most, 2);
}

static bool
translate_bits(struct translate_scope *scope, const struct sql_expr *expr,
               const struct translated *a, const struct translated *b, struct translated *out)
{
    bool shift = expr->op[1] != '\0';
    bool distance = !shift || (b->is_constant && b->constant.kind == CONSTANT_INTEGER &&
                               b->constant.integer >= 0 && b->constant.integer < 64);
    if (a->type.kind != TYPE_BIGINT || b->type.kind != TYPE_BIGINT || !distance) {
        return translate_failed(scope, "%s of %s and %s", expr->op,
                                type_name(scope->arena, &a->type),
                                type_name(scope->arena, &b->type));
    }
    /* A bare literal is an int4 to PostgreSQL and shifts within 32 bits. */
    const char *left = a->is_constant ? arena_printf(scope->arena, "CAST(%s AS bigint)", a->sql)
                                      : translate_operand(scope, a);
    *out = (struct translated){.type = TYPE_OF(TYPE_BIGINT),
                               .most = most_of_bits(expr->op[0], a, b)};
    out->sql = arena_printf(scope->arena, "%s %s %s", left, expr->op,
                            translate_operand(scope, b));
    return true;
}

static bool
translate_arithmetic(struct translate_scope *scope, const struct sql_expr *expr,
                     struct translated *out)
{
    struct translated a;
    struct translated b;
    if (!translate_number(scope, expr->args[0], &a) ||
        !translate_number(scope, expr->args[1], &b)) {
        return false;
    }
    cast_real(scope, &a);
    cast_real(scope, &b);
    char op = expr->op[0];
    if (op == '&' || op == '|' || op == '<' || op == '>') {
        return translate_bits(scope, expr, &a, &b, out);
    }
    if (op == '/' || op == '%') {
        return translate_division(scope, expr, &a, &b, out);
    }
    struct translated both[] = {a, b};
    *out = (struct translated){.maybe_integer = a.maybe_integer && b.maybe_integer,
                               .most = op == '*' ? most_of_product(a.most, b.most)
                                                 : most_of_sum(a.most, b.most),
                               .signed_zero = op == '*' || a.signed_zero};
    if (!translate_unify(scope, both, 2, &out->type)) {
        return false;
    }
    out->sql = arena_printf(scope->arena, "%s %s %s", translate_operand(scope, &a), expr->op,
                            translate_operand(scope, &b));
    return true;
}

bool
translate_binary(struct translate_scope *scope, const struct sql_expr *expr,
                 struct translated *out)
{
    static const char *const comparisons[] = {"<", "<=", ">", ">=", "=", "==", "!=", "<>"};
    static const char *const arithmetic[] = {"+", "-", "*", "/", "%", "&", "|", "<<", ">>"};
    if (is_op(expr, "AND") || is_op(expr, "OR")) {
        return translate_logic(scope, expr, out);
    }
    if (is_op(expr, "||")) {
        return translate_concatenation(scope, expr, out);
    }
    if (is_op(expr, "IS") || is_op(expr, "IS NOT DISTINCT FROM")) {
        return translate_is(scope, expr, false, out);
    }
    if (is_op(expr, "IS NOT") || is_op(expr, "IS DISTINCT FROM")) {
        return translate_is(scope, expr, true, out);
    }
    if (is_op(expr, "->>")) {
        return translate_json_path(scope, expr, out);
    }
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (is_op(expr, comparisons[i])) {
            return translate_comparison(scope, expr, out);
        }
    }
    for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++) {
        if (is_op(expr, arithmetic[i])) {
            return translate_arithmetic(scope, expr, out);
        }
    }
    return translate_failed(scope, "operator %s", expr->op);
}
