/* cutover.c — makes PostgreSQL primary, within milliseconds. */
#include "command/commands.h"
#include "live/switching.h"

bool
command_cutover(const struct settings *settings, const struct output *output,
                enum exit_code *code, struct error *err)
{
    const struct switching_job job = {
        .settings = settings,
        .output = output,
        .command = "cutover",
        .done = settings->abort ? "SQLite is primary" : "PostgreSQL is primary",
        .done_dry = "a switch would have come through; nothing has changed",
        .step = settings->abort ? cutover_abort : cutover_switch,
    };
    return switching_run(&job, code, err);
}
