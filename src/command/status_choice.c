/* status_choice.c — see status_choice.h. */
#include "command/status_choice.h"

#include "base/path.h"
#include "command/sources.h"
#include "page/report_lists.h"

#include <string.h>

struct status_choice
status_choice_read(const struct settings *settings)
{
    struct status_choice choice = {.sources = settings->arguments,
                                   .count = settings->argument_count};
    if (choice.count > 0 && sources_names_target(choice.sources[choice.count - 1])) {
        choice.target = choice.sources[--choice.count];
    }
    return choice;
}

bool
status_choice_holds(const struct status_choice *choice, const char *source_path)
{
    for (size_t i = 0; i < choice->count; i++) {
        AUTO_ARENA memory = {0};
        char *real = NULL;
        struct error gone;
        const char *name = choice->sources[i];
        bool there = path_real(&memory, name, &real, &gone);
        if (strcmp(there ? real : name, source_path) == 0 ||
            (!there && strcmp(path_base(name), path_base(source_path)) == 0)) {
            return true;
        }
    }
    return choice->count == 0;
}

void
status_choice_filter(const struct status_choice *choice, json_t *report)
{
    json_t *runs = json_object_get(report, "runs");
    for (size_t i = json_array_size(runs); i-- > 0;) {
        if (!status_choice_holds(choice, json_words(json_array_get(runs, i), "source"))) {
            json_array_remove(runs, i);
        }
    }
}
