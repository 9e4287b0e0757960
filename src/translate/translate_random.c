/* translate_random.c — random(), randomblob() and their hex digits. */
#include "translate/translated.h"

#include <inttypes.h>

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

/* The n of randomblob(n), where that can be had; else 0. */
static int64_t
randomblob_bytes(const struct translate_scope *scope, const struct sql_expr *expr)
{
    enum { BYTES_MAX = 64 };
    struct constant constant;
    bool randomblob = scope->volatile_ok && expr->kind == SQL_EXPR_FUNCTION &&
                      sqlite3_stricmp(expr->name.text, "randomblob") == 0 &&
                      expr->arg_count == 1 &&
                      constant_evaluate(scope->arena, expr->args[0], NULL, &constant) &&
                      constant.kind == CONSTANT_INTEGER;
    return randomblob && constant.integer > 0 && constant.integer <= BYTES_MAX
               ? constant.integer
               : 0;
}

bool
translate_random_hex(struct translate_scope *scope, const struct sql_expr *expr,
                     struct translated *out)
{
    bool hex = expr->kind == SQL_EXPR_FUNCTION && expr->arg_count == 1 &&
               sqlite3_stricmp(expr->name.text, "hex") == 0;
    int64_t bytes = hex ? randomblob_bytes(scope, expr->args[0]) : 0;
    if (bytes == 0) {
        return false;
    }
    translate_set_call(out, TYPE_TEXT, random_hex(scope, bytes));
    out->atom = bytes <= 16;
    return true;
}

bool
translate_hex(struct translate_scope *scope, const struct sql_expr *expr,
              struct translated *out)
{
    int64_t random = randomblob_bytes(scope, expr->args[0]);
    if (random > 0) {
        translate_set_call(out, TYPE_TEXT,
                           arena_printf(scope->arena, "upper(%s)", random_hex(scope, random)));
        return true;
    }
    struct translated operand;
    if (!translate_any(scope, expr->args[0], &operand) || translate_is_mixed(scope, &operand)) {
        return false;
    }
    if (operand.type.kind != TYPE_BYTEA || operand.is_constant) {
        return translate_failed(scope, "hex of a %s", type_name(scope->arena, &operand.type));
    }
    translate_set_call(
        out, TYPE_TEXT,
        /* hex(NULL) is '' in SQLite */
        arena_printf(scope->arena, "upper(encode(COALESCE(%s, ''), 'hex'))", operand.sql));
    return true;
}

bool
translate_randomblob(struct translate_scope *scope, const struct sql_expr *expr,
                     struct translated *out)
{
    int64_t bytes = randomblob_bytes(scope, expr);
    if (bytes == 0) {
        return translate_failed(scope, "randomblob");
    }
    translate_set_call(
        out, TYPE_BYTEA,
        arena_printf(scope->arena, "decode(%s, 'hex')", random_hex(scope, bytes)));
    return true;
}

/* -2^63 .. 2^63, as SQLite's; random() alone gives 53 of the 64 bits. */
bool
translate_random(struct translate_scope *scope, const struct sql_expr *expr,
                 struct translated *out)
{
    (void)expr;
    if (!scope->volatile_ok) {
        return translate_failed(scope, "random()");
    }
    scope->change = "random numbers have 53 bits of randomness instead of 64";
    translate_set_call(
        out, TYPE_BIGINT,
        "CAST((random() - 0.5) * 18446744073709551616.0::double precision AS bigint)");
    return true;
}
