/* view_order.c — ORDER BY and LIMIT. SQLite sorts NULLs first and texts by their bytes;
 * PostgreSQL is told so. */
#include "planner/view.h"
#include "postgres/target.h"

#include <inttypes.h>

/* One term, as what it sorts by. */
struct order_term {
    struct sql_expr *expr; /* with its names replaced, without COLLATE */
    const char *collation; /* that the term asks for; NULL: none */
    int output;            /* which of the outputs it is; -1: none of them */
};

static bool
order_failed(struct view_core *core, const struct translate_scope *scope)
{
    core->build->failure = scope->failure;
    return false;
}

/* COLLATE around the whole term; the outermost counts. */
static struct sql_expr *
strip_collation(struct sql_expr *expr, const char **collation)
{
    for (;;) {
        if (expr->kind == SQL_EXPR_COLLATE) {
            *collation = *collation == NULL ? expr->name.text : *collation;
        } else if (expr->kind != SQL_EXPR_PAREN || expr->arg_count != 1) {
            return expr;
        }
        expr = expr->args[0];
    }
}

/* The position of the output that a number or an alias means, or -1. */
static int
named_output(const struct view_core *core, const struct sql_expr *expr)
{
    if (expr->kind == SQL_EXPR_INTEGER) {
        unsigned long number = strtoul(expr->text, NULL, 10);
        return number == 0 || number > core->outputs.count ? -1 : (int)number - 1;
    }
    for (size_t i = 0; i < core->outputs.count; i++) {
        const struct view_output *output = &core->outputs.items[i];
        if (expr->kind == SQL_EXPR_NAME && expr->qualifier.text == NULL && output->aliased &&
            sqlite3_stricmp(expr->name.text, output->source_name.text) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool
read_term(struct view_core *core, const struct sql_order *order, struct order_term *term)
{
    *term = (struct order_term){0};
    term->expr = strip_collation(order->expr, &term->collation);
    term->output = named_output(core, term->expr);
    if (term->output >= 0) {
        term->expr = core->outputs.items[term->output].expr;
        return true;
    }
    if (!view_resolve(core, term->expr, true)) {
        return false;
    }
    for (size_t i = 0; term->output < 0 && i < core->outputs.count; i++) {
        term->output = view_same(core->outputs.items[i].expr, term->expr) ? (int)i : -1;
    }
    return true;
}

/* What a wrapped query sorts by: one of its columns by its name. */
static bool
output_value(struct view_core *core, const struct order_term *term, struct view_output *value)
{
    struct arena *arena = core->build->builder->arena;
    AUTO_TEXT name = {0};
    if (term->output < 0) {
        return view_failed(core->build, "it is ordered by what it does not select");
    }
    *value = core->outputs.items[term->output];
    target_quote_name(&name, value->name);
    bool widened = value->type.kind == TYPE_ENUM || value->type.kind == TYPE_CITEXT;
    value->value.sql = arena_printf(arena, widened ? "CAST(%s AS text)" : "%s", name.bytes);
    value->value.atom = true;
    return true;
}

static bool
term_value(struct view_core *core, const struct order_term *term, bool wrapped,
           struct view_output *value)
{
    bool ok = wrapped ? output_value(core, term, value)
                      : (!core->grouped || view_is_grouped(core, term->expr)) &&
                            view_translate(core, term->expr, value);
    if (ok && term->collation != NULL) {
        bool binary = sqlite3_stricmp(term->collation, "BINARY") == 0;
        value->value.collation = binary ? NULL : term->collation;
    }
    return ok;
}

static bool
sort_key(struct view_core *core, const struct view_output *value, const char **sql)
{
    struct arena *arena = core->build->builder->arena;
    struct translate_scope scope = {.arena = arena};
    const struct translated *sorted = &value->value;
    if (sorted->is_constant ||
        !translate_must_order(&scope, sorted, value->trust, "ORDER BY")) {
        return sorted->is_constant ? view_failed(core->build, "it is ordered by a constant")
                                   : order_failed(core, &scope);
    }
    core->build->change = scope.change != NULL ? scope.change : core->build->change;
    *sql = translate_operand(&scope, sorted);
    if (!type_is_text(sorted->type.kind)) {
        return true;
    }
    *sql = translate_bytewise(&scope, sorted);
    if (sorted->collation == NULL) {
        return true;
    }
    *sql = arena_printf(arena, "lower(%s)", *sql);
    return sqlite3_stricmp(sorted->collation, "NOCASE") == 0 ||
           view_failed(core->build, "ORDER BY with collation %s", sorted->collation);
}

/* No NULL can be there, so an index in the usual order serves as well. */
static bool
never_null(const struct view_core *core, const struct order_term *term, bool wrapped)
{
    int column = view_bare_column(core, term->expr);
    return !wrapped && column >= 0 && core->joined.columns[column].not_null &&
           core->relations[core->owners[column]].position >= 0 &&
           core->select->tables[core->owners[column]].join != VIEW_LEFT;
}

static const char *
direction(const struct sql_order *order, bool never_null)
{
    bool first = order->nulls == SQL_NULLS_DEFAULT ? !order->descending
                                                   : order->nulls == SQL_NULLS_FIRST;
    if (never_null) {
        return order->descending ? " DESC" : "";
    }
    if (order->descending) {
        return first ? " DESC NULLS FIRST" : " DESC NULLS LAST";
    }
    return first ? " NULLS FIRST" : " NULLS LAST";
}

static bool
add_terms(struct view_core *core, const struct sql_query *query, struct order_term *terms,
          bool wrapped, struct text *sql)
{
    for (size_t i = 0; i < query->order_count; i++) {
        struct view_output value = {0};
        const char *key = NULL;
        if (!read_term(core, &query->orders[i], &terms[i]) ||
            !term_value(core, &terms[i], wrapped, &value) || !sort_key(core, &value, &key)) {
            return false;
        }
        text_printf(sql, "%s%s%s", i == 0 ? "\nORDER BY " : ", ", key,
                    direction(&query->orders[i], never_null(core, &terms[i], wrapped)));
    }
    return true;
}

/* Each of the expressions is sorted by, as it is. */
static bool
all_sorted(const struct order_term *terms, size_t term_count, struct sql_expr *const *exprs,
           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t t = 0; t < term_count; t++) {
            found = found || (terms[t].collation == NULL && view_same(terms[t].expr, exprs[i]));
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool
keys_sorted(const struct view_core *core, const struct order_term *terms, size_t term_count)
{
    struct sql_expr **exprs = arena_alloc(core->build->builder->arena,
                                          (term_count + 1) * sizeof *exprs);
    size_t count = 0;
    for (size_t t = 0; t < term_count; t++) {
        if (terms[t].collation == NULL) {
            exprs[count++] = terms[t].expr;
        }
    }
    for (size_t i = 0; i < core->select->table_count; i++) {
        if (!view_key_is_among(core, i, exprs, count)) {
            return false;
        }
    }
    return true;
}

/* Whether no two rows can be in either order, so that the first ones are the same ones. */
static bool
order_is_total(const struct view_core *core, bool wrapped, const struct order_term *terms,
               size_t term_count)
{
    if (wrapped || core->select->distinct) {
        struct sql_expr **exprs = arena_alloc(core->build->builder->arena,
                                              (core->outputs.count + 1) * sizeof *exprs);
        for (size_t i = 0; i < core->outputs.count; i++) {
            exprs[i] = core->outputs.items[i].expr;
        }
        return all_sorted(terms, term_count, exprs, core->outputs.count);
    }
    if (core->grouped) {
        return all_sorted(terms, term_count, core->groups, core->select->group_count);
    }
    return keys_sorted(core, terms, term_count);
}

static bool
whole_number(struct view_core *core, const struct sql_expr *expr, int64_t *number)
{
    struct constant constant;
    *number = -1;
    if (expr == NULL) {
        return true;
    }
    if (!constant_evaluate(core->build->builder->arena, expr, NULL, &constant) ||
        constant.kind != CONSTANT_INTEGER) {
        return view_failed(core->build, "its LIMIT is no whole number");
    }
    *number = constant.integer;
    return true;
}

bool
view_add_order(struct view_core *core, const struct sql_query *query, bool wrapped,
               struct text *sql)
{
    struct order_term *terms = arena_alloc(core->build->builder->arena,
                                           (query->order_count + 1) * sizeof *terms);
    int64_t limit;
    int64_t offset;
    if (!add_terms(core, query, terms, wrapped, sql) ||
        !whole_number(core, query->limit, &limit) ||
        !whole_number(core, query->offset, &offset)) {
        return false;
    }
    if (query->limit == NULL) {
        return true;
    }
    if ((query->part_count > 1 && !wrapped) ||
        !order_is_total(core, wrapped, terms, query->order_count)) {
        return view_failed(core->build, "it has LIMIT, but its ORDER BY leaves rows equal");
    }
    if (limit >= 0) {
        text_printf(sql, "\nLIMIT %" PRId64, limit);
    }
    if (offset > 0) {
        text_printf(sql, "\nOFFSET %" PRId64, offset);
    }
    return true;
}
