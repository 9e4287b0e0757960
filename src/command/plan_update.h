/* plan_update.h — plan --update: a plan file brought up to date with its sources. */
#ifndef COMMAND_PLAN_UPDATE_H
#define COMMAND_PLAN_UPDATE_H

#include "command/command.h"

/* Reads settings->update and looks at its sources, or at those that the operands name; puts the
 * outcome in its place, or into settings->output_path. Says what was added, changed and is
 * gone. Nothing is written when there is an error, nor with --dry-run. */
MUST_USE bool plan_update_file(const struct settings *settings, const struct output *output,
                               enum exit_code *code, struct error *err);

#endif
