/* migrate_dry_run.h — what migrate would do, without doing it. */
#ifndef COMMAND_MIGRATE_DRY_RUN_H
#define COMMAND_MIGRATE_DRY_RUN_H

#include "command/command.h"

/* Inspects a scratch copy and prints the statements, what would not come over,
 * and the tables that are in the way. Changes nothing in the target, not even
 * the journal; reads it only when it is there. */
MUST_USE bool migrate_dry_run(const struct settings *settings, const struct output *output,
                              const char *source_path, enum exit_code *code, struct error *err);

#endif
