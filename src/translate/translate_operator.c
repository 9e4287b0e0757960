/* translate_operator.c — operators: arithmetic, comparison, AND/OR, IN, BETWEEN, CASE. */
#include "translate/translated.h"

#include <assert.h>

static struct translated
boolean_of(const char *sql)
{
    return (struct translated){.sql = sql, .type = TYPE_OF(TYPE_BOOLEAN), .condition = true};
}

static bool
is_op(const struct sql_expr *expr, const char *op)
{
    return strcmp(expr->op, op) == 0;
}

static const struct sql_expr *
strip_parentheses(const struct sql_expr *expr)
{
    while (expr->kind == SQL_EXPR_PAREN && expr->arg_count == 1) {
        expr = expr->args[0];
    }
    return expr;
}

/* AND and OR chains stay flat: a AND b AND c. */
static const char *
logic_operand(struct translate_scope *scope, const struct sql_expr *expr,
              const struct translated *value, const char *op)
{
    expr = strip_parentheses(expr);
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
    *out = boolean_of(arena_printf(scope->arena, "%s %s %s",
                                   logic_operand(scope, expr->args[0], &a, expr->op), expr->op,
                                   logic_operand(scope, expr->args[1], &b, expr->op)));
    out->condition = false;
    return true;
}

/* Which collation a comparison uses: datatype3.html, 7.1. */
static const char *
collation_of(const struct translated *a, const struct translated *b)
{
    if (a->collation_explicit) {
        return a->collation;
    }
    if (b->collation_explicit) {
        return b->collation;
    }
    return a->column != NULL || a->collation != NULL ? a->collation : b->collation;
}

/* Columns that are compared by their bytes anyway, beside which a literal is so, too. */
static bool
all_bytewise(const struct translated *values, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!values[i].is_constant && !translated_is_bytewise(&values[i])) {
            return false;
        }
        any = any || !values[i].is_constant;
    }
    return any;
}

static bool
any_foreign(const struct translated *values, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        any = any || translated_is_foreign(&values[i]);
    }
    return any;
}

static const char *
lower_case(struct arena *arena, const char *sql)
{
    char *lower = arena_strdup(arena, sql);
    for (char *at = lower; *at != '\0'; at++) {
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
    }
    return lower;
}

/* lower() by the bytes knows ASCII only, as NOCASE does. A literal beside such a column would
 * be lowered by the database's locale: it is so here. */
static const char *
lowered(struct translate_scope *scope, const struct translated *value, bool spelled,
        bool beside_bytes)
{
    if (beside_bytes && value->is_constant && value->sql[0] == '\'') {
        return lower_case(scope->arena, value->sql);
    }
    return arena_printf(scope->arena, "lower(%s)",
                        spelled ? translate_bytewise(scope, value) : value->sql);
}

/* Columns of another affinity may hold numbers, which are below all text, or have SQLite make
 * numbers of the text beside them: in a view of another column's. Of those without one a view
 * knows what they hold. */
static bool
are_texts(struct translate_scope *scope, const struct translated *values, size_t count)
{
    bool columns = count > 1 && values[0].column != NULL && values[1].column != NULL;
    for (size_t i = 0; (scope->exact || (scope->view && columns)) && i < count; i++) {
        const struct plan_column *column = values[i].column;
        if (column != NULL && column->source->affinity != AFFINITY_TEXT &&
            !(scope->view && column->source->affinity == AFFINITY_BLOB)) {
            return translate_failed(scope, "\"%s\" may hold more than text",
                                    column->source->name.text);
        }
    }
    return true;
}

bool
translate_comparable(struct translate_scope *scope, struct translated *values, size_t count,
                     bool ordered)
{
    struct value_type type;
    if (!translate_unify(scope, values, count, &type)) {
        return false;
    }
    bool comparable = type.kind != TYPE_JSON && type.kind != TYPE_JSONB;
    if (!comparable || (ordered && (type.kind == TYPE_UUID || type.kind == TYPE_BOOLEAN))) {
        return translate_failed(scope, "a comparison of %s", type_name(scope->arena, &type));
    }
    if (!type_is_text(type.kind)) {
        return true;
    }
    if (!are_texts(scope, values, count)) {
        return false;
    }
    const char *collation = collation_of(&values[0], &values[count > 1 ? 1 : 0]);
    bool bytes = all_bytewise(values, count);
    bool spelled = (ordered && !bytes) || any_foreign(values, count);
    bool nocase = collation != NULL && sqlite3_stricmp(collation, "NOCASE") == 0;
    bool rtrim = collation != NULL && sqlite3_stricmp(collation, "RTRIM") == 0 && !ordered;
    if (collation != NULL && !nocase && !rtrim) {
        return translate_failed(scope, "collation %s", collation);
    }
    for (size_t i = 0; i < count; i++) {
        struct translated *value = &values[i];
        const char *operand = spelled ? translate_bytewise(scope, value)
                                      : translate_operand(scope, value);
        value->sql = nocase  ? lowered(scope, value, spelled || scope->view, bytes)
                     : rtrim ? arena_printf(scope->arena, "rtrim(%s, ' ')",
                                            spelled ? operand : value->sql)
                             : operand;
        value->atom = nocase || rtrim || !spelled ||
                      translated_is_bytewise(value); /* BETWEEN takes no bare COLLATE */
    }
    return true;
}

static bool
is_null(const struct translated *value)
{
    return value->is_constant && value->constant.kind == CONSTANT_NULL;
}

/* x IS TRUE asks for truth, not for equality with 1. */
static bool
translate_is(struct translate_scope *scope, const struct sql_expr *expr, bool negated,
             struct translated *out)
{
    const struct sql_expr *right = strip_parentheses(expr->args[1]);
    struct translated values[2];
    const char *not = negated ? "NOT " : "";
    if (right->kind == SQL_EXPR_KEYWORD && (sqlite3_stricmp(right->text, "TRUE") == 0 ||
                                            sqlite3_stricmp(right->text, "FALSE") == 0)) {
        if (!translate_truth(scope, expr->args[0], &values[0])) {
            return false;
        }
        *out = boolean_of(
            arena_printf(scope->arena, "%s IS %s%s", translate_operand(scope, &values[0]), not,
                         right->text[0] == 't' || right->text[0] == 'T' ? "TRUE" : "FALSE"));
        return true;
    }
    if (!translate_any(scope, expr->args[0], &values[0]) ||
        !translate_any(scope, expr->args[1], &values[1])) {
        return false;
    }
    if (is_null(&values[1])) {
        *out = boolean_of(arena_printf(scope->arena, "%s IS %sNULL",
                                       translate_operand(scope, &values[0]), not ));
        return true;
    }
    if (!translate_comparable(scope, values, 2, false)) {
        return false;
    }
    *out = boolean_of(arena_printf(scope->arena, "%s IS %sDISTINCT FROM %s",
                                   translate_operand(scope, &values[0]), negated ? "" : "NOT ",
                                   translate_operand(scope, &values[1])));
    return true;
}

static bool
translate_comparison(struct translate_scope *scope, const struct sql_expr *expr,
                     struct translated *out)
{
    struct translated values[2];
    bool ordered = expr->op[0] == '<' ? expr->op[1] != '>' : expr->op[0] == '>';
    if (!translate_any(scope, expr->args[0], &values[0]) ||
        !translate_any(scope, expr->args[1], &values[1]) ||
        !translate_comparable(scope, values, 2, ordered)) {
        return false;
    }
    const char *op = is_op(expr, "==") ? "=" : is_op(expr, "!=") ? "<>" : expr->op;
    *out = boolean_of(arena_printf(scope->arena, "%s %s %s",
                                   translate_operand(scope, &values[0]), op,
                                   translate_operand(scope, &values[1])));
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
    const struct sql_expr *left = strip_parentheses(expr->args[0]);
    bool chain = left->kind == SQL_EXPR_BINARY && is_op(left, "||");
    *out = (struct translated){.type = TYPE_OF(TYPE_TEXT)};
    out->sql = arena_printf(scope->arena, "%s || %s",
                            chain ? a.sql : translate_operand(scope, &a),
                            translate_operand(scope, &b));
    return true;
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
    *out = (struct translated){.type = TYPE_OF(integers ? TYPE_BIGINT : TYPE_DOUBLE)};
    out->sql = arena_printf(scope->arena, "%s %s %s", dividend, expr->op, divisor);
    return true;
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
    *out = (struct translated){.type = TYPE_OF(TYPE_BIGINT)};
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
    *out = (struct translated){.maybe_integer = a.maybe_integer && b.maybe_integer};
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

static bool
translate_list(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated **values)
{
    *values = arena_alloc(scope->arena, expr->arg_count * sizeof **values);
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (!translate_any(scope, expr->args[i], &(*values)[i])) {
            return false;
        }
    }
    return true;
}

bool
translate_in(struct translate_scope *scope, const struct sql_expr *expr, struct translated *out)
{
    struct translated *values;
    if (!translate_list(scope, expr, &values)) {
        return false;
    }
    /* The collation is the subject's alone; an empty list is false, also for NULL. */
    for (size_t i = 1; i < expr->arg_count; i++) {
        values[i].collation = NULL;
        values[i].collation_explicit = false;
    }
    if (expr->arg_count == 1) {
        *out = boolean_of(expr->negated ? "true" : "false");
        out->atom = true;
        return true;
    }
    if (!translate_comparable(scope, values, expr->arg_count, false)) {
        return false;
    }
    AUTO_TEXT sql = {0};
    text_printf(&sql, "%s %sIN (", translate_operand(scope, &values[0]),
                expr->negated ? "NOT " : "");
    for (size_t i = 1; i < expr->arg_count; i++) {
        text_printf(&sql, "%s%s", i == 1 ? "" : ", ", values[i].sql);
    }
    text_add_char(&sql, ')');
    *out = boolean_of(arena_strdup(scope->arena, sql.bytes));
    return true;
}

bool
translate_between(struct translate_scope *scope, const struct sql_expr *expr,
                  struct translated *out)
{
    struct translated *values;
    if (!translate_list(scope, expr, &values)) {
        return false;
    }
    assert(expr->arg_count == 3);
    if (!translate_comparable(scope, values, 3, true)) {
        return false;
    }
    *out = boolean_of(arena_printf(
        scope->arena, "%s %sBETWEEN %s AND %s", translate_operand(scope, &values[0]),
        expr->negated ? "NOT " : "", translate_operand(scope, &values[1]),
        translate_operand(scope, &values[2])));
    return true;
}
