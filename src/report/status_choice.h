/* status_choice.h — whose migrations `status` is asked for: [SOURCE...] [TARGET]. */
#ifndef REPORT_STATUS_CHOICE_H
#define REPORT_STATUS_CHOICE_H

#include "settings/settings.h"

struct status_choice {
    const char *const *sources; /* operands */
    size_t count;               /* 0: all */
    const char *target;         /* NULL: none was named */
};

/* Borrows from settings. */
struct status_choice status_choice_read(const struct settings *settings);

/* Whether a run's source (runs.source_path) is among them: by the file's real path; of a file
 * that is gone, by the path or the name that it had. */
bool status_choice_holds(const struct status_choice *choice, const char *source_path);

/* Whether a name on the command line means that source. */
bool status_choice_means(const char *name, const char *source_path);

/* Takes the others out of a status report. Those that were named and of which there is no run
 * become its "unknown". */
void status_choice_filter(const struct status_choice *choice, json_t *report);

/* Takes the others out of its live sources; NULL: there are none. */
void status_choice_filter_live(const struct status_choice *choice, json_t *lives);

#endif
