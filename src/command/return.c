/* return.c — makes SQLite primary again, with all that was written to PostgreSQL. */
#include "command/commands.h"
#include "live/switching.h"

bool
command_return(const struct settings *settings, const struct output *output,
               enum exit_code *code, struct error *err)
{
    const struct switching_job job = {
        .settings = settings,
        .output = output,
        .command = "return",
        .done = settings->abort ? "PostgreSQL is primary" : "SQLite is primary",
        .done_dry = "the way back would have come through; nothing has changed",
        .step = settings->abort ? cutover_return_abort : cutover_return,
    };
    return switching_run(&job, code, err);
}
