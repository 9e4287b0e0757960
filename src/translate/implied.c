/* implied.c — see implied.h. */
#include "translate/implied.h"

#include "postgres/target.h"
#include "translate/constant.h"
#include "translate/translated.h"

static const struct plan_column *
as_column(const struct plan_table *table, const struct sql_expr *expr)
{
    expr = sql_strip_parentheses(expr);
    if (expr->kind != SQL_EXPR_NAME) {
        return NULL;
    }
    int position = source_find_column(table->source, expr->name.text);
    return position < 0 ? NULL : &table->columns[position];
}

/* The column of name(column, ...), for one of the names. */
static const struct plan_column *
as_call(const struct plan_table *table, const struct sql_expr *expr, const char *const *names,
        size_t name_count)
{
    expr = sql_strip_parentheses(expr);
    if (expr->kind != SQL_EXPR_FUNCTION || expr->arg_count == 0) {
        return NULL;
    }
    for (size_t i = 0; i < name_count; i++) {
        if (sqlite3_stricmp(names[i], expr->name.text) == 0) {
            /* strftime has its format first */
            return as_column(table, expr->args[expr->arg_count > 1 ? 1 : 0]);
        }
    }
    return NULL;
}

static const struct plan_column *
as_typeof(const struct plan_table *table, const struct sql_expr *expr)
{
    static const char *const names[] = {"typeof"};
    return as_call(table, expr, names, 1);
}

static const struct plan_column *
as_date(const struct plan_table *table, const struct sql_expr *expr)
{
    static const char *const names[] = {"date",      "datetime", "time",
                                        "julianday", "strftime", "unixepoch"};
    return as_call(table, expr, names, sizeof names / sizeof *names);
}

static bool
is_operator(const struct sql_expr *expr, const char *a, const char *b)
{
    return expr->kind == SQL_EXPR_BINARY &&
           (strcmp(expr->op, a) == 0 || strcmp(expr->op, b) == 0);
}

static bool
is_point_in_time(enum type_kind kind)
{
    return kind == TYPE_DATE || kind == TYPE_TIME || kind == TYPE_TIMESTAMP ||
           kind == TYPE_TIMESTAMPTZ;
}

/* Whether every value of the type was, in SQLite, of the storage class `word`. */
static bool
has_storage(enum type_kind kind, const char *word)
{
    bool integer = kind == TYPE_BIGINT || kind == TYPE_BOOLEAN;
    bool real = kind == TYPE_DOUBLE || kind == TYPE_NUMERIC;
    bool blob = kind == TYPE_BYTEA;
    if (sqlite3_stricmp(word, "integer") == 0) {
        return integer;
    }
    if (sqlite3_stricmp(word, "real") == 0) {
        return real;
    }
    if (sqlite3_stricmp(word, "blob") == 0) {
        return blob || kind == TYPE_UUID;
    }
    return sqlite3_stricmp(word, "text") == 0 && !integer && !real && !blob;
}

/* typeof(x) = 'integer', typeof(x) IN ('integer', 'null'). */
static const char *
implied_storage(struct arena *arena, const struct plan_table *table,
                const struct sql_expr *expr, const char **sql)
{
    bool list = expr->kind == SQL_EXPR_IN && !expr->negated;
    if (!list && !is_operator(expr, "=", "==")) {
        return NULL;
    }
    const struct plan_column *column = as_typeof(table, expr->args[0]);
    bool stored = false;
    bool null = false;
    for (size_t i = 1; column != NULL && i < expr->arg_count; i++) {
        struct constant constant;
        if (!constant_evaluate(arena, expr->args[i], table->source, &constant) ||
            constant.kind != CONSTANT_TEXT) {
            return NULL;
        }
        stored = stored || has_storage(column->type.kind, constant.text);
        null = null || sqlite3_stricmp(constant.text, "null") == 0;
    }
    if (!stored) {
        return NULL;
    }
    if (!null && !column->not_null) {
        AUTO_TEXT name = {0};
        target_quote_name(&name, column->name);
        *sql = arena_printf(arena, "%s IS NOT NULL", text_string(&name));
    }
    return arena_printf(arena, "the type %s implies it", type_name(arena, &column->type));
}

/* x IN (0, 1), x BETWEEN 0 AND 1 on a boolean. */
static bool
implied_boolean(struct arena *arena, const struct plan_table *table,
                const struct sql_expr *expr)
{
    bool list = (expr->kind == SQL_EXPR_IN || expr->kind == SQL_EXPR_BETWEEN) && !expr->negated;
    const struct plan_column *column = list ? as_column(table, expr->args[0]) : NULL;
    if (column == NULL || column->type.kind != TYPE_BOOLEAN) {
        return false;
    }
    bool seen[2] = {false, false};
    for (size_t i = 1; i < expr->arg_count; i++) {
        struct constant constant;
        const char *sql;
        if (!constant_evaluate(arena, expr->args[i], table->source, &constant) ||
            !constant_to_sql(arena, &constant, &column->type, &sql)) {
            return false;
        }
        seen[sql[0] == 't'] = true;
    }
    return seen[0] && seen[1];
}

/* json_valid(x), also = 1. */
static bool
implied_json(const struct plan_table *table, const struct sql_expr *expr)
{
    static const char *const names[] = {"json_valid"};
    if (is_operator(expr, "=", "==") &&
        sql_strip_parentheses(expr->args[1])->kind == SQL_EXPR_INTEGER &&
        strcmp(sql_strip_parentheses(expr->args[1])->text, "1") == 0) {
        expr = expr->args[0];
    }
    const struct plan_column *column = as_call(table, expr, names, 1);
    return column != NULL &&
           (column->type.kind == TYPE_JSON || column->type.kind == TYPE_JSONB);
}

/* date(x) IS NOT NULL, x = date(x), x GLOB '[0-9]...', length(x) = 36. */
static bool
implied_form(const struct plan_table *table, const struct sql_expr *expr)
{
    static const char *const length[] = {"length"};
    const struct plan_column *column = NULL;
    bool is_not_null = (expr->kind == SQL_EXPR_ISNULL && expr->negated) ||
                       (is_operator(expr, "IS NOT", "IS DISTINCT FROM") &&
                        sql_strip_parentheses(expr->args[1])->kind == SQL_EXPR_NULL);
    if (is_not_null) {
        column = as_date(table, expr->args[0]);
    } else if (is_operator(expr, "=", "==") || is_operator(expr, "IS", "IS")) {
        const struct plan_column *left = as_column(table, expr->args[0]);
        const struct plan_column *right = as_column(table, expr->args[1]);
        const struct plan_column *call = left != NULL ? as_date(table, expr->args[1])
                                                      : as_date(table, expr->args[0]);
        if (call != NULL && (call == left || call == right)) {
            column = call;
        } else {
            column = as_call(table, expr->args[0], length, 1);
        }
    } else if (expr->kind == SQL_EXPR_LIKE && !expr->negated) {
        column = as_column(table, expr->args[0]);
    }
    return column != NULL &&
           (is_point_in_time(column->type.kind) || column->type.kind == TYPE_UUID);
}

const char *
implied_by_type(struct arena *arena, const struct plan_table *table,
                const struct sql_expr *expr, const char **sql)
{
    *sql = NULL;
    expr = sql_strip_parentheses(expr);
    if (is_operator(expr, "OR", "OR")) {
        for (size_t i = 0; i < 2; i++) {
            const char *rest;
            const char *reason = implied_by_type(arena, table, expr->args[i], &rest);
            if (reason != NULL && rest == NULL) {
                return reason;
            }
        }
        return NULL;
    }
    const char *reason = implied_storage(arena, table, expr, sql);
    if (reason != NULL) {
        return reason;
    }
    if (implied_boolean(arena, table, expr)) {
        return "the type boolean implies it";
    }
    if (implied_json(table, expr)) {
        return "the type implies it: only valid JSON can be stored";
    }
    return implied_form(table, expr) ? "the type implies it: no other form can be stored"
                                     : NULL;
}
