/* translate_function.c — SQLite's functions that have the same meaning somewhere. */
#include "translate/moment.h"
#include "translate/translated.h"

#include <inttypes.h>

typedef bool function_translator(struct translate_scope *scope, const struct sql_expr *expr,
                                 struct translated *out);

/* Characters of text, bytes of a blob; a number counts as its text. */
static bool
function_length(struct translate_scope *scope, const struct sql_expr *expr,
                struct translated *out)
{
    struct translated operand;
    if (!translate_any(scope, expr->args[0], &operand) || translate_is_mixed(scope, &operand)) {
        return false;
    }
    if (operand.type.kind != TYPE_BYTEA && !translate_as_text(scope, &operand)) {
        return false;
    }
    const char *name = operand.type.kind == TYPE_BYTEA ? "octet_length" : "length";
    translate_set_call(out, TYPE_BIGINT,
                       arena_printf(scope->arena, "%s(%s)", name, operand.sql));
    return true;
}

/* In the "C" locale PostgreSQL folds ASCII only, as SQLite does. */
static bool
function_case_fold(struct translate_scope *scope, const struct sql_expr *expr,
                   struct translated *out)
{
    bool upper = sqlite3_stricmp(expr->name.text, "upper") == 0;
    if (!upper && translate_random_hex(scope, expr->args[0], out)) {
        return true;
    }
    struct translated operand;
    if (!translate_text(scope, expr->args[0], &operand)) {
        return false;
    }
    const char *sql = arena_printf(scope->arena, "%s(%s)", upper ? "upper" : "lower",
                                   scope->exact ? translate_bytewise(scope, &operand)
                                                : operand.sql);
    translate_set_call(out, TYPE_TEXT, sql);
    return true;
}

/* Same name, text in, text out. */
static bool
text_call(struct translate_scope *scope, const struct sql_expr *expr, const char *name,
          struct translated *out)
{
    AUTO_TEXT sql = {0};
    text_printf(&sql, "%s(", name);
    for (size_t i = 0; i < expr->arg_count; i++) {
        struct translated operand;
        if (!translate_text(scope, expr->args[i], &operand)) {
            return false;
        }
        text_printf(&sql, "%s%s", i == 0 ? "" : ", ", operand.sql);
    }
    /* SQLite trims blanks unless told otherwise; so does PostgreSQL. */
    text_add_char(&sql, ')');
    translate_set_call(out, TYPE_TEXT, arena_strdup(scope->arena, sql.bytes));
    return true;
}

static bool
function_trim(struct translate_scope *scope, const struct sql_expr *expr,
              struct translated *out)
{
    static const char *const names[][2] = {
        {"trim", "btrim"}, {"ltrim", "ltrim"}, {"rtrim", "rtrim"}};
    for (size_t i = 0; i < 3; i++) {
        if (sqlite3_stricmp(expr->name.text, names[i][0]) == 0) {
            return text_call(scope, expr, names[i][1], out);
        }
    }
    return false;
}

static bool
function_replace(struct translate_scope *scope, const struct sql_expr *expr,
                 struct translated *out)
{
    return text_call(scope, expr, "replace", out);
}

static bool
function_instr(struct translate_scope *scope, const struct sql_expr *expr,
               struct translated *out)
{
    if (!text_call(scope, expr, "strpos", out)) {
        return false;
    }
    out->type = TYPE_OF(TYPE_BIGINT);
    return true;
}

static bool
constant_integer(struct translate_scope *scope, const struct sql_expr *expr, int64_t min,
                 int64_t *value)
{
    struct constant constant;
    if (!constant_evaluate(scope->arena, expr, NULL, &constant) ||
        constant.kind != CONSTANT_INTEGER || constant.integer < min ||
        constant.integer > INT32_MAX) {
        return translate_failed(scope, "substr with a position that is no positive constant");
    }
    *value = constant.integer;
    return true;
}

/* With a position of at least 1 the two agree; 0 and negatives mean other things. */
static bool
function_substr(struct translate_scope *scope, const struct sql_expr *expr,
                struct translated *out)
{
    struct translated subject = {0};
    int64_t start = 0;
    int64_t length = 0;
    if (!translate_text(scope, expr->args[0], &subject) ||
        !constant_integer(scope, expr->args[1], 1, &start) ||
        (expr->arg_count > 2 && !constant_integer(scope, expr->args[2], 0, &length))) {
        return false;
    }
    const char *sql = expr->arg_count > 2
                          ? arena_printf(scope->arena, "substr(%s, %" PRId64 ", %" PRId64 ")",
                                         subject.sql, start, length)
                          : arena_printf(scope->arena, "substr(%s, %" PRId64 ")", subject.sql,
                                         start);
    translate_set_call(out, TYPE_TEXT, sql);
    return true;
}

static bool
function_abs(struct translate_scope *scope, const struct sql_expr *expr, struct translated *out)
{
    struct translated operand;
    if (!translate_number(scope, expr->args[0], &operand)) {
        return false;
    }
    if (scope->signed_zeros && operand.signed_zero) {
        return translate_failed(scope, "abs() of -0.0, which SQLite leaves as it is");
    }
    translate_set_call(out, operand.type.kind,
                       arena_printf(scope->arena, "abs(%s)", operand.sql));
    out->maybe_integer = operand.maybe_integer;
    out->most = operand.most;
    return true;
}

/* COALESCE, IFNULL, NULLIF: same words, one type. */
static bool
function_same_type(struct translate_scope *scope, const struct sql_expr *expr,
                   struct translated *out)
{
    struct translated *values = arena_alloc(scope->arena, expr->arg_count * sizeof *values);
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (!translate_any(scope, expr->args[i], &values[i])) {
            return false;
        }
    }
    struct value_type type;
    if (!translate_unify_results(scope, values, expr->arg_count, &type)) {
        return false;
    }
    bool nullif = sqlite3_stricmp(expr->name.text, "nullif") == 0;
    bool json = type.kind == TYPE_JSON || type.kind == TYPE_JSONB;
    if (nullif && (json || values[0].collation != NULL || values[1].collation != NULL)) {
        return translate_failed(scope, "a comparison of %s", type_name(scope->arena, &type));
    }
    AUTO_TEXT sql = {0};
    text_add(&sql, nullif ? "NULLIF(" : "COALESCE(");
    for (size_t i = 0; i < expr->arg_count; i++) {
        text_printf(&sql, "%s%s", i == 0 ? "" : ", ", values[i].sql);
        out->maybe_integer = values[i].maybe_integer;
    }
    text_add_char(&sql, ')');
    bool maybe_integer = false;
    for (size_t i = 0; i < expr->arg_count; i++) {
        maybe_integer = maybe_integer || values[i].maybe_integer ||
                        (type.kind == TYPE_DOUBLE && values[i].type.kind != TYPE_DOUBLE);
    }
    translate_set_call(out, type.kind, arena_strdup(scope->arena, sql.bytes));
    out->maybe_integer = maybe_integer;
    translate_set_one_of(out, values, expr->arg_count);
    return true;
}

static const struct {
    const char *name;
    size_t arguments_min;
    size_t arguments_max;
    function_translator *translate;
} functions[] = {
    {"length", 1, 1, function_length},
    {"lower", 1, 1, function_case_fold},
    {"upper", 1, 1, function_case_fold},
    {"trim", 1, 2, function_trim},
    {"ltrim", 1, 2, function_trim},
    {"rtrim", 1, 2, function_trim},
    {"replace", 3, 3, function_replace},
    {"instr", 2, 2, function_instr},
    {"substr", 2, 3, function_substr},
    {"substring", 2, 3, function_substr},
    {"abs", 1, 1, function_abs},
    {"coalesce", 2, 100, function_same_type},
    {"ifnull", 2, 2, function_same_type},
    {"nullif", 2, 2, function_same_type},
    {"iif", 3, 3, translate_iif},
    {"hex", 1, 1, translate_hex},
    {"json_extract", 2, 2, translate_json_path},
    {"random", 0, 0, translate_random},
    {"randomblob", 1, 1, translate_randomblob},
};

static bool
translate_moment(struct translate_scope *scope, const struct moment *moment,
                 struct translated *out)
{
    bool epoch = moment->kind == MOMENT_EPOCH ||
                 (moment->kind == MOMENT_TEXT && strcmp(moment->format, "%s") == 0);
    enum type_kind kind = moment->kind == MOMENT_JULIAN || (epoch && moment->fraction)
                              ? TYPE_DOUBLE
                          : epoch ? TYPE_BIGINT
                                  : TYPE_TEXT;
    *out = (struct translated){.type = TYPE_OF(kind), .atom = true};
    return moment_to_sql(scope->arena, moment, &out->type, &out->sql) ||
           translate_failed(scope, "the time in this form");
}

bool
translate_function(struct translate_scope *scope, const struct sql_expr *expr,
                   struct translated *out)
{
    struct moment moment;
    if (scope->volatile_ok && moment_recognise(scope->arena, expr, &moment)) {
        return translate_moment(scope, &moment, out);
    }
    if (expr->kind == SQL_EXPR_KEYWORD) {
        return translate_failed(scope, "%s", expr->text);
    }
    if (scope->trust != NULL && translate_is_aggregate(expr)) {
        return translate_aggregate(scope, expr, out);
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (sqlite3_stricmp(functions[i].name, expr->name.text) == 0 && !expr->distinct &&
            !expr->star && expr->arg_count >= functions[i].arguments_min &&
            expr->arg_count <= functions[i].arguments_max) {
            return functions[i].translate(scope, expr, out);
        }
    }
    return translate_failed(scope, "function %s()", expr->name.text);
}
