/* sources.c — operands become sources; see sources.h. */
#include "survey/sources.h"

#include "base/path.h"
#include "settings/target_choice.h"
#include "survey/sources_internal.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool
is_pattern(const char *operand)
{
    return strpbrk(operand, "*?[") != NULL && access(operand, F_OK) != 0;
}

static bool
add_operand(struct arena *arena, struct sources *sources, const char *operand,
            struct error *err)
{
    size_t length = strlen(operand);
    if (target_is_named_by(operand)) { /* which may hold a password: not to be shown */
        error_set(err, ERROR_USAGE, "a connection string stands among the sources");
        return error_hint(err, "there is one target, and it comes last");
    }
    while (length > 1 && operand[length - 1] == '/') {
        length--;
    }
    if (sources_is_directory(operand)) {
        return sources_add_directory(arena, sources, arena_strndup(arena, operand, length),
                                     err);
    }
    return is_pattern(operand) ? sources_add_pattern(arena, sources, operand, err)
                               : sources_add_file(arena, sources, operand, true, err);
}

static bool
shares_stem(struct arena *arena, const struct sources *sources, size_t index)
{
    const char *stem = path_stem(arena, sources->entries[index].path);
    for (size_t i = 0; i < sources->count; i++) {
        if (i != index && strcasecmp(stem, path_stem(arena, sources->entries[i].path)) == 0) {
            return true;
        }
    }
    return false;
}

/* "platform/data/app.db" -> "data_app" */
static char *
name_with_directory(struct arena *arena, const struct source_entry *entry)
{
    char *directory = arena_strdup(arena, entry->real);
    *strrchr(directory, '/') = '\0';
    return arena_printf(arena, "%s_%s", path_base(directory), path_stem(arena, entry->path));
}

static bool
name_sources(struct arena *arena, struct sources *sources, struct error *err)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct source_entry *entry = &sources->entries[i];
        char *name = shares_stem(arena, sources, i) ? name_with_directory(arena, entry)
                                                    : path_stem(arena, entry->path);
        for (char *c = name; *c != '\0'; c++) {
            if (*c == '.') {
                *c = '_'; /* in a plan file a dot ends the source's name */
            }
        }
        entry->name = name;
        for (size_t other = 0; other < i; other++) {
            if (strcasecmp(sources->entries[other].name, entry->name) == 0) {
                error_set(err, ERROR_USAGE, "%s and %s would both be called %s",
                          sources->entries[other].path, entry->path, entry->name);
                return error_hint(err, "name them in a plan file, under sources");
            }
        }
    }
    return true;
}

static bool
refuse_nothing(const struct sources *sources, const struct settings *settings,
               struct error *err)
{
    if (sources->left_out_count > 0) {
        return error_set(err, ERROR_SOURCE,
                         "there is no SQLite file among the sources (%s: %s)",
                         sources->left_out[0].path, sources->left_out[0].reason);
    }
    if (settings->argument_count > 0) {
        return error_set(err, ERROR_SOURCE, "there is no SQLite file in the directory %s",
                         settings->arguments[0]);
    }
    error_set(err, ERROR_USAGE, "no source was given");
    return error_hint(err, "name a SQLite file, a directory of them, or a plan file with "
                           "--plan that has sources");
}

/* The operand, which is then none of *count. */
static bool
find_target(const struct settings *settings, size_t *count, struct sources *sources)
{
    const struct plan_file *file = settings->plan_file;
    size_t least = file == NULL ? 2 : 1;
    *count = settings->argument_count;
    if (*count >= least && target_is_named_by(settings->arguments[*count - 1])) {
        sources->target = settings->arguments[--*count];
    }
    return sources->target != NULL;
}

static bool
add_operands(struct arena *arena, const struct settings *settings, size_t count,
             struct sources *sources, struct error *err)
{
    sources->listed = count > 1;
    for (size_t i = 0; i < count; i++) {
        sources->listed = sources->listed || sources_is_directory(settings->arguments[i]) ||
                          is_pattern(settings->arguments[i]);
    }
    if (!sources->listed) {
        sources_add_single(arena, sources, settings->arguments[0]);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_operand(arena, sources, settings->arguments[i], err)) {
            return false;
        }
    }
    return true;
}

bool
sources_find(struct arena *arena, const struct settings *settings, bool with_target,
             struct sources *sources, struct error *err)
{
    const struct plan_file *file = settings->plan_file;
    size_t count = 0;
    *sources = (struct sources){0};
    if (!find_target(settings, &count, sources) && with_target && file != NULL &&
        !plan_file_target(arena, file, &sources->target, err)) {
        return false;
    }
    if (count == 0 && file != NULL && !sources_add_planned(arena, file, sources, err)) {
        return false;
    }
    if (count > 0 && !(add_operands(arena, settings, count, sources, err) &&
                       name_sources(arena, sources, err) &&
                       (file == NULL || sources_match_planned(arena, file, sources, err)))) {
        return false;
    }
    return sources->count > 0 || refuse_nothing(sources, settings, err);
}

const char *
sources_schema(struct arena *arena, const struct settings *settings,
               const struct source_entry *entry)
{
    if (settings->names == NAMES_KEEP) {
        return entry->name;
    }
    char *schema = arena_strdup(arena, entry->name);
    for (char *c = schema; *c != '\0'; c++) {
        bool upper = *c >= 'A' && *c <= 'Z';
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
                     ((unsigned char)*c & 0x80) != 0;
        *c = (char)(upper ? *c - 'A' + 'a' : plain ? *c : '_');
    }
    bool reserved = strncmp(schema, "pg_", 3) == 0 || strcmp(schema, "outgrow") == 0;
    return reserved ? arena_printf(arena, "source_%s", schema) : schema;
}
