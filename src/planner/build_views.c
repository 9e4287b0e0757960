/* build_views.c — views whose translation is certain, each as a step that makes it. */
#include "planner/view.h"
#include "postgres/target.h"

static void
note_change(struct builder *builder, const struct source_object *object, const char *change)
{
    const struct plan_note note = {
        .kind = NOTE_CHANGED, .object_kind = "view", .name = object->name, .sql = object->sql};
    builder_note(builder, &note, "%s", change);
}

/* Other views may be made of it. */
static void
remember(struct view_build *build, const struct sql_view *parsed, const struct plan_view *view,
         const struct view_outputs *outputs)
{
    struct builder *builder = build->builder;
    struct view_known *known = arena_alloc(builder->arena, sizeof *known);
    AUTO_TEXT from = {0};
    target_quote_qualified(&from, view->schema, view->name);
    *known = (struct view_known){.word = parsed->name.text,
                                 .from = arena_strdup(builder->arena, text_string(&from)),
                                 .home = build->home,
                                 .next = builder->views};
    view_describe(build, outputs, known);
    builder->views = known;
}

static const struct plan_view *
add_view(struct view_build *build, const struct source_object *object,
         const struct sql_view *parsed, const char *query)
{
    struct builder *builder = build->builder;
    struct plan *plan = builder->plan;
    size_t home = (size_t)build->home;
    const char *wanted = names_wanted(builder->arena, &parsed->name, builder->options->names);
    struct plan_view *view = ARENA_APPEND(builder->arena, plan->views, plan->view_count);
    view->schema = plan->tables[home].schema;
    view->name = names_claim(builder_relations(builder, home), object->name, wanted);
    if (strcmp(view->name, wanted) != 0) {
        const struct plan_note note = {
            .kind = NOTE_RENAMED, .object_kind = "view", .name = object->name};
        builder_note(builder, &note, "is %s in PostgreSQL", view->name);
    }
    AUTO_TEXT sql = {0};
    text_add(&sql, "CREATE VIEW ");
    target_quote_qualified(&sql, view->schema, view->name);
    text_printf(&sql, " AS %s", query);
    struct plan_step *step = ARENA_APPEND(builder->arena, plan->steps, plan->step_count);
    *step = (struct plan_step){
        .id = arena_printf(builder->arena, "view %s.%s", view->schema, view->name),
        .phase = PHASE_VIEWS,
        .table = -1,
        .sql = arena_strdup(builder->arena, text_string(&sql))};
    return view;
}

const char *
build_view(struct builder *builder, const struct source_object *object)
{
    struct view_build build = {
        .builder = builder, .common_names = {.arena = builder->arena}, .home = -1};
    struct sql_view parsed;
    struct view_outputs outputs = {0};
    struct error err;
    AUTO_TEXT query = {0};
    if (object->sql == NULL || !sql_parse_view(builder->arena, object->sql, &parsed, &err)) {
        return object->sql == NULL ? "it has no text"
                                   : arena_strdup(builder->arena, err.message);
    }
    if (!view_build_query(&build, &parsed.query, parsed.columns, parsed.column_count, &query,
                          &outputs)) {
        return build.failure;
    }
    if (build.home < 0) {
        return "it is of no table that comes over";
    }
    const struct plan_view *view = add_view(&build, object, &parsed, text_string(&query));
    remember(&build, &parsed, view, &outputs);
    if (build.change != NULL) {
        note_change(builder, object, build.change);
    }
    return NULL;
}
