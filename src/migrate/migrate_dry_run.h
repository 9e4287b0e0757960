/* migrate_dry_run.h — what a migration would do: the DDL, what would not come over, and what is
 * in the way in the target. Nothing in the target is changed. */
#ifndef MIGRATE_MIGRATE_DRY_RUN_H
#define MIGRATE_MIGRATE_DRY_RUN_H

#include "settings/settings.h"

/* source_path: real, for messages. settings: operands SOURCE [TARGET]. *report: a new
 * reference, also when it fails. */
MUST_USE bool migrate_dry_run(const struct settings *settings, const struct output *output,
                              const char *source_path, json_t **report, struct error *err);

void migrate_dry_run_print(const struct settings *settings, const json_t *report,
                           const struct output *output);

#endif
