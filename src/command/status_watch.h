/* status_watch.h — status --watch: where live sources stand, again and again. */
#ifndef COMMAND_STATUS_WATCH_H
#define COMMAND_STATUS_WATCH_H

#include "page/output.h"
#include "postgres/target.h"
#include "report/status_choice.h"

struct status_watch {
    const struct status_choice *choice;
    const struct output *output;
    const char *conninfo;
    bool json;
    PGconn **conn; /* opened anew when it breaks; the caller closes it */
};

/* Once a second, until it is asked to stop: a page that is drawn anew on a terminal, else lines, or
 * a JSON object a line. A server that goes away is said, and waited for. */
MUST_USE bool status_watch(const struct status_watch *watch, struct error *err);

#endif
