/* translate_case.c — CASE and iif(). */
#include "translate/translated.h"

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
        !translate_unify_results(scope, values, 2, &type)) {
        return false;
    }
    translate_set_call(out, type.kind,
                       arena_printf(scope->arena, "CASE WHEN %s THEN %s ELSE %s END",
                                    condition.sql, values[0].sql, values[1].sql));
    translate_set_one_of(out, values, 2);
    return true;
}

/* CASE in its parts, translated. */
struct branches {
    struct translated *tests; /* conditions; with a base: the base, then the values */
    size_t test_count;
    struct translated *results; /* ELSE last */
    size_t result_count;
    struct value_type type;
};

static bool
translate_tests(struct translate_scope *scope, const struct sql_expr *expr,
                struct branches *branches)
{
    bool has_base = expr->args[0] != NULL;
    for (size_t i = 0; i < branches->test_count; i++) {
        const struct sql_expr *test = has_base && i == 0 ? expr->args[0]
                                      : has_base         ? expr->args[2 * i - 1]
                                                         : expr->args[2 * i + 1];
        if (has_base ? !translate_any(scope, test, &branches->tests[i])
                     : !translate_truth(scope, test, &branches->tests[i])) {
            return false;
        }
    }
    return !has_base ||
           translate_comparable(scope, branches->tests, branches->test_count, false);
}

static bool
translate_results(struct translate_scope *scope, const struct sql_expr *expr,
                  struct branches *branches)
{
    for (size_t i = 0; i < branches->result_count; i++) {
        bool is_else = expr->has_else && i + 1 == branches->result_count;
        if (!translate_any(scope, expr->args[2 * i + (is_else ? 1 : 2)],
                           &branches->results[i])) {
            return false;
        }
    }
    return translate_unify_results(scope, branches->results, branches->result_count,
                                   &branches->type);
}

bool
translate_case(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated *out)
{
    size_t pairs = (expr->arg_count - 1) / 2;
    size_t base = expr->args[0] == NULL ? 0 : 1;
    struct branches branches = {.test_count = pairs + base,
                                .result_count = pairs + (expr->has_else ? 1 : 0)};
    branches.tests = arena_alloc(scope->arena, branches.test_count * sizeof *branches.tests);
    branches.results = arena_alloc(scope->arena,
                                   branches.result_count * sizeof *branches.results);
    if (!translate_tests(scope, expr, &branches) ||
        !translate_results(scope, expr, &branches)) {
        return false;
    }
    AUTO_TEXT sql = {0};
    text_add(&sql, "CASE");
    if (base == 1) {
        text_printf(&sql, " %s", translate_operand(scope, &branches.tests[0]));
    }
    for (size_t i = 0; i < pairs; i++) {
        text_printf(&sql, " WHEN %s THEN %s", branches.tests[base + i].sql,
                    branches.results[i].sql);
    }
    if (expr->has_else) {
        text_printf(&sql, " ELSE %s", branches.results[pairs].sql);
    }
    text_add(&sql, " END");
    translate_set_call(out, branches.type.kind, arena_strdup(scope->arena, sql.bytes));
    translate_set_one_of(out, branches.results, branches.result_count);
    return true;
}
