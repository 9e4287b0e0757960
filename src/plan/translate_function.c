/* translate_function.c — SQLite's functions and CASE. */
#include "plan/moment.h"
#include "plan/translated.h"

#include <inttypes.h>

typedef bool function_translator(struct translate_scope *scope, const struct sql_expr *expr,
                                 struct translated *out);

static void
set_call(struct translate_scope *scope, struct translated *out, enum type_kind kind,
         const char *sql)
{
    (void)scope;
    *out = (struct translated){.sql = sql, .type = TYPE_OF(kind), .atom = true};
}

/* Characters of text, bytes of a blob; a number counts as its text. */
static bool
function_length(struct translate_scope *scope, const struct sql_expr *expr,
                struct translated *out)
{
    struct translated operand;
    if (!translate_any(scope, expr->args[0], &operand)) {
        return false;
    }
    if (operand.type.kind != TYPE_BYTEA && !translate_text(scope, expr->args[0], &operand)) {
        return false;
    }
    const char *name = operand.type.kind == TYPE_BYTEA ? "octet_length" : "length";
    set_call(scope, out, TYPE_BIGINT, arena_printf(scope->arena, "%s(%s)", name, operand.sql));
    return true;
}

/* In the "C" locale PostgreSQL folds ASCII only, as SQLite does. */
static bool
function_case_fold(struct translate_scope *scope, const struct sql_expr *expr,
                   struct translated *out)
{
    struct translated operand;
    if (!translate_text(scope, expr->args[0], &operand)) {
        return false;
    }
    bool upper = sqlite3_stricmp(expr->name.text, "upper") == 0;
    const char *sql = scope->exact ? arena_printf(scope->arena, "%s(%s COLLATE \"C\")",
                                                  upper ? "upper" : "lower",
                                                  translate_operand(scope, &operand))
                                   : arena_printf(scope->arena, "%s(%s)",
                                                  upper ? "upper" : "lower", operand.sql);
    set_call(scope, out, TYPE_TEXT, sql);
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
    set_call(scope, out, TYPE_TEXT, arena_strdup(scope->arena, sql.bytes));
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
    struct translated subject;
    int64_t start;
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
    set_call(scope, out, TYPE_TEXT, sql);
    return true;
}

static bool
function_abs(struct translate_scope *scope, const struct sql_expr *expr, struct translated *out)
{
    struct translated operand;
    if (!translate_number(scope, expr->args[0], &operand)) {
        return false;
    }
    set_call(scope, out, operand.type.kind, arena_printf(scope->arena, "abs(%s)", operand.sql));
    out->maybe_integer = operand.maybe_integer;
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
    if (!translate_unify(scope, values, expr->arg_count, &type)) {
        return false;
    }
    bool nullif = sqlite3_stricmp(expr->name.text, "nullif") == 0;
    bool json = type.kind == TYPE_JSON || type.kind == TYPE_JSONB;
    if (nullif && (json || values[0].collation != NULL)) {
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
    set_call(scope, out, type.kind, arena_strdup(scope->arena, sql.bytes));
    out->maybe_integer = maybe_integer;
    return true;
}

/* hex(randomblob(n)): digits of version 4 UUIDs, whose randomness has the same
 * source; 6 of 128 bits are fixed. */
static const char *
random_hex(struct translate_scope *scope, int64_t bytes)
{
    AUTO_TEXT sql = {0};
    scope->change = "made from gen_random_uuid() instead of randomblob()";
    for (int64_t i = 0; i < bytes; i += 16) {
        text_add(&sql, i == 0 ? "" : " || ");
        text_add(&sql, "encode(uuid_send(gen_random_uuid()), 'hex')");
    }
    if (bytes == 16) {
        return arena_strdup(scope->arena, sql.bytes);
    }
    return arena_printf(scope->arena, "substr(%s, 1, %" PRId64 ")", sql.bytes, 2 * bytes);
}

static bool
function_hex(struct translate_scope *scope, const struct sql_expr *expr, struct translated *out)
{
    const struct sql_expr *inner = expr->args[0];
    struct constant constant;
    bool randomblob = inner->kind == SQL_EXPR_FUNCTION &&
                      sqlite3_stricmp(inner->name.text, "randomblob") == 0 &&
                      inner->arg_count == 1 &&
                      constant_evaluate(scope->arena, inner->args[0], NULL, &constant) &&
                      constant.kind == CONSTANT_INTEGER && constant.integer > 0 &&
                      constant.integer <= 64;
    if (randomblob && scope->volatile_ok) {
        set_call(scope, out, TYPE_TEXT,
                 arena_printf(scope->arena, "upper(%s)", random_hex(scope, constant.integer)));
        return true;
    }
    struct translated operand;
    if (!translate_any(scope, inner, &operand)) {
        return false;
    }
    if (operand.type.kind != TYPE_BYTEA || operand.is_constant) {
        return translate_failed(scope, "hex of a %s", type_name(scope->arena, &operand.type));
    }
    set_call(scope, out, TYPE_TEXT,
             arena_printf(scope->arena, "upper(encode(%s, 'hex'))", operand.sql));
    return true;
}

/* -2^63 .. 2^63, as SQLite's; random() alone gives 53 of the 64 bits. */
static bool
function_random(struct translate_scope *scope, const struct sql_expr *expr,
                struct translated *out)
{
    (void)expr;
    if (!scope->volatile_ok) {
        return translate_failed(scope, "random()");
    }
    scope->change = "random numbers have 53 bits of randomness instead of 64";
    set_call(scope, out, TYPE_BIGINT,
             "CAST((random() - 0.5) * 18446744073709551616.0::double precision AS bigint)");
    return true;
}

static bool
function_randomblob(struct translate_scope *scope, const struct sql_expr *expr,
                    struct translated *out)
{
    struct constant constant;
    if (!scope->volatile_ok ||
        !constant_evaluate(scope->arena, expr->args[0], NULL, &constant) ||
        constant.kind != CONSTANT_INTEGER || constant.integer < 1 || constant.integer > 64) {
        return translate_failed(scope, "randomblob");
    }
    const char *hex = random_hex(scope, constant.integer);
    set_call(scope, out, TYPE_BYTEA, arena_printf(scope->arena, "decode(%s, 'hex')", hex));
    return true;
}

static bool
function_iif(struct translate_scope *scope, const struct sql_expr *expr, struct translated *out)
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
    set_call(scope, out, type.kind,
             arena_printf(scope->arena, "CASE WHEN %s THEN %s ELSE %s END", condition.sql,
                          values[0].sql, values[1].sql));
    return true;
}

static const struct {
    const char *name;
    size_t arguments_min;
    size_t arguments_max;
    function_translator *translate;
} functions[] = {
    {"length", 1, 1, function_length},    {"lower", 1, 1, function_case_fold},
    {"upper", 1, 1, function_case_fold},  {"trim", 1, 2, function_trim},
    {"ltrim", 1, 2, function_trim},       {"rtrim", 1, 2, function_trim},
    {"replace", 3, 3, function_replace},  {"instr", 2, 2, function_instr},
    {"substr", 2, 3, function_substr},    {"substring", 2, 3, function_substr},
    {"abs", 1, 1, function_abs},          {"coalesce", 2, 100, function_same_type},
    {"ifnull", 2, 2, function_same_type}, {"nullif", 2, 2, function_same_type},
    {"iif", 3, 3, function_iif},          {"hex", 1, 1, function_hex},
    {"random", 0, 0, function_random},    {"randomblob", 1, 1, function_randomblob},
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
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (sqlite3_stricmp(functions[i].name, expr->name.text) == 0 && !expr->distinct &&
            !expr->star && expr->arg_count >= functions[i].arguments_min &&
            expr->arg_count <= functions[i].arguments_max) {
            return functions[i].translate(scope, expr, out);
        }
    }
    return translate_failed(scope, "function %s()", expr->name.text);
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
    set_call(scope, out, type.kind, arena_strdup(scope->arena, sql.bytes));
    return true;
}
