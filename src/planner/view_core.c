/* view_core.c — one SELECT of a view: its columns, tables, conditions and groups. */
#include "planner/view.h"
#include "postgres/target.h"

static struct translate_scope
scope_of(struct view_core *core)
{
    return (struct translate_scope){.arena = core->build->builder->arena,
                                    .table = &core->joined,
                                    .column_sql = core->column_sql,
                                    .view = true};
}

/* The reason, or the reservation, goes to the view. */
static bool
conclude(struct view_core *core, const struct translate_scope *scope, bool ok)
{
    if (!ok) {
        core->build->failure = scope->failure;
    } else if (scope->change != NULL) {
        core->build->change = scope->change;
    }
    return ok;
}

bool
view_translate(struct view_core *core, struct sql_expr *expr, struct view_output *out)
{
    struct translate_scope scope = scope_of(core);
    scope.exact = true;
    scope.trust = core->trust;
    int bare = view_bare_column(core, expr);
    out->expr = expr;
    out->column = bare >= 0 ? &core->joined.columns[bare] : NULL;
    if (!conclude(core, &scope, translate_any(&scope, expr, &out->value))) {
        return false;
    }
    out->type = out->value.type;
    out->trust = translate_trust_of(&scope, &out->value);
    out->sql = arena_printf(core->build->builder->arena, "(%s)", out->value.sql);
    if (bare >= 0) {
        out->sql = core->column_sql[bare]; /* itself, whatever its type */
        out->type = core->joined.columns[bare].type;
        out->trust = core->trust[bare];
    } else if (out->value.collation != NULL) {
        return view_failed(core->build, "collation %s", out->value.collation);
    }
    return true;
}

static bool
view_translate_condition(struct view_core *core, struct sql_expr *expr, const char **sql)
{
    struct translate_scope scope = scope_of(core);
    return conclude(core, &scope, translate_condition(&scope, expr, sql));
}

static bool
add_output(struct view_core *core, const struct view_output *output)
{
    *ARENA_APPEND(core->build->builder->arena, core->outputs.items,
                  core->outputs.count) = *output;
    return true;
}

/* All columns of one of the tables. */
static bool
add_star(struct view_core *core, size_t relation)
{
    for (size_t c = 0; c < core->joined.column_count; c++) {
        const struct plan_column *column = &core->joined.columns[c];
        if (core->owners[c] != (int)relation) {
            continue;
        }
        const struct plan_table *table = core->relations[relation].table;
        const char *joined = core->source.columns[c].name.text;
        struct sql_name name = {.text = strchr(joined, '\x01') + 1,
                                .quoted = core->source.columns[c].name.quoted};
        struct sql_expr *expr = arena_alloc(core->build->builder->arena, sizeof *expr);
        if (column->left_out) {
            return view_failed(core->build, "column %s of %s is left out", name.text,
                               table->source->name.text);
        }
        *expr = (struct sql_expr){.kind = SQL_EXPR_NAME, .name = {.text = joined}};
        add_output(core, &(struct view_output){.expr = expr, .source_name = name});
    }
    return true;
}

static bool
add_stars(struct view_core *core, const struct view_item *item)
{
    bool any = false;
    for (size_t i = 0; i < core->select->table_count; i++) {
        bool meant = item->star_of.text == NULL ||
                     sqlite3_stricmp(item->star_of.text, core->relations[i].word) == 0;
        if (meant && !add_star(core, i)) {
            return false;
        }
        any = any || meant;
    }
    return any || view_failed(core->build, "there is no table %s in it", item->star_of.text);
}

/* The name that SQLite gives a result column, where it is certain. */
static bool
add_item(struct view_core *core, const struct view_item *item)
{
    if (item->expr == NULL) {
        return add_stars(core, item);
    }
    struct view_output output = {.expr = item->expr, .source_name = item->alias};
    output.aliased = item->alias.text != NULL;
    if (!output.aliased && item->expr->kind == SQL_EXPR_NAME) {
        output.source_name = item->expr->name;
    }
    return view_resolve(core, item->expr, false) && add_output(core, &output);
}

/* Names from outside go before those of the text. */
static bool
name_outputs(struct view_core *core, const struct sql_name *columns, size_t column_count,
             bool named)
{
    struct builder *builder = core->build->builder;
    struct name_set names = {.arena = builder->arena};
    if (column_count > 0 && column_count != core->outputs.count) {
        return view_failed(core->build, "its columns are %s than its values",
                           column_count > core->outputs.count ? "more" : "fewer");
    }
    for (size_t i = 0; i < core->outputs.count; i++) {
        struct view_output *output = &core->outputs.items[i];
        const struct sql_name *name = column_count > 0 ? &columns[i] : &output->source_name;
        output->outer_name = *name;
        if (name->text == NULL && named) {
            return view_failed(core->build, "a column of it has no name of its own");
        }
        if (name->text != NULL) {
            output->name = names_claim(
                &names, name->text,
                names_wanted(builder->arena, name, builder->options->names));
        }
    }
    return true;
}

static bool
translate_outputs(struct view_core *core)
{
    for (size_t i = 0; i < core->outputs.count; i++) {
        struct view_output *output = &core->outputs.items[i];
        if ((core->grouped && !view_is_grouped(core, output->expr)) ||
            !view_translate(core, output->expr, output)) {
            return false;
        }
        if (core->select->distinct) {
            struct translate_scope scope = scope_of(core);
            if (!conclude(
                    core, &scope,
                    translate_must_equal(&scope, &output->value, output->trust, "DISTINCT"))) {
                return false;
            }
        }
    }
    return true;
}

static bool
add_tables(struct view_core *core, struct text *sql)
{
    static const char *const joins[] = {
        [VIEW_FIRST] = "FROM ", [VIEW_INNER] = "\nJOIN ", [VIEW_LEFT] = "\nLEFT JOIN "};
    for (size_t i = 0; i < core->select->table_count; i++) {
        const struct view_table *table = &core->select->tables[i];
        const char *condition = "true";
        if (table->on != NULL && (!view_resolve(core, table->on, true) ||
                                  !view_translate_condition(core, table->on, &condition))) {
            return false;
        }
        text_printf(sql, "%s%s AS %s", joins[table->join], core->relations[i].from,
                    core->relations[i].alias);
        if (table->join != VIEW_FIRST) {
            text_printf(sql, " ON %s", condition);
        } else if (table->on != NULL) {
            return view_failed(core->build, "its first table has ON");
        }
    }
    return true;
}

static bool
add_where(struct view_core *core, struct text *sql)
{
    const char *condition;
    if (core->select->where == NULL) {
        return true;
    }
    if (!view_resolve(core, core->select->where, true) ||
        !view_translate_condition(core, core->select->where, &condition)) {
        return false;
    }
    text_printf(sql, "\nWHERE %s", condition);
    return true;
}

/* What is grouped stands here as it does in GROUP BY, to the letter. */
static bool
translate_having(struct view_core *core, const char **having)
{
    struct translate_scope scope = scope_of(core);
    scope.exact = true;
    scope.trust = core->trust;
    return view_resolve(core, core->select->having, true) &&
           view_is_grouped(core, core->select->having) &&
           conclude(core, &scope, translate_condition(&scope, core->select->having, having));
}

static bool
build_body(struct view_core *core)
{
    AUTO_TEXT sql = {0};
    if (!add_tables(core, &sql) || !add_where(core, &sql)) {
        return false;
    }
    core->rows = arena_strdup(core->build->builder->arena, text_string(&sql));
    return view_read_groups_of(core) && translate_outputs(core) &&
           (core->select->having == NULL || translate_having(core, &core->having));
}

void
view_print_core(const struct view_core *core, struct text *sql)
{
    text_add(sql, core->select->distinct ? "SELECT DISTINCT" : "SELECT");
    for (size_t i = 0; i < core->outputs.count; i++) {
        const struct view_output *output = &core->outputs.items[i];
        text_printf(sql, "%s\n    %s", i == 0 ? "" : ",", output->sql);
        if (output->name != NULL) {
            text_add(sql, " AS ");
            target_quote_name(sql, output->name);
        }
    }
    text_printf(sql, "\n%s", core->rows);
    for (size_t i = 0; i < core->group_sql_count; i++) {
        text_printf(sql, "%s%s", i == 0 ? "\nGROUP BY " : ", ", core->group_sql[i]);
    }
    if (core->having != NULL) {
        text_printf(sql, "\nHAVING %s", core->having);
    }
}

bool
view_build_core(struct view_build *build, const struct sql_select *select,
                const struct sql_name *columns, size_t column_count, bool named,
                struct view_core *core)
{
    *core = (struct view_core){.build = build, .select = select};
    if (!view_find_relations(core)) {
        return false;
    }
    for (size_t i = 0; i < select->item_count; i++) {
        if (!add_item(core, &select->items[i])) {
            return false;
        }
    }
    core->grouped = select->group_count > 0 || select->having != NULL;
    for (size_t i = 0; i < core->outputs.count; i++) {
        core->grouped = core->grouped || view_gathers(core->outputs.items[i].expr);
    }
    return name_outputs(core, columns, column_count, named) && build_body(core);
}
