/* build_views.c — views whose translation is certain: columns and expressions of tables that
 * come over, joined and restricted. */
#include "plan/builder.h"
#include "postgres/target.h"
#include "sqlite/view_parse.h"

#include <stdarg.h>
#include <string.h>

/* The view's tables as one table, whose columns have names that no text can hold by itself:
 * each name of the view's text is replaced by the one that it means. */
struct view_build {
    struct builder *builder;
    struct sql_view view;
    int *tables;          /* in plan.tables, of each of the view's */
    const char **aliases; /* "o.", quoted; of each */
    struct plan_table joined;
    struct source_table source;
    const char **column_sql; /* of each column of `joined` */
    const char *failure;
};

/* Always false. */
static bool view_failed(struct view_build *build, const char *format, ...) PRINTF_LIKE(2, 3);

static bool
view_failed(struct view_build *build, const char *format, ...)
{
    char words[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    build->failure = arena_strdup(build->builder->arena, words);
    return false;
}

static const char *
word_of(const struct view_table *table)
{
    return table->alias.text != NULL ? table->alias.text : table->name.text;
}

static const char *
joined_name(struct arena *arena, size_t table, const char *column)
{
    return arena_printf(arena, "%zu\x01%s", table, column);
}

static bool
find_tables(struct view_build *build)
{
    struct builder *builder = build->builder;
    size_t count = build->view.table_count;
    build->tables = arena_alloc(builder->arena, count * sizeof *build->tables);
    build->aliases = arena_alloc(builder->arena, count * sizeof *build->aliases);
    for (size_t i = 0; i < count; i++) {
        const struct view_table *table = &build->view.tables[i];
        AUTO_TEXT alias = {0};
        build->tables[i] = catalog_find_table(builder->catalog, table->name.text);
        if (build->tables[i] < 0) {
            return view_failed(build, "%s is no table that comes over", table->name.text);
        }
        if (builder->plan->tables[build->tables[i]].problem != NULL) {
            return view_failed(build, "table %s does not come over", table->name.text);
        }
        for (size_t j = 0; j < i; j++) {
            if (sqlite3_stricmp(word_of(&build->view.tables[j]), word_of(table)) == 0) {
                return view_failed(build, "%s is there twice", word_of(table));
            }
        }
        target_quote_name(&alias,
                          names_wanted(builder->arena,
                                       table->alias.text != NULL ? &table->alias : &table->name,
                                       builder->options->names));
        build->aliases[i] = arena_printf(builder->arena, "%s.", text_string(&alias));
    }
    return true;
}

static void
join_columns(struct view_build *build)
{
    struct arena *arena = build->builder->arena;
    size_t count = 0;
    for (size_t i = 0; i < build->view.table_count; i++) {
        count += build->builder->plan->tables[build->tables[i]].column_count;
    }
    build->joined.columns = arena_alloc(arena, count * sizeof *build->joined.columns);
    build->source.columns = arena_alloc(arena, count * sizeof *build->source.columns);
    build->column_sql = arena_alloc(arena, count * sizeof *build->column_sql);
    for (size_t i = 0; i < build->view.table_count; i++) {
        const struct plan_table *table = &build->builder->plan->tables[build->tables[i]];
        for (size_t c = 0; c < table->column_count; c++) {
            size_t at = build->joined.column_count++;
            AUTO_TEXT name = {0};
            target_quote_name(&name, table->columns[c].name);
            build->column_sql[at] = arena_printf(arena, "%s%s", build->aliases[i], name.bytes);
            build->joined.columns[at] = table->columns[c];
            build->joined.columns[at].source_position = (int)at;
            build->source.columns[at] = table->source->columns[c];
            build->source.columns[at].name.text = joined_name(
                arena, i, table->source->columns[c].name.text);
        }
    }
    build->source.column_count = build->joined.column_count;
    build->source.name.text = "";
    build->joined.source = &build->source;
}

/* Which of the view's tables the name belongs to; -1: none, -2: several. */
static int
find_owner(const struct view_build *build, const struct sql_expr *expr)
{
    int found = -1;
    for (size_t i = 0; i < build->view.table_count; i++) {
        const struct plan_table *table = &build->builder->plan->tables[build->tables[i]];
        bool meant = expr->qualifier.text == NULL ||
                     sqlite3_stricmp(expr->qualifier.text, word_of(&build->view.tables[i])) ==
                         0;
        if (meant && source_find_column(table->source, expr->name.text) >= 0) {
            if (found >= 0) {
                return -2;
            }
            found = (int)i;
        }
    }
    return found;
}

static bool
resolve(struct view_build *build, struct sql_expr *expr)
{
    if (expr->kind == SQL_EXPR_NAME) {
        int owner = find_owner(build, expr);
        bool string = owner == -1 && expr->name.quoted && expr->qualifier.text == NULL;
        if (string) {
            return true;
        }
        if (owner < 0) {
            return owner == -1 ? view_failed(build, "no column \"%s\"", expr->name.text)
                               : view_failed(build, "\"%s\" is in two tables", expr->name.text);
        }
        const struct plan_table *table = &build->builder->plan->tables[build->tables[owner]];
        int column = source_find_column(table->source, expr->name.text);
        expr->name.text = joined_name(build->builder->arena, (size_t)owner,
                                      table->source->columns[column].name.text);
        expr->qualifier.text = NULL;
        return true;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i] != NULL && !resolve(build, expr->args[i])) {
            return false;
        }
    }
    return true;
}

/* A bare column is itself, whatever its type. */
static const char *
bare_column(const struct view_build *build, const struct sql_expr *expr)
{
    int column = expr->kind == SQL_EXPR_NAME
                     ? source_find_column(&build->source, expr->name.text)
                     : -1;
    return column < 0 || build->joined.columns[column].left_out ? NULL
                                                                : build->column_sql[column];
}

static bool
translate(struct view_build *build, struct sql_expr *expr, bool condition, const char **sql)
{
    struct translate_scope scope = {.arena = build->builder->arena,
                                    .table = &build->joined,
                                    .column_sql = build->column_sql,
                                    .exact = !condition};
    if (!resolve(build, expr)) {
        return false;
    }
    *sql = condition ? NULL : bare_column(build, expr);
    if (*sql != NULL) {
        return true;
    }
    bool ok = condition ? translate_condition(&scope, expr, sql)
                        : translate_value(&scope, expr, sql);
    build->failure = ok ? NULL : scope.failure;
    return ok;
}

static void
add_output(struct view_build *build, struct text *sql, struct name_set *names,
           const char *value, const struct sql_name *name)
{
    struct builder *builder = build->builder;
    const char *wanted = names_wanted(builder->arena, name, builder->options->names);
    text_add(sql, sql->length == 0 ? "" : ",\n    ");
    text_printf(sql, "%s AS ", value);
    target_quote_name(sql, names_claim(names, name->text, wanted));
}

/* The name that SQLite gives a result column, where it is certain. */
static bool
output_name(struct view_build *build, size_t position, const struct view_item *item,
            const struct sql_name *bare, struct sql_name *name)
{
    if (build->view.column_count > 0) {
        if (position >= build->view.column_count) {
            return view_failed(build, "its columns are fewer than its values");
        }
        *name = build->view.columns[position];
    } else if (item->alias.text != NULL) {
        *name = item->alias;
    } else if (bare != NULL && bare->text != NULL) {
        *name = *bare;
    } else {
        return view_failed(build, "a column of it has no name of its own");
    }
    return true;
}

/* All columns of one of the view's tables. */
static bool
add_star(struct view_build *build, size_t table, const struct view_item *item, struct text *sql,
         struct name_set *names, size_t *position)
{
    const struct plan_table *planned = &build->builder->plan->tables[build->tables[table]];
    for (size_t c = 0; c < planned->column_count; c++) {
        const struct plan_column *column = &planned->columns[c];
        AUTO_TEXT value = {0};
        struct sql_name name;
        if (column->left_out) {
            return view_failed(build, "column %s is left out", column->source->name.text);
        }
        if (!output_name(build, (*position)++, item, &column->source->name, &name)) {
            return false;
        }
        text_add(&value, build->aliases[table]);
        target_quote_name(&value, column->name);
        add_output(build, sql, names, text_string(&value), &name);
    }
    return true;
}

static bool
add_stars(struct view_build *build, const struct view_item *item, struct text *sql,
          struct name_set *names, size_t *position)
{
    bool any = false;
    for (size_t i = 0; i < build->view.table_count; i++) {
        bool meant = item->star_of.text == NULL ||
                     sqlite3_stricmp(item->star_of.text, word_of(&build->view.tables[i])) == 0;
        if (meant && !add_star(build, i, item, sql, names, position)) {
            return false;
        }
        any = any || meant;
    }
    return any || view_failed(build, "there is no table %s in it", item->star_of.text);
}

static bool
add_items(struct view_build *build, struct text *sql)
{
    struct name_set names = {.arena = build->builder->arena};
    AUTO_TEXT list = {0};
    size_t position = 0;
    for (size_t i = 0; i < build->view.item_count; i++) {
        const struct view_item *item = &build->view.items[i];
        struct sql_name name;
        const char *value;
        if (item->expr == NULL) {
            if (!add_stars(build, item, &list, &names, &position)) {
                return false;
            }
            continue;
        }
        const struct sql_name bare = item->expr->kind == SQL_EXPR_NAME ? item->expr->name
                                                                       : (struct sql_name){0};
        if (!output_name(build, position++, item, &bare, &name) ||
            !translate(build, item->expr, false, &value)) {
            return false;
        }
        add_output(build, &list, &names, value, &name);
    }
    if (build->view.column_count > 0 && position != build->view.column_count) {
        return view_failed(build, "its columns are more than its values");
    }
    text_printf(sql, " AS SELECT\n    %s", text_string(&list));
    return true;
}

static bool
add_tables(struct view_build *build, struct text *sql)
{
    static const char *const joins[] = {
        [VIEW_FIRST] = "\nFROM ", [VIEW_INNER] = "\nJOIN ", [VIEW_LEFT] = "\nLEFT JOIN "};
    for (size_t i = 0; i < build->view.table_count; i++) {
        const struct view_table *table = &build->view.tables[i];
        const struct plan_table *planned = &build->builder->plan->tables[build->tables[i]];
        const char *alias = build->aliases[i];
        const char *condition = "true";
        if (table->on != NULL && !translate(build, table->on, true, &condition)) {
            return false;
        }
        text_printf(sql, "%s%s AS %.*s", joins[table->join],
                    builder_qualified(build->builder, planned), (int)strlen(alias) - 1, alias);
        if (table->join != VIEW_FIRST) {
            text_printf(sql, " ON %s", condition);
        } else if (table->on != NULL) {
            return view_failed(build, "its first table has ON");
        }
    }
    return true;
}

static bool
add_where(struct view_build *build, struct text *sql)
{
    const char *condition;
    if (build->view.where == NULL) {
        return true;
    }
    if (!translate(build, build->view.where, true, &condition)) {
        return false;
    }
    text_printf(sql, "\nWHERE %s", condition);
    return true;
}

static void
add_view(struct view_build *build, const struct source_object *object, const struct text *body)
{
    struct builder *builder = build->builder;
    struct plan *plan = builder->plan;
    const char *wanted = names_wanted(builder->arena, &build->view.name,
                                      builder->options->names);
    size_t first = (size_t)build->tables[0];
    struct plan_view *view = ARENA_APPEND(builder->arena, plan->views, plan->view_count);
    view->schema = plan->tables[first].schema;
    view->name = names_claim(builder_relations(builder, first), object->name, wanted);
    AUTO_TEXT sql = {0};
    text_add(&sql, "CREATE VIEW ");
    target_quote_qualified(&sql, view->schema, view->name);
    text_add(&sql, text_string(body));
    struct plan_step *step = ARENA_APPEND(builder->arena, plan->steps, plan->step_count);
    *step = (struct plan_step){
        .id = arena_printf(builder->arena, "view %s.%s", view->schema, view->name),
        .phase = PHASE_VIEWS,
        .table = -1,
        .sql = arena_strdup(builder->arena, text_string(&sql))};
}

const char *
build_view(struct builder *builder, const struct source_object *object)
{
    struct view_build build = {.builder = builder};
    struct error err;
    AUTO_TEXT body = {0};
    if (object->sql == NULL ||
        !sql_parse_view(builder->arena, object->sql, &build.view, &err)) {
        return object->sql == NULL ? "it has no text"
                                   : arena_strdup(builder->arena, err.message);
    }
    if (!find_tables(&build)) {
        return build.failure;
    }
    join_columns(&build);
    if (!add_items(&build, &body) || !add_tables(&build, &body) || !add_where(&build, &body)) {
        return build.failure;
    }
    add_view(&build, object, &body);
    return NULL;
}
