/* translate_comparison.c — = and <, IS, IN, BETWEEN: by the collation that SQLite takes. */
#include "translate/translated.h"

#include <assert.h>

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

/* Whether the first is compared with each of the others by this collation. */
static bool
all_compare_by(const char *collation, const struct translated *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const char *other = collation_of(&values[0], &values[i]);
        if (other != collation &&
            (other == NULL || collation == NULL || sqlite3_stricmp(other, collation) != 0)) {
            return false;
        }
    }
    return true;
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
    if (!translate_unify(scope, values, count, &type) ||
        !translate_doubles_suffice(scope, values, count)) {
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
    if (!all_compare_by(collation, values, count)) {
        return translate_failed(scope, "one value compared by several collations");
    }
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
bool
translate_is(struct translate_scope *scope, const struct sql_expr *expr, bool negated,
             struct translated *out)
{
    const struct sql_expr *right = sql_strip_parentheses(expr->args[1]);
    struct translated values[2];
    const char *not = negated ? "NOT " : "";
    if (right->kind == SQL_EXPR_KEYWORD && (sqlite3_stricmp(right->text, "TRUE") == 0 ||
                                            sqlite3_stricmp(right->text, "FALSE") == 0)) {
        if (!translate_truth(scope, expr->args[0], &values[0])) {
            return false;
        }
        translate_set_condition(
            out,
            arena_printf(scope->arena, "%s IS %s%s", translate_operand(scope, &values[0]), not,
                         right->text[0] == 't' || right->text[0] == 'T' ? "TRUE" : "FALSE"));
        return true;
    }
    if (!translate_any(scope, expr->args[0], &values[0]) ||
        !translate_any(scope, expr->args[1], &values[1])) {
        return false;
    }
    if (is_null(&values[1])) {
        translate_set_condition(out, arena_printf(scope->arena, "%s IS %sNULL",
                                                  translate_operand(scope, &values[0]), not ));
        return true;
    }
    if (!translate_comparable(scope, values, 2, false)) {
        return false;
    }
    translate_set_condition(out, arena_printf(scope->arena, "%s IS %sDISTINCT FROM %s",
                                              translate_operand(scope, &values[0]),
                                              negated ? "" : "NOT ",
                                              translate_operand(scope, &values[1])));
    return true;
}

bool
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
    const char *op = strcmp(expr->op, "==") == 0   ? "="
                     : strcmp(expr->op, "!=") == 0 ? "<>"
                                                   : expr->op;
    translate_set_condition(out, arena_printf(scope->arena, "%s %s %s",
                                              translate_operand(scope, &values[0]), op,
                                              translate_operand(scope, &values[1])));
    return true;
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
    if (expr->arg_count == 2 && values[1].collation_explicit) { /* SQLite makes an = of it */
        return translate_failed(scope, "COLLATE in a list of one");
    }
    /* The collation is the subject's alone; an empty list is false, also for NULL. */
    for (size_t i = 1; i < expr->arg_count; i++) {
        values[i].collation = NULL;
        values[i].collation_explicit = false;
    }
    if (expr->arg_count == 1) {
        translate_set_condition(out, expr->negated ? "true" : "false");
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
    translate_set_condition(out, arena_strdup(scope->arena, sql.bytes));
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
    translate_set_condition(out, arena_printf(scope->arena, "%s %sBETWEEN %s AND %s",
                                              translate_operand(scope, &values[0]),
                                              expr->negated ? "NOT " : "",
                                              translate_operand(scope, &values[1]),
                                              translate_operand(scope, &values[2])));
    return true;
}
