/* status_watch.c — see status_watch.h. */
#include "command/status_watch.h"

#include "base/clock.h"
#include "base/stop.h"
#include "page/page.h"
#include "page/report_lists.h"
#include "page/result.h"
#include "report/live_status.h"
#include "report/report_parts.h"

#include <poll.h>

enum { SLICES = 10, SLICE_MS = 100 };

static void
draw(const struct status_watch *watch, const json_t *look)
{
    const struct output *output = watch->output;
    const json_t *lives = json_object_get(look, "live");
    const char *trouble = json_words(look, "error");
    bool page_wanted = output->redraws && !watch->json;
    AUTO_PAGE page = page_for(output);
    if (watch->json) {
        json_dumpf(look, output->out, JSON_COMPACT | JSON_REAL_PRECISION(6));
        fputc('\n', output->out);
    } else if (page_wanted) {
        page_line(&page, STYLE_DIM, 0, "%s", json_words(look, "at"));
        live_status_print(&page, lives);
        fputs("\033[H\033[2J", output->out);
    } else {
        live_status_print_lines(output, lives);
    }
    if (trouble[0] != '\0' && !watch->json) {
        page_line(&page, STYLE_BAD, 0, "no answer from the target: %s", trouble);
    }
    page_print(&page, output);
    fflush(output->out);
}

/* Also when the server is away; then the next look tries to reach it. */
static bool
look_once(const struct status_watch *watch, json_t **look, struct error *err)
{
    json_t *lives = NULL;
    char stamp[CLOCK_STAMP_SIZE];
    clock_stamp_iso(stamp);
    bool found = (*watch->conn != NULL || target_connect(watch->conninfo, watch->conn, err)) &&
                 live_status_build(*watch->conn, &lives, err);
    *look = json_object();
    json_object_set_new(*look, "at", json_string(stamp));
    json_object_set_new(*look, "live", found ? lives : json_array());
    status_choice_filter_live(watch->choice, json_object_get(*look, "live"));
    if (found) {
        return true;
    }
    json_decref(lives);
    json_object_set_new(*look, "error", report_words(err->message));
    bool away = err->kind == ERROR_TARGET &&
                (*watch->conn == NULL || PQstatus(*watch->conn) == CONNECTION_BAD);
    if (away) {
        target_connection_close(watch->conn);
    }
    return away;
}

bool
status_watch(const struct status_watch *watch, struct error *err)
{
    while (!stop_requested()) {
        AUTO_JSON *look = NULL;
        bool ok = look_once(watch, &look, err);
        if (!ok || stop_requested()) {
            return ok || stop_requested();
        }
        draw(watch, look);
        if (ferror(watch->output->out) != 0) {
            return true; /* who read it is gone: head, a closed window */
        }
        for (int i = 0; i < SLICES && !stop_requested(); i++) {
            (void)poll(NULL, 0, SLICE_MS);
        }
    }
    return true;
}
