/* plan_look.c — see plan_look.h. */
#include "command/plan_look.h"

#include "base/path.h"
#include "page/result.h"
#include "planner/plan_yaml.h"
#include "report/many.h"
#include "settings/plan_use.h"

void
looked_close(struct looked *looked)
{
    for (size_t i = 0; looked->copies != NULL && i < looked->sources.count; i++) {
        survey_close(&looked->surveys[i]);
        scratch_copy_remove(&looked->copies[i]);
    }
}

bool
looked_find(const struct settings *settings, const struct output *output, struct arena *arena,
            struct looked *looked, struct error *err)
{
    struct sources *sources = &looked->sources;
    if (!sources_find(arena, settings, false, sources, err)) {
        return false;
    }
    looked->surveys = arena_alloc(arena, sources->count * sizeof *looked->surveys);
    looked->copies = arena_alloc(arena, sources->count * sizeof *looked->copies);
    for (size_t i = 0; i < sources->left_out_count; i++) {
        note(output, "left out: %s: %s", sources->left_out[i].path,
             sources->left_out[i].reason);
    }
    for (size_t i = 0; i < sources->count; i++) {
        if (!path_check_text(sources->entries[i].path, err) ||
            !scratch_copy_make(arena, settings, output, sources->entries[i].path,
                               &looked->copies[i], err)) {
            return false;
        }
    }
    return true;
}

bool
looked_survey(const struct settings *settings, const struct output *output, struct arena *arena,
              struct looked *looked, struct error *err)
{
    for (size_t i = 0; i < looked->sources.count; i++) {
        struct settings own = *settings;
        own.schema = many_schema(arena, settings, &looked->sources, i);
        if (own.plan_file != NULL) {
            plan_use_source(arena, looked->sources.entries[i].plan_source, &own);
        }
        looked->surveys[i].shown = looked->sources.entries[i].path;
        if (!survey_look(&looked->surveys[i], looked->copies[i].path, &own, output, arena,
                         err)) {
            return false;
        }
    }
    return true;
}

bool
looked_all(const struct settings *settings, const struct output *output, struct arena *arena,
           struct looked *looked, struct error *err)
{
    return looked_find(settings, output, arena, looked, err) &&
           looked_survey(settings, output, arena, looked, err);
}

void
looked_write(struct text *yaml, const struct settings *settings, struct arena *arena,
             const struct looked *looked)
{
    size_t count = looked->sources.count;
    struct plan_options options = survey_plan_options(&looked->surveys[0], settings);
    struct plan_yaml_source *sources = arena_alloc(arena, count * sizeof *sources);
    for (size_t i = 0; i < count; i++) {
        sources[i] = (struct plan_yaml_source){
            .plan = &looked->surveys[i].plan,
            .inspection = &looked->surveys[i].inspection,
            .name = looked->sources.entries[i].name,
            .path = looked->sources.entries[i].path,
        };
    }
    const char *schema = count == 1 ? looked->surveys[0].plan.schema
                                    : many_schema_pattern(settings, &looked->sources);
    plan_write_yaml(yaml, sources, count, &options, schema);
}
