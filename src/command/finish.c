/* finish.c — ends a live move. */
#include "command/commands.h"
#include "live/switching.h"

bool
command_finish(const struct settings *settings, const struct output *output,
               enum exit_code *code, struct error *err)
{
    const struct switching_job job = {
        .settings = settings,
        .output = output,
        .command = "finish",
        .done = "finished: PostgreSQL is primary, for good",
        .step = cutover_finish,
    };
    return switching_run(&job, code, err);
}
