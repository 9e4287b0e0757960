/* run_settings.h — what a run's result depends on, as it is kept in the journal. */
#ifndef MIGRATE_RUN_SETTINGS_H
#define MIGRATE_RUN_SETTINGS_H

#include "settings/settings.h"
#include "sqlite/backup.h"

/* The options that decide the result, and the version, as one JSON object.
 * Equal settings give equal text. Lives as long as `arena`. */
const char *run_settings_json(struct arena *arena, const struct settings *settings);

/* Adds "types: faithful then, evolve now" for every difference; nothing when
 * they agree. with_replace: --replace counts too (it does not matter any more
 * once a run is over). */
void run_settings_compare(struct text *differences, const char *then, const char *now,
                          bool with_replace);

/* Sets the options to what a run had. Strings live as long as `arena`. */
MUST_USE bool run_settings_apply(struct arena *arena, const char *json,
                                 struct settings *settings, struct error *err);

/* struct source_state in the journal. `json` that is not one equals no state. */
const char *run_state_json(struct arena *arena, const struct source_state *state);
bool run_state_is(const char *json, const struct source_state *state);

#endif
