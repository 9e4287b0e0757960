/* view_query.c — a query of a view: WITH, one or several SELECTs, and their order. */
#include "planner/view.h"
#include "postgres/target.h"

void
view_describe(struct view_build *build, const struct view_outputs *outputs,
              struct view_known *known)
{
    struct arena *arena = build->builder->arena;
    struct source_table *source = arena_alloc(arena, sizeof *source);
    unsigned char *trust = arena_alloc(arena, outputs->count + 1);
    source->columns = arena_alloc(arena, outputs->count * sizeof *source->columns);
    source->column_count = outputs->count;
    source->name.text = known->word == NULL ? "" : known->word;
    known->table = (struct plan_table){.source = source, .source_position = -1};
    known->table.columns = arena_alloc(arena, outputs->count * sizeof *known->table.columns);
    known->table.column_count = outputs->count;
    known->trust = trust;
    known->ready = true;
    for (size_t i = 0; i < outputs->count; i++) {
        const struct view_output *output = &outputs->items[i];
        const struct source_column *bare = output->column == NULL ? NULL
                                                                  : output->column->source;
        source->columns[i] = (struct source_column){
            .name = output->outer_name,
            .type = "",
            .affinity = bare == NULL ? AFFINITY_BLOB : bare->affinity,
            .collation = bare == NULL ? "BINARY" : bare->collation};
        known->table.columns[i] = (struct plan_column){
            .source = &source->columns[i],
            .source_position = (int)i,
            .name = output->name,
            .type = output->type,
            .integer_most = output->value.most,
            .collation = output->column == NULL ? NULL : output->column->collation};
        trust[i] = output->trust;
    }
}

/* All names of a WITH are seen in all of its queries; only those that are made can be used. */
static struct view_known *
declare_commons(struct view_build *build, const struct sql_query *query)
{
    struct builder *builder = build->builder;
    struct view_known *all = arena_alloc(builder->arena,
                                         (query->common_count + 1) * sizeof *all);
    for (size_t i = 0; i < query->common_count; i++) {
        const struct sql_name *name = &query->commons[i].name;
        AUTO_TEXT from = {0};
        const char *wanted = names_wanted(builder->arena, name, builder->options->names);
        target_quote_name(&from, names_claim(&build->common_names, name->text, wanted));
        all[i] = (struct view_known){.word = name->text,
                                     .from = arena_strdup(builder->arena, text_string(&from)),
                                     .home = -1,
                                     .next = build->commons};
        build->commons = &all[i];
    }
    return all;
}

static bool
add_commons(struct view_build *build, const struct sql_query *query, struct text *sql)
{
    struct view_known *all = declare_commons(build, query);
    for (size_t i = 0; i < query->common_count; i++) {
        const struct sql_common *common = &query->commons[i];
        struct view_outputs outputs = {0};
        text_printf(sql, "%s%s AS (\n", i == 0 ? "WITH " : ",\n", all[i].from);
        if (!view_build_query(build, common->query, common->columns, common->column_count, sql,
                              &outputs)) {
            return false;
        }
        text_add(sql, "\n)");
        view_describe(build, &outputs, &all[i]);
    }
    text_add(sql, query->common_count > 0 ? "\n" : "");
    return true;
}

/* Types of which one column can hold both without a cast. */
static enum type_kind
family(enum type_kind kind)
{
    return value_type_is_integer(kind) ? TYPE_BIGINT
           : kind == TYPE_VARCHAR      ? TYPE_TEXT
           : kind == TYPE_REAL         ? TYPE_DOUBLE
                                       : kind;
}

static bool
is_null(const struct view_output *output)
{
    return output->value.is_constant && output->value.constant.kind == CONSTANT_NULL;
}

/* One column of all parts: the first gets what is true of all. */
static bool
agree_column(struct view_build *build, struct view_core *cores, size_t count, size_t column)
{
    struct view_output *first = &cores[0].outputs.items[column];
    const struct view_output *leader = first;
    for (size_t i = 0; i < count && is_null(leader); i++) {
        leader = &cores[i].outputs.items[column];
    }
    struct value_type type = leader->type;
    AUTO_TEXT name = {0};
    value_type_print_short(&type, &name);
    for (size_t i = 0; i < count; i++) {
        struct view_output *output = &cores[i].outputs.items[column];
        if (is_null(output)) {
            output->sql = arena_printf(build->builder->arena, "CAST(NULL AS %s)", name.bytes);
            continue;
        }
        bool odd = output->type.kind == TYPE_ENUM || output->type.kind == TYPE_CITEXT ||
                   output->type.kind == TYPE_CHAR || output->value.collation != NULL;
        if (odd || family(output->type.kind) != family(type.kind)) {
            return view_failed(build, "the SELECTs of its UNION give different types");
        }
        first->trust &= output->trust;
        first->value.most = output->value.most > first->value.most ? output->value.most
                                                                   : first->value.most;
    }
    first->type = type.kind == TYPE_NUMERIC ? (struct value_type){.kind = TYPE_NUMERIC}
                                            : (struct value_type){.kind = family(type.kind)};
    first->column = NULL;
    first->value.column = NULL;
    return true;
}

static bool
must_compare(struct view_build *build, const struct view_core *core)
{
    for (size_t i = 0; i < core->outputs.count; i++) {
        const struct view_output *output = &core->outputs.items[i];
        struct translate_scope scope = {.arena = build->builder->arena};
        if (!is_null(output) &&
            !translate_must_equal(&scope, &output->value, output->trust, "UNION")) {
            build->failure = scope.failure;
            return false;
        }
        build->change = scope.change != NULL ? scope.change : build->change;
    }
    return true;
}

/* In PostgreSQL INTERSECT binds closer than the others, in SQLite it does not. */
static bool
agree(struct view_build *build, const struct sql_query *query, struct view_core *cores)
{
    bool compared = false;
    for (size_t i = 1; i < query->part_count; i++) {
        enum sql_compound compound = query->parts[i].compound;
        if (compound == SQL_INTERSECT && i > 1 &&
            query->parts[i - 1].compound != SQL_INTERSECT) {
            return view_failed(build, "it has INTERSECT behind something else");
        }
        if (cores[i].outputs.count != cores[0].outputs.count) {
            return view_failed(build, "the SELECTs of its UNION differ in their columns");
        }
        compared = compared || compound != SQL_UNION_ALL;
    }
    for (size_t i = 0; compared && i < query->part_count; i++) {
        if (!must_compare(build, &cores[i])) {
            return false;
        }
    }
    for (size_t c = 0; query->part_count > 1 && c < cores[0].outputs.count; c++) {
        if (!agree_column(build, cores, query->part_count, c)) {
            return false;
        }
    }
    return true;
}

static void
print_parts(const struct sql_query *query, const struct view_core *cores, struct text *sql)
{
    static const char *const words[] = {[SQL_ALONE] = "",
                                        [SQL_UNION] = "\nUNION\n",
                                        [SQL_UNION_ALL] = "\nUNION ALL\n",
                                        [SQL_EXCEPT] = "\nEXCEPT\n",
                                        [SQL_INTERSECT] = "\nINTERSECT\n"};
    for (size_t i = 0; i < query->part_count; i++) {
        text_add(sql, words[query->parts[i].compound]);
        view_print_core(&cores[i], sql);
    }
}

static bool
build_parts(struct view_build *build, const struct sql_query *query,
            const struct sql_name *columns, size_t column_count, struct view_core *cores)
{
    for (size_t i = 0; i < query->part_count; i++) {
        if (!view_build_core(build, &query->parts[i].select, i == 0 ? columns : NULL,
                             i == 0 ? column_count : 0, i == 0, &cores[i])) {
            return false;
        }
    }
    return agree(build, query, cores);
}

bool
view_build_query(struct view_build *build, const struct sql_query *query,
                 const struct sql_name *columns, size_t column_count, struct text *sql,
                 struct view_outputs *outputs)
{
    struct view_known *outer = build->commons;
    AUTO_TEXT order = {0};
    struct view_core *cores = arena_alloc(build->builder->arena,
                                          query->part_count * sizeof *cores);
    bool wrapped = query->order_count > 0 &&
                   (query->part_count > 1 || query->parts[0].select.distinct);
    if (!add_commons(build, query, sql) ||
        !build_parts(build, query, columns, column_count, cores) ||
        !view_add_order(&cores[0], query, wrapped, &order)) {
        return false;
    }
    text_add(sql, wrapped ? "SELECT * FROM (\n" : "");
    print_parts(query, cores, sql);
    text_add(sql, wrapped ? "\n) AS rows" : "");
    text_add(sql, text_string(&order));
    build->commons = outer;
    *outputs = cores[0].outputs;
    return true;
}
