/* status_choice.c — see status_choice.h. */
#include "report/status_choice.h"

#include "base/path.h"
#include "page/report_lists.h"
#include "report/report_parts.h"
#include "settings/target_choice.h"

#include <string.h>

struct status_choice
status_choice_read(const struct settings *settings)
{
    struct status_choice choice = {.sources = settings->arguments,
                                   .count = settings->argument_count};
    if (choice.count > 0 && target_is_named_by(choice.sources[choice.count - 1])) {
        choice.target = choice.sources[--choice.count];
    }
    return choice;
}

bool
status_choice_means(const char *name, const char *source_path)
{
    AUTO_ARENA memory = {0};
    char *real = NULL;
    struct error gone;
    bool there = path_real(&memory, name, &real, &gone);
    return strcmp(there ? real : name, source_path) == 0 ||
           (!there && strcmp(path_base(name), path_base(source_path)) == 0);
}

bool
status_choice_holds(const struct status_choice *choice, const char *source_path)
{
    for (size_t i = 0; i < choice->count; i++) {
        if (status_choice_means(choice->sources[i], source_path)) {
            return true;
        }
    }
    return choice->count == 0;
}

static bool
is_known(const json_t *runs, const char *name)
{
    size_t i;
    json_t *run;
    json_array_foreach(runs, i, run)
    {
        if (status_choice_means(name, json_words(run, "source"))) {
            return true;
        }
    }
    return false;
}

static void
keep_chosen(const struct status_choice *choice, json_t *list)
{
    for (size_t i = json_array_size(list); i-- > 0;) {
        if (!status_choice_holds(choice, json_words(json_array_get(list, i), "source"))) {
            json_array_remove(list, i);
        }
    }
}

void
status_choice_filter_live(const struct status_choice *choice, json_t *lives)
{
    keep_chosen(choice, lives);
}

void
status_choice_filter(const struct status_choice *choice, json_t *report)
{
    json_t *runs = json_object_get(report, "runs");
    json_t *unknown = json_array();
    for (size_t i = 0; i < choice->count; i++) {
        if (!is_known(runs, choice->sources[i])) {
            json_array_append_new(unknown, report_words(choice->sources[i]));
        }
    }
    json_object_set_new(report, "unknown", unknown);
    keep_chosen(choice, runs);
    status_choice_filter_live(choice, json_object_get(report, "live"));
}
