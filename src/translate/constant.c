/* constant.c — evaluates constant SQLite expressions; see constant.h. */
#include "translate/constant.h"

#include "translate/literal.h"

#include <errno.h>
#include <math.h>

static bool
evaluate_integer(const char *digits, struct constant *constant)
{
    errno = 0;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        /* SQLite: the 64 bits of the number, as two's complement. */
        unsigned long long bits = strtoull(digits + 2, NULL, 16);
        *constant = (struct constant){.kind = CONSTANT_INTEGER, .integer = (int64_t)bits};
        return errno == 0;
    }
    long long value = strtoll(digits, NULL, 10);
    if (errno == ERANGE) {
        *constant = (struct constant){.kind = CONSTANT_REAL, .real = strtod(digits, NULL)};
        return true;
    }
    *constant = (struct constant){.kind = CONSTANT_INTEGER, .integer = value};
    return true;
}

static bool
evaluate_keyword(const char *word, struct constant *constant)
{
    bool yes = sqlite3_stricmp(word, "TRUE") == 0;
    *constant = (struct constant){.kind = CONSTANT_INTEGER, .integer = yes ? 1 : 0};
    return yes || sqlite3_stricmp(word, "FALSE") == 0;
}

static bool
evaluate_unary(struct arena *arena, const struct sql_expr *expr,
               const struct source_table *table, struct constant *constant)
{
    const struct sql_expr *operand = expr->args[0];
    if (strcmp(expr->op, "-") == 0 && operand->kind == SQL_EXPR_INTEGER &&
        strcmp(operand->text, "9223372036854775808") == 0) {
        *constant = (struct constant){.kind = CONSTANT_INTEGER, .integer = INT64_MIN};
        return true;
    }
    if (!constant_evaluate(arena, operand, table, constant)) {
        return false;
    }
    if (strcmp(expr->op, "+") == 0) {
        return true;
    }
    if (strcmp(expr->op, "-") != 0) {
        return false;
    }
    if (constant->kind == CONSTANT_REAL) {
        constant->real = -constant->real;
        return true;
    }
    return constant->kind == CONSTANT_INTEGER &&
           !__builtin_sub_overflow(0, constant->integer, &constant->integer);
}

static bool
integer_arithmetic(const char *op, int64_t a, int64_t b, int64_t *result)
{
    switch (op[0]) {
    case '+': return !__builtin_add_overflow(a, b, result);
    case '-': return !__builtin_sub_overflow(a, b, result);
    case '*': return !__builtin_mul_overflow(a, b, result);
    case '/':
        if (b == 0 || b == -1) {
            return false;
        }
        *result = a / b;
        return true;
    case '%':
        if (b == 0 || b == -1) {
            return false;
        }
        *result = a % b;
        return true;
    default: return false;
    }
}

static bool
real_arithmetic(const char *op, double a, double b, double *result)
{
    switch (op[0]) {
    case '+': *result = a + b; return true;
    case '-': *result = a - b; return true;
    case '*': *result = a * b; return true;
    case '/': *result = a / b; return b < 0 || b > 0;
    default: return false;
    }
}

static double
as_real(const struct constant *constant)
{
    return constant->kind == CONSTANT_REAL ? constant->real : (double)constant->integer;
}

static bool
evaluate_binary(struct arena *arena, const struct sql_expr *expr,
                const struct source_table *table, struct constant *constant)
{
    struct constant a;
    struct constant b;
    if (strlen(expr->op) != 1 || !constant_evaluate(arena, expr->args[0], table, &a) ||
        !constant_evaluate(arena, expr->args[1], table, &b)) {
        return false;
    }
    *constant = (struct constant){.kind = CONSTANT_INTEGER};
    if (a.kind == CONSTANT_INTEGER && b.kind == CONSTANT_INTEGER) {
        return integer_arithmetic(expr->op, a.integer, b.integer, &constant->integer);
    }
    bool numbers = (a.kind == CONSTANT_INTEGER || a.kind == CONSTANT_REAL) &&
                   (b.kind == CONSTANT_INTEGER || b.kind == CONSTANT_REAL);
    constant->kind = CONSTANT_REAL;
    return numbers && real_arithmetic(expr->op, as_real(&a), as_real(&b), &constant->real) &&
           !isnan(constant->real);
}

/* A CAST that changes nothing but the storage class of a number. */
static bool
evaluate_cast(struct arena *arena, const struct sql_expr *expr,
              const struct source_table *table, struct constant *constant)
{
    if (!constant_evaluate(arena, expr->args[0], table, constant)) {
        return false;
    }
    enum affinity affinity = literal_cast_affinity(expr->text);
    if (constant->kind == CONSTANT_INTEGER && affinity == AFFINITY_REAL) {
        *constant = (struct constant){.kind = CONSTANT_REAL, .real = (double)constant->integer};
        return true;
    }
    return (constant->kind == CONSTANT_INTEGER && affinity != AFFINITY_TEXT &&
            affinity != AFFINITY_BLOB) ||
           (constant->kind == CONSTANT_REAL && affinity == AFFINITY_REAL) ||
           (constant->kind == CONSTANT_TEXT && affinity == AFFINITY_TEXT) ||
           constant->kind == CONSTANT_NULL;
}

static bool
evaluate_name(const struct sql_expr *expr, const struct source_table *table,
              struct constant *constant)
{
    bool string = expr->name.quoted && expr->qualifier.text == NULL &&
                  (table == NULL || source_find_column(table, expr->name.text) < 0);
    *constant = (struct constant){.kind = CONSTANT_TEXT, .text = expr->name.text};
    return string;
}

bool
constant_evaluate(struct arena *arena, const struct sql_expr *expr,
                  const struct source_table *table, struct constant *constant)
{
    *constant = (struct constant){.kind = CONSTANT_NULL};
    switch ((int)expr->kind) {
    case SQL_EXPR_NULL: return true;
    case SQL_EXPR_INTEGER: return evaluate_integer(expr->text, constant);
    case SQL_EXPR_REAL:
        *constant = (struct constant){.kind = CONSTANT_REAL, .real = strtod(expr->text, NULL)};
        return true;
    case SQL_EXPR_STRING:
        *constant = (struct constant){.kind = CONSTANT_TEXT, .text = expr->text};
        return true;
    case SQL_EXPR_BLOB:
        *constant = (struct constant){.kind = CONSTANT_BLOB, .text = expr->text};
        return true;
    case SQL_EXPR_KEYWORD: return evaluate_keyword(expr->text, constant);
    case SQL_EXPR_NAME: return evaluate_name(expr, table, constant);
    case SQL_EXPR_UNARY: return evaluate_unary(arena, expr, table, constant);
    case SQL_EXPR_BINARY: return evaluate_binary(arena, expr, table, constant);
    case SQL_EXPR_CAST: return evaluate_cast(arena, expr, table, constant);
    case SQL_EXPR_PAREN:
        return expr->arg_count == 1 && constant_evaluate(arena, expr->args[0], table, constant);
    default: return false;
    }
}

void
constant_become_text(struct arena *arena, struct constant *constant)
{
    enum { WRITTEN_MAX = 64 };
    if (constant->kind != CONSTANT_REAL && constant->kind != CONSTANT_INTEGER) {
        return;
    }
    char *text = arena_alloc(arena, WRITTEN_MAX);
    if (constant->kind == CONSTANT_REAL) {
        sqlite3_snprintf(WRITTEN_MAX, text, "%!.15g", constant->real);
    } else {
        sqlite3_snprintf(WRITTEN_MAX, text, "%lld", (long long)constant->integer);
    }
    *constant = (struct constant){.kind = CONSTANT_TEXT, .text = text};
}

uint64_t
constant_most(const struct constant *constant)
{
    uint64_t bits = constant->kind == CONSTANT_INTEGER ? (uint64_t)constant->integer : 0;
    return constant->integer < 0 ? 0 - bits : bits;
}

bool
constant_is_signed_zero(const struct constant *constant)
{
    return constant->kind == CONSTANT_REAL && constant->real >= 0 && signbit(constant->real);
}
