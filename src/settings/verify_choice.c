/* verify_choice.c — see verify_choice.h. */
#include "settings/verify_choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
is_named(const struct plan_table *table, const char *name)
{
    size_t schema = strlen(table->schema);
    bool qualified = strncasecmp(name, table->schema, schema) == 0 && name[schema] == '.';
    return strcasecmp(name, table->source->name.text) == 0 ||
           strcasecmp(name, table->name) == 0 ||
           (qualified && strcasecmp(name + schema + 1, table->name) == 0);
}

static bool
choose(const struct plan *plan, const char *name, bool *chosen, struct error *err)
{
    bool found = false;
    for (size_t i = 0; i < plan->table_count; i++) {
        if (is_named(&plan->tables[i], name)) {
            chosen[i] = true;
            found = true;
        }
    }
    if (found) {
        return true;
    }
    error_set(err, ERROR_USAGE, "--tables: there is no table \"%s\"", name);
    return error_hint(err, "outgrow inspect lists them; several are separated by commas");
}

bool
verify_choose_tables(struct arena *arena, const struct plan *plan, const char *names,
                     const bool **chosen, struct error *err)
{
    *chosen = NULL;
    if (names == NULL) {
        return true;
    }
    bool *marks = arena_alloc(arena, plan->table_count + 1);
    const char *at = names;
    while (true) {
        size_t size = strcspn(at, ",");
        while (size > 0 && *at == ' ') {
            at++;
            size--;
        }
        if (!choose(plan, arena_strndup(arena, at, size), marks, err)) {
            return false;
        }
        if (at[size] == '\0') {
            break;
        }
        at += size + 1;
    }
    *chosen = marks;
    return true;
}

bool
verify_choose_sample(const char *words, double *part, struct error *err)
{
    *part = 0;
    if (words == NULL) {
        return true;
    }
    char *behind = NULL;
    double percent = strtod(words, &behind);
    bool ended = behind != words && (*behind == '\0' || strcmp(behind, "%") == 0);
    if (!ended || !(percent > 0) || percent > 100) {
        error_set(err, ERROR_USAGE, "--sample %s is no part of the rows", words);
        return error_hint(err, "write a percentage above 0 and up to 100: --sample 5%%");
    }
    *part = percent == 100 ? 0 : percent / 100;
    return true;
}
